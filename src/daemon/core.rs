//! Engine and store together: an input goes in, what it stores is stored, and what is left to do for the mailbox comes out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tracing::{info, warn};

use super::account_state::{AccountState, SetAside, Trouble};
use crate::engine::{Action, Engine, Input, Setup};
use crate::extract::{Findings, RULES};
use crate::folder::Position;
use crate::interview::Status;
use crate::ledger::{Entry, Ledger, State};
use crate::store::{self, Store, Tree};
use crate::{clock, systemd};

/// How far a folder was read, as it is stored.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Everything below was read and stored.
    pub position: Position,
    /// Whether the folder was read to its end once.
    pub complete: bool,
}

/// The engine, the store, and the positions, shared by all accounts' loops.
#[derive(Debug)]
pub struct Core {
    inner: RefCell<Inner>,
    failed: RefCell<Option<store::Error>>,
    failure: Notify,
    accounts: RefCell<BTreeMap<String, AccountState>>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    store: Store,
    progress: std::collections::BTreeMap<String, Progress>,
    missed_told: std::collections::BTreeSet<String>,
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
        let engine = Engine::new(setup, findings, ledger);
        let inner =
            Inner { engine, store, progress, missed_told: std::collections::BTreeSet::new() };
        Ok(Self {
            inner: RefCell::new(inner),
            failed: RefCell::new(None),
            failure: Notify::new(),
            accounts: RefCell::default(),
        })
    }

    /// Gives an input to the engine and stores what it asks to be stored, in order, each ledger entry flushed before
    /// anything after it. Returns what is left for the mailbox; nothing, and an error, when the store failed.
    pub fn handle(&self, input: Input) -> Result<Vec<Action>, Failed> {
        let mut inner = self.inner.borrow_mut();
        let actions = inner.engine.handle(input, clock::now());
        let mut left = Vec::new();
        for action in actions {
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
        self.inner.borrow().progress.get(&key(account, folder)).copied()
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
    }

    /// The account's connection is lost: why, and when it is tried again. `None` where that is no trouble.
    pub fn disconnected(&self, account: &str, trouble: Option<Trouble>) {
        self.inner.borrow_mut().engine.disconnected(account);
        self.note(account, |state| {
            state.connected_since = None;
            if trouble.is_some() {
                state.trouble = trouble;
            }
        });
        self.tell_status();
    }

    /// A message is not read any more.
    pub fn set_aside(&self, account: &str, message: SetAside) {
        self.note(account, |state| {
            if !state.set_aside.contains(&message) {
                state.set_aside.push(message);
            }
        });
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

    /// Tells the log and systemd where things stand.
    pub fn tell_status(&self) {
        let mut inner = self.inner.borrow_mut();
        let now = clock::now();
        let plan = inner.engine.plan(now);
        for missed in &plan.missed {
            if inner.missed_told.insert(missed.interview.id.clone()) {
                info!(interview = %missed.interview.id, "the time for its letters has passed: none were drafted");
            }
        }
        let waiting = inner
            .engine
            .ledger()
            .entries()
            .filter(|e| matches!(e.state, State::Saved { .. }))
            .count();
        let ahead =
            inner.engine.interviews().iter().filter(|i| i.status(now) == Status::Upcoming).count();
        let accounts = self.accounts.borrow();
        let troubles = accounts.iter().filter_map(|(account, state)| {
            Some(format!("account `{account}`: {}", state.trouble.as_ref()?.line()))
        });
        let all = std::iter::once(status_line(waiting, ahead, plan.wake())).chain(troubles);
        systemd::status(&all.collect::<Vec<_>>().join("; "));
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
            }
            Action::Drop(message_id) => {
                self.store.remove(Tree::Ledger, &message_id)?;
                self.store.flush()?;
            }
            Action::Unwritten { interview, reason } => {
                warn!(%interview, "a letter was not written: {reason}");
            }
            Action::Look { .. } | Action::Append { .. } | Action::Withdraw { .. } => {
                return Ok(Some(action));
            }
        }
        Ok(None)
    }
}

fn key(account: &str, folder: &str) -> String {
    format!("{account}/{folder}")
}

/// One line that a person understands.
fn status_line(waiting: usize, ahead: usize, wake: Option<Timestamp>) -> String {
    let next = wake.map_or_else(String::new, |w| format!(", next letters at {w}"));
    format!("{waiting} drafts wait to be sent, {ahead} interviews ahead{next}")
}
