//! The one place where decisions meet: [`Engine::handle`] takes what happened and answers with what is to be done.
//!
//! It reads no clock and does no I/O. The daemon, the preview and the simulation carry out its [`Action`]s and tell it
//! what came of them as further [`Input`]s. Two rules hold everything together:
//!
//! - Nothing is saved on stale knowledge: a letter is handed out only in answer to [`Input::CaughtUp`], which says that
//!   every folder of the account was read on a live connection after the letter fell due.
//! - What cannot be undone is written down first: [`Action::Record`] stands before the [`Action::Append`] it is about, and
//!   the edge flushes it before it goes on.

mod reconcile;
mod save;
mod show;
mod withdraw;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::address::Owner;
use crate::draft::{Draft, Letters};
use crate::extract::{self, Findings, Lexicon, Place};
use crate::folder::{Delivery, Drafts, Outcome, Role, Saved};
use crate::follow_up::{self, FollowUp, Known, Plan, Policy};
use crate::interview::{self, Interview, Note};
use crate::ledger::{Entry, Ledger, State};
use crate::message::Message;

pub use show::Shown;

/// How long findings are kept: an address from last year's Cc is still found.
const KEEP: SignedDuration = SignedDuration::from_hours(400 * 24);

/// So long after a catch-up began its knowledge may be acted on. A laptop may have slept since, with news on the server.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// How many ledger entries are dropped at once: each is flushed.
const MOST_DROPPED: usize = 100;

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// A message was read in a folder.
    Delivered {
        /// The account.
        account: String,
        /// The message.
        delivery: Delivery,
    },
    /// Every folder of the account was read to its end, on a connection that was alive throughout.
    CaughtUp {
        /// The account.
        account: String,
        /// When that began: what fell due later is not covered.
        since: Timestamp,
        /// All of its Drafts.
        drafts: Drafts,
    },
    /// The answer to [`Action::Look`].
    Looked {
        /// What was looked for.
        message_id: String,
        /// Whether it is in the bin.
        in_trash: bool,
    },
    /// A draft was appended.
    Appended {
        /// Which.
        message_id: String,
        /// UIDVALIDITY and UID, where the server told them.
        uid: Option<(u32, u32)>,
    },
    /// The server refused a draft: nothing of it was stored. Where that is not known, nothing is told but
    /// [`Engine::disconnected`]: it is looked for at the next catch-up.
    NotAppended {
        /// Which.
        message_id: String,
    },
    /// The answer to [`Action::Withdraw`].
    Withdrawn {
        /// Which copy.
        copy: Saved,
        /// What came of it.
        outcome: Outcome,
        /// Why it was to go.
        why: String,
    },
    /// The answer to [`Action::Star`].
    Starred {
        /// Which.
        message_id: String,
        /// What came of it.
        outcome: Outcome,
    },
}

/// What is to be done, in this order.
#[derive(Clone, Debug)]
pub enum Action {
    /// Store findings under a key.
    Keep(String, Box<Findings>),
    /// Remove findings.
    Forget(String),
    /// Store a ledger entry, and flush before anything that follows.
    Record(Box<Entry>),
    /// Store a note of the owner's under a key, and flush.
    Note(String, Box<Note>),
    /// Remove a ledger entry: its letter was never saved and is not owed any more, or it is too old to matter.
    Drop(String),
    /// Look for a Message-ID in the account's bin.
    Look {
        /// The account.
        account: String,
        /// The Message-ID.
        message_id: String,
    },
    /// Append a letter to Drafts, if what is known is still fresh: see [`is_fresh`]. Else it counts as
    /// [`Input::NotAppended`].
    Append {
        /// The account.
        account: String,
        /// The letter.
        draft: Box<Draft>,
        /// When the catch-up began that speaks for it.
        since: Timestamp,
    },
    /// Take a draft back, if nobody touched it.
    Withdraw {
        /// The account.
        account: String,
        /// Where it lies, and what it looked like.
        copy: Saved,
        /// Why.
        why: String,
    },
    /// Star a draft, if nobody touched it: the owner should look at something first.
    Star {
        /// The account.
        account: String,
        /// Where it lies, and what it looked like.
        copy: Saved,
        /// Why.
        why: String,
    },
    /// A letter could not be written or saved: for the log.
    Unwritten {
        /// The interview.
        interview: String,
        /// Why, in one line without names.
        reason: String,
    },
}

/// What the engine is set up with.
#[derive(Debug)]
pub struct Setup {
    /// The owner.
    pub owner: Owner,
    /// The owner's wishes about time.
    pub policy: Policy,
    /// The words.
    pub lexicon: Lexicon,
    /// The templates.
    pub letters: Letters,
    /// The accounts, in the order in which they are preferred.
    pub accounts: Vec<String>,
}

