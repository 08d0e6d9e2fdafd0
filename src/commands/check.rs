//! `afterword check`: proves the configuration against the real mailbox, and changes nothing.

use std::path::Path;

use clap::Args;

use super::{Error, printable, say, setup};
use crate::config::{Account, Server, Settings, Source};
use crate::daemon;
use crate::draft::proofread;
use crate::folder::Role;
use crate::imap::{Connection, MayAppend};
use crate::maildir::Maildir;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {}

/// Checks every account; the first problem of each is told, and makes the exit status 1.
pub async fn check(settings: &Settings) -> Result<(), Error> {
    settings.require_accounts()?;
    let setup = setup::Maker::new(settings)?;
    say(&format!("configuration: {} is fine", settings.file.display()))?;
    say(&format!(
        "owner: {}, time zone {}",
        settings.owner.name,
        settings.owner.time_zone.iana_name().unwrap_or("of the system")
    ))?;
    let mut failed = !setup.refused().is_empty();
    for what in setup.refused() {
        say(&printable(&format!("failed: {what}; the built-in one is used in its place")))?;
    }
    let unspelled = setup.unspelled();
    if !unspelled.is_empty() {
        say(&format!(
            "note: no dictionary for {}: what you write in letters in these languages is not looked at for spelling\nhint: they come in packages such as `hunspell-en-us` and `hunspell-de-de`",
            unspelled.join(", ")
        ))?;
    }
    for account in &settings.accounts {
        let lines = match &account.source {
            Source::Imap(server) => on_server(account, server).await,
            Source::Maildir(root) => on_disk(account, root),
        };
        say(&format!("account `{}`:", account.name))?;
        let (lines, problem) = lines;
        for line in lines {
            say(&printable(&format!("  {line}")))?;
        }
        if let Some(problem) = problem {
            failed = true;
            say(&printable(&format!("  failed: {problem}")))?;
        }
    }
    for (what, text) in profile(settings) {
        let problem = proofread::sentence(text).or_else(|| setup.letters().misspelling(text));
        if let Some(problem) = problem {
            failed = true;
            say(&printable(&format!("profile: {what}: {problem}")))?;
        }
    }
    if failed { Err(Error::Told) } else { say("everything is in place") }
}

/// What was proved, line by line, and what stopped it.
type Proved = (Vec<String>, Option<String>);

async fn on_server(account: &Account, server: &Server) -> Proved {
    let mut lines = Vec::new();
    let problem = prove(account, server, &mut lines).await.err();
    (lines, problem)
}

async fn prove(account: &Account, server: &Server, lines: &mut Vec<String>) -> Result<(), String> {
    let credentials = daemon::credentials(server).await.map_err(|e| e.to_string())?;
    let endpoint = daemon::endpoint(account, server);
    let mut connection =
        Connection::open(&endpoint, &credentials).await.map_err(|e| e.to_string())?;
    lines.push(format!(
        "connected to {}:{} and logged in as {}",
        server.host, server.port, server.user
    ));
    lines.push(format!("greeting: {}", connection.greeting()));
    let can = |name: &str| connection.capabilities().contains(name);
    for (name, without) in [
        ("IDLE", "new mail is looked for once a minute"),
        (
            "UIDPLUS",
            "drafts are found by their Message-ID, and a withdrawn one is only marked as deleted",
        ),
        ("MOVE", "a withdrawn draft is deleted instead of moved to the bin"),
        ("SPECIAL-USE", "folders are known by their names"),
    ] {
        lines.push(if can(name) {
            format!("{name}: yes")
        } else {
            format!("{name}: no; {without}")
        });
    }
    for name in &account.folders {
        let there = connection.folders().named(name).is_some();
        if !there {
            return Err(format!(
                "the folder `{name}` is not there\nhint: the folders are: {}",
                listed(&connection)
            ));
        }
        lines.push(format!("reads {name}"));
    }
    for (what, role) in [
        ("Drafts", Role::Drafts),
        ("Sent", Role::Sent),
        ("bin", Role::Trash),
        ("archive", Role::Archive),
    ] {
        lines.push(match connection.folders().of(role) {
            Some(found) => format!("{what}: {} ({})", found.folder, found.text),
            None if role == Role::Drafts => {
                "Drafts: none; it is created with the first draft".to_owned()
            }
            None => format!("{what}: none found"),
        });
    }
    lines.extend(connection.folders().notes().iter().map(|n| format!("note: {n}")));
    match connection.may_append().await.map_err(|e| e.to_string())? {
        MayAppend::Yes(why) => lines.push(format!("drafts may be saved: {why}")),
        MayAppend::AfterCreating(folder) => {
            lines.push(format!("drafts may be saved after `{folder}` was created"));
        }
        MayAppend::No(why) => return Err(format!("drafts may not be saved: {why}")),
    }
    connection.logout().await.map_err(|e| e.to_string())
}

fn listed(connection: &Connection) -> String {
    connection
        .folders()
        .all()
        .iter()
        .take(20)
        .map(|f| format!("`{f}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn on_disk(account: &Account, root: &Path) -> Proved {
    match Maildir::open(root, account.drafts.as_deref(), account.sent.as_deref()) {
        Ok(maildir) => {
            let lines = maildir
                .folders()
                .iter()
                .map(|f| format!("{:?}: {} ({})", f.role, f.path.display(), f.why));
            (lines.collect(), None)
        }
        Err(error) => (Vec::new(), Some(error.to_string())),
    }
}

/// The owner's sentences, which stand in letters as they are.
fn profile(settings: &Settings) -> impl Iterator<Item = (String, &str)> {
    let summary = settings.profile.summary.iter().map(|s| ("summary".to_owned(), s.as_str()));
    let strengths = settings
        .profile
        .strengths
        .iter()
        .map(|s| (format!("strength `{}`", s.skill), s.sentence.as_str()));
    summary.chain(strengths)
}
