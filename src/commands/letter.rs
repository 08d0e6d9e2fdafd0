//! `afterword letter`: the letters of an interview as they would be written now, and examples of every style.

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::json;

use super::status::draft_line;
use super::{Error, ask, printable, printed, say, setup};
use crate::config::Settings;
use crate::control::{Request, Which};
use crate::daemon::letters::{LetterTold, LettersTold};
use crate::daemon::status::short;
use crate::draft::examples;

/// Arguments of `letter`.
#[derive(Debug, Args)]
pub struct Show {
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    /// A script for a call to each of the interview's people, and what to say to a voicemail
    #[arg(long, conflicts_with = "examples")]
    call: bool,
    /// Every style: of this interview's letters, or, without an interview, filled in with examples
    #[arg(long)]
    examples: bool,
    /// The interview, as `afterword status` prints it in brackets, or the Message-ID of a draft
    #[arg(required_unless_present = "examples")]
    id: Option<String>,
}

/// Prints letters; nothing is saved.
pub async fn letter(arguments: &Show, settings: &Settings) -> Result<(), Error> {
    let Some(id) = arguments.id.clone() else { return filled_in(arguments.json, settings) };
    let which = match (arguments.call, arguments.examples) {
        (true, _) => Which::Scripts,
        (_, true) => Which::Styles,
        _ => Which::Letters,
    };
    let told: LettersTold = ask::read(ask::ask(settings, &Request::Letter { id, which }).await?)?;
    if arguments.json {
        return say(&ask::pretty(&told)?);
    }
    say(&printable(&text(&told, which, &settings.owner.time_zone)))
}

fn text(told: &LettersTold, which: Which, zone: &TimeZone) -> String {
    if told.letters.is_empty() {
        return format!("no letter: {}", why_none(told, which));
    }
    let letters = told.letters.iter().map(|letter| {
        let head = match (&letter.style, which) {
            (Some(style), _) => format!("{style} style"),
            (None, Which::Scripts) => "script for a call".to_owned(),
            (None, _) => standing(letter, told, zone),
        };
        let to = letter.to.iter().map(printed).collect::<Vec<_>>().join(", ");
        let because = letter.because.iter().map(|b| format!("  {b}"));
        let letter = page(&head, &to, &letter.subject, &letter.body);
        [letter].into_iter().chain(because).collect::<Vec<_>>().join("\n")
    });
    letters.collect::<Vec<_>>().join("\n\n")
}

/// What became of the letter, or when it is due.
fn standing(letter: &LetterTold, told: &LettersTold, zone: &TimeZone) -> String {
    match (&letter.draft, letter.due) {
        (Some(draft), _) => format!("{} note to {}", letter.kind, draft_line(draft, told.at, zone)),
        (None, Some(due)) => format!("{} note, due {}", letter.kind, short(due, told.at, zone)),
        (None, None) => format!("{} note", letter.kind),
    }
}

fn why_none(told: &LettersTold, which: Which) -> &'static str {
    if told.interview.status == "cancelled" {
        return "the interview does not take place";
    }
    match which {
        Which::Scripts => "nobody knows the name of anyone who takes part",
        Which::Letters | Which::Styles => {
            "nobody who takes part has an address, and nobody who arranges it"
        }
    }
}

fn page(head: &str, to: &str, subject: &str, body: &str) -> String {
    format!("--- {head} ---\nTo: {to}\nSubject: {subject}\n\n{}", body.trim_end())
}

/// Every template, filled in with the example that fits it.
fn filled_in(as_json: bool, settings: &Settings) -> Result<(), Error> {
    let setup = setup::Maker::new(settings)?;
    let mut pages = Vec::new();
    let mut values = Vec::new();
    for (name, facts) in examples::of(setup.letters().names()) {
        let failed = |e: crate::draft::Error| Error::Failed(e.to_string());
        let letter = setup.letters().filled_in(name, &facts).map_err(failed)?;
        let to = facts.person.name.clone().unwrap_or_default();
        values.push(
            json!({"template": name, "to": to, "subject": letter.subject, "body": letter.body}),
        );
        pages.push(page(name, &to, &letter.subject, &letter.body));
    }
    if as_json {
        return say(&ask::pretty(&json!({ "examples": values }))?);
    }
    say(&printable(&pages.join("\n\n")))
}
