//! What must hold, from what was true and not from what the engine thinks.

use afterword::ledger::State;

use super::Simulation;
use super::mailbox::Copy;
use super::moment;
use super::month::{HOUR, MINUTE, Process, Seconds, Truth};

/// A letter that was given to the server.
#[derive(Debug)]
pub struct Letter {
    pub message_id: String,
    pub process: usize,
    pub person: usize,
    pub round: u32,
    /// What it was written from.
    pub start: Seconds,
    pub end: Seconds,
    pub role: &'static str,
    pub revision: u32,
    /// When it was given to the server first.
    pub saved: Seconds,
    /// When the owner decided about it, and whether the mailbox or our memory tells so.
    pub decided: Option<(Seconds, bool)>,
    /// Whether the server stored it twice in answer to one command.
    pub doubled: bool,
    /// Whether everything we knew of it was lost.
    pub forgotten: bool,
    /// Whether it was written by a wrong clock.
    pub untimely: bool,
}

/// What the owner wrote to a person.
#[derive(Debug)]
pub struct Own {
    pub process: usize,
    pub person: usize,
    pub date: Seconds,
    pub shown: Seconds,
    /// Its Message-ID, where it is a draft.
    pub draft: Option<String>,
    /// The round for which we had made it, where it is a letter of ours that went out.
    pub round: Option<u32>,
}

impl Simulation {
    /// Before a letter is stored: everything that was there when this round began speaks for it.
    pub fn may_append(&self, message_id: &str, process: &Process, person: usize) {
        let began = self.began;
        let what = format!("{message_id} to {}", process.address(person));
        let intended = self.stored.ledger.get(message_id).map(|e| &e.state);
        assert!(matches!(intended, Some(State::Intended { .. })), "{what}: written down first");
        let Some(truth) = process.known(began) else { panic!("{what}: nobody invited") };
        let version = truth.version;
        assert!(!truth.off, "{what}: called off or declined");
        assert!(version.guests.contains(&person), "{what}: was taken off");
        let due = moment(version.end + 15 * MINUTE);
        assert!(self.since >= due, "{what}: read before it fell due at {due}");
        let age = self.clock().duration_since(self.since).as_secs();
        assert!((0..=10 * MINUTE).contains(&age), "{what}: what is known is {age} s old");
        assert!(self.clock() <= moment(version.end + 48 * HOUR), "{what}: too late");
        assert!(
            !self.owner_wrote(process, person, (version.round, version.end), began),
            "{what}: the owner wrote"
        );
        for letter in self.letters_of(process, person, &truth) {
            if let Some((at, told)) = letter.decided {
                assert!(at > began || !told, "{what}: the owner has decided at {at}, {letter:?}");
                continue;
            }
            let other = letter.message_id != message_id && self.untouched(letter).next().is_some();
            let renewed = (letter.start, letter.role) != (version.start, version.role);
            assert!(!other || renewed, "{what}: another one is there, {letter:?}");
        }
    }

    /// Before one is taken out of Drafts: it is ours, nobody touched it, and there is a reason.
    pub fn may_withdraw(&self, copy: &Copy) {
        may_touch(copy);
        let letter = &self.letters[copy.letter.unwrap()];
        let process = &self.processes[letter.process];
        let spare = self.copies(letter).count() > 1 || letter.decided.is_some();
        let later = self.letters.iter().any(|l| {
            (l.process, l.person) == (letter.process, letter.person)
                && l.message_id != letter.message_id
        });
        let given_up = self
            .stored
            .ledger
            .get(&letter.message_id)
            .is_some_and(|e| matches!(e.state, State::Withdrawn { .. }));
        let reason =
            process.known(self.now).is_none_or(|truth| self.is_gone(letter, process, &truth));
        assert!(spare || later || given_up || reason, "no reason to take back {letter:?}");
    }

