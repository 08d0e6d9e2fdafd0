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

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::address::Owner;
use crate::draft::{self, Draft, Letters};
use crate::extract::{self, Findings, Lexicon, Place};
use crate::folder::{Delivery, Drafts, Position, Role, Saved};
use crate::follow_up::{self, FollowUp, Known, Plan, Policy};
use crate::interview::{self, Interview};
use crate::ledger::{Decision, Entry, Ledger, State};
use crate::message::Message;

/// How long findings are kept: an address from last year's Cc is still found.
const KEEP: SignedDuration = SignedDuration::from_hours(400 * 24);

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
    /// A draft was not appended, or it is not known whether it was. It is looked for at the next catch-up.
    NotAppended {
        /// Which.
        message_id: String,
    },
    /// The answer to [`Action::Withdraw`].
    Withdrawn {
        /// Which copy.
        copy: Saved,
        /// What was found there.
        outcome: Withdrawal,
        /// Why it was to go.
        why: String,
    },
}

/// What came of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// It was untouched, and is gone now.
    Done,
    /// The owner had touched it; it stays.
    Touched,
    /// It was not there any more.
    Gone,
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
    /// Remove a ledger entry: its letter was never saved and is not owed any more.
    Drop(String),
    /// Look for a Message-ID in the account's bin.
    Look {
        /// The account.
        account: String,
        /// The Message-ID.
        message_id: String,
    },
    /// Append a letter to Drafts.
    Append {
        /// The account.
        account: String,
        /// The letter.
        draft: Box<Draft>,
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
    /// A letter could not be written: for the log.
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
    setup: Setup,
    findings: BTreeMap<String, Findings>,
    /// The interviews of these findings, until one with a calendar object comes or goes: the fold is asked for often.
    merged: OnceCell<Vec<Interview>>,
    ledger: Ledger,
    drafts: BTreeMap<String, Drafts>,
    /// When the last catch-up of each account began.
    caught_up: BTreeMap<String, Timestamp>,
    /// Message-IDs of which an answer to an action is awaited.
    awaited: BTreeSet<String>,
}

