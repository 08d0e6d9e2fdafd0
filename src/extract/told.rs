//! Whom the text of a message names: with an address, or as those whom the owner will talk with.

use super::display::{self, name_for, plain_name};
use super::lexicon::{Hit, Lexicon, List, fold};
use super::words::position;
use super::{Passage, senders};
use crate::address::{EmailAddress, Owner, Person};
use crate::message::Message;

/// Whom a text names for the meeting.
#[derive(Debug, Default)]
pub struct Told {
    /// Those whom the owner will talk with, in order.
    pub people: Vec<Person>,
    /// Whether the owner is listed as an interviewer.
    pub owner: bool,
}

/// Reads whom the texts name: behind "Interviewer:" or "you will meet", before "will call you".
pub fn read(passages: &[Passage], known: &[Person], owner: &Owner, lexicon: &Lexicon) -> Told {
    let mut told = Told::default();
    for passage in passages {
        for hit in passage.all(List::Interviewers) {
            let listed = behind(passage, hit, known, lexicon);
            let label = passage.folded[hit.start..hit.end].ends_with(':');
            let own = |p: &Person| p.name.as_deref().is_some_and(|n| fold(n) == fold(&owner.name));
            told.owner |= label && !passage.title && listed.iter().any(own);
            told.people.extend(listed);
        }
        for hit in passage.all(List::Talks) {
            let sentence = passage.sentence(hit.start);
            let before = passage.plain.get(sentence.start..hit.start).unwrap_or("");
            told.people.extend(display::in_text(before, lexicon));
        }
    }
    told
}

/// The people listed behind a term, up to the end of its sentence.
fn behind(passage: &Passage, hit: Hit, known: &[Person], lexicon: &Lexicon) -> Vec<Person> {
    let end = passage.line(hit.start).end.max(hit.end);
    let line = &passage.plain[hit.end..end];
    if line.trim().is_empty() {
        return display::listed(&passage.plain[hit.end..], lexicon);
    }
    let mut out = display::listed(line, lexicon);
    // A name in a script without capitals is found by being known.
    let folded = fold(&display::sentence(line));
    for person in known {
        let name = person.name.as_deref().map(fold).filter(|n| n.contains(' ') && !n.is_ascii());
        if name.is_some_and(|n| position(&folded, &n).is_some()) {
            out.push(person.clone());
        }
    }
    out
}

/// Everybody whom the message names with an address, organizers first.
pub fn known(message: &Message, text: &str) -> Vec<Person> {
    let events = || message.calendars.iter().flat_map(|c| &c.events);
    let attendees = events().flat_map(|e| e.organizer.iter().chain(&e.attendees));
    let plain = |name: &Option<String>, address: &Option<EmailAddress>| Person {
        name: name.as_deref().map(plain_name).filter(|n| !n.is_empty()),
        address: address.clone(),
    };
    let mut out: Vec<Person> = Vec::new();
    let header = message.from.iter().chain(&message.reply_to).chain(&message.to).chain(&message.cc);
    let all = attendees
        .map(|a| plain(&a.name, &a.address))
        .chain(header.map(|p| plain(&p.name, &p.address)))
        .chain(written(text));
    for person in all.filter(senders::is_reachable) {
        match out.iter_mut().find(|k| k.address == person.address) {
            Some(known) if known.name.is_none() => known.name = person.name,
            Some(_) => {}
            None => out.push(person),
        }
    }
    out
}

/// How many addresses of a text are looked at.
const MAX_WRITTEN: usize = 100;

/// The people whom a text gives with an address: a name before it on its line, or one that the address spells.
pub fn written(text: &str) -> Vec<Person> {
    let mut out = Vec::new();
    for line in text.lines().filter(|line| line.contains('@') && line.len() < 1000) {
        let ends = |c: char| c.is_whitespace() || "<>()[],;:|\"".contains(c);
        let words = line.split(ends).filter(|word| word.contains('@'));
        for word in words.take(MAX_WRITTEN) {
            let Some(address) = EmailAddress::parse(word.trim_end_matches(['.', '!', '?'])) else {
                continue;
            };
            let before = line.split(word).next().unwrap_or("");
            let before = before.rfind('@').map_or(before, |at| &before[at..]);
            let before = before.split_once(')').map_or(before, |(_, behind)| behind);
            let name = name_for(&address, line)
                .or_else(|| name_before(before))
                .or_else(|| name_for(&address, text));
            if out.len() < MAX_WRITTEN {
                out.push(Person { name, address: Some(address) });
            }
        }
    }
    out
}

/// "Questions? Tessa Nguyen, " or "Interviewer: Rhonda Beck, Terminal Manager (": the name that is nearest before an address.
fn name_before(before: &str) -> Option<String> {
    let clause = before.rsplit(['?', '!', ':', ';', '•', '|']).next().unwrap_or(before);
    let clause = clause.rsplit(". ").next().unwrap_or(clause);
    clause.split([',', '(', '<', '-']).map(str::trim).find_map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        let start = words.iter().position(|w| display::is_name_word(w))?;
        let name: Vec<&str> =
            words[start..].iter().copied().take_while(|w| display::is_name_word(w)).collect();
        let whole = start + name.len() == words.len();
        (whole && (2..=4).contains(&name.len())).then(|| plain_name(&name.join(" ")))
    })
}