/// The state machine.
#[derive(Debug)]
pub struct Engine {
    setup: Arc<Setup>,
    findings: BTreeMap<String, Findings>,
    /// The interviews of these findings, until one comes or goes: the fold is asked for often.
    merged: OnceCell<Vec<Interview>>,
    ledger: Ledger,
    drafts: BTreeMap<String, Drafts>,
    /// When the last catch-up of each account began.
    caught_up: BTreeMap<String, Timestamp>,
    notes: BTreeMap<String, Note>,
    /// Message-IDs of which an answer to an action is awaited.
    awaited: BTreeSet<String>,
}

impl Engine {
    /// An engine that knows what an earlier run stored.
    pub fn new(
        setup: impl Into<Arc<Setup>>,
        findings: BTreeMap<String, Findings>,
        ledger: Ledger,
    ) -> Self {
        Self {
            setup: setup.into(),
            findings,
            merged: OnceCell::new(),
            ledger,
            drafts: BTreeMap::new(),
            caught_up: BTreeMap::new(),
            awaited: BTreeSet::new(),
            notes: BTreeMap::new(),
        }
    }

    /// The same engine with what the owner noted earlier, by key.
    #[must_use]
    pub fn with_notes(self, notes: BTreeMap<String, Note>) -> Self {
        Self { notes, merged: OnceCell::new(), ..self }
    }

    /// Takes down what the owner forgot to say in the interview that is or was called `id`. `None` where there is none, or
    /// nothing is said.
    pub fn note(&mut self, id: &str, text: &str, now: Timestamp) -> Option<Vec<Action>> {
        let text = extract::note::text(text)?;
        let note = Note::about(self.interview(id)?, text, now);
        let key = format!("{}/{now}", note.interview);
        self.notes.insert(key.clone(), note.clone());
        self.merged.take();
        Some(vec![Action::Note(key, Box::new(note))])
    }

