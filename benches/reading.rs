//! What reading a message costs: all of `message` and `extract` on the labelled mail, against mail-parser alone on the same
//! bytes in the same run as the floor. `cargo bench` prints both and the ratio; the ratio is what to look at.

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

/// How often everything is read; the quickest round counts, since nothing makes a machine faster than it is.
const ROUNDS: usize = 30;

fn main() {
    let messages = corpus();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let owner = Owner {
        name: "Alex Rivera".to_owned(),
        addresses: vec![EmailAddress::parse("alex.rivera@example.org").unwrap()],
        time_zone: TimeZone::get("America/New_York").unwrap(),
        phone: None,
    };
    let lexicon = Lexicon::embedded();
    let place = Place { account: "bench", role: Role::Inbox, arrived: Timestamp::UNIX_EPOCH };
    let floor = quickest(|| {
        for message in &messages {
            black_box(mail_parser::MessageParser::default().parse(black_box(message)));
        }
    });
    let read = quickest(|| {
        for message in &messages {
            black_box(Message::parse(black_box(message), &owner.time_zone));
        }
    });
    let all = quickest(|| {
        for message in &messages {
            let message = Message::parse(black_box(message), &owner.time_zone);
            black_box(extract::read(&message, &place, &owner, &lexicon));
        }
    });
    println!("{} messages, {} kB, quickest of {ROUNDS} rounds", messages.len(), bytes >> 10);
    for (what, time) in
        [("mail-parser alone", floor), ("message", read), ("message + extract", all)]
    {
        let rate = f64::from(u32::try_from(bytes).unwrap()) / time.as_secs_f64() / 1e6;
        let ratio = time.as_secs_f64() / floor.as_secs_f64();
        let each = time / u32::try_from(messages.len()).unwrap();
        println!("{what:<18} {rate:8.1} MB/s {each:>10.1?} a message, {ratio:5.1} times the floor");
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

fn corpus() -> Vec<Vec<u8>> {
    let files = fs::read_dir("tests/corpus/messages").unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "eml")).collect();
    files.sort();
    files.iter().map(|f| fs::read(f).unwrap()).collect()
}
