//! Which company, and which position: in the words of the message.

use std::collections::BTreeMap;

use super::lexicon::{Lexicon, List};
use super::people::squash;
use super::{Evidence, Passage, senders};
use crate::address::{EmailAddress, Owner};
use crate::message::Message;

/// What a message says of the employer.
#[derive(Clone, Debug, Default)]
pub struct Employer {
    /// The company, without its legal form.
    pub company: Option<String>,
    /// The position, without requisition numbers.
    pub role: Option<String>,
}

/// The longest name that is taken for a company's or a position's, in words.
const MAX_WORDS: usize = 8;

/// Finds both.
pub fn find(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
    lexicon: &Lexicon,
    evidence: &mut Vec<Evidence>,
) -> Employer {
    let role = role(passages, lexicon);
    let company = by_domain(message, passages, owner, lexicon)
        .or_else(|| by_preposition(passages, lexicon))
        .or_else(|| by_sender(message));
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
    Employer { company: company.map(|c| c.0), role: role.map(|r| r.0) }
}

/// A conclusion, where it stands, and its line.
type Found = (String, &'static str, String);

/// Whether a passage names a position at all. In running text what stands in brackets or behind a name is what somebody is.
pub fn has_role(passage: &Passage, lexicon: &Lexicon) -> bool {
    let counts = |line: &str, role: &RoleAt| passage.title || !role.of_a_person(line);
    passage.text.lines().any(|line| roles_in(line, lexicon).iter().any(|r| counts(line, r)))
}

/// The position: first where the text says that it is one ("the X role", "for the X position at"), then in a title, then
/// anywhere in running text, but not in brackets after a name, where titles of people stand.
fn role(passages: &[Passage], lexicon: &Lexicon) -> Option<Found> {
    let lines = || passages.iter().flat_map(|p| p.text.lines().map(move |l| (p, l)));
    let said = lines().find_map(|(p, l)| {
        roles_in(l, lexicon).into_iter().find(|r| r.is_said(l, lexicon)).map(|r| (p, l, r))
    });
    let titled = || {
        lines()
            .filter(|(p, _)| p.title)
            .find_map(|(p, l)| roles_in(l, lexicon).into_iter().next().map(|r| (p, l, r)))
    };
    let anywhere = || {
        lines().filter(|(p, _)| !p.title).find_map(|(p, l)| {
            roles_in(l, lexicon).into_iter().find(|r| !r.of_a_person(l)).map(|r| (p, l, r))
        })
    };
    let (passage, line, role) = said.or_else(titled).or_else(anywhere)?;
    Some((role.text, passage.source, line.trim().chars().take(160).collect()))
}

/// A position's name in a line.
struct RoleAt {
    text: String,
    start: usize,
    end: usize,
}

impl RoleAt {
    /// A word for a position stands right behind it, or right before it.
    fn is_said(&self, line: &str, lexicon: &Lexicon) -> bool {
        let after = super::lexicon::fold(
            line[self.end..].trim_start_matches(['"', '”', '“', '«', '»', ')', ' ']),
        );
        let next = after.split([' ', '.', ',', ';', ')']).next().unwrap_or("");
        let folded_before = super::lexicon::fold(&line[..self.start]);
        let before =
            folded_before.trim_end_matches(['"', '“', '„', '”', '«', ':', ' ', '(']).trim_end();
        let last: String = before.rsplit(' ').next().unwrap_or("").to_owned();
        let is_job = |word: &str| !word.is_empty() && lexicon.is(List::Job, word);
        let before_of = before
            .strip_suffix(" of")
            .or_else(|| before.strip_suffix(" als"))
            .map(|b| b.rsplit(' ').next().unwrap_or("").to_owned());
        is_job(next)
            || is_job(&last)
            || before_of.is_some_and(|w| is_job(&w))
            || before.ends_with("interview for")
            || before.ends_with("applied for")
    }

    /// In brackets, or behind a name and a comma: what somebody is, not what the owner would be.
    fn of_a_person(&self, line: &str) -> bool {
        let before = line[..self.start].trim_end();
        let behind_name = before.strip_suffix(',').is_some_and(|b| {
            b.rsplit(' ').next().is_some_and(|w| w.chars().next().is_some_and(char::is_uppercase))
        });
        before.ends_with('(') || behind_name
    }
}

/// The positions that a line names: capitalised words up to a noun such as "Engineer", with what belongs behind it.
fn roles_in(line: &str, lexicon: &Lexicon) -> Vec<RoleAt> {
    let words = words(line);
    let mut out: Vec<RoleAt> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if !is_role_noun(word.text, lexicon) {
            continue;
        }
        let from = start_of_role(line, &words, index, lexicon);
        let to = end_of_role(line, &words, index, lexicon);
        let (start, end) = (words[from].start, words[to].end);
        if out.last().is_some_and(|r| r.end >= start) {
            out.pop();
        }
        let text: String = line[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
        out.push(RoleAt { text, start, end });
    }
    out
}

/// A word of a line and where it stands.
struct Word<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

fn words(line: &str) -> Vec<Word<'_>> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’' | '+' | '#' | '/');
    let mut out = Vec::new();
    let mut start = None;
    for (i, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (is_word(c), start) {
            (true, None) => start = Some(i),
            (false, Some(s)) => {
                out.push(Word { text: &line[s..i], start: s, end: i });
                start = None;
            }
            _ => {}
        }
    }
    out.retain(|w| w.text.chars().any(char::is_alphanumeric));
    out
}

