//! Follow-ups when nothing is heard: one five business days after the thanks, one two weeks after that, and never a third.
//!
//! One for an interview, however many were thanked: to whoever arranged it if they were written to, else to the first. A letter
//! that must not be is worse than a missed one, so in doubt something counts as an answer.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::own::Letters;
use super::{FollowUp, Known, OWNER_WROTE, debt, owed};
use crate::address::EmailAddress;
use crate::extract::{Findings, Verdict, lexicon, senders};
use crate::folder::Role;
use crate::interview::{Interview, same_company};
use crate::ledger::{Decision, Entry, Kind, State};

/// Business days from the thanks to the first, and from that to the second: a week, and two more.
const FIRST: u32 = 5;
const SECOND: u32 = 10;
/// So long after it fell due one is still drafted: the date of a reminder matters less than that of thanks.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Interviews that were over longer ago owe none.
const KEEP: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Why a draft is taken back when somebody has answered.
const ANSWERED: &str = "an answer came";

/// The follow-up that an interview owes, if the owner wishes any, the thanks went out and nobody answered.
pub(super) fn owed(
    known: &Known<'_>,
    letters: &Letters<'_>,
    interview: &Interview,
    now: Timestamp,
) -> Option<FollowUp> {
    let over = interview.over().filter(|over| now.duration_since(*over) < KEEP)?;
    if !known.policy.check_in || has_later_round(known, interview) {
        return None;
    }
    let (thanked, sent) = thanked(known, letters, interview, over)?;
    let (kind, since) = next(known, letters, interview, sent)?;
    if letters.is_drafted(&thanked.address, since) || is_answered(known, interview, over) {
        return None;
    }
    let days = if kind == Kind::CheckIn { FIRST } else { SECOND };
    let due = business_days(since, days, &known.owner.time_zone);
    let one = FollowUp {
        kind,
        due,
        on_behalf: Vec::new(),
        doubts: Vec::new(),
        replaces: None,
        ..thanked
    };
    let (uids, threads) = (one.uids(), one.threads());
    let debt = debt(&one, &uids, &threads);
    let revision = known.ledger.revision(&debt);
    known.ledger.settles(&debt).is_none().then_some(FollowUp { revision, ..one })
}

/// Why a saved follow-up should be taken back, if somebody wrote since.
pub(super) fn gone(
    known: &Known<'_>,
    letters: &Letters<'_>,
    entry: &Entry,
    news: Timestamp,
) -> Option<String> {
    let person = entry.person.address.as_ref()?;
    if letters.written_lately(person, entry.start, entry.over, news) {
        return Some(OWNER_WROTE.to_owned());
    }
    let interview = known.interviews.iter().find(|i| is_of(entry, i))?;
    is_answered(known, interview, entry.over).then(|| ANSWERED.to_owned())
}

/// Whom a follow-up goes to, and when the last of those who were thanked was written to.
fn thanked(
    known: &Known<'_>,
    letters: &Letters<'_>,
    interview: &Interview,
    over: Timestamp,
) -> Option<(FollowUp, Timestamp)> {
    let debts = owed::debts(known, interview, over).into_iter().filter(|d| d.kind != Kind::Call);
    let mut thanked: Vec<(FollowUp, Timestamp)> = debts
        .filter_map(|d| letters.last_to(&d.address, d.last_start()).map(|sent| (d, sent)))
        .collect();
    let last = thanked.iter().map(|(_, sent)| *sent).max()?;
    let contact = interview.contact.as_ref().and_then(|p| p.address.as_ref());
    let index = thanked.iter().position(|(d, _)| Some(&d.address) == contact).unwrap_or(0);
    Some((thanked.swap_remove(index).0, last))
}

