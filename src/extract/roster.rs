//! Everybody whom a message names, with the addresses that it joins to them. No address is ever made up.

use super::lexicon::Lexicon;
use super::names::{self, Name};
use super::people::{self, squash};
use super::senders;
use crate::address::{EmailAddress, Owner, Person};
use crate::message::Message;

/// How many people of one message are kept.
const MAX_PEOPLE: usize = 120;
/// How far before an address the name that it belongs to stands, in bytes.
const BESIDE: usize = 90;

/// The people of a message.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    people: Vec<Person>,
    /// Addresses of people that no name stands beside.
    loose: Vec<EmailAddress>,
}

impl Roster {
    /// Reads the header fields, the cards, the links and the texts of a message.
    pub fn new(message: &Message, texts: &[&str], owner: &Owner, lexicon: &Lexicon) -> Self {
        let mut roster = Self::default();
        let header =
            message.from.iter().chain(&message.cc).chain(&message.to).chain(&message.reply_to);
        for person in header
            .chain(message.forwarded.iter().flat_map(|m| m.from.iter().chain(&m.cc).chain(&m.to)))
        {
            roster.add(person.name.as_deref(), person.address.as_ref(), owner);
        }
        let events = || message.calendars.iter().flat_map(|c| &c.events);
        for guest in events().flat_map(|e| e.organizer.iter().chain(&e.attendees)) {
            roster.add(guest.name.as_deref(), guest.address.as_ref(), owner);
        }
        for card in &message.cards {
            roster.add(card.name.as_deref(), card.addresses.first(), owner);
        }
        for link in &message.text.links {
            if let Some(address) = mailto(&link.target) {
                let named = !link.text.contains('@') && !link.text.is_empty();
                roster.add(named.then_some(link.text.as_str()), Some(&address), owner);
            }
        }
        for text in texts {
            let names = names::find(text, lexicon);
            for (at, address) in addresses(text) {
                let beside = names.iter().rfind(|n| {
                    n.range.end <= at && is_beside(text, n.range.end, at, &address, &n.text)
                });
                roster.add(beside.map(|n| n.text.as_str()), Some(&address), owner);
            }
            for name in names.iter().filter(|n| n.words() > 1) {
                roster.add(Some(&name.text), None, owner);
            }
        }
        roster.join_loose();
        roster
    }

    fn add(&mut self, name: Option<&str>, address: Option<&EmailAddress>, owner: &Owner) {
        let address = address.filter(|a| {
            !senders::is_no_reply(a) && !senders::is_service(a) && !senders::is_shared(a)
        });
        if address.is_some_and(|a| owner.has(a)) || self.people.len() >= MAX_PEOPLE {
            return;
        }
        let name = name.map(people::plain_name).filter(|n| !n.is_empty() && !n.contains('@'));
        match (name, address) {
            (Some(name), address) => {
                let known = self
                    .people
                    .iter_mut()
                    .find(|p| p.name.as_deref().is_some_and(|n| squash(n) == squash(&name)));
                match known {
                    Some(person) if person.address.is_none() => person.address = address.cloned(),
                    Some(person) if address.is_none() || person.address.as_ref() == address => {}
                    _ => self.people.push(Person { name: Some(name), address: address.cloned() }),
                }
            }
            (None, Some(address)) => {
                if !self.loose.contains(address)
                    && !self.people.iter().any(|p| p.address.as_ref() == Some(address))
                {
                    self.loose.push(address.clone());
                }
            }
            (None, None) => {}
        }
    }

    /// Gives an address without a name beside it to the one person whom it spells.
    fn join_loose(&mut self) {
        for address in std::mem::take(&mut self.loose) {
            if self.people.iter().any(|p| p.address.as_ref() == Some(&address)) {
                continue;
            }
            let fits = |p: &Person| {
                p.address.is_none() && p.name.as_deref().is_some_and(|n| spells(&address, n))
            };
            let mut fitting = self.people.iter_mut().filter(|p| fits(p));
            match (fitting.next(), fitting.next()) {
                (Some(person), None) => person.address = Some(address),
                _ => self.loose.push(address),
            }
        }
    }

