//! A mailbox that exists only in a preview: it carries out the engine's actions at once and never fails.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::draft::Draft;
use crate::engine::{Action, Engine, Input};
use crate::folder::{self, Drafts, Outcome, Position};

/// Drafts, as the engine's actions made it.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    lying: Vec<Lying>,
    next: u32,
}

/// One letter in Drafts.
#[derive(Debug)]
pub(super) struct Lying {
    uid: u32,
    /// The letter.
    pub(super) draft: Draft,
    /// Since when.
    pub(super) saved_at: Timestamp,
    /// For which interview.
    pub(super) interview: String,
    /// What it is for.
    pub(super) kind: &'static str,
}

impl Mailbox {
    /// What lies in Drafts, oldest first.
    pub(super) fn drafts(&self) -> impl Iterator<Item = &Lying> {
        self.lying.iter()
    }

    /// Tells the engine that everything was read, and does what it asks for until it asks for nothing.
    pub(super) fn catch_up(&mut self, engine: &mut Engine, account: &str, now: Timestamp) {
        let caught_up =
            Input::CaughtUp { account: account.to_owned(), since: now, drafts: self.list() };
        let mut actions = VecDeque::from(engine.handle(caught_up, now));
        while let Some(action) = actions.pop_front() {
            let answer = match action {
                Action::Look { message_id, .. } => Input::Looked { message_id, in_trash: false },
                Action::Append { draft, .. } => self.append(engine, *draft, now),
                Action::Withdraw { copy, why, .. } => {
                    self.lying.retain(|l| l.uid != copy.uid);
                    Input::Withdrawn { copy, outcome: Outcome::Done, why }
                }
                Action::Star { copy, why, .. } => self.star(&copy, &why),
                Action::Unwritten { interview, reason } => {
                    super::remark(&format!(
                        "note: a letter of interview {interview} was not written: {reason}"
                    ));
                    continue;
                }
                Action::Keep(..)
                | Action::Forget(_)
                | Action::Record(_)
                | Action::Drop(_)
                | Action::Note(..) => {
                    continue;
                }
            };
            actions.extend(engine.handle(answer, now));
        }
    }

    fn star(&mut self, copy: &folder::Saved, why: &str) -> Input {
        for lying in self.lying.iter_mut().filter(|l| l.uid == copy.uid) {
            lying.draft.flagged = true;
            lying.draft.because.push(format!("starred: {why}"));
        }
        Input::Starred { message_id: copy.message_id.clone(), outcome: Outcome::Done }
    }

    fn append(&mut self, engine: &Engine, draft: Draft, now: Timestamp) -> Input {
        self.next += 1;
        let message_id = draft.message_id.clone();
        let (interview, kind) = engine
            .ledger()
            .entry(&message_id)
            .map_or((String::new(), ""), |e| (e.interview.clone(), e.kind.as_str()));
        self.lying.push(Lying { uid: self.next, draft, saved_at: now, interview, kind });
        Input::Appended { message_id, uid: Some((1, self.next)) }
    }

    fn list(&self) -> Drafts {
        let drafts = self.lying.iter().map(|l| folder::Draft {
            uid: l.uid,
            size: l.draft.bytes.len() as u64,
            flags: flags(l.draft.flagged),
            message_id: Some(l.draft.message_id.clone()),
            to: l.draft.to.address.iter().cloned().collect(),
            date: Some(l.saved_at),
        });
        Drafts {
            position: Position { uid_validity: 1, uid_next: self.next + 1 },
            drafts: drafts.collect(),
        }
    }
}

fn flags(flagged: bool) -> Vec<String> {
    let star = flagged.then_some("\\Flagged");
    ["\\Draft", "\\Seen"].into_iter().chain(star).map(str::to_owned).collect()
}
