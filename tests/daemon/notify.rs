//! `drafts.notify`: called when drafts were saved, with how many and by when, and never in the way.

use std::fs;
use std::path::PathBuf;

use afterword::maildir::Maildir;
use jiff::{SignedDuration, Timestamp};

use super::harness::{Home, Invitation, wait};

/// A home whose command writes a line for each call.
fn home(command: &str) -> (Home, PathBuf) {
    let home = Home::on_disk();
    let calls = home.path().join("calls");
    let command = command.replace("CALLS", &calls.display().to_string());
    home.set_drafts(&format!("notify = {{ command = {command:?} }}"));
    (home, calls)
}

const TELL: &str = "echo $AFTERWORD_DRAFTS,$AFTERWORD_BY,$AFTERWORD_BY_TIME >> CALLS";

fn lines(calls: &PathBuf) -> Vec<String> {
    fs::read_to_string(calls).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn deliver(home: &Home, uid: &'static str, guests: &'static [&'static str]) {
    let invitation = Invitation { guests, ..Invitation::just_over(uid) };
    Maildir::deliver(&home.mail(), &invitation.bytes()).unwrap();
}

fn drafts(home: &Home) -> usize {
    fs::read_dir(home.mail().join(".Drafts/cur")).map_or(0, Iterator::count)
}

#[test]
fn a_round_is_one_call_and_nothing_new_is_none() {
    let (home, calls) = home(TELL);
    home.once();
    assert!(lines(&calls).is_empty(), "nothing was saved");
    deliver(&home, "one@acme", &["jane", "grant"]);
    home.once();
    let told = lines(&calls);
    assert_eq!(told.len(), 1, "{told:?}");
    let parts: Vec<&str> = told[0].split(',').collect();
    assert_eq!(parts[0], "2");
    let by: Timestamp = parts[2].parse().unwrap();
    let expected = Timestamp::now() + SignedDuration::from_hours(24);
    assert!(by.duration_since(expected).abs() < SignedDuration::from_mins(5), "{by}");
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    assert_eq!(parts[1], by.to_zoned(zone).strftime("%a %H:%M").to_string());
    home.once();
    // What lies there already is no news, not even to a new store.
    fs::remove_dir_all(home.path().join("state")).unwrap();
    home.once();
    assert_eq!(lines(&calls), told);
}

#[test]
fn the_daemon_calls_after_every_round_that_saved() {
    let (home, calls) = home(TELL);
    let daemon = home.start();
    for (count, uid) in ["one@acme", "two@acme"].into_iter().enumerate() {
        deliver(&home, uid, if count == 0 { &["jane"] } else { &["grant", "kim"] });
        wait("a call", || (lines(&calls).len() == count + 1).then_some(()), || daemon.log());
    }
    assert!(lines(&calls)[0].starts_with("1,") && lines(&calls)[1].starts_with("2,"));
}

#[test]
fn no_name_is_told() {
    let (home, calls) = home("env > CALLS");
    deliver(&home, "one@acme", &["jane"]);
    home.once();
    let told = fs::read_to_string(&calls).unwrap();
    assert!(told.contains("AFTERWORD_DRAFTS=1\n"), "{told}");
    for word in ["Jane", "jane", "Acme", "acme.example", "Doerr"] {
        assert!(!told.contains(word), "{told}");
    }
}

#[test]
fn a_command_that_fails_or_is_not_there_harms_nothing() {
    for command in ["exit 3", "no-such-program-anywhere", "kill -9 $$"] {
        let (home, _) = home(command);
        deliver(&home, "one@acme", &["jane"]);
        let output = home.command(&["run", "--once"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
        assert_eq!(told.matches("the command of `drafts.notify` ended with").count(), 1, "{told}");
        assert_eq!(drafts(&home), 1);
    }
}

#[test]
fn a_command_that_hangs_holds_nothing_up_and_ends_with_the_daemon() {
    let (home, calls) = home("sleep 1000 & echo $! >> CALLS; wait");
    let daemon = home.start();
    deliver(&home, "one@acme", &["jane"]);
    let process = wait("the command", || lines(&calls).pop(), || daemon.log());
    let runs =
        || fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|s| !s.contains(") Z "));
    assert!(runs());
    deliver(&home, "two@acme", &["grant"]);
    wait("the second draft", || (drafts(&home) == 2).then_some(()), || daemon.log());
    assert!(daemon.terminate() < std::time::Duration::from_secs(2));
    wait("the end of what it started", || (!runs()).then_some(()), String::new);
}
