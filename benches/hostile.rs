//! What the worst mail costs: each kind of hostile repetition at 100 kB and at 1 MB. `cargo bench --bench hostile` prints
//! both times, how much longer the larger takes (about 10 where the work is linear), and how much memory the process
//! took more than before. Nothing may take more than 100 ms or 32 MB; the slowest are printed first.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark ends where it cannot go on")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use afterword::address::{EmailAddress, Owner};
use afterword::extract::{self, Lexicon, Place};
use afterword::folder::Role;
use afterword::message::Message;
use jiff::Timestamp;
use jiff::tz::TimeZone;

const SMALL: usize = 100_000;
const LARGE: usize = 1_000_000;
/// How often each is read; the quickest counts.
const ROUNDS: usize = 3;

/// Plain text that repeats; `#` is a number that grows, in letters.
const TEXTS: [&str; 62] = [
    "interview on Tuesday 10:00 with Jane Roe, ",
    "interview on Tuesday 10:00 with Jane Roe.\n",
    "10:00 - 10:30 Jane Roe, Engineer\n",
    "10:00 | Jane# Roe# | Engineer\n",
    "Tue 10 Mar 10:00 AM ET with Jane# Roe (Head of Care), ",
    "Panel:\n",
    "Panel: Jane Roe; ",
    "the role of the job of ",
    "Senior Engineer at Acme Labs, ",
    "the Senior Engineer role at Acme, ",
    "A B C D ",
    "Jane ",
    "Jane Roe ",
    "Jane# Roe#, ",
    "JANE ROE ",
    "Jane Roe <jane@acme.example>, ",
    "Jane# Roe <jane#@acme.example>\n",
    "jane#@acme.example\n",
    "a@b.example ",
    "@",
    "a@",
    "From: Jane Roe <jane@acme.example>\nTo: x\n",
    "On Mon, 2 Mar 2026, Jane wrote:\n> x\n",
    "On Mon, 2 Mar 2026, Jane\n",
    "> ",
    "> > interview at 10:00\n",
    ">>>>>>>>>>>>>>>> Tuesday 10:00\n",
    "-- \n",
    "--\n",
    "\n",
    "\n\n ",
    " ",
    "x",
    "X",
    ". ",
    "a. b. ",
    "(((((",
    "<<<<>",
    "[x](y) ",
    "| a | b |\n",
    "- point\n",
    "1) 2) 3) ",
    "www.x.example/interview ",
    "https://calendly.com/x# ",
    "GmbH ",
    "Acme GmbH, ",
    "株式会社",
    "人事部の小川です。",
    "面接3月5日14時",
    "佐藤 健一さん、",
    "10:00 ",
    "between 9 and 10 ",
    "March 5 ",
    "noon to midnight Eastern time, ",
    "New York London Paris ",
    "half past two o'clock ",
    "Dr. Dr. von der ",
    "Herr Dr. Anna# Weber, ",
    "e\u{301}\u{301}",
    "\u{130}\u{df}\u{200b}\u{202e}",
    "\u{1f469}\u{200d}\u{1f52c} ",
    "cancelled instead of Tuesday, moved to Friday same time or Monday? ",
];

/// HTML that repeats.
const PAGES: [&str; 24] = [
    "<tr><td>10:00</td><td>Jane# Roe</td><td>Engineer</td></tr>",
    "<tr><td>10:00<td>Jane Roe",
    "<table><tr><td>x</td></tr></table>",
    "<table><tr><td>",
    "<div>x</div>",
    "<div>",
    "<p>interview at 10:00",
    "<p><b>x",
    "<b><p>",
    "<b><i></b>",
    "<a href=\"mailto:jane#@acme.example\">Jane# Roe</a>, ",
    "<a href=\"",
    "<a ",
    "<",
    "</",
    "<!--",
    "&nbsp;",
    "&#x41;",
    "&",
    "<br>",
    "<blockquote>x</blockquote>",
    "<s>x</s>",
    "<span style=\"color:red;font-size:12px\">word</span> ",
    "<ul><li>point<ul>",
];

