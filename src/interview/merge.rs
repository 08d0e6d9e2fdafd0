//! The fold: versions of calendar objects to sessions (RFC 5546 sections 2.1.4 and 2.1.5), sessions to interviews.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::{Interview, Session, Standing};
use crate::address::{EmailAddress, Owner, Person};
use crate::extract::itip::Method;
use crate::extract::{Findings, Object, hex, lexicon, senders};
use crate::folder::Role;

/// Sessions closer than this belong to one day, although midnight lies between them.
const SAME_DAY_GAP: SignedDuration = SignedDuration::from_hours(4);

/// One object and the message it came in.
#[derive(Clone, Copy)]
struct Step<'a> {
    object: &'a Object,
    findings: &'a Findings,
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

    /// For an explanation: which message.
    fn name(&self) -> String {
        match &self.findings.origin.message_id {
            Some(id) => format!("<{id}>"),
            None => format!("a message of {}", self.findings.origin.date),
        }
    }
}

/// A session with what is needed to put it into an interview.
struct Placed<'a> {
    session: Session,
    steps: Vec<Step<'a>>,
    winner: Step<'a>,
    /// The registered domains of those who arrange it, as far as they may be an employer's.
    arranged_by: BTreeSet<String>,
    /// And of those who talk with the owner.
    held_by: BTreeSet<String>,
    /// The company, as names are compared.
    company: Option<String>,
    /// The day on which it starts, in the owner's zone.
    day: Date,
}

impl Placed<'_> {
    fn order(&self) -> (Timestamp, &str, Option<&str>) {
        (self.session.start, &self.session.uid, self.session.recurrence_id.as_deref())
    }
}

/// Computes the interviews of all findings. `accounts` gives the order in which accounts are preferred.
pub fn merge<'a>(
    findings: impl Iterator<Item = &'a Findings>,
    owner: &Owner,
    accounts: &[String],
) -> Vec<Interview> {
    let mut by_uid: BTreeMap<&str, Vec<Step<'a>>> = BTreeMap::new();
    for one in findings.filter(|f| f.origin.role != Role::Drafts) {
        for object in &one.objects {
            by_uid.entry(object.uid.as_str()).or_default().push(Step { object, findings: one });
        }
    }
    let mut placed: Vec<Placed<'a>> =
        by_uid.into_values().flat_map(|steps| occurrences(steps, owner)).collect();
    placed.sort_by(|a, b| a.order().cmp(&b.order()));
    group(placed).into_iter().map(|members| interview(members, owner, accounts)).collect()
}

/// The sessions of one UID.
fn occurrences<'a>(mut steps: Vec<Step<'a>>, owner: &Owner) -> Vec<Placed<'a>> {
    if !steps.iter().any(|s| s.object.interview) {
        return Vec::new();
    }
    steps.sort_by(|a, b| a.version().cmp(&b.version()));
    let recurrences: BTreeSet<Option<&str>> =
        steps.iter().map(|s| s.object.recurrence_id.as_deref()).collect();
    recurrences.into_iter().filter_map(|id| occurrence(&steps, id, owner)).collect()
}

fn occurrence<'a>(
    all: &[Step<'a>],
    recurrence_id: Option<&str>,
    owner: &Owner,
) -> Option<Placed<'a>> {
    let here = |s: &&Step<'a>| s.object.recurrence_id.as_deref() == recurrence_id;
    let dated = |s: &&Step<'a>| s.object.start.is_some() && !s.object.recurring;
    let requests: Vec<Step<'a>> = all
        .iter()
        .filter(here)
        .filter(|s| s.object.method == Method::Request)
        .filter(dated)
        .copied()
        .collect();
    // A CANCEL may come before its REQUEST, or without it (RFC 5546 section 5.2.1): then it is all there is to show.
    let Some(first) = requests.first().copied() else {
        let cancel = all
            .iter()
            .filter(here)
            .filter(|s| s.object.method == Method::Cancel)
            .rfind(dated)
            .copied()?;
        let because = vec![format!("called off by {}", cancel.name())];
        return Some(place(
            cancel,
            all,
            cancel.object.interviewers.clone(),
            Standing::CalledOff,
            Vec::new(),
            because,
            owner,
        ));
    };
    let mut doubts = Vec::new();
    let winner = winner(first, &requests, &mut doubts);
    let mut because = vec![format!(
        "{} version {} in {}",
        winner.object.uid,
        winner.object.sequence,
        winner.name()
    )];
    let mut interviewers = winner.object.interviewers.clone();
    let mut standing = Standing::Stands;
    for cancel in
        all.iter().filter(|s| s.object.method == Method::Cancel && applies(s.object, recurrence_id))
    {
        match effect(cancel, winner, first, owner) {
            Effect::None => {}
            Effect::Doubt(why) => doubts.push(why),
            Effect::Uninvites => {
                because.push(format!("guests taken off by {}", cancel.name()));
                interviewers.retain(|p| {
                    !p.address.as_ref().is_some_and(|a| cancel.object.attendees.contains(a))
                });
            }
            Effect::CallsOff => {
                standing = Standing::CalledOff;
                because.push(format!("called off by {}", cancel.name()));
            }
        }
    }
    if standing == Standing::Stands
        && let Some(why) = declined(all, winner, recurrence_id)
    {
        standing = Standing::Declined;
        because.push(why);
    }
    Some(place(winner, all, interviewers, standing, doubts, because, owner))
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

