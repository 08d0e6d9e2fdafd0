//! Damaged at random, from a seed: whatever a message or a calendar has become, it is read to the end, and what was read keeps
//! what the rest of the program relies on. A directory of further files can be named in `AFTERWORD_TEST_CALENDARS`.

use std::fs;
use std::path::{Path, PathBuf};

use super::hostile::invariants;
use super::owner;
use afterword::address::{EmailAddress, Owner};
use afterword::extract::{self, Lexicon, Place};
use afterword::folder::Role;
use afterword::message::Message;
use jiff::Timestamp;

/// How many mutations of the corpus are read.
const MUTATIONS: u64 = 400;

/// A small generator, so that a failure can be played again from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

const PIECES: [&[u8]; 22] = [
    b"\r\n",
    b"\n\n",
    b"--",
    b":",
    b";",
    b"\"",
    b"=?utf-8?B?",
    b"\xff\xfe",
    b"\0",
    b"BEGIN:VEVENT\n",
    b"END:VCALENDAR\n",
    b"DTSTART;TZID=:99999999T999999\n",
    b"=",
    b"Content-Type: multipart/mixed; boundary=\"\"\n",
    b"<table><tr><td>",
    b"DURATION:P9999999999999W\n",
    b"RECURRENCE-ID;RANGE=THISANDFUTURE:20260305T193000Z\n",
    b"RRULE:FREQ=SECONDLY;COUNT=999999999\n",
    b"\\n9:00 - 9:45 Interview: ",
    "\u{212a}\u{130}\u{1e9e}\u{fb03} ".as_bytes(),
    "、面接官：（".as_bytes(),
    b"Interviewer: ((((,,,, and and with ",
];

/// Changes up to a dozen places of a file.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(12) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 if !bytes.is_empty() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            1 => drop(bytes.drain(at..(at + random.below(40)).min(bytes.len()))),
            2 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
            _ => {
                let from = random.below(bytes.len());
                let copy = bytes[from..(from + 200).min(bytes.len())].to_vec();
                drop(bytes.splice(at..at, copy));
            }
        }
    }
}

/// Reads a file as the program would, all the way to its findings.
struct Reader {
    owner: Owner,
    lexicon: Lexicon,
}

impl Reader {
    fn new() -> Self {
        let owner = Owner {
            name: "Alex Rivera".to_owned(),
            addresses: vec![EmailAddress::parse("alex.rivera@example.org").unwrap()],
            time_zone: owner(),
            phone: None,
        };
        Self { owner, lexicon: Lexicon::embedded() }
    }

    fn check(&self, bytes: &[u8]) {
        let message = if Message::is_calendar(bytes) {
            Message::from_calendar(bytes, &self.owner.time_zone)
        } else {
            Message::parse(bytes, &self.owner.time_zone)
        };
        invariants(&message);
        let place = Place { account: "a", role: Role::Inbox, arrived: Timestamp::UNIX_EPOCH };
        let findings = extract::read(&message, &place, &self.owner, &self.lexicon);
        let people =
            findings.sessions.iter().flat_map(|s| &s.interviewers).chain(&findings.contact);
        for name in people.filter_map(|p| p.name.as_deref()) {
            assert!(!name.chars().any(char::is_control), "{name:?}");
        }
        for session in &findings.sessions {
            assert!(session.end.is_none_or(|end| end > session.start), "{session:?}");
        }
    }
}

/// Every file under a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(files(&path)) } else { out.push(path) }
    }
    out.sort();
    out
}

#[test]
fn the_corpus_at_random() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files = files(&corpus);
    files.retain(|f| f.extension().is_some_and(|e| e == "eml" || e == "ics"));
    assert!(files.len() > 150, "the corpus is there");
    let reader = Reader::new();
    for seed in 1..=MUTATIONS {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut bytes = fs::read(&files[random.below(files.len())]).unwrap();
        mutate(&mut bytes, &mut random);
        reader.check(&bytes);
    }
}

/// Nothing to do where no directory is named.
#[test]
fn calendars_of_others() {
    let Some(directory) = std::env::var_os("AFTERWORD_TEST_CALENDARS") else { return };
    let reader = Reader::new();
    for (index, file) in (1..).zip(files(Path::new(&directory))) {
        let mut bytes = fs::read(&file).unwrap();
        reader.check(&bytes);
        let mut random = Random(u64::wrapping_mul(index, 0x9e37_79b9_7f4a_7c15));
        for _ in 0..3 {
            mutate(&mut bytes, &mut random);
            reader.check(&bytes);
        }
    }
}
