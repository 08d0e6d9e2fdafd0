//! Saved drafts under new evidence: which should be taken back, and which be starred. Never because a rule changed.

use jiff::{SignedDuration, Timestamp};

use super::check_in;
use super::owed;
use super::own::Letters;
use super::{FollowUp, Known};
use crate::address::Person;
use crate::interview::directory::same_person;
use crate::interview::{Interview, Session, Standing, later};
use crate::ledger::{Entry, Kind, State};

/// Evidence this much older than a saved draft may still be news: the message may have come between the last look and the
/// save, or by a server's clock that is behind ours. What was known already had its say when the letter was owed.
const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// Why a draft is taken back when the owner wrote a letter of their own: the one reason that settles the debt.
pub const OWNER_WROTE: &str = "the owner wrote to them";

/// Why a draft is taken back when the one that renews it is saved.
pub const REPLACED: &str = "another letter took its place";

/// Whether the owner has written to the person of a letter since the sessions that it was to thank for.
pub(super) fn is_written(known: &Known<'_>, letters: &Letters<'_>, entry: &Entry) -> bool {
    let written = |person| {
        let start = last_start(&sessions(known, entry), entry);
        if entry.kind.is_check_in() {
            let news = later(entry.at(), -SLACK);
            return letters.written_lately(person, start, entry.over, news);
        }
        letters.written(person, start, entry.over)
    };
    entry.person.address.as_ref().is_some_and(written)
}

fn last_start(sessions: &[&Session], entry: &Entry) -> Timestamp {
    sessions.iter().map(|s| s.start).max().unwrap_or(entry.start).min(entry.over)
}

/// Why a saved draft should be taken back, if there is new evidence for that.
pub(super) fn gone(
    known: &Known<'_>,
    letters: &Letters<'_>,
    entry: &Entry,
    now: Timestamp,
) -> Option<String> {
    if !matches!(entry.state, State::Saved { copy: Some(_), .. } | State::Withdrawing { .. }) {
        return None;
    }
    let news = later(entry.at(), -SLACK);
    if entry.kind.is_check_in() {
        return check_in::gone(known, letters, entry, news);
    }
    let sessions = sessions(known, entry);
    let start = last_start(&sessions, entry);
    let wrote = |person| letters.written_lately(person, start, entry.over, news);
    if entry.person.address.as_ref().is_some_and(wrote) && entry.kind != Kind::Call {
        return Some(OWNER_WROTE.to_owned());
    }
    if let Some(why) = superseded(known, entry) {
        return Some(why.to_owned());
    }
    let same: Vec<&Session> =
        sessions.into_iter().filter(|s| !is_another_round(s, entry)).collect();
    if same.iter().all(|s| s.told <= news) {
        return None;
    }
    let standing: Vec<&Session> =
        same.iter().copied().filter(|s| s.standing == Standing::Stands).collect();
    if standing.is_empty() {
        let declined = same.iter().any(|s| s.standing == Standing::Declined);
        let why = if declined { "the owner declined" } else { "the interview was called off" };
        return Some(why.to_owned());
    }
    // To a later time than it was saved for. Whether that still lies ahead a clock that is behind cannot tell; what begins after
    // the letter was saved is owed one of its own.
    let at = entry.at();
    let ahead = |s: &Session| now >= at && s.over() > not_before(known, now);
    let moved = |s: &&Session| s.over() > entry.over && (ahead(s) || s.start > at);
    if standing.iter().all(moved) {
        return Some("the interview was moved".to_owned());
    }
    let met = || standing.iter().flat_map(|s| &s.interviewers);
    if entry.kind == Kind::PassOn {
        return (!is_to_pass_on(known, entry))
            .then(|| "those it speaks of are written to themselves".to_owned());
    }
    if entry.kind == Kind::Call {
        return (!is_to_call(known, entry))
            .then(|| "they can be written to, or did not take part".to_owned());
    }
    let takes_part = met().any(|p| p.address == entry.person.address);
    (!takes_part).then(|| "the person was taken off".to_owned())
}

/// Whether the reader of a letter is still to be asked to thank somebody of those that it names.
fn is_to_pass_on(known: &Known<'_>, entry: &Entry) -> bool {
    let named = |p: &Person| entry.on_behalf.iter().any(|o| same_person(o, p));
    debts(known, entry)
        .filter(|d| Some(&d.address) == entry.person.address.as_ref())
        .any(|d| d.kind == Kind::PassOn && d.on_behalf.iter().any(named))
}

/// Whether the person of a script can still be thanked by telephone only.
fn is_to_call(known: &Known<'_>, entry: &Entry) -> bool {
    let same = |d: FollowUp| d.kind == Kind::Call && same_person(&d.person, &entry.person);
    debts(known, entry).any(same)
}

/// What the interviews of a letter owe, settled or not.
fn debts(known: &Known<'_>, entry: &Entry) -> impl Iterator<Item = FollowUp> {
    let of_it =
        |i: &&Interview| i.sessions.iter().any(|s| s.uids().any(|name| entry.uids.contains(name)));
    known.interviews.iter().filter(of_it).flat_map(|i| owed::debts(known, i, entry.over))
}

/// A letter and the one that takes its place: as soon as that is saved the earlier one goes; and where the owner took over
/// the earlier one meanwhile, the later one does.
fn superseded(known: &Known<'_>, entry: &Entry) -> Option<&'static str> {
    let is_there = |e: &Entry| matches!(e.state, State::Saved { .. } | State::Decided { .. });
    let mut others = known.ledger.entries();
    if others.any(|e| e.replaces.as_deref() == Some(&entry.message_id) && is_there(e)) {
        return Some(REPLACED);
    }
    let earlier = known.ledger.entry(entry.replaces.as_deref()?)?;
    matches!(earlier.state, State::Decided { .. })
        .then_some("the owner took over the earlier letter")
}

/// Why a saved draft should be starred, if there is new evidence for that.
pub(super) fn doubtful(known: &Known<'_>, entry: &Entry) -> Option<String> {
    if entry.flagged || !matches!(entry.state, State::Saved { copy: Some(_), .. }) {
        return None;
    }
    let news = later(entry.at(), -SLACK);
    let sessions = sessions(known, entry);
    let standing = || sessions.iter().filter(|s| s.standing == Standing::Stands && s.told > news);
    if let Some(doubt) = standing().find_map(|s| s.doubts.first()) {
        return Some(doubt.clone());
    }
    let moved = standing().any(|s| is_another_round(s, entry));
    moved.then(|| "the appointment was moved after it was over".to_owned())
}

/// The sessions that a letter thanks for, as they are known now.
fn sessions<'a>(known: &Known<'a>, entry: &Entry) -> Vec<&'a Session> {
    let all = known.interviews.iter().flat_map(|i| &i.sessions);
    all.filter(|s| s.uids().any(|uid| entry.uids.contains(uid))).collect()
}

/// The time, by a clock that may be behind: it is not before what is known to have happened.
fn not_before(known: &Known<'_>, now: Timestamp) -> Timestamp {
    let arrived = known.findings.iter().map(|f| f.origin.arrived);
    arrived.chain(known.ledger.entries().map(Entry::at)).fold(now, Timestamp::max)
}

/// Whether the appointment stands for another round by now: it was moved after this one was over. That this one was held
/// stays true, whatever becomes of the other.
fn is_another_round(session: &Session, entry: &Entry) -> bool {
    session.sent >= entry.over && session.start > entry.over
}
