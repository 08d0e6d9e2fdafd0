//! On which side of the table the owner sits, and whether the candidate is the owner at all.

use super::display::{self, first_name, squash};
use super::lexicon::{Hit, List, fold, lower};
use super::people::Circle;
use super::words::position;
use super::{Passage, senders};
use crate::address::{EmailAddress, Owner};
use crate::message::Message;
use crate::message::icalendar::Attendee;

/// Where words stand, and the words.
pub type Words = (&'static str, String);

/// Words that put the owner on the interviewers' side, or name somebody else as the candidate; nothing where the owner is
/// named as the candidate.
pub fn other(
    message: &Message,
    passages: &[Passage],
    circle: &Circle<'_>,
    owner: &Owner,
    stages: &dyn Fn(&str) -> bool,
) -> Option<Words> {
    if is_candidate(passages, owner) || is_titled(message, passages, owner) {
        return None;
    }
    let told = || {
        let owner_is_told = circle.owner_is_told();
        owner_is_told.then(|| ("text", format!("{} is named as an interviewer", owner.name)))
    };
    let organizes = || {
        let own = organizers(message).filter_map(|o| o.address.as_ref()).any(|a| owner.has(a));
        own.then(|| ("text/calendar ORGANIZER", "the owner invites".to_owned()))
    };
    told()
        .or_else(organizes)
        .or_else(|| in_text(message, passages, owner))
        .or_else(|| titled(message, passages, circle, owner, stages))
}

/// The same by the words alone, and by whom the message was sent to.
pub fn in_text(message: &Message, passages: &[Passage], owner: &Owner) -> Option<Words> {
    // "You're interviewing for the role", or "with Jane", is what a candidate does.
    let others = |p: &Passage, hit: &Hit| {
        ![" for ", " with ", " at "].iter().any(|word| p.folded[hit.end..].starts_with(word))
    };
    let mut texts = passages.iter();
    let said = texts.find_map(|p| {
        p.all(List::OwnerInterviews)
            .find(|hit| others(p, hit))
            .map(|hit| (p.source, p.quote(hit, 80)))
    });
    said.or_else(|| labelled(passages, owner))
        .or_else(|| named_candidate(passages, owner))
        .or_else(|| another_is_addressed(message, owner))
        .or_else(|| passed_on(message, passages, owner))
}

/// Whether a text names the owner as the candidate: "Candidate: Devon Park".
fn is_candidate(passages: &[Passage], owner: &Owner) -> bool {
    behind_label(passages).any(|(_, named)| names_owner(&named, owner))
}

/// Whether a title that speaks of an interview names the owner and nobody who invites: "Interview - L Drummond".
fn is_titled(message: &Message, passages: &[Passage], owner: &Owner) -> bool {
    let name = fold(&owner.name);
    let last = name.rsplit(' ').next().unwrap_or("");
    let guests = message.calendars.iter().flat_map(|c| &c.events).flat_map(|e| &e.attendees);
    let others: Vec<String> = organizers(message)
        .chain(guests)
        .filter(|a| a.address.as_ref().is_some_and(|x| !owner.has(x)))
        .filter_map(|a| a.name.as_deref())
        .map(|n| fold(&display::plain_name(n)))
        .collect();
    let of_others = |text: &str| {
        others.iter().any(|n| first_name(n).len() > 1 && position(text, first_name(n)).is_some())
    };
    passages.iter().filter(|p| p.title && p.has(List::Interview)).any(|p| {
        let words = p.folded.split_whitespace().filter(|w| !w.contains('@'));
        let title = words.collect::<Vec<_>>().join(" ");
        last.chars().count() > 2 && has_own_name(&title, &name, last) && !of_others(&title)
    })
}

/// Whether a title has the owner's last name behind the first one or its initial: of a family, others are called so too.
fn has_own_name(title: &str, name: &str, last: &str) -> bool {
    let Some(at) = position(title, last) else { return false };
    let before = title[..at].trim_end_matches([' ', '.']);
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    let initial = word.chars().count() == 1 && name.starts_with(word);
    initial || position(title, first_name(name)).is_some()
}

/// What stands behind "Candidate:" and the like, up to the end of its line.
fn behind_label(passages: &[Passage]) -> impl Iterator<Item = (&Passage, String)> {
    passages.iter().flat_map(|p| {
        p.all(List::Candidate).map(move |hit| {
            let end = p.line(hit.start).end.max(hit.end);
            let named: String = p.folded[hit.end..end].chars().take(60).collect();
            (p, named)
        })
    })
}

/// "Candidate:" and somebody else's name.
fn labelled(passages: &[Passage], owner: &Owner) -> Option<Words> {
    let (passage, named) = behind_label(passages)
        .find(|(_, named)| !names_owner(named, owner) && named.chars().any(char::is_alphabetic))?;
    Some((passage.source, format!("candidate: {}", named.trim())))
}

/// Whether folded text has the owner's first or last name.
pub fn names_owner(folded: &str, owner: &Owner) -> bool {
    let name = fold(&owner.name);
    let last = name.rsplit(' ').next().unwrap_or("");
    let unspaced = name.replace(' ', "");
    let whole = !name.is_ascii() && (folded.contains(&name) || folded.contains(&unspaced));
    let has = |part: &str| part.chars().count() > 1 && position(folded, part).is_some();
    whole || has(first_name(&name)) || has(last)
}

/// Whether a text is nothing but the owner's name, or a part of it: "Mirela Kovač", "Mirela K.".
pub fn is_owners_name(text: &str, owner: &Owner) -> bool {
    let own: Vec<String> = owner.name.split_whitespace().map(squash).collect();
    let mut words = text.split_whitespace().map(squash).filter(|w| !w.is_empty()).peekable();
    let known = |w: String| {
        own.iter().any(|o| *o == w || (w.chars().count() == 1 && o.starts_with(w.as_str())))
    };
    words.peek().is_some() && words.all(known)
}

/// Whether folded text has the owner's whole name, in whatever order.
pub fn names_owner_fully(folded: &str, owner: &Owner) -> bool {
    let name = fold(&owner.name);
    let has = |part: &str| position(folded, part).is_some();
    let parts: Vec<&str> = name.split(' ').collect();
    match parts.as_slice() {
        [] => false,
        [only] => has(only),
        [first, .., last] => (has(first) && has(last)) || folded.contains(&name.replace(' ', "")),
    }
}

/// "Panel for candidate Jane Roe": somebody else's name behind the word, which in running text begins with a small letter.
fn named_candidate(passages: &[Passage], owner: &Owner) -> Option<Words> {
    const WORDS: [&str; 9] = [
        "candidate",
        "applicant",
        "interviewee",
        "kandidat",
        "kandidatin",
        "bewerber",
        "bewerberin",
        "candidato",
        "candidata",
    ];
    passages.iter().find_map(|passage| {
        let words: Vec<&str> = passage.plain.split_whitespace().collect();
        let named = words.windows(3).find(|w| {
            let says = WORDS.contains(&lower(w[0]).as_str());
            says && display::is_name_word(w[1])
                && display::is_name_word(w[2].trim_end_matches(['.', ',', ')']))
        })?;
        let name = named[1..].join(" ");
        let other = !names_owner(&fold(&name), owner);
        other.then(|| (passage.source, format!("{} {name}", named[0])))
    })
}

/// "Interview: Rosa Villanueva - Firmware Engineer": a title that names a person who does not invite, and not the owner.
fn titled(
    message: &Message,
    passages: &[Passage],
    circle: &Circle<'_>,
    owner: &Owner,
    stages: &dyn Fn(&str) -> bool,
) -> Option<Words> {
    let titles = || passages.iter().filter(|p| p.title);
    if titles().any(|p| names_owner(&p.folded, owner)) || speaks_to_candidate(passages) {
        return None;
    }
    let hosts: Vec<EmailAddress> = organizers(message).filter_map(|o| o.address.clone()).collect();
    let domains: Vec<String> = hosts.iter().map(EmailAddress::registered_domain).collect();
    titles().filter(|p| p.has(List::Interview) || p.has(List::Hiring)).find_map(|passage| {
        let name = guests_name(message, passage, owner, &domains)
            .or_else(|| named_alone(message, passage, circle, owner, stages))?;
        Some((passage.source, format!("{name} is the candidate")))
    })
}

/// A guest in the title from another house than the organizer's: the candidate of the others.
fn guests_name(
    message: &Message,
    passage: &Passage,
    owner: &Owner,
    hosts: &[String],
) -> Option<String> {
    let events = message.calendars.iter().flat_map(|c| &c.events);
    events.flat_map(|e| &e.attendees).find_map(|guest| {
        let address = guest.address.as_ref().filter(|a| !owner.has(a))?;
        let name = display::plain_name(guest.name.as_deref()?);
        let outside = !hosts.contains(&address.registered_domain());
        let private = senders::is_free_mail(address);
        let own_house =
            private || owner.addresses.iter().any(|a| hosts.contains(&a.registered_domain()));
        let in_title = name.contains(' ') && position(&passage.folded, &fold(&name)).is_some();
        (in_title && outside && own_house).then_some(name)
    })
}

/// A piece of the title that is the name of nobody known, and stands behind no "with".
fn named_alone(
    message: &Message,
    passage: &Passage,
    circle: &Circle<'_>,
    owner: &Owner,
    stages: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let title = passage.plain.split(" @ ").next().unwrap_or(&passage.plain);
    let known: Vec<String> = message
        .calendars
        .iter()
        .flat_map(|c| &c.events)
        .flat_map(|e| e.organizer.iter().chain(&e.attendees))
        .filter_map(|a| a.name.as_deref())
        .chain(message.from.iter().chain(&message.reply_to).filter_map(|p| p.name.as_deref()))
        .map(|n| fold(&display::plain_name(n)))
        .chain([circle.company.clone()])
        .filter(|n| !n.is_empty())
        .collect();
    let pieces = title.split([':', '(', ')', '|', ',', '/']).flat_map(|p| p.split(" - "));
    pieces.map(str::trim).find_map(|piece| {
        let words: Vec<&str> = piece.split(' ').collect();
        let name_like = (2..=3).contains(&words.len())
            && words.iter().all(|w| display::is_name_word(w) && !stages(w));
        let folded = fold(piece);
        let is_known = known
            .iter()
            .any(|k| *k == folded || k.contains(&folded) || folded.contains(k.as_str()));
        let in_text = person_in_text(piece, message);
        (name_like && !is_known && in_text && !names_owner(&folded, owner))
            .then(|| piece.to_owned())
    })
}

/// Whether the text speaks of the name as of a person: by the first name alone, too, or with an address that spells it.
fn person_in_text(name: &str, message: &Message) -> bool {
    let text = fold(&format!(
        "{} {}",
        message.text.new,
        message
            .calendars
            .iter()
            .flat_map(|c| &c.events)
            .map(|e| e.description.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    ));
    let folded = fold(name);
    let without = text.replace(&folded, " ");
    let first = first_name(&folded);
    let pronoun = ["his", "her", "their", "he", "she", "cv", "resume", "résumé"]
        .iter()
        .any(|w| position(&without, w).is_some());
    let alone = position(&without, first).is_some();
    let interviewed = position(&text, &format!("interviewing {folded}")).is_some();
    alone || interviewed || (pronoun && position(&text, &folded).is_some())
}

/// Whether a text speaks to the owner as the candidate.
pub fn speaks_to_candidate(passages: &[Passage]) -> bool {
    passages.iter().any(|p| !p.title && p.has(List::ToCandidate))
}

fn organizers(message: &Message) -> impl Iterator<Item = &Attendee> {
    message.calendars.iter().flat_map(|c| &c.events).filter_map(|e| e.organizer.as_ref())
}

/// The organizer works where the owner does: an own domain that names an employer.
pub fn from_colleague(message: &Message, owner: &Owner) -> bool {
    let own = |domain: &str| {
        owner
            .addresses
            .iter()
            .any(|a| !senders::is_free_mail(a) && a.domain().eq_ignore_ascii_case(domain))
    };
    let attendees = message.calendars.iter().flat_map(|c| &c.events).flat_map(|e| &e.attendees);
    let others = organizers(message)
        .chain(attendees)
        .filter_map(|a| a.address.as_ref())
        .filter(|a| !owner.has(a) && !senders::is_service(a));
    let mut others = others.peekable();
    others.peek().is_some() && others.all(|a| own(a.domain()))
}

/// An invitation that one of its guests passed on: it is theirs.
fn passed_on(message: &Message, passages: &[Passage], owner: &Owner) -> Option<Words> {
    let from = message.from.as_ref()?.address.as_ref().filter(|a| !owner.has(a))?;
    let events: Vec<_> = message.calendars.iter().flat_map(|c| &c.events).collect();
    let guests: Vec<_> =
        events.iter().flat_map(|e| &e.attendees).filter_map(|a| a.address.as_ref()).collect();
    let organizes = events
        .iter()
        .filter_map(|e| e.organizer.as_ref())
        .any(|o| o.address.as_ref() == Some(from) || o.sent_by.as_ref() == Some(from));
    let titled = passages.iter().any(|p| p.title && names_owner_fully(&p.folded, owner));
    let theirs =
        !titled && !organizes && guests.contains(&from) && !guests.iter().any(|a| owner.has(a));
    let of_own_house =
        owner.addresses.iter().any(|a| a.domain().eq_ignore_ascii_case(from.domain()));
    let private = senders::is_free_mail(from) || of_own_house;
    (theirs && (private || !speaks_to_candidate(passages)))
        .then(|| ("From, ATTENDEE", format!("passed on by {from}, who was invited")))
}

/// The invitation names people, none of them the owner, and was not addressed to the owner either.
fn another_is_addressed(message: &Message, owner: &Owner) -> Option<Words> {
    let named = |a: &&EmailAddress| owner.has(a);
    let attendees: Vec<_> = message
        .calendars
        .iter()
        .flat_map(|c| &c.events)
        .flat_map(|e| &e.attendees)
        .filter_map(|a| a.address.as_ref())
        .collect();
    let header: Vec<_> =
        message.to.iter().chain(&message.cc).filter_map(|p| p.address.as_ref()).collect();
    if attendees.is_empty()
        || header.is_empty()
        || attendees.iter().any(named)
        || header.iter().any(named)
        || message.delivered_to.iter().any(|a| owner.has(a))
    {
        return None;
    }
    let to = header.first().map(ToString::to_string).unwrap_or_default();
    Some(("To, ATTENDEE", format!("addressed to {to}, not to the owner")))
}
