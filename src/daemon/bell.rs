//! The command that is run when drafts were saved, since a draft makes no sound.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Notify;
use tokio::time::timeout;
use tracing::warn;

use super::status::{best_before, short};
use crate::clock;
use crate::config::Shell;
use crate::ledger::{Entry, State};

/// How long the command may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Which drafts were saved since the command was run last.
#[derive(Debug, Default)]
pub(super) struct Bell {
    intended: RefCell<BTreeSet<String>>,
    /// Until when each of them is best sent.
    saved: RefCell<Vec<Timestamp>>,
    news: Notify,
}

impl Bell {
    /// An entry was recorded. What was saved before we remember is no news.
    pub(super) fn recorded(&self, entry: &Entry) {
        match entry.state {
            State::Intended { .. } => {
                self.intended.borrow_mut().insert(entry.message_id.clone());
            }
            State::Saved { .. } if self.intended.borrow_mut().remove(&entry.message_id) => {
                self.saved.borrow_mut().push(best_before(entry));
            }
            _ => {}
        }
    }

    /// A round is over: what was saved in it is told at once.
    pub(super) fn round_ended(&self) {
        if !self.saved.borrow().is_empty() {
            self.news.notify_one();
        }
    }

    /// Runs the command whenever there is something to tell.
    pub(super) async fn ring_always(&self, command: Option<&str>, zone: &TimeZone) {
        loop {
            self.news.notified().await;
            self.ring(command, zone).await;
        }
    }

    /// Runs the command, if there is one and something to tell. Its failure harms nothing.
    pub(super) async fn ring(&self, command: Option<&str>, zone: &TimeZone) {
        let saved = self.saved.take();
        let (Some(command), Some(by)) = (command, saved.iter().min()) else { return };
        let by = (short(*by, clock::now(), zone), by.to_zoned(zone.clone()).strftime("%FT%T%:z"));
        let run = async {
            let mut shell = Shell::start(command, |shell| {
                shell.stdout(Stdio::null());
                shell.env("AFTERWORD_DRAFTS", saved.len().to_string());
                shell.env("AFTERWORD_BY", by.0).env("AFTERWORD_BY_TIME", by.1.to_string());
            })?;
            shell.ended().await
        };
        match timeout(DEADLINE, run).await {
            Ok(Ok(status)) if status.success() => {}
            Ok(Ok(status)) => warn!("the command of `drafts.notify` ended with {status}"),
            Ok(Err(error)) => warn!("the command of `drafts.notify` cannot be run: {error}"),
            Err(_) => warn!(
                "the command of `drafts.notify` was ended: it took more than {} seconds",
                DEADLINE.as_secs()
            ),
        }
    }
}
