//! What plain words say of sessions: they establish, confirm, move and call off, with or beside the calendar's objects.
//!
//! Messages are taken in the order of their dates, whatever the order of their arrival. The calendar's newest version
//! counts until words of a later date change it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::directory::same_person;
use super::relation::{Placed, Threads, company, counterparts, differ, domains, same_company};
use super::{Session, Standing, later};
use crate::address::{Owner, Person};
use crate::extract::itip::Method;
use crate::extract::{self, Findings, Turn, Verdict, hex, senders};

/// Lets every message that speaks in words have its effect, by date.
pub(super) fn apply<'a>(
    placed: &mut Vec<Placed<'a>>,
    findings: &[&'a Findings],
    threads: &Threads,
    owner: &Owner,
) {
    let mut spoken: Vec<&'a Findings> = findings.iter().copied().filter(|f| in_words(f)).collect();
    spoken.sort_by(|a, b| (a.origin.date, &a.origin.key).cmp(&(b.origin.date, &b.origin.key)));
    let mut fold = Words { placed, threads, owner, said: Vec::new() };
    for one in &spoken {
        fold.hear(one);
        fold.swap(one);
        fold.said.push(one);
    }
    fold.hear_again(&spoken);
}

/// Whether a message says something that its calendar objects, if it has any, do not say better.
fn in_words(findings: &Findings) -> bool {
    let scheduled = findings
        .objects
        .iter()
        .any(|o| matches!(o.method, Method::Request | Method::Cancel) && o.interview);
    let says = findings.verdict != Verdict::None
        || findings.turn != Turn::default()
        || !findings.aside.is_empty();
    !scheduled && says
}

pub(super) struct Words<'p, 'a> {
    pub(super) placed: &'p mut Vec<Placed<'a>>,
    pub(super) threads: &'p Threads,
    pub(super) owner: &'p Owner,
    /// The messages before, by date.
    pub(super) said: Vec<&'a Findings>,
}

/// One time that a message gives, with what is known of it.
pub(super) struct Claim {
    pub(super) session: extract::Session,
    pub(super) moves: bool,
    pub(super) from: Option<Timestamp>,
}

