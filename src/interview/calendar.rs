//! Versions of calendar objects to sessions (RFC 5546 sections 2.1.4 and 2.1.5): which version counts, who may change or call
//! off, and what a CANCEL means.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::relation::{Placed, Threads, company, domains};
use super::{Session, Standing, USUAL_LENGTH, later};
use crate::address::{EmailAddress, Owner, Person};
use crate::extract::itip::Method;
use crate::extract::{self, Findings, Object, senders};

/// One object and the message it came in.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) object: &'a Object,
    pub(super) findings: &'a Findings,
}

impl Step<'_> {
    /// SEQUENCE, then DTSTAMP (RFC 5546 section 2.1.5); the key only makes ties fall the same way in any order of arrival.
    fn version(&self) -> (u32, Option<Timestamp>, &str) {
        (self.object.sequence, self.object.stamp, &self.findings.origin.key)
    }

    fn sender(&self) -> Option<&EmailAddress> {
        self.findings.origin.from.as_ref()?.address.as_ref()
    }

    fn sender_domain(&self) -> Option<String> {
        self.sender().map(EmailAddress::registered_domain)
    }

    /// Whether it says when: by itself, or a day by itself and the hours in the words beside it.
    fn has_time(&self) -> bool {
        !self.object.recurring
            && (self.object.start.is_some()
                || (self.object.all_day && !self.findings.sessions.is_empty()))
    }

    /// For an explanation: which message.
    fn name(&self) -> String {
        self.findings.name()
    }
}

/// The sessions that calendar objects speak of: those which words call an interview, and those which no words do, that may
/// all the same be of one.
pub(super) fn sessions<'a>(
    findings: &[&'a Findings],
    threads: &Threads,
    owner: &Owner,
) -> (Vec<Placed<'a>>, Vec<Placed<'a>>) {
    let mut by_uid: BTreeMap<&str, Vec<Step<'a>>> = BTreeMap::new();
    for findings in findings {
        for object in &findings.objects {
            by_uid.entry(object.uid.as_str()).or_default().push(Step { object, findings });
        }
    }
    let is_interview = |steps: &Vec<Step<'_>>| steps.iter().any(|s| s.object.interview);
    let (interviews, others): (Vec<_>, Vec<_>) = by_uid.into_values().partition(is_interview);
    let placed = |all: Vec<Vec<Step<'a>>>| {
        let all = all.into_iter().flat_map(|steps| occurrences(steps, threads, owner));
        let mut all: Vec<Placed<'a>> = all.collect();
        all.sort_by(|a, b| a.order().cmp(&b.order()));
        all
    };
    (placed(interviews), placed(others))
}

/// The sessions of one UID.
fn occurrences<'a>(mut steps: Vec<Step<'a>>, threads: &Threads, owner: &Owner) -> Vec<Placed<'a>> {
    steps.sort_by(|a, b| a.version().cmp(&b.version()));
    let recurrences: BTreeSet<Option<&str>> =
        steps.iter().map(|s| s.object.recurrence_id.as_deref()).collect();
    recurrences
        .into_iter()
        .filter_map(|id| occurrence(&steps, id, owner))
        .flat_map(|occurrence| place(&occurrence, &steps, threads, owner))
        .collect()
}

/// What became of one occurrence of a calendar object.
struct Occurrence<'a> {
    winner: Step<'a>,
    /// Guests whom a CANCEL took off.
    uninvited: Vec<EmailAddress>,
    standing: Standing,
    doubts: Vec<String>,
    because: Vec<String>,
}

fn occurrence<'a>(
    all: &[Step<'a>],
    recurrence_id: Option<&str>,
    owner: &Owner,
) -> Option<Occurrence<'a>> {
    let here = |s: &&Step<'a>, method: Method| {
        s.object.recurrence_id.as_deref() == recurrence_id
            && s.object.method == method
            && s.has_time()
    };
    let requests: Vec<Step<'a>> =
        all.iter().filter(|s| here(s, Method::Request)).copied().collect();
    // A CANCEL may come before its REQUEST, or without it (RFC 5546 section 5.2.1): then it is all there is to show.
    let Some(first) = requests.first().copied() else {
        let cancel = all.iter().rfind(|s| here(s, Method::Cancel)).copied()?;
        return Some(Occurrence {
            winner: cancel,
            uninvited: Vec::new(),
            standing: Standing::CalledOff,
            doubts: Vec::new(),
            because: vec![format!("called off by {}", cancel.name())],
        });
    };
    let mut doubts = Vec::new();
    let winner = winner(first, &requests, &mut doubts);
    let version =
        format!("{} version {} in {}", winner.object.uid, winner.object.sequence, winner.name());
    let mut out = Occurrence {
        winner,
        uninvited: Vec::new(),
        standing: Standing::Stands,
        doubts,
        because: vec![version],
    };
    out.cancel(all, first, recurrence_id, owner);
    if out.standing == Standing::Stands
        && let Some(why) = declined(all, winner, recurrence_id)
    {
        out.standing = Standing::Declined;
        out.because.push(why);
    }
    out.doubts.dedup();
    Some(out)
}

