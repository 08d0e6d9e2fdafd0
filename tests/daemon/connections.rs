//! Connections of the running program: several side by side, bad ones among them, and nothing told that is a secret.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

use super::harness::{Home, Invitation, field, minutes, wait};
use crate::dovecot::{Dovecot, PASSWORD, Variant, certificates};

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn status(home: &Home) -> String {
    String::from_utf8(home.command(&["status"]).stdout).unwrap()
}

/// The text of a further account.
fn account(name: &str, port: u16, more: &str) -> String {
    format!(
        "\n[[accounts]]\nname = \"{name}\"\nserver = \"imap://127.0.0.1:{port}\"\nuser = \"alex\"\npassword = {{ file = \"PASSWORD\" }}\n{more}"
    )
}

#[test]
fn an_account_that_is_down_holds_no_other_up() {
    let dovecot = Dovecot::start(Variant::Plain);
    // One that takes connections and never says a word, and one that is not there.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let absent = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let home = Home::with_account(&format!(
        "server = \"imap://127.0.0.1:{}\"\nuser = \"alex\"\npassword = {{ file = \"PASSWORD\" }}\n{}{}",
        absent,
        account("silent", silent.local_addr().unwrap().port(), ""),
        account("works", dovecot.ports().0, ""),
    ));
    let daemon = home.start();
    daemon.wait_for("account `test`: ");
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    wait("a draft", || (dovecot.drafts("alex").len() == 1).then_some(()), || daemon.log());
    let told = status(&home);
    assert!(told.contains("test: ") && told.contains("cannot connect"), "{told}");
    assert!(told.contains("works: connected since"), "{told}");
}

#[test]
fn a_refused_login_is_one_line_and_waits_for_minutes() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    fs::write(home.path().join("password"), "not-the-right-one\n").unwrap();
    let daemon = home.start();
    daemon.wait_for("trying again in");
    let log = daemon.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("refused")).collect();
    let [line] = lines[..] else { panic!("one line: {log}") };
    assert!(
        line.contains("login of `alex` refused")
            && line.contains("(hint: check `user` and `password`"),
        "{line}"
    );
    let seconds = line.split("trying again in ").nth(1).unwrap().split(' ').next().unwrap();
    let seconds: u64 = seconds.parse().unwrap();
    assert!((300..=375).contains(&seconds), "{line}");
    let told = status(&home);
    assert!(told.contains("login of `alex` refused") && told.contains("trying again"), "{told}");
    assert!(!log.contains("not-the-right-one") && !told.contains("not-the-right-one"));
}

/// Passes everything on until the server's words hold a mark: then it hangs up.
fn hanging_up_at(mark: &'static str, port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        while let Ok((near, _)) = listener.accept() {
            let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut from, mut to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
            std::thread::spawn(move || pass_on(far, near, mark));
        }
    });
    own
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, mark: &str) {
    let mut seen = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..n]);
        if String::from_utf8_lossy(&seen).contains(mark) || to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

#[test]
fn a_message_that_breaks_the_connection_is_set_aside_and_told() {
    let dovecot = Dovecot::start(Variant::Plain);
    let port = hanging_up_at("poisoned", dovecot.ports().0);
    let home = Home::with_account(&format!(
        "server = \"imap://127.0.0.1:{port}\"\nuser = \"alex\"\npassword = {{ file = \"PASSWORD\" }}\nfolders = [\"INBOX\", \"Archive\"]\n"
    ));
    dovecot.deliver("alex", b"From: a@b.example\r\nSubject: fine\r\n\r\nfine\r\n");
    dovecot.deliver("alex", b"From: a@b.example\r\nSubject: poisoned\r\n\r\nx\r\n");
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    // The same UID in another folder is another message.
    let elsewhere = Invitation { guests: &["mia"], ..Invitation::just_over("two@acme") };
    for bytes in [&b"Subject: first\r\n\r\nx\r\n"[..], &elsewhere.bytes()] {
        dovecot.deliver_to("alex", ".Archive", "", bytes);
    }
    // Together with the others, then alone, then alone again; each in a process of its own.
    for attempt in 1..=3 {
        let output = home.command(&["run", "--once"]);
        assert_eq!(output.status.code(), Some(1), "attempt {attempt}: {}", stderr(&output));
        assert_eq!(dovecot.drafts("alex").len(), 0, "nothing is saved before all was read");
    }
    let output = home.command(&["run", "--once"]);
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("a message was passed over") && told.contains("uid=2"), "{told}");
    assert_eq!(dovecot.drafts("alex").len(), 2, "{told}");
}

