//! All [`Findings`] to interviews: a pure fold.
//!
//! Interviews are never stored; [`merge`](merge::merge) computes them each time. So nothing can drift, and the same
//! messages in any order of arrival give the same interviews.

mod agree;
mod aside;
mod calendar;
pub mod directory;
pub mod merge;
pub mod note;
mod relation;
mod words;

use jiff::{SignedDuration, Timestamp};

use crate::address::{EmailAddress, Person};
use crate::extract::{Findings, Medium, Number};
use crate::folder::Role;

pub use merge::merge;
pub use note::{Forgotten, Note};
pub use relation::same_company;

/// How long a session is taken to last where nobody said.
pub const USUAL_LENGTH: SignedDuration = SignedDuration::from_mins(60);

/// One conversation of an interview, as all messages together give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// UID of the calendar object; where only words speak of it, a name made of the first message that does.
    pub uid: String,
    /// RECURRENCE-ID, printed.
    pub recurrence_id: Option<String>,
    /// Further names of the same session: of other calendar objects, and of words before there was one.
    pub also: Vec<String>,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends, if that is known.
    pub end: Option<Timestamp>,
    /// Whom the owner talks with.
    pub interviewers: Vec<Person>,
    /// What became of it.
    pub standing: Standing,
    /// What the owner should look at before sending a letter: each becomes a reason for the star.
    pub doubts: Vec<String>,
    /// Why it is what it is, one line each, with the Message-IDs.
    pub because: Vec<String>,
    /// When the last message about it arrived.
    pub told: Timestamp,
    /// When its present time was told, by the sender's own clock.
    pub sent: Timestamp,
    /// The threads in which it was arranged: the Message-IDs of their first mails.
    pub threads: Vec<String>,
}

/// What became of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It takes place, or took place.
    Stands,
    /// It was called off.
    CalledOff,
    /// The owner declined it.
    Declined,
}

impl Session {
    /// Every name it has: of its calendar objects, and of words before there was one.
    pub fn uids(&self) -> impl Iterator<Item = &String> {
        [&self.uid].into_iter().chain(&self.also)
    }

    /// When it is over: its end, or its start and the usual length.
    pub fn over(&self) -> Timestamp {
        self.end.unwrap_or_else(|| later(self.start, USUAL_LENGTH))
    }
}

/// Where an interview stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Something of it lies ahead.
    Upcoming,
    /// All that took place of it is over.
    Over,
    /// None of it takes place.
    Cancelled,
}

impl Status {
    /// As `preview --json` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Over => "over",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One company's interview of the owner on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interview {
    /// A short stable name for it: of its first calendar object, or of the first message that speaks of it.
    pub id: String,
    /// Every name that it, or a part of it, ever had: a name that was once printed still finds it.
    pub ids: Vec<String>,
    /// The company, if any message names it.
    pub company: Option<String>,
    /// The position, if any message names it.
    pub role: Option<String>,
    /// How it is held.
    pub medium: Option<Medium>,
    /// Who arranges it.
    pub contact: Option<Person>,
    /// Its sessions, by start.
    pub sessions: Vec<Session>,
    /// The account whose Drafts the letters belong into.
    pub account: String,
    /// The owner's address that was invited.
    pub invited_as: Option<EmailAddress>,
    /// The language of the first message that speaks of it.
    pub language: String,
    /// Whether the messages call the owner by the first name.
    pub first_names: bool,
    /// Earlier interviews with the same company, oldest first.
    pub earlier: Vec<Meeting>,
    /// The Message-IDs of the messages that speak of it, without angle brackets.
    pub messages: Vec<String>,
    /// The keys of these messages ([`Origin::key`](crate::extract::Origin::key)).
    pub members: Vec<String>,
    /// What the owner forgot to say, in the order in which it was told.
    pub notes: Vec<Forgotten>,
    /// Telephone numbers of those who talk with the owner.
    pub numbers: Vec<Number>,
}

/// An earlier interview, as a later one knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Its id.
    pub interview: String,
    /// When it was over.
    pub over: Timestamp,
    /// Who was met.
    pub people: Vec<Person>,
}

impl Interview {
    /// Where it stands at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        let mut standing = self.standing().peekable();
        if standing.peek().is_none() {
            return Status::Cancelled;
        }
        if standing.all(|s| s.over() <= now) { Status::Over } else { Status::Upcoming }
    }

    /// Whether it is, or ever was, printed under this id: after interviews were joined each of their ids still leads here.
    pub fn is_called(&self, id: &str) -> bool {
        self.id == id || self.ids.iter().any(|i| i == id)
    }

    /// The telephone number of somebody who takes part, if any message gives it.
    pub fn number(&self, person: &Person) -> Option<&str> {
        let name = person.name.as_deref()?;
        let fits = |n: &&Number| directory::fit(&n.name, name).is_some();
        self.numbers.iter().find(fits).map(|n| n.number.as_str())
    }

    /// The sessions that take place.
    pub fn standing(&self) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(|s| s.standing == Standing::Stands)
    }

    /// When the last of them is over; `None` where none takes place.
    pub fn over(&self) -> Option<Timestamp> {
        self.standing().map(Session::over).max()
    }
}

/// `instant + span`, at the end of time where that lies beyond it.
pub fn later(instant: Timestamp, span: SignedDuration) -> Timestamp {
    instant.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// A mail older than this is of another matter, and a letter of thanks does not answer it.
const SAME_MATTER: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The newest mail that a person wrote to the owner by hand before `now`, but not long before: what a letter to them answers.
pub fn last_by_hand<'a>(
    findings: impl Iterator<Item = &'a Findings>,
    person: &EmailAddress,
    now: Timestamp,
) -> Option<&'a Findings> {
    findings
        .filter(|f| {
            f.origin.by_hand
                && !f.origin.by_owner
                && f.origin.arrived <= now
                && now.duration_since(f.origin.arrived) <= SAME_MATTER
                && f.origin.message_id.is_some()
        })
        .filter(|f| f.origin.from.as_ref().and_then(|p| p.address.as_ref()) == Some(person))
        .max_by_key(|f| (f.origin.date, f.origin.key.clone()))
}

/// The newest mail that the owner wrote to a person since `over` and before `now`: what a letter that asks how things stand
/// goes on from.
pub fn last_by_owner<'a>(
    findings: impl Iterator<Item = &'a Findings>,
    person: &EmailAddress,
    over: Timestamp,
    now: Timestamp,
) -> Option<&'a Findings> {
    let sent = |f: &&Findings| {
        let origin = &f.origin;
        let written = origin.by_owner && origin.role != Role::Drafts && !origin.automatic;
        written && origin.message_id.is_some() && origin.recipients.contains(person)
    };
    let since = |f: &&Findings| (over..=now).contains(&f.origin.date);
    findings.filter(sent).filter(since).max_by_key(|f| (f.origin.date, f.origin.key.clone()))
}

/// The messages that speak of an interview.
pub fn speaking_of<'a>(
    findings: impl Iterator<Item = &'a Findings>,
    interview: &Interview,
) -> impl Iterator<Item = &'a Findings> {
    let of_session = |uid: &str| interview.sessions.iter().any(|s| s.uid == uid);
    let by_id = |f: &Findings| {
        f.origin.message_id.as_ref().is_some_and(|id| interview.messages.contains(id))
    };
    findings.filter(move |f| by_id(f) || f.objects.iter().any(|o| of_session(&o.uid)))
}
