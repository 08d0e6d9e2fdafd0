//! Interviews, ledger and the time to what is owed: what is due now, what should be taken back, and when to look again.

mod check_in;
mod owed;
mod own;
mod saved;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::address::{EmailAddress, Owner, Person};
use crate::extract::{Findings, Medium, hex};
use crate::folder::Drafts;
use crate::interview::{Interview, Session, later};
use crate::ledger::{Debt, Entry, Kind, Ledger, State};

use own::Letters;
pub use saved::{OWNER_WROTE, REPLACED};

/// A letter is renewed so often at most: mail that contradicts itself must not keep it from coming to rest.
const MAX_RENEWALS: u32 = 5;

/// The owner's wishes about time.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How long after the day's last session with a company its letters are saved.
    pub after: SignedDuration,
    /// Later than this after the end: not drafted, reported as missed.
    pub window: SignedDuration,
    /// Whether to follow up when nothing is heard.
    pub check_in: bool,
}

/// A letter that is owed to one person.
#[derive(Clone, Debug)]
pub struct FollowUp {
    /// What for.
    pub kind: Kind,
    /// The interview.
    pub interview: Interview,
    /// To whom; of a script, whom to call.
    pub person: Person,
    /// Where it goes: to that person's address; a script to the owner's.
    pub address: EmailAddress,
    /// Interviewers without a known address, whom the reader is asked to thank.
    pub on_behalf: Vec<Person>,
    /// The sessions with that person; of a letter that is passed on, those with the others.
    pub sessions: Vec<Session>,
    /// Which of the interviewers this is, from 0: each letter is worded differently.
    pub place: usize,
    /// From when on it is to be saved.
    pub due: Timestamp,
    /// What the owner should look at first: reasons for the star.
    pub doubts: Vec<String>,
    /// Which letter to this person for these sessions it is, after withdrawals and replacements.
    pub revision: u32,
    /// The Message-ID of the untouched draft whose place it takes, since new evidence makes its text another.
    pub replaces: Option<String>,
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

    /// The names of the sessions: calendar UIDs, and what words made.
    pub fn uids(&self) -> Vec<String> {
        self.sessions.iter().flat_map(Session::uids).cloned().collect()
    }

    /// The threads in which the sessions were arranged.
    pub fn threads(&self) -> Vec<String> {
        self.sessions.iter().flat_map(|s| s.threads.iter().cloned()).collect()
    }

    /// Whether the ledger has it that its time has passed.
    pub fn is_told_as_missed(&self, ledger: &Ledger) -> bool {
        ledger.is_missed(&debt(self, &[], &[]))
    }

    /// A digest of the facts that the letter states.
    pub fn facts(&self, zone: &TimeZone) -> String {
        let medium = self.interview.medium.map(|m| match m {
            Medium::Phone => "phone",
            Medium::Video => "video",
            Medium::Onsite => "onsite",
        });
        let day = self.sessions.iter().map(|s| s.start).max().map(|s| s.to_zoned(zone.clone()));
        let day = day.map(|d| d.date().to_string());
        let known = [
            self.person.name.as_deref(),
            self.interview.company.as_deref(),
            self.interview.role.as_deref(),
            medium,
            day.as_deref(),
        ];
        let mut hash = Sha256::new();
        let others = self.on_behalf.iter().filter_map(|p| p.name.as_deref());
        let others = others.chain(self.interview.notes.iter().map(|n| n.text.as_str()));
        for fact in known.into_iter().map(Option::unwrap_or_default).chain(others) {
            hash.update(fact.len().to_le_bytes());
            hash.update(fact.as_bytes());
        }
        hex(&hash.finalize()[..8])
    }

