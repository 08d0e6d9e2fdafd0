//! What became of each draft: intended, saved, and then the owner's decision or our own withdrawal.
//!
//! ```text
//! Intended ──> Saved ──> Decided (sent, edited, removed by the owner; or they wrote themselves)
//!    │           └────> Withdrawing ──> Withdrawn
//!    └─ dropped, or Withdrawn if the server was given it: a copy may yet turn up
//! ```
//!
//! An entry is written, and flushed, before the step that cannot be undone; so after a crash it tells where to look.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::Person;
use crate::folder::{Position, Saved};
use crate::interview::directory::same_person;

/// What a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Thanks to an interviewer.
    Thanks,
    /// Thanks to somebody who is asked to pass them on to interviewers without a known address.
    PassOn,
    /// A script for a call to an interviewer, to the owner.
    Call,
    /// Nothing was heard since the thanks.
    CheckIn,
    /// Nothing was heard since the first of those either.
    CheckInAgain,
}

impl Kind {
    /// As `preview --json` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thanks => "thanks",
            Self::PassOn => "pass-on",
            Self::Call => "call",
            Self::CheckIn | Self::CheckInAgain => "check-in",
        }
    }

    /// Whether it asks how things stand.
    pub fn is_check_in(self) -> bool {
        matches!(self, Self::CheckIn | Self::CheckInAgain)
    }

    /// Which check-in it is, from 1; of everything else 0.
    pub fn reminder(self) -> usize {
        match self {
            Self::CheckIn => 1,
            Self::CheckInAgain => 2,
            _ => 0,
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
    },
    /// In Drafts.
    Saved {
        /// Since when.
        at: Timestamp,
        /// Where, and what it looked like. `None` where we have forgotten what we saved: then nothing proves that nobody has
        /// touched it, and it stays whatever becomes of its reason.
        copy: Option<Saved>,
    },
    /// About to be taken back, or taken back with the answer lost: once it is gone, it was not the owner who removed it.
    Withdrawing {
        /// When it was saved.
        at: Timestamp,
        /// What is to go.
        copy: Saved,
        /// Why.
        why: String,
    },
    /// The owner took it over.
    Decided {
        /// When it was saved, as far as that is known.
        at: Timestamp,
        /// What the owner did.
        how: Decision,
    },
    /// Taken back by us, or not made after all, since its reason was gone. It settles nothing.
    Withdrawn {
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// Its time passed before anything could be saved. It is told once, and settles nothing.
    Missed {
        /// When that was found.
        at: Timestamp,
    },
}

/// How often a letter was given to the server, and what it looked like: by this a copy is known as untouched, although its
/// UID was never told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// How often.
    pub times: u32,
    /// How many of these may yet turn up in Drafts: the server said neither where it put them nor that it did not.
    pub open: u32,
    /// The letter's Date: the same each time.
    pub first: Option<Timestamp>,
    /// When it was given last.
    pub last: Option<Timestamp>,
    /// Sizes in bytes, the last few: between two tries the letter may have become another.
    pub sizes: Vec<u64>,
}

/// Sizes that are remembered of one letter.
const MAX_SIZES: usize = 8;

impl Handed {
    /// One more try at `now`, of so many bytes.
    #[must_use]
    pub fn again(&self, size: u64, now: Timestamp) -> Self {
        let mut sizes = self.sizes.clone();
        sizes.retain(|known| *known != size);
        sizes.push(size);
        let surplus = sizes.len().saturating_sub(MAX_SIZES);
        sizes.drain(..surplus);
        Self {
            times: self.times.saturating_add(1),
            open: self.open.saturating_add(1),
            first: self.first.or(Some(now)),
            last: Some(now),
            sizes,
        }
    }

