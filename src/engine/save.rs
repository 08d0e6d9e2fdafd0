//! Saving a letter: written down, looked for in the bin, given to the server, and looked for again where it did not answer.

use jiff::{SignedDuration, Timestamp};

use super::{Action, Engine, is_fresh};
use crate::draft::{self, Draft, Matter};
use crate::folder::{Position, Saved};
use crate::follow_up::{self, FollowUp};
use crate::interview::{self, later};
use crate::ledger::{Decision, Entry, Handed, State};

/// How long after the first, second, ... try the next one follows. A server that takes a letter and does not keep it, or
/// refuses it, is asked every hour until the time for the letter has passed.
const PAUSES: [SignedDuration; 4] = [
    SignedDuration::ZERO,
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
];
/// From this try on it is told in the log that the letter cannot be saved.
const WORTH_TELLING: u32 = 3;
/// A server may store what it was given when the connection is long cut: that is looked for after these times.
const LOOKS: [SignedDuration; 2] = [SignedDuration::from_mins(1), SignedDuration::from_mins(10)];
/// Without memory of a letter, so many of its revisions are looked for.
const FORGOTTEN: u32 = 5;

/// When an intended letter may be given to the server again; `None` where it was not yet.
pub(super) fn next_try(entry: &Entry) -> Option<Timestamp> {
    let tries = usize::try_from(entry.handed.times).unwrap_or(usize::MAX);
    let pause = PAUSES[tries.saturating_sub(1).min(PAUSES.len() - 1)];
    Some(later(entry.handed.last?, pause))
}

/// When an entry needs a look although nothing falls due.
pub(super) fn looks(entry: &Entry) -> impl Iterator<Item = Timestamp> {
    let last = entry.handed.last.filter(|_| entry.handed.open > 0);
    let late = last.into_iter().flat_map(|last| LOOKS.map(|wait| later(last, wait)));
    let intended = matches!(entry.state, State::Intended { .. });
    late.chain(next_try(entry).filter(|_| intended))
}

impl Engine {
    /// Writes down that a letter is about to be saved, and asks whether it lies in the bin: then the owner has had it
    /// already, although we forgot.
    pub(super) fn intend(
        &mut self,
        account: &str,
        follow_up: &FollowUp,
        now: Timestamp,
    ) -> Vec<Action> {
        let entry = self.entry(
            account,
            follow_up,
            State::Intended { at: now, drafts: self.position(account) },
        );
        // One letter may settle the next of the same plan.
        if self.still_owed(&entry, now).is_none() {
            return Vec::new();
        }
        if let Some(found) = self.forgotten(account, follow_up, now) {
            return vec![self.record(found)];
        }
        let message_id = entry.message_id.clone();
        self.awaited.insert(message_id.clone());
        vec![self.record(entry), Action::Look { account: account.to_owned(), message_id }]
    }

    /// What the ledger says of a follow-up's letter.
    pub(super) fn entry(&self, account: &str, follow_up: &FollowUp, state: State) -> Entry {
        Entry {
            message_id: draft::message_id(follow_up, &self.setup.owner),
            account: account.to_owned(),
            kind: follow_up.kind,
            interview: follow_up.interview.id.clone(),
            person: follow_up.person.clone(),
            on_behalf: follow_up.on_behalf.clone(),
            uids: follow_up.uids(),
            threads: follow_up.threads(),
            start: follow_up.start(),
            over: follow_up.over(),
            revision: follow_up.revision,
            flagged: !follow_up.doubts.is_empty(),
            starring: false,
            replaces: follow_up.replaces.clone(),
            facts: follow_up.facts(&self.setup.owner.time_zone),
            handed: Handed::default(),
            state,
        }
    }

    /// A letter for this that was made before our memory begins, whichever revision it was.
    fn forgotten(&self, account: &str, follow_up: &FollowUp, now: Timestamp) -> Option<Entry> {
        let state = State::Intended { at: now, drafts: self.position(account) };
        let revisions = follow_up.revision..follow_up.revision.saturating_add(FORGOTTEN);
        revisions.rev().find_map(|revision| {
            let other = FollowUp { revision, ..follow_up.clone() };
            self.found(&self.entry(account, &other, state.clone()), now)
        })
    }

    pub(super) fn position(&self, account: &str) -> Position {
        self.drafts.get(account).map_or_else(Position::default, |d| d.position)
    }

