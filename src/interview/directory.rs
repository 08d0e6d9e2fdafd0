//! Names to addresses: who is meant by a name that stands without an address, out of everybody whom the mailbox knows.
//!
//! An address is never made up. It is taken where one message joins it to the name, the name fits, and the person is of
//! the employer's house or of the same conversation; where two people fit, it is nobody.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{EmailAddress, Person};
use crate::extract::people::squash;
use crate::extract::{Findings, senders};

/// How well two names fit, best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// A first or a last name alone: "Beatriz" and "Beatriz Nogueira".
    Part,
    /// A first name and an initial, or the short form of a first name: "Greta H." or "Gre Holm" and "Greta Holm".
    Initial,
    /// The same words, in whatever order: "HOLM Greta" and "Greta Holm".
    Full,
}

/// Whether two names may be of one person; accents, case and order do not matter.
pub fn fit(one: &str, other: &str) -> Option<Fit> {
    let words = |name: &str| -> Vec<String> {
        name.split_whitespace().map(squash).filter(|w| !w.is_empty()).collect()
    };
    let (a, b) = (words(one), words(other));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let (first, last) = (short.first()?, short.last()?);
    let mut sorted = (short.clone(), long.clone());
    sorted.0.sort();
    sorted.1.sort();
    if sorted.0 == sorted.1 || (short.len() >= 2 && contains_all(&long, &short)) {
        // One word on both sides is the same name, but says little of the person.
        return Some(if short.len() == 1 { Fit::Part } else { Fit::Full });
    }
    if short.len() == 1 {
        return (long.first() == Some(first) || long.last() == Some(first)).then_some(Fit::Part);
    }
    let initial = |word: &String, whole: Option<&String>| {
        word.chars().count() == 1 && whole.is_some_and(|w| w.starts_with(word.as_str()))
    };
    let by_initial = (long.first() == Some(first) && initial(last, long.last()))
        || (long.last() == Some(last) && initial(first, long.first()));
    let short_form = |one: &String, other: &String| {
        let (a, b) = if one.len() <= other.len() { (one, other) } else { (other, one) };
        a.chars().count() >= SHORT_FORM && b.starts_with(a.as_str())
    };
    let familiar =
        long.last() == Some(last) && long.first().is_some_and(|whole| short_form(first, whole));
    (by_initial || familiar).then_some(Fit::Initial)
}

/// A short form of a first name has so many letters.
const SHORT_FORM: usize = 3;

fn contains_all(long: &[String], short: &[String]) -> bool {
    short.iter().all(|w| long.contains(w))
}

/// Whether two mentions are of one person: the same address, or names that fit and no two addresses.
pub fn same_person(a: &Person, b: &Person) -> bool {
    match (&a.address, &b.address) {
        (Some(one), Some(other)) => one == other,
        _ => match (&a.name, &b.name) {
            (Some(one), Some(other)) => fit(one, other).is_some(),
            _ => false,
        },
    }
}

/// One mention of somebody with an address.
struct Mention<'a> {
    person: &'a Person,
    address: &'a EmailAddress,
    findings: &'a Findings,
}

/// Everybody whom the messages name with an address.
pub(super) struct Directory<'a> {
    by_word: BTreeMap<String, Vec<Mention<'a>>>,
    by_address: BTreeMap<String, Vec<&'a str>>,
}

/// Where somebody is looked for: an employer's house, and conversations.
pub(super) struct Circle<'c> {
    /// Registered domains.
    pub(super) domains: &'c BTreeSet<String>,
    /// Whether a message is of the same matter.
    pub(super) is_near: &'c dyn Fn(&Findings) -> bool,
}

impl<'a> Directory<'a> {
    /// Collects the people of all messages.
    pub(super) fn of(findings: &[&'a Findings]) -> Self {
        let mut out = Self { by_word: BTreeMap::new(), by_address: BTreeMap::new() };
        for findings in findings {
            let invited = findings.objects.iter().flat_map(|o| &o.interviewers);
            let met = findings.sessions.iter().flat_map(|s| &s.interviewers);
            let people = findings.origin.from.iter().chain(&findings.people);
            for person in people.chain(findings.contact.iter()).chain(met).chain(invited) {
                out.note(person, findings);
            }
        }
        out
    }

    fn note(&mut self, person: &'a Person, findings: &'a Findings) {
        let (Some(name), Some(address)) = (&person.name, &person.address) else { return };
        if senders::is_service(address) || !senders::is_reachable(person) {
            return;
        }
        let names = self.by_address.entry(address.key()).or_default();
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
        for word in name.split_whitespace().map(squash).filter(|w| !w.is_empty()) {
            self.by_word.entry(word).or_default().push(Mention { person, address, findings });
        }
    }

    /// The address that fits a name best within a circle, and the message that joins the two; `None` where nobody fits, or
    /// two people do.
    pub(super) fn find(&self, name: &str, circle: &Circle<'_>) -> Option<(Person, &'a Findings)> {
        let mut best: Vec<(Fit, &Mention<'a>)> = Vec::new();
        let words: BTreeSet<String> = name.split_whitespace().map(squash).collect();
        for mention in words.iter().filter_map(|w| self.by_word.get(w)).flatten() {
            let Some(fit) = mention.person.name.as_deref().and_then(|n| fit(name, n)) else {
                continue;
            };
            let of_house = circle.domains.contains(&mention.address.registered_domain());
            // A stranger's house needs a mail of the same matter.
            if of_house || (circle.is_near)(mention.findings) {
                best.push((fit, mention));
            }
        }
        let most = best.iter().map(|(fit, _)| *fit).max()?;
        best.retain(|(fit, _)| *fit == most);
        let addresses: BTreeSet<&EmailAddress> = best.iter().map(|(_, m)| m.address).collect();
        if addresses.len() > 1 {
            return None;
        }
        // The longest spelling is the whole name; the newest mention settles ties.
        let (_, mention) = best.into_iter().max_by_key(|(_, m)| {
            let length = m.person.name.as_deref().map_or(0, |n| n.chars().count());
            (length, m.findings.origin.date, &m.findings.origin.key)
        })?;
        Some((mention.person.clone(), mention.findings))
    }

    /// The fullest name that the mailbox knows for an address.
    pub(super) fn name_of(&self, address: &EmailAddress) -> Option<&'a str> {
        let names = self.by_address.get(&address.key())?;
        names.iter().copied().max_by_key(|n| (n.split_whitespace().count().min(3), *n))
    }
}
