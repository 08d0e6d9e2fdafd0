//! What reading a mail costs: all of `message` and `extract` on the labelled invitations, and on the labelled mail in plain
//! words, against mail-parser, html2text and calcard alone on the same bytes in the same run as the floor. `cargo bench`
//! prints both and the ratio; the ratio is what to look at.

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
use calcard::{Entry, Parser};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_parser::{MessageParser, MimeHeaders, PartType};

/// How often everything is read; the quickest round counts, since nothing makes a machine faster than it is.
const ROUNDS: usize = 30;

fn main() {
    for kind in ["invitations", "prose"] {
        measure(kind, &mails(kind));
    }
}

fn measure(kind: &str, messages: &[Vec<u8>]) {
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let owner = Owner {
        name: "Alex Rivera".to_owned(),
        addresses: vec![EmailAddress::parse("alex.rivera@example.org").unwrap()],
        time_zone: TimeZone::get("America/New_York").unwrap(),
        phone: None,
    };
    let lexicon = Lexicon::embedded();
    let place = Place { account: "bench", role: Role::Inbox, arrived: Timestamp::UNIX_EPOCH };
    let floor = quickest(|| messages.iter().for_each(|message| libraries_alone(message)));
    let read = quickest(|| {
        for message in messages {
            black_box(Message::parse(black_box(message), &owner.time_zone));
        }
    });
    let all = quickest(|| {
        for message in messages {
            let message = Message::parse(black_box(message), &owner.time_zone);
            black_box(extract::read(&message, &place, &owner, &lexicon));
        }
    });
    println!("{} {kind}, {} kB, quickest of {ROUNDS} rounds", messages.len(), bytes >> 10);
    for (what, time) in [("libraries alone", floor), ("message", read), ("message + extract", all)]
    {
        let rate = f64::from(u32::try_from(bytes).unwrap()) / time.as_secs_f64() / 1e6;
        let ratio = time.as_secs_f64() / floor.as_secs_f64();
        let each = time / u32::try_from(messages.len()).unwrap();
        let many = 1.0 / each.as_secs_f64();
        println!(
            "{what:<18} {rate:7.1} MB/s {many:8.0} messages/s {each:>9.1?} a message, {ratio:4.2} times the floor"
        );
    }
}

/// What the libraries do alone: the message, each HTML part as text, each calendar part as components.
fn libraries_alone(message: &[u8]) {
    let Some(parsed) = MessageParser::default().parse(black_box(message)) else { return };
    for part in &parsed.parts {
        match &part.body {
            PartType::Html(html) => {
                let config = html2text::config::plain_no_decorate();
                drop(black_box(config.string_from_read(html.as_bytes(), 1_000)));
            }
            PartType::Text(text) if is_calendar(part.content_type(), text.as_bytes()) => {
                components(text);
            }
            PartType::Binary(bytes) if is_calendar(part.content_type(), bytes) => {
                components(&String::from_utf8_lossy(bytes));
            }
            _ => {}
        }
    }
    black_box(parsed);
}

fn is_calendar(kind: Option<&mail_parser::ContentType<'_>>, bytes: &[u8]) -> bool {
    kind.is_some_and(|k| k.subtype() == Some("calendar")) || bytes.starts_with(b"BEGIN:VCALENDAR")
}

fn components(text: &str) {
    let mut parser = Parser::new(text);
    loop {
        match black_box(parser.entry()) {
            Entry::Eof => break,
            entry => drop(entry),
        }
    }
}

fn quickest(mut round: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let before = Instant::now();
            round();
            before.elapsed()
        })
        .min()
        .unwrap()
}

fn mails(kind: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(format!("tests/corpus/{kind}")).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "eml")).collect();
    files.sort();
    files.iter().map(|f| fs::read(f).unwrap()).collect()
}
