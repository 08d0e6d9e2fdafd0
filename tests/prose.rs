//! Interviews in plain words, and what only looks like them: labelled mail of many professions in ten languages.

use std::collections::BTreeSet;
use std::fs;

use afterword::address::{EmailAddress, Owner};
use afterword::extract::{self, Findings, Lexicon, Place, Session, Verdict};
use afterword::folder::Role;
use afterword::message::Message;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

fn owner(label: &Value) -> Owner {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let addresses = label["addresses"].as_array().unwrap().iter();
    Owner {
        name: text(&label["name"]),
        addresses: addresses.map(|a| EmailAddress::parse(a.as_str().unwrap()).unwrap()).collect(),
        time_zone: TimeZone::get(label["timezone"].as_str().unwrap()).unwrap(),
        phone: None,
    }
}

fn read(bytes: &[u8], owner: &Owner, lexicon: &Lexicon) -> Findings {
    let message = Message::parse(bytes, &owner.time_zone);
    let arrived = message.date.unwrap_or(Timestamp::UNIX_EPOCH);
    let place = Place { account: "a", role: Role::Inbox, arrived };
    extract::read(&message, &place, owner, lexicon)
}

/// Who talks with the owner, and when: an address where there is one, else the name.
fn people<'s>(
    sessions: impl Iterator<Item = (Timestamp, Vec<(&'s str, &'s str)>)>,
) -> BTreeSet<(Timestamp, String)> {
    let mut out = BTreeSet::new();
    for (start, people) in sessions {
        out.insert((start, String::new()));
        for (name, address) in people {
            let key = if address.is_empty() { name } else { address };
            out.insert((start, key.to_lowercase()));
        }
    }
    out
}

fn found(sessions: &[Session]) -> BTreeSet<(Timestamp, String)> {
    people(sessions.iter().map(|s| {
        let each = s.interviewers.iter().map(|p| {
            (p.name.as_deref().unwrap_or(""), p.address.as_ref().map_or("", EmailAddress::as_str))
        });
        (s.start, each.collect())
    }))
}

fn labelled(sessions: &Value) -> BTreeSet<(Timestamp, String)> {
    people(sessions.as_array().unwrap().iter().map(|s| {
        let each = s["interviewers"].as_array().unwrap().iter();
        let each =
            each.map(|p| (p["name"].as_str().unwrap_or(""), p["address"].as_str().unwrap_or("")));
        (s["start"].as_str().unwrap().parse().unwrap(), each.collect())
    }))
}

#[track_caller]
fn check(name: &str, findings: &Findings, label: &Value) {
    let verdict = extract::verdict::name(findings.verdict);
    assert_eq!(verdict, label["verdict"], "{name}: {:#?}", findings.evidence);
    assert_eq!(found(&findings.sessions), labelled(&label["sessions"]), "{name}");
    for index in 0..findings.sessions.len() {
        let field = format!("sessions[{index}].start");
        assert!(
            findings.evidence.iter().any(|e| e.field == field),
            "{name}: no evidence of {field}"
        );
    }
}

#[test]
fn mail_in_plain_words_is_read_as_its_label_says() {
    let lexicon = Lexicon::embedded();
    let mut seen = 0;
    for entry in fs::read_dir("tests/corpus/prose").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "eml") {
            continue;
        }
        let label: Value =
            serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
        let findings = read(&fs::read(&path).unwrap(), &owner(&label["owner"]), &lexicon);
        check(&path.file_stem().unwrap().to_string_lossy(), &findings, &label);
        seen += 1;
    }
    assert!(seen >= 100, "{seen} messages");
}

/// A mail to the owner with this body.
fn mail(body: &str) -> Findings {
    let owner = owner(
        &serde_json::json!({"name": "Alex Rivera", "addresses": ["alex.rivera@example.org"], "timezone": "America/New_York"}),
    );
    let text = format!(
        "From: Jane Doe <jane@acme.example>\nTo: Alex Rivera <alex.rivera@example.org>\nDate: Mon, 2 Mar 2026 09:00:00 -0500\nSubject: Interview\nMessage-ID: <a@b>\nContent-Type: text/plain; charset=utf-8\n\n{body}"
    );
    read(text.as_bytes(), &owner, &Lexicon::embedded())
}

#[test]
fn what_repeats_without_end_is_read_up_to_a_limit() {
    for unit in [
        "interview on Tuesday 10:00 with Jane Roe, ",
        "10:00 - 10:30 Jane Roe, Engineer\n",
        "Panel:\n",
        "the role of the job of ",
        "A B C D ",
        "a@b.example ",
        "面接3月5日14時",
        "(((((",
    ] {
        let findings = mail(&unit.repeat(20_000 / unit.len()));
        assert!(findings.sessions.len() <= 60, "{unit}: {}", findings.sessions.len());
        let people = findings.sessions.iter().map(|s| s.interviewers.len()).max();
        assert!(people.unwrap_or(0) <= 20, "{unit}");
        assert!(findings.evidence.iter().all(|e| e.quote.len() < 1_000), "{unit}");
    }
}

#[test]
fn marks_of_templates_and_scripts_in_names_stay_text() {
    let findings = mail(
        "Hi Alex,\n\nYour interview is on Tuesday at 10:00 with {{first_name}} <script>alert(1)</script> Jane\r\nBcc: x@y.example\n",
    );
    assert_eq!(findings.verdict, Verdict::Scheduled);
    let marked = |s: &Session| {
        s.interviewers
            .iter()
            .any(|p| p.name.as_deref().is_some_and(|n| n.contains(['<', '{', '\n', ':'])))
    };
    assert!(!findings.sessions.iter().any(marked), "{:?}", findings.sessions);
}
