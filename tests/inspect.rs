//! `inspect`: what one message says, as one line of JSON whose shape others rely on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const OWNER: &str = "[owner]\nname = \"Alex Rivera\"\naddresses = [\"alex.rivera@example.org\"]\ntimezone = \"America/New_York\"\n";

/// Runs `inspect` on files, with a configuration of this text.
fn inspect(configuration: &str, json: bool, files: &[PathBuf]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config.toml");
    fs::write(&config, configuration).unwrap();
    Command::new(env!("CARGO_BIN_EXE_afterword"))
        .arg("--config")
        .arg(config)
        .arg("inspect")
        .args(json.then_some("--json"))
        .args(files)
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// The labelled messages of a folder: the file, the label, and what `inspect` says for the message's own owner.
fn corpus(folder: &str) -> Vec<(PathBuf, Value, Value)> {
    let mut by_owner: BTreeMap<String, Vec<(PathBuf, Value)>> = BTreeMap::new();
    for entry in fs::read_dir(format!("tests/corpus/{folder}")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let label: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let owner = &label["owner"];
        // JSON's strings and lists of strings are TOML's.
        let configuration = format!(
            "[owner]\nname = {}\naddresses = {}\ntimezone = {}\n",
            owner["name"], owner["addresses"], owner["timezone"]
        );
        let file = ["eml", "ics"].map(|e| path.with_extension(e)).into_iter().find(|f| f.exists());
        by_owner.entry(configuration).or_default().push((file.unwrap(), label));
    }
    let mut found = Vec::new();
    for (configuration, messages) in by_owner {
        let files: Vec<PathBuf> = messages.iter().map(|(file, _)| file.clone()).collect();
        let output = inspect(&configuration, true, &files);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = lines(&output);
        assert_eq!(said.len(), files.len(), "one line a file");
        for ((file, label), said) in messages.into_iter().zip(said) {
            assert_eq!(said["file"], file.display().to_string(), "in the order given");
            found.push((file, label, said));
        }
    }
    assert!(found.len() >= 60, "the corpus is there");
    found
}

/// The keys of an object are exactly these.
#[track_caller]
fn check_keys(what: &str, value: &Value, keys: &[&str]) {
    let found: BTreeSet<&str> = value
        .as_object()
        .unwrap_or_else(|| panic!("{what}: {value}"))
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(found, keys.iter().copied().collect(), "{what}");
}

/// Text, or null where it is unknown.
#[track_caller]
fn check_texts(what: &str, value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value[key].is_string() || value[key].is_null(), "{what}: {key} is {}", value[key]);
    }
}

/// A moment in UTC, or a day where `day` says so, or null.
#[track_caller]
fn check_time(what: &str, value: &Value, day: bool) {
    let Some(text) = value.as_str() else { return assert!(value.is_null(), "{what}: {value}") };
    let fine = if day {
        text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10
    } else {
        text.parse::<jiff::Timestamp>().is_ok() && text.ends_with('Z')
    };
    assert!(fine, "{what}: {text}");
}

fn check_shape(what: &str, line: &Value) {
    check_keys(
        what,
        line,
        &[
            "file", "verdict", "sessions", "company", "role", "medium", "contact", "evidence",
            "calendar",
        ],
    );
    let one_of = |key: &str, words: &[&str]| {
        let said = line[key].as_str();
        assert!(said.is_none_or(|s| words.contains(&s)), "{what}: {key} {said:?}");
    };
    assert!(line["verdict"].is_string(), "{what}");
    one_of("verdict", &["scheduled", "cancelled", "proposed", "none"]);
    one_of("medium", &["phone", "video", "onsite"]);
    check_texts(what, line, &["company", "role", "medium"]);
    if !line["contact"].is_null() {
        check_keys(what, &line["contact"], &["name", "address"]);
    }
    for session in line["sessions"].as_array().unwrap() {
        check_keys(what, session, &["start", "end", "interviewers"]);
        assert!(session["start"].is_string(), "{what}");
        check_time(what, &session["start"], false);
        check_time(what, &session["end"], false);
        for person in session["interviewers"].as_array().unwrap() {
            check_keys(what, person, &["name", "address"]);
            check_texts(what, person, &["name", "address"]);
        }
    }
    for evidence in line["evidence"].as_array().unwrap() {
        check_keys(what, evidence, &["field", "value", "source", "quote"]);
        let texts = ["field", "value", "source", "quote"].map(|k| evidence[k].is_string());
        assert_eq!(texts, [true; 4], "{what}");
    }
    for object in line["calendar"].as_array().unwrap() {
        check_object(what, object);
    }
}