    /// In a quiet hour everything has come to rest: each letter that is owed is there once, and nothing else of ours.
    pub fn at_rest(&self, since: Seconds) {
        for process in &self.processes {
            let Some(truth) = process.known(since) else { continue };
            for person in 0..4 {
                self.one_letter(process, person, &truth, since);
            }
        }
        // Of what was forgotten nothing proves that it is untouched; and where one of two copies was taken over before both
        // were seen, nothing tells that the other is not the owner's.
        let excused = |l: &&Letter| l.forgotten || l.untimely || (l.doubled && l.decided.is_some());
        for letter in self.letters.iter().filter(|l| !excused(l)) {
            let process = &self.processes[letter.process];
            let Some(truth) = process.known(since) else { continue };
            let copies = self.untouched(letter).count();
            if self.is_gone(letter, process, &truth) || letter.decided.is_some_and(|(_, told)| told)
            {
                assert_eq!(copies, 0, "its reason is gone: {letter:?}");
            }
            assert!(copies <= 1, "{copies} copies of {letter:?}");
        }
    }

    fn one_letter(&self, process: &Process, person: usize, truth: &Truth<'_>, since: Seconds) {
        let version = truth.version;
        let due = version.end + 15 * MINUTE <= since && since <= version.end + 40 * HOUR;
        let wrote = |o: &Own| {
            (o.process, o.person) == (process.number, person)
                && o.date >= version.end
                && o.round.is_none_or(|r| r == version.round)
        };
        let owed =
            due && !truth.off && version.guests.contains(&person) && !self.own.iter().any(wrote);
        let letters: Vec<&Letter> = self.letters_of(process, person, truth).collect();
        if letters.iter().any(|l| l.decided.is_some() || l.forgotten || l.untimely || l.doubled) {
            return;
        }
        let there: usize = letters.iter().map(|l| self.copies(l).count()).sum();
        assert!(there <= 1, "{there} drafts for {}: {letters:?}", process.address(person));
        assert!(there == 1 || !owed, "no draft for {}: {letters:?}", process.address(person));
    }

    /// Letters that the version of now must not have beside it.
    fn letters_of<'a>(
        &'a self,
        process: &'a Process,
        person: usize,
        truth: &'a Truth<'_>,
    ) -> impl Iterator<Item = &'a Letter> {
        self.letters.iter().filter(move |l| {
            // What begins after a letter was saved is another round.
            (l.process, l.person, l.round) == (process.number, person, truth.version.round)
                && truth.version.start <= l.saved
        })
    }

    /// Whether new evidence speaks against a letter that was saved.
    fn is_gone(&self, letter: &Letter, process: &Process, truth: &Truth<'_>) -> bool {
        let version = truth.version;
        if self.owner_wrote(process, letter.person, (letter.round, letter.end), self.now) {
            return true;
        }
        let moved = version.start > letter.saved || version.end > self.now;
        // Of another round nothing follows: that this one was held stays true.
        version.round == letter.round
            && (truth.off || moved || !version.guests.contains(&letter.person))
    }

    fn owner_wrote(
        &self,
        process: &Process,
        person: usize,
        (round, end): (u32, Seconds),
        seen: Seconds,
    ) -> bool {
        let is_there = |id: &String| self.drafts.copies.iter().any(|c| c.message_id == *id);
        self.own.iter().any(|o| {
            (o.process, o.person) == (process.number, person)
                && o.date >= end
                && o.round.is_none_or(|r| r == round)
                && o.shown <= seen
                && o.draft.as_ref().is_none_or(is_there)
        })
    }

    /// Copies of a letter that are as we saved them.
    pub fn untouched<'a>(&'a self, letter: &Letter) -> impl Iterator<Item = &'a Copy> {
        self.copies(letter).filter(|c| !c.touched)
    }

    fn copies<'a>(&'a self, letter: &Letter) -> impl Iterator<Item = &'a Copy> {
        let id = letter.message_id.clone();
        let number = self.letters.iter().position(|l| l.message_id == id);
        self.drafts
            .copies
            .iter()
            .filter(move |c| c.letter.is_some() && c.letter == number && !c.is_deleted())
    }
}

/// Before one is changed: it is ours, and nobody touched it.
pub fn may_touch(copy: &Copy) {
    assert!(copy.letter.is_some() && !copy.touched, "not ours to touch: {copy:?}");
}