/// Lines of a calendar object that repeat.
const LINES: [&str; 18] = [
    "ATTENDEE;CN=Jane# Roe:mailto:jane#@acme.example\r\n",
    "ATTENDEE;CN=\"a;X=b\":mailto:a@b.example\r\n",
    "DESCRIPTION:Interview with Jane# Roe at 10:00\\n\r\n",
    " interview at 10:00 with Jane Roe\\, \r\n",
    " x\r\n",
    "X-FILL;A=b;C=d:e\r\n",
    "SUMMARY:Interview\r\n",
    "RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=9999\r\n",
    "RDATE:20260305T193000Z,20260306T193000Z\r\n",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:#\r\nDTSTART:20260305T193000Z\r\nSUMMARY:Interview\r\n",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260305T193000Z\r\nATTENDEE:mailto:a#@b.example\r\n",
    "END:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:#\r\n",
    "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n",
    "BEGIN:X\r\n",
    "BEGIN:VTIMEZONE\r\nTZID:Z#\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
    "DTSTART;TZID=Z#:20260305T193000\r\n",
    "COMMENT:\\n\\n\\n\r\n",
    "\r\n",
];

/// What repeats in a header field, or as fields.
const FIELDS: [(&str, &str); 16] = [
    ("To: ", "Jane# Roe <jane#@acme.example>, "),
    ("Cc: ", "\"Roe, Jane\" <jane@acme.example>,\r\n "),
    ("To: ", "a: b, c; "),
    ("From: ", "("),
    ("From: ", "\"a\" <"),
    ("Subject: ", "Interview Engineer - Acme, Tuesday 10:00 "),
    ("Subject: ", "=?utf-8?Q?Interview?= "),
    ("Subject: ", "=?"),
    ("References: ", "<a#@b.example> "),
    ("Received: ", "from a by b; Mon, 2 Mar 2026 09:00:00 -0500\r\nReceived: "),
    ("X-A: ", "b\r\nX-A: "),
    ("X-A: ", "b\r\n "),
    ("Content-Type: ", "text/plain; a=b; "),
    ("Content-Type: multipart/mixed; ", "boundary=a; "),
    ("Delivered-To: ", "a@b.example\r\nDelivered-To: "),
    ("List-Id: ", "<"),
];

