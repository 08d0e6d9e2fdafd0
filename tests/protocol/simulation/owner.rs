//! The owner at work in another client.

use std::rc::Rc;

use afterword::folder::Role;
use afterword::ledger::State;

use super::mailbox::{Copy, flags};
use super::month::{self, HOUR, MINUTE, Seconds};
use super::promises::Own;
use super::{Event, Simulation};

impl Simulation {
    /// Some time after a letter came into Drafts its owner comes upon it: at once, soon or late.
    pub(super) fn will_be_found(&mut self, letter: usize) {
        if self.chance.once_in(3) {
            return;
        }
        let wait = match self.chance.below(3) {
            0 => self.chance.between(0, 30),
            1 => self.chance.between(1, 60) * MINUTE,
            _ => self.chance.between(1, 30) * HOUR,
        };
        self.at(self.now + wait, Event::Find(letter));
    }

    pub(super) fn find(&mut self, letter: usize) {
        let Some(copy) = self
            .drafts
            .copies
            .iter()
            .find(|c| c.letter == Some(letter) && c.shown <= self.now && !c.is_deleted())
        else {
            return;
        };
        let copy = copy.clone();
        // Who marked it once does not take the mark off again: that would look as if nobody had touched it.
        let act = self.chance.below(if copy.touched { 8 } else { 9 });
        self.say(&format!("the owner does {act} with {}", copy.message_id));
        if act == 8 {
            self.mark(&copy);
            return;
        }
        self.drafts.take(copy.uid);
        // Of two copies that we know nothing of one in the bin tells nothing.
        let other = self.drafts.copies.iter().any(|c| c.letter == Some(letter));
        let told = act <= 5 || self.is_remembered(&copy.message_id, act == 6 && !other);
        let (process, person) = (self.letters[letter].process, self.letters[letter].person);
        let mut shown = self.now;
        match act {
            0..=2 => shown = self.send(letter, &copy),
            3 => shown = self.write(process, person, false),
            4 | 5 => {
                self.edit(&copy, if act == 4 { copy.size } else { copy.size + 9 });
                // Not before the server shows what came before it.
                let hidden = self.drafts.copies.iter().map(|c| c.shown).max();
                shown = shown.max(hidden.unwrap_or(shown));
            }
            6 => self.drafts.bin.push(copy.message_id.clone()),
            _ => {}
        }
        self.letters[letter].decided = Some((shown, told));
        self.counts.decisions += 1;
    }

    /// Another flag: the letter lies there as before, but it is the owner's now.
    fn mark(&mut self, copy: &Copy) {
        let flag = if self.chance.once_in(2) { "\\Flagged" } else { "$Label1" };
        for c in self.drafts.copies.iter_mut().filter(|c| c.uid == copy.uid) {
            c.touched = true;
            if c.flags.iter().any(|f| f == flag) {
                c.flags.retain(|f| f != flag);
            } else {
                c.flags.push(flag.to_owned());
            }
        }
    }

    /// As a client sends: a copy for Sent, which may be shown a little later than the draft is gone.
    fn send(&mut self, letter: usize, copy: &Copy) -> Seconds {
        let bytes = Rc::clone(&self.texts[letter]);
        let later = if self.chance.once_in(3) { self.chance.between(0, 20 * MINUTE) } else { 0 };
        let (process, person) = (self.letters[letter].process, self.letters[letter].person);
        let shown = self.now + later;
        let round = Some(self.letters[letter].round);
        self.own.push(Own { process, person, date: copy.date, shown, draft: None, round });
        self.at(shown, Event::Arrive(Role::Sent, self.now, bytes));
        shown
    }

    /// As a client saves what was edited: another message, with another Date.
    fn edit(&mut self, copy: &Copy, size: u64) {
        let edited = Copy {
            size,
            date: self.now,
            flags: flags(false),
            shown: self.now,
            touched: true,
            ..copy.clone()
        };
        self.drafts.put(edited);
    }

    pub(super) fn write(&mut self, process: usize, person: usize, draft: bool) -> Seconds {
        let to = self.processes[process].address(person);
        self.scheduled += 1;
        let id = format!("own.{}@example.org", self.scheduled);
        let date = self.now;
        if draft {
            self.drafts.put(Copy {
                uid: 0,
                shown: date,
                message_id: id.clone(),
                size: 100,
                date,
                flags: flags(false),
                to,
                letter: None,
                touched: true,
            });
            let finish = date + self.chance.between(MINUTE, 9 * HOUR);
            let send = self.chance.once_in(2);
            self.at(finish, Event::Finish { id: id.clone(), send });
            self.own.push(Own { process, person, date, shown: date, draft: Some(id), round: None });
            return date;
        }
        let hidden = if self.chance.once_in(3) { self.chance.between(0, 30 * MINUTE) } else { 0 };
        self.own.push(Own {
            process,
            person,
            date,
            shown: date + hidden,
            draft: None,
            round: None,
        });
        let bytes = Rc::new(month::letter(&to, &id, date));
        self.at(date + hidden, Event::Arrive(Role::Sent, date, bytes));
        date + hidden
    }

    /// A draft of the owner's own is sent, or thrown away.
    pub(super) fn finish(&mut self, id: &str, send: bool) {
        let Some(copy) = self.drafts.copies.iter().find(|c| c.message_id == id).cloned() else {
            return;
        };
        self.drafts.take(copy.uid);
        let Some(own) = self.own.iter().find(|o| o.draft.as_deref() == Some(id)) else { return };
        let (process, person) = (own.process, own.person);
        if send {
            self.write(process, person, false);
        }
    }

    /// Whether we know of a letter, or would find it in the bin.
    fn is_remembered(&self, message_id: &str, in_bin: bool) -> bool {
        self.stored.ledger.get(message_id).is_some_and(|e| match e.state {
            State::Intended { .. } => in_bin,
            State::Saved { .. } | State::Decided { .. } => true,
            // Taken back by ourselves at the same moment: nothing tells the two apart.
            State::Withdrawing { .. } | State::Withdrawn { .. } | State::Missed { .. } => false,
        })
    }

    /// After a loss of all memory only the mailbox tells what the owner did.
    pub(super) fn forget(&mut self) {
        for letter in &mut self.letters {
            letter.forgotten = true;
            let seen = |o: &&Own| {
                (o.process, o.person) == (letter.process, letter.person) && o.draft.is_none()
            };
            let written = self.own.iter().filter(seen).any(|o| o.date >= letter.saved);
            let binned = letter.revision == 0 && self.drafts.bin.contains(&letter.message_id);
            let there = self
                .drafts
                .copies
                .iter()
                .any(|c| c.message_id == letter.message_id && !c.is_deleted());
            if let Some((at, told)) = letter.decided {
                letter.decided = Some((at, told && (written || binned || there)));
            }
        }
    }
}
