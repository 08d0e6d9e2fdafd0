//! `afterword explain` and `afterword note`, on a running daemon and on the store without one.

use std::fs;

use afterword::maildir::Maildir;
use serde_json::Value;

use super::harness::{Home, Invitation, field, minutes, wait};

const FORGOTTEN: &str = "I forgot to say that I led the move to the new warehouse.";

pub fn json(home: &Home, arguments: &[&str]) -> Value {
    let output = home.command(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn text(home: &Home, arguments: &[&str]) -> String {
    let output = home.command(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn refusal(home: &Home, arguments: &[&str]) -> String {
    let output = home.command(arguments);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

pub fn interview(home: &Home) -> String {
    let status = json(home, &["status", "--json"]);
    status["interviews"][0]["id"].as_str().unwrap().to_owned()
}

pub fn letters(home: &Home) -> Vec<Vec<u8>> {
    let folder = home.mail().join(".Drafts/cur");
    let files = fs::read_dir(folder).into_iter().flatten();
    files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
}

fn ahead() -> Invitation {
    Invitation { start: minutes(60), end: minutes(120), ..Invitation::just_over("one@acme") }
}

#[test]
fn an_explanation_names_the_message_and_the_words() {
    let home = Home::on_disk();
    Maildir::deliver(&home.mail(), &Invitation::just_over("one@acme").bytes()).unwrap();
    home.once();
    let id = interview(&home);
    let told = json(&home, &["explain", "--json", &id]);
    let because = told["sessions"][0]["because"][0].as_str().unwrap();
    assert!(because.contains("one@acme"), "{because}");
    let evidence = told["evidence"].as_array().unwrap();
    for conclusion in ["verdict", "company", "sessions[0].start"] {
        let words = evidence.iter().find(|w| w["field"] == conclusion).unwrap();
        assert!(words["message"].as_str().unwrap().starts_with('<'), "{words}");
        assert!(!words["quote"].as_str().unwrap().is_empty(), "{words}");
    }
    assert_eq!(told["drafts"][0]["state"], "waiting");
    let of_draft = told["drafts"][0]["message_id"].as_str().unwrap();
    assert_eq!(json(&home, &["explain", "--json", of_draft])["interview"]["id"], id.as_str());
    let printed = text(&home, &["explain", &id]);
    for words in ["Acme", "because: ", "says", "note to ", "in Drafts"] {
        assert!(printed.contains(words), "`{words}` is missing in\n{printed}");
    }
    let unknown = refusal(&home, &["explain", "nothing"]);
    assert!(unknown.contains("`nothing`") && unknown.contains("hint:"), "{unknown}");
}

#[test]
fn a_note_is_kept_and_finds_its_interview() {
    let home = Home::on_disk();
    Maildir::deliver(&home.mail(), &ahead().bytes()).unwrap();
    let daemon = home.start();
    let known = || home.command(&["status", "--json"]).stdout;
    let read = || String::from_utf8_lossy(&known()).contains("\"upcoming\"").then_some(());
    wait("the interview", read, || daemon.log());
    let id = interview(&home);
    assert!(text(&home, &["note", &id, FORGOTTEN]).contains("it goes into the letters"));
    assert!(refusal(&home, &["note", "nothing", "words"]).contains("`nothing`"));
    assert!(refusal(&home, &["note", &id, "  "]).contains("without words"));
    daemon.kill();
    let told = json(&home, &["explain", "--json", &id]);
    assert_eq!(told["notes"][0]["text"], FORGOTTEN, "it was flushed");
    // The database is lost, the plain copy is there: the interview is read again, and its note is still beside it.
    for name in ["db", "conf"] {
        let _ = fs::remove_file(home.path().join("state").join(name));
    }
    home.once();
    let told = json(&home, &["explain", "--json", &id]);
    assert_eq!(told["notes"].as_array().unwrap().len(), 1, "{told}");
}

#[test]
fn a_note_without_a_daemon_renews_what_nobody_touched() {
    let home = Home::on_disk();
    Maildir::deliver(&home.mail(), &Invitation::just_over("one@acme").bytes()).unwrap();
    home.once();
    let before = letters(&home);
    assert_eq!(before.len(), 1);
    let told = text(&home, &["note", &interview(&home), FORGOTTEN]);
    assert!(told.contains("written anew"), "{told}");
    home.once();
    home.once();
    let after = letters(&home);
    assert_eq!(after.len(), 1, "one letter, and not the old one beside it");
    assert_ne!(field(&after[0], "Message-ID"), field(&before[0], "Message-ID"));
}

/// Sent from wherever the owner is, to himself.
#[test]
fn a_note_by_mail_is_found_by_its_conversation_or_its_company() {
    let home = Home::on_disk();
    Maildir::deliver(&home.mail(), &ahead().bytes()).unwrap();
    let invitation = field(&ahead().bytes(), "Message-ID").unwrap();
    let mail = |number: u32, subject: &str, more: &str, body: &str| {
        format!(
            "From: Alex Rivera <alex@example.org>\r\nTo: alex@example.org\r\nSubject: {subject}\r\n\
             Date: {}\r\nMessage-ID: <note-{number}@example.org>\r\n{more}\r\n{body}\r\n",
            minutes(0).strftime("%a, %d %b %Y %H:%M:%S +0000")
        )
    };
    let answer = format!("In-Reply-To: {invitation}\r\n");
    for note in [
        mail(1, "Re: interview", &answer, "By conversation."),
        mail(2, "Note: Acme", "", "By company."),
        mail(3, "Note: Zenith", "", "Of somebody else."),
        mail(4, "Acme", "", "No note."),
    ] {
        Maildir::deliver(&home.mail(), note.as_bytes()).unwrap();
    }
    home.once();
    let told = json(&home, &["explain", "--json", &interview(&home)]);
    let notes: Vec<&str> =
        told["notes"].as_array().unwrap().iter().map(|n| n["text"].as_str().unwrap()).collect();
    assert_eq!(notes, ["By company.", "By conversation."]);
}
