//! `afterword explain`: why an interview or a draft is what it is.

use clap::Args;
use jiff::tz::TimeZone;

use super::status::draft_line;
use super::{Error, ask, printable, printed, say};
use crate::config::Settings;
use crate::control::Request;
use crate::daemon::explain::{Ahead, Explanation};
use crate::daemon::status::short;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    /// The interview, as `afterword status` prints it in brackets, or the Message-ID of a draft
    id: String,
}

/// Prints why.
pub async fn explain(arguments: &Explain, settings: &Settings) -> Result<(), Error> {
    let request = Request::Explain { id: arguments.id.clone() };
    let answer = ask::ask(settings, &request).await?;
    let told: Explanation = ask::read(answer)?;
    if arguments.json {
        return say(&ask::pretty(&told)?);
    }
    say(&printable(&text(&told, &settings.owner.time_zone)))
}

fn text(told: &Explanation, zone: &TimeZone) -> String {
    let interview = &told.interview;
    let company = interview.company.as_deref().unwrap_or("a company without a name");
    let role = interview.role.as_deref().map(|r| format!(", {r}")).unwrap_or_default();
    let mut lines = vec![format!("{company}{role} [{}]: {}", interview.id, interview.status)];
    if let Some(contact) = &told.contact {
        lines.push(format!("arranged by {}", printed(contact)));
    }
    if !told.earlier.is_empty() {
        lines.push(format!("after {}", told.earlier.join(", ")));
    }
    for (session, reasons) in interview.sessions.iter().zip(&told.sessions) {
        let people: Vec<String> = session.interviewers.iter().map(printed).collect();
        let people = if people.is_empty() { "somebody".to_owned() } else { people.join(", ") };
        let start = short(session.start, told.at, zone);
        lines.push(format!("\n{start} with {people}: {}", session.standing));
        lines.extend(reasons.because.iter().map(|b| format!("  because: {b}")));
        lines.extend(reasons.doubts.iter().map(|d| format!("  doubt: {d}")));
    }
    lines.extend(told.notes.iter().map(|n| format!("\nyou noted: {} ({})", n.text, n.source)));
    if !(told.ahead.is_empty() && told.drafts.is_empty()) {
        lines.push(String::new());
    }
    lines.extend(told.ahead.iter().map(|a| ahead(a, told, zone)));
    lines.extend(told.drafts.iter().map(|d| format!("note to {}", draft_line(d, told.at, zone))));
    let mut message = "";
    for words in &told.evidence {
        if words.message != message {
            message = &words.message;
            lines.push(format!("\n{message} says"));
        }
        lines.push(format!("  {}: {}", words.field, words.value));
        lines.push(format!("      {}: \"{}\"", words.source, words.quote));
    }
    lines.join("\n")
}

fn ahead(ahead: &Ahead, told: &Explanation, zone: &TimeZone) -> String {
    let names: Vec<String> = ahead.on_behalf.iter().map(printed).collect();
    let through =
        if names.is_empty() { String::new() } else { format!(", for {}", names.join(", ")) };
    let star = match ahead.doubts.as_slice() {
        [] => String::new(),
        doubts => format!("\n  starred: {}", doubts.join("\n  starred: ")),
    };
    let due = short(ahead.due, told.at, zone);
    format!("a {} note to {}{through} is due {due}{star}", ahead.kind, printed(&ahead.to))
}