/// Bodies under a header of their own.
const BODIES: [(&str, &str); 14] = [
    ("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\nInterview at 10:00\r\n"),
    (
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nx\r\n",
    ),
    (
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        "--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:#\r\nDTSTART:20260305T193000Z\r\nSUMMARY:Interview\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ),
    (
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        "--b\r\nContent-Type: text/vcard\r\n\r\nBEGIN:VCARD\r\nFN:Jane# Roe\r\nEMAIL:jane#@acme.example\r\nEND:VCARD\r\n",
    ),
    ("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--bb\r\n"),
    ("", "Content-Type: multipart/mixed; boundary=#\r\n\r\n--#\r\n"),
    ("", "Content-Type: message/rfc822\r\n\r\n"),
    (
        "Content-Type: text/vcard\r\n\r\n",
        "BEGIN:VCARD\r\nFN:Jane# Roe\r\nEMAIL:jane#@acme.example\r\nTITLE:Engineer\r\nEND:VCARD\r\n",
    ),
    ("Content-Transfer-Encoding: base64\r\n\r\n", "SW50ZXJ2aWV3IGF0IDEwOjAwLg==\r\n"),
    ("Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=C3=A9=\r\n"),
    ("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\u{1b}$BLL@\\\u{1b}(B"),
    ("Content-Type: text/plain; charset=utf-7\r\n\r\n", "+AOk-"),
    (
        "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n",
        ">interview at \r\n> 10:00 \r\n",
    ),
    ("Content-Type: text/plain; format=flowed\r\n\r\n", "interview at 10:00 \r\n"),
];

fn main() {
    let only = std::env::args().nth(1).filter(|a| !a.starts_with("--"));
    let mut measured: Vec<Measured> = Vec::new();
    for kind in kinds() {
        if only.as_ref().is_none_or(|o| kind.name.contains(o.as_str())) {
            measured.push(measure(&kind));
        }
    }
    measured.sort_by_key(|m| std::cmp::Reverse(m.large));
    println!("{:>9} {:>9} {:>6} {:>7}  what repeats", "100 kB", "1 MB", "times", "memory");
    for m in &measured {
        let times = m.large.as_secs_f64() / m.small.as_secs_f64();
        println!(
            "{:>9.1?} {:>9.1?} {times:>6.1} {:>4} MB  {:?}",
            m.small,
            m.large,
            m.memory >> 10,
            m.name
        );
    }
}

struct Kind {
    name: String,
    head: String,
    unit: String,
    tail: &'static str,
}

struct Measured {
    name: String,
    small: Duration,
    large: Duration,
    /// In kilobytes.
    memory: u64,
}

fn kinds() -> Vec<Kind> {
    const HEAD: &str = "From: Jane Doe <jane@acme.example>\r\nTo: Alex Rivera <alex.rivera@example.org>\r\nDate: Mon, 2 Mar 2026 09:00:00 -0500\r\nSubject: Interview\r\nMessage-ID: <a@b>\r\n";
    const OPENING: &str = "Hi Alex, your interview for the Engineer role at Acme is on Tuesday, March 10 at 10:00 with Jane Doe. ";
    let kind = |name: &str, head: String, unit: &str, tail| Kind {
        name: format!("{name} {unit}"),
        head,
        unit: unit.to_owned(),
        tail,
    };
    let text = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    let html = "Content-Type: text/html; charset=utf-8\r\n\r\n";
    let calendar = "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260310T140000Z\r\nDTEND:20260310T150000Z\r\nORGANIZER;CN=Jane Doe:mailto:jane@acme.example\r\nSUMMARY:Interview Engineer\r\nDESCRIPTION:Your interview at Acme.\r\n";
    let mut out = Vec::new();
    for unit in TEXTS {
        out.push(kind("text", format!("{HEAD}{text}{OPENING}\r\n"), unit, ""));
        out.push(kind(
            "quoted",
            format!("{HEAD}{text}{OPENING}\r\n\r\n> "),
            &unit.replace('\n', "\n> "),
            "",
        ));
        out.push(kind("newsletter", format!("From: News <news@shop.example>\r\n{text}"), unit, ""));
    }
    for unit in PAGES {
        out.push(kind("html", format!("{HEAD}{html}<p>{OPENING}</p>"), unit, ""));
    }
    for unit in LINES {
        out.push(kind(
            "calendar",
            format!("{HEAD}{calendar}"),
            unit,
            "END:VEVENT\r\nEND:VCALENDAR\r\n",
        ));
    }
    for unit in [
        "interview with Jane# Roe at 10:00\\, ",
        "Jane Roe <jane@acme.example> ",
        "<tr><td>10:00<td>Jane Roe",
    ] {
        let head = format!("{HEAD}{calendar}DESCRIPTION:");
        out.push(kind("description", head, unit, "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"));
    }
    for (field, unit) in FIELDS {
        let name = format!("field {field}");
        out.push(kind(&name, format!("{HEAD}{field}"), unit, "\r\n\r\nHi Alex, see you.\r\n"));
    }
    for (head, unit) in BODIES {
        out.push(kind("body", format!("{HEAD}{head}"), unit, ""));
    }
    out
}

impl Kind {
    /// A mail of about so many bytes.
    fn mail(&self, size: usize) -> Vec<u8> {
        let mut out = self.head.clone();
        let mut number = 0_usize;
        while out.len() + self.unit.len() < size {
            if self.unit.contains('#') {
                out.push_str(&self.unit.replace('#', &letters(number)));
                number += 1;
            } else {
                out.push_str(&self.unit);
            }
        }
        out.push_str(self.tail);
        out.into_bytes()
    }
}

/// A number in letters: what is numbered looks like a name.
fn letters(mut number: usize) -> String {
    let mut out = String::new();
    loop {
        out.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
        number /= 26;
        if number == 0 {
            return out;
        }
    }
}

fn measure(kind: &Kind) -> Measured {
    let owner = Owner {
        name: "Alex Rivera".to_owned(),
        addresses: vec![EmailAddress::parse("alex.rivera@example.org").unwrap()],
        time_zone: TimeZone::get("America/New_York").unwrap(),
        phone: None,
    };
    let lexicon = Lexicon::embedded();
    let place = Place { account: "bench", role: Role::Inbox, arrived: Timestamp::UNIX_EPOCH };
    let quickest = |mail: &[u8]| {
        let round = |_| {
            let before = Instant::now();
            let message = Message::parse(black_box(mail), &owner.time_zone);
            black_box(extract::read(&message, &place, &owner, &lexicon));
            before.elapsed()
        };
        (0..ROUNDS).map(round).min().unwrap()
    };
    let (small, large) = (kind.mail(SMALL), kind.mail(LARGE));
    let small = quickest(&small);
    // The peak is that of this kind alone: writing 5 sets it back (proc(5)).
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = resident("VmRSS:");
    let large = quickest(&large);
    Measured { name: kind.name.clone(), small, large, memory: resident("VmHWM:") - before }
}

/// A line of what the system says of this process, in kilobytes.
fn resident(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let value = status.lines().find_map(|l| l.strip_prefix(line)).unwrap();
    value.trim().trim_end_matches(" kB").parse().unwrap()
}
