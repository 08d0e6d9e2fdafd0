//! A configuration, the running binary, and invitations whose time fits the moment of the test.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use afterword::maildir::Maildir;

use crate::dovecot::{Dovecot, PASSWORD};

/// How long something may take that ought to happen at once.
pub const SOON: Duration = Duration::from_secs(30);

/// A directory with a configuration for one account of a server.
pub struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    /// An account on the server without TLS, password from a file.
    pub fn new(dovecot: &Dovecot) -> Self {
        let server =
            format!("server = \"imap://127.0.0.1:{}\"\nuser = \"alex\"\n", dovecot.ports().0);
        Self::with_account(&format!("{server}password = {{ file = \"PASSWORD\" }}\n"))
    }

    /// An account that is a Maildir, empty.
    pub fn on_disk() -> Self {
        let home = Self::with_account("maildir = \"HOME/Mail\"\n");
        Maildir::create(&home.mail()).unwrap();
        home
    }

    /// Adds to the section `[drafts]`.
    pub fn set_drafts(&self, line: &str) {
        let file = self.dir.path().join("config.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, text.replace("[drafts]\n", &format!("[drafts]\n{line}\n"))).unwrap();
    }

    /// The Maildir of [`Self::on_disk`].
    pub fn mail(&self) -> PathBuf {
        self.dir.path().join("Mail")
    }

    /// `account` is the text of `[[accounts]]`; `PASSWORD` in it is the file with the right password, `HOME` the directory.
    pub fn with_account(account: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("afterword-").tempdir_in(memory()).unwrap();
        let password = dir.path().join("password");
        fs::write(&password, format!("{PASSWORD}\n")).unwrap();
        let account = account.replace("PASSWORD", &password.display().to_string());
        let account = account.replace("HOME", &dir.path().display().to_string());
        let text = format!(
            "[owner]\nname = \"Alex Rivera\"\naddresses = [\"alex@example.org\"]\ntimezone = \"America/New_York\"\n\n\
             [drafts]\nafter = \"0s\"\n\n[store]\npath = \"{}\"\n\n[[accounts]]\nname = \"test\"\n{account}",
            dir.path().join("state").display()
        );
        fs::write(dir.path().join("config.toml"), text).unwrap();
        Self { dir }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs a subcommand to its end.
    pub fn command(&self, arguments: &[&str]) -> Output {
        self.prepared(arguments).output().unwrap()
    }

    /// Runs one round of the daemon, which must end well.
    pub fn once(&self) {
        let output = self.command(&["run", "--once"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts the daemon.
    pub fn start(&self) -> Daemon {
        self.start_with(|_| {})
    }

    /// Starts the daemon with changes to its command.
    pub fn start_with(&self, change: impl FnOnce(&mut Command)) -> Daemon {
        let log = self.dir.path().join("log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut command = self.prepared(&["run"]);
        change(&mut command);
        let child = command.stderr(file).stdout(Stdio::null()).spawn().unwrap();
        Daemon { child, log }
    }

    /// A subcommand that has not been started yet.
    pub fn prepared(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_afterword"));
        command.arg("--config").arg(self.dir.path().join("config.toml")).args(arguments);
        command.env("AFTERWORD_LOG", "afterword=debug").env_remove("NOTIFY_SOCKET");
        command
    }
}

/// The running daemon; killed when dropped.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// What it has logged.
    pub fn log(&self) -> String {
        let mut text = String::new();
        fs::File::open(&self.log).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until its log says something.
    pub fn wait_for(&self, what: &str) {
        wait(
            &format!("`{what}` in the log"),
            || self.log().contains(what).then_some(()),
            || self.log(),
        );
    }

    /// Ends it as systemd would, and says how long that took.
    pub fn terminate(mut self) -> Duration {
        let before = Instant::now();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {}", self.log());
        before.elapsed()
    }

    /// Ends it as nobody should.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where directories are that need not outlive a power cut: the store flushes often, and real disks are slow at that.
pub fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Waits until `look` finds something; fails with `tell` after [`SOON`].
pub fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>, tell: impl Fn() -> String) -> T {
    let end = Instant::now() + SOON;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for {what}: {}", tell());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Now and so many minutes.
pub fn minutes(n: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_mins(n)
}

/// An invitation as Google Calendar writes it.
pub struct Invitation {
    /// UID.
    pub uid: &'static str,
    /// REQUEST or CANCEL.
    pub method: &'static str,
    /// SEQUENCE.
    pub sequence: u32,
    /// DTSTART.
    pub start: Timestamp,
    /// DTEND.
    pub end: Timestamp,
    /// With whom: its domain is this name in lower case under `.example`.
    pub company: &'static str,
    /// Whom the owner talks with: the local part at the company.
    pub guests: &'static [&'static str],
}

impl Invitation {
    /// An interview that ended a minute ago, with Jane.
    pub fn just_over(uid: &'static str) -> Self {
        Self {
            uid,
            method: "REQUEST",
            sequence: 0,
            start: minutes(-61),
            end: minutes(-1),
            company: "Acme",
            guests: &["jane"],
        }
    }

    /// The message.
    pub fn bytes(&self) -> Vec<u8> {
        let stamp = |t: Timestamp| t.strftime("%Y%m%dT%H%M%SZ").to_string();
        let date = jiff::fmt::rfc2822::to_string(&minutes(-120).to_zoned(jiff::tz::TimeZone::UTC))
            .unwrap();
        let Self { uid, method, sequence, company, .. } = self;
        let domain = format!("{}.example", company.to_lowercase());
        let guests: String = self.guests.iter().fold(String::new(), |out, g| {
            out + &format!(
                "ATTENDEE;CN={}{} Doerr:mailto:{g}@{domain}\r\n",
                g[..1].to_uppercase(),
                &g[1..]
            )
        });
        format!(
            "Date: {date}\r\nFrom: Pat Lee <pat@{domain}>\r\nTo: alex@example.org\r\n\
             Subject: Invitation: Interview: Backend Engineer at {company}\r\nMessage-ID: <{uid}-{method}-{sequence}@mail.{domain}>\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/calendar; charset=UTF-8; method={method}\r\n\r\n\
             BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n\
             UID:{uid}\r\nSEQUENCE:{sequence}\r\nDTSTAMP:{}\r\nDTSTART:{}\r\nDTEND:{}\r\nSUMMARY:Interview: Backend Engineer at {company}\r\n\
             ORGANIZER;CN=Pat Lee:mailto:pat@{domain}\r\n{guests}ATTENDEE;CN=Alex Rivera:mailto:alex@example.org\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n",
            stamp(minutes(i64::from(*sequence) - 120)),
            stamp(self.start),
            stamp(self.end)
        )
        .into_bytes()
    }
}

/// A header field of a message, as it stands there.
pub fn field(message: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(message);
    let head = text.split("\r\n\r\n").next()?.to_owned();
    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}
