//! The daemon as systemd sees it: what it is told and when, and how quickly it ends whatever it is doing.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use afterword::maildir::Maildir;
use rustix::fs::{Mode, OFlags};

use super::harness::{Daemon, Home, Invitation, SOON, wait};
use crate::dovecot::{Dovecot, Variant};

/// The promise is two seconds; a machine that runs many tests is given more. What hangs here hangs for ever.
const AT_ONCE: Duration = Duration::from_secs(10);

/// A socket in systemd's place.
struct Systemd(UnixDatagram);

impl Systemd {
    fn start(home: &Home) -> (Self, Daemon) {
        let path = home.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        let daemon = home.start_with(|command| {
            command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
        });
        (Self(socket), daemon)
    }

    fn next(&self) -> String {
        let mut buffer = [0; 4096];
        let length = self.0.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).trim_end().to_owned()
    }

    /// The next that begins like this; what comes between is passed over.
    fn next_of(&self, prefix: &str) -> String {
        loop {
            let told = self.next();
            if told.starts_with(prefix) {
                return told;
            }
        }
    }
}

#[test]
fn systemd_hears_of_readiness_life_standing_and_the_end() {
    let home = Home::on_disk();
    let (systemd, daemon) = Systemd::start(&home);
    assert_eq!(systemd.next(), "READY=1");
    assert_eq!(systemd.next_of("STATUS"), "STATUS=no note waits; no interview ahead");
    let over = Invitation { guests: &["jane", "grant"], ..Invitation::just_over("one@acme") };
    Maildir::deliver(&home.mail(), &over.bytes()).unwrap();
    let told = wait(
        "two notes",
        || Some(systemd.next_of("STATUS")).filter(|s| s.contains("2 notes")),
        || daemon.log(),
    );
    assert!(
        told.starts_with("STATUS=2 notes wait in Drafts, best sent before ")
            && told.ends_with("; no interview ahead"),
        "{told}"
    );
    for _ in 0..5 {
        systemd.next_of("WATCHDOG=1");
    }
    assert!(daemon.terminate() < AT_ONCE);
    systemd.next_of("STOPPING=1");
}

#[test]
fn readiness_does_not_wait_for_a_login() {
    let mut dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    dovecot.stop();
    let (systemd, daemon) = Systemd::start(&home);
    assert_eq!(systemd.next(), "READY=1");
    let trouble = wait(
        "the trouble",
        || Some(systemd.next_of("STATUS")).filter(|s| s.contains("trying again at")),
        || daemon.log(),
    );
    assert!(trouble.starts_with("STATUS=test: ") && trouble.contains("no note waits"), "{trouble}");
    systemd.next_of("WATCHDOG=1");
    assert!(daemon.terminate() < AT_ONCE);
}

#[test]
fn a_wrong_configuration_is_never_ready_and_ends_with_status_2() {
    let home = Home::on_disk();
    home.set_drafts("frobnicate = true");
    let (systemd, mut daemon) = Systemd::start(&home);
    wait("the end", || (!daemon.is_running()).then_some(()), String::new);
    assert_eq!(home.command(&["run"]).status.code(), Some(2));
    systemd.0.set_nonblocking(true).unwrap();
    assert!(systemd.0.recv(&mut [0; 64]).is_err(), "nothing was told");
}

fn with_password(secret: &str) -> Home {
    Home::with_account(&format!(
        "server = \"imap://127.0.0.1:9\"\nuser = \"alex\"\npassword = {secret}\n"
    ))
}

#[test]
fn it_ends_at_once_while_a_password_command_hangs_and_takes_it_along() {
    let home = with_password("{ command = \"sleep 1000 & echo $! > HOME/started; wait\" }");
    let daemon = home.start();
    let started = home.path().join("started");
    let process = wait(
        "the command",
        || fs::read_to_string(&started).ok().filter(|s| s.ends_with('\n')),
        || daemon.log(),
    );
    assert!(daemon.terminate() < AT_ONCE);
    let stat = format!("/proc/{}/stat", process.trim());
    wait(
        "the end of what it started",
        || (!fs::read_to_string(&stat).is_ok_and(|s| !s.contains(") Z "))).then_some(()),
        String::new,
    );
}

#[test]
fn it_ends_at_once_while_the_system_does_not_answer() {
    let home = with_password("{ file = \"HOME/pipe\" }");
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let daemon = home.start();
    daemon.wait_for("store opened");
    // Nobody writes to the pipe, though somebody could: as with a file on a dead network disk, the kernel does not come back.
    let flags = OFlags::WRONLY | OFlags::NONBLOCK;
    let opened = || rustix::fs::open(&pipe, flags, Mode::empty()).ok();
    let writer = wait("the daemon at the pipe", opened, || daemon.log());
    assert!(daemon.terminate() < AT_ONCE);
    drop(writer);
}

/// More than are read while a signal is on its way.
const MANY: usize = 5000;

/// Many messages that are read and say nothing.
fn fill(mail: &Path, count: usize) {
    let body = "We met, we talked, and nothing came of it. ".repeat(200);
    for n in 0..count {
        let message = format!(
            "Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nFrom: a{n}@b.example\r\nTo: alex@example.org\r\n\
             Message-ID: <{n}@b.example>\r\nSubject: number {n}\r\n\r\n{body}\r\n"
        );
        fs::write(mail.join("new").join(format!("{n}.a.b")), message).unwrap();
    }
}

#[test]
fn it_ends_at_once_in_the_middle_of_a_large_maildir() {
    let home = Home::on_disk();
    fill(&home.mail(), MANY);
    let daemon = home.start();
    daemon.wait_for("message read");
    assert!(daemon.terminate() < AT_ONCE);
    let log = fs::read_to_string(home.path().join("log")).unwrap();
    assert!(log.matches("message read").count() < MANY, "it did not read on to the end");
}
