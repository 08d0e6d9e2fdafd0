//! The daemon's side: it reads, tells the engine, carries out what it asks for, and loses whatever it had not flushed.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use afterword::draft::Draft;
use afterword::engine::{self, Action, Engine, Input};
use afterword::extract::Findings;
use afterword::folder::{Delivery, Outcome, Position, Role, Saved};
use afterword::ledger::{Entry, Ledger};
use jiff::Timestamp;

use super::mailbox::{Copy, flags};
use super::month::MINUTE;
use super::promises::{Letter, may_touch};
use super::{Event, Simulation, moment, seconds};

/// The store, as it is on the disk.
#[derive(Default)]
pub struct Stored {
    pub findings: BTreeMap<String, Findings>,
    pub ledger: BTreeMap<String, Entry>,
    pub inbox: Position,
    pub sent: Position,
}

/// What was put into the store.
pub enum Change {
    Keep(String, Box<Findings>),
    Forget(String),
    Record(Box<Entry>),
    Drop(String),
    Read(Role, Position),
}

/// What a restart costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Unflushed,
    /// Everything but the plain copy of the ledger.
    Database,
    /// The whole directory.
    Everything,
}

/// Why a round ended before its end.
#[derive(Debug)]
pub enum Broken {
    /// The connection is lost.
    Connection,
    /// The process was killed.
    Killed(Loss),
}

const ACCOUNT: &str = "home";

impl Simulation {
    /// Rounds until one succeeds, but not for ever: something else may happen first.
    pub(super) fn live(&mut self) {
        for _ in 0..6 {
            self.busy = true;
            let result = self.round();
            self.busy = false;
            let result = self.killed.take().map_or(result, |loss| Err(Broken::Killed(loss)));
            self.counts.rounds += 1;
            match result {
                Ok(()) => return,
                Err(Broken::Connection) => self.engine.disconnected(ACCOUNT),
                Err(Broken::Killed(loss)) => self.restart(loss),
            }
            let pause = self.chance.between(5, 10 * MINUTE);
            self.advance(self.now + pause);
        }
    }

    fn round(&mut self) -> Result<(), Broken> {
        self.began = self.now;
        self.since = self.clock();
        self.read(Role::Inbox)?;
        self.read(Role::Sent)?;
        let drafts = self.command(|s| s.drafts.list(s.now))?;
        self.read(Role::Sent)?;
        let since = self.since;
        self.tell(Input::CaughtUp { account: ACCOUNT.to_owned(), since, drafts })
    }

    fn read(&mut self, role: Role) -> Result<(), Broken> {
        let known = if role == Role::Sent { self.stored.sent } else { self.stored.inbox };
        let (position, new) = self.command(|s| {
            let folder = if role == Role::Sent { &s.sent } else { &s.inbox };
            let from =
                if known.uid_validity == folder.position.uid_validity { known.uid_next } else { 1 };
            let new = folder.messages.iter().filter(|m| m.uid >= from);
            (folder.position, new.map(|m| (m.arrived, m.bytes.clone())).collect::<Vec<_>>())
        })?;
        for (arrived, bytes) in new {
            let delivery = Delivery { role, arrived: moment(arrived), bytes: bytes.to_vec() };
            self.tell(Input::Delivered { account: ACCOUNT.to_owned(), delivery })?;
        }
        if position != known {
            self.pending.push(Change::Read(role, position));
            self.flush();
        }
        Ok(())
    }

    /// One command to the server: time passes, and in a storm the connection or the power may fail before or after it.
    fn command<R>(&mut self, effect: impl FnOnce(&mut Self) -> R) -> Result<R, Broken> {
        self.wait()?;
        if !self.fails() {
            return Ok(effect(self));
        }
        if self.chance.once_in(2) {
            effect(self);
        }
        Err(if self.chance.once_in(3) {
            Broken::Killed(Loss::Unflushed)
        } else {
            Broken::Connection
        })
    }

    fn wait(&mut self) -> Result<(), Broken> {
        let passes = self.chance.between(0, 4);
        self.advance(self.now + passes);
        self.killed.take().map_or(Ok(()), |loss| Err(Broken::Killed(loss)))
    }

