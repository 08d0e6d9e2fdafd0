//! Engine and store together: an input goes in, what it stores is stored, and what is left to do for the mailbox comes out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::{info, warn};

use super::account_state::{AccountState, SetAside, Trouble};
use super::bell::Bell;
use super::explain::Explanation;
use super::letters::LettersTold;
use super::status::{AccountStatus, Running, Status};
use super::suspects::Suspects;
use super::vigil::Vigil;
use crate::control::{Answer, Request};
use crate::engine::{Action, Engine, Input, Setup};
use crate::extract::{Findings, RULES};
use crate::folder::Position;
use crate::interview::Note;
use crate::ledger::{Entry, Ledger, State};
use crate::store::{self, Store, Tree};
use crate::{clock, systemd};

/// How many messages set aside are remembered of an account for its state.
const MAX_SET_ASIDE: usize = 100;

/// How far a folder was read, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Everything below was read and stored.
    pub position: Position,
    /// Whether the folder was read to its end once.
    pub complete: bool,
    /// Messages whose data ended a connection.
    #[serde(default)]
    pub suspects: Suspects,
}

/// The engine, the store, and the positions, shared by all accounts' loops.
#[derive(Debug)]
pub struct Core {
    inner: RefCell<Inner>,
    failed: RefCell<Option<store::Error>>,
    failure: Notify,
    accounts: RefCell<BTreeMap<String, AccountState>>,
    /// The accounts, in the order of the configuration.
    names: Vec<String>,
    zone: TimeZone,
    vigil: Vigil,
    bell: Bell,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    store: Store,
    progress: std::collections::BTreeMap<String, Progress>,
}

impl Core {
    /// Opens the store and makes an engine of what is in it.
    pub fn open(path: &Path, deadline: Duration, setup: Setup) -> Result<Self, store::Error> {
        let (mut store, mut restored) = Store::open(path, RULES, deadline)?;
        let findings = store.decode::<Findings>(&mut restored, Tree::Findings)?;
        let progress = store.decode::<Progress>(&mut restored, Tree::Positions)?;
        let mut ledger = Ledger::default();
        for entry in store.decode::<Entry>(&mut restored, Tree::Ledger)?.into_values() {
            ledger.record(entry);
        }
        for note in &restored.notes {
            warn!("store: {note}");
        }
        let (names, zone) = (setup.accounts.clone(), setup.owner.time_zone.clone());
        let (vigil, bell) = (Vigil::default(), Bell::default());
        for name in &names {
            vigil.heard(name, Duration::ZERO);
        }
        for entry in ledger.entries() {
            bell.recorded(entry);
        }
        let notes = store.decode::<Note>(&mut restored, Tree::Notes)?;
        let engine = Engine::new(setup, findings, ledger).with_notes(notes);
        let inner = Inner { engine, store, progress };
        Ok(Self {
            inner: RefCell::new(inner),
            failed: RefCell::new(None),
            failure: Notify::new(),
            accounts: RefCell::default(),
            names,
            zone,
            vigil,
            bell,
        })
    }

    /// Gives an input to the engine and stores what it asks to be stored, in order, each ledger entry flushed before
    /// anything after it. Returns what is left for the mailbox; nothing, and an error, when the store failed.
    pub fn handle(&self, input: Input) -> Result<Vec<Action>, Failed> {
        if let Input::Delivered { account, .. } | Input::CaughtUp { account, .. } = &input {
            self.vigil.heard(account, Duration::ZERO);
        }
        let mut inner = self.inner.borrow_mut();
        let actions = inner.engine.handle(input, clock::now());
        let mut left = Vec::new();
        for action in actions {
            if let Action::Record(entry) = &action {
                self.bell.recorded(entry);
            }
            match inner.carry_out(action) {
                Ok(Some(action)) => left.push(action),
                Ok(None) => {}
                Err(error) => return Err(self.fail(error)),
            }
        }
        Ok(left)
    }

    /// How far a folder of an account was read.
    pub fn progress(&self, account: &str, folder: &str) -> Option<Progress> {
        self.vigil.heard(account, Duration::ZERO);
        self.inner.borrow().progress.get(&key(account, folder)).cloned()
    }

