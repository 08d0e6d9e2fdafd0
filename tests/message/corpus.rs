//! Every labelled message: what its calendar says is what its label says.

use std::fs;
use std::path::PathBuf;

use super::shown;
use afterword::message::Message;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Messages whose sessions stand in the text: the calendar only blocks the day or the whole visit.
const TOLD_IN_TEXT: [&str; 2] = ["gcal-allday-loop-desc", "greenhouse-loop-in-desc"];

/// Every labelled message: its name, its bytes, its label.
pub(super) fn messages() -> Vec<(String, Vec<u8>, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/messages");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "eml") {
            let label =
                serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read(&path).unwrap(), label));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() >= 50);
    found
}

/// The zone of a label's owner.
fn zone(label: &Value) -> TimeZone {
    TimeZone::get(label["owner"]["timezone"].as_str().unwrap()).unwrap()
}

#[test]
fn calendars_say_what_their_labels_say() {
    let mut seen = 0;
    for (name, bytes, label) in messages() {
        let message = Message::parse(&bytes, &zone(&label));
        let events: Vec<_> = message.calendars.iter().flat_map(|c| &c.events).collect();
        if events.is_empty() || TOLD_IN_TEXT.contains(&name.as_str()) {
            continue;
        }
        seen += 1;
        let times: Vec<_> = events.iter().map(|e| (shown(e.start), shown(e.end))).collect();
        for session in label["sessions"].as_array().unwrap() {
            let wanted = session["start"].as_str().unwrap();
            let end = session["end"].as_str().unwrap_or("-");
            assert!(
                times.contains(&(wanted.to_owned(), end.to_owned())),
                "{name}: {wanted} {end} not in {times:?}"
            );
        }
    }
    assert!(seen >= 20, "{seen} messages with a calendar");
}

#[test]
fn nothing_is_passed_over() {
    for (name, bytes, label) in messages() {
        let message = Message::parse(&bytes, &zone(&label));
        assert!(
            message.from.is_some() && message.date.is_some() && message.message_id.is_some(),
            "{name}"
        );
        assert!(!message.text.new.is_empty() && !message.text.new.contains('\u{fffd}'), "{name}");
        assert_eq!(message.problems, Vec::<String>::new(), "{name}");
        for event in message.calendars.iter().flat_map(|c| &c.events) {
            assert_eq!(event.problems, Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn line_ends_do_not_matter() {
    for (name, bytes, label) in messages() {
        let lf: Vec<u8> = bytes.iter().copied().filter(|&b| b != b'\r').collect();
        let crlf: Vec<u8> = lf
            .iter()
            .flat_map(|&b| if b == b'\n' { vec![b'\r', b'\n'] } else { vec![b] })
            .collect();
        assert_eq!(
            Message::parse(&lf, &zone(&label)),
            Message::parse(&crlf, &zone(&label)),
            "{name}"
        );
    }
}
