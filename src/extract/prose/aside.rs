//! Reads what a mail says of an interview besides, or short of, its verdict.

use super::clause::{self, Use};
use super::proof::Proof;
use super::{Decision, Mail, Texts, rows, whole_text};
use crate::address::Person;
use crate::extract::aside::Aside;
use crate::extract::cues::Cue;
use crate::extract::partners::People;
use crate::extract::times::Nature;
use crate::extract::{Verdict, display, senders};

/// A mail longer than this, in bytes, speaks for itself.
const LONG: usize = 3000;
/// How many days of a mail are kept.
const MOST: usize = 12;
/// How far behind a name stands that its bearer is away, in bytes.
const BEHIND: usize = 12;

/// What a mail of a person's own says, whatever its verdict; times only where the verdict found none.
pub(super) fn read(
    mail: &Mail<'_>,
    texts: &Texts,
    proof: &Proof,
    people: &People<'_>,
    verdict: Verdict,
) -> Aside {
    let new = &texts.new;
    if !senders::by_hand(mail.message) || !proof.is_personal() || new.text.len() > LONG {
        return Aside::default();
    }
    let away = away(texts, people);
    let open = matches!(verdict, Verdict::None | Verdict::Proposed) && proof.leaves_open();
    if !open || new.signs.has(Cue::Reject) {
        return Aside { away, ..Aside::default() };
    }
    let met = whole_text(new, texts, people, Verdict::Proposed);
    if verdict == Verdict::Proposed {
        return Aside { met, away, ..Aside::default() };
    }
    let off = new.signs.has(Cue::Cancel) && new.speaks_of_meeting_off();
    let sessions =
        if new.signs.has(Cue::Cancel) { Vec::new() } else { settled(mail, texts, proof, people) };
    let moments = new.reading.moments.iter().filter(|m| m.nature == Nature::Definite);
    let days = new.reading.days.iter().filter(|d| d.nature == Nature::Definite);
    let mut days: Vec<_> = moments.map(|m| m.date).chain(days.map(|d| d.date)).collect();
    days.sort_unstable();
    days.dedup();
    days.truncate(MOST);
    Aside { sessions, days, off, met, away }
}

/// The times that the new words speak of as settled.
fn settled(
    mail: &Mail<'_>,
    texts: &Texts,
    proof: &Proof,
    people: &People<'_>,
) -> Vec<crate::extract::Session> {
    let new = &texts.new;
    let uses = clause::uses(new);
    let answers = !mail.message.references.is_empty();
    let held = rows::sessions(new, &uses, people, Use::Session);
    if held.is_empty() || !(answers || proof.appoints(new, &uses)) {
        return Vec::new();
    }
    let mut decision = Decision { verdict: Verdict::Proposed, ..Decision::default() };
    decision.settle(held, new, texts, people);
    decision.sessions
}

/// "Ken Abernathy's out today": those of whom it is said that they cannot come.
fn away(texts: &Texts, people: &People<'_>) -> Vec<Person> {
    let new = &texts.new;
    if !new.signs.has(Cue::Away) {
        return Vec::new();
    }
    let said = |name: &&crate::extract::names::Name| {
        let sentence = new.sentence(name.range.start);
        new.signs.behind(Cue::Away, name.range.end, BEHIND, &sentence).is_some()
    };
    let names = people.names(&new.text);
    names
        .iter()
        .filter(said)
        .map(|n| Person { name: Some(display::plain_name(&n.text)), address: None })
        .collect()
}
