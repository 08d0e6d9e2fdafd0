//! The command line: one file a subcommand.

pub mod ask;
pub mod check;
pub mod demo;
pub mod explain;
pub mod inspect;
pub mod letter;
pub mod note;
pub mod preview;
pub mod run;
pub mod setup;
pub mod status;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use crate::address::Person;
use crate::extract::{Medium, Session};
use crate::{clock, config};

/// Watches a mailbox for job interviews and leaves a ready-made thank-you note per interviewer in Drafts. It never sends.
#[derive(Debug, Parser)]
#[command(name = "afterword", version, about, max_term_width = 100)]
pub struct Arguments {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "The configuration file [default: $AFTERWORD_CONFIG, else $XDG_CONFIG_HOME/afterword/config.toml, else /etc/afterword/config.toml]"
    )]
    pub config: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch the mailbox and save drafts, for ever
    Run(run::Run),
    /// Show the whole daemon on an embedded Maildir with sample mail
    Demo(demo::Demo),
    /// Prove the configuration against the real server; changes nothing
    Check(check::Check),
    /// Say what messages mean: verdict, sessions, people, company, role
    Inspect(inspect::Inspect),
    /// Say what would lie in Drafts for a Maildir, an mbox or a folder of .eml files
    Preview(preview::Preview),
    /// Say what the daemon knows: its accounts, interviews ahead and behind, and what became of the drafts
    Status(status::Show),
    /// Say why an interview or a draft is what it is, with the words that it rests on
    Explain(explain::Explain),
    /// Note what you forgot to say in an interview: it goes into its letters
    Note(note::Remember),
    /// Print the letters of an interview, a script for a call, or examples of every style
    Letter(letter::Show),
}

/// Why a command failed; the text is for the owner.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line or the configuration is wrong: exit status 2.
    #[error("{0}")]
    Usage(String),
    /// Something else failed: exit status 1.
    #[error("{0}")]
    Failed(String),
    /// It was already said what failed; only the exit status is left: 1.
    #[error("")]
    Told,
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Failed(format!("cannot write the output: {error}"))
    }
}

impl From<crate::config::Error> for Error {
    fn from(error: crate::config::Error) -> Self {
        match error {
            crate::config::Error::Secret { .. } => Self::Failed(error.to_string()),
            _ => Self::Usage(error.to_string()),
        }
    }
}

/// Executes a command line.
pub async fn execute(arguments: Arguments) -> Result<(), Error> {
    let settings = || config::load(arguments.config.as_deref());
    match &arguments.command {
        Command::Run(run) => run::run(run, &settings()?).await,
        Command::Demo(demo) => demo::demo(demo).await,
        Command::Check(_) => check::check(&settings()?).await,
        Command::Inspect(inspect) => inspect::inspect(inspect, &settings()?),
        Command::Preview(preview) => preview::preview(preview, &settings()?, clock::now()),
        Command::Status(show) => status::show(show, &settings()?).await,
        Command::Explain(explain) => explain::explain(explain, &settings()?).await,
        Command::Note(note) => note::note(note, &settings()?).await,
        Command::Letter(show) => letter::letter(show, &settings()?).await,
    }
}

/// Writes a line to stdout.
pub fn say(line: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(())
}

/// Writes a line to stderr; nobody may be listening there.
pub fn remark(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A person as every `--json` output gives it.
pub fn person(person: &Person) -> Value {
    json!({"name": person.name, "address": person.address})
}

/// A session as every `--json` output gives it.
pub fn session(session: &Session) -> Value {
    json!({
        "start": session.start,
        "end": session.end,
        "interviewers": session.interviewers.iter().map(self::person).collect::<Vec<_>>(),
    })
}

/// A medium as every `--json` output gives it.
pub fn medium(medium: Medium) -> &'static str {
    match medium {
        Medium::Phone => "phone",
        Medium::Video => "video",
        Medium::Onsite => "onsite",
    }
}

/// A person for a human reader: `Jane Doe <jane@acme.example>`.
pub fn printed(person: &Person) -> String {
    match (&person.name, &person.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(name), None) => format!("{name} (no address)"),
        (None, Some(address)) => address.to_string(),
        (None, None) => "somebody".to_owned(),
    }
}

/// Text from a message, safe for a terminal: control characters but the line feed are shown, not sent.
pub fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c.is_control() && c != '\n' {
                c.escape_default().collect::<Vec<_>>()
            } else {
                vec![c]
            }
        })
        .collect()
}
