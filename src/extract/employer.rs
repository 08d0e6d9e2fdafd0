//! Which company: in the words of the message.

use std::collections::BTreeMap;

use super::display::squash;
use super::legal::{by_legal_form, strip_legal};
use super::lexicon::{Lexicon, List, lower};
use super::posting::{self, Found, Known};
use super::words::{self, Word, capital};
use super::{Evidence, Passage, senders};
use crate::address::{EmailAddress, Owner, Person};
use crate::message::Message;

/// What a message says of the employer.
#[derive(Clone, Debug, Default)]
pub struct Employer {
    /// The company, without its legal form.
    pub company: Option<String>,
    /// How else the company is called in it: shorter, or with what belongs to it.
    pub called: Vec<String>,
    /// The position, without requisition numbers.
    pub role: Option<String>,
    /// Whether a title names a position, and whether the text does.
    pub named: (bool, bool),
}

/// The longest name that is taken for a company's, in words.
const MAX_WORDS: usize = 8;

/// Finds both.
pub fn find(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
    lexicon: &Lexicon,
    evidence: &mut Vec<Evidence>,
) -> Employer {
    let mut called = Vec::new();
    let company = by_domain(message, passages, owner, lexicon, &mut called)
        .or_else(|| by_legal_form(passages, lexicon))
        .or_else(|| by_preposition(message, passages, owner, lexicon))
        .or_else(|| by_sender(message, lexicon))
        .or_else(|| by_introduction(message, passages));
    let known = known(message, owner, company.as_ref());
    let role = posting::find(passages, &known, lexicon);
    let named = |title: bool| {
        passages.iter().filter(|p| p.title == title).any(|p| posting::is_named(p, &known, lexicon))
    };
    let named = (named(true), role.is_some() && named(false));
    for (field, found) in [("company", &company), ("role", &role)] {
        if let Some((value, source, quoted)) = found {
            evidence.push(Evidence {
                field: field.into(),
                value: value.clone(),
                source: (*source).into(),
                quote: quoted.clone(),
            });
        }
    }
    Employer { company: company.map(|c| c.0), called, role: role.map(|r| r.0), named }
}

/// Everybody whom the message names, and the company: no positions.
fn known(message: &Message, owner: &Owner, company: Option<&Found>) -> Known {
    let people = people(message).filter_map(|p| p.name);
    let names: Vec<String> =
        people.map(|name| super::display::plain_name(&name)).chain([owner.name.clone()]).collect();
    Known::new(names.iter().map(String::as_str), company.map(|c| c.0.as_str()))
}

/// Everybody whom the header and the calendar objects name.
fn people(message: &Message) -> impl Iterator<Item = Person> {
    let events = message.calendars.iter().flat_map(|c| &c.events);
    let attendees = events.flat_map(|e| e.organizer.iter().chain(&e.attendees));
    let header = message.from.iter().chain(&message.reply_to).chain(&message.to).chain(&message.cc);
    attendees
        .map(|a| Person { name: a.name.clone(), address: a.address.clone() })
        .chain(header.cloned())
}

/// The company by the domain of the people who invite: the capitalised words in the text whose letters are those of the
/// domain (`marlow-analytics.example` is "Marlow Analytics"), with what follows of the name ("Fernhill Labs").
fn by_domain(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
    lexicon: &Lexicon,
    all: &mut Vec<String>,
) -> Option<Found> {
    let labels = labels(message, passages, owner);
    let places = places(message, passages);
    for how in [Spelling::Whole, Spelling::Start, Spelling::Initials] {
        for label in &labels {
            let mut counts: BTreeMap<String, (usize, &'static str, String)> = BTreeMap::new();
            // Of a place the name alone: "Trinity Leeds" and "Pracownia" are no part of the company's.
            let places = places.iter().map(|(p, l, whole)| (*p, l.as_str(), *whole));
            for (passage, line, whole) in lines(passages).map(|(p, l)| (p, l, true)).chain(places) {
                for name in names_of(label, line, how, whole, lexicon) {
                    let entry = counts.entry(name).or_insert((0, passage.source, quoted(line)));
                    entry.0 += 1;
                }
            }
            let words = |name: &str| name.split(' ').count();
            all.extend(counts.keys().cloned());
            let best = counts
                .into_iter()
                .max_by_key(|(name, (count, ..))| (words(name), *count, name.len()));
            if let Some((name, (_, source, quote))) = best {
                return Some((name, source, quote));
            }
        }
    }
    None
}

/// Places, and names of shared mailboxes: a company is called there, too.
fn places<'p>(message: &Message, passages: &'p [Passage]) -> Vec<(&'p Passage, String, bool)> {
    let Some(first) = passages.first() else { return Vec::new() };
    let events = || message.calendars.iter().flat_map(|c| &c.events);
    let organizers = events().filter_map(|e| e.organizer.as_ref()?.name.clone());
    let from = message.from.iter().filter_map(|p| p.name.clone());
    let locations = events().map(|e| e.location.replace('\n', ", ")).filter(|l| !l.contains("://"));
    let names = organizers.chain(from).map(|name| (first, name, true));
    locations.map(|place| (first, place, false)).chain(names).collect()
}

