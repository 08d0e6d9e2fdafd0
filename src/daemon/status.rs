//! What the daemon knows, for `afterword status` and for systemd's status line.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::account_state::AccountState;
use crate::address::Person;
use crate::engine::Engine;
use crate::interview::{self, Interview, Standing, later};
use crate::ledger::{Decision, Entry, State};

/// Until how long after the end a note is in time: people decide within a day.
const IN_TIME: SignedDuration = SignedDuration::from_hours(24);
/// Where nobody waits for it, the time is not so short.
const NO_HURRY: SignedDuration = SignedDuration::from_hours(5 * 24);
/// How much of an error the status line repeats, in characters.
const MAX_TROUBLE: usize = 80;

/// Everything that `status` tells. Instants are in UTC.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// When it was asked.
    pub at: Timestamp,
    /// The running daemon; none where the store was read without one.
    pub daemon: Option<Running>,
    /// The store's directory.
    pub store: PathBuf,
    /// Each account, in the order of the configuration; none without a daemon.
    pub accounts: Vec<AccountStatus>,
    /// How many notes wait, and until when.
    pub waiting: Waiting,
    /// When the next notes fall due.
    pub next: Option<Timestamp>,
    /// Every interview, by start.
    pub interviews: Vec<InterviewStatus>,
    /// What became of each draft, the oldest first.
    pub drafts: Vec<DraftStatus>,
    /// Notes that were never drafted, since their time had passed.
    pub missed: Vec<Missed>,
}

/// The process that answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Running {
    /// Its process id.
    pub process: u32,
    /// Its version.
    pub version: String,
    /// Since when it runs.
    pub since: Timestamp,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountStatus {
    /// What it is called.
    pub name: String,
    /// How it is doing.
    #[serde(flatten)]
    pub state: AccountState,
}

/// The drafts that the owner has not decided about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// How many are still in time.
    pub notes: usize,
    /// Until when the most urgent of those should go out: a day after the end of its interview.
    pub best_before: Option<Timestamp>,
    /// How many lie there beyond that.
    pub late: usize,
}

/// One interview, as `preview --json` gives it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InterviewStatus {
    /// Its id.
    pub id: String,
    /// The company.
    pub company: Option<String>,
    /// The position.
    pub role: Option<String>,
    /// `upcoming`, `over` or `cancelled`.
    pub status: String,
    /// Its sessions, by start.
    pub sessions: Vec<SessionStatus>,
}

/// One session of an interview.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionStatus {
    /// When it starts.
    pub start: Timestamp,
    /// When it ends, where that is known.
    pub end: Option<Timestamp>,
    /// `stands`, `called off` or `declined`.
    pub standing: String,
    /// Whom the owner talks with.
    pub interviewers: Vec<Person>,
}

/// What became of one draft.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DraftStatus {
    /// What it is for, as `preview --json` names it.
    pub kind: String,
    /// To whom.
    pub to: Vec<Person>,
    /// The interview's id.
    pub interview: String,
    /// The account whose Drafts it is for.
    pub account: String,
    /// Its Message-ID.
    pub message_id: String,
    /// `saving`, `waiting`, `sent`, `edited`, `removed`, `written` (by the owner instead) or `withdrawn`.
    pub state: String,
    /// Why it was withdrawn.
    pub why: Option<String>,
    /// When it was saved, or, withdrawn, when that was.
    pub since: Timestamp,
    /// Until when it should go out.
    pub best_before: Timestamp,
    /// Whether it carries the star.
    pub flagged: bool,
}

/// A note whose time has passed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Missed {
    /// The interview's id.
    pub interview: String,
    /// To whom it would have gone.
    pub to: Vec<Person>,
    /// When the interview was over.
    pub over: Timestamp,
}

impl Status {
    /// What an engine knows at `now`.
    pub fn of(engine: &Engine, now: Timestamp) -> Self {
        let plan = engine.plan(now);
        let missed = plan.missed.iter().map(|f| Missed {
            interview: f.interview.id.clone(),
            to: vec![f.person.clone()],
            over: f.over(),
        });
        let mut drafts: Vec<DraftStatus> = engine.ledger().entries().filter_map(draft).collect();
        drafts.sort_by(|a, b| (a.since, &a.message_id).cmp(&(b.since, &b.message_id)));
        Self {
            at: now,
            daemon: None,
            store: PathBuf::new(),
            accounts: Vec::new(),
            waiting: Waiting::of(&drafts, now),
            next: plan.wake(),
            interviews: engine.interviews().iter().map(|i| interview(i, now)).collect(),
            missed: missed.collect(),
            drafts,
        }
    }