    /// One of the tries is accounted for.
    #[must_use]
    pub fn settled(&self) -> Self {
        Self { open: self.open.saturating_sub(1), ..self.clone() }
    }
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
    /// Those whom the reader is asked to thank.
    #[serde(default)]
    pub on_behalf: Vec<Person>,
    /// The calendar UIDs of the sessions it thanks for.
    pub uids: Vec<String>,
    /// The threads in which these were arranged: the Message-IDs of their first mails.
    #[serde(default)]
    pub threads: Vec<String>,
    /// Start of the first of them.
    pub start: Timestamp,
    /// End of the last of them.
    pub over: Timestamp,
    /// Which letter to the same person for the same session this is, after withdrawals and replacements.
    pub revision: u32,
    /// Whether it carries the star.
    pub flagged: bool,
    /// Whether it is to be starred after it was saved, and the server has not said that it is: untouched with the star and
    /// without.
    #[serde(default)]
    pub starring: bool,
    /// The letter it takes the place of.
    #[serde(default)]
    pub replaces: Option<String>,
    /// A digest of the facts that its text states: when they are others, so is the letter.
    #[serde(default)]
    pub facts: String,
    /// What the server was given.
    #[serde(default)]
    pub handed: Handed,
    /// Where it stands.
    #[serde(flatten)]
    pub state: State,
}

impl Entry {
    /// When it was saved, or meant to be: not before its sessions were over, whatever the clock said.
    pub fn at(&self) -> Timestamp {
        let noted = match &self.state {
            State::Intended { at, .. }
            | State::Saved { at, .. }
            | State::Withdrawing { at, .. }
            | State::Decided { at, .. }
            | State::Withdrawn { at, .. }
            | State::Missed { at } => *at,
        };
        noted.max(self.over)
    }

    /// Whether it stands in the way of another letter to the same person: not once it was taken back, or missed.
    pub fn counts(&self) -> bool {
        !matches!(self.state, State::Withdrawn { .. } | State::Missed { .. })
    }

    fn is_for(&self, debt: &Debt<'_>) -> bool {
        let same = match debt.kind {
            // A script goes to the owner, whomever it is about.
            Kind::Call => same_person(&self.person, debt.person),
            _ => self.person.address.as_ref() == debt.person.address.as_ref(),
        };
        self.kind == debt.kind && same
    }
}

/// A debt of thanks to one person, as the ledger is asked about it.
#[derive(Clone, Debug)]
pub struct Debt<'a> {
    /// What for.
    pub kind: Kind,
    /// To whom.
    pub person: &'a Person,
    /// The calendar UIDs of the sessions with that person.
    pub uids: &'a [String],
    /// The threads in which these were arranged.
    pub threads: &'a [String],
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

    /// The entry that settles a debt, by meaning: the same person, and an overlapping session or the same calendar UID or
    /// thread, unless the session starts after that entry was saved: then it is a second round. Of several the newest.
    pub fn settles(&self, debt: &Debt<'_>) -> Option<&Entry> {
        let share =
            |ours: &[String], theirs: &[String]| ours.iter().any(|one| theirs.contains(one));
        self.entries
            .values()
            .filter(|e| e.counts() && e.is_for(debt) && debt.start <= e.at())
            .filter(|e| {
                let overlaps = e.start < debt.over && debt.start < e.over;
                overlaps || share(&e.uids, debt.uids) || share(&e.threads, debt.threads)
            })
            .max_by_key(|e| (e.revision, e.at()))
    }

    /// The letter by which somebody was asked to thank this person for a session in this time, or the script for a call to
    /// them, which the owner took over: what was said so is not said again.
    pub fn passed_on(&self, person: &Person, start: Timestamp, over: Timestamp) -> Option<&Entry> {
        let decided = |e: &&Entry| matches!(e.state, State::Decided { .. });
        let overlaps = |e: &&Entry| e.start < over && start < e.over;
        let mut all = self.entries.values().filter(decided).filter(overlaps);
        let told = |e: &Entry| e.kind == Kind::Call && same_person(&e.person, person);
        all.find(|e| told(e) || e.on_behalf.iter().any(|p| same_person(p, person)))
    }

    /// The revision that a new letter to this person for a session of this start has: a number that no other one had.
    pub fn revision(&self, debt: &Debt<'_>) -> u32 {
        let same = |e: &&Entry| {
            e.is_for(debt) && e.start == debt.start && !matches!(e.state, State::Missed { .. })
        };
        let last = self.entries.values().filter(same).map(|e| e.revision).max();
        last.map_or(0, |last| last.saturating_add(1))
    }

    /// Whether it was told that the time for this letter has passed.
    pub fn is_missed(&self, debt: &Debt<'_>) -> bool {
        let missed = |e: &Entry| matches!(e.state, State::Missed { .. });
        self.entries.values().any(|e| missed(e) && e.is_for(debt) && e.start == debt.start)
    }
}
