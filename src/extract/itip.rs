//! Calendar objects as steps of iTIP (RFC 5546): what each VEVENT asks, of whom, and with which people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lexicon::{Lexicon, List};
use super::people::Circle;
use super::{Evidence, Session};
use crate::address::{EmailAddress, Owner, Person};
use crate::message::Message;
use crate::message::icalendar::{Attendee, Calendar, Event, When};

/// What an object asks (RFC 5546 section 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// It schedules: REQUEST, ADD, or PUBLISH, which generators use for the same.
    Request,
    /// It calls off, wholly or for some attendees.
    Cancel,
    /// An attendee answers.
    Reply,
    /// COUNTER, DECLINECOUNTER, REFRESH: no schedule.
    Other,
}

impl Method {
    fn of(calendar: &Calendar, event: &Event) -> Self {
        match calendar.method.as_deref() {
            Some("CANCEL") => Self::Cancel,
            Some("REPLY") => Self::Reply,
            Some("COUNTER" | "DECLINECOUNTER" | "REFRESH") => Self::Other,
            _ if event.status.as_deref() == Some("CANCELLED") => Self::Cancel,
            _ => Self::Request,
        }
    }
}

/// One VEVENT, as far as it matters to what becomes of the interview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// UID.
    pub uid: String,
    /// RECURRENCE-ID, printed.
    pub recurrence_id: Option<String>,
    /// SEQUENCE.
    pub sequence: u32,
    /// DTSTAMP, else the message's Date.
    pub stamp: Option<Timestamp>,
    /// What it asks.
    pub method: Method,
    /// When it starts; `None` for an all-day hold or an unreadable one.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// A whole day is held, without times.
    pub all_day: bool,
    /// It recurs.
    pub recurring: bool,
    /// ORGANIZER and its SENT-BY.
    pub organizers: Vec<EmailAddress>,
    /// Every ATTENDEE's address.
    pub attendees: Vec<EmailAddress>,
    /// The owner's address that it names.
    pub owner: Option<EmailAddress>,
    /// The owner's PARTSTAT in it.
    pub owner_partstat: Option<String>,
    /// Whom the owner will talk with.
    pub interviewers: Vec<Person>,
    /// Whether the message's words speak of an interview of the owner.
    pub interview: bool,
    /// SUMMARY.
    #[serde(default)]
    pub summary: String,
}

/// How many interviewers of one object are kept.
const MAX_INTERVIEWERS: usize = 40;
/// How many characters of a title are kept.
const MAX_SUMMARY: usize = 200;
/// How many attendees of one object are kept.
const MAX_ATTENDEES: usize = 200;

/// The objects of a message, in order.
pub fn objects(
    message: &Message,
    circle: &Circle<'_>,
    owner: &Owner,
    lexicon: &Lexicon,
) -> Vec<Object> {
    let pairs = || message.calendars.iter().flat_map(|c| c.events.iter().map(move |e| (c, e)));
    let alone = pairs().filter(|(_, e)| !is_break(&e.summary, lexicon)).count() == 1;
    pairs()
        .filter(|(_, e)| !e.uid.is_empty())
        .map(|(c, e)| (e, object(c, e, message, circle.interviewers(e, alone), owner)))
        .filter(|(e, o)| !(o.interviewers.is_empty() && is_break(&e.summary, lexicon)))
        .map(|(_, object)| object)
        .collect()
}

/// The event of a message that has one only.
pub fn only(message: &Message) -> Option<&Event> {
    let mut events = message.calendars.iter().flat_map(|c| &c.events);
    let first = events.next()?;
    events.all(|e| e.uid == first.uid && e.start == first.start).then_some(first)
}

/// Sessions out of the text of an object, with their evidence.
pub fn laid_out(sessions: Vec<Session>, evidence: &mut Vec<Evidence>) -> Vec<Session> {
    evidence.push(Evidence {
        field: "verdict".to_owned(),
        value: "scheduled".to_owned(),
        source: "text/calendar DESCRIPTION".to_owned(),
        quote: format!("{} sessions are laid out in it", sessions.len()),
    });
    for (index, session) in sessions.iter().enumerate() {
        prove(index, session, "text/calendar DESCRIPTION", String::new(), evidence);
    }
    sessions
}

