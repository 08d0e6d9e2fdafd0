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
        Self { mails, drafts, latest }
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
    let origin = &findings.origin;
    let ours = || origin.message_id.as_deref().is_some_and(|id| ledger.entry(id).is_some());
    origin.by_owner
        && !origin.automatic
        && origin.role != Role::Drafts
        && !findings.objects.iter().any(|o| o.method == Method::Reply)
        && !ours()
}

/// The owner's own drafts, as far as they are not deleted.
fn own_drafts<'a>(known: &Known<'a>) -> impl Iterator<Item = &'a Draft> {
    let ledger = known.ledger;
    known.drafts.iter().flat_map(|d| &d.drafts).filter(move |d| {
        let ours = d.message_id.as_deref().is_some_and(|id| ledger.entry(id).is_some());
        !ours && !d.is_deleted()
    })
}