impl<'a> Words<'_, 'a> {
    fn hear(&mut self, findings: &'a Findings) {
        if findings.turn.withdraws && findings.origin.by_owner {
            self.call_off(findings, Standing::Declined);
            return;
        }
        match findings.verdict {
            Verdict::Scheduled => {
                let asked = self.asked(findings);
                self.schedule(findings, claims(findings, asked));
            }
            Verdict::Cancelled => self.call_off(findings, Standing::CalledOff),
            Verdict::Proposed | Verdict::None => {
                if let Some(claim) = self.agreed(findings) {
                    self.schedule(findings, vec![claim]);
                } else if findings.verdict == Verdict::Proposed
                    && findings.turn.moves
                    && !findings.origin.by_owner
                {
                    // The old time is gone, the new one not agreed yet.
                    self.call_off(findings, Standing::CalledOff);
                } else if findings.verdict == Verdict::None {
                    self.hear_aside(findings);
                }
            }
        }
    }

    /// Joins each time to the session it speaks of; what is left moves what stood, or is new.
    pub(super) fn schedule(&mut self, findings: &'a Findings, claims: Vec<Claim>) {
        let mut fresh: Vec<Claim> = Vec::new();
        for mut claim in claims {
            if findings.origin.by_owner {
                claim.session.interviewers.clear();
            }
            match self.spoken_of(findings, &claim.session) {
                Some(index) => self.join(index, findings, &claim),
                None => fresh.push(claim),
            }
        }
        if fresh.is_empty() {
            return;
        }
        let stale = self.stale(findings, &fresh);
        let mut stale = stale.into_iter();
        for claim in fresh {
            match stale.next() {
                Some(index) => self.shift(index, findings, &claim),
                None if self.outdated(findings, &claim) => {}
                None if findings.origin.by_owner && !self.is_answer(findings) => {}
                None => self.found(findings, claim.session),
            }
        }
    }

    /// The session that a time speaks of: it overlaps, and has to do with the message.
    fn spoken_of(&self, findings: &Findings, session: &extract::Session) -> Option<usize> {
        let over = over(session);
        let near = |p: &Placed<'_>| {
            let exact = p.session.start == session.start;
            let same = self.relates(p, findings)
                || (exact && (!self.contradicts(p, findings) || is_of_one_sender(p, findings)));
            p.overlaps(session.start, over) && same
        };
        let candidates = self.placed.iter().enumerate().filter(|(_, p)| near(p));
        candidates
            .min_by_key(|(_, p)| {
                let distance = p.session.start.duration_since(session.start).abs();
                (p.session.standing != Standing::Stands, distance)
            })
            .map(|(index, _)| index)
    }

    /// What a message with a new time replaces: sessions of the same matter that still lay ahead when it was written.
    fn stale(&self, findings: &Findings, fresh: &[Claim]) -> Vec<usize> {
        let now = findings.origin.date;
        let from = fresh.iter().find_map(|c| c.from);
        let moves = fresh.iter().any(|c| c.moves);
        let thread = self.threads.thread(findings);
        let mentioned = |p: &Placed<'_>| {
            findings
                .sessions
                .iter()
                .any(|s| p.overlaps(s.start, over(s)) && p.session.start == s.start)
        };
        let stands = |p: &&(usize, &Placed<'a>)| {
            let (_, p) = p;
            p.session.standing == Standing::Stands
                && p.session.over() > now
                && p.since < now
                && !mentioned(p)
        };
        let same_thread = |p: &Placed<'_>| thread.is_some_and(|t| p.threads.contains(&t));
        let all: Vec<(usize, &Placed<'a>)> = self.placed.iter().enumerate().collect();
        let ahead: Vec<&(usize, &Placed<'a>)> = all.iter().filter(stands).collect();
        let mut out: Vec<usize> = ahead
            .iter()
            .filter(|(_, p)| match from {
                Some(from) => p.session.start == from && self.relates(p, findings),
                None if moves => self.relates(p, findings),
                // A new time in the same conversation, from a person: a move without a word for it, unless other people are met.
                None => {
                    same_thread(p)
                        && !p.by_calendar
                        && findings.origin.by_hand
                        && same_people(p, fresh)
                }
            })
            .map(|(index, _)| *index)
            .collect();
        if out.len() > fresh.len() {
            out.retain(|i| same_thread(&self.placed[*i]));
        }
        if out.len() > fresh.len() { Vec::new() } else { out }
    }

    /// A move that the calendar has overtaken since: its object was there before, and is newer now.
    fn outdated(&mut self, findings: &'a Findings, claim: &Claim) -> bool {
        let date = findings.origin.date;
        let index = claim.moves.then(|| {
            self.placed.iter().position(|p| {
                p.by_calendar && p.first < date && p.since > date && self.relates(p, findings)
            })
        });
        let Some(index) = index.flatten() else { return false };
        let times = (claim.session.start, over(&claim.session));
        let placed = &mut self.placed[index];
        placed.times.push(times);
        placed.members.push(findings);
        true
    }

    /// A session that only words speak of.
    fn found(&mut self, findings: &'a Findings, session: extract::Session) {
        let mut session = session;
        // The owner's own words name the time; who will be met stands in what they answer.
        let source =
            if findings.origin.by_owner { self.answered(findings) } else { Some(findings) };
        if session.interviewers.is_empty() {
            session.interviewers = self.named_before(findings, source);
        }
        let uid = name_of(findings, &session);
        let placed = Placed {
            times: vec![(session.start, over(&session))],
            arranged_by: domains(counterparts(findings).into_iter(), self.owner),
            held_by: domains(
                session.interviewers.iter().filter_map(|p| p.address.as_ref()),
                self.owner,
            ),
            steps: Vec::new(),
            winner: findings,
            members: vec![findings],
            by_calendar: false,
            since: findings.origin.date,
            first: findings.origin.date,
            company: company(findings).or_else(|| source.and_then(company)),
            threads: self.threads.thread(findings).into_iter().collect(),
            day: day(session.start, &self.owner.time_zone),
            session: Session {
                uid,
                recurrence_id: None,
                also: Vec::new(),
                start: session.start,
                end: session.end,
                interviewers: session.interviewers,
                standing: Standing::Stands,
                doubts: Vec::new(),
                because: vec![format!("agreed in {}", findings.name())],
                told: findings.origin.arrived,
                sent: findings.origin.date,
                threads: Vec::new(),
            },
        };
        self.placed.push(placed);
    }

    /// A further message about a session.
    fn join(&mut self, index: usize, findings: &'a Findings, claim: &Claim) {
        let session = &claim.session;
        let newer = findings.origin.date >= self.placed[index].since;
        let differs = self.placed[index].session.start != session.start;
        if newer && differs && (claim.moves || !self.placed[index].by_calendar) {
            self.shift(index, findings, claim);
            return;
        }
        self.hear_of(index, findings, claim);
        let placed = &mut self.placed[index];
        if placed.session.end.is_none() {
            placed.session.end = session.end;
        }
        // Called off in words, and agreed anew.
        if newer && !placed.by_calendar && placed.session.standing == Standing::CalledOff {
            placed.session.standing = Standing::Stands;
            placed.since = findings.origin.date;
        }
    }

    /// Gives a session a new time.
    fn shift(&mut self, index: usize, findings: &'a Findings, claim: &Claim) {
        self.hear_of(index, findings, claim);
        let zone = &self.owner.time_zone;
        let placed = &mut self.placed[index];
        let length = placed.session.end.map(|e| e.duration_since(placed.session.start));
        let (start, end) = (claim.session.start, claim.session.end);
        placed.session.because.push(format!("moved to {start} in {}", findings.name()));
        placed.session.start = start;
        placed.session.end = end.or_else(|| length.map(|l| later(start, l)));
        placed.since = findings.origin.date;
        placed.winner = findings;
        placed.day = day(start, zone);
    }

    /// What any further message adds: people, company, conversation.
    pub(super) fn hear_of(&mut self, index: usize, findings: &'a Findings, claim: &Claim) {
        let newer = findings.origin.date >= self.placed[index].since;
        let owner = self.owner;
        let placed = &mut self.placed[index];
        placed.members.push(findings);
        placed.threads.extend(self.threads.thread(findings));
        placed.times.push((claim.session.start, over(&claim.session)));
        placed.session.told = placed.session.told.max(findings.origin.arrived);
        placed.session.also.push(name_of(findings, &claim.session));
        placed.company = placed.company.take().or_else(|| company(findings));
        meet(placed, &claim.session.interviewers, newer);
        let people = placed.session.interviewers.iter().filter_map(|p| p.address.as_ref());
        placed.held_by = domains(people, owner);
        placed.arranged_by.extend(domains(counterparts(findings).into_iter(), owner));
    }

    /// Calls off what a message means: the times that it names, else what stands in its conversation, else what the employer
    /// has ahead.
    pub(super) fn call_off(&mut self, findings: &'a Findings, standing: Standing) {
        let now = findings.origin.date;
        let thread = self.threads.thread(findings);
        let ahead = |p: &Placed<'_>| {
            p.session.standing == Standing::Stands && p.session.over() > now && p.since <= now
        };
        let named = |p: &Placed<'_>| findings.sessions.iter().any(|s| p.overlaps(s.start, over(s)));
        let threaded = |p: &Placed<'_>| thread.is_some_and(|t| p.threads.contains(&t));
        let pick = |wanted: &dyn Fn(&Placed<'_>) -> bool| -> Vec<usize> {
            let all = self.placed.iter().enumerate();
            all.filter(|(_, p)| ahead(p) && wanted(p)).map(|(i, _)| i).collect()
        };
        let mut targets = pick(&|p| named(p) && self.relates(p, findings));
        if targets.is_empty() {
            targets = pick(&|p| threaded(p));
        }
        if targets.is_empty() && findings.sessions.is_empty() {
            targets = pick(&|p| self.relates(p, findings));
        }
        let days = &findings.aside.days;
        if targets.iter().any(|i| days.contains(&self.placed[*i].day)) {
            targets.retain(|i| days.contains(&self.placed[*i].day));
        }
        // What is off without being named has to be clear.
        if findings.aside.off && targets.len() > 1 && days.is_empty() {
            return;
        }
        let how =
            if standing == Standing::Declined { "declined by the owner" } else { "called off" };
        for index in targets {
            let placed = &mut self.placed[index];
            placed.session.standing = standing;
            placed.session.because.push(format!("{how} in {}", findings.name()));
            placed.session.told = placed.session.told.max(findings.origin.arrived);
            placed.since = findings.origin.date;
            placed.members.push(findings);
            placed.threads.extend(self.threads.thread(findings));
        }
    }

    /// Whether a message has to do with a session: one conversation, one company, one house, one person.
    pub(super) fn relates(&self, placed: &Placed<'_>, findings: &Findings) -> bool {
        if self.threads.thread(findings).is_some_and(|t| placed.threads.contains(&t)) {
            return true;
        }
        let others = counterparts(findings);
        let meets = |a: &crate::address::EmailAddress| {
            placed.session.interviewers.iter().any(|p| p.address.as_ref() == Some(a))
        };
        // Who is met knows the company, whatever each mail calls it; an agency has several.
        if others.iter().any(|a| meets(a) && !senders::is_of_recruiters(a)) {
            return true;
        }
        if self.contradicts(placed, findings) {
            return false;
        }
        let houses = domains(others.iter().copied(), self.owner);
        let known = |d: &String| placed.held_by.contains(d) || placed.arranged_by.contains(d);
        let named = company(findings).zip(placed.company.as_ref());
        named.is_some_and(|(a, b)| same_company(&a, b))
            || houses.iter().any(known)
            || others.into_iter().any(meets)
    }

    /// Whether they are of two employers, as far as both are known.
    pub(super) fn contradicts(&self, placed: &Placed<'_>, findings: &Findings) -> bool {
        if let (Some(one), Some(other)) = (company(findings), &placed.company) {
            return !same_company(&one, other);
        }
        let people = findings.sessions.iter().flat_map(|s| &s.interviewers);
        let met = domains(people.filter_map(|p| p.address.as_ref()), self.owner);
        differ(&met, &placed.held_by)
    }
}

