//! What a turn of a conversation agrees to, out of the turns before it.

use jiff::civil::Date;

use super::words::{Claim, Words, day};
use super::{Standing, later};
use crate::address::Person;
use crate::extract::{self, Choice, Findings, Verdict};

impl<'a> Words<'_, 'a> {
    /// The mail of the other side that an agreement answers, where that asked for another time than stood.
    pub(super) fn asked(&self, findings: &Findings) -> Option<&'a Findings> {
        findings.turn.agrees?;
        let thread = self.threads.thread(findings)?;
        let before = self.said.iter().rev().find(|f| {
            self.threads.thread(f) == Some(thread) && f.origin.by_owner != findings.origin.by_owner
        })?;
        before.turn.moves.then_some(*before)
    }

    /// The time that a message agrees to, offered by the other side earlier in the conversation.
    pub(super) fn agreed(&self, findings: &Findings) -> Option<Claim> {
        let choice = findings.turn.agrees?;
        let thread = self.threads.thread(findings)?;
        let before = self.said.iter().rev().find(|f| {
            self.threads.thread(f) == Some(thread)
                && f.origin.by_owner != findings.origin.by_owner
                && !(f.turn.offers.is_empty() && f.turn.days.is_empty())
        })?;
        let zone = &self.owner.time_zone;
        let days = &before.turn.days;
        // "Ten does not suit me, could it be four?": what stands is named, the other one is asked for.
        let stands = |s: &extract::Session| {
            self.placed.iter().any(|p| {
                p.session.start == s.start
                    && p.session.standing == Standing::Stands
                    && (p.threads.contains(&thread) || self.relates(p, before))
            })
        };
        let (standing, other): (Vec<_>, Vec<_>) =
            before.turn.offers.iter().cloned().partition(stands);
        let moves = before.turn.moves || findings.turn.moves;
        let change = before.turn.from.or_else(|| {
            let asked = choice == Choice::Only && other.len() == 1;
            standing.first().filter(|_| asked).map(|s| s.start)
        });
        let offers = if change.is_some() { &other } else { &before.turn.offers };
        // "Thursday at ten" is the Thursday that was offered, not the next one.
        let weekday = |date: Date| {
            let offered = || offers.iter().map(|s| day(s.start, zone)).chain(days.iter().copied());
            let mut alike: Vec<Date> =
                offered().filter(|d| d.weekday() == date.weekday()).collect();
            alike.sort_unstable();
            alike.dedup();
            match alike.as_slice() {
                [only] if !offered().any(|d| d == date) => *only,
                _ => date,
            }
        };
        let on = |date: Date| {
            let mut offered = offers.iter().filter(|s| day(s.start, &self.owner.time_zone) == date);
            match (offered.next(), offered.next()) {
                (Some(only), None) => Some(only.clone()),
                (None, _) if days.contains(&date) => self.same_time(findings, thread, date),
                _ => None,
            }
        };
        let session = match (choice, offers.as_slice(), days.as_slice()) {
            (Choice::Only, [only], _) => Some(only.clone()),
            (Choice::Only, [], [day]) => self.same_time(findings, thread, *day),
            (Choice::Only, ..) => None,
            (Choice::Nth(n), ..) => offers.get(n).cloned(),
            (Choice::At(start), ..) => {
                let local = start.to_zoned(zone.clone()).datetime();
                let meant = weekday(local.date()).to_datetime(local.time());
                let is_meant = |s: &&extract::Session| {
                    s.start == start || s.start.to_zoned(zone.clone()).datetime() == meant
                };
                offers.iter().find(is_meant).cloned()
            }
            (Choice::On(date), ..) => on(weekday(date)),
        }?;
        Some(Claim { session, moves: moves || change.is_some(), from: change })
    }

    /// Another day for what stands in a conversation, at its time.
    fn same_time(
        &self,
        findings: &Findings,
        thread: usize,
        date: Date,
    ) -> Option<extract::Session> {
        let now = findings.origin.date;
        let zone = &self.owner.time_zone;
        let mut ahead = self.placed.iter().filter(|p| {
            let session = &p.session;
            p.threads.contains(&thread)
                && session.standing == Standing::Stands
                && session.over() > now
        });
        let (Some(stood), None) = (ahead.next(), ahead.next()) else { return None };
        let time = stood.session.start.to_zoned(zone.clone()).time();
        let start = date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp();
        let length = stood.session.end.map(|e| e.duration_since(stood.session.start));
        let end = length.map(|l| later(start, l));
        Some(extract::Session { start, end, interviewers: stood.session.interviewers.clone() })
    }

    /// Whether the owner answers somebody: a time of the owner's own making is no interview.
    pub(super) fn is_answer(&self, findings: &Findings) -> bool {
        let Some(thread) = self.threads.thread(findings) else { return false };
        self.said.iter().any(|f| {
            !f.origin.by_owner
                && f.verdict != Verdict::None
                && self.threads.thread(f) == Some(thread)
        })
    }

    /// Whom the other side named for the conversation: where it gave the time, else anywhere in the thread.
    pub(super) fn named_before(
        &self,
        findings: &Findings,
        source: Option<&Findings>,
    ) -> Vec<Person> {
        let thread = self.threads.thread(findings);
        let of_thread =
            self.said.iter().rev().filter(|f| {
                thread.is_some() && self.threads.thread(f) == thread && !f.origin.by_owner
            });
        let met = source.into_iter().chain(of_thread.copied()).flat_map(|f| {
            let given = f.sessions.iter().chain(&f.turn.offers).map(|s| &s.interviewers);
            given.chain([&f.aside.met])
        });
        met.into_iter().find(|i| !i.is_empty()).cloned().unwrap_or_default()
    }

    pub(super) fn answered(&self, findings: &Findings) -> Option<&'a Findings> {
        let thread = self.threads.thread(findings)?;
        let of_thread = |f: &&&Findings| {
            !f.origin.by_owner
                && self.threads.thread(f) == Some(thread)
                && f.verdict != Verdict::None
        };
        self.said.iter().rev().find(of_thread).copied()
    }
}
