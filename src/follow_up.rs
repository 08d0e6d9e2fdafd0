//! Interviews, ledger and the time to what is owed: what is due now, what should be taken back, and when to look again.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::address::{EmailAddress, Owner, Person};
use crate::extract::itip::Method;
use crate::extract::lexicon;
use crate::extract::{Findings, Origin};
use crate::folder::{Draft, Drafts, Role};
use crate::interview::{Interview, Session, Standing, later};
use crate::ledger::{Debt, Entry, Kind, Ledger, State};

/// Evidence this much older than a saved draft may still be news: the message may have come between the last look and the
/// save, or by a server's clock that is behind ours. What was known already had its say when the letter was owed.
const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// Why a draft is taken back when the owner wrote a letter of their own: the one reason that settles the debt.
pub const OWNER_WROTE: &str = "the owner wrote to them";

/// The owner's wishes about time.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How long after the day's last session with a company its letters are saved.
    pub after: SignedDuration,
    /// Later than this after the end: not drafted, reported as missed.
    pub window: SignedDuration,
}

/// A letter that is owed to one person.
#[derive(Clone, Debug)]
pub struct FollowUp {
    /// What for.
    pub kind: Kind,
    /// The interview.
    pub interview: Interview,
    /// To whom; the address is known.
    pub person: Person,
    /// That address.
    pub address: EmailAddress,
    /// The sessions with that person.
    pub sessions: Vec<Session>,
    /// Which of the interviewers this is, from 0: each letter is worded differently.
    pub place: usize,
    /// From when on it is to be saved.
    pub due: Timestamp,
    /// What the owner should look at first: reasons for the star.
    pub doubts: Vec<String>,
    /// The attempt, after withdrawals.
    pub revision: u32,
}

impl FollowUp {
    /// Start of the first session with the person.
    pub fn start(&self) -> Timestamp {
        self.sessions.iter().map(|s| s.start).min().unwrap_or(Timestamp::MIN)
    }

    /// End of the last session with the person.
    pub fn over(&self) -> Timestamp {
        self.sessions.iter().map(Session::over).max().unwrap_or(Timestamp::MIN)
    }

    /// The calendar UIDs of the sessions.
    pub fn uids(&self) -> Vec<String> {
        self.sessions.iter().map(|s| s.uid.clone()).collect()
    }
}

/// What is to be done, and when to look again.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Letters due now.
    pub due: Vec<FollowUp>,
    /// Letters that will be due, soonest first.
    pub ahead: Vec<FollowUp>,
    /// Letters whose time has passed.
    pub missed: Vec<FollowUp>,
    /// Saved drafts whose reason is gone: Message-ID and why.
    pub gone: Vec<(String, String)>,
}

impl Plan {
    /// When something falls due next.
    pub fn wake(&self) -> Option<Timestamp> {
        self.ahead.first().map(|f| f.due)
    }
}

/// All that a plan is made from.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The interviews.
    pub interviews: &'a [Interview],
    /// The ledger.
    pub ledger: &'a Ledger,
    /// What the messages say: for what the owner wrote.
    pub findings: &'a [&'a Findings],
    /// Drafts, of every account that has been looked at.
    pub drafts: &'a [&'a Drafts],
    /// The owner.
    pub owner: &'a Owner,
    /// The owner's wishes.
    pub policy: &'a Policy,
}

/// Makes the plan for the moment `now`.
pub fn plan(known: &Known<'_>, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    let letters = Letters::of(known);
    for interview in known.interviews {
        let Some(over) = interview.over() else { continue };
        let due = later(over, known.policy.after);
        for follow_up in owed(known, &letters, interview, due) {
            if now < due {
                plan.ahead.push(follow_up);
            } else if now <= later(over, known.policy.window) {
                plan.due.push(follow_up);
            } else {
                plan.missed.push(follow_up);
            }
        }
    }
    plan.ahead.sort_by(|a, b| (a.due, &a.address).cmp(&(b.due, &b.address)));
    plan.due
        .sort_by(|a, b| (a.due, &a.interview.id, a.place).cmp(&(b.due, &b.interview.id, b.place)));
    plan.gone = known
        .ledger
        .entries()
        .filter_map(|e| Some((e.message_id.clone(), gone(known, &letters, e, now)?)))
        .collect();
    plan
}