impl<'a> Occurrence<'a> {
    /// Lets every CANCEL have its effect.
    fn cancel(
        &mut self,
        all: &[Step<'a>],
        first: Step<'a>,
        recurrence_id: Option<&str>,
        owner: &Owner,
    ) {
        let cancels = all
            .iter()
            .filter(|s| s.object.method == Method::Cancel && applies(s.object, recurrence_id));
        for cancel in cancels {
            match effect(cancel, self.winner, first, owner) {
                Effect::None => {}
                Effect::Doubt(why) => self.doubts.push(why),
                Effect::Uninvites => {
                    self.because.push(format!("guests taken off by {}", cancel.name()));
                    self.uninvited.extend(cancel.object.attendees.iter().cloned());
                }
                Effect::CallsOff => {
                    self.standing = Standing::CalledOff;
                    self.because.push(format!("called off by {}", cancel.name()));
                }
            }
        }
    }
}

/// A CANCEL of the whole series, or of this occurrence.
fn applies(cancel: &Object, recurrence_id: Option<&str>) -> bool {
    cancel.recurrence_id.is_none() || cancel.recurrence_id.as_deref() == recurrence_id
}

/// The newest version that comes from the organizer. Another's stands aside and leaves a doubt.
fn winner<'a>(first: Step<'a>, requests: &[Step<'a>], doubts: &mut Vec<String>) -> Step<'a> {
    let mut winner = first;
    for request in requests {
        if entitled(request, &first) {
            winner = *request;
        } else {
            doubts.push(format!(
                "{} changes the invitation, but does not come from its organizer",
                request.name()
            ));
        }
    }
    winner
}

/// Only the organizer may change or call off (RFC 5546 section 2.2.1), and the mail has to come from the organizer's or the
/// invitation's sender's house. A colleague of the same house may, since coordinators stand in for each other; where
/// anybody can have an address in the house, only the organizer.
fn entitled(step: &Step<'_>, first: &Step<'_>) -> bool {
    let organizers = &first.object.organizers;
    let same_organizer = organizers.is_empty()
        || step.object.organizers.is_empty()
        || step.object.organizers.iter().any(|o| organizers.contains(o));
    let Some(sender) = step.sender() else { return same_organizer };
    let domain = sender.registered_domain();
    let of_house = Some(&domain) == first.sender_domain().as_ref()
        || organizers.iter().any(|o| o.registered_domain() == domain);
    if senders::is_free_mail(sender) {
        // ORGANIZER can be copied by anybody; the address of the sender is what the provider vouches for.
        return organizers.contains(sender) || first.sender() == Some(sender);
    }
    of_house && (same_organizer || !senders::is_service(sender))
}

/// What a CANCEL does to the session.
enum Effect {
    None,
    Doubt(String),
    Uninvites,
    CallsOff,
}

fn effect(cancel: &Step<'_>, winner: Step<'_>, first: Step<'_>, owner: &Owner) -> Effect {
    // A CANCEL must raise SEQUENCE (RFC 5546 section 3.2.5), but senders do not: an equal one counts if it is not older.
    let newer = cancel.object.sequence > winner.object.sequence
        || (cancel.object.sequence == winner.object.sequence
            && cancel.object.stamp >= winner.object.stamp);
    if !newer {
        return Effect::None;
    }
    if !entitled(cancel, &first) {
        return Effect::Doubt(format!(
            "{} calls the interview off, but does not come from its organizer",
            cancel.name()
        ));
    }
    if uninvites_others(cancel.object, winner.object, owner) {
        return Effect::Uninvites;
    }
    let over =
        winner.object.end.or(winner.object.start.map(|s| super::later(s, super::USUAL_LENGTH)));
    let sent = cancel
        .object
        .stamp
        .unwrap_or(cancel.findings.origin.arrived)
        .min(cancel.findings.origin.arrived);
    if over.is_some_and(|over| sent >= over) {
        return Effect::Doubt(format!(
            "{} removed the appointment after it was over",
            cancel.name()
        ));
    }
    Effect::CallsOff
}

/// A CANCEL that lists guests, the owner not among them under any address although the invitation names the owner: those
/// guests are uninvited (RFC 5546 section 3.2.5).
fn uninvites_others(cancel: &Object, request: &Object, owner: &Owner) -> bool {
    let names_owner = |o: &Object| o.attendees.iter().any(|a| owner.has(a));
    names_owner(request) && !cancel.attendees.is_empty() && !names_owner(cancel)
}

/// Whether the owner declined this version: by a REPLY of theirs, or by what the version itself says of them; the newer of
/// the two counts. A REPLY answers this version by its SEQUENCE (RFC 5546 section 2.1.5), or by being newer, since some
/// clients leave the number out.
fn declined(all: &[Step<'_>], winner: Step<'_>, recurrence_id: Option<&str>) -> Option<String> {
    let replies = all.iter().filter(|s| {
        s.object.method == Method::Reply
            && s.findings.origin.by_owner
            && applies(s.object, recurrence_id)
    });
    let last = replies
        .filter(|s| {
            s.object.sequence >= winner.object.sequence || s.object.stamp > winner.object.stamp
        })
        .max_by_key(|s| (s.object.stamp, s.findings.origin.key.clone()));
    let told = winner.object.owner_partstat.as_deref().filter(|p| *p != "NEEDS-ACTION");
    let by_reply = last.filter(|r| told.is_none() || r.object.stamp >= winner.object.stamp);
    match by_reply {
        Some(reply) => (reply.object.owner_partstat.as_deref() == Some("DECLINED"))
            .then(|| format!("declined by the owner in {}", reply.name())),
        None => (told == Some("DECLINED"))
            .then(|| format!("declined by the owner, says {}", winner.name())),
    }
}

/// The sessions of an occurrence: itself, or those which the words of its message divide it into.
fn place<'a>(
    occurrence: &Occurrence<'a>,
    all: &[Step<'a>],
    threads: &Threads,
    owner: &Owner,
) -> Vec<Placed<'a>> {
    let winner = occurrence.winner;
    let told = all.iter().map(|s| s.findings.origin.arrived).max().unwrap_or(Timestamp::MIN);
    let former: Vec<(Timestamp, Timestamp)> = all.iter().filter_map(|s| times(s.object)).collect();
    let mut members: Vec<&Findings> = all.iter().map(|s| s.findings).collect();
    members.dedup_by_key(|f| &f.origin.key);
    let mut parts = parts(winner);
    let whole = parts.len() == 1;
    for part in &mut parts {
        part.interviewers
            .retain(|p| !p.address.as_ref().is_some_and(|a| occurrence.uninvited.contains(a)));
    }
    let placed = |part: extract::Session| {
        let people = part.interviewers.iter().filter_map(|p| p.address.as_ref());
        let held_by = domains(people, owner);
        let session = Session {
            uid: winner.object.uid.clone(),
            recurrence_id: winner.object.recurrence_id.clone(),
            also: Vec::new(),
            start: part.start,
            end: part.end,
            interviewers: part.interviewers.into_iter().map(|p| with_name(p, all)).collect(),
            standing: occurrence.standing,
            doubts: occurrence.doubts.clone(),
            because: occurrence.because.clone(),
            told,
            sent: spoke(winner),
            threads: Vec::new(),
        };
        let mut times = vec![(session.start, session.over())];
        if whole {
            times.extend(&former);
        }
        Placed {
            arranged_by: domains(winner.object.organizers.iter(), owner),
            held_by,
            steps: all.to_vec(),
            winner: winner.findings,
            members: members.clone(),
            by_calendar: true,
            since: spoke(winner),
            first: all.iter().map(|s| spoke(*s)).min().unwrap_or(Timestamp::MIN),
            times,
            company: newest(all, winner),
            threads: all.iter().filter_map(|s| threads.thread(s.findings)).collect(),
            day: session.start.to_zoned(owner.time_zone.clone()).date(),
            session,
        }
    };
    parts.into_iter().map(placed).collect()
}

/// What an object's own start and end say; a schedule in the words of its message that lies within them says it better: a
/// loop of several conversations is often one appointment.
fn parts(step: Step<'_>) -> Vec<extract::Session> {
    let object = step.object;
    let Some((start, over)) = times(object) else { return step.findings.sessions.clone() };
    let within = |s: &&extract::Session| start <= s.start && s.start < over;
    let inner: Vec<extract::Session> =
        step.findings.sessions.iter().filter(within).cloned().collect();
    if inner.len() > 1 && step.findings.objects.len() == 1 {
        return inner;
    }
    vec![extract::Session { start, end: object.end, interviewers: object.interviewers.clone() }]
}

/// When an object was made, as far as its mail does not show that it came before.
fn spoke(step: Step<'_>) -> Timestamp {
    let date = step.findings.origin.date;
    step.object.stamp.map_or(date, |stamp| stamp.min(date))
}

fn times(object: &Object) -> Option<(Timestamp, Timestamp)> {
    let start = object.start?;
    Some((start, object.end.unwrap_or_else(|| later(start, USUAL_LENGTH))))
}

/// The company that the winning message names, else the newest other one that names any.
fn newest(all: &[Step<'_>], winner: Step<'_>) -> Option<String> {
    company(winner.findings).or_else(|| all.iter().rev().find_map(|s| company(s.findings)))
}

/// A name for somebody whom the newest version names by the address only.
fn with_name(person: Person, all: &[Step<'_>]) -> Person {
    if person.name.is_some() {
        return person;
    }
    let others = all.iter().rev().flat_map(|s| &s.object.interviewers);
    let name = others.filter(|p| p.address == person.address).find_map(|p| p.name.clone());
    Person { name, ..person }
}