/// Which follow-up comes next, and since when nothing was heard. The second comes only where the first went out.
fn next(
    known: &Known<'_>,
    letters: &Letters<'_>,
    interview: &Interview,
    sent: Timestamp,
) -> Option<(Kind, Timestamp)> {
    let entry = |kind: Kind| {
        known.ledger.entries().find(|e| e.kind == kind && e.counts() && is_of(e, interview))
    };
    let Some(first) = entry(Kind::CheckIn) else { return Some((Kind::CheckIn, sent)) };
    if entry(Kind::CheckInAgain).is_some() {
        return None;
    }
    let State::Decided { how, .. } = &first.state else { return None };
    let went_out = known.findings.iter().map(|f| &f.origin).find(|o| {
        o.role == Role::Sent && o.message_id.as_deref() == Some(first.message_id.as_str())
    });
    // A mail program that edits a draft may send it under another Message-ID.
    let otherwise = || {
        let person = first.person.address.as_ref()?;
        letters.last_to(person, first.at()).filter(|_| *how != Decision::Written)
    };
    let since = went_out.map(|o| o.date).or_else(otherwise)?;
    Some((Kind::CheckInAgain, since.max(sent)))
}

fn is_of(entry: &Entry, interview: &Interview) -> bool {
    interview.sessions.iter().any(|s| s.uids().any(|uid| entry.uids.contains(uid)))
}

fn has_later_round(known: &Known<'_>, interview: &Interview) -> bool {
    let is_earlier = |other: &Interview| other.earlier.iter().any(|m| m.interview == interview.id);
    known.interviews.iter().any(is_earlier)
}

/// Whether anybody of the process wrote since the interview was over.
fn is_answered(known: &Known<'_>, interview: &Interview, over: Timestamp) -> bool {
    let process = Process::of(interview);
    known.findings.iter().any(|f| f.origin.date >= over && process.is_answer(f))
}

/// What a message of an interview's process is known by.
struct Process<'a> {
    interview: &'a Interview,
    people: Vec<&'a EmailAddress>,
    houses: Vec<String>,
    company: Option<String>,
}

impl<'a> Process<'a> {
    fn of(interview: &'a Interview) -> Self {
        let met = interview.sessions.iter().flat_map(|s| &s.interviewers);
        let people: Vec<&EmailAddress> =
            met.chain(&interview.contact).filter_map(|p| p.address.as_ref()).collect();
        let of_house = |a: &&&EmailAddress| !senders::is_free_mail(a) && !senders::is_service(a);
        let houses = people.iter().filter(of_house).map(|a| a.registered_domain()).collect();
        let company = interview.company.as_deref().map(lexicon::fold);
        Self { interview, people, houses, company }
    }

    fn is_answer(&self, findings: &Findings) -> bool {
        let origin = &findings.origin;
        if origin.by_owner || origin.role == Role::Drafts {
            return false;
        }
        // An absence note says nothing of the application.
        if origin.automatic && findings.verdict == Verdict::None && !findings.own {
            return false;
        }
        let from = origin.from.as_ref().and_then(|p| p.address.as_ref());
        let known = |a: &EmailAddress| {
            self.people.contains(&a) || self.houses.contains(&a.registered_domain())
        };
        let in_thread = || origin.references.iter().any(|id| self.interview.messages.contains(id));
        from.is_some_and(known) || in_thread() || self.names(findings)
    }

    /// Whether it is about an application to this company; one that names none may be.
    fn names(&self, findings: &Findings) -> bool {
        let company = findings.company.as_deref().map(lexicon::fold);
        match (company, &self.company) {
            (Some(one), Some(other)) => same_company(&one, other),
            _ => findings.own && findings.verdict == Verdict::None,
        }
    }
}

/// The same time of day, so many days from Monday to Friday later.
fn business_days(from: Timestamp, count: u32, zone: &TimeZone) -> Timestamp {
    let mut day = from.to_zoned(zone.clone());
    let mut left = count;
    while left > 0 {
        let Ok(next) = day.checked_add(1.day()) else { return Timestamp::MAX };
        day = next;
        left -= u32::from(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
    }
    day.timestamp()
}