/// Whether a message comes from where mail of a session came from, whatever company each names.
fn is_of_one_sender(placed: &Placed<'_>, findings: &Findings) -> bool {
    let from = counterparts(findings);
    placed.members.iter().any(|m| counterparts(m).iter().any(|a| from.contains(a)))
}

pub(super) fn claims(findings: &Findings, asked: Option<&Findings>) -> Vec<Claim> {
    let moves = findings.turn.moves || asked.is_some();
    let from = findings.turn.from.or(asked.and_then(|f| f.turn.from));
    findings.sessions.iter().map(|s| Claim { session: s.clone(), moves, from }).collect()
}

fn over(session: &extract::Session) -> Timestamp {
    session.end.unwrap_or_else(|| later(session.start, super::USUAL_LENGTH))
}

pub(super) fn day(start: Timestamp, zone: &TimeZone) -> Date {
    start.to_zoned(zone.clone()).date()
}

/// A name for a session that no calendar object names.
fn name_of(findings: &Findings, session: &extract::Session) -> String {
    let message = findings.origin.message_id.as_deref().unwrap_or(&findings.origin.key);
    format!("{} {message}", hex(&session.start.as_second().to_be_bytes()))
}

/// Whether new times may be with the people of a session: nobody is named, or somebody of both.
fn same_people(placed: &Placed<'_>, fresh: &[Claim]) -> bool {
    let new: Vec<&Person> = fresh.iter().flat_map(|c| &c.session.interviewers).collect();
    let old = &placed.session.interviewers;
    new.is_empty() || old.is_empty() || new.iter().any(|n| old.iter().any(|o| same_person(n, o)))
}