fn check_object(what: &str, object: &Value) {
    check_keys(
        what,
        object,
        &[
            "uid",
            "recurrence_id",
            "method",
            "sequence",
            "status",
            "summary",
            "start",
            "end",
            "all_day",
            "tzid",
            "organizer",
            "attendees",
        ],
    );
    check_texts(what, object, &["uid", "method", "status", "summary", "tzid", "organizer"]);
    assert!(object["sequence"].is_u64(), "{what}: a missing SEQUENCE is 0");
    let all_day = object["all_day"].as_bool().unwrap();
    for key in ["start", "end"] {
        check_time(what, &object[key], all_day);
    }
    assert!(object["organizer"].as_str().is_none_or(|o| o.contains('@')), "{what}: an address");
    for attendee in object["attendees"].as_array().unwrap() {
        check_keys(what, attendee, &["name", "address", "partstat", "kind"]);
        check_texts(what, attendee, &["name", "address", "partstat"]);
        let kind = attendee["kind"].as_str().unwrap();
        assert!(["person", "room", "resource", "group", "bot"].contains(&kind), "{what}: {kind}");
    }
}

/// Every conclusion names the words that it rests on.
fn check_evidence(what: &str, line: &Value) {
    let fields: Vec<&str> =
        line["evidence"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    for key in ["company", "role", "medium", "contact"] {
        assert!(line[key].is_null() || fields.contains(&key), "{what}: no evidence of {key}");
    }
    for index in 0..line["sessions"].as_array().unwrap().len() {
        let field = format!("sessions[{index}].start");
        assert!(fields.contains(&field.as_str()), "{what}: no evidence of {field}");
    }
    assert!(
        line["verdict"] == "none" || fields.contains(&"verdict"),
        "{what}: no evidence of the verdict"
    );
}

#[test]
fn every_message_of_the_corpus_is_told_in_the_same_shape() {
    for (file, _, line) in ["messages", "invitations"].into_iter().flat_map(corpus) {
        check_shape(&file.display().to_string(), &line);
        check_evidence(&file.display().to_string(), &line);
    }
}

/// Messages labelled `none` that are taken for interviews all the same, each with the reason why that has to be.
const TOO_MANY: [(&str, &str); 0] = [];

/// How many verdicts on invitations are right today: this number only rises.
const RIGHT: usize = 29;

#[test]
fn invitations_of_the_corpus_are_judged() {
    let mut wrong = Vec::new();
    let mut right = 0;
    for (file, label, said) in corpus("messages") {
        let id = file.file_stem().unwrap().to_string_lossy().into_owned();
        if label["verdict"] == "none" && !TOO_MANY.iter().any(|(known, _)| *known == id) {
            assert_ne!(said["verdict"], "scheduled", "a letter that must not be: {id}");
        }
        if said["calendar"].as_array().unwrap().is_empty() {
            continue;
        }
        if said["verdict"] == label["verdict"] {
            right += 1;
        } else {
            wrong.push(format!("{id}: {} for {}", said["verdict"], label["verdict"]));
        }
    }
    assert!(right >= RIGHT, "{right} are right, {wrong:#?} are not");
}

/// The sessions as pairs of times with the people of each, whatever their order.
fn sessions(line: &Value) -> BTreeSet<String> {
    let people = |s: &Value| -> BTreeSet<String> {
        let all = s["interviewers"].as_array().unwrap().iter();
        all.map(|p| format!("{} {}", p["name"], p["address"]).to_lowercase()).collect()
    };
    let all = line["sessions"].as_array().unwrap().iter();
    all.map(|s| format!("{} {} {:?}", s["start"], s["end"], people(s))).collect()
}

/// Invitations of many generators, professions and countries: verdict, times and people are right in each, company and
/// position in all but a few.
#[test]
fn invitations_of_all_kinds_are_read() {
    let all = corpus("invitations");
    let same = |key: &str, said: &Value, label: &Value| {
        let text = |v: &Value| v[key].as_str().map(str::to_lowercase);
        text(said) == text(label)
    };
    let mut wrong = Vec::new();
    let mut unnamed = Vec::new();
    for (file, label, said) in &all {
        let id = file.file_stem().unwrap().to_string_lossy();
        if said["verdict"] != label["verdict"] || sessions(said) != sessions(label) {
            wrong.push(format!(
                "{id}: {} {:?} for {} {:?}",
                said["verdict"],
                sessions(said),
                label["verdict"],
                sessions(label)
            ));
        }
        let keys = ["company", "role", "medium"].into_iter().filter(|k| !same(k, said, label));
        unnamed.extend(keys.map(|k| format!("{id}: {k} {} for {}", said[k], label[k])));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unnamed.len() * 40 <= all.len(), "{unnamed:#?}");
}

fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_bare_calendar_file_is_inspected_like_a_message() {
    let dir = tempfile::tempdir().unwrap();
    let event = "BEGIN:VEVENT\r\nUID:u1\r\nDTSTART:20260305T193000Z\r\nDTEND:20260305T201500Z\r\nSUMMARY:Interview: Backend Engineer at Acme\r\n\
        ORGANIZER;CN=Jane Doe:mailto:jane@acme.example\r\nATTENDEE:mailto:alex.rivera@example.org\r\nEND:VEVENT\r\n";
    let day =
        "BEGIN:VEVENT\r\nUID:u2\r\nDTSTART;VALUE=DATE:20260306\r\nSUMMARY:Onsite\r\nEND:VEVENT\r\n";
    let floating =
        "BEGIN:VEVENT\r\nUID:u3\r\nDTSTART:20260307T093000\r\nSUMMARY:Call\r\nEND:VEVENT\r\n";
    let text = format!(
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n{event}{day}{floating}{event}END:VCALENDAR\r\n"
    );
    let output = inspect(OWNER, true, &[write(dir.path(), "bare.ics", &text)]);
    assert!(output.status.success());
    let line = &lines(&output)[0];
    check_shape("bare.ics", line);
    assert_eq!(line["verdict"], "scheduled");
    assert_eq!(line["sessions"][0]["interviewers"][0]["address"], "jane@acme.example");
    let objects = line["calendar"].as_array().unwrap();
    let told: Vec<_> = objects
        .iter()
        .map(|o| (o["uid"].as_str(), o["start"].as_str(), o["tzid"].as_str()))
        .collect();
    // The same object twice is one; a floating time is in the owner's zone, and says so by having none of its own.
    assert_eq!(
        told,
        [
            (Some("u1"), Some("2026-03-05T19:30:00Z"), Some("UTC")),
            (Some("u2"), Some("2026-03-06"), None),
            (Some("u3"), Some("2026-03-07T14:30:00Z"), None),
        ]
    );
    assert_eq!(
        (&objects[1]["all_day"], &objects[1]["sequence"]),
        (&Value::Bool(true), &Value::from(0))
    );
}

#[test]
fn what_cannot_be_read_is_told_in_its_place_and_the_rest_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let fine = PathBuf::from("tests/corpus/messages/gcal-1on1-hm.eml");
    let files = [dir.path().join("nowhere.eml"), fine.clone(), dir.path().to_owned(), fine];
    let output = inspect(OWNER, true, &files);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output);
    let told: Vec<_> = lines.iter().map(|l| l["file"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, files.each_ref().map(|f| f.display().to_string()), "in the order given");
    for (line, word) in [(&lines[0], "nowhere.eml"), (&lines[2], "it is a directory")] {
        check_keys(word, line, &["file", "error"]);
        assert!(line["error"].as_str().unwrap().contains(word), "{line}");
    }
    assert_eq!(
        (&lines[1]["verdict"], &lines[3]["verdict"]),
        (&Value::from("scheduled"), &Value::from("scheduled"))
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("error: ").count(), 2, "{said}");
}