    /// One line that a person understands, with the times of their zone: what does not work, which notes wait and until
    /// when, and what lies ahead.
    pub fn line(&self, zone: &TimeZone) -> String {
        let mut parts: Vec<String> = self.accounts.iter().filter_map(|a| a.trouble(zone)).collect();
        parts.push(self.waiting.line(self.at, zone));
        let ahead = self.interviews.iter().filter(|i| i.is_ahead()).count();
        parts.push(match ahead {
            0 => "no interview ahead".to_owned(),
            1 => "1 interview ahead".to_owned(),
            many => format!("{many} interviews ahead"),
        });
        parts.join("; ")
    }
}

impl AccountStatus {
    fn trouble(&self, zone: &TimeZone) -> Option<String> {
        let trouble = self.state.trouble.as_ref()?;
        let what = trouble.what.lines().next().unwrap_or_default();
        let what: String = match what.char_indices().nth(MAX_TROUBLE) {
            Some((end, _)) => format!("{}...", &what[..end]),
            None => what.to_owned(),
        };
        Some(format!("{}: {what}, trying again at {}", self.name, clock(trouble.next_try, zone)))
    }
}

impl Waiting {
    fn of(drafts: &[DraftStatus], now: Timestamp) -> Self {
        let waiting = || drafts.iter().filter(|d| d.state == "waiting");
        let in_time = || waiting().map(|d| d.best_before).filter(|until| *until > now);
        Self {
            notes: in_time().count(),
            best_before: in_time().min(),
            late: waiting().count() - in_time().count(),
        }
    }

    /// "2 notes wait in Drafts, best sent before Fri 14:30", and how many are late.
    pub fn line(&self, now: Timestamp, zone: &TimeZone) -> String {
        let notes = match self.notes {
            0 if self.late > 0 => String::new(),
            0 => "no note waits".to_owned(),
            1 => "1 note waits in Drafts".to_owned(),
            many => format!("{many} notes wait in Drafts"),
        };
        let until = self
            .best_before
            .map_or_else(String::new, |t| format!(", best sent before {}", short(t, now, zone)));
        let late = match self.late {
            0 => String::new(),
            late if self.notes > 0 => format!(" (and {late} older)"),
            1 => "1 note waits in Drafts, more than a day after its interview".to_owned(),
            many => format!("{many} notes wait in Drafts, more than a day after their interviews"),
        };
        format!("{notes}{until}{late}")
    }
}

impl InterviewStatus {
    /// Whether something of it lies ahead.
    pub fn is_ahead(&self) -> bool {
        self.status == interview::Status::Upcoming.as_str()
    }
}

/// An instant of these days for a person: `Fri 14:30`, farther away with its date.
pub fn short(instant: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let near = instant.duration_since(now).abs() < SignedDuration::from_hours(6 * 24);
    let form = if near { "%a %H:%M" } else { "%a %b %-d %H:%M" };
    instant.to_zoned(zone.clone()).strftime(form).to_string()
}

/// The time of day for a person.
pub fn clock(instant: Timestamp, zone: &TimeZone) -> String {
    instant.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// Until when a note should go out: a day after its session; one that asks how things stand within some days.
pub fn best_before(entry: &Entry) -> Timestamp {
    if entry.kind.is_check_in() {
        return later(entry.at(), NO_HURRY);
    }
    later(entry.over, IN_TIME)
}

pub(super) fn interview(interview: &Interview, now: Timestamp) -> InterviewStatus {
    let sessions = interview.sessions.iter().map(|s| SessionStatus {
        start: s.start,
        end: s.end,
        standing: match s.standing {
            Standing::Stands => "stands",
            Standing::CalledOff => "called off",
            Standing::Declined => "declined",
        }
        .to_owned(),
        interviewers: s.interviewers.clone(),
    });
    InterviewStatus {
        id: interview.id.clone(),
        company: interview.company.clone(),
        role: interview.role.clone(),
        status: interview.status(now).as_str().to_owned(),
        sessions: sessions.collect(),
    }
}

/// What became of a draft; nothing of one that was never made.
pub(super) fn draft(entry: &Entry) -> Option<DraftStatus> {
    let (state, why) = match &entry.state {
        State::Intended { .. } => ("saving", None),
        State::Saved { .. } => ("waiting", None),
        State::Decided { how, .. } => (
            match how {
                Decision::Sent => "sent",
                Decision::Edited => "edited",
                Decision::Removed => "removed",
                Decision::Written => "written",
            },
            None,
        ),
        State::Withdrawing { why, .. } | State::Withdrawn { why, .. } => {
            ("withdrawn", Some(why.clone()))
        }
        State::Missed { .. } => return None,
    };
    Some(DraftStatus {
        kind: entry.kind.as_str().to_owned(),
        to: vec![entry.person.clone()],
        interview: entry.interview.clone(),
        account: entry.account.clone(),
        message_id: entry.message_id.clone(),
        state: state.to_owned(),
        why,
        since: entry.at(),
        best_before: best_before(entry),
        flagged: entry.flagged,
    })
}
