//! Who talks with the owner, and who only arranges it.

use super::lexicon::{Lexicon, List, fold};
use super::roster::Roster;
use super::senders::{self, Kind};
use super::{Evidence, Passage};
use crate::address::{EmailAddress, Owner, Person};
use crate::message::Message;
use crate::message::icalendar::{Attendee, Event};

/// Titles before or behind a name; kept out of the name itself. Lower case, without full stops.
const TITLES: [&str; 28] = [
    "dr",
    "prof",
    "professor",
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "sir",
    "dame",
    "rev",
    "hon",
    "eng",
    "ing",
    "dipl-ing",
    "phd",
    "md",
    "mba",
    "frau",
    "herr",
    "dott",
    "dra",
    "sra",
    "sr",
    "monsieur",
    "madame",
    "mme",
    "pan",
];

/// The people of one event whom the owner talks with: its human guests, without those who declined or only arrange; the
/// organizer where nobody else is left, or where the text says that they take part.
pub fn interviewers(
    event: &Event,
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
) -> Vec<Person> {
    let known = known_people(event, message);
    let arranges = |a: &Attendee| only_arranges(a, &known, event, passages);
    let is_organizer = |a: &Attendee| {
        event.organizer.as_ref().is_some_and(|o| o.address.is_some() && o.address == a.address)
    };
    let text = || text_of(passages);
    let mut people: Vec<Person> = Vec::new();
    for guest in event.attendees.iter().filter(|a| may_interview(a, owner) && !is_organizer(a)) {
        if !arranges(guest) {
            push(&mut people, named(guest, &text()));
        }
    }
    let Some(organizer) = event.organizer.as_ref().filter(|o| may_interview(o, owner)) else {
        let host = host(message, owner).filter(|h| people.is_empty() && !arranges(h));
        people.extend(host.map(|h| named(&h, &text())));
        return people;
    };
    let declined = event.attendees.iter().any(|a| is_organizer(a) && !may_interview(a, owner));
    if declined || arranges(organizer) {
        return people;
    }
    if people.is_empty() || takes_part(organizer, passages) {
        let entry = event
            .attendees
            .iter()
            .find(|a| is_organizer(a) && a.name.is_some())
            .unwrap_or(organizer);
        push(&mut people, named(entry, &text()));
    }
    people
}

/// Who invites where the objects name nobody, as those of Zoom and Calendly do: the person whom an answer would reach.
fn host(message: &Message, owner: &Owner) -> Option<Attendee> {
    let events = || message.calendars.iter().flat_map(|c| &c.events);
    let organized = |e: &Event| e.organizer.as_ref().is_some_and(|o| may_interview(o, owner));
    if events().any(|e| organized(e) || e.attendees.iter().any(|a| may_interview(a, owner))) {
        return None;
    }
    let as_guest = |p: &Person| Attendee {
        name: p.name.clone(),
        address: p.address.clone(),
        ..Attendee::default()
    };
    let writers = message.reply_to.iter().chain(&message.from);
    writers.filter(|p| senders::is_reachable(p)).map(as_guest).find(|a| may_interview(a, owner))
}

fn push(people: &mut Vec<Person>, person: Person) {
    let known = people.iter().any(|p| p.address.is_some() && p.address == person.address);
    if !known {
        people.push(person);
    }
}

/// A human being other than the owner who has not declined, stays away or sends somebody else.
fn may_interview(attendee: &Attendee, owner: &Owner) -> bool {
    let Some(address) = &attendee.address else { return false };
    !owner.has(address)
        && senders::kind(attendee) == Kind::Person
        && attendee.partstat.as_deref() != Some("DECLINED")
        && attendee.role.as_deref() != Some("NON-PARTICIPANT")
        && attendee.delegated_to.is_none()
}

/// Everybody whom the message names with an address, organizer first.
fn known_people(event: &Event, message: &Message) -> Vec<Person> {
    let attendees = event.organizer.iter().chain(&event.attendees);
    let mut out: Vec<Person> = attendees
        .map(|a| Person { name: a.name.as_deref().map(plain_name), address: a.address.clone() })
        .collect();
    out.extend(
        message.from.iter().chain(&message.reply_to).map(|p| Person {
            name: p.name.as_deref().map(plain_name),
            address: p.address.clone(),
        }),
    );
    out
}