    /// Notes how far a folder was read, after everything that was read was stored.
    pub fn set_progress(
        &self,
        account: &str,
        folder: &str,
        progress: Progress,
    ) -> Result<(), Failed> {
        let mut inner = self.inner.borrow_mut();
        let key = key(account, folder);
        let stored =
            inner.store.put(Tree::Positions, &key, &progress).and_then(|()| inner.store.flush());
        inner.progress.insert(key, progress);
        stored.map_err(|error| self.fail(error))
    }

    /// The account is connected and logged in, or its Maildir open.
    pub fn connected(&self, account: &str) {
        self.note(account, |state| state.connected_since = Some(clock::now()));
    }

    /// All folders of the account were read to their ends; `since` is when that began.
    pub fn caught_up(&self, account: &str, since: Timestamp) {
        self.note(account, |state| {
            state.caught_up = Some(since);
            state.trouble = None;
        });
        self.tell_status();
        self.bell.round_ended();
    }

    /// The account's connection is lost: why, and when it is tried again. `None` where that is no trouble.
    pub fn disconnected(&self, account: &str, trouble: Option<Trouble>) {
        self.inner.borrow_mut().engine.disconnected(account);
        let wait = trouble.as_ref().map(|t| t.next_try.duration_since(t.at));
        self.vigil.heard(account, wait.and_then(|w| w.try_into().ok()).unwrap_or_default());
        self.note(account, |state| {
            state.connected_since = None;
            if trouble.is_some() {
                state.trouble = trouble;
            }
        });
        self.tell_status();
    }

    /// A message or a folder is not read. True if that is news.
    pub fn set_aside(&self, account: &str, what: SetAside) -> bool {
        let mut news = false;
        self.note(account, |state| {
            let same = |other: &SetAside| other.folder == what.folder && other.uid == what.uid;
            news = !state.set_aside.iter().any(same);
            if news {
                state.set_aside.push(what);
                let over = state.set_aside.len().saturating_sub(MAX_SET_ASIDE);
                state.set_aside.drain(..over);
            }
        });
        news
    }

    /// A folder is read again as a whole.
    pub fn take_up(&self, account: &str, folder: &str) {
        self.note(account, |state| {
            state.set_aside.retain(|what| what.uid.is_some() || what.folder != folder);
        });
    }

    /// Whether a whole folder, by the name that people read, is not read.
    pub fn is_set_aside(&self, account: &str, folder: &str) -> bool {
        let accounts = self.accounts.borrow();
        let Some(state) = accounts.get(account) else { return false };
        state.set_aside.iter().any(|what| what.uid.is_none() && what.folder == folder)
    }

    /// How each account is doing, by its name. An account that was never reached nor failed yet is missing.
    pub fn accounts(&self) -> BTreeMap<String, AccountState> {
        self.accounts.borrow().clone()
    }

    fn note(&self, account: &str, change: impl FnOnce(&mut AccountState)) {
        change(self.accounts.borrow_mut().entry(account.to_owned()).or_default());
    }

    /// How long until something falls due that a round begun at `since` does not cover: nothing, where it did meanwhile;
    /// `None` where nothing will.
    pub fn until_due(&self, since: Timestamp) -> Option<Duration> {
        let wake = self.inner.borrow().engine.wake(since)?;
        Some(Duration::try_from(wake.duration_since(clock::now())).unwrap_or_default())
    }

    /// All that is known now.
    pub fn status(&self) -> Status {
        let inner = self.inner.borrow();
        let states = self.accounts.borrow();
        let accounts = self.names.iter().map(|name| AccountStatus {
            name: name.clone(),
            state: states.get(name).cloned().unwrap_or_default(),
        });
        Status {
            store: inner.store.dir().to_path_buf(),
            accounts: accounts.collect(),
            ..Status::of(&inner.engine, clock::now())
        }
    }