    /// Those whom the message names together with an address.
    pub fn with_address(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|p| p.name.is_some() && p.address.is_some())
    }

    /// The person whom a name means: the full name and the address, as far as the message tells.
    pub fn resolve(&self, name: &Name) -> Person {
        let plain = || Person { name: Some(name.text.clone()), address: None };
        let fitting: Vec<&Person> = self
            .people
            .iter()
            .filter(|p| p.name.as_deref().is_some_and(|n| same(n, name)))
            .collect();
        let whole = fitting
            .iter()
            .find(|p| p.name.as_deref().is_some_and(|n| squash(n) == squash(&name.text)));
        if let Some(person) = whole.filter(|p| name.words() > 1 || p.address.is_some()) {
            let parts = |t: &str| t.split_whitespace().map(squash).collect::<Vec<_>>();
            let turned = || {
                let is_they = |p: &&&Person| {
                    p.name.as_deref().is_some_and(|n| is_turned(&parts(n), &parts(&name.text)))
                };
                fitting.iter().find(is_they).and_then(|p| p.address.clone())
            };
            let longer = if person.address.is_none() { self.loose_for(&name.text) } else { None };
            return Person {
                name: Some(name.text.clone()),
                address: person.address.clone().or(longer).or_else(turned),
            };
        }
        let mut distinct: Vec<&&Person> = fitting.iter().filter(|p| p.address.is_some()).collect();
        if distinct.is_empty() {
            distinct = fitting
                .iter()
                .filter(|p| p.name.as_deref().is_some_and(|n| n.contains(' ')))
                .collect();
        }
        match distinct.as_slice() {
            [one] => {
                let longer =
                    one.name.as_deref().is_some_and(|n| n.split(' ').count() > name.words());
                let full = if longer { one.name.clone() } else { Some(name.text.clone()) };
                Person {
                    name: full,
                    address: one
                        .address
                        .clone()
                        .or_else(|| self.loose_for(one.name.as_deref().unwrap_or(""))),
                }
            }
            [] => Person { address: self.loose_for(&name.text), ..plain() },
            _ => plain(),
        }
    }

    /// An address without a name that spells this one, where no other does.
    fn loose_for(&self, name: &str) -> Option<EmailAddress> {
        let mut fitting = self.loose.iter().filter(|a| spells(a, name));
        match (fitting.next(), fitting.next()) {
            (Some(address), None) => Some(address.clone()),
            _ => None,
        }
    }

    /// Whether somebody of that name has an address here, or is written about with a full name.
    pub fn knows(&self, name: &Name) -> bool {
        self.people
            .iter()
            .any(|p| p.address.is_some() && p.name.as_deref().is_some_and(|n| same(n, name)))
    }
}

/// Whether a full name is the one that is meant: the same, its first name, its last name behind a title, without a middle name.
fn same(full: &str, name: &Name) -> bool {
    let parts = |text: &str| text.split_whitespace().map(squash).collect::<Vec<_>>();
    let (full, short) = (parts(full), parts(&name.text));
    let (Some(first), Some(last)) = (full.first(), full.last()) else { return false };
    if is_turned(&full, &short) {
        return true;
    }
    match short.as_slice() {
        [] => false,
        [one] => {
            one == first
                || is_nickname(one, first)
                || (name.titled && one == last)
                || (full.len() > 1 && name.titled && full.iter().any(|f| f == one))
        }
        [head, .., tail] => {
            (head == first
                || (head.len() == 1 && first.starts_with(head.as_str()))
                || (first.len() == 1 && head.starts_with(first.as_str())))
                && tail == last
        }
    }
}

/// "Dębski Marcin" is Marcin Dębski.
fn is_turned(full: &[String], short: &[String]) -> bool {
    matches!((full, short), ([a, b], [c, d]) if a == d && b == c)
}

