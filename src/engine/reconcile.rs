//! After a catch-up: what became of each draft of ours, by what is in Drafts and Sent now.

use jiff::Timestamp;

use super::{Action, Engine};
use crate::folder::{Draft, Drafts, Role, Saved};
use crate::ledger::{Decision, Entry, State};

impl Engine {
    /// Brings the account's entries up to date with its Drafts and Sent, and asks after those whose fate is unknown.
    pub(super) fn reconcile(&mut self, account: &str, now: Timestamp) -> Vec<Action> {
        let entries: Vec<Entry> = self
            .ledger
            .entries()
            .filter(|e| e.account == account && !self.awaited.contains(&e.message_id))
            .cloned()
            .collect();
        let mut actions = Vec::new();
        for entry in entries {
            match &entry.state {
                State::Intended { .. } => actions.extend(self.recover(entry, now)),
                State::Saved { at, copy } => {
                    let state = self.became(&entry, *at, copy.as_ref());
                    actions.extend(self.spare_copies(&entry));
                    if state != entry.state {
                        actions.push(self.record(Entry { state, ..entry }));
                    }
                }
                State::Decided { .. } | State::Withdrawn { .. } => {}
            }
        }
        actions
    }

    /// An append whose answer is unknown: seen in Drafts or Sent, it was saved; else the bin is asked.
    fn recover(&mut self, entry: Entry, now: Timestamp) -> Vec<Action> {
        if let Some(state) = self.seen(&entry, now) {
            return vec![self.record(Entry { state, ..entry })];
        }
        self.awaited.insert(entry.message_id.clone());
        vec![Action::Look { account: entry.account, message_id: entry.message_id }]
    }

    /// Where a letter of this Message-ID is seen already, if it is.
    pub(super) fn seen(&self, entry: &Entry, now: Timestamp) -> Option<State> {
        if let Some(copy) = self.copies(entry).first() {
            let copy = self.saved(entry, copy);
            return Some(State::Saved { at: now, copy: Some(copy) });
        }
        self.was_sent(&entry.message_id).then_some(State::Decided { at: now, how: Decision::Sent })
    }

    /// What a saved draft has become.
    fn became(&self, entry: &Entry, at: Timestamp, known: Option<&Saved>) -> State {
        let copies = self.copies(entry);
        let Some(copy) = copies.first() else {
            let how =
                if self.was_sent(&entry.message_id) { Decision::Sent } else { Decision::Removed };
            return State::Decided { at, how };
        };
        if copies.iter().all(|c| has_flag(c, "\\Deleted")) {
            return State::Decided { at, how: Decision::Removed };
        }
        let now_there = self.saved(entry, copy);
        let edited = known.is_some_and(|k| {
            (k.size != 0 && k.size != now_there.size)
                || (k.uid_validity == now_there.uid_validity
                    && !copies.iter().any(|c| c.uid == k.uid))
        });
        if edited {
            return State::Decided { at, how: Decision::Edited };
        }
        State::Saved { at, copy: Some(now_there) }
    }

    /// Of identical copies, which a server may leave after a cut append, all but the first are taken back.
    fn spare_copies(&self, entry: &Entry) -> Vec<Action> {
        let copies = self.copies(entry);
        let Some(first) = copies.first() else { return Vec::new() };
        let same = |c: &&&Draft| c.size == first.size && c.flags == first.flags;
        copies
            .iter()
            .skip(1)
            .filter(same)
            .map(|c| Action::Withdraw {
                account: entry.account.clone(),
                copy: self.saved(entry, c),
                why: "the server had stored it twice".to_owned(),
            })
            .collect()
    }

    /// Takes back a draft whose reason is gone.
    pub(super) fn withdraw(
        &mut self,
        account: &str,
        message_id: &str,
        why: String,
    ) -> Option<Action> {
        let entry = self.ledger.entry(message_id).filter(|e| e.account == account)?;
        let State::Saved { copy: Some(copy), .. } = &entry.state else { return None };
        let action = Action::Withdraw { account: account.to_owned(), copy: copy.clone(), why };
        self.awaited.insert(message_id.to_owned()).then_some(action)
    }

    /// The copies of an entry's letter in Drafts, by UID.
    fn copies(&self, entry: &Entry) -> Vec<&Draft> {
        let drafts =
            self.drafts.get(&entry.account).map(|d| d.drafts.as_slice()).unwrap_or_default();
        drafts.iter().filter(|d| d.message_id.as_deref() == Some(&entry.message_id)).collect()
    }

    fn saved(&self, entry: &Entry, copy: &Draft) -> Saved {
        let uid_validity =
            self.drafts.get(&entry.account).map_or(0, |d: &Drafts| d.position.uid_validity);
        Saved {
            message_id: entry.message_id.clone(),
            uid_validity,
            uid: copy.uid,
            size: copy.size,
            flagged: entry.flagged,
        }
    }

    /// Whether a message of this Message-ID was seen in Sent, or came back to the inbox: it went out. A folder of all mail
    /// tells nothing, since some servers show drafts there too.
    fn was_sent(&self, message_id: &str) -> bool {
        self.findings.values().any(|f| {
            matches!(f.origin.role, Role::Sent | Role::Inbox)
                && f.origin.message_id.as_deref() == Some(message_id)
        })
    }
}

fn has_flag(draft: &Draft, flag: &str) -> bool {
    draft.flags.iter().any(|f| f.eq_ignore_ascii_case(flag))
}
