//! The main job on other servers than Dovecot: Cyrus and Courier, fetched and unpacked by `tests/servers/unpack`, started on loopback.

mod courier;
mod cyrus;
mod raw;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::daemon::harness::{Home, Invitation, minutes, wait};
use courier::Courier;
use cyrus::Cyrus;
use raw::{Message, Raw};

/// Where a server lies after it was fetched.
fn unpacked(server: &str) -> PathBuf {
    let output =
        Command::new("tests/servers/unpack").arg(server).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "`tests/servers/unpack {server}` failed, see above");
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// An account on a server that listens without TLS.
fn home(port: u16) -> Home {
    Home::with_account(&format!(
        "server = \"imap://127.0.0.1:{port}\"\nuser = \"alex\"\npassword = {{ file = \"PASSWORD\" }}\n"
    ))
}

/// To whom the letters in Drafts go, sorted; each is seen and a draft.
fn letters(server: &mut Raw, drafts: &str) -> Vec<String> {
    let messages = server.messages(drafts);
    let alive = messages.iter().filter(|m| !m.flags.contains("\\Deleted"));
    let mut to: Vec<String> = alive
        .map(|Message { flags, text }| {
            assert!(flags.contains("\\Seen") && flags.contains("\\Draft"), "{flags}");
            let to = text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap();
            to.rsplit('<').next().unwrap().trim_end_matches('>').to_owned()
        })
        .collect();
    to.sort();
    to
}

fn assert_unread(server: &mut Raw) {
    for Message { flags, text } in server.messages("INBOX") {
        assert!(!flags.contains("\\Seen"), "{flags}: {text}");
    }
}

/// An invitation comes, is changed, and called off; another one comes while the daemon waits.
fn the_main_job(port: u16, drafts: &str) {
    let home = home(port);
    let mut owner = Raw::connect(port);
    let first = Invitation::just_over("one@acme");
    owner.append("INBOX", &first.bytes());
    home.once();
    assert_eq!(letters(&mut owner, drafts), ["jane@acme.example"]);
    home.once();
    assert_eq!(letters(&mut owner, drafts).len(), 1, "no second letter");

    let update =
        Invitation { sequence: 1, guests: &["jane", "grant"], ..Invitation::just_over("one@acme") };
    owner.append("INBOX", &update.bytes());
    home.once();
    assert_eq!(letters(&mut owner, drafts), ["grant@acme.example", "jane@acme.example"]);

    let daemon = home.start();
    daemon.wait_for("caught up");
    owner.append(
        "INBOX",
        &Invitation { guests: &["mia"], ..Invitation::just_over("two@acme") }.bytes(),
    );
    wait("a letter", || (letters(&mut owner, drafts).len() == 3).then_some(()), || daemon.log());
    drop(daemon);

    let moved = Invitation {
        sequence: 2,
        start: minutes(60),
        end: minutes(120),
        guests: &["jane", "grant"],
        ..Invitation::just_over("one@acme")
    };
    owner.append("INBOX", &moved.bytes());
    home.once();
    assert_eq!(
        letters(&mut owner, drafts),
        ["mia@acme.example"],
        "it is still to be held: the letters are taken back"
    );
    assert_unread(&mut owner);
    let check = home.command(&["check"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn the_main_job_on_cyrus() {
    let server = Cyrus::start();
    the_main_job(server.port(), "Drafts");
}

#[test]
fn the_main_job_on_courier() {
    let server = Courier::start();
    the_main_job(server.port(), "INBOX.Drafts");
}
