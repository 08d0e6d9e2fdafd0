//! `afterword status`: what the running daemon knows, or, while none runs, what it has stored.

use std::fmt::Write as _;

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Error, ask, printable, printed, say};
use crate::config::Settings;
use crate::control::Request;
use crate::daemon::SetAside;
use crate::daemon::status::{AccountStatus, DraftStatus, InterviewStatus, Running, Status, short};

/// How far back the human output goes; `--json` gives everything.
const BACK: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct Show {
    /// Print JSON: one object
    #[arg(long)]
    json: bool,
}

/// Prints what is known.
pub async fn show(arguments: &Show, settings: &Settings) -> Result<(), Error> {
    let status: Status = ask::read(ask::ask(settings, &Request::Status).await?)?;
    if arguments.json {
        return say(&ask::pretty(&status)?);
    }
    say(&printable(&text(&status, &settings.owner.time_zone)))
}

fn text(status: &Status, zone: &TimeZone) -> String {
    let mut lines = vec![running(status, zone)];
    lines.extend(status.accounts.iter().map(|a| format!("  {}", account(a, status, zone))));
    lines.push(format!("\n{}", status.waiting.line(status.at, zone)));
    if let Some(next) = status.next {
        lines.push(format!("the next notes are due {}", short(next, status.at, zone)));
    }
    let recent = |i: &&InterviewStatus| {
        i.is_ahead()
            || i.sessions.iter().any(|s| status.at.duration_since(s.start) < BACK)
            || drafts(status, i).any(|d| d.state == "waiting")
    };
    let (ahead, behind): (Vec<_>, Vec<_>) =
        status.interviews.iter().filter(recent).partition(|i| i.is_ahead());
    for (title, interviews) in [("ahead", ahead), ("behind", behind)] {
        if interviews.is_empty() {
            continue;
        }
        lines.push(format!("\ninterviews {title}:"));
        for one in interviews {
            lines.extend(interview(one, status, zone).into_iter().map(|l| format!("  {l}")));
        }
    }
    lines.join("\n")
}

fn running(status: &Status, zone: &TimeZone) -> String {
    match &status.daemon {
        Some(Running { process, version, since }) => format!(
            "afterword {version} runs since {} (process {process})",
            short(*since, status.at, zone)
        ),
        None => {
            format!("no daemon runs; this is what the store `{}` holds:", status.store.display())
        }
    }
}

fn account(account: &AccountStatus, status: &Status, zone: &TimeZone) -> String {
    let time = |t| short(t, status.at, zone);
    let state = &account.state;
    let connected = match (&state.connected_since, &state.trouble) {
        (_, Some(trouble)) => {
            trouble.what.replace('\n', "; ") + &format!("; trying again {}", time(trouble.next_try))
        }
        (Some(since), None) => format!("connected since {}", time(*since)),
        (None, None) => "connecting".to_owned(),
    };
    let read = state
        .caught_up
        .map_or_else(|| "not read to the end yet".to_owned(), |t| format!("all read {}", time(t)));
    let mut line = format!("{}: {connected}; {read}", account.name);
    for SetAside { folder, uid, why } in &state.set_aside {
        let what = uid.map_or_else(String::new, |uid| format!("message {uid} of "));
        let why = why.replace('\n', "; ");
        let _ = write!(line, "\n    {what}{folder} is not read: {why}");
    }
    line
}

/// The drafts of an interview.
fn drafts<'a>(
    status: &'a Status,
    interview: &'a InterviewStatus,
) -> impl Iterator<Item = &'a DraftStatus> {
    status.drafts.iter().filter(|d| d.interview == interview.id)
}

fn interview(interview: &InterviewStatus, status: &Status, zone: &TimeZone) -> Vec<String> {
    let company = interview.company.as_deref().unwrap_or("a company without a name");
    let role = interview.role.as_deref().map(|r| format!(", {r}")).unwrap_or_default();
    let mut lines = vec![format!("{company}{role} [{}]", interview.id)];
    for session in &interview.sessions {
        let people: Vec<String> = session.interviewers.iter().map(printed).collect();
        let people = if people.is_empty() { "somebody".to_owned() } else { people.join(", ") };
        let standing = if session.standing == "stands" {
            String::new()
        } else {
            format!(" ({})", session.standing)
        };
        lines.push(format!("  {} with {people}{standing}", short(session.start, status.at, zone)));
    }
    lines.extend(
        drafts(status, interview).map(|d| format!("  note to {}", draft_line(d, status.at, zone))),
    );
    let missed = status.missed.iter().filter(|m| m.interview == interview.id);
    lines.extend(
        missed
            .flat_map(|m| &m.to)
            .map(|p| format!("  note to {}: not drafted, it would have been too late", printed(p))),
    );
    lines
}

/// What became of a draft, in a line.
pub(super) fn draft_line(draft: &DraftStatus, at: Timestamp, zone: &TimeZone) -> String {
    let to = draft.to.iter().map(printed).collect::<Vec<_>>().join(", ");
    let star = if draft.flagged { ", starred" } else { "" };
    let state = match draft.state.as_str() {
        "waiting" => {
            format!("in Drafts{star}, best sent before {}", short(draft.best_before, at, zone))
        }
        "saving" => "being saved".to_owned(),
        "sent" => "sent".to_owned(),
        "edited" => "edited by you, and yours now".to_owned(),
        "removed" => "deleted by you".to_owned(),
        "written" => "taken back, since you wrote yourself".to_owned(),
        other => {
            draft.why.as_ref().map_or_else(|| other.to_owned(), |why| format!("taken back: {why}"))
        }
    };
    format!("{to}: {state}")
}