/// The evidence for one session.
fn prove(
    index: usize,
    session: &Session,
    source: &str,
    quote: String,
    evidence: &mut Vec<Evidence>,
) {
    let because = |field: String, value: String, quote: String| Evidence {
        field,
        value,
        source: source.to_owned(),
        quote,
    };
    evidence.push(because(format!("sessions[{index}].start"), session.start.to_string(), quote));
    for person in &session.interviewers {
        let name = person.name.clone().unwrap_or_default();
        let value = person.address.as_ref().map_or_else(|| name.clone(), ToString::to_string);
        evidence.push(because(format!("sessions[{index}].interviewers"), value, name));
    }
}

/// A lunch or a break: no conversation where nobody is named for it.
fn is_break(summary: &str, lexicon: &Lexicon) -> bool {
    lexicon.says(List::Break, &super::lexicon::fold(summary))
}

fn object(
    calendar: &Calendar,
    event: &Event,
    message: &Message,
    mut interviewers: Vec<Person>,
    owner: &Owner,
) -> Object {
    let own = |a: &&Attendee| a.address.as_ref().is_some_and(|x| owner.has(x));
    let own_entry = event.attendees.iter().find(own);
    interviewers.truncate(MAX_INTERVIEWERS);
    Object {
        uid: event.uid.clone(),
        recurrence_id: event.recurrence_id.map(printed),
        sequence: event.sequence,
        stamp: event.dtstamp.or(message.date),
        method: Method::of(calendar, event),
        start: instant(event.start),
        end: instant(event.end),
        all_day: matches!(event.start, Some(When::Day(_))),
        recurring: event.recurring,
        organizers: event
            .organizer
            .iter()
            .flat_map(|o| [o.address.clone(), o.sent_by.clone()])
            .flatten()
            .collect(),
        attendees: event
            .attendees
            .iter()
            .filter_map(|a| a.address.clone())
            .take(MAX_ATTENDEES)
            .collect(),
        owner: own_entry.and_then(|a| a.address.clone()).or_else(|| addressed(message, owner)),
        owner_partstat: own_entry.and_then(|a| a.partstat.clone()),
        interviewers,
        interview: false,
        summary: event.summary.chars().take(MAX_SUMMARY).collect(),
    }
}

/// The owner's address that the message reached, where the object does not name the owner (Bcc, a group).
fn addressed(message: &Message, owner: &Owner) -> Option<EmailAddress> {
    let named = message.to.iter().chain(&message.cc).filter_map(|p| p.address.as_ref());
    named.chain(&message.delivered_to).find(|a| owner.has(a)).cloned()
}

fn instant(when: Option<When>) -> Option<Timestamp> {
    match when {
        Some(When::Instant(t)) => Some(t),
        _ => None,
    }
}

fn printed(when: When) -> String {
    match when {
        When::Instant(t) => t.to_string(),
        When::Day(d) => d.to_string(),
    }
}

/// The sessions that the objects schedule or call off, as `asks` says: one per UID and RECURRENCE-ID, the newest version, in order of time.
pub fn sessions(objects: &[Object], asks: Method, evidence: &mut Vec<Evidence>) -> Vec<Session> {
    let mut newest: Vec<&Object> = Vec::new();
    for object in objects.iter().filter(|o| o.method == asks && o.start.is_some()) {
        match newest
            .iter_mut()
            .find(|o| o.uid == object.uid && o.recurrence_id == object.recurrence_id)
        {
            Some(known) if (known.sequence, known.stamp) < (object.sequence, object.stamp) => {
                *known = object;
            }
            Some(_) => {}
            None => newest.push(object),
        }
    }
    newest.sort_by_key(|o| (o.start, o.uid.clone()));
    let sessions: Vec<Session> = newest
        .iter()
        .filter_map(|o| {
            Some(Session { start: o.start?, end: o.end, interviewers: o.interviewers.clone() })
        })
        .collect();
    for (index, (session, object)) in sessions.iter().zip(&newest).enumerate() {
        let quote = format!("UID {} SEQUENCE {}", object.uid, object.sequence);
        prove(index, session, "text/calendar DTSTART, ATTENDEE, ORGANIZER", quote, evidence);
    }
    sessions
}
