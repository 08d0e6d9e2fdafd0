//! What goes wrong around the daemon: it says so in one line, and goes on.

use std::fs;

use super::harness::{Home, Invitation, wait};
use crate::dovecot::{Dovecot, Variant};

#[test]
fn a_server_that_goes_and_comes_back_is_found_again() {
    let mut dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    let mut daemon = home.start();
    daemon.wait_for("caught up");
    dovecot.stop();
    daemon.wait_for("trying again in");
    assert!(daemon.is_running());
    dovecot.start_again();
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    wait("a draft", || (dovecot.drafts("alex").len() == 1).then_some(()), || daemon.log());
}

#[test]
fn a_wrong_password_is_told_and_never_shown() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    fs::write(home.path().join("password"), "not the secret one\n").unwrap();
    let output = home.command(&["run", "--once"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("account `test`") && told.contains("hint:"), "{told}");
    assert!(!told.contains("not the secret one"), "{told}");
    let check = home.command(&["check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&check.stdout).contains("not the secret one"));
}

#[test]
fn a_large_message_and_hostile_ones_do_not_keep_an_invitation_from_being_read() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    let head =
        "From: a@b.example\r\nTo: alex@example.org\r\nSubject: large\r\nMIME-Version: 1.0\r\n";
    let large = "A".repeat(76) + "\r\n";
    let attachment = format!(
        "{head}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nsee the film\r\n\
         --x\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--x--\r\n",
        large.repeat(50 * 1024 * 1024 / 78)
    );
    dovecot.deliver("alex", attachment.as_bytes());
    let calendar = format!(
        "{head}Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:big\r\n{}END:VEVENT\r\nEND:VCALENDAR\r\n",
        "ATTENDEE:mailto:somebody@somewhere.example\r\n".repeat(5 * 1024 * 1024 / 45)
    );
    dovecot.deliver("alex", calendar.as_bytes());
    dovecot.deliver("alex", b"\x00\xff\xfe garbage without a header");
    dovecot.deliver("alex", b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR");
    dovecot.deliver("alex", b"From: j@acme.example\r\nMessage-ID: <a\r\n\r\nBcc: x@y.example>\r\nSubject: hi\r\n\r\nhi\r\n");
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 1);
}

#[test]
fn a_full_mailbox_is_told_and_the_draft_saved_once_there_is_room() {
    let dovecot = Dovecot::start_with(
        Variant::Plain,
        "mail_plugins = quota\nprotocol imap {\n mail_plugins = quota imap_quota\n}\nplugin {\n quota = count:User quota\n \
         quota_rule = *:storage=3M\n quota_grace = 0\n quota_vsizes = yes\n}\n",
    );
    let home = Home::new(&dovecot);
    let large = format!("Subject: large\r\n\r\n{}", "much\r\n".repeat(700_000));
    let large = dovecot.deliver("alex", large.as_bytes());
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    let output = home.command(&["run", "--once"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("was not saved"), "{told}\n{}", dovecot.log());
    assert_eq!(dovecot.drafts("alex").len(), 0, "{told}");
    let name = large.file_name().unwrap().to_string_lossy().into_owned();
    for file in dovecot.files("alex", "").iter().filter(|f| f.to_string_lossy().contains(&name)) {
        fs::remove_file(file).unwrap();
    }
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 1, "{}", dovecot.log());
}