fn is_role_noun(word: &str, lexicon: &Lexicon) -> bool {
    let lower = word.to_lowercase();
    let capital = word.chars().next().is_some_and(char::is_uppercase);
    let noun = lexicon.role_nouns.contains(&lower);
    let compound = lexicon
        .role_suffixes
        .iter()
        .any(|s| lower.len() > s.len() + 2 && lower.ends_with(s.as_str()));
    capital && (noun || compound)
}

/// Words that stand before a position without belonging to it.
const NOT_OF_ROLE: [&str; 40] = [
    "the",
    "a",
    "an",
    "our",
    "your",
    "this",
    "for",
    "interview",
    "interviews",
    "panel",
    "onsite",
    "on-site",
    "invitation",
    "updated",
    "canceled",
    "cancelled",
    "confirmed",
    "re",
    "fw",
    "fwd",
    "screen",
    "call",
    "with",
    "and",
    "hi",
    "hello",
    "dear",
    "part",
    "round",
    "final",
    "first",
    "second",
    "at",
    "position",
    "role",
    "hold",
    "meeting",
    "conversation",
    "vorstellungsgespräch",
    "zum",
];

fn start_of_role(line: &str, words: &[Word<'_>], noun: usize, lexicon: &Lexicon) -> usize {
    let mut from = noun;
    while from > 0 && noun - from < MAX_WORDS {
        let previous = &words[from - 1];
        let gap = &line[previous.end..words[from].start];
        let lower = previous.text.to_lowercase();
        let capital =
            previous.text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric());
        let joins = gap.trim().is_empty() || gap.trim() == "&";
        if !joins
            || !capital
            || NOT_OF_ROLE.contains(&lower.as_str())
            || lexicon.says(List::Interview, &lower)
        {
            break;
        }
        from -= 1;
    }
    from
}

