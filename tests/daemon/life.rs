//! The main job: mail arrives, the interview is over, the draft lies in Drafts; and what the owner does with it counts.

use std::fs;
use std::time::Duration;

use jiff::Timestamp;

use super::harness::{Home, Invitation, field, minutes, wait};
use crate::dovecot::{Dovecot, Variant, token};

/// Recipients of the drafts, sorted.
fn recipients(dovecot: &Dovecot) -> Vec<String> {
    let mut to: Vec<String> =
        dovecot.drafts("alex").iter().filter_map(|d| field(d, "To")).collect();
    to.sort();
    to
}

/// No message of INBOX was marked: the files have no `S` flag.
fn assert_inbox_untouched(dovecot: &Dovecot) {
    for file in dovecot.files("alex", "") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let flags = name.split(":2,").nth(1).unwrap_or("").to_owned();
        assert!(!flags.contains('S'), "marked as read: {name}");
    }
}

fn wait_for_drafts(dovecot: &Dovecot, count: usize, log: impl Fn() -> String) {
    wait(
        &format!("{count} drafts"),
        || (dovecot.drafts("alex").len() == count).then_some(()),
        || format!("{:?}\n{}\n{}", recipients(dovecot), log(), dovecot.log()),
    );
}

#[test]
fn mail_that_arrives_in_idle_becomes_a_draft_and_nothing_is_doubled() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    let daemon = home.start();
    daemon.wait_for("caught up");
    dovecot.deliver(
        "alex",
        &Invitation { guests: &["jane", "grant"], ..Invitation::just_over("one@acme") }.bytes(),
    );
    wait_for_drafts(&dovecot, 2, || daemon.log());
    assert_eq!(
        recipients(&dovecot),
        ["\"Grant Doerr\" <grant@acme.example>", "\"Jane Doerr\" <jane@acme.example>"]
    );
    assert_inbox_untouched(&dovecot);
    for file in dovecot.files("alex", dovecot.drafts_folder()) {
        assert!(file.to_string_lossy().ends_with(":2,DS"), "{}", file.display());
    }
    // The daemon that goes on, and one that starts anew, leave it at that.
    assert!(daemon.terminate() < Duration::from_secs(2));
    home.once();
    let daemon = home.start();
    dovecot.deliver("alex", b"Subject: nothing\r\nFrom: a@b.example\r\n\r\nhello\r\n");
    daemon.wait_for("caught up");
    drop(daemon);
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 2);
    assert_inbox_untouched(&dovecot);
}

#[test]
fn a_deleted_draft_is_never_made_again_even_by_a_new_database() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 1);
    for file in dovecot.files("alex", dovecot.drafts_folder()) {
        fs::remove_file(file).unwrap();
    }
    home.once();
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 0);
    fs::remove_dir_all(home.path().join("state/db")).unwrap();
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 0);
}

#[test]
fn a_lost_state_directory_doubles_no_draft_that_still_lies_there() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    dovecot.deliver(
        "alex",
        &Invitation { guests: &["jane", "grant"], ..Invitation::just_over("one@acme") }.bytes(),
    );
    home.once();
    fs::remove_dir_all(home.path().join("state")).unwrap();
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 2);
}

#[test]
fn a_draft_that_the_owner_sent_stays_sent() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    home.once();
    let letter = dovecot.drafts("alex").remove(0);
    for file in dovecot.files("alex", dovecot.drafts_folder()) {
        fs::remove_file(file).unwrap();
    }
    dovecot.deliver_to("alex", ".Sent", "S", &letter);
    home.once();
    fs::remove_dir_all(home.path().join("state")).unwrap();
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 0);
}

#[test]
fn an_interview_that_is_called_off_or_not_over_leaves_no_draft() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    let over = Invitation {
        start: minutes(-50),
        end: minutes(10),
        ..Invitation::just_over("cancelled@acme")
    };
    let cancel = Invitation {
        method: "CANCEL",
        sequence: 1,
        start: minutes(-50),
        end: minutes(10),
        ..Invitation::just_over("cancelled@acme")
    };
    // The cancellation comes first, as it may.
    dovecot.deliver("alex", &cancel.bytes());
    dovecot.deliver("alex", &over.bytes());
    dovecot.deliver(
        "alex",
        &Invitation { start: minutes(5), end: minutes(65), ..Invitation::just_over("ahead@acme") }
            .bytes(),
    );
    home.once();
    assert_eq!(recipients(&dovecot), Vec::<String>::new());
}

#[test]
fn a_draft_falls_due_while_the_daemon_waits() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    // iCalendar knows whole seconds.
    let end = Timestamp::from_second(Timestamp::now().as_second() + 6).unwrap();
    dovecot.deliver("alex", &Invitation { end, ..Invitation::just_over("soon@acme") }.bytes());
    let daemon = home.start();
    daemon.wait_for("caught up");
    assert!(Timestamp::now() > end || dovecot.drafts("alex").is_empty());
    wait_for_drafts(&dovecot, 1, || daemon.log());
    assert!(Timestamp::now() >= end);
}

#[test]
fn every_kind_of_folder_names_works() {
    for variant in [
        Variant::Localised,
        Variant::LocalisedByName,
        Variant::Prefix,
        Variant::PrefixByName,
        Variant::ByName,
        Variant::NoDrafts,
        Variant::NoIdle,
        Variant::Minimal,
    ] {
        let dovecot = Dovecot::start(variant);
        let home = Home::new(&dovecot);
        dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
        home.once();
        home.once();
        assert_eq!(recipients(&dovecot), ["\"Jane Doerr\" <jane@acme.example>"], "{variant:?}");
        assert_inbox_untouched(&dovecot);
    }
}

#[test]
fn tls_with_an_own_authority_and_a_token_from_a_command() {
    let dovecot = Dovecot::start(Variant::Plain);
    let afterword::imap::Credentials::Token(token) = token("alex", 600) else { unreachable!() };
    let home = Home::with_account(&format!(
        "server = \"imaps://localhost:{}\"\nuser = \"alex\"\nca_file = {:?}\ntoken = {{ command = \"cat token\" }}\n",
        dovecot.ports().1,
        crate::dovecot::certificates().join("ca.pem")
    ));
    let file = home.path().join("token");
    fs::write(&file, secrecy::ExposeSecret::expose_secret(&token)).unwrap();
    let config = home.path().join("config.toml");
    let text = fs::read_to_string(&config)
        .unwrap()
        .replace("cat token", &format!("cat {}", file.display()));
    fs::write(&config, text).unwrap();
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 1);
    let checked = home.command(&["check"]);
    let out = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{out}{}", String::from_utf8_lossy(&checked.stderr));
    for line in [
        "Drafts: Drafts",
        "Sent: Sent",
        "IDLE: yes",
        "drafts may be saved",
        "everything is in place",
    ] {
        assert!(out.contains(line), "`{line}` is missing in: {out}");
    }
    assert_eq!(dovecot.drafts("alex").len(), 1, "check changes nothing");
}