fn place<'a>(
    winner: Step<'a>,
    all: &[Step<'a>],
    interviewers: Vec<Person>,
    standing: Standing,
    mut doubts: Vec<String>,
    because: Vec<String>,
    owner: &Owner,
) -> Placed<'a> {
    doubts.dedup();
    let object = winner.object;
    let session = Session {
        uid: object.uid.clone(),
        recurrence_id: object.recurrence_id.clone(),
        start: object.start.unwrap_or(Timestamp::MIN),
        end: object.end,
        interviewers: interviewers.into_iter().map(|p| with_name(p, all)).collect(),
        standing,
        doubts,
        because,
        told: all.iter().map(|s| s.findings.origin.arrived).max().unwrap_or(Timestamp::MIN),
    };
    let company = newest(all, winner, |f| f.company.as_deref().map(lexicon::fold));
    let day = session.start.to_zoned(owner.time_zone.clone()).date();
    let people = object.interviewers.iter().filter_map(|p| p.address.as_ref());
    Placed {
        arranged_by: domains(object.organizers.iter(), owner),
        held_by: domains(people, owner),
        session,
        steps: all.to_vec(),
        winner,
        company,
        day,
    }
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

/// What the winning message says, else the newest other one that says it.
fn newest<T>(
    all: &[Step<'_>],
    winner: Step<'_>,
    says: impl Fn(&Findings) -> Option<T>,
) -> Option<T> {
    says(winner.findings).or_else(|| all.iter().rev().find_map(|s| says(s.findings)))
}

/// The registered domains that may be an employer's.
fn domains<'a>(
    addresses: impl Iterator<Item = &'a EmailAddress>,
    owner: &Owner,
) -> BTreeSet<String> {
    let own = |a: &&EmailAddress| {
        owner.addresses.iter().any(|o| o.registered_domain() == a.registered_domain())
    };
    addresses
        .filter(|a| !senders::is_free_mail(a) && !senders::is_service(a) && !own(a))
        .map(EmailAddress::registered_domain)
        .collect()
}

/// Sessions of one company on one day. What is unknown is never equal to another unknown.
fn group(placed: Vec<Placed<'_>>) -> Vec<Vec<Placed<'_>>> {
    let mut groups: Vec<Vec<Placed<'_>>> = Vec::new();
    for one in placed {
        // One session may be what joins two groups that knew nothing of each other.
        let (joined, apart): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|g| g.iter().any(|other| belong_together(other, &one)));
        let mut group: Vec<Placed<'_>> = joined.into_iter().flatten().collect();
        group.push(one);
        group.sort_by(|a, b| a.order().cmp(&b.order()));
        groups = apart;
        groups.push(group);
    }
    groups.sort_by(|a, b| a[0].order().cmp(&b[0].order()));
    groups
}

fn belong_together(a: &Placed<'_>, b: &Placed<'_>) -> bool {
    let gap = b.session.start.duration_since(a.session.over());
    let same_day = a.day == b.day || (gap < SAME_DAY_GAP && gap > -SAME_DAY_GAP);
    same_day && same_employer(a, b)
}

/// The same people's house or the same name. Who only arranges tells less: an agency sends its candidates to several
/// employers on one day, whose people differ, and no letter to the one may name the other.
fn same_employer(a: &Placed<'_>, b: &Placed<'_>) -> bool {
    let share = |x: &BTreeSet<String>, y: &BTreeSet<String>| x.intersection(y).next().is_some();
    let differ =
        |x: &BTreeSet<String>, y: &BTreeSet<String>| !x.is_empty() && !y.is_empty() && !share(x, y);
    if a.session.uid == b.session.uid || share(&a.held_by, &b.held_by) {
        return true;
    }
    if a.company.is_some() && a.company == b.company {
        return true;
    }
    !differ(&a.held_by, &b.held_by)
        && (share(&a.arranged_by, &b.arranged_by)
            || share(&a.arranged_by, &b.held_by)
            || share(&a.held_by, &b.arranged_by))
}

fn interview(members: Vec<Placed<'_>>, owner: &Owner, accounts: &[String]) -> Interview {
    let first = &members[0];
    let id = id_of(&first.session.uid, first.session.recurrence_id.as_deref());
    let says = |f: &dyn Fn(&Findings) -> Option<String>| {
        members.iter().find_map(|m| newest(&m.steps, m.winner, f))
    };
    let rank = |account: &str| accounts.iter().position(|a| a == account).unwrap_or(usize::MAX);
    let requests =
        || members.iter().flat_map(|m| &m.steps).filter(|s| s.object.method == Method::Request);
    let account =
        requests().map(|s| s.findings.origin.account.as_str()).min_by_key(|a| (rank(a), *a));
    let invited = requests()
        .filter(|s| Some(s.findings.origin.account.as_str()) == account)
        .find_map(|s| s.object.owner.clone());
    Interview {
        id,
        company: says(&|f| f.company.clone()),
        role: says(&|f| f.role.clone()),
        medium: members.iter().find_map(|m| newest(&m.steps, m.winner, |f| f.medium)),
        contact: members.iter().find_map(|m| newest(&m.steps, m.winner, |f| f.contact.clone())),
        account: account.unwrap_or(first.winner.findings.origin.account.as_str()).to_owned(),
        invited_as: invited
            .and_then(|a| owner.addresses.iter().find(|o| o.untagged() == a.untagged()).cloned()),
        language: first.winner.findings.language.clone(),
        first_names: members.iter().flat_map(|m| &m.steps).any(|s| s.findings.first_names),
        sessions: members.into_iter().map(|m| m.session).collect(),
    }
}

/// The short stable name of the interview that a calendar object opens.
pub fn id_of(uid: &str, recurrence_id: Option<&str>) -> String {
    let mut hash = Sha256::new();
    hash.update(uid.as_bytes());
    hash.update([0]);
    hash.update(recurrence_id.unwrap_or("").as_bytes());
    hex(&hash.finalize()[..4])
}
