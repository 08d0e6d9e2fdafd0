//! `afterword status`: what the running daemon knows, and what the store knows without one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use afterword::maildir::Maildir;
use serde_json::Value;

use super::harness::{Home, Invitation, minutes, wait};
use crate::dovecot::{Dovecot, Variant};

fn status(home: &Home) -> Value {
    let output = home.command(&["status", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is printed for a person.
fn text(home: &Home) -> String {
    let output = home.command(&["status"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn states(status: &Value) -> Vec<&str> {
    let drafts = status["drafts"].as_array().unwrap().iter();
    let mut found: Vec<&str> = drafts.map(|d| d["state"].as_str().unwrap()).collect();
    found.sort_unstable();
    found
}

/// Every file below a directory, and what it holds.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn drafts(home: &Home) -> Vec<PathBuf> {
    let folder = home.mail().join(".Drafts/cur");
    fs::read_dir(folder).map_or_else(|_| Vec::new(), |d| d.map(|e| e.unwrap().path()).collect())
}

/// Two interviewers met an hour ago, and one to come.
fn deliver(home: &Home) {
    let over = Invitation { guests: &["jane", "grant"], ..Invitation::just_over("one@acme") };
    let ahead = Invitation {
        start: minutes(24 * 60),
        end: minutes(25 * 60),
        guests: &["kim"],
        ..Invitation::just_over("two@acme")
    };
    for invitation in [over, ahead] {
        Maildir::deliver(&home.mail(), &invitation.bytes()).unwrap();
    }
}

#[test]
fn the_daemon_and_the_store_without_it_tell_the_same() {
    let home = Home::on_disk();
    deliver(&home);
    let daemon = home.start();
    wait("two drafts", || (drafts(&home).len() == 2).then_some(()), || daemon.log());
    let running = wait(
        "both drafts in the status",
        || Some(status(&home)).filter(|s| s["waiting"]["notes"] == 2),
        || daemon.log(),
    );
    assert!(running["daemon"]["process"].is_u64() && running["daemon"]["since"].is_string());
    assert_eq!(running["daemon"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(running["accounts"][0]["name"], "test");
    assert!(running["accounts"][0]["connected_since"].is_string(), "{running}");
    assert!(running["accounts"][0]["caught_up"].is_string());
    assert_eq!(running["accounts"][0]["trouble"], Value::Null);
    assert_eq!(states(&running), ["waiting", "waiting"]);
    let told = text(&home);
    for words in [
        "afterword 0.",
        "runs since",
        "test: connected since",
        "2 notes wait in Drafts, best sent before ",
        "interviews ahead:",
        "interviews behind:",
        "with Kim Doerr <kim@acme.example>",
        "note to Jane Doerr",
    ] {
        assert!(told.contains(words), "`{words}` is missing in\n{told}");
    }
    daemon.terminate();
    let before = files(&home.path().join("state"));
    let stored = status(&home);
    assert!(text(&home).starts_with("no daemon runs"));
    assert_eq!(files(&home.path().join("state")), before, "a look changes nothing");
    assert_eq!(stored["daemon"], Value::Null);
    assert_eq!(stored["accounts"], Value::Array(Vec::new()));
    for same in ["interviews", "drafts", "waiting", "next", "missed", "store"] {
        assert_eq!(stored[same], running[same], "{same}");
    }
    let ahead = &stored["interviews"].as_array().unwrap()[1];
    assert_eq!(ahead["status"], "upcoming");
    assert_eq!(ahead["sessions"][0]["interviewers"][0]["address"], "kim@acme.example");
    assert_eq!(stored["next"], ahead["sessions"][0]["end"], "`after` is nothing here");
}

#[test]
fn what_became_of_drafts_is_told() {
    let home = Home::on_disk();
    deliver(&home);
    home.once();
    assert_eq!(states(&status(&home)), ["waiting", "waiting"]);
    let letters = drafts(&home);
    let sent = home.mail().join(".Sent");
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(sent.join(part)).unwrap();
    }
    fs::rename(&letters[0], sent.join("cur").join(letters[0].file_name().unwrap())).unwrap();
    fs::remove_file(&letters[1]).unwrap();
    home.once();
    let status = status(&home);
    assert_eq!(states(&status), ["removed", "sent"]);
    assert_eq!(status["waiting"]["notes"], 0);
    assert_eq!(status["waiting"]["best_before"], Value::Null);
    let told = text(&home);
    assert!(
        told.contains("no note waits")
            && told.contains(": sent")
            && told.contains(": deleted by you"),
        "{told}"
    );
}

#[test]
fn nothing_is_stored_yet_and_nothing_is_made_by_asking() {
    let home = Home::on_disk();
    let told = text(&home);
    assert!(told.starts_with("no daemon runs") && told.contains("no note waits"), "{told}");
    assert!(!home.path().join("state").exists());
    assert_eq!(status(&home)["interviews"], Value::Array(Vec::new()));
}

#[test]
fn an_account_in_trouble_is_told_with_its_next_try() {
    let mut dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    dovecot.stop();
    let daemon = home.start();
    daemon.wait_for("trying again in");
    let account = &status(&home)["accounts"][0];
    assert_eq!(account["connected_since"], Value::Null);
    assert!(
        account["trouble"]["what"].is_string() && account["trouble"]["next_try"].is_string(),
        "{account}"
    );
    let told = text(&home);
    assert!(told.contains("trying again ") && told.contains("not read to the end yet"), "{told}");
}

#[test]
fn a_damaged_store_is_left_as_it_is() {
    let home = Home::on_disk();
    deliver(&home);
    home.once();
    let database = home.path().join("state/db/db");
    let length = fs::metadata(&database).unwrap().len();
    fs::write(&database, vec![0xAA; usize::try_from(length).unwrap()]).unwrap();
    let before = files(&home.path().join("state"));
    // The ledger has a plain copy, so what became of the drafts is known all the same.
    assert_eq!(states(&status(&home)), ["waiting", "waiting"]);
    assert_eq!(files(&home.path().join("state")), before);
}