fn text_of(passages: &[Passage]) -> String {
    passages.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Attendee as a person, with a name from the text where the object has none.
fn named(attendee: &Attendee, text: &str) -> Person {
    let own =
        attendee.name.as_deref().map(plain_name).filter(|n| !n.is_empty() && !n.contains('@'));
    let name = own.or_else(|| attendee.address.as_ref().and_then(|a| name_for(a, text)));
    Person { name, address: attendee.address.clone() }
}

/// A display name as one would write it in a greeting: "Okonkwo, Adaeze (Risk)" is Adaeze Okonkwo, "Dr. Anna Meyer" Anna Meyer.
pub fn plain_name(name: &str) -> String {
    let mut bare = String::new();
    let mut depth = 0_u32;
    for c in name.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            // Marks of templates and of addresses are in no name.
            '"' | '{' | '}' | '<' | '>' | '%' => {}
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    let bare = bare.split(" | ").next().unwrap_or(&bare).trim();
    let turned = match bare.split_once(',') {
        Some((last, first)) if !is_title_list(first) => format!("{} {}", first.trim(), last.trim()),
        Some((name, _)) => name.to_owned(),
        None => bare.to_owned(),
    };
    let words: Vec<&str> = turned.split_whitespace().filter(|w| !is_title(w)).collect();
    if words.is_empty() { turned } else { words.join(" ") }
}

fn is_title(word: &str) -> bool {
    let bare: String = word.to_lowercase().chars().filter(|c| *c != '.' && *c != ',').collect();
    TITLES.contains(&bare.as_str())
}

fn is_title_list(words: &str) -> bool {
    words.split_whitespace().all(is_title)
}

/// The first name of a display name that is in Western order; the whole name where it is a single word.
pub fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// A name of two to four capitalised words in the text whose letters make up the local part of the address: `mzhao`,
/// `mei-ling.zhao` and `zhaom` are Mei-Ling Zhao. Never guessed from the address alone.
fn name_for(address: &EmailAddress, text: &str) -> Option<String> {
    let local = squash(address.local().split('+').next().unwrap_or(""));
    if local.len() < 3 {
        return None;
    }
    for line in text.lines() {
        let words: Vec<&str> =
            line.split(|c: char| c.is_whitespace() || ",;:()<>/[]\"".contains(c)).collect();
        for size in [3, 2] {
            let hit = words
                .windows(size)
                .find(|w| w.iter().all(|x| is_name_word(x)) && spells(&local, w));
            if let Some(w) = hit {
                return Some(w.join(" "));
            }
        }
    }
    None
}

fn is_name_word(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
        && word.chars().all(|c| c.is_alphabetic() || "-'.\u{2019}".contains(c))
}

fn spells(local: &str, words: &[&str]) -> bool {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let all: String = words.iter().map(|w| squash(w)).collect();
    let (first, last) = (squash(first), squash(last));
    let (Some(f), Some(l)) = (first.chars().next(), last.chars().next()) else { return false };
    [
        all,
        format!("{first}{last}"),
        format!("{f}{last}"),
        format!("{first}{l}"),
        format!("{last}{f}"),
        format!("{last}{first}"),
    ]
    .iter()
    .any(|s| s == local)
}

/// Letters only, in lower case, the common accents off.
pub fn squash(word: &str) -> String {
    let mut out = String::new();
    for c in word.to_lowercase().chars().filter(|c| c.is_alphanumeric()) {
        match c {
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ą' => out.push('a'),
            'ä' | 'æ' => out.push_str("ae"),
            'ç' | 'ć' | 'č' => out.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' => out.push('n'),
            'ó' | 'ò' | 'ô' | 'õ' => out.push('o'),
            'ö' | 'ø' => out.push_str("oe"),
            'ś' | 'š' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ú' | 'ù' | 'û' => out.push('u'),
            'ü' => out.push_str("ue"),
            'ź' | 'ż' | 'ž' => out.push('z'),
            c => out.push(c),
        }
    }
    out
}

/// Whether the text says that this person only arranges: a word for it in a sentence in which theirs is the nearest
/// name, or one in the first person under an invitation of theirs that names nobody else.
fn only_arranges(
    attendee: &Attendee,
    known: &[Person],
    event: &Event,
    passages: &[Passage],
) -> bool {
    let writer = event.organizer.as_ref().is_some_and(|o| o.address == attendee.address);
    passages.iter().filter(|p| !p.title).any(|passage| {
        passage.all(List::Arranges).any(|hit| {
            let range = passage.sentence(hit);
            let sentence = &passage.folded[range.clone()];
            match nearest(sentence, hit.start - range.start, known) {
                Some(person) => person.address.is_some() && person.address == attendee.address,
                None => writer && first_person(sentence),
            }
        })
    })
}

fn first_person(folded: &str) -> bool {
    ["i", "i'm", "i'll", "i've", "ich", "we"].iter().any(|w| folded.split(' ').any(|x| x == *w))
}

/// The person whose name stands nearest to a place in a sentence.
fn nearest<'a>(folded: &str, at: usize, known: &'a [Person]) -> Option<&'a Person> {
    let distance = |p: &Person| {
        let name = fold(p.name.as_deref()?);
        let found = [name.as_str(), first_name(&name)]
            .into_iter()
            .filter(|n| n.len() > 1)
            .find_map(|n| position(folded, n));
        found.map(|x| x.abs_diff(at))
    };
    known.iter().filter_map(|p| Some((distance(p)?, p))).min_by_key(|(d, _)| *d).map(|(_, p)| p)
}