#[test]
fn what_is_broken_is_read_as_far_as_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let nested = "Content-Type: message/rfc822\n\n".repeat(200);
    for (name, text) in [
        ("empty", ""),
        ("no header", "\n\nhello"),
        (
            "no boundary",
            "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART",
        ),
        (
            "wrong encoding",
            "Subject: =?utf-8?B?!!!?=\nContent-Type: text/calendar; charset=nonsense\nContent-Transfer-Encoding: base64\n\n####",
        ),
        (
            "impossible times",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDTSTART:99999999T999999Z\nDTEND;TZID=Nowhere/Land:20260230T250000\nEND:VEVENT\nEND:VCALENDAR\n",
        ),
        ("nested", nested.as_str()),
    ] {
        let output = inspect(OWNER, true, &[write(dir.path(), name, text)]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let line = &lines(&output)[0];
        check_shape(name, line);
        assert_eq!(line["verdict"], "none", "{name}");
    }
}

#[test]
fn a_reader_is_told_why_and_nothing_that_would_steer_the_terminal() {
    let fine = PathBuf::from("tests/corpus/messages/gcal-1on1-hm.eml");
    let text = String::from_utf8(inspect(OWNER, false, &[fine]).stdout).unwrap();
    for words in ["scheduled", "because", "Jane Holloway"] {
        assert!(text.contains(words), "`{words}` is missing in: {text}");
    }
    let dir = tempfile::tempdir().unwrap();
    let hostile = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\u{1b}[2J\r\nDTSTART:20260305T193000Z\r\n\
        SUMMARY:Interview \u{1b}]0;x\u{7} Backend Engineer at Acme\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let hostile = write(dir.path(), "hostile.ics", hostile);
    let output = inspect(OWNER, false, &[hostile]);
    assert!(output.status.success());
    assert!(
        !output.stdout.iter().any(|b| *b < 0x20 && *b != b'\n'),
        "{:?}",
        String::from_utf8_lossy(&output.stdout)
    );
}