    /// Takes what happened, and says what is to be done.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Action> {
        match input {
            Input::Delivered { account, delivery } => self.delivered(&account, &delivery),
            Input::CaughtUp { account, since, drafts } => {
                self.caught_up(&account, since, drafts, now)
            }
            Input::Looked { message_id, in_trash } => self.looked(&message_id, in_trash, now),
            Input::Appended { message_id, uid } => self.appended(&message_id, uid, now),
            Input::NotAppended { message_id } => self.not_appended(&message_id),
            Input::Withdrawn { copy, outcome, why } => self.withdrawn(&copy, outcome, &why, now),
            Input::Starred { message_id, outcome } => {
                self.starred(&message_id, outcome).into_iter().collect()
            }
        }
    }

    /// The account's connection is lost: nothing is awaited from it any more.
    pub fn disconnected(&mut self, account: &str) {
        self.caught_up.remove(account);
        let of_account: Vec<String> = self
            .ledger
            .entries()
            .filter(|e| e.account == account)
            .map(|e| e.message_id.clone())
            .collect();
        self.awaited.retain(|id| !of_account.contains(id));
    }

    /// When something falls due next after `now`, as far as is known: a letter, another try at saving one, or a look for what
    /// a server may have stored late.
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        let looks = self.ledger.entries().flat_map(save::looks).filter(|look| *look > now);
        self.plan(now).wake().into_iter().chain(looks).min()
    }

    /// The interviews, by start.
    pub fn interviews(&self) -> &[Interview] {
        self.merged.get_or_init(|| {
            let (owner, accounts) = (&self.setup.owner, &self.setup.accounts);
            let mut interviews = interview::merge(self.findings.values(), owner, accounts);
            interview::note::attach(&mut interviews, self.notes.values());
            interviews
        })
    }

    /// The interview that is, or once was, printed under this id.
    pub fn interview(&self, id: &str) -> Option<&Interview> {
        let all = || self.interviews().iter();
        all().find(|i| i.id == id).or_else(|| all().find(|i| i.is_called(id)))
    }

    /// The interview of this id, or whose draft has this Message-ID, with or without angle brackets.
    pub fn interview_or_of_draft(&self, id: &str) -> Option<&Interview> {
        let id = id.trim_start_matches('<').trim_end_matches('>');
        let of_draft = || self.interview(&self.ledger.entry(id)?.interview);
        self.interview(id).or_else(of_draft)
    }

    /// What each message said.
    pub fn findings(&self) -> impl Iterator<Item = &Findings> {
        self.findings.values()
    }

    /// What is owed at `now`.
    pub fn plan(&self, now: Timestamp) -> Plan {
        self.plan_with(&self.ledger, now)
    }

    /// What became of each draft.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn plan_with(&self, ledger: &Ledger, now: Timestamp) -> Plan {
        self.ask(ledger, |known| follow_up::plan(known, now))
    }

    /// Asks something of all that is known.
    fn ask<T>(&self, ledger: &Ledger, question: impl FnOnce(&Known<'_>) -> T) -> T {
        let findings: Vec<&Findings> = self.findings.values().collect();
        let drafts: Vec<&Drafts> = self.drafts.values().collect();
        question(&Known {
            interviews: self.interviews(),
            ledger,
            findings: &findings,
            drafts: &drafts,
            owner: &self.setup.owner,
            policy: &self.setup.policy,
        })
    }

    fn delivered(&mut self, account: &str, delivery: &Delivery) -> Vec<Action> {
        // Drafts are known by listing them; their texts say nothing.
        if delivery.role == Role::Drafts {
            return Vec::new();
        }
        let message = Message::parse(&delivery.bytes, &self.setup.owner.time_zone);
        let place = Place { account, role: delivery.role, arrived: delivery.arrived };
        let findings = extract::read(&message, &place, &self.setup.owner, &self.setup.lexicon);
        if !findings.say_something() {
            return Vec::new();
        }
        let key = format!("{account}/{}", findings.origin.key);
        // The same message in a second folder, or read again: the first folder's word counts, whatever was read first.
        let better = |known: &Findings| {
            (known.origin.role, known.origin.arrived)
                <= (findings.origin.role, findings.origin.arrived)
        };
        if self.findings.get(&key).is_some_and(better) {
            return Vec::new();
        }
        self.insert(key.clone(), findings.clone());
        vec![Action::Keep(key, Box::new(findings))]
    }

    fn insert(&mut self, key: String, findings: Findings) {
        self.findings.insert(key, findings);
        self.merged.take();
    }

    fn caught_up(
        &mut self,
        account: &str,
        since: Timestamp,
        drafts: Drafts,
        now: Timestamp,
    ) -> Vec<Action> {
        self.drafts.insert(account.to_owned(), drafts);
        self.caught_up.insert(account.to_owned(), since);
        let mut actions = self.reconcile(account, now);
        actions.extend(self.prune(now));
        let plan = self.plan(now);
        for (message_id, why) in plan.gone {
            actions.extend(self.withdraw(account, &message_id, &why));
        }
        for (message_id, why) in plan.doubtful {
            actions.extend(self.star(account, &message_id, &why));
        }
        let untold =
            |f: &&FollowUp| f.interview.account == account && !f.is_told_as_missed(&self.ledger);
        let missed: Vec<&FollowUp> = plan.missed.iter().filter(untold).collect();
        for follow_up in missed {
            let missed = self.entry(account, follow_up, State::Missed { at: now });
            actions.push(self.record(missed));
        }
        if is_fresh(since, now) {
            let covered = |f: &FollowUp| f.interview.account == account && f.due <= since;
            for follow_up in plan.due.into_iter().filter(covered) {
                actions.extend(self.intend(account, &follow_up, now));
            }
        }
        actions
    }

    fn record(&mut self, entry: Entry) -> Action {
        self.ledger.record(entry.clone());
        Action::Record(Box::new(entry))
    }

    /// Drops findings and ledger entries that are too old to matter.
    fn prune(&mut self, now: Timestamp) -> Vec<Action> {
        // A clock that is wrong for a moment must not cost anything: what the newest message tells of the time counts too.
        let newest = self.findings.values().map(|f| f.origin.arrived).max().unwrap_or(now);
        let is_old = |at: Timestamp| now.min(newest).duration_since(at) > KEEP;
        let old = |f: &Findings| is_old(f.origin.arrived);
        let keys: Vec<String> =
            self.findings.iter().filter(|(_, f)| old(f)).map(|(k, _)| k.clone()).collect();
        let settled = |e: &&Entry| is_old(e.at()) && is_old(e.over);
        let ids: Vec<String> = self
            .ledger
            .entries()
            .filter(settled)
            .map(|e| e.message_id.clone())
            .take(MOST_DROPPED)
            .collect();
        if !keys.is_empty() {
            self.merged.take();
        }
        for key in &keys {
            self.findings.remove(key);
        }
        for id in &ids {
            self.ledger.forget(id);
        }
        keys.into_iter().map(Action::Forget).chain(ids.into_iter().map(Action::Drop)).collect()
    }
}

/// Whether what was known at `since` may be acted on `now`. A clock that went back proves nothing.
pub fn is_fresh(since: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(since);
    !age.is_negative() && age <= FRESH
}
