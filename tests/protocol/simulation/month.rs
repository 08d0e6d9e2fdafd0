//! A month of interviews, made up by chance: what is sent when, and what was true at each moment.

use std::fmt::Write as _;

use super::chance::Chance;

/// Seconds.
pub type Seconds = i64;
pub const MINUTE: Seconds = 60;
pub const HOUR: Seconds = 60 * MINUTE;
pub const DAY: Seconds = 24 * HOUR;

/// The owner.
pub const OWNER: &str = "alex@example.org";

/// What a calendar mail does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Request,
    Cancel,
    /// The owner's answer, in Sent.
    Reply(&'static str),
}

/// One calendar mail of a process.
#[derive(Clone, Debug)]
pub struct Version {
    pub step: Step,
    pub sequence: u32,
    /// DTSTAMP, and when it reached the mailbox.
    pub sent: Seconds,
    /// From when on the server shows it.
    pub shown: Seconds,
    pub start: Seconds,
    pub end: Seconds,
    /// Which of the people of the process are guests.
    pub guests: Vec<usize>,
    /// Which conversation: one that was held and then moved is another.
    pub round: u32,
    pub role: &'static str,
}

/// One company's interview.
#[derive(Clone, Debug)]
pub struct Process {
    pub number: usize,
    pub versions: Vec<Version>,
}

/// What is known of a process at a moment.
#[derive(Clone, Debug)]
pub struct Truth<'a> {
    /// The version that counts.
    pub version: &'a Version,
    /// Called off before it was held, or declined.
    pub off: bool,
}

impl Process {
    pub fn address(&self, person: usize) -> String {
        format!("p{person}@acme{}.example", self.number)
    }

    /// What a reader of the mailbox knows who has seen all that was shown by then. `late` allows for what a server shows in
    /// the same moment.
    pub fn known(&self, seen: Seconds) -> Option<Truth<'_>> {
        let shown = || self.versions.iter().filter(|v| v.shown <= seen);
        let version = shown().filter(|v| v.step == Step::Request).max_by_key(|v| v.sequence)?;
        let cancelled = shown().any(|v| {
            v.step == Step::Cancel && v.sequence >= version.sequence && v.sent < version.end
        });
        let replies =
            shown().filter(|v| matches!(v.step, Step::Reply(_)) && v.sequence >= version.sequence);
        let declined =
            replies.max_by_key(|v| v.sent).is_some_and(|v| v.step == Step::Reply("DECLINED"));
        Some(Truth { version, off: cancelled || declined })
    }

    /// The calendar mail of a version.
    pub fn mail(&self, version: &Version) -> Vec<u8> {
        let stamp = |at: Seconds| super::moment(at).strftime("%Y%m%dT%H%M%SZ").to_string();
        let method = match version.step {
            Step::Request => "REQUEST",
            Step::Cancel => "CANCEL",
            Step::Reply(_) => "REPLY",
        };
        let organizer = format!("pat@acme{}.example", self.number);
        let mut attendees = String::new();
        let partstat = if let Step::Reply(answer) = version.step { answer } else { "NEEDS-ACTION" };
        if method != "REPLY" {
            for guest in &version.guests {
                let address = self.address(*guest);
                write!(attendees, "ATTENDEE;CN=Jane{guest} Doerr:mailto:{address}\r\n").unwrap();
            }
        }
        write!(attendees, "ATTENDEE;PARTSTAT={partstat}:mailto:{OWNER}\r\n").unwrap();
        let (from, to) = if method == "REPLY" {
            (OWNER, organizer.as_str())
        } else {
            (organizer.as_str(), OWNER)
        };
        let Version { sequence, sent, start, end, role, .. } = version;
        let number = self.number;
        format!(
            "Date: {}\r\nFrom: {from}\r\nTo: {to}\r\nSubject: Interview: {role} at Acme{number}\r\n\
             Message-ID: <{method}.{sequence}.{sent}@acme{number}.example>\r\nContent-Type: text/calendar; method={method}\r\n\r\n\
             BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{number}@acme\r\nSEQUENCE:{sequence}\r\nDTSTAMP:{}\r\n\
             DTSTART:{}\r\nDTEND:{}\r\nSUMMARY:Interview: {role} at Acme{number}\r\nORGANIZER:mailto:{organizer}\r\n{attendees}\
             END:VEVENT\r\nEND:VCALENDAR\r\n",
            super::date(*sent),
            stamp(*sent),
            stamp(*start),
            stamp(*end),
        )
        .into_bytes()
    }
}

/// A mail of the owner's to a person, written by hand.
pub fn letter(to: &str, id: &str, at: Seconds) -> Vec<u8> {
    format!(
        "Date: {}\r\nFrom: {OWNER}\r\nTo: {to}\r\nSubject: Thank you\r\nMessage-ID: <{id}>\r\n\r\nThank you!\r\n",
        super::date(at)
    )
    .into_bytes()
}

/// A process: an invitation, and what becomes of it.
pub fn process(number: usize, chance: &mut Chance) -> Process {
    let start = chance.between(2, 27) * DAY + chance.between(32, 76) * (HOUR / 4);
    let end = start + chance.between(2, 6) * (HOUR / 4);
    let sent = start - chance.between(5, 40) * HOUR;
    let guests = (0..chance.between(1, 3)).map(|g| usize::try_from(g).unwrap()).collect();
    let first = Version {
        step: Step::Request,
        sequence: 0,
        sent,
        shown: sent,
        start,
        end,
        guests,
        round: 1,
        role: "Backend Engineer",
    };
    let mut process = Process { number, versions: vec![first] };
    for _ in 0..chance.between(0, 2) {
        happen(&mut process.versions, chance);
    }
    // Some mail the server shows later than it came.
    for version in &mut process.versions {
        let hidden = if chance.once_in(4) { chance.between(1, 3 * HOUR) } else { 0 };
        version.shown = version.sent + hidden;
    }
    process
}

/// One more thing that happens to an appointment.
fn happen(versions: &mut Vec<Version>, chance: &mut Chance) {
    let last = versions.last().unwrap().clone();
    if matches!(last.step, Step::Reply(_)) {
        return;
    }
    let before = last.start - chance.between(1, 4) * HOUR;
    let after = last.end + chance.between(1, 30 * HOUR);
    let next = Version { sequence: last.sequence + 1, sent: before, ..last.clone() };
    let hours = |version: Version, hours: Seconds| Version {
        start: version.start + hours * HOUR,
        end: version.end + hours * HOUR,
        ..version
    };
    let version = match chance.below(10) {
        // Moved before it is held, to another day or hour.
        0 | 1 => hours(next, chance.between(1, 50)),
        2 => Version { step: Step::Cancel, ..next },
        // Tidying up the calendar, right after the end or long after the letter.
        3 => Version { step: Step::Cancel, sent: after, ..next },
        4 => Version { step: Step::Reply("DECLINED"), sequence: last.sequence, ..next },
        5 => Version { step: Step::Reply("ACCEPTED"), sequence: last.sequence, ..next },
        // The next round stands in the same appointment.
        6 => hours(Version { sent: after, round: last.round + 1, ..next }, 4 * 24),
        7 if last.guests.len() > 1 => Version { guests: last.guests[1..].to_vec(), ..next },
        8 => Version { sent: last.end - 5 * MINUTE, end: last.end + HOUR / 2, ..next },
        9 => Version { sent: chance.between(before, after), role: "Data Engineer", ..next },
        _ => next,
    };
    // A mail that is sent before the one it follows is of no such life.
    if version.sent > last.sent {
        versions.push(version);
    }
}