    /// Answers a question of a command. `running` is the daemon that answers, if one does.
    pub fn answer(&self, running: Option<&Running>, request: &Request) -> Answer {
        let told = match request {
            Request::Status => {
                let mut status = Status { daemon: running.cloned(), ..self.status() };
                if running.is_none() {
                    status.accounts.clear();
                }
                serde_json::to_value(status)
            }
            Request::Explain { id } => {
                let explanation = Explanation::of(&self.inner.borrow().engine, id, clock::now());
                serde_json::to_value(explanation.ok_or_else(|| unknown(id))?)
            }
            Request::Letter { id, which } => {
                let told = LettersTold::of(&self.inner.borrow().engine, id, *which, clock::now());
                serde_json::to_value(told.ok_or_else(|| unknown(id))?.map_err(|e| e.to_string())?)
            }
            Request::Note { id, text } => return self.remember(id, text).map(Value::String),
        };
        told.map_err(|e| format!("it cannot be told: {e}"))
    }

    /// Stores a note. Says what will become of it.
    fn remember(&self, id: &str, text: &str) -> Result<String, String> {
        let mut inner = self.inner.borrow_mut();
        let known = inner.engine.interview(id).ok_or_else(|| unknown(id))?;
        let drafted = inner.engine.ledger().entries().any(|e| known.is_called(&e.interview));
        let actions = inner.engine.note(id, text, clock::now()).ok_or("a note without words")?;
        for action in actions {
            if let Err(error) = inner.carry_out(action) {
                let told = error.to_string();
                drop(inner);
                self.fail(error);
                return Err(told);
            }
        }
        let then = if drafted {
            "drafts that you have not touched are written anew"
        } else {
            "it goes into the letters"
        };
        Ok(format!("noted; {then}"))
    }

    /// An account whose loop gives no sign of life.
    pub(super) fn silent(&self) -> Option<String> {
        self.vigil.silent(Instant::now())
    }

    /// Runs a command whenever drafts were saved.
    pub(super) async fn ring_always(&self, command: Option<&str>) {
        self.bell.ring_always(command, &self.zone).await;
    }

    /// Runs a command if drafts were saved since it was run last.
    pub(super) async fn ring(&self, command: Option<&str>) {
        self.bell.ring(command, &self.zone).await;
    }

    /// Tells the log and systemd where things stand.
    pub fn tell_status(&self) {
        systemd::status(&self.status().line(&self.zone));
    }

    /// Waits until the store has failed.
    pub async fn failure(&self) -> store::Error {
        loop {
            self.failure.notified().await;
            if let Some(error) = self.failed.borrow_mut().take() {
                return error;
            }
        }
    }

    fn fail(&self, error: store::Error) -> Failed {
        *self.failed.borrow_mut() = Some(error);
        self.failure.notify_one();
        Failed
    }
}

/// The store failed; [`Core::failure`] says how. An account's loop has to stop where it is.
#[derive(Debug)]
pub struct Failed;

impl Inner {
    fn carry_out(&mut self, action: Action) -> Result<Option<Action>, store::Error> {
        match action {
            Action::Keep(key, findings) => self.store.put(Tree::Findings, &key, &findings)?,
            Action::Forget(key) => self.store.remove(Tree::Findings, &key)?,
            Action::Record(entry) => {
                self.store.put(Tree::Ledger, &entry.message_id, &entry)?;
                self.store.flush()?;
                if let State::Missed { .. } = entry.state {
                    info!(interview = %entry.interview, "the time for a letter has passed: it was not drafted");
                }
            }
            Action::Note(key, note) => {
                self.store.put(Tree::Notes, &key, &note)?;
                self.store.flush()?;
            }
            Action::Drop(message_id) => {
                self.store.remove(Tree::Ledger, &message_id)?;
                self.store.flush()?;
            }
            Action::Unwritten { interview, reason } => {
                warn!(%interview, "a letter is not in Drafts: {reason}");
            }
            Action::Look { .. }
            | Action::Append { .. }
            | Action::Withdraw { .. }
            | Action::Star { .. } => return Ok(Some(action)),
        }
        Ok(None)
    }
}

fn unknown(id: &str) -> String {
    format!(
        "no interview and no draft is called `{id}`; hint: `afterword status` prints the ids in brackets"
    )
}

fn key(account: &str, folder: &str) -> String {
    format!("{account}/{folder}")
}