    /// Start of the last session with the person: before it no mail to them is thanks for all of it.
    fn last_start(&self) -> Timestamp {
        self.sessions.iter().map(|s| s.start).max().unwrap_or(Timestamp::MIN)
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
    /// Saved drafts that the owner should look at before sending them: Message-ID and why.
    pub doubtful: Vec<(String, String)>,
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
        for follow_up in owed::letters(known, &letters, interview, due) {
            let renewal = follow_up.replaces.is_some();
            if now < due {
                // What it renews is there until then.
                plan.ahead.extend((!renewal).then_some(follow_up));
            } else if now <= later(over, known.policy.window) {
                plan.due.push(follow_up);
            } else if !renewal {
                plan.missed.push(follow_up);
            }
        }
        // One whose time has passed is nothing to tell: nobody waits for it.
        if let Some(check_in) = check_in::owed(known, &letters, interview, now) {
            if now < check_in.due {
                plan.ahead.push(check_in);
            } else if now <= later(check_in.due, check_in::WINDOW) {
                plan.due.push(check_in);
            }
        }
    }
    plan.ahead.sort_by(|a, b| (a.due, &a.address).cmp(&(b.due, &b.address)));
    plan.due
        .sort_by(|a, b| (a.due, &a.interview.id, a.place).cmp(&(b.due, &b.interview.id, b.place)));
    let entries = || known.ledger.entries();
    let all = |why: &dyn Fn(&Entry) -> Option<String>| {
        entries().filter_map(|e| Some((e.message_id.clone(), why(e)?))).collect()
    };
    plan.gone = all(&|e| saved::gone(known, &letters, e, now));
    plan.doubtful = all(&|e| saved::doubtful(known, e));
    plan
}

/// The letters that an interview gives rise to, whatever became of them: each with the Message-ID of the one that was
/// drafted, if one was.
pub fn of_interview(known: &Known<'_>, interview: &Interview) -> Vec<(FollowUp, Option<String>)> {
    let debts = owed::debts(known, interview, due(known, interview)).into_iter();
    let drafted = debts.map(|one| {
        let (uids, threads) = (one.uids(), one.threads());
        let settled = known.ledger.settles(&debt(&one, &uids, &threads));
        let message_id = settled.map(|entry| entry.message_id.clone());
        (one, message_id)
    });
    drafted.collect()
}

/// A call to each of the people of an interview, for its script.
pub fn calls(known: &Known<'_>, interview: &Interview) -> Vec<FollowUp> {
    owed::calls(known, interview, due(known, interview))
}

/// When the letters of an interview are to be saved; the end of time where none of it takes place.
fn due(known: &Known<'_>, interview: &Interview) -> Timestamp {
    interview.over().map_or(Timestamp::MAX, |over| later(over, known.policy.after))
}

/// Whether the owner has written to the person of a letter themselves.
pub fn is_written(known: &Known<'_>, entry: &Entry) -> bool {
    saved::is_written(known, &Letters::of(known), entry)
}

/// The debt, unless it is settled; with the revision that its letter has, and the letter whose place it takes.
fn unsettled(known: &Known<'_>, letters: &Letters<'_>, one: FollowUp) -> Option<FollowUp> {
    if one.kind != Kind::Call && letters.written(&one.address, one.last_start(), one.over()) {
        return None;
    }
    let (uids, threads) = (one.uids(), one.threads());
    let debt = debt(&one, &uids, &threads);
    if known.ledger.passed_on(&one.person, one.start(), one.over()).is_some() {
        return None;
    }
    let revision = known.ledger.revision(&debt);
    let replaces = match known.ledger.settles(&debt) {
        None => None,
        Some(earlier) if is_outdated(earlier, &one, known.owner) && revision <= MAX_RENEWALS => {
            Some(earlier.message_id.clone())
        }
        Some(_) => return None,
    };
    Some(FollowUp { revision, replaces, ..one })
}

/// Whether a saved letter states what mail that came after it has corrected.
fn is_outdated(earlier: &Entry, follow_up: &FollowUp, owner: &Owner) -> bool {
    // One that was never seen in Drafts may be gone already.
    let is_there = matches!(&earlier.state, State::Saved { copy: Some(copy), .. } if copy.size > 0);
    let told = follow_up.sessions.iter().map(|s| s.told);
    let noted = follow_up.interview.notes.iter().map(|n| n.at);
    is_there
        && told.chain(noted).any(|news| news > earlier.at())
        && !earlier.facts.is_empty()
        && earlier.facts != follow_up.facts(&owner.time_zone)
}

fn debt<'a>(follow_up: &'a FollowUp, uids: &'a [String], threads: &'a [String]) -> Debt<'a> {
    Debt {
        kind: follow_up.kind,
        person: &follow_up.person,
        uids,
        threads,
        start: follow_up.start(),
        over: follow_up.over(),
    }
}
