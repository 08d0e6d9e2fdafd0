//! What the owner wrote, in mail and in drafts of their own: who was written to after the session gets no letter of ours.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Known;
use crate::address::EmailAddress;
use crate::extract::itip::Method;
use crate::extract::{Findings, Origin};
use crate::folder::{Draft, Role};
use crate::interview::later;
use crate::ledger::Ledger;

/// Thanks may come before the scheduled end, since conversations end early; but who writes as one begins writes that they
/// are late.
const BEGUN: SignedDuration = SignedDuration::from_mins(10);

/// What the owner wrote. An answer to an invitation, an automatic one, and the letters of ours do not count.
pub(super) struct Letters<'a> {
    mails: Vec<&'a Findings>,
    drafts: Vec<&'a Draft>,
    /// When each address was last written to: a plan asks this for every interviewer there ever was.
    latest: BTreeMap<String, Timestamp>,
    /// When each address was written to, by the owner's words or by letters of thanks of ours that went out.
    all: BTreeMap<String, Vec<Timestamp>>,
}

impl<'a> Letters<'a> {
    pub(super) fn of(known: &Known<'a>) -> Self {
        let mails: Vec<&Findings> =
            known.findings.iter().copied().filter(|f| is_letter(f, known.ledger)).collect();
        let drafts: Vec<&Draft> = own_drafts(known).collect();
        let in_mail =
            mails.iter().flat_map(|f| f.origin.recipients.iter().map(|to| (to, f.origin.date)));
        let in_drafts = drafts.iter().filter_map(|d| Some((&d.to, d.date?)));
        let in_drafts = in_drafts.flat_map(|(to, date)| to.iter().map(move |to| (to, date)));
        let mut latest: BTreeMap<String, Timestamp> = BTreeMap::new();
        for (to, date) in in_mail.chain(in_drafts) {
            let known = latest.entry(to.key()).or_insert(date);
            *known = date.max(*known);
        }
        let all = if known.policy.check_in { all(known) } else { BTreeMap::new() };
        Self { mails, drafts, latest, all }
    }

    /// When a person was written to last since a session that began at `start`.
    pub(super) fn last_to(&self, person: &EmailAddress, start: Timestamp) -> Option<Timestamp> {
        let sent = self.all.get(&person.key())?.iter().copied();
        sent.filter(|sent| *sent >= later(start, BEGUN)).max()
    }

    /// Whether the owner is writing to a person, in a draft that was begun at `since` or later.
    pub(super) fn is_drafted(&self, person: &EmailAddress, since: Timestamp) -> bool {
        self.drafts
            .iter()
            .any(|d| d.date.is_some_and(|date| date >= since) && d.to.contains(person))
    }

    /// Whether the owner has written to a person since a session that began at `start` and was to last until `over`.
    pub(super) fn written(&self, person: &EmailAddress, start: Timestamp, over: Timestamp) -> bool {
        let Some(latest) = self.latest.get(&person.key()) else { return false };
        *latest >= over
            || (*latest >= later(start, BEGUN)
                && self.mails.iter().any(|f| is_thanks(f, person, start)))
    }

    /// Whether they did so in a mail that arrived, or a draft that was begun, at `news` or later.
    pub(super) fn written_lately(
        &self,
        person: &EmailAddress,
        start: Timestamp,
        over: Timestamp,
        news: Timestamp,
    ) -> bool {
        let since = |origin: &Origin| origin.date >= over && origin.recipients.contains(person);
        let in_mail = self
            .mails
            .iter()
            .any(|f| f.origin.arrived >= news && (since(&f.origin) || is_thanks(f, person, start)));
        let begun = |d: &&Draft| d.date.is_some_and(|date| date >= news.max(over));
        in_mail || self.drafts.iter().any(|d| begun(d) && d.to.contains(person))
    }
}

/// A mail of thanks to the person, written when the session was well under way.
fn is_thanks(findings: &Findings, person: &EmailAddress, start: Timestamp) -> bool {
    let origin = &findings.origin;
    findings.thanks && origin.date >= later(start, BEGUN) && origin.recipients.contains(person)
}

fn is_letter(findings: &Findings, ledger: &Ledger) -> bool {
    let ours =
        || findings.origin.message_id.as_deref().is_some_and(|id| ledger.entry(id).is_some());
    is_sent(findings) && !ours()
}

fn is_sent(findings: &Findings) -> bool {
    let origin = &findings.origin;
    origin.by_owner
        && !origin.automatic
        && origin.role != Role::Drafts
        && !findings.objects.iter().any(|o| o.method == Method::Reply)
}

/// Every letter that went out to anybody, but for those that asked how things stand.
fn all(known: &Known<'_>) -> BTreeMap<String, Vec<Timestamp>> {
    let asks = |f: &&Findings| {
        let ours = f.origin.message_id.as_deref().and_then(|id| known.ledger.entry(id));
        ours.is_some_and(|entry| entry.kind.is_check_in())
    };
    let mut all: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for findings in known.findings.iter().copied().filter(|f| is_sent(f) && !asks(f)) {
        for to in &findings.origin.recipients {
            all.entry(to.key()).or_default().push(findings.origin.date);
        }
    }
    all
}

/// The owner's own drafts, as far as they are not deleted.
fn own_drafts<'a>(known: &Known<'a>) -> impl Iterator<Item = &'a Draft> {
    let ledger = known.ledger;
    known.drafts.iter().flat_map(|d| &d.drafts).filter(move |d| {
        let ours = d.message_id.as_deref().is_some_and(|id| ledger.entry(id).is_some());
        !ours && !d.is_deleted()
    })
}
