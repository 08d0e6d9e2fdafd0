//! What became of each draft: intended, saved, and then the owner's decision or our own withdrawal.
//!
//! An entry is written, and flushed, before the step that cannot be undone; so after a crash it tells where to look.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::{EmailAddress, Person};
use crate::folder::{Position, Saved};

/// What a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Thanks to an interviewer.
    Thanks,
}

impl Kind {
    /// As `preview --json` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thanks => "thanks",
        }
    }
}

/// How an owner decided about a draft. Whatever it was, it is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It went out.
    Sent,
    /// It was changed, and is the owner's now.
    Edited,
    /// It was deleted or moved away.
    Removed,
    /// They wrote a letter of their own instead, and ours was taken back.
    Written,
}

/// Where a draft stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum State {
    /// About to be appended, or appended with the answer lost.
    Intended {
        /// Since when.
        at: Timestamp,
        /// Drafts as it was then: a copy can only lie at or above its UIDNEXT, while its UIDVALIDITY holds.
        drafts: Position,
        /// How often it was handed to the server.
        tries: u32,
    },
    /// In Drafts.
    Saved {
        /// Since when.
        at: Timestamp,
        /// Where, as soon as that is known.
        copy: Option<Saved>,
    },
    /// The owner took it over.
    Decided {
        /// When it was saved, as far as that is known.
        at: Timestamp,
        /// What the owner did.
        how: Decision,
    },
    /// Taken back by us, since its reason was gone. It settles nothing.
    Withdrawn {
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
}

/// One draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its Message-ID without angle brackets: stable, so that it is found again.
    pub message_id: String,
    /// The account whose Drafts it is for.
    pub account: String,
    /// What it is for.
    pub kind: Kind,
    /// The interview's id.
    pub interview: String,
    /// To whom.
    pub person: Person,
    /// The calendar UIDs of the sessions it thanks for.
    pub uids: Vec<String>,
    /// Start of the first of them.
    pub start: Timestamp,
    /// End of the last of them.
    pub over: Timestamp,
    /// Which attempt for the same person and session this is, after withdrawals.
    pub revision: u32,
    /// Whether it carries the star.
    pub flagged: bool,
    /// Where it stands.
    #[serde(flatten)]
    pub state: State,
}

impl Entry {
    /// When it was saved, or meant to be.
    pub fn at(&self) -> Timestamp {
        match &self.state {
            State::Intended { at, .. }
            | State::Saved { at, .. }
            | State::Decided { at, .. }
            | State::Withdrawn { at, .. } => *at,
        }
    }
}

/// A debt of thanks to one person, as the ledger is asked about it.
#[derive(Clone, Debug)]
pub struct Debt<'a> {
    /// What for.
    pub kind: Kind,
    /// To whom.
    pub person: &'a EmailAddress,
    /// The calendar UIDs of the sessions with that person.
    pub uids: &'a [String],
    /// Start of the first.
    pub start: Timestamp,
    /// End of the last.
    pub over: Timestamp,
}

/// All drafts, by Message-ID.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<String, Entry>,
}

impl Ledger {
    /// Every entry, in the order of Message-IDs.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The entry of a Message-ID.
    pub fn entry(&self, message_id: &str) -> Option<&Entry> {
        self.entries.get(message_id)
    }

    /// Writes an entry, in place of an earlier one of the same Message-ID.
    pub fn record(&mut self, entry: Entry) {
        self.entries.insert(entry.message_id.clone(), entry);
    }

    /// Takes an entry out: one that was never carried out and is not owed any more.
    pub fn forget(&mut self, message_id: &str) -> Option<Entry> {
        self.entries.remove(message_id)
    }

    /// The entry that settles a debt, by meaning: the same person, and an overlapping session or the same calendar UID,
    /// unless the session starts after that entry was saved: then it is a second round. What was withdrawn settles nothing.
    pub fn settles(&self, debt: &Debt<'_>) -> Option<&Entry> {
        self.entries.values().filter(|e| !matches!(e.state, State::Withdrawn { .. })).find(|e| {
            let same_person = e.kind == debt.kind && e.person.address.as_ref() == Some(debt.person);
            let overlaps = e.start < debt.over && debt.start < e.over;
            let same_uid = e.uids.iter().any(|u| debt.uids.contains(u));
            same_person && (overlaps || same_uid) && debt.start <= e.at()
        })
    }

    /// The revision that a new letter to this person for a session of this start has: one more for each withdrawal.
    pub fn revision(&self, debt: &Debt<'_>) -> u32 {
        let same = |e: &&Entry| {
            e.kind == debt.kind
                && e.person.address.as_ref() == Some(debt.person)
                && e.start == debt.start
        };
        let withdrawn = self
            .entries
            .values()
            .filter(same)
            .filter(|e| matches!(e.state, State::Withdrawn { .. }));
        u32::try_from(withdrawn.count()).unwrap_or(u32::MAX)
    }
}
