//! `afterword demo`: the whole daemon on an embedded Maildir, with sample mail whose interview has just ended.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Error, inspect, printable, say, setup};
use crate::clock;
use crate::config::{self, Environment, Settings};
use crate::daemon::{self, Life};
use crate::folder::Role;
use crate::interview::later;
use crate::maildir::Maildir;
use crate::message::Message;

/// The sample mail: what it shows, and the message with marks for times (see [`fill`]).
const SAMPLES: [(&str, &str); 4] = [
    ("a panel of two and a coordinator, by Google Calendar", include_str!("demo/panel.eml")),
    ("an interview that was called off, by Exchange", include_str!("demo/called-off.eml")),
    ("its cancellation", include_str!("demo/cancellation.eml")),
    ("a colleague's meeting that only speaks of interviews", include_str!("demo/meeting.eml")),
];

/// The configuration of the demonstration.
const CONFIGURATION: &str = include_str!("demo/config.toml");

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where to make the Maildir and the state; it must not exist [default: a new directory for temporary files]
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

/// Makes the mailbox, runs the daemon's loop on it once, and shows what it read, concluded and saved.
pub async fn demo(arguments: &Demo) -> Result<(), Error> {
    let now = clock::now();
    let directory = directory(arguments, now)?;
    let mail = directory.join("Mail");
    let failed = |e: crate::maildir::Error| Error::Failed(e.to_string());
    Maildir::create(&mail).map_err(failed)?;
    let settings = settings(&mail, &directory)?;
    let setup = setup::Maker::new(&settings)?;
    say(&format!(
        "A mailbox of {}, made for this demonstration: {}\n\nWhat arrived, and what it means:\n",
        settings.owner.name,
        mail.display()
    ))?;
    for (what, template) in SAMPLES {
        let message = fill(template, now);
        Maildir::deliver(&mail, message.as_bytes()).map_err(failed)?;
        say(&format!("* {what}"))?;
        say(&printable(&inspect::summary(message.as_bytes(), &settings.owner, setup.lexicon())))?;
    }
    say("\nThe daemon reads the mailbox, once; the interview is over:\n")?;
    let names = || settings.accounts.iter().map(|a| a.name.clone()).collect();
    daemon::run(&settings, || setup.make(names()), Life::Once)
        .await
        .map_err(|e| Error::Failed(e.to_string()))?;
    let saved = show_drafts(&mail)?;
    say(&format!(
        "{saved} drafts were saved, and nothing was sent. The owner finds them in Drafts, reads them and sends them."
    ))?;
    say(&format!("Look again: afterword --config {} run --once", settings.file.display()))?;
    say(
        "Your own mailbox: copy `config/afterword.toml`, fill in [owner] and [[accounts]], and try `afterword check`.",
    )
}

fn directory(arguments: &Demo, now: Timestamp) -> Result<PathBuf, Error> {
    let directory = match &arguments.directory {
        Some(directory) => directory.clone(),
        None => {
            temporary().join(format!("afterword-demo-{}-{}", std::process::id(), now.as_second()))
        }
    };
    fs::create_dir(&directory)
        .map_err(|e| Error::Failed(format!("cannot make `{}`: {e}", directory.display())))?;
    fs::canonicalize(&directory)
        .map_err(|e| Error::Failed(format!("cannot use `{}`: {e}", directory.display())))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a demonstration has no configuration that could name a place"
)]
fn temporary() -> PathBuf {
    std::env::temp_dir()
}

/// Writes the configuration of the demonstration, and reads it as the daemon would: it can be played with afterwards.
fn settings(mail: &Path, directory: &Path) -> Result<Settings, Error> {
    let quoted = |path: &Path| format!("{:?}", path.to_string_lossy());
    let text = CONFIGURATION
        .replace("MAILDIR", &quoted(mail))
        .replace("STORE", &quoted(&directory.join("state")));
    let file = directory.join("config.toml");
    fs::write(&file, &text)
        .map_err(|e| Error::Failed(format!("cannot write `{}`: {e}", file.display())))?;
    Ok(config::parse(&file, &text, &Environment::default())?)
}

/// Fills in the times: `{stamp:-3d}` is an instant three days before now as iCalendar writes it, `{date:-3d}` as RFC 5322
/// does, `{day:-80m}` as a reader would. Offsets are in minutes (`m`), hours (`h`) or days (`d`).
fn fill(template: &str, now: Timestamp) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((mark, tail)) = after.split_once('}') else { break };
        match filled(mark, now) {
            Some(text) => out.push_str(&text),
            None => out.push_str(mark),
        }
        rest = tail;
    }
    out.push_str(rest);
    out.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn filled(mark: &str, now: Timestamp) -> Option<String> {
    let (form, offset) = mark.split_once(':')?;
    let unit = offset.chars().next_back()?;
    let number: i64 = offset[..offset.len() - unit.len_utf8()].parse().ok()?;
    let span = match unit {
        'm' => SignedDuration::from_mins(number),
        'h' => SignedDuration::from_hours(number),
        'd' => SignedDuration::from_hours(number.checked_mul(24)?),
        _ => return None,
    };
    // Whole minutes, as people plan.
    let then = later(now, span).round(jiff::Unit::Minute).ok()?;
    let zoned = then.to_zoned(TimeZone::get("America/New_York").ok()?);
    match form {
        "stamp" => Some(then.strftime("%Y%m%dT%H%M%SZ").to_string()),
        "date" => jiff::fmt::rfc2822::to_string(&zoned).ok(),
        "day" => Some(zoned.strftime("%A %b %-d, %-I:%M%P").to_string()),
        _ => None,
    }
}

/// Prints the drafts as they lie on disk, whole.
fn show_drafts(mail: &Path) -> Result<usize, Error> {
    let failed = |e: &dyn std::fmt::Display| Error::Failed(format!("cannot read the drafts: {e}"));
    let maildir = Maildir::open(mail, None, None).map_err(|e| failed(&e))?;
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in maildir.folders().iter().filter(|f| f.role == Role::Drafts) {
        let entries = fs::read_dir(folder.path.join("cur")).map_err(|e| failed(&e))?;
        files.extend(entries.flatten().map(|e| e.path()));
    }
    files.sort();
    for file in &files {
        let bytes = fs::read(file).map_err(|e| failed(&e))?;
        let message = Message::parse(&bytes, &TimeZone::UTC);
        let header = String::from_utf8_lossy(&bytes);
        let header = header
            .split("\r\n\r\n")
            .next()
            .and_then(|h| h.split("\n\n").next())
            .unwrap_or_default();
        say(&format!("--- {} ---", file.display()))?;
        say(&printable(&header.replace('\r', "")))?;
        say(&printable(&format!("\n{}", message.text.new)))?;
        say("")?;
    }
    Ok(files.len())
}
