//! Why an interview and its drafts are what they are, for `afterword explain`: each conclusion with the message and the words
//! that it rests on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::status::{DraftStatus, InterviewStatus, draft, interview};
use crate::address::Person;
use crate::engine::Engine;
use crate::extract::Findings;
use crate::interview::Interview;

/// Everything that is known of one interview. Instants are in UTC.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Explanation {
    /// When it was asked.
    pub at: Timestamp,
    /// The interview.
    pub interview: InterviewStatus,
    /// Who arranges it.
    pub contact: Option<Person>,
    /// For each session, by start: how it came to be what it is, and what is doubtful in it.
    pub sessions: Vec<Reasons>,
    /// The words that it rests on, by message.
    pub evidence: Vec<Words>,
    /// What the owner forgot to say, and where that was told.
    pub notes: Vec<Told>,
    /// Ids of earlier interviews with the same company.
    pub earlier: Vec<String>,
    /// Letters that will be drafted.
    pub ahead: Vec<Ahead>,
    /// What became of each draft.
    pub drafts: Vec<DraftStatus>,
}

/// Why a session is what it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reasons {
    /// When it starts.
    pub start: Timestamp,
    /// How that is known.
    pub because: Vec<String>,
    /// What the owner should look at.
    pub doubts: Vec<String>,
}

/// One conclusion from one message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Words {
    /// The message.
    pub message: String,
    /// What was concluded: `company`, `sessions[0].start`.
    pub field: String,
    /// The conclusion.
    pub value: String,
    /// Where the words stand in the message.
    pub source: String,
    /// The words.
    pub quote: String,
}

/// A note of the owner's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    /// The words.
    pub text: String,
    /// Where they come from.
    pub source: String,
}

/// A letter that is owed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ahead {
    /// What for.
    pub kind: String,
    /// To whom.
    pub to: Person,
    /// Who is thanked through them.
    pub on_behalf: Vec<Person>,
    /// When it is saved.
    pub due: Timestamp,
    /// Why it will carry the star, if it will.
    pub doubts: Vec<String>,
}

impl Explanation {
    /// Explains the interview that is or was called `id`, or whose draft has that Message-ID; `None` where there is none.
    pub fn of(engine: &Engine, id: &str, now: Timestamp) -> Option<Self> {
        let found = engine.interview_or_of_draft(id)?;
        let plan = engine.plan(now);
        let ahead = plan.ahead.iter().chain(&plan.due).filter(|f| f.interview.id == found.id);
        let drafts = engine.ledger().entries().filter(|e| found.is_called(&e.interview));
        let mut drafts: Vec<DraftStatus> = drafts.filter_map(draft).collect();
        drafts.sort_by(|a, b| (a.since, &a.message_id).cmp(&(b.since, &b.message_id)));
        Some(Self {
            at: now,
            interview: interview(found, now),
            contact: found.contact.clone(),
            sessions: found.sessions.iter().map(reasons).collect(),
            evidence: evidence(engine, found),
            notes: found
                .notes
                .iter()
                .map(|n| Told { text: n.text.clone(), source: n.source.clone() })
                .collect(),
            earlier: found.earlier.iter().map(|m| m.interview.clone()).collect(),
            ahead: ahead
                .map(|f| Ahead {
                    kind: f.kind.as_str().to_owned(),
                    to: f.person.clone(),
                    on_behalf: f.on_behalf.clone(),
                    due: f.due,
                    doubts: f.doubts.clone(),
                })
                .collect(),
            drafts,
        })
    }
}

fn reasons(session: &crate::interview::Session) -> Reasons {
    Reasons {
        start: session.start,
        because: session.because.clone(),
        doubts: session.doubts.clone(),
    }
}

/// The evidence of every message that speaks of the interview, the oldest message first.
fn evidence(engine: &Engine, interview: &Interview) -> Vec<Words> {
    let speaks = |f: &&Findings| interview.members.contains(&f.origin.key);
    let mut members: Vec<&Findings> = engine.findings().filter(speaks).collect();
    members.sort_by(|a, b| (a.origin.date, &a.origin.key).cmp(&(b.origin.date, &b.origin.key)));
    members.dedup_by_key(|f| &f.origin.key);
    let words = members.into_iter().flat_map(|f| {
        f.evidence.iter().map(|e| Words {
            message: f.name(),
            field: e.field.clone(),
            value: e.value.clone(),
            source: e.source.clone(),
            quote: e.quote.clone(),
        })
    });
    words.collect()
}
