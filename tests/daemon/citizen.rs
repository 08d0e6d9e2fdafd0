//! The daemon among other processes: its state is its own, a second one is refused, and it ends when it is told to.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::harness::{Home, Invitation};
use crate::cut::proxy::{At, Harm, Point, Proxy};
use crate::dovecot::{Dovecot, Variant};

/// As long as ending may take: what is promised, not what it costs.
const AT_ONCE: Duration = Duration::from_secs(2);

/// What in a directory others than its user may look into; nobody gets further than into a directory that is closed.
fn open_to_others(dir: &Path) -> Vec<String> {
    let mut open = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let mode = entry.metadata().unwrap().permissions().mode();
        if mode & 0o077 != 0 {
            open.push(format!("{}: {mode:o}", entry.path().display()));
        }
    }
    open
}

#[test]
fn the_state_can_be_read_by_its_user_only() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    // Somebody made the directory before, and let everybody in.
    let state = home.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    home.once();
    home.once();
    assert!(state.join("ledger.json").exists() && state.join("db/db").exists());
    assert_eq!(open_to_others(&state), [""; 0]);
}

#[test]
fn a_second_daemon_on_the_same_store_is_told_who_has_it() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    let mut daemon = home.start();
    daemon.wait_for("caught up");
    for arguments in [&["run"][..], &["run", "--once"]] {
        let output = home.command(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("another afterword (process {})", daemon.id())), "{told}");
        assert!(told.contains("hint:"), "{told}");
    }
    assert!(daemon.is_running());
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    daemon.wait_for("draft saved");
}

#[test]
fn it_ends_at_once_in_the_middle_of_a_fetch() {
    let dovecot = Dovecot::start(Variant::Plain);
    let proxy = Proxy::start(dovecot.ports().0);
    let server = format!("server = \"imap://127.0.0.1:{}\"\nuser = \"alex\"\n", proxy.port());
    let home = Home::with_account(&format!("{server}password = {{ file = \"PASSWORD\" }}\n"));
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    for nth in [1, 2] {
        proxy.plan(&Point { command: "UID FETCH".to_owned(), nth, at: At::Within(0) }, Harm::Stall);
        let daemon = home.start();
        assert!(proxy.wait_for_harm());
        assert!(daemon.terminate() < AT_ONCE);
        proxy.take();
    }
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 1);
}

#[test]
fn it_ends_at_once_while_it_pauses_after_a_failed_connection() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let home = Home::with_account(&format!(
        "server = \"imap://127.0.0.1:{closed}\"\nuser = \"alex\"\npassword = {{ file = \"PASSWORD\" }}\n"
    ));
    let daemon = home.start();
    daemon.wait_for("trying again in");
    assert!(daemon.terminate() < AT_ONCE);
}

#[test]
fn what_it_did_is_flushed_when_it_ends() {
    let dovecot = Dovecot::start(Variant::Plain);
    let home = Home::new(&dovecot);
    let daemon = home.start();
    daemon.wait_for("caught up");
    dovecot.deliver("alex", &Invitation::just_over("one@acme").bytes());
    daemon.wait_for("draft saved");
    assert!(daemon.terminate() < AT_ONCE);
    // The owner deletes it: who remembers that it was saved makes no other.
    for file in dovecot.files("alex", dovecot.drafts_folder()) {
        fs::remove_file(file).unwrap();
    }
    home.once();
    assert_eq!(dovecot.drafts("alex").len(), 0);
}
