//! `afterword preview`: what the daemon would leave in Drafts for given mail, on a simulated clock.

mod mail;
mod mailbox;

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Error, person, printable, printed, remark, say, setup};
use crate::config::Settings;
use crate::engine::{Engine, Input};
use crate::folder::Delivery;
use crate::interview::{Interview, Standing};
use crate::ledger::Ledger;

use mailbox::Mailbox;

/// The account's name in a preview.
const ACCOUNT: &str = "preview";

/// Arguments of `preview`.
#[derive(Debug, Args)]
pub struct Preview {
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    /// The moment to look at Drafts, RFC 3339 [default: now]
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// Mail that the owner sent: a Maildir, an mbox or a folder of .eml files
    #[arg(long, value_name = "PATH")]
    sent: Option<PathBuf>,
    /// Mail that arrived: a Maildir (its `.Sent` is read as Sent), an mbox, a folder of .eml files, or one message
    path: PathBuf,
}

/// Plays the messages in their order through the engine up to the moment asked for, and prints what Drafts holds then.
pub fn preview(arguments: &Preview, settings: &Settings, now: Timestamp) -> Result<(), Error> {
    let at = arguments.at.unwrap_or(now);
    let (mut deliveries, notes) =
        mail::read(&arguments.path, arguments.sent.as_deref(), settings).map_err(Error::Failed)?;
    for note in notes {
        remark(&format!("note: {note}"));
    }
    deliveries.retain(|d| d.arrived <= at);
    deliveries.sort_by_key(|d| d.arrived);
    let setup = setup::Maker::new(settings)?;
    for what in setup.refused() {
        remark(&format!("note: {what}; the built-in one is used in its place"));
    }
    let mut engine = Engine::new(
        setup.make(vec![ACCOUNT.to_owned()]),
        std::collections::BTreeMap::new(),
        Ledger::default(),
    );
    let mailbox = play(&mut engine, deliveries, at);
    let interviews = engine.interviews();
    if arguments.json {
        say(&as_json(interviews, &mailbox, at).to_string())
    } else {
        say(&printable(&as_text(interviews, &mailbox, at)))
    }
}

/// The daemon's life on a simulated clock: it jumps from delivery to wake-up to delivery.
fn play(engine: &mut Engine, deliveries: Vec<Delivery>, at: Timestamp) -> Mailbox {
    let mut mailbox = Mailbox::default();
    let mut deliveries = deliveries.into_iter().peekable();
    let mut now = Timestamp::MIN;
    loop {
        let arrival = deliveries.peek().map(|d| d.arrived);
        let wake = engine.wake(now);
        let Some(next) = arrival.into_iter().chain(wake).min().filter(|t| *t <= at) else { break };
        now = next.max(now);
        let mut told = false;
        while let Some(delivery) = deliveries.next_if(|d| d.arrived <= now) {
            told |= !engine
                .handle(Input::Delivered { account: ACCOUNT.to_owned(), delivery }, now)
                .is_empty();
        }
        if told || wake.is_some_and(|w| w <= now) {
            mailbox.catch_up(engine, ACCOUNT, now);
        }
    }
    mailbox.catch_up(engine, ACCOUNT, at);
    mailbox
}

fn as_json(interviews: &[Interview], mailbox: &Mailbox, at: Timestamp) -> Value {
    json!({
        "at": at,
        "interviews": interviews.iter().map(|i| interview(i, at)).collect::<Vec<_>>(),
        "drafts": mailbox.drafts().map(|lying| {
            let draft = &lying.draft;
            json!({
                "kind": lying.kind, "to": [person(&draft.to)], "subject": draft.subject, "body": draft.body, "in_reply_to": draft.in_reply_to,
                "message_id": draft.message_id, "saved_at": lying.saved_at, "interview": lying.interview, "flagged": draft.flagged, "because": draft.because,
            })
        }).collect::<Vec<_>>(),
    })
}

fn interview(interview: &Interview, at: Timestamp) -> Value {
    let sessions: Vec<Value> = interview
        .sessions
        .iter()
        .map(|s| {
            json!({
                "start": s.start, "end": s.end, "interviewers": s.interviewers.iter().map(person).collect::<Vec<_>>(),
                "standing": match s.standing { Standing::Stands => "stands", Standing::CalledOff => "called off", Standing::Declined => "declined" },
            })
        })
        .collect();
    json!({"id": interview.id, "company": interview.company, "role": interview.role, "status": interview.status(at).as_str(), "sessions": sessions})
}

fn as_text(interviews: &[Interview], mailbox: &Mailbox, at: Timestamp) -> String {
    let mut lines = vec![format!("At {at}:")];
    for one in interviews {
        let company = one.company.as_deref().unwrap_or("an unnamed company");
        let role = one.role.as_deref().map(|r| format!(", {r}")).unwrap_or_default();
        lines.push(format!("\n{} {company}{role}: {}", one.id, one.status(at).as_str()));
        for session in &one.sessions {
            let people: Vec<String> = session.interviewers.iter().map(printed).collect();
            lines.push(format!(
                "  {} to {} with {}",
                session.start,
                session.over(),
                people.join(", ")
            ));
        }
    }
    let mut count = 0_usize;
    for lying in mailbox.drafts() {
        count += 1;
        lines.push(format!(
            "\n--- in Drafts since {}{} ---",
            lying.saved_at,
            if lying.draft.flagged { ", starred" } else { "" }
        ));
        lines.push(format!(
            "To: {}\nSubject: {}\n\n{}",
            printed(&lying.draft.to),
            lying.draft.subject,
            lying.draft.body
        ));
        lines.extend(lying.draft.because.iter().map(|b| format!("  because: {b}")));
    }
    lines.push(format!("\n{} interviews, {count} drafts", interviews.len()));
    lines.join("\n")
}