/// "Engineer II", "Head of Data", "Analyst, Model Risk": what goes on behind the noun.
fn end_of_role(line: &str, words: &[Word<'_>], noun: usize, lexicon: &Lexicon) -> usize {
    let mut to = noun;
    while to + 1 < words.len() && to - noun < MAX_WORDS {
        let next = &words[to + 1];
        let gap = line[words[to].end..next.start].trim();
        let lower = next.text.to_lowercase();
        let capital = next.text.chars().next().is_some_and(char::is_uppercase);
        let level = gap.is_empty() && lexicon.role_levels.contains(&lower);
        let of = gap.is_empty()
            && lower == "of"
            && words
                .get(to + 2)
                .is_some_and(|w| w.text.chars().next().is_some_and(char::is_uppercase));
        let more = gap.is_empty()
            && to > noun
            && capital
            && !NOT_OF_ROLE.contains(&lower.as_str())
            && !is_role_noun(next.text, lexicon);
        let goes_on = gap.is_empty()
            && to == noun
            && capital
            && line[..words[noun].start].trim_end().ends_with(['„', '“', '"', '«']);
        if !(level || of || more || goes_on) {
            break;
        }
        to += 1;
    }
    to
}

/// The company by the domain of the people who invite: the capitalised words in the text whose letters are those of the
/// domain (`marlow-analytics.example` is "Marlow Analytics"), with what follows of the name ("Fernhill Labs").
fn by_domain(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
    lexicon: &Lexicon,
) -> Option<Found> {
    let mut counts: BTreeMap<String, (usize, &'static str, String)> = BTreeMap::new();
    for label in labels(message, owner) {
        for (passage, line) in passages.iter().flat_map(|p| p.text.lines().map(move |l| (p, l))) {
            for name in names_of(&label, line, lexicon) {
                let entry = counts.entry(name).or_insert((
                    0,
                    passage.source,
                    line.trim().chars().take(160).collect(),
                ));
                entry.0 += 1;
            }
        }
        if !counts.is_empty() {
            break;
        }
    }
    let best = counts.into_iter().max_by_key(|(name, (count, ..))| (*count, name.len()))?;
    Some((best.0, best.1.1, best.1.2))
}

/// The names of the registered domains of organizers, attendees and senders that may be an employer's, without the suffix.
fn labels(message: &Message, owner: &Owner) -> Vec<String> {
    let own = |a: &EmailAddress| {
        owner.has(a) || owner.addresses.iter().any(|o| o.domain().eq_ignore_ascii_case(a.domain()))
    };
    let events = || message.calendars.iter().flat_map(|c| &c.events);
    let organizers = events().filter_map(|e| e.organizer.as_ref()?.address.clone());
    let attendees = events().flat_map(|e| &e.attendees).filter_map(|a| a.address.clone());
    let senders = message.from.iter().chain(&message.reply_to).filter_map(|p| p.address.clone());
    let mut out: Vec<String> = Vec::new();
    for address in organizers.chain(senders).chain(attendees) {
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

/// Where the words of a line spell the label, the name that starts there.
fn names_of(label: &str, line: &str, lexicon: &Lexicon) -> Vec<String> {
    let words = words(line);
    let mut out = Vec::new();
    for from in 0..words.len() {
        let Some(to) = spelled(label, line, &words[from..]).map(|n| from + n - 1) else { continue };
        if line[..words[from].start].ends_with(['@', '.', '/']) {
            continue;
        }
        let to = extend_company(line, &words, to, lexicon);
        out.push(strip_legal(&line[words[from].start..words[to].end], lexicon));
    }
    out
}

/// How many words from the first on spell the label: exactly, or one long word that the label starts with or that starts the label.
fn spelled(label: &str, line: &str, words: &[Word<'_>]) -> Option<usize> {
    let first = words.first()?;
    if !first.text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric()) {
        return None;
    }
    let mut letters = String::new();
    for (i, word) in words.iter().take(MAX_WORDS).enumerate() {
        if i > 0 && !line[words[i - 1].end..word.start].trim().trim_matches(['&', '.']).is_empty() {
            break;
        }
        letters.push_str(&squash(word.text));
        if letters == label {
            return Some(i + 1);
        }
        if !label.starts_with(&letters) {
            break;
        }
    }
    None
}

/// Words that follow a company's name without belonging to it.
const NOT_OF_COMPANY: [&str; 22] = [
    "interview",
    "interviews",
    "interviewing",
    "panel",
    "onsite",
    "recruiting",
    "recruitment",
    "talent",
    "team",
    "hiring",
    "technical",
    "phone",
    "final",
    "round",
    "screen",
    "call",
    "people",
    "scheduling",
    "senior",
    "staff",
    "careers",
    "hr",
];

fn extend_company(line: &str, words: &[Word<'_>], last: usize, lexicon: &Lexicon) -> usize {
    let mut to = last;
    while to + 1 < words.len() && to - last < 3 {
        let next = &words[to + 1];
        let gap = line[words[to].end..next.start].trim();
        let capital = next.text.chars().next().is_some_and(char::is_uppercase);
        let lower = next.text.to_lowercase();
        let starts_role =
            roles_in(&line[next.start..], lexicon).first().is_some_and(|r| r.start == 0);
        if !(gap.is_empty() || gap == "&")
            || !capital
            || NOT_OF_COMPANY.contains(&lower.as_str())
            || starts_role
        {
            break;
        }
        to += 1;
    }
    to
}

/// A company's name without `GmbH`, `Inc.` and the like.
pub fn strip_legal(name: &str, lexicon: &Lexicon) -> String {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.len() > 1
        && words.last().is_some_and(|w| {
            lexicon.legal_forms.contains(&w.trim_matches([',', '.']).to_lowercase())
        })
    {
        words.pop();
    }
    words.join(" ").trim_matches([',', ' ']).to_owned()
}

/// "the X role at Acme Robotics": capitalised words behind a preposition, in a line that names a position or a job.
fn by_preposition(passages: &[Passage], lexicon: &Lexicon) -> Option<Found> {
    for (passage, line) in passages.iter().flat_map(|p| p.text.lines().map(move |l| (p, l))) {
        let folded = super::lexicon::fold(line);
        let of_a_job = lexicon.says(List::Job, &folded)
            || lexicon.says(List::Interview, &folded)
            || !roles_in(line, lexicon).is_empty();
        if !of_a_job {
            continue;
        }
        if let Some(name) = behind_preposition(line, lexicon) {
            return Some((name, passage.source, line.trim().chars().take(160).collect()));
        }
    }
    None
}

fn behind_preposition(line: &str, lexicon: &Lexicon) -> Option<String> {
    let words = words(line);
    let prepositions = ["at", "bei", "chez"];
    for i in 0..words.len().saturating_sub(1) {
        let next = &words[i + 1];
        let capital = next.text.chars().next().is_some_and(char::is_uppercase);
        if !prepositions.contains(&words[i].text.to_lowercase().as_str())
            || !capital
            || !line[words[i].end..next.start].trim().is_empty()
        {
            continue;
        }
        let to = extend_company(line, &words, i + 1, lexicon);
        return Some(strip_legal(&line[next.start..words[to].end], lexicon));
    }
    None
}

/// The display name under which a service sends for the employer: "Perrin Labs <no-reply@ashbyhq.com>".
fn by_sender(message: &Message) -> Option<Found> {
    let from = message.from.as_ref()?;
    let address = from.address.as_ref()?;
    if !(senders::is_service(address) && senders::is_no_reply(address)) {
        return None;
    }
    let name = from.name.as_deref()?;
    let drop = [
        "interviews",
        "careers",
        "recruiting",
        "talent",
        "hiring",
        "team",
        "jobs",
        "scheduling",
        "via",
        "calendar",
    ];
    let words: Vec<&str> = name
        .split_whitespace()
        .take_while(|w| !drop.contains(&w.to_lowercase().as_str()))
        .collect();
    let company = words.join(" ");
    (!company.is_empty() && company != "Google").then(|| (company.clone(), "From", name.to_owned()))
}