    fn fails(&mut self) -> bool {
        let fails = self.storm && self.chance.once_in(self.fails);
        self.counts.faults += u64::from(fails);
        fails
    }

    /// Gives an input to the engine, and does what it asks for.
    fn tell(&mut self, input: Input) -> Result<(), Broken> {
        let now = self.clock();
        let mut actions = VecDeque::from(self.engine.handle(input, now));
        while let Some(action) = actions.pop_front() {
            let answer = match action {
                Action::Look { message_id, .. } => {
                    let in_trash = self.command(|s| s.drafts.bin.contains(&message_id))?;
                    Input::Looked { message_id, in_trash }
                }
                Action::Append { draft, since, .. } => self.append(&draft, since)?,
                Action::Withdraw { copy, why, .. } => {
                    let outcome = self.command(|s| s.withdraw(&copy, &why))?;
                    Input::Withdrawn { copy, outcome, why }
                }
                Action::Star { copy, .. } => {
                    let outcome = self.command(|s| s.star(&copy))?;
                    Input::Starred { message_id: copy.message_id, outcome }
                }
                Action::Unwritten { .. } => continue,
                stored => {
                    self.put(stored);
                    if self.storm && self.chance.once_in(5 * self.fails) {
                        return Err(Broken::Killed(Loss::Unflushed));
                    }
                    continue;
                }
            };
            let now = self.clock();
            actions.extend(self.engine.handle(answer, now));
        }
        Ok(())
    }

    fn put(&mut self, action: Action) {
        let change = match action {
            Action::Keep(key, findings) => Change::Keep(key, findings),
            Action::Forget(key) => Change::Forget(key),
            Action::Record(entry) => Change::Record(entry),
            Action::Drop(id) => Change::Drop(id),
            _ => return,
        };
        let must_last = matches!(change, Change::Record(_) | Change::Drop(_));
        if let Change::Record(entry) = &change {
            self.say(&format!("record {} {:?} {:?}", entry.message_id, entry.state, entry.handed));
        }
        self.pending.push(change);
        if must_last {
            self.flush();
        }
    }