#[test]
fn a_folder_that_cannot_be_opened_is_told_and_left_out() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::with_account(&format!(
        "server = \"imap://127.0.0.1:{}\"\nuser = \"alex\"\npassword = {{ file = \"PASSWORD\" }}\nfolders = [\"INBOX\", \"Closed\", \"Absent\"]\n",
        dovecot.ports().0
    ));
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    dovecot.deliver_to("alex", ".Closed", "", b"Subject: x\r\n\r\nx\r\n");
    let closed = dovecot.maildir("alex", ".Closed");
    for path in [closed.join("cur"), closed.join("new"), closed] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let daemon = home.start();
    wait("a draft", || (dovecot.drafts("alex").len() == 1).then_some(()), || daemon.log());
    let log = daemon.log();
    assert!(log.contains("the folder `Closed` is not read"), "{log}");
    let told = status(&home);
    assert!(
        told.contains("Closed is not read") && told.contains("Absent is not read: it is not there"),
        "{told}"
    );
}

/// A stopped process is to its connection what a sleeping machine is: the world goes on without it.
#[test]
fn what_came_while_it_slept_is_read_before_anything_is_saved() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    let end = minutes(0) + SignedDuration::from_secs(40);
    let end = Timestamp::from_second(end.as_second()).unwrap();
    let kept = Invitation { end, guests: &["mia"], ..Invitation::just_over("kept@acme") };
    let called_off = Invitation { end, ..Invitation::just_over("off@acme") };
    dovecot.deliver("alex", &kept.bytes());
    dovecot.deliver("alex", &called_off.bytes());
    let daemon = home.start();
    daemon.wait_for("caught up");
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &daemon.id().to_string()]).status().unwrap();
        assert!(sent.success());
    };
    signal("-STOP");
    dovecot.deliver("alex", &Invitation { method: "CANCEL", sequence: 1, ..called_off }.bytes());
    // Longer than a hiccup of a busy machine, and until the interviews are over.
    std::thread::sleep(Duration::from_secs(25));
    while Timestamp::now() <= end {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(dovecot.drafts("alex").len(), 0);
    signal("-CONT");
    wait("a draft", || (!dovecot.drafts("alex").is_empty()).then_some(()), || daemon.log());
    let [letter] = &dovecot.drafts("alex")[..] else { panic!("one: {}", daemon.log()) };
    assert!(field(letter, "To").unwrap().contains("mia@acme.example"));
}

#[test]
fn no_secret_is_told_at_any_level_nor_in_the_list_of_processes() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::with_account(&format!(
        "server = \"imaps://localhost:{}\"\nuser = \"alex\"\npassword = {{ file = \"PASSWORD\" }}\nca_file = {:?}\n",
        dovecot.ports().1,
        certificates().join("ca.pem")
    ));
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    let daemon = home.start_with(|command| {
        command
            .env("AFTERWORD_LOG", "trace")
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
    });
    wait("a draft", || (dovecot.drafts("alex").len() == 1).then_some(()), || daemon.log());
    let process = fs::read_to_string(format!("/proc/{}/cmdline", daemon.id())).unwrap()
        + &fs::read_to_string(format!("/proc/{}/environ", daemon.id())).unwrap();
    let told = status(&home);
    daemon.wait_for("caught up");
    let log = daemon.log();
    let plain = STANDARD.encode(format!("\0alex\0{PASSWORD}"));
    for secret in [PASSWORD, "word\\", &plain, &plain[4..20]] {
        for text in [&log, &process, &told] {
            assert!(!text.contains(secret), "`{secret}` in: {text}");
        }
    }
}

#[test]
fn check_says_what_is_wrong_with_a_certificate() {
    let dovecot = Dovecot::start(Variant::Plain);
    for (host, file, reason) in [
        ("127.0.0.1", "ca.pem", "not made out to `127.0.0.1`"),
        ("localhost", "other.pem", "signed by an authority that is not known here"),
    ] {
        let home = Home::with_account(&format!(
            "server = \"imaps://{host}:{}\"\nuser = \"alex\"\npassword = {{ file = \"PASSWORD\" }}\nca_file = {:?}\n",
            dovecot.ports().1,
            certificates().join(file)
        ));
        let output = home.command(&["check"]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        let mut lines = told.lines().skip_while(|line| !line.starts_with("  failed: "));
        assert!(lines.next().is_some_and(|line| line.contains(reason)), "{told}");
        assert!(lines.next().is_some_and(|line| line.trim().starts_with("hint: ")), "{told}");
    }
}
