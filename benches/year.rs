//! What a year of heavy use costs: the fold and the plan over 2,000 findings, against reading the same findings out of
//! their records in the same run as the floor, and how large the store is with them. `cargo bench --bench year` prints
//! all; with twice the findings each may take about twice as long.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark ends where it cannot go on")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use afterword::address::{EmailAddress, Owner};
use afterword::extract::{self, Findings, Lexicon, Place, RULES};
use afterword::folder::Role;
use afterword::follow_up::{self, Known, Policy};
use afterword::interview;
use afterword::ledger::Ledger;
use afterword::message::Message;
use afterword::store::{Store, Tree};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const YEAR: usize = 2_000;
const ROUNDS: usize = 10;

fn main() {
    let owner = Owner {
        name: "Alex Rivera".to_owned(),
        addresses: vec![EmailAddress::parse("alex.rivera@example.org").unwrap()],
        time_zone: TimeZone::get("America/New_York").unwrap(),
        phone: None,
    };
    let one = findings(&owner);
    for many in [YEAR, 2 * YEAR] {
        let year: Vec<Findings> =
            (0..many).map(|n| another(&one[n % one.len()], n / one.len())).collect();
        measure(&year, &owner);
    }
}

fn measure(year: &[Findings], owner: &Owner) {
    let records: Vec<Vec<u8>> = year.iter().map(|f| serde_json::to_vec(f).unwrap()).collect();
    let accounts = ["bench".to_owned()];
    let floor = quickest(|| {
        for record in &records {
            black_box(serde_json::from_slice::<Findings>(record).unwrap());
        }
    });
    let fold = quickest(|| drop(black_box(interview::merge(year.iter(), owner, &accounts))));
    let interviews = interview::merge(year.iter(), owner, &accounts);
    let all: Vec<&Findings> = year.iter().collect();
    let known = Known {
        interviews: &interviews,
        ledger: &Ledger::default(),
        findings: &all,
        drafts: &[],
        owner,
        policy: &Policy {
            after: SignedDuration::from_mins(15),
            window: SignedDuration::from_hours(48),
            check_in: true,
        },
    };
    let now = year.iter().map(|f| f.origin.date).max().unwrap();
    let plan = quickest(|| drop(black_box(follow_up::plan(&known, now))));
    println!(
        "{} findings, {} interviews, quickest of {ROUNDS} rounds",
        year.len(),
        interviews.len()
    );
    for (what, time) in [("their records read", floor), ("fold", fold), ("plan", plan)] {
        let ratio = time.as_secs_f64() / floor.as_secs_f64();
        println!("{what:<18} {time:>9.1?}, {ratio:5.2} times the floor");
    }
    println!("{:<18} {:>6.1} MB", "store", megabytes(&records));
}

/// What the labelled mail says.
fn findings(owner: &Owner) -> Vec<Findings> {
    let lexicon = Lexicon::embedded();
    let place = Place { account: "bench", role: Role::Inbox, arrived: Timestamp::UNIX_EPOCH };
    let folders = ["tests/corpus/invitations", "tests/corpus/prose"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|e| e.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "eml"));
    files.sort();
    let read = |file| {
        let message = Message::parse(&fs::read(file).unwrap(), &owner.time_zone);
        extract::read(&message, &place, owner, &lexicon)
    };
    files.into_iter().map(read).filter(Findings::say_something).collect()
}

/// The same of another company, some days later: other ids, other addresses, other names.
fn another(findings: &Findings, number: usize) -> Findings {
    let mut record = serde_json::to_value(findings).unwrap();
    rename(&mut record, "", number);
    serde_json::from_value(record).unwrap()
}

fn rename(value: &mut Value, field: &str, number: usize) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, field, number)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(name, value)| rename(value, name, number));
        }
        Value::String(text) => {
            let days = SignedDuration::from_hours(37 * i64::try_from(number).unwrap());
            if let Ok(at) = text.parse::<Timestamp>() {
                *text = at.checked_add(days).unwrap().to_string();
            } else if matches!(
                field,
                "key" | "uid" | "message_id" | "references" | "company" | "subject"
            ) {
                *text = format!("{text} {number}");
            } else {
                *text = text.replace(".example", &format!("-{number}.example"));
            }
        }
        _ => {}
    }
}

/// The size of a store with these records.
fn megabytes(records: &[Vec<u8>]) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), RULES, Duration::from_mins(1)).unwrap();
    for (number, record) in records.iter().enumerate() {
        let record: Value = serde_json::from_slice(record).unwrap();
        store.put(Tree::Findings, &format!("bench/{number}"), &record).unwrap();
    }
    store.flush().unwrap();
    drop(store);
    f64::from(u32::try_from(size(dir.path())).unwrap()) / 1e6
}

fn size(path: &Path) -> u64 {
    if path.is_file() {
        return fs::metadata(path).unwrap().len();
    }
    fs::read_dir(path).unwrap().map(|entry| size(&entry.unwrap().path())).sum()
}

fn quickest(mut round: impl FnMut()) -> Duration {
    let time = |_| {
        let before = Instant::now();
        round();
        before.elapsed()
    };
    (0..ROUNDS).map(time).min().unwrap()
}
