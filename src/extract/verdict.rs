//! Is it an interview, of the owner, as candidate? The words decide, and say so.

use std::collections::BTreeSet;

use super::itip::{Method, Object};
use super::lexicon::{Hit, Lexicon, List};
use super::{Evidence, Passage, Verdict, employer, people, senders};
use crate::address::Owner;
use crate::message::Message;

/// From this weight of words on, an invitation is one to an interview.
const ENOUGH: i32 = 3;

/// What no sum of words outweighs.
const NEVER: i32 = 100;

/// Judges a message by its calendar objects and its words.
pub fn judge(
    message: &Message,
    objects: &[Object],
    passages: &[Passage],
    owner: &Owner,
    lexicon: &Lexicon,
    evidence: &mut Vec<Evidence>,
) -> Verdict {
    let steps: Vec<&Object> =
        objects.iter().filter(|o| matches!(o.method, Method::Request | Method::Cancel)).collect();
    if steps.is_empty() {
        return Verdict::None;
    }
    let mut say = |verdict: &str, source: &str, quoted: String| {
        evidence.push(Evidence {
            field: "verdict".into(),
            value: verdict.into(),
            source: source.into(),
            quote: quoted,
        });
    };
    if steps.iter().all(|o| o.recurring) {
        say("none", "text/calendar RRULE", "a series is no interview".into());
        return Verdict::None;
    }
    if let Some((source, words)) = other_side(message, passages, owner) {
        say("none", source, words);
        return Verdict::None;
    }
    let weight = weigh(message, passages, owner, lexicon);
    if weight.total < ENOUGH || weight.hiring == 0 {
        let (source, words) =
            weight.against.or(weight.best).unwrap_or(("text", "no words of an interview".into()));
        say("none", source, words);
        return Verdict::None;
    }
    let (source, words) = weight.best.unwrap_or(("text", String::new()));
    let verdict = kind(&steps);
    say(name(verdict), source, words);
    verdict
}

fn kind(steps: &[&Object]) -> Verdict {
    let definite = |o: &&&Object| o.start.is_some();
    if steps.iter().filter(definite).any(|o| o.method == Method::Request) {
        return Verdict::Scheduled;
    }
    if steps.iter().any(|o| o.method == Method::Cancel) {
        return Verdict::Cancelled;
    }
    Verdict::Proposed
}

/// As `inspect --json` names it.
pub fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Scheduled => "scheduled",
        Verdict::Cancelled => "cancelled",
        Verdict::Proposed => "proposed",
        Verdict::None => "none",
    }
}

