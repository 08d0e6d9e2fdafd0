//! Which sessions and messages have to do with each other: by the people's house, the company's name, the conversation.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Session;
use super::calendar::Step;
use crate::address::{EmailAddress, Owner};
use crate::extract::{Findings, lexicon, senders};

/// Sessions closer than this belong to one day, although midnight lies between them.
const SAME_DAY_GAP: SignedDuration = SignedDuration::from_hours(4);

/// A session with what is needed to put it into an interview.
pub(super) struct Placed<'a> {
    /// The session.
    pub(super) session: Session,
    /// The calendar objects of it, oldest version first; none where only words speak of it.
    pub(super) steps: Vec<Step<'a>>,
    /// The message that its time was taken from.
    pub(super) winner: &'a Findings,
    /// Every message that speaks of it, by date.
    pub(super) members: Vec<&'a Findings>,
    /// Times at which it was once to be, and with which it is still spoken of.
    pub(super) times: Vec<(Timestamp, Timestamp)>,
    /// Whether a calendar object gives its time.
    pub(super) by_calendar: bool,
    /// When its present time was told, and when it was first spoken of.
    pub(super) since: Timestamp,
    /// See `since`.
    pub(super) first: Timestamp,
    /// The registered domains of those who arrange it, as far as they may be an employer's.
    pub(super) arranged_by: BTreeSet<String>,
    /// And of those who talk with the owner.
    pub(super) held_by: BTreeSet<String>,
    /// The company, as names are compared.
    pub(super) company: Option<String>,
    /// The conversations it was spoken of in.
    pub(super) threads: BTreeSet<usize>,
    /// The day on which it starts, in the owner's zone.
    pub(super) day: Date,
}

impl Placed<'_> {
    /// By time; the names only make ties fall the same way in any order of arrival.
    pub(super) fn order(&self) -> (Timestamp, &str, Option<&str>) {
        (self.session.start, &self.session.uid, self.session.recurrence_id.as_deref())
    }

    /// Whether a message is known to speak of it.
    pub(super) fn is_told_by(&self, findings: &Findings) -> bool {
        self.members.iter().any(|m| m.origin.key == findings.origin.key)
    }

    /// Whether it is, or once was to be, at a time that overlaps this one.
    pub(super) fn overlaps(&self, start: Timestamp, over: Timestamp) -> bool {
        self.times.iter().any(|(s, o)| *s < over && start < *o)
    }
}

/// Whether two sessions are of one company's interview on one day.
pub(super) fn belong_together(a: &Placed<'_>, b: &Placed<'_>) -> bool {
    let gap = b.session.start.duration_since(a.session.over());
    let same_day = a.day == b.day || (gap < SAME_DAY_GAP && gap > -SAME_DAY_GAP);
    same_day && same_employer(a, b)
}

/// The same people's house, the same name or the same conversation. Who only arranges tells less: an agency sends its
/// candidates to several employers on one day, whose people differ, and no letter to the one may name the other.
pub(super) fn same_employer(a: &Placed<'_>, b: &Placed<'_>) -> bool {
    if a.session.uid == b.session.uid || share(&a.held_by, &b.held_by) {
        return true;
    }
    if let (Some(one), Some(other)) = (&a.company, &b.company) {
        return same_company(one, other);
    }
    !differ(&a.held_by, &b.held_by)
        && (share(&a.arranged_by, &b.arranged_by)
            || share(&a.arranged_by, &b.held_by)
            || share(&a.held_by, &b.arranged_by)
            || a.threads.intersection(&b.threads).next().is_some())
}

/// Whether two sets have something in common.
pub(super) fn share(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    a.intersection(b).next().is_some()
}

/// Whether both are known and have nothing in common: the unknown differs from nothing, and equals nothing.
pub(super) fn differ(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    !a.is_empty() && !b.is_empty() && !share(a, b)
}

/// The registered domains that may be an employer's.
pub(super) fn domains<'a>(
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

/// The company that a message names, as names are compared.
pub(super) fn company(findings: &Findings) -> Option<String> {
    findings.company.as_deref().map(lexicon::fold)
}

/// Whether two folded names are of one company: equal, or one is the beginning of the other ("acme", "acme robotics").
pub fn same_company(a: &str, b: &str) -> bool {
    let begins = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    begins(a, b) || begins(b, a)
}

/// Who stands on the other side of a message: its writer, or its recipients where the owner wrote it.
pub(super) fn counterparts(findings: &Findings) -> Vec<&EmailAddress> {
    let origin = &findings.origin;
    if origin.by_owner {
        return origin.recipients.iter().collect();
    }
    origin.from.iter().filter_map(|p| p.address.as_ref()).collect()
}

/// Conversations: messages that are joined by In-Reply-To and References (RFC 5322 section 3.6.4).
pub(super) struct Threads {
    of: BTreeMap<String, usize>,
}

impl Threads {
    /// Joins all messages; the numbers have no meaning beyond this value.
    pub(super) fn of(findings: &[&Findings]) -> Self {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut parents: Vec<usize> = Vec::new();
        for one in findings {
            let mut first = None;
            for id in ids(one) {
                let number = *numbers.entry(id).or_insert_with(|| {
                    parents.push(parents.len());
                    parents.len() - 1
                });
                let root = root(&mut parents, number);
                match first {
                    None => first = Some(root),
                    Some(known) => {
                        let (low, high) = (root.min(known), root.max(known));
                        parents[high] = low;
                        first = Some(low);
                    }
                }
            }
        }
        let of =
            numbers.into_iter().map(|(id, n)| (id.to_owned(), root(&mut parents, n))).collect();
        Self { of }
    }

    /// The conversation that a Message-ID stands in.
    pub(super) fn named(&self, message_id: &str) -> Option<usize> {
        self.of.get(message_id).copied()
    }

    /// The conversation of a message; `None` for one without a Message-ID that answers nothing.
    pub(super) fn thread(&self, findings: &Findings) -> Option<usize> {
        ids(findings).find_map(|id| self.of.get(id)).copied()
    }
}

fn ids(findings: &Findings) -> impl Iterator<Item = &str> {
    let origin = &findings.origin;
    origin.message_id.iter().chain(&origin.references).map(String::as_str)
}

fn root(parents: &mut [usize], mut number: usize) -> usize {
    while parents[number] != number {
        parents[number] = parents[parents[number]];
        number = parents[number];
    }
    number
}