fn lines(passages: &[Passage]) -> impl Iterator<Item = (&Passage, &str)> {
    passages.iter().flat_map(|p| p.plain_lines().map(move |line| (p, line)))
}

pub(super) fn quoted(line: &str) -> String {
    line.trim().chars().take(160).collect()
}

/// The names of the registered domains of organizers, attendees and senders that may be an employer's, without the
/// suffix; last, those that stand in the text.
fn labels(message: &Message, passages: &[Passage], owner: &Owner) -> Vec<String> {
    let own = |a: &EmailAddress| {
        owner.has(a) || owner.addresses.iter().any(|o| o.domain().eq_ignore_ascii_case(a.domain()))
    };
    let events = || message.calendars.iter().flat_map(|c| &c.events);
    let organizers = events().filter_map(|e| e.organizer.as_ref()?.address.clone());
    let attendees = events().flat_map(|e| &e.attendees).filter_map(|a| a.address.clone());
    let senders = message.from.iter().chain(&message.reply_to).filter_map(|p| p.address.clone());
    let written = passages
        .iter()
        .flat_map(|p| p.text.split([' ', '\n', '<', '>', '(', ')', ',', ';', ':']))
        .filter(|word| word.contains('@'))
        .filter_map(|word| EmailAddress::parse(word.trim_matches(['.', '!', '?'])));
    let mut out: Vec<String> = Vec::new();
    for address in organizers.chain(senders).chain(attendees).chain(written) {
        if own(&address) || senders::is_free_mail(&address) || senders::is_service(&address) {
            continue;
        }
        let label = squash(address.registered_domain().split('.').next().unwrap_or(""));
        if label.len() > 1 && !out.contains(&label) {
            out.push(label);
        }
    }
    out
}

/// How words spell a domain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// All of it.
    Whole,
    /// Its beginning, at least five letters: "Grünwerk" of `gruenwerk-nord`.
    Start,
    /// By their first letters: "Stadtklinik Hohe Mark" is `shm`.
    Initials,
}

/// Where the words of a line spell the label, the name that starts there.
fn names_of(label: &str, line: &str, how: Spelling, whole: bool, lexicon: &Lexicon) -> Vec<String> {
    let words = words::split(line);
    let mut out = Vec::new();
    for from in 0..words.len() {
        if !starts_like(words[from].text, label) {
            continue;
        }
        let Some(count) = spelled(label, line, &words[from..], how) else { continue };
        if line[..words[from].start].ends_with(['@', '.', '/']) {
            continue;
        }
        let mut to = from + count - 1;
        if (how == Spelling::Start && whole) || how == Spelling::Whole {
            to = extend(line, &words, to, lexicon);
        }
        let from = if whole { lead(line, &words, from, lexicon) } else { from };
        out.push(strip_legal(&line[words[from].start..words[to].end], lexicon));
    }
    out
}

/// Whether a word can be the first of a name that spells the label: a cheap look before the real one.
fn starts_like(word: &str, label: &str) -> bool {
    let first = word.chars().next();
    first.is_some_and(|c| !c.is_lowercase())
        && (first.is_some_and(|c| !c.is_ascii())
            || label.chars().next() == first.map(|c| c.to_ascii_lowercase()))
}

