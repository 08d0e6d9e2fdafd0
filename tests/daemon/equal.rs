//! What is found over IMAP, where only some parts of a message are fetched, equals what `inspect` finds in the whole file.

use std::fs;

use afterword::address::{EmailAddress, Owner};
use afterword::commands::inspect;
use afterword::extract::{self, Findings, Lexicon, Place};
use afterword::folder::Role;
use afterword::imap::{Connection, Reading};
use afterword::message::Message;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::dovecot::{Dovecot, Variant, password};

/// The labelled messages with their owners.
fn corpus() -> Vec<(String, Owner, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in fs::read_dir("tests/corpus/messages").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let label: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let owner = &label["owner"];
        let addresses = owner["addresses"].as_array().unwrap().iter();
        let owner = Owner {
            name: owner["name"].as_str().unwrap().to_owned(),
            addresses: addresses
                .map(|a| EmailAddress::parse(a.as_str().unwrap()).unwrap())
                .collect(),
            time_zone: TimeZone::get(owner["timezone"].as_str().unwrap()).unwrap(),
            phone: None,
        };
        let bytes = fs::read(path.with_extension("eml")).unwrap();
        out.push((path.file_stem().unwrap().to_string_lossy().into_owned(), owner, bytes));
    }
    assert!(out.len() >= 60, "the corpus is there");
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

/// Findings without what depends on where the message lay.
fn comparable(findings: Findings) -> Value {
    let mut value = serde_json::to_value(findings).unwrap();
    for key in ["arrived", "account", "role"] {
        value["origin"].as_object_mut().unwrap().remove(key);
    }
    value
}

#[tokio::test(flavor = "current_thread")]
async fn findings_over_imap_equal_those_of_inspect() {
    let dovecot = Dovecot::start(Variant::Plain);
    let corpus = corpus();
    for (_, _, bytes) in &corpus {
        dovecot.deliver("alex", bytes);
    }
    let mut connection = Connection::open(&dovecot.endpoint("alex"), &password()).await.unwrap();
    let inbox = connection.folders().named("INBOX").unwrap();
    let mut fetched = Vec::new();
    let mut from = None;
    loop {
        let batch =
            connection.next_batch(&inbox, &Reading::new(Role::Inbox, from, None)).await.unwrap();
        assert!(batch.skipped.is_empty(), "{:?}", batch.skipped);
        fetched.extend(batch.deliveries.into_iter().map(|(_, delivery)| delivery));
        from = Some(batch.position);
        if batch.remaining == 0 {
            break;
        }
    }
    assert_eq!(fetched.len(), corpus.len());
    let lexicon = Lexicon::embedded();
    let mut calendars = 0;
    for (id, owner, bytes) in &corpus {
        let (whole, expected) = inspect::findings(bytes, owner, &lexicon);
        let same = |d: &&afterword::folder::Delivery| {
            Message::parse(&d.bytes, &owner.time_zone).message_id == whole.message_id
        };
        let delivery = fetched.iter().find(same).unwrap_or_else(|| panic!("{id} was not fetched"));
        let message = Message::parse(&delivery.bytes, &owner.time_zone);
        let place = Place { account: "", role: Role::Inbox, arrived: delivery.arrived };
        let found = extract::read(&message, &place, owner, &lexicon);
        assert_eq!(comparable(found), comparable(expected), "{id}");
        assert_eq!(message.calendars, whole.calendars, "{id}");
        assert_eq!(message.text, whole.text, "{id}");
        calendars += message.calendars.len();
    }
    assert!(calendars > 20, "the messages with calendar objects are among them");
}
