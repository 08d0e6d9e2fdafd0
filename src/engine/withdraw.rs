//! Taking back and starring what nobody has touched.

use jiff::Timestamp;

use super::{Action, Engine};
use crate::folder::{Outcome, Saved};
use crate::follow_up;
use crate::ledger::{Decision, Entry, State};

/// The state of a draft that we have taken back.
pub(super) fn done(at: Timestamp, why: &str, now: Timestamp) -> State {
    // What the owner wrote may be unfinished, or be this very letter under another Message-ID: were it deleted later, ours
    // must not come back.
    if why == follow_up::OWNER_WROTE {
        return State::Decided { at, how: Decision::Written };
    }
    State::Withdrawn { at: now, why: why.to_owned() }
}

impl Engine {
    /// Takes back a draft whose reason is gone: first that is written down, so that after a crash it is not taken for
    /// removed by the owner.
    pub(super) fn withdraw(&mut self, account: &str, message_id: &str, why: &str) -> Vec<Action> {
        let Some(entry) = self.ledger.entry(message_id).filter(|e| e.account == account) else {
            return Vec::new();
        };
        let (at, copy) = match &entry.state {
            // Before its size was seen nothing tells whether it is untouched.
            State::Saved { at, copy: Some(copy) } if copy.size > 0 => (*at, copy.clone()),
            State::Withdrawing { at, copy, .. } => (*at, copy.clone()),
            _ => return Vec::new(),
        };
        let state = State::Withdrawing { at, copy: copy.clone(), why: why.to_owned() };
        let record = self.record(Entry { state, ..entry.clone() });
        self.awaited.insert(message_id.to_owned());
        vec![record, Action::Withdraw { account: account.to_owned(), copy, why: why.to_owned() }]
    }

    pub(super) fn withdrawn(
        &mut self,
        copy: &Saved,
        outcome: Outcome,
        why: &str,
        now: Timestamp,
    ) -> Vec<Action> {
        let Some(entry) = self.ledger.entry(&copy.message_id).cloned() else { return Vec::new() };
        let known = match &entry.state {
            State::Withdrawing { at, copy: known, .. } if known == copy => Some(*at),
            _ => None,
        };
        // A spare copy of the same letter says nothing of the one that stays.
        let Some(at) = known else {
            if outcome != Outcome::Done || entry.handed.open == 0 {
                return Vec::new();
            }
            return vec![self.record(Entry { handed: entry.handed.settled(), ..entry })];
        };
        self.awaited.remove(&copy.message_id);
        let state = match outcome {
            Outcome::Done => done(at, why, now),
            Outcome::Touched => State::Decided { at, how: Decision::Edited },
            // The owner was faster, and may have sent it: the next look at Sent tells.
            Outcome::Gone => State::Decided { at, how: Decision::Removed },
        };
        vec![self.record(Entry { state, ..entry })]
    }

    /// Stars a draft that the owner should look at first: written down before, so that the star is not taken for the owner's.
    pub(super) fn star(&mut self, account: &str, message_id: &str, why: &str) -> Vec<Action> {
        let Some(entry) = self.ledger.entry(message_id).filter(|e| e.account == account) else {
            return Vec::new();
        };
        let State::Saved { copy: Some(copy), .. } = &entry.state else { return Vec::new() };
        if copy.size == 0 || copy.flagged {
            return Vec::new();
        }
        let copy = copy.clone();
        let record = self.record(Entry { flagged: true, starring: true, ..entry.clone() });
        self.awaited.insert(message_id.to_owned());
        vec![record, Action::Star { account: account.to_owned(), copy, why: why.to_owned() }]
    }

    pub(super) fn starred(&mut self, message_id: &str, outcome: Outcome) -> Option<Action> {
        self.awaited.remove(message_id);
        let entry = self.ledger.entry(message_id).filter(|e| e.starring)?.clone();
        let state = match (outcome, &entry.state) {
            (Outcome::Touched, State::Saved { at, .. }) => {
                State::Decided { at: *at, how: Decision::Edited }
            }
            // What became of one that is gone, the next look tells.
            (_, state) => state.clone(),
        };
        let flagged = outcome == Outcome::Done;
        Some(self.record(Entry { state, flagged, starring: false, ..entry }))
    }
}