/// The letters that an interview owes: one to each interviewer with an address who was not thanked yet.
fn owed(
    known: &Known<'_>,
    letters: &Letters<'_>,
    interview: &Interview,
    due: Timestamp,
) -> Vec<FollowUp> {
    let mut people: Vec<(Person, EmailAddress, Vec<Session>)> = Vec::new();
    for session in interview.standing() {
        for person in &session.interviewers {
            let Some(address) = person.address.clone().filter(|a| !known.owner.has(a)) else {
                continue;
            };
            match people.iter_mut().find(|(_, a, _)| *a == address) {
                Some((_, _, sessions)) => sessions.push(session.clone()),
                None => people.push((person.clone(), address, vec![session.clone()])),
            }
        }
    }
    let mut out = Vec::new();
    for (place, (person, address, sessions)) in people.into_iter().enumerate() {
        let mut doubts: Vec<String> = sessions.iter().flat_map(|s| s.doubts.clone()).collect();
        if interview.language != lexicon::ENGLISH {
            doubts.push(format!(
                "the invitation is in `{}`, the letter in English",
                interview.language
            ));
        }
        let interview = interview.clone();
        let mut one = FollowUp {
            kind: Kind::Thanks,
            interview,
            person,
            address,
            sessions,
            place,
            due,
            doubts,
            revision: 0,
        };
        let uids = one.uids();
        let debt = Debt {
            kind: one.kind,
            person: &one.address,
            uids: &uids,
            start: one.start(),
            over: one.over(),
        };
        if known.ledger.settles(&debt).is_some() || letters.written(&one.address, one.over()) {
            continue;
        }
        one.revision = known.ledger.revision(&debt);
        out.push(one);
    }
    out
}

/// What the owner wrote, in mail and in drafts of their own. An answer to an invitation, an automatic one, and the letters
/// of ours do not count.
struct Letters<'a> {
    mails: Vec<&'a Origin>,
    /// When each address was last written to: a plan asks this for every interviewer there ever was.
    latest: BTreeMap<String, Timestamp>,
}

impl<'a> Letters<'a> {
    fn of(known: &Known<'a>) -> Self {
        let mails: Vec<&Origin> = known
            .findings
            .iter()
            .filter(|f| is_letter(f, known.ledger))
            .map(|f| &f.origin)
            .collect();
        let in_mail = mails.iter().flat_map(|o| o.recipients.iter().map(|to| (to, o.date)));
        let in_drafts = own_drafts(known).filter_map(|d| Some((&d.to, d.date?)));
        let in_drafts = in_drafts.flat_map(|(to, date)| to.iter().map(move |to| (to, date)));
        let mut latest: BTreeMap<String, Timestamp> = BTreeMap::new();
        for (to, date) in in_mail.chain(in_drafts) {
            let known = latest.entry(to.key()).or_insert(date);
            *known = date.max(*known);
        }
        Self { mails, latest }
    }

    /// Whether the owner has written to a person since.
    fn written(&self, person: &EmailAddress, since: Timestamp) -> bool {
        self.latest.get(&person.key()).is_some_and(|date| *date >= since)
    }
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
        let deleted = d.flags.iter().any(|f| f.eq_ignore_ascii_case("\\Deleted"));
        !ours && !deleted
    })
}

/// Why a saved draft should be taken back, if there is new evidence for that: never because a rule changed.
fn gone(known: &Known<'_>, letters: &Letters<'_>, entry: &Entry, now: Timestamp) -> Option<String> {
    let State::Saved { at, copy: Some(_) } = &entry.state else { return None };
    let person = entry.person.address.as_ref()?;
    let news = later(*at, -SLACK);
    if written_later(known, letters, person, entry, news) {
        return Some(OWNER_WROTE.to_owned());
    }
    let sessions: Vec<&Session> = known
        .interviews
        .iter()
        .flat_map(|i| &i.sessions)
        .filter(|s| entry.uids.contains(&s.uid))
        .collect();
    if sessions.is_empty() || sessions.iter().all(|s| s.told <= news) {
        return None;
    }
    if sessions.iter().all(|s| s.standing == Standing::CalledOff) {
        return Some("the interview was called off".to_owned());
    }
    if sessions.iter().all(|s| s.standing == Standing::Declined) {
        return Some("the owner declined".to_owned());
    }
    let standing = || sessions.iter().filter(|s| s.standing == Standing::Stands);
    if standing().all(|s| s.over() > now) {
        return Some("the interview was moved".to_owned());
    }
    let takes_part =
        standing().any(|s| s.interviewers.iter().any(|p| p.address.as_ref() == Some(person)));
    (!takes_part).then(|| "the person was taken off".to_owned())
}

/// A letter of the owner's own to the person, after the session, that reached the mailbox when the draft was saved or later.
fn written_later(
    known: &Known<'_>,
    letters: &Letters<'_>,
    person: &EmailAddress,
    entry: &Entry,
    news: Timestamp,
) -> bool {
    let in_mail = letters
        .mails
        .iter()
        .any(|o| o.arrived >= news && o.date >= entry.over && o.recipients.contains(person));
    let since = news.max(entry.over);
    in_mail
        || own_drafts(known)
            .any(|d| d.date.is_some_and(|date| date >= since) && d.to.contains(person))
}
