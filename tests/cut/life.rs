//! A whole life: a panel of three, an update, a withdrawal, a replacement, an owner's edit. It is lived once without harm; each case then begins
//! with what there was before one of its steps.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::law;
use super::mailbox::{Mailbox, copy};
use super::proxy::{Proxy, Trace};
use crate::daemon::harness::{Home, Invitation, memory, minutes};
use crate::dovecot::{Dovecot, Variant};

/// What happens between two rounds of the daemon, and who has a draft afterwards.
pub struct Step {
    /// Its name.
    pub name: &'static str,
    mails: Vec<Vec<u8>>,
    owner: fn(&Mailbox<'_>),
    /// Recipients of the drafts that lie there afterwards.
    pub left: &'static [&'static str],
}

impl Step {
    /// Lets it happen.
    pub fn happen(&self, mailbox: &Mailbox<'_>) {
        for mail in &self.mails {
            mailbox.deliver(mail);
        }
        (self.owner)(mailbox);
    }
}

fn steps() -> Vec<Step> {
    let panel = |sequence, guests| {
        Invitation { sequence, guests, ..Invitation::just_over("panel@acme") }.bytes()
    };
    let globex =
        Invitation { company: "Globex", guests: &["wu"], ..Invitation::just_over("call@globex") };
    let moved =
        Invitation { sequence: 1, start: minutes(24 * 60), end: minutes(25 * 60), ..globex };
    let moved_back = Invitation { sequence: 2, start: minutes(-63), end: minutes(-3), ..globex };
    let newsletter = b"From: news@shop.example\r\nSubject: Offers\r\nMessage-ID: <1@shop.example>\r\n\r\nBuy now.\r\n".to_vec();
    let nothing: fn(&Mailbox<'_>) = |_| {};
    vec![
        Step {
            name: "before",
            mails: vec![newsletter.clone()],
            owner: |mailbox| mailbox.begin_own_drafts(),
            left: &[],
        },
        Step {
            name: "panel",
            mails: vec![panel(0, &["jane", "grant", "mia"]), newsletter],
            owner: nothing,
            left: &["grant", "jane", "mia"],
        },
        Step {
            name: "update",
            mails: vec![panel(1, &["jane", "grant", "mia", "rob"]), globex.bytes()],
            owner: nothing,
            left: &["grant", "jane", "mia", "rob", "wu"],
        },
        Step {
            name: "withdrawal",
            mails: vec![panel(2, &["jane", "mia", "rob"]), moved.bytes()],
            owner: nothing,
            left: &["jane", "mia", "rob"],
        },
        Step {
            name: "replacement",
            mails: vec![moved_back.bytes()],
            owner: nothing,
            left: &["jane", "mia", "rob", "wu"],
        },
        Step {
            name: "edit",
            mails: vec![panel(3, &["jane"])],
            owner: |mailbox| {
                mailbox
                    .drafts()
                    .iter()
                    .filter(|draft| draft.to == "mia")
                    .for_each(|draft| mailbox.edit(draft));
            },
            left: &["jane", "mia", "wu"],
        },
        Step { name: "quiet", mails: vec![], owner: nothing, left: &["jane", "mia", "wu"] },
    ]
}

/// The life as it was lived.
pub struct Life {
    /// The server.
    pub dovecot: Dovecot,
    /// Its steps.
    pub steps: Vec<Step>,
    /// What was said in each step.
    pub traces: Vec<Trace>,
    before: tempfile::TempDir,
}

impl Life {
    /// Lives it without harm, on a server of its own.
    pub fn live() -> Self {
        let everybody = "passdb {\n driver = static\n args = nopassword=y\n}\n";
        let quickly = "service imap {\n service_count = 100\n}\nmail_fsync = never\n";
        let dovecot = Dovecot::start_with(Variant::Plain, &(everybody.to_owned() + quickly));
        let before = tempfile::tempdir_in(memory()).unwrap();
        let mut life = Self { dovecot, steps: steps(), traces: Vec::new(), before };
        let mut traces = Vec::new();
        let case = Case::new(&life);
        for (n, step) in life.steps.iter().enumerate() {
            case.keep(&life.kept(n));
            step.happen(&case.mailbox);
            let ran = case.run();
            let faults = [ran.faults(), case.mailbox.faults(&owned(step.left))].concat();
            assert!(faults.is_empty(), "{}: {faults:#?}\n{}", step.name, ran.told);
            traces.push(ran.trace);
        }
        drop(case);
        life.traces = traces;
        life
    }

    /// Where everything as it was before a step is kept.
    fn kept(&self, step: usize) -> PathBuf {
        self.before.path().join(step.to_string())
    }
}

/// Names, owned.
pub fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// A user with a mailbox, a configuration and a proxy of their own.
pub struct Case<'a> {
    /// The mailbox.
    pub mailbox: Mailbox<'a>,
    /// The configuration and the state.
    pub home: Home,
    /// What is between them.
    pub proxy: Proxy,
}

impl<'a> Case<'a> {
    /// A new user without mail.
    pub fn new(life: &'a Life) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let user = format!("user{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let proxy = Proxy::start(life.dovecot.ports().0);
        let home = Home::with_account(&format!(
            "server = \"imap://127.0.0.1:{}\"\nuser = \"{user}\"\npassword = {{ file = \"PASSWORD\" }}\n",
            proxy.port()
        ));
        Self { mailbox: Mailbox::new(&life.dovecot, &user), home, proxy }
    }

    /// A user for whom a step has just happened, before the daemon's round.
    pub fn after(life: &'a Life, step: usize) -> Self {
        let case = Self::before(life, step);
        life.steps[step].happen(&case.mailbox);
        case
    }

    /// A user for whom the steps before this one have happened.
    pub fn before(life: &'a Life, step: usize) -> Self {
        let case = Self::new(life);
        let kept = life.kept(step);
        if kept.join("mail").exists() {
            case.mailbox.restore(&kept.join("mail"));
        }
        if kept.join("state").exists() {
            copy(&kept.join("state"), &case.state());
        }
        case
    }

    /// Where the daemon has its state.
    pub fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    fn keep(&self, target: &Path) {
        std::fs::create_dir(target).unwrap();
        if self.mailbox.root().exists() {
            copy(&self.mailbox.root(), &target.join("mail"));
        }
        if self.state().exists() {
            copy(&self.state(), &target.join("state"));
        }
    }

    /// One round of the daemon, or as much of it as harm allows.
    pub fn run(&self) -> Ran {
        let mut command = self.home.prepared(&["run", "--once"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        self.proxy.client(child.id());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        Ran { code: output.status.code(), told, trace: self.proxy.take() }
    }
}

impl Drop for Case<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.mailbox.root());
    }
}

/// What one round came to.
pub struct Ran {
    /// Its exit status, unless it was killed.
    pub code: Option<i32>,
    /// Its log.
    pub told: String,
    /// What was said to the server.
    pub trace: Trace,
}

impl Ran {
    /// What is wrong with a round that nobody has harmed.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.broken();
        if self.code != Some(0) {
            faults.push(format!("it ended with {:?}", self.code));
        }
        faults
    }

    /// What must not be, harm or no harm.
    pub fn broken(&self) -> Vec<String> {
        let mut faults = law::broken(&self.trace.commands);
        if self.told.contains("panicked") {
            faults.push("it panicked".to_owned());
        }
        faults
    }
}
