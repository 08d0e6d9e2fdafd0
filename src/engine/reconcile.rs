//! After a catch-up: what became of each draft of ours, by what is in Drafts and Sent now.

use jiff::{SignedDuration, Timestamp};

use super::{Action, Engine};
use crate::folder::{Draft, Role, Saved};
use crate::ledger::{Decision, Entry, State};

/// A copy that turns up within this time after it was given to the server is that one, stored late; after it, the owner may
/// have fetched it back from the bin.
const STORES_WITHIN: SignedDuration = SignedDuration::from_hours(24);

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
            let fate = match &entry.state {
                State::Intended { .. } => {
                    actions.extend(self.recover(entry, now));
                    continue;
                }
                State::Missed { .. } => continue,
                State::Saved { at, copy } => self.became(&entry, *at, copy.as_ref()),
                State::Withdrawing { at, copy, why } => self.after_cut(&entry, *at, copy, why, now),
                // It was taken for removed when it was on its way to Sent.
                State::Decided { at, how: Decision::Removed }
                    if self.was_sent(&entry.message_id) =>
                {
                    State::Decided { at: *at, how: Decision::Sent }
                }
                other => other.clone(),
            };
            let starred = entry.starring && self.is_starred(&entry, &fate);
            // By us with the answer lost, or by the owner meanwhile: nothing tells.
            let fate = if starred { unproven(fate) } else { fate };
            let starring = entry.starring && !starred;
            actions.extend(self.spare_copies(&entry, &fate, now));
            if fate != entry.state || starring != entry.starring {
                actions.push(self.record(Entry { state: fate, starring, ..entry.clone() }));
            }
            if starring {
                actions.extend(self.star(
                    account,
                    &entry.message_id,
                    "it was to be starred before",
                ));
            }
        }
        actions
    }

    /// An append whose answer is unknown: seen in Drafts or Sent, it was saved; else the bin is asked, when the next try is
    /// due.
    fn recover(&mut self, entry: Entry, now: Timestamp) -> Option<Action> {
        if let Some(found) = self.found(&entry, now) {
            return Some(self.record(found));
        }
        if super::save::next_try(&entry).is_some_and(|next| next > now) {
            return None;
        }
        self.awaited.insert(entry.message_id.clone());
        Some(Action::Look { account: entry.account, message_id: entry.message_id })
    }

    /// The entry of a letter that is seen already, if it is.
    pub(super) fn found(&self, entry: &Entry, now: Timestamp) -> Option<Entry> {
        // By the clock of that time; the one of now may be wrong.
        let at = entry.handed.last.unwrap_or(now);
        let state = if let Some(copy) = self.copies(entry).next() {
            if entry.handed.times == 0 {
                // Made before our memory begins: nothing proves that it is as it was.
                State::Saved { at, copy: None }
            } else if self.copies(entry).all(|c| is_untouched(entry, c)) {
                State::Saved { at, copy: Some(self.saved(entry, copy)) }
            } else {
                State::Decided { at, how: Decision::Edited }
            }
        } else if self.all_copies(entry).next().is_some() {
            State::Decided { at, how: Decision::Removed }
        } else if self.was_sent(&entry.message_id) {
            State::Decided { at, how: Decision::Sent }
        } else {
            return None;
        };
        Some(Entry { state, handed: entry.handed.settled(), ..entry.clone() })
    }

    /// What a saved draft has become.
    fn became(&self, entry: &Entry, at: Timestamp, known: Option<&Saved>) -> State {
        let decided = |how| State::Decided { at, how };
        if self.was_sent(&entry.message_id) {
            return decided(Decision::Sent);
        }
        if self.copies(entry).next().is_none() {
            let unseen = known.is_some_and(|k| k.size == 0 && self.is_before(entry, k));
            return if unseen { entry.state.clone() } else { decided(Decision::Removed) };
        }
        let Some(known) = known else { return entry.state.clone() };
        let same_validity = known.uid_validity == self.uid_validity(&entry.account);
        let ours = self.copies(entry).find(|c| {
            if same_validity {
                // One message under one UID never changes (RFC 9051 section 2.3.1.1); how large the server counts it is learnt
                // when it is seen first.
                c.uid == known.uid && (known.size == 0 || known.size == c.size)
            } else {
                known.size == c.size || is_untouched(entry, c)
            }
        });
        match ours {
            // Beside another one that was edited ours is the one too many.
            Some(copy)
                if !self.copies(entry).all(|c| c.uid == copy.uid || alike(entry, copy, c)) =>
            {
                decided(Decision::Edited)
            }
            // Another flag may be the owner's: it stays, whatever becomes of its reason.
            Some(copy) if !has_our_flags(entry, copy) => State::Saved { at, copy: None },
            Some(copy) => State::Saved { at, copy: Some(self.saved(entry, copy)) },
            None => decided(Decision::Edited),
        }
    }

    /// Whether Drafts was listed as it was before a copy came into it: some servers show what they have stored a little later.
    fn is_before(&self, entry: &Entry, copy: &Saved) -> bool {
        let position = self.position(&entry.account);
        // A Maildir's UIDs are in no order, and its position is always 1.
        position.uid_validity == copy.uid_validity && (2..=copy.uid).contains(&position.uid_next)
    }

    /// A withdrawal whose answer is unknown.
    fn after_cut(
        &self,
        entry: &Entry,
        at: Timestamp,
        known: &Saved,
        why: &str,
        now: Timestamp,
    ) -> State {
        match self.became(entry, at, Some(known)) {
            State::Decided { how: Decision::Removed, .. } => super::withdraw::done(at, why, now),
            // Still there: it goes if its reason is still gone.
            other => other,
        }
    }

    /// Copies of which the server has stored one too many: all but the one that stays, and none of them once the owner has
    /// decided. Nothing that anybody has touched is among them.
    fn spare_copies(&self, entry: &Entry, fate: &State, now: Timestamp) -> Vec<Action> {
        let late = entry.handed.open > 0
            && entry.handed.last.is_some_and(|last| now.duration_since(last) < STORES_WITHIN);
        let stays = match fate {
            State::Saved { copy: Some(copy), .. } => Some(copy.uid),
            State::Saved { copy: None, .. } => {
                let touched = self.copies(entry).find(|c| !is_untouched(entry, c));
                touched.or(self.copies(entry).next()).map(|c| c.uid)
            }
            State::Decided { how: Decision::Sent, .. } => None,
            State::Decided { how: Decision::Edited, .. }
                if self.copies(entry).any(|c| !is_untouched(entry, c)) =>
            {
                None
            }
            State::Decided { .. } | State::Withdrawn { .. } if late => None,
            _ => return Vec::new(),
        };
        let model = self.copies(entry).find(|c| Some(c.uid) == stays);
        let spare = |c: &&Draft| {
            Some(c.uid) != stays
                && (is_untouched(entry, c) || model.is_some_and(|m| alike(entry, m, c)))
        };
        let action = |c: &Draft| Action::Withdraw {
            account: entry.account.clone(),
            copy: self.saved(entry, c),
            why: "the server had stored it once too often".to_owned(),
        };
        self.copies(entry).filter(spare).map(action).collect()
    }

    /// The copies of an entry's letter in Drafts, by UID, without those that only wait to be expunged.
    fn copies(&self, entry: &Entry) -> impl Iterator<Item = &Draft> {
        self.all_copies(entry).filter(|d| !d.is_deleted())
    }

    fn all_copies(&self, entry: &Entry) -> impl Iterator<Item = &Draft> {
        let drafts = self.drafts.get(&entry.account).map(|d| d.drafts.as_slice());
        let message_id = entry.message_id.clone();
        drafts
            .unwrap_or_default()
            .iter()
            .filter(move |d| d.message_id.as_deref() == Some(&message_id))
    }

    fn saved(&self, entry: &Entry, copy: &Draft) -> Saved {
        Saved {
            message_id: entry.message_id.clone(),
            uid_validity: self.uid_validity(&entry.account),
            uid: copy.uid,
            size: copy.size,
            flagged: if entry.starring { copy.has_flag("\\Flagged") } else { entry.flagged },
        }
    }

    fn uid_validity(&self, account: &str) -> u32 {
        self.drafts.get(account).map_or(0, |d| d.position.uid_validity)
    }

    /// Whether the star that we asked for is on it.
    fn is_starred(&self, entry: &Entry, fate: &State) -> bool {
        let State::Saved { copy: Some(saved), .. } = fate else { return false };
        self.copies(entry).any(|c| c.uid == saved.uid && c.has_flag("\\Flagged"))
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

/// A saved draft of which nothing proves any more that nobody touched it.
fn unproven(state: State) -> State {
    if let State::Saved { at, .. } = state { State::Saved { at, copy: None } } else { state }
}

/// Whether a copy is what we gave to the server: its size, its Date to the second, and its flags. Who edits a draft writes
/// another Date.
fn is_untouched(entry: &Entry, copy: &Draft) -> bool {
    let handed = &entry.handed;
    let same_date =
        handed.first.is_some_and(|d| copy.date.map(Timestamp::as_second) == Some(d.as_second()));
    same_date && handed.sizes.contains(&copy.size) && has_our_flags(entry, copy)
}

/// Whether one is the other's copy: none of the two was edited, although we may have forgotten what we saved.
fn alike(entry: &Entry, one: &Draft, other: &Draft) -> bool {
    one.size == other.size && one.date == other.date && has_our_flags(entry, other)
}

fn has_our_flags(entry: &Entry, copy: &Draft) -> bool {
    let starred = copy.has_flag("\\Flagged");
    let ours = |flag: &String| {
        ["\\Draft", "\\Seen", "\\Flagged"].iter().any(|own| flag.eq_ignore_ascii_case(own))
    };
    copy.has_flag("\\Draft")
        && copy.has_flag("\\Seen")
        && (entry.starring || starred == entry.flagged)
        && copy.flags.iter().all(ours)
}
