//! The command line: what it prints, where, and the exit status.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use afterword::maildir::Maildir;

fn afterword(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_afterword"))
        .args(arguments)
        .env_remove("NOTIFY_SOCKET")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Exit status, and words that stderr must hold.
fn check(arguments: &[&str], status: i32, words: &[&str]) {
    let output = afterword(arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {told}");
    for word in words {
        assert!(told.contains(word), "{arguments:?}: `{word}` is missing in: {told}");
    }
    assert!(!told.contains("panicked"), "{told}");
}

const OWNER: &str = "[owner]\nname = \"Alex Rivera\"\naddresses = [\"alex.rivera@example.org\"]\ntimezone = \"America/New_York\"\n";

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn mistakes_are_told_with_their_place_and_a_status() {
    let dir = tempfile::tempdir().unwrap();
    let typing = write(dir.path(), "typing.toml", &OWNER.replace("addresses", "adresses"));
    check(
        &["--config", &typing, "check"],
        2,
        &["typing.toml:3", "`adresses`", "hint: did you mean `addresses`?"],
    );
    let nobody = write(dir.path(), "nobody.toml", OWNER);
    check(&["--config", &nobody, "run"], 2, &["[[accounts]]"]);
    check(&["--config", "/nonexistent.toml", "run"], 2, &["/nonexistent.toml"]);
    check(&["--config", &nobody, "frobnicate"], 2, &["frobnicate"]);
    let style = write(dir.path(), "style.toml", &format!("{OWNER}[drafts]\nstyle = \"baroque\"\n"));
    check(&["--config", &style, "preview", "."], 2, &["`baroque`", "hint:"]);
    fs::create_dir_all(dir.path().join("Mail/cur")).unwrap();
    let account = format!(
        "[[accounts]]\nname = \"a\"\nmaildir = \"{}\"\n",
        dir.path().join("Mail").display()
    );
    let file = write(dir.path(), "file", "");
    let store = write(
        dir.path(),
        "store.toml",
        &format!("{OWNER}[store]\npath = \"{file}/state\"\n{account}"),
    );
    check(&["--config", &store, "run", "--once"], 1, &["error: store `", "hint:"]);
    check(&["--config", &store, "run"], 1, &["error: store `", "hint:"]);
}

/// Files in the Drafts of the demonstration.
fn drafts(demo: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(demo.join("Mail/.Drafts/cur")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn the_demonstration_saves_two_letters_and_can_be_played_with() {
    let dir = tempfile::tempdir().unwrap();
    let demo = dir.path().join("demo");
    let output = afterword(&["demo", "--directory", &demo.display().to_string()]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for words in [
        "Dear Jane,",
        "Dear Grant,",
        "about the Senior Backend Engineer position",
        "the position at Quillstone",
        "2 drafts were saved",
    ] {
        assert!(told.contains(words), "`{words}` is missing in: {told}");
    }
    assert!(!told.contains("Dear Adaeze") && !told.contains("Dear Becca"));
    assert_eq!(drafts(&demo).len(), 2);
    assert!(drafts(&demo).iter().all(|f| f.display().to_string().ends_with(":2,DS")));
    let config = demo.join("config.toml").display().to_string();
    check(&["--config", &config, "run", "--once"], 0, &[]);
    assert_eq!(drafts(&demo).len(), 2, "nothing is doubled");
    fs::remove_file(&drafts(&demo)[0]).unwrap();
    check(&["--config", &config, "run", "--once"], 0, &[]);
    assert_eq!(drafts(&demo).len(), 1, "a deletion is final");
    check(&["--config", &config, "check"], 0, &[]);
    check(&["demo", "--directory", &demo.display().to_string()], 1, &["cannot make"]);
}

/// Mail that is too large, broken or no mail at all keeps nothing else from being read, by the daemon and by a preview.
#[test]
fn hostile_mail_in_a_maildir_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let mail = dir.path().join("Mail");
    Maildir::create(&mail).unwrap();
    let head = "From: a@b.example\r\nTo: alex.rivera@example.org\r\nSubject: Interview\r\n";
    let film = "A".repeat(76) + "\r\n";
    let film = format!(
        "{head}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: video/mp4\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}--x--\r\n",
        film.repeat((50 << 20) / film.len())
    );
    let text = format!("{head}\r\n{}", "much text\r\n".repeat((50 << 20) / 11));
    let guests = "ATTENDEE:mailto:somebody@somewhere.example\r\n";
    let calendar = format!(
        "{head}Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:big\r\n{}\
         END:VEVENT\r\nEND:VCALENDAR\r\n",
        guests.repeat((5 << 20) / guests.len())
    );
    let one_line =
        format!("{head}Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR{}", "X".repeat(5 << 20));
    let cut = "Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR";
    let id = "From: j@acme.example\r\nMessage-ID: <a\r\n\r\nBcc: x@y.example>\r\nSubject: hi\r\n\r\nhi\r\n";
    let garbage = b"\x00\xff\xfe garbage without a header";
    for bytes in [
        film.as_bytes(),
        text.as_bytes(),
        calendar.as_bytes(),
        one_line.as_bytes(),
        cut.as_bytes(),
        id.as_bytes(),
        garbage,
        b"",
    ] {
        Maildir::deliver(&mail, bytes).unwrap();
    }
    let now = jiff::Timestamp::now();
    let stamp = |minutes: i64| {
        (now + jiff::SignedDuration::from_mins(minutes)).strftime("%Y%m%dT%H%M%SZ").to_string()
    };
    let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let invitation = format!(
        "Date: {date}\r\nFrom: pat@acme.example\r\nTo: alex.rivera@example.org\r\nSubject: Interview: Backend Engineer at Acme\r\n\
         Message-ID: <one@acme.example>\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n\
         BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:{}\r\nDTSTART:{}\r\nDTEND:{}\r\n\
         SUMMARY:Interview: Backend Engineer at Acme\r\nORGANIZER:mailto:pat@acme.example\r\n\
         ATTENDEE;CN=Jane Doerr:mailto:jane@acme.example\r\nATTENDEE:mailto:alex.rivera@example.org\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n",
        stamp(-90),
        stamp(-80),
        stamp(-20)
    );
    Maildir::deliver(&mail, invitation.as_bytes()).unwrap();
    let (mail, state) = (mail.display().to_string(), dir.path().join("state"));
    let account =
        format!("[store]\npath = {state:?}\n[[accounts]]\nname = \"a\"\nmaildir = {mail:?}\n");
    let config = write(dir.path(), "config.toml", &format!("{OWNER}{account}"));
    check(&["--config", &config, "run", "--once"], 0, &[]);
    assert_eq!(drafts(dir.path()).len(), 1);
    let output = afterword(&["--config", &config, "preview", "--json", &mail]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        told["drafts"].as_array().unwrap().len(),
        1,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The daemon on a Maildir; killed when dropped.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_maildir_is_watched_and_sigterm_ends_the_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let demo = dir.path().join("demo");
    let output = afterword(&["demo", "--directory", &demo.display().to_string()]);
    assert!(output.status.success());
    // The same interview under other names: what the demonstration delivered, kept aside while the daemon starts.
    let mail = demo.join("Mail");
    let sample = fs::read_dir(mail.join("new"))
        .unwrap()
        .map(|e| fs::read_to_string(e.unwrap().path()).unwrap());
    let panel = sample.into_iter().find(|m| m.contains("4v1demo0panel")).unwrap();
    let panel = panel
        .replace("4v1demo0panel", "other")
        .replace("jane.doerr@", "kim.doerr@")
        .replace("gokafor@", "lee@")
        .replace("demo@google", "two@google");
    let mut child = Command::new(env!("CARGO_BIN_EXE_afterword"))
        .args(["--config", &demo.join("config.toml").display().to_string(), "run"])
        .env("AFTERWORD_LOG", "off")
        .spawn()
        .map(Daemon)
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let before = Instant::now();
    Maildir::deliver(&mail, panel.as_bytes()).unwrap();
    while drafts(&demo).len() < 4 {
        assert!(before.elapsed() < Duration::from_secs(20), "the new mail was not seen");
        std::thread::sleep(Duration::from_millis(50));
    }
    let id = child.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let before = Instant::now();
    assert!(child.0.wait().unwrap().success());
    assert!(before.elapsed() < Duration::from_secs(2));
}
