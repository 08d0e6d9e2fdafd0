//! `afterword inspect`: what one message says, and the words that each conclusion rests on.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Error, person, printable, printed, remark, say, session, setup};
use crate::address::Owner;
use crate::config::Settings;
use crate::extract::{self, Findings, Lexicon, Place, senders, verdict};
use crate::folder::Role;
use crate::message::Message;
use crate::message::icalendar::{Attendee, Calendar, Event, When};

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// One JSON object a line, one line a file
    #[arg(long)]
    json: bool,
    /// Messages (RFC 5322) or calendar files (.ics)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Inspects each file in the order given; one that cannot be read is told and makes the exit status 1.
pub fn inspect(arguments: &Inspect, settings: &Settings) -> Result<(), Error> {
    let setup = setup::Maker::new(settings)?;
    let lexicon = setup.lexicon();
    let mut failed = false;
    for file in &arguments.files {
        match read(file) {
            Ok(bytes) => {
                let (message, findings) = findings(&bytes, &settings.owner, lexicon);
                let calendar = calendar(&message);
                if arguments.json {
                    say(&as_json(file, &findings, &calendar).to_string())?;
                } else {
                    say(&printable(&as_text(
                        &file.display().to_string(),
                        &findings,
                        &message,
                        &calendar,
                    )))?;
                }
            }
            Err(reason) => {
                failed = true;
                if arguments.json {
                    say(&json!({"file": file.display().to_string(), "error": reason}).to_string())?;
                }
                remark(&format!("error: {reason}"));
            }
        }
    }
    if failed { Err(Error::Told) } else { Ok(()) }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    let failed = |e: std::io::Error| format!("cannot read `{}`: {e}", file.display());
    let mut bytes = Vec::new();
    let handle = File::open(file).map_err(failed)?;
    if handle.metadata().map_err(failed)?.is_dir() {
        return Err(format!(
            "cannot read `{}`: it is a directory\nhint: `afterword preview` reads directories",
            file.display()
        ));
    }
    handle.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!(
            "cannot read `{}`: it is larger than {} MiB",
            file.display(),
            MAX_FILE >> 20
        ));
    }
    Ok(bytes)
}

/// Reads a message or a bare calendar file, and what it says.
pub fn findings(bytes: &[u8], owner: &Owner, lexicon: &Lexicon) -> (Message, Findings) {
    let message = if Message::is_calendar(bytes) {
        Message::from_calendar(bytes, &owner.time_zone)
    } else {
        Message::parse(bytes, &owner.time_zone)
    };
    let arrived = message.received.or(message.date).unwrap_or(Timestamp::UNIX_EPOCH);
    let place = Place { account: "", role: Role::Inbox, arrived };
    let findings = extract::read(&message, &place, owner, lexicon);
    (message, findings)
}

fn as_json(file: &Path, findings: &Findings, calendar: &[Value]) -> Value {
    json!({
        "file": file.display().to_string(),
        "verdict": findings.verdict,
        "sessions": findings.sessions.iter().map(session).collect::<Vec<_>>(),
        "company": findings.company,
        "role": findings.role,
        "medium": findings.medium,
        "contact": findings.contact.as_ref().map(person),
        "evidence": findings.evidence,
        "calendar": calendar,
    })
}

/// Every calendar object as it was read, one for each UID, RECURRENCE-ID and SEQUENCE; those of attached messages too.
fn calendar(message: &Message) -> Vec<Value> {
    let mut seen = Vec::new();
    let mut out = Vec::new();
    for part in std::iter::once(message).chain(&message.forwarded) {
        for (calendar, event) in
            part.calendars.iter().flat_map(|c| c.events.iter().map(move |e| (c, e)))
        {
            let identity = (event.uid.clone(), event.recurrence_id, event.sequence);
            if !seen.contains(&identity) {
                seen.push(identity);
                out.push(object(calendar, event));
            }
        }
    }
    out
}

fn object(calendar: &Calendar, event: &Event) -> Value {
    json!({
        "uid": event.uid,
        "recurrence_id": event.recurrence_id.map(when),
        "method": calendar.method,
        "sequence": event.sequence,
        "status": event.status,
        "summary": event.summary,
        "start": event.start.map(when),
        "end": event.end.map(when),
        "all_day": matches!(event.start, Some(When::Day(_))),
        "tzid": event.tzid,
        "organizer": event.organizer.as_ref().and_then(|o| o.address.as_ref()),
        "attendees": event.attendees.iter().map(attendee).collect::<Vec<_>>(),
    })
}

fn when(when: When) -> Value {
    match when {
        When::Instant(instant) => json!(instant),
        When::Day(day) => json!(day),
    }
}

fn attendee(attendee: &Attendee) -> Value {
    json!({
        "name": attendee.name,
        "address": attendee.address,
        "partstat": attendee.partstat,
        "kind": senders::kind(attendee).as_str(),
    })
}

/// What a message says, for a human reader, without the calendar objects.
pub fn summary(bytes: &[u8], owner: &Owner, lexicon: &Lexicon) -> String {
    let (message, findings) = findings(bytes, owner, lexicon);
    as_text(&message.subject, &findings, &message, &[])
}

fn as_text(title: &str, findings: &Findings, message: &Message, calendar: &[Value]) -> String {
    let mut lines = vec![format!("{title}: {}", verdict::name(findings.verdict))];
    let mut field = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    for session in &findings.sessions {
        let end = session.end.map_or_else(|| "?".to_owned(), |e| e.to_string());
        field("session", format!("{} to {end}", session.start));
        for one in &session.interviewers {
            field("", format!("with {}", printed(one)));
        }
    }
    for (name, value) in [("company", &findings.company), ("role", &findings.role)] {
        if let Some(value) = value {
            field(name, value.clone());
        }
    }
    if let Some(medium) = findings.medium {
        field("medium", super::medium(medium).to_owned());
    }
    if let Some(contact) = &findings.contact {
        field("contact", printed(contact));
    }
    for evidence in &findings.evidence {
        field(
            "because",
            format!(
                "{} = {}: \"{}\" ({})",
                evidence.field, evidence.value, evidence.quote, evidence.source
            ),
        );
    }
    for object in calendar {
        let text = |key: &str| object[key].as_str().unwrap_or("-").to_owned();
        field(
            "calendar",
            format!(
                "{} {} \"{}\" {} to {}",
                text("method"),
                text("uid"),
                text("summary"),
                text("start"),
                text("end")
            ),
        );
    }
    for problem in &message.problems {
        field("noted", problem.clone());
    }
    lines.join("\n")
}