/// Short forms of first names that do not begin like them.
const NICKNAMES: [(&str, &str); 34] = [
    ("bob", "robert"),
    ("rob", "robert"),
    ("bobby", "robert"),
    ("bill", "william"),
    ("will", "william"),
    ("billy", "william"),
    ("dick", "richard"),
    ("rick", "richard"),
    ("jim", "james"),
    ("jack", "john"),
    ("ted", "theodore"),
    ("ted", "edward"),
    ("ned", "edward"),
    ("kitty", "katherine"),
    ("kate", "katherine"),
    ("kate", "catherine"),
    ("kathy", "katherine"),
    ("peggy", "margaret"),
    ("meg", "margaret"),
    ("maggie", "margaret"),
    ("liz", "elizabeth"),
    ("beth", "elizabeth"),
    ("betsy", "elizabeth"),
    ("lisa", "elizabeth"),
    ("tony", "anthony"),
    ("sasha", "alexander"),
    ("sandy", "alexander"),
    ("pippa", "philippa"),
    ("chuck", "charles"),
    ("hank", "henry"),
    ("harry", "henry"),
    ("polly", "mary"),
    ("molly", "mary"),
    ("pepe", "jose"),
];

/// Whether a first name is a short form of another: "Bob" of Robert, "Sam" of Samuel.
fn is_nickname(short: &str, full: &str) -> bool {
    let cut = short.len() >= 3 && full.len() > short.len() && full.starts_with(short);
    // "Andy" of Andrew, "Danny" of Daniel, "Katie" of Katherine.
    let stem = short.strip_suffix("ie").or_else(|| short.strip_suffix('y')).unwrap_or("");
    let single = match stem.as_bytes() {
        [.., a, b] if a == b => stem.get(..stem.len() - 1).unwrap_or(stem),
        _ => stem,
    };
    let fond = single.len() >= 3 && full.len() > short.len() && full.starts_with(single);
    cut || fond || NICKNAMES.iter().any(|(s, f)| *s == short && *f == full)
}

/// Whether the local part of an address spells a name: `mzhao`, `mei.zhao`, `zhaom`, or the first name alone at a company.
pub fn spells(address: &EmailAddress, name: &str) -> bool {
    let local = squash(address.local().split('+').next().unwrap_or(""));
    let words: Vec<String> =
        name.split_whitespace().map(squash).filter(|w| !w.is_empty()).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    if words.len() < 2 {
        return local == *first && !senders::is_free_mail(address);
    }
    let (Some(f), Some(l)) = (first.chars().next(), last.chars().next()) else { return false };
    let all = words.concat();
    let rest = words[1..].concat();
    let initials: String = words.iter().filter_map(|w| w.chars().next()).collect();
    [
        all,
        format!("{first}{last}"),
        format!("{f}{last}"),
        format!("{f}{rest}"),
        format!("{first}{l}"),
        format!("{last}{f}"),
        format!("{last}{first}"),
        format!("{rest}{first}"),
    ]
    .contains(&local)
        || (!senders::is_free_mail(address)
            && (local == *first || local == *last || (local == initials && local.len() > 1)))
}

/// Whether a name that ends at `from` belongs to the address at `at`: only marks and a title in brackets stand between,
/// or the address spells it.
fn is_beside(text: &str, from: usize, at: usize, address: &EmailAddress, name: &str) -> bool {
    let gap = text.get(from..at).unwrap_or("");
    if gap.len() > BESIDE || gap.contains("\n\n") {
        return false;
    }
    let marks = gap.chars().all(|c| !c.is_alphanumeric());
    let near = !gap.contains('\n') && spells(address, name);
    (marks && gap.len() < 12) || near
}

/// The addresses of a text and where they stand.
fn addresses(text: &str) -> Vec<(usize, EmailAddress)> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices('@').take(MAX_PEOPLE) {
        let edge = |c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '|' | '"' | '/' | '：' | ':'
                )
        };
        let start = text[..at]
            .rfind(edge)
            .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
        let end = text[at..].find(edge).map_or(text.len(), |i| at + i);
        let word = text[start..end].trim_end_matches(['.', '!', '?', '\'']);
        if let Some(address) = EmailAddress::parse(word).filter(|a| a.domain().contains('.')) {
            out.push((start, address));
        }
    }
    out
}

fn mailto(target: &str) -> Option<EmailAddress> {
    let bare =
        target.get(..7).filter(|s| s.eq_ignore_ascii_case("mailto:")).map(|_| &target[7..])?;
    EmailAddress::parse(bare.split('?').next().unwrap_or(""))
}