/// Puts the people whom a further message names beside those known: the same person keeps the fuller name and gets the
/// address. The calendar's guests stay, and a later message may add to them; of words, the later list counts, unless it
/// only names some of the earlier one.
fn meet(placed: &mut Placed<'_>, named: &[Person], newer: bool) {
    let known = &mut placed.session.interviewers;
    let (mut met, mut strangers) = (0_usize, Vec::new());
    for person in named {
        let mut same = known.iter_mut().filter(|k| same_person(k, person));
        match (same.next(), same.next()) {
            (Some(one), None) => {
                complete(one, person);
                met += 1;
            }
            (Some(_), Some(_)) => met += 1,
            (None, _) => strangers.push(person.clone()),
        }
    }
    if known.is_empty() || (newer && !placed.by_calendar && met == 0 && !strangers.is_empty()) {
        *known = strangers;
    } else if newer {
        known.extend(strangers);
    }
}

/// Fills what one mention of a person lacks from another.
pub(super) fn complete(known: &mut Person, other: &Person) {
    if known.address.is_none() {
        known.address.clone_from(&other.address);
    }
    let words = |p: &Person| {
        p.name.as_deref().map_or(0, |n| {
            n.split_whitespace().filter(|w| w.trim_end_matches('.').chars().count() > 1).count()
        })
    };
    if words(other) > words(known) {
        known.name.clone_from(&other.name);
    }
}