    pub(super) fn looked(
        &mut self,
        message_id: &str,
        in_trash: bool,
        now: Timestamp,
    ) -> Vec<Action> {
        self.awaited.remove(message_id);
        let Some(entry) = self.ledger.entry(message_id).cloned() else { return Vec::new() };
        let State::Intended { at, .. } = entry.state else { return Vec::new() };
        if in_trash {
            let state = State::Decided { at, how: Decision::Removed };
            return vec![self.record(Entry { state, handed: entry.handed.settled(), ..entry })];
        }
        let Some(follow_up) = self.still_owed(&entry, now) else {
            let written = self.ask(&self.ledger, |known| follow_up::is_written(known, &entry));
            let why = if written { follow_up::OWNER_WROTE } else { "it is not owed any more" };
            return self.give_up(entry, why, now);
        };
        // Too old to act on, or it fell due after that catch-up began, since the end was moved: the next one asks again.
        let since = self.caught_up.get(&entry.account).copied();
        let fresh = |since: &Timestamp| follow_up.due <= *since && is_fresh(*since, now);
        let Some(since) = since.filter(fresh) else { return Vec::new() };
        match self.compose(&follow_up, entry.handed.first.unwrap_or(now)) {
            Ok(draft) => self.hand_over(entry, &follow_up, draft, since, now),
            Err(error) => {
                let unwritten = Action::Unwritten {
                    interview: entry.interview.clone(),
                    reason: error.to_string(),
                };
                let mut actions = self.give_up(entry, "it could not be written", now);
                actions.push(unwritten);
                actions
            }
        }
    }

    /// Gives the letter to the server, after that was written down.
    fn hand_over(
        &mut self,
        entry: Entry,
        follow_up: &FollowUp,
        draft: Draft,
        since: Timestamp,
        now: Timestamp,
    ) -> Vec<Action> {
        let size = u64::try_from(draft.bytes.len()).unwrap_or(u64::MAX);
        let handed = entry.handed.again(size, now);
        let mut actions = Vec::new();
        if handed.times >= WORTH_TELLING {
            let reason = format!("the server did not keep it {} times", handed.times - 1);
            actions.push(Action::Unwritten { interview: entry.interview.clone(), reason });
        }
        let account = entry.account.clone();
        let fresh = self.entry(&account, follow_up, entry.state);
        self.awaited.insert(entry.message_id);
        actions.push(self.record(Entry { handed, flagged: draft.flagged, ..fresh }));
        actions.push(Action::Append { account, draft: Box::new(draft), since });
        actions
    }

    /// A letter that is not to be saved after all. What the server was given may yet turn up, and goes then.
    fn give_up(&mut self, entry: Entry, why: &str, now: Timestamp) -> Vec<Action> {
        if entry.handed.times == 0 {
            self.ledger.forget(&entry.message_id);
            return vec![Action::Drop(entry.message_id)];
        }
        let state = super::withdraw::done(entry.at(), why, now);
        vec![self.record(Entry { state, ..entry })]
    }

    /// The follow-up of an entry that is not in the ledger's way, if it is still owed.
    fn still_owed(&self, entry: &Entry, now: Timestamp) -> Option<FollowUp> {
        let mut ledger = self.ledger.clone();
        ledger.forget(&entry.message_id);
        let due = self.plan_with(&ledger, now).due;
        due.into_iter().find(|f| draft::message_id(f, &self.setup.owner) == entry.message_id)
    }

    fn compose(&self, follow_up: &FollowUp, date: Timestamp) -> Result<Draft, draft::Error> {
        let matter = self.matter(follow_up, date);
        draft::compose(follow_up, &self.setup.owner, &self.setup.letters, &matter, date)
    }

    /// What a letter of this date may speak of.
    pub(super) fn matter(&self, follow_up: &FollowUp, date: Timestamp) -> Matter<'_> {
        let (all, address) = (|| self.findings.values(), &follow_up.address);
        let interview = &follow_up.interview;
        let answers = if follow_up.kind.is_check_in() {
            interview::last_by_owner(all(), address, follow_up.over(), date)
        } else {
            interview::last_by_hand(all(), address, date)
        };
        Matter {
            answers,
            messages: interview::speaking_of(all(), interview).collect(),
            reminder: follow_up.kind.reminder(),
            number: interview.number(&follow_up.person).map(str::to_owned),
        }
    }

    pub(super) fn appended(
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
        let state = State::Saved { at: now, copy: Some(copy) };
        let (account, replaces) = (entry.account.clone(), entry.replaces.clone());
        let handed = entry.handed.settled();
        let mut actions = vec![self.record(Entry { handed, state, ..entry })];
        if let Some(earlier) = replaces {
            actions.extend(self.withdraw(&account, &earlier, follow_up::REPLACED));
        }
        actions
    }

    /// The server refused it, so nothing was stored.
    pub(super) fn not_appended(&mut self, message_id: &str) -> Vec<Action> {
        self.awaited.remove(message_id);
        let Some(entry) = self.ledger.entry(message_id).cloned() else { return Vec::new() };
        vec![self.record(Entry { handed: entry.handed.settled(), ..entry })]
    }
}