/// What the words weigh together.
#[derive(Default)]
struct Weight {
    total: i32,
    hiring: i32,
    best: Option<(&'static str, String)>,
    against: Option<(&'static str, String)>,
}

impl Weight {
    fn add(&mut self, points: i32, passage: &Passage, at: Hit) {
        self.total += points;
        self.hiring += points;
        if self.best.is_none() {
            self.best = Some((passage.source, passage.quote(at, 100)));
        }
    }
}

impl Weight {
    /// Words of something else: more in a title, and more where several of them stand together. Where no position is named
    /// they weigh more still, and in a title outweigh everything.
    fn against(&mut self, reason: &str, list: List, passages: &[Passage], role: bool) {
        let titled = first(list, passages, true);
        let Some((passage, at)) = titled.or_else(|| first(list, passages, false)) else { return };
        let terms: BTreeSet<&str> = passages
            .iter()
            .flat_map(|p| p.all(list).map(|hit| &p.folded[hit.start..hit.end]))
            .collect();
        let others = terms.len().min(3) - 1;
        self.total -= match (titled.is_some(), role) {
            (true, false) => NEVER,
            (true, true) | (false, false) => 5,
            (false, true) => 3,
        };
        self.total -= if others > 1 { 4 } else { 2 * i32::from(others == 1) };
        let words = passage.quote(at, 80);
        self.against = Some((passage.source, format!("{reason}: {words}")));
    }
}

/// A title weighs more than running text; the same kind of word counts once in each.
fn weigh(message: &Message, passages: &[Passage], owner: &Owner, lexicon: &Lexicon) -> Weight {
    let mut weight = Weight::default();
    for (list, in_title, in_text) in
        [(List::Interview, 3, 2), (List::Hiring, 2, 1), (List::Job, 1, 1)]
    {
        if let Some((p, at)) = first(list, passages, true) {
            weight.add(in_title, p, at);
        }
        if let Some((p, at)) = first(list, passages, false) {
            weight.add(in_text, p, at);
        }
    }
    let role_in =
        |title: bool| passages.iter().any(|p| p.title == title && employer::has_role(p, lexicon));
    let (title_role, text_role) = (role_in(true), role_in(false));
    weight.total += if title_role { 2 } else { i32::from(text_role) };
    weight.total += i32::from(passages.iter().any(|p| p.title && names_owner(&p.folded, owner)));
    let named = title_role || text_role;
    for (number, reason) in (0..).zip(&lexicon.reasons) {
        weight.against(reason, List::Other(number), passages, named);
    }
    if from_colleague(message, owner) {
        weight.total -= 3;
    }
    weight
}

fn first(list: List, passages: &[Passage], title: bool) -> Option<(&Passage, Hit)> {
    passages.iter().filter(|p| p.title == title).find_map(|p| Some((p, p.first(list)?)))
}

fn names_owner(folded: &str, owner: &Owner) -> bool {
    let name = super::lexicon::fold(&owner.name);
    let first = people::first_name(&name);
    !first.is_empty() && folded.split(|c: char| !c.is_alphanumeric()).any(|w| w == first)
}

/// The organizer works where the owner does: an own domain that names an employer.
fn from_colleague(message: &Message, owner: &Owner) -> bool {
    let own = |domain: &str| {
        owner
            .addresses
            .iter()
            .any(|a| !senders::is_free_mail(a) && a.domain().eq_ignore_ascii_case(domain))
    };
    let organizers = message
        .calendars
        .iter()
        .flat_map(|c| &c.events)
        .filter_map(|e| e.organizer.as_ref()?.address.as_ref());
    organizers.clone().next().is_some() && organizers.into_iter().all(|a| own(a.domain()))
}

/// Words that put the owner on the interviewers' side, or name somebody else as the candidate.
pub(super) fn other_side(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
) -> Option<(&'static str, String)> {
    // "You're interviewing for the role" is what a candidate does.
    let others = |p: &&Passage, hit: &Hit| !p.folded[hit.end..].starts_with(" for ");
    let found = passages
        .iter()
        .find_map(|p| p.all(List::OwnerInterviews).find(|hit| others(&p, hit)).map(|hit| (p, hit)));
    if let Some((p, at)) = found {
        return Some((p.source, p.quote(at, 80)));
    }
    for passage in passages {
        let Some(hit) = passage.first(List::Candidate) else { continue };
        let named: String = passage.folded[hit.end..].chars().take(60).collect();
        if !names_owner(&named, owner) && named.chars().any(char::is_alphabetic) {
            return Some((passage.source, format!("candidate: {}", named.trim())));
        }
    }
    named_candidate(passages, owner)
        .or_else(|| another_is_addressed(message, owner))
        .or_else(|| passed_on(message, owner))
}

/// "Panel for candidate Jane Roe": somebody else's name behind the word, which in running text begins with a small letter.
fn named_candidate(passages: &[Passage], owner: &Owner) -> Option<(&'static str, String)> {
    let capital = |w: &str| w.chars().next().is_some_and(char::is_uppercase);
    passages.iter().find_map(|passage| {
        let words: Vec<&str> = passage.text.split_whitespace().collect();
        let named = words.windows(3).find(|w| {
            matches!(w[0], "candidate" | "applicant" | "interviewee")
                && capital(w[1])
                && capital(w[2])
        })?;
        let name = named[1..].join(" ");
        let other = !names_owner(&super::lexicon::fold(&name), owner);
        other.then(|| (passage.source, format!("{} {name}", named[0])))
    })
}

/// An invitation that one of its guests passed on from a private address, or from the owner's own house: it is theirs.
fn passed_on(message: &Message, owner: &Owner) -> Option<(&'static str, String)> {
    let from = message.from.as_ref()?.address.as_ref().filter(|a| !owner.has(a))?;
    let events: Vec<_> = message.calendars.iter().flat_map(|c| &c.events).collect();
    let guests: Vec<_> =
        events.iter().flat_map(|e| &e.attendees).filter_map(|a| a.address.as_ref()).collect();
    let organizes = events
        .iter()
        .filter_map(|e| e.organizer.as_ref())
        .any(|o| o.address.as_ref() == Some(from) || o.sent_by.as_ref() == Some(from));
    let of_own_house =
        owner.addresses.iter().any(|a| a.domain().eq_ignore_ascii_case(from.domain()));
    let private = senders::is_free_mail(from) || of_own_house;
    let theirs =
        private && !organizes && guests.contains(&from) && !guests.iter().any(|a| owner.has(a));
    theirs.then(|| ("From, ATTENDEE", format!("passed on by {from}, who was invited")))
}

/// The invitation names people, none of them the owner, and was not addressed to the owner either.
fn another_is_addressed(message: &Message, owner: &Owner) -> Option<(&'static str, String)> {
    let named = |a: &&crate::address::EmailAddress| owner.has(a);
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