fn position(folded: &str, name: &str) -> Option<usize> {
    let outside = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    folded.match_indices(name).map(|(i, _)| i).find(|&i| {
        outside(folded[..i].chars().next_back()) && outside(folded[i + name.len()..].chars().next())
    })
}

/// Whether the text says that the organizer takes part: in words, or with their full name in the title.
fn takes_part(organizer: &Attendee, passages: &[Passage]) -> bool {
    let in_words = passages.iter().any(|p| !p.title && p.has(List::TakesPart));
    let name =
        organizer.name.as_deref().map(plain_name).map(|n| fold(&n)).filter(|n| n.contains(' '));
    in_words
        || name
            .is_some_and(|n| passages.iter().any(|p| p.title && position(&p.folded, &n).is_some()))
}

/// Whether a line greets the owner by the first name alone: "Hi Alex,", "Noor - 45 minutes on ...".
pub fn calls_by_first_name(passages: &[Passage], owner: &Owner) -> bool {
    let name = fold(&owner.name);
    let first = first_name(&name);
    let greetings = [
        "hi ",
        "hello ",
        "hey ",
        "dear ",
        "hallo ",
        "liebe ",
        "lieber ",
        "good morning ",
        "good afternoon ",
        "bonjour ",
        "hola ",
        "",
    ];
    passages.iter().filter(|p| !p.title).flat_map(|p| p.text.lines()).map(fold).any(|line| {
        let rest = greetings.iter().find_map(|g| line.strip_prefix(g)?.strip_prefix(first));
        rest.is_some_and(|r| {
            r.is_empty() || r.starts_with([',', '!', ':', '.']) || r.starts_with(" -")
        })
    })
}

/// How many people of one message are kept.
const MAX_PEOPLE: usize = 60;

/// Everybody whom a message names together with an address, the owner left out: in its header fields, its calendar objects,
/// its cards and its texts. Nobody, where it went to a list.
pub fn named_with_address(message: &Message, owner: &Owner, lexicon: &Lexicon) -> Vec<Person> {
    if message.bulk {
        return Vec::new();
    }
    let guests = message.calendars.iter().flat_map(|c| &c.events).flat_map(|e| {
        e.organizer.iter().chain(&e.attendees).map(|a| Person {
            name: a.name.as_deref().map(plain_name).filter(|n| !n.is_empty() && !n.contains('@')),
            address: a.address.clone(),
        })
    });
    let text = &message.text;
    let roster = Roster::new(message, &[&text.new, &text.signature, &text.quoted], owner, lexicon);
    let mut out: Vec<Person> = Vec::new();
    for person in guests.chain(roster.with_address().cloned()) {
        let whole = person.name.is_some() && person.address.as_ref().is_some_and(|a| !owner.has(a));
        if whole && !out.contains(&person) && out.len() < MAX_PEOPLE {
            out.push(person);
        }
    }
    out
}

/// Whom a candidate would write to: who arranges it, else the organizer, else the writer of the mail.
pub fn contact(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
    evidence: &mut Vec<Evidence>,
) -> Option<Person> {
    let text = text_of(passages);
    let human = |a: &&Attendee| {
        a.address.as_ref().is_some_and(|x| !owner.has(x)) && senders::kind(a) == Kind::Person
    };
    let arranging = message.calendars.iter().flat_map(|c| &c.events).find_map(|event| {
        let known = known_people(event, message);
        event
            .organizer
            .iter()
            .chain(&event.attendees)
            .filter(human)
            .find(|a| only_arranges(a, &known, event, passages))
    });
    let organizer = || {
        message
            .calendars
            .iter()
            .flat_map(|c| &c.events)
            .find_map(|e| e.organizer.as_ref().filter(human))
    };
    let from_calendar = arranging
        .or_else(organizer)
        .map(|a| (named(a, &text), "text/calendar ORGANIZER, ATTENDEE"));
    let usable =
        |p: &&Person| senders::is_reachable(p) && p.address.as_ref().is_some_and(|a| !owner.has(a));
    let plain =
        |p: &Person| Person { name: p.name.as_deref().map(plain_name), address: p.address.clone() };
    let (person, source) = from_calendar
        .or_else(|| message.reply_to.iter().find(usable).map(|p| (plain(p), "Reply-To")))
        .or_else(|| message.from.iter().find(usable).map(|p| (plain(p), "From")))?;
    evidence.push(Evidence {
        field: "contact".to_owned(),
        value: person.address.as_ref().map(ToString::to_string).unwrap_or_default(),
        source: source.to_owned(),
        quote: person.name.clone().unwrap_or_default(),
    });
    Some(person)
}
