//! The owner's mailbox as another client sees and changes it: directly on the Maildir.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::daemon::harness::field;
use crate::dovecot::Dovecot;

const DRAFTS: &str = ".Drafts";
const SENT: &str = ".Sent";
const TRASH: &str = ".Trash";

/// One user's mailbox.
#[derive(Clone)]
pub struct Mailbox<'a> {
    dovecot: &'a Dovecot,
    /// The user.
    pub user: String,
}

/// A draft of the daemon's.
#[derive(Clone, Debug)]
pub struct Draft {
    /// To whom: the local part.
    pub to: String,
    /// Its file.
    pub path: PathBuf,
}

impl<'a> Mailbox<'a> {
    /// The mailbox of a user.
    pub fn new(dovecot: &'a Dovecot, user: &str) -> Self {
        Self { dovecot, user: user.to_owned() }
    }

    /// Mail comes in.
    pub fn deliver(&self, message: &[u8]) {
        self.dovecot.deliver(&self.user, message);
    }

    /// Two drafts of the owner's own, one of them marked for deletion: EXPUNGE and CLOSE would take that one away.
    pub fn begin_own_drafts(&self) {
        for (to, flags) in [("friend", "DS"), ("cousin", "DST")] {
            let text = format!(
                "To: {to}@home.example\r\nSubject: hello\r\nMessage-ID: <{to}@home.example>\r\n\r\nhello {to}\r\n"
            );
            self.dovecot.deliver_to(&self.user, DRAFTS, flags, text.as_bytes());
        }
    }

    /// The daemon's drafts, by recipient.
    pub fn drafts(&self) -> Vec<Draft> {
        let files = self.dovecot.files(&self.user, DRAFTS);
        let mut drafts: Vec<Draft> = files.into_iter().filter_map(draft).collect();
        drafts.sort_by(|a, b| a.to.cmp(&b.to));
        drafts
    }

    /// A draft is changed: a client saves a new message and removes the one before.
    pub fn edit(&self, draft: &Draft) {
        let text = fs::read_to_string(&draft.path).unwrap();
        let edited = format!("{text}PS: It was good to meet you all.\r\n");
        self.dovecot.deliver_to(&self.user, DRAFTS, "DS", edited.as_bytes());
        fs::remove_file(&draft.path).unwrap();
    }

    /// A draft goes out.
    pub fn send(&self, draft: &Draft) {
        self.dovecot.deliver_to(&self.user, SENT, "S", &fs::read(&draft.path).unwrap());
        fs::remove_file(&draft.path).unwrap();
    }

    /// A draft goes out from a client that gives it another Message-ID.
    pub fn send_anew(&self, draft: &Draft) {
        let text =
            fs::read_to_string(&draft.path).unwrap().replace("Message-ID: <", "Message-ID: <new-");
        self.dovecot.deliver_to(&self.user, SENT, "S", text.as_bytes());
        fs::remove_file(&draft.path).unwrap();
    }

    /// A draft goes into the bin.
    pub fn bin(&self, draft: &Draft) {
        self.dovecot.deliver_to(&self.user, TRASH, "DS", &fs::read(&draft.path).unwrap());
        fs::remove_file(&draft.path).unwrap();
    }

    /// A letter of the owner's own to somebody.
    pub fn write_to(&self, address: &str) {
        let date = jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).unwrap();
        let text = format!(
            "Date: {date}\r\nFrom: Alex Rivera <alex@example.org>\r\nTo: {address}\r\nSubject: Today\r\nMessage-ID: <own-{address}>\r\n\r\nThank you!\r\n"
        );
        self.dovecot.deliver_to(&self.user, SENT, "S", text.as_bytes());
    }

    /// What is wrong: other drafts of the daemon's than for `expected`, or something touched that is the owner's.
    pub fn faults(&self, expected: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        let found: Vec<String> = self.drafts().into_iter().map(|draft| draft.to).collect();
        if found != expected {
            faults.push(format!("in Drafts: {found:?}, expected: {expected:?}"));
        }
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        for draft in self.drafts() {
            if !name(&draft.path).ends_with(":2,DS") {
                faults.push(format!("flags of the draft to {}: {}", draft.to, name(&draft.path)));
            }
        }
        for file in self.dovecot.files(&self.user, "") {
            let name = name(&file);
            if name.split_once(":2,").is_some_and(|(_, flags)| !flags.is_empty()) {
                faults.push(format!("flags of a mail in INBOX: {name}"));
            }
        }
        let own = self.dovecot.files(&self.user, DRAFTS);
        let own: Vec<_> = own.iter().filter(|path| draft((*path).clone()).is_none()).collect();
        let as_left =
            own.len() == 2 && own.iter().filter(|path| name(path).ends_with(":2,DST")).count() == 1;
        if !as_left {
            faults.push(format!("the owner's own drafts: {own:?}"));
        }
        faults
    }

    /// Puts a copy in the place of this mailbox.
    pub fn restore(&self, copied: &Path) {
        copy(copied, &self.root());
    }

    /// UIDVALIDITY of all folders changes, as after a restored backup.
    pub fn renumber(&self) {
        for folder in ["", DRAFTS, SENT, TRASH, ".Archive"] {
            let maildir = self.dovecot.maildir(&self.user, folder);
            for entry in fs::read_dir(maildir).unwrap().map(Result::unwrap) {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with("dovecot") && entry.path().is_file() {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
        }
    }

    /// Where all of it lies.
    pub fn root(&self) -> PathBuf {
        self.dovecot.maildir(&self.user, "").parent().unwrap().to_owned()
    }
}

/// A file in Drafts, unless it is the owner's own.
fn draft(path: PathBuf) -> Option<Draft> {
    let to = field(&fs::read(&path).unwrap(), "To").unwrap_or_default();
    let to = to.rsplit_once('<').map_or(to.as_str(), |(_, address)| address);
    let (to, domain) = to.split_once('@').unwrap_or_default();
    (!domain.starts_with("home.example")).then(|| Draft { to: to.to_owned(), path })
}

/// Copies a directory with owners and times.
pub fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-aT").arg(from).arg(to).status().unwrap();
    assert!(status.success(), "cp -aT {} {}", from.display(), to.display());
}