impl Engine {
    /// An engine that knows what an earlier run stored.
    pub fn new(setup: Setup, findings: BTreeMap<String, Findings>, ledger: Ledger) -> Self {
        Self {
            setup,
            findings,
            merged: OnceCell::new(),
            ledger,
            drafts: BTreeMap::new(),
            caught_up: BTreeMap::new(),
            awaited: BTreeSet::new(),
        }
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
            Input::NotAppended { message_id } => {
                self.awaited.remove(&message_id);
                Vec::new()
            }
            Input::Withdrawn { copy, outcome, why } => self.withdrawn(&copy, outcome, why, now),
        }
    }

    /// The account's connection is lost: nothing is awaited from it any more.
    pub fn disconnected(&mut self, account: &str) {
        let of_account: Vec<String> = self
            .ledger
            .entries()
            .filter(|e| e.account == account)
            .map(|e| e.message_id.clone())
            .collect();
        self.awaited.retain(|id| !of_account.contains(id));
    }

    /// When something falls due next after `now`, as far as is known.
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        self.plan(now).wake()
    }

    /// The interviews, by start.
    pub fn interviews(&self) -> &[Interview] {
        self.merged.get_or_init(|| {
            interview::merge(self.findings.values(), &self.setup.owner, &self.setup.accounts)
        })
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
        let findings: Vec<&Findings> = self.findings.values().collect();
        let drafts: Vec<&Drafts> = self.drafts.values().collect();
        let known = Known {
            interviews: self.interviews(),
            ledger,
            findings: &findings,
            drafts: &drafts,
            owner: &self.setup.owner,
            policy: &self.setup.policy,
        };
        follow_up::plan(&known, now)
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
        let matters = !findings.objects.is_empty();
        let before = self.findings.insert(key, findings);
        if matters || before.is_some_and(|f| !f.objects.is_empty()) {
            self.merged.take();
        }
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
            actions.extend(self.withdraw(account, &message_id, why));
        }
        for follow_up in
            plan.due.into_iter().filter(|f| f.interview.account == account && f.due <= since)
        {
            actions.extend(self.intend(account, &follow_up, now));
        }
        actions
    }

    /// Writes down that a letter is about to be saved, and asks whether it lies in the bin: then the owner has had it
    /// already, although we forgot.
    fn intend(&mut self, account: &str, follow_up: &FollowUp, now: Timestamp) -> Vec<Action> {
        let message_id = draft::message_id(follow_up, &self.setup.owner);
        if self.ledger.entry(&message_id).is_some() {
            return Vec::new();
        }
        let position = self.drafts.get(account).map_or_else(Position::default, |d| d.position);
        let mut entry = Entry {
            message_id: message_id.clone(),
            account: account.to_owned(),
            kind: follow_up.kind,
            interview: follow_up.interview.id.clone(),
            person: follow_up.person.clone(),
            uids: follow_up.uids(),
            start: follow_up.start(),
            over: follow_up.over(),
            revision: follow_up.revision,
            flagged: !follow_up.doubts.is_empty(),
            state: State::Intended { at: now, drafts: position, tries: 0 },
        };
        if let Some(state) = self.seen(&entry, now) {
            entry.state = state;
            return vec![self.record(entry)];
        }
        self.awaited.insert(message_id.clone());
        vec![self.record(entry), Action::Look { account: account.to_owned(), message_id }]
    }

    fn looked(&mut self, message_id: &str, in_trash: bool, now: Timestamp) -> Vec<Action> {
        self.awaited.remove(message_id);
        let Some(entry) = self.ledger.entry(message_id).cloned() else { return Vec::new() };
        let State::Intended { at, drafts, tries } = entry.state.clone() else { return Vec::new() };
        if in_trash {
            return vec![
                self.record(Entry {
                    state: State::Decided { at, how: Decision::Removed },
                    ..entry
                }),
            ];
        }
        let Some(follow_up) = self.still_owed(&entry, now) else {
            self.ledger.forget(message_id);
            return vec![Action::Drop(message_id.to_owned())];
        };
        // It fell due after that catch-up began, since the end was moved: the next one asks again.
        if self.caught_up.get(&entry.account).is_none_or(|since| *since < follow_up.due) {
            return Vec::new();
        }
        let draft = match self.compose(&follow_up, now) {
            Ok(draft) => draft,
            Err(error) => {
                self.ledger.forget(message_id);
                let unwritten =
                    Action::Unwritten { interview: entry.interview, reason: error.to_string() };
                return vec![Action::Drop(message_id.to_owned()), unwritten];
            }
        };
        self.awaited.insert(message_id.to_owned());
        let tried = Entry {
            state: State::Intended { at, drafts, tries: tries.saturating_add(1) },
            flagged: draft.flagged,
            ..entry
        };
        let account = tried.account.clone();
        vec![self.record(tried), Action::Append { account, draft: Box::new(draft) }]
    }

    /// The follow-up of an entry that is not in the ledger's way, if it is still owed.
    fn still_owed(&self, entry: &Entry, now: Timestamp) -> Option<FollowUp> {
        let mut ledger = self.ledger.clone();
        ledger.forget(&entry.message_id);
        let due = self.plan_with(&ledger, now).due;
        due.into_iter().find(|f| draft::message_id(f, &self.setup.owner) == entry.message_id)
    }

    fn compose(&self, follow_up: &FollowUp, now: Timestamp) -> Result<Draft, draft::Error> {
        let answers = interview::last_by_hand(self.findings.values(), &follow_up.address, now);
        draft::compose(follow_up, &self.setup.owner, &self.setup.letters, answers, now)
    }

    fn appended(
        &mut self,
        message_id: &str,
        uid: Option<(u32, u32)>,
        now: Timestamp,
    ) -> Vec<Action> {
        self.awaited.remove(message_id);
        let Some(entry) = self.ledger.entry(message_id).cloned() else { return Vec::new() };
        // Servers have said OK and stored nothing: without a UID it stays intended until it is seen in Drafts.
        let Some((uid_validity, uid)) = uid else { return Vec::new() };
        // How large the server counts it is learnt at the next catch-up: until then nothing of it is taken back.
        let copy = Saved {
            message_id: message_id.to_owned(),
            uid_validity,
            uid,
            size: 0,
            flagged: entry.flagged,
        };
        vec![self.record(Entry { state: State::Saved { at: now, copy: Some(copy) }, ..entry })]
    }

    fn withdrawn(
        &mut self,
        copy: &Saved,
        outcome: Withdrawal,
        why: String,
        now: Timestamp,
    ) -> Vec<Action> {
        self.awaited.remove(&copy.message_id);
        let Some(entry) = self.ledger.entry(&copy.message_id).cloned() else { return Vec::new() };
        let State::Saved { at, copy: Some(known) } = &entry.state else { return Vec::new() };
        // A spare copy of the same letter says nothing of the one that stays.
        if (known.uid_validity, known.uid) != (copy.uid_validity, copy.uid) {
            return Vec::new();
        }
        let state = match outcome {
            // What the owner wrote may be unfinished, or be this very letter under another Message-ID: were it deleted later,
            // ours must not come back.
            Withdrawal::Done if why == follow_up::OWNER_WROTE => {
                State::Decided { at: *at, how: Decision::Written }
            }
            Withdrawal::Done => State::Withdrawn { at: now, why },
            Withdrawal::Touched => State::Decided { at: *at, how: Decision::Edited },
            Withdrawal::Gone => State::Decided { at: *at, how: Decision::Removed },
        };
        vec![self.record(Entry { state, ..entry })]
    }

    fn record(&mut self, entry: Entry) -> Action {
        self.ledger.record(entry.clone());
        Action::Record(Box::new(entry))
    }

    /// Drops findings that are too old to matter.
    fn prune(&mut self, now: Timestamp) -> Vec<Action> {
        let old: Vec<String> = self
            .findings
            .iter()
            .filter(|(_, f)| now.duration_since(f.origin.arrived) > KEEP)
            .map(|(k, _)| k.clone())
            .collect();
        if !old.is_empty() {
            self.merged.take();
        }
        old.into_iter()
            .map(|key| {
                self.findings.remove(&key);
                Action::Forget(key)
            })
            .collect()
    }
}