/// How many words from the first on spell the label.
fn spelled(label: &str, line: &str, words: &[Word<'_>], how: Spelling) -> Option<usize> {
    let mut letters = String::new();
    for (i, word) in words.iter().take(MAX_WORDS).enumerate() {
        let gap = i.checked_sub(1).map_or("", |p| line[words[p].end..word.start].trim());
        if !gap.trim_matches(['&', '.', '+']).is_empty() {
            break;
        }
        let and = ["and", "und", "et", "en", "och", "y", "e", "i"];
        let spoken =
            and.iter().find(|and| gap == "&" && label.starts_with(&format!("{letters}{and}")));
        letters.extend(spoken.copied());
        let squashed = squash(word.text);
        let particle = i > 0 && !capital(word.text) && word.text.len() < 4;
        if particle && how == Spelling::Whole && !label.starts_with(&format!("{letters}{squashed}"))
        {
            continue;
        }
        match how {
            Spelling::Initials => {
                letters.extend(squashed.chars().next().filter(|_| capital(word.text)));
            }
            _ => letters.push_str(&squashed),
        }
        if letters == label && (how != Spelling::Initials || i > 1) {
            return Some(i + 1);
        }
        if how == Spelling::Start && i > 0 && letters.starts_with(label) {
            return Some(i + 1);
        }
        if !label.starts_with(&letters) {
            // "Sierra Vista Diagnostics" is `sierravistadx`.
            let known = letters.len().saturating_sub(squashed.len());
            let rest = label.get(known..).filter(|rest| known > 4 && (1..=3).contains(&rest.len()));
            let first = rest.and_then(|rest| rest.chars().next());
            let short = how == Spelling::Start && i > 0 && capital(word.text);
            if short && first.is_some_and(|c| squashed.starts_with(c)) {
                return Some(i + 1);
            }
            return (how == Spelling::Start && i > 0 && letters.len() - squashed.len() > 4)
                .then_some(i);
        }
    }
    (how == Spelling::Start && letters.len() > 4 && label.starts_with(&letters))
        .then(|| words.len().min(MAX_WORDS))
        .filter(|_| words.len() == 1)
        .or_else(|| single_start(label, words, how))
}

/// One word alone that begins the label.
fn single_start(label: &str, words: &[Word<'_>], how: Spelling) -> Option<usize> {
    let first = squash(words.first()?.text);
    (how == Spelling::Start && first.len() > 4 && label.starts_with(&first)).then_some(1)
}

/// With what follows of a company's name: capitalised words that say no meeting and no position.
fn extend(line: &str, words: &[Word<'_>], last: usize, lexicon: &Lexicon) -> usize {
    let mut to = last;
    while to + 1 < words.len() && to - last < 3 {
        let next = &words[to + 1];
        let gap = line[words[to].end..next.start].trim();
        let folded = lower(next.text);
        let other = lexicon.stages.contains(&folded)
            || lexicon.is(List::Interview, &folded)
            || lexicon.is(List::Hiring, &folded)
            || matches!(
                folded.as_str(),
                "talent" | "recruiting" | "careers" | "hr" | "people" | "recruitment" | "jobs"
            )
            || lexicon.is_role_noun(&folded);
        let and = gap == "&" && words.get(to + 1).is_some();
        let initial = next.text.chars().count() == 1 && line[next.end..].starts_with('.');
        if initial
            || !(gap.is_empty() || and)
            || !next.text.starts_with(char::is_uppercase)
            || other
        {
            break;
        }
        // "Tidewater Senior Backend Engineer": what leads to a noun belongs to the position.
        let leads = words[to + 1..].iter().take(5).any(|w| lexicon.is_role_noun(&lower(w.text)));
        if leads {
            break;
        }
        to += 1;
    }
    to
}

/// With what leads to a company's name: "Studio", "Waterschap", "Laticínios". Only where what stands before shows where the
/// name begins: a small word, a mark, the start of a short line.
fn lead(line: &str, words: &[Word<'_>], first: usize, lexicon: &Lexicon) -> usize {
    let mut from = first;
    while from > 0 && first - from < 3 {
        let word = &words[from - 1];
        let folded = lower(word.text);
        let other = lexicon.stages.contains(&folded)
            || lexicon.is(List::Interview, &folded)
            || lexicon.is(List::Hiring, &folded)
            || lexicon.is(List::Job, &folded)
            || lexicon.is_role_noun(&folded)
            || lexicon.no_names.contains(&folded)
            || word.text.chars().count() < 3;
        if other || !capital(word.text) || line[word.end..words[from].start].trim() != "" {
            break;
        }
        from -= 1;
    }
    let before = &line[..words[from].start];
    let small = from > 0 && !capital(words[from - 1].text);
    let marked = before.trim_end().ends_with([',', '|', '–', '(', '·', '@', '"', '„', '«']);
    let heads = before.trim().is_empty() && line.chars().count() < 70 && !line.contains(". ");
    if small || marked || heads { from } else { first }
}

/// "the X role at Acme Robotics": capitalised words behind a preposition, in a line that names a position or a job.
fn by_preposition(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
    lexicon: &Lexicon,
) -> Option<Found> {
    let people: Vec<String> = people(message)
        .filter_map(|p| p.name)
        .chain([owner.name.clone()])
        .map(|n| lower(&super::display::plain_name(&n)))
        .collect();
    for passage in passages {
        for range in &passage.lines {
            let about = [List::Job, List::Interview, List::Hiring];
            if !about.iter().any(|list| passage.has_in(*list, range)) {
                continue;
            }
            let line = passage.plain[range.clone()].trim();
            let found = behind_preposition(line, lexicon)
                .filter(|name| !people.iter().any(|p| p.contains(&lower(name))));
            if let Some(name) = found {
                return Some((name, passage.source, quoted(line)));
            }
        }
    }
    None
}

fn behind_preposition(line: &str, lexicon: &Lexicon) -> Option<String> {
    const WEEKDAY_OR_MONTH: [&str; 20] = [
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun",
        "jul", "aug", "sep", "oct", "nov", "dec", "http",
    ];
    let words = words::split(line);
    for i in 0..words.len().saturating_sub(1) {
        let next = &words[i + 1];
        let folded = lower(words[i].text);
        let about_job = || {
            words[i.saturating_sub(3)..i].iter().any(|w| lexicon.is(List::Job, &lower(w.text)))
                && words.get(i + 2).is_some_and(|w| capital(w.text))
        };
        let strong = matches!(folded.as_str(), "at" | "bei" | "chez" | "hos" | "bij" | "presso")
            || (lexicon.at.contains(&folded) && about_job());
        let dated = WEEKDAY_OR_MONTH.iter().any(|d| lower(next.text).starts_with(d));
        if !strong
            || !next.text.starts_with(char::is_uppercase)
            || dated
            || !line[words[i].end..next.start].trim().is_empty()
            || lexicon.stages.contains(&lower(next.text))
        {
            continue;
        }
        let to = extend(line, &words, i + 1, lexicon);
        return Some(strip_legal(&line[next.start..words[to].end], lexicon));
    }
    None
}

/// The display name under which a service sends for the employer: "Perrin Labs <no-reply@ashbyhq.com>".
fn by_sender(message: &Message, lexicon: &Lexicon) -> Option<Found> {
    let organizers =
        message.calendars.iter().flat_map(|c| &c.events).filter_map(|e| e.organizer.as_ref());
    let organizers =
        organizers.map(|o| Person { name: o.name.clone(), address: o.address.clone() });
    let senders: Vec<Person> = message.from.iter().cloned().chain(organizers).collect();
    senders.into_iter().find_map(|sender| {
        let address = sender.address.as_ref()?;
        if !senders::is_service(address) {
            return None;
        }
        let written = sender.name.as_deref()?;
        let written = written.rsplit_once(" via ").map_or(written, |(name, _)| name);
        let words: Vec<&str> = written
            .split_whitespace()
            .take_while(|w| {
                !lexicon.stages.contains(&lower(w))
                    && !matches!(
                        lower(w).as_str(),
                        "recruiting"
                            | "talent"
                            | "careers"
                            | "team"
                            | "jobs"
                            | "hr"
                            | "people"
                            | "calendar"
                            | "recruitment"
                    )
            })
            .collect();
        let company = strip_legal(&words.join(" "), lexicon);
        let of_service = address.registered_domain().starts_with(&squash(&company));
        let letters = squash(&company);
        let person = people(message).any(|p| {
            let same = p.name.as_deref().is_some_and(|n| squash(n) == letters);
            same && p.address.is_some_and(|a| !senders::is_service(&a))
        });
        let spelled = squash(address.local()).starts_with(&letters) && company.contains(' ');
        let fits = !company.is_empty()
            && !of_service
            && company != "Google"
            && !company.contains(['@', '.'])
            && !person
            && (senders::is_no_reply(address) || !spelled);
        fits.then(|| (company, "From", written.to_owned()))
    })
}

/// "ヒカリ化学 人事部の小川です", "海風リテールの森田です": the name before a department, or before the writer's own.
fn by_introduction(message: &Message, passages: &[Passage]) -> Option<Found> {
    let own: Vec<String> = people(message)
        .filter_map(|p| p.name)
        .filter(|n| !n.is_ascii())
        .filter_map(|n| n.split([' ', '\u{3000}']).next().map(|family| format!("の{family}")))
        .collect();
    lines(passages).find_map(|(passage, line)| {
        let departments = ["人事部", "人事課", "採用担当", "採用チーム", "人事担当", "人事"];
        let at = departments.iter().find_map(|d| line.find(d));
        let at = at.or_else(|| own.iter().find_map(|n| line.find(n.as_str())))?;
        let before = line[..at].trim_end();
        let name: String =
            before.chars().rev().take_while(|c| c.is_alphanumeric() || *c == 'ー').collect();
        let name: String = name.chars().rev().collect();
        (name.chars().count() > 1).then(|| (name, passage.source, quoted(line)))
    })
}