    fn flush(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            match change {
                Change::Keep(key, findings) => {
                    self.stored.findings.insert(key, *findings);
                }
                Change::Forget(key) => {
                    self.stored.findings.remove(&key);
                }
                Change::Record(entry) => {
                    self.stored.ledger.insert(entry.message_id.clone(), *entry);
                }
                Change::Drop(id) => {
                    self.stored.ledger.remove(&id);
                }
                Change::Read(Role::Sent, position) => self.stored.sent = position,
                Change::Read(_, position) => self.stored.inbox = position,
            }
        }
    }

    pub(super) fn restart(&mut self, loss: Loss) {
        self.say(&format!("restart, losing {loss:?}"));
        self.counts.restarts += 1;
        self.pending.clear();
        if loss != Loss::Unflushed {
            let ledger = std::mem::take(&mut self.stored.ledger);
            self.stored = Stored { ledger, ..Stored::default() };
        }
        if loss == Loss::Everything {
            self.stored.ledger.clear();
            self.forget();
        }
        let mut ledger = Ledger::default();
        self.stored.ledger.values().cloned().for_each(|e| ledger.record(e));
        self.engine = Engine::new(Arc::clone(&self.setup), self.stored.findings.clone(), ledger);
    }

    /// An APPEND, with all that servers make of it.
    fn append(&mut self, draft: &Draft, since: Timestamp) -> Result<Input, Broken> {
        self.wait()?;
        if !engine::is_fresh(since, self.clock()) {
            return Ok(Input::NotAppended { message_id: draft.message_id.clone() });
        }
        let letter = self.given(draft);
        self.counts.appends += 1;
        let lags = self.storm && self.chance.once_in(6);
        let shown = self.now + if lags { self.chance.between(0, 5 * MINUTE) } else { 0 };
        let copy = Copy {
            uid: 0,
            shown,
            message_id: draft.message_id.clone(),
            size: draft.bytes.len() as u64,
            date: self.stored.ledger[&draft.message_id].handed.first.map_or(0, seconds),
            flags: flags(draft.flagged),
            to: draft.to.address.as_ref().unwrap().to_string(),
            letter: Some(letter),
            touched: false,
        };
        let message_id = draft.message_id.clone();
        if self.fails() {
            return self.fail(copy, message_id);
        }
        let uid = self.drafts.put(copy.clone());
        if self.storm && self.chance.once_in(20) {
            self.say("stored twice");
            self.letters[letter].doubled = true;
            self.drafts.put(copy);
        }
        self.will_be_found(letter);
        let validity = self.drafts.position.uid_validity;
        Ok(Input::Appended { message_id, uid: self.tells_uid.then_some((validity, uid)) })
    }

    /// One that fails: refused, taken and not kept, or cut before or after it was stored, or long before that.
    fn fail(&mut self, copy: Copy, message_id: String) -> Result<Input, Broken> {
        let letter = copy.letter.unwrap();
        match self.chance.below(5) {
            0 => return Ok(Input::NotAppended { message_id }),
            1 if !self.tells_uid => return Ok(Input::Appended { message_id, uid: None }),
            2 => {
                let wait = self.chance.between(10, 30 * MINUTE);
                self.at(self.now + wait, Event::StoreLate(copy));
            }
            3 => {
                self.drafts.put(copy);
                self.will_be_found(letter);
            }
            _ => {}
        }
        Err(if self.chance.once_in(3) {
            Broken::Killed(Loss::Unflushed)
        } else {
            Broken::Connection
        })
    }

    /// Checks a letter that is given to the server, and notes it.
    fn given(&mut self, draft: &Draft) -> usize {
        let to = draft.to.address.as_ref().unwrap();
        let person: usize = to.local()[1..].parse().unwrap();
        let of = |p: &&super::Process| p.address(person) == to.as_str();
        let process = self.processes.iter().find(of).unwrap();
        self.say(&format!("append {} to {to}", draft.message_id));
        self.may_append(&draft.message_id, process, person);
        if let Some(known) = self.letters.iter().position(|l| l.message_id == draft.message_id) {
            return known;
        }
        let version = process.known(self.began).unwrap().version;
        let entry = &self.stored.ledger[&draft.message_id];
        let letter = Letter {
            message_id: draft.message_id.clone(),
            process: process.number,
            person,
            round: version.round,
            start: version.start,
            end: version.end,
            role: version.role,
            revision: entry.revision,
            saved: entry.handed.first.map_or(self.now, seconds),
            decided: None,
            doubled: false,
            forgotten: false,
            untimely: self.wrong != 0,
        };
        self.letters.push(letter);
        self.texts.push(Rc::new(draft.bytes.clone()));
        self.letters.len() - 1
    }

    fn withdraw(&mut self, saved: &Saved, why: &str) -> Outcome {
        let (outcome, copy) = self.drafts.as_saved(saved);
        let uid = saved.uid;
        self.say(&format!("withdraw {} {uid}: {outcome:?}, {why}", saved.message_id));
        if outcome != Outcome::Done {
            return outcome;
        }
        self.may_withdraw(copy.unwrap());
        self.counts.withdrawals += 1;
        if self.drafts.moves {
            let copy = self.drafts.take(uid).unwrap();
            self.drafts.bin.push(copy.message_id);
        } else {
            let mine = self.drafts.copies.iter_mut().filter(|c| c.uid == uid);
            mine.for_each(|c| c.flags.push("\\Deleted".to_owned()));
        }
        outcome
    }

    fn star(&mut self, saved: &Saved) -> Outcome {
        let (outcome, copy) = self.drafts.as_saved(saved);
        self.say(&format!("star {}: {outcome:?}", saved.message_id));
        if outcome == Outcome::Done {
            may_touch(copy.unwrap());
            self.counts.stars += 1;
            let mine = self.drafts.copies.iter_mut().filter(|c| c.uid == saved.uid);
            mine.for_each(|c| c.flags.push("\\Flagged".to_owned()));
        }
        outcome
    }
}
