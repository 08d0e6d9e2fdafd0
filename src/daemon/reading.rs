//! Reading a folder of a server to its end: batch by batch, each stored before the position moves past it.

use std::io::Write;

use jiff::tz::TimeZone;
use tracing::{info, warn};

use super::FIRST_LOOK;
use super::account_state::SetAside;
use super::core::Progress;
use super::server::{Ended, Session};
use crate::clock;
use crate::engine::Input;
use crate::folder::Role;
use crate::imap::{Batch, Filter, FolderName, Reading};
use crate::interview::later;

impl Session<'_> {
    /// Reads what is new in a folder. The position moves only past what the store has.
    pub(super) async fn catch_up(&mut self, role: Role, folder: &FolderName) -> Result<(), Ended> {
        let stored = self.core.progress(&self.account.name, folder.raw());
        let mut progress = stored.clone().unwrap_or_default();
        // An archive that holds all mail holds the owner's drafts too: what is read of it later is invitations only.
        let again = role == Role::Archive && progress.complete;
        let filter = if role == Role::Trash || again { Filter::CalendarOnly } else { Filter::All };
        let since = later(clock::now(), -FIRST_LOOK).to_zoned(TimeZone::UTC).date();
        let mut done = 0_u64;
        let mut before = stored;
        loop {
            let batch = self.next_batch(folder, role, filter, since, &mut progress).await?;
            done += batch.deliveries.len() as u64;
            let (position, remaining) = (batch.position, batch.remaining);
            for (_, delivery) in batch.deliveries {
                let account = self.account.name.clone();
                self.act(Input::Delivered { account, delivery }).await?;
            }
            progress.position = position;
            progress.complete |= remaining == 0;
            progress.suspects.clear(position);
            if before.as_ref() != Some(&progress) {
                self.core.set_progress(&self.account.name, folder.raw(), progress.clone())?;
                before = Some(progress.clone());
            }
            self.show(folder, done, u64::from(remaining));
            if remaining == 0 {
                return Ok(());
            }
        }
    }

    /// The next messages; those that end the connection are noted first.
    async fn next_batch(
        &mut self,
        folder: &FolderName,
        role: Role,
        filter: Filter,
        since: jiff::civil::Date,
        progress: &mut Progress,
    ) -> Result<Batch, Ended> {
        let reading = Reading {
            filter,
            set_aside: progress.suspects.set_aside().clone(),
            one_by_one: progress.suspects.one_by_one(),
            ..Reading::new(role, Some(progress.position), Some(since))
        };
        let batch = match self.connection.next_batch(folder, &reading).await {
            Ok(batch) => batch,
            Err(error) => {
                if let Some((uid_validity, uids)) = error.suspects() {
                    progress.suspects.note(uid_validity, uids, error.is_passing());
                    self.core.set_progress(&self.account.name, folder.raw(), progress.clone())?;
                }
                return Err(error.into());
            }
        };
        for (uid, why) in &batch.skipped {
            self.set_aside(folder, Some(*uid), why);
        }
        for (uid, why) in &batch.notes {
            info!(account = %self.account.name, uid, "a part was passed over: {why}");
        }
        Ok(batch)
    }

    /// Tells that a message, or a whole folder, is not read.
    pub(super) fn set_aside(&self, folder: &FolderName, uid: Option<u32>, why: &str) {
        let what = SetAside { folder: folder.name().to_owned(), uid, why: why.to_owned() };
        if !self.core.set_aside(&self.account.name, what) {
            return;
        }
        let account = &self.account.name;
        if let Some(uid) = uid {
            warn!(%account, %folder, uid, "a message was passed over: {why}");
        } else {
            warn!(%account, "the folder `{folder}` is not read: {why}");
        }
    }

    /// Progress of a long read: in place on a terminal, else a line in the log now and then.
    fn show(&self, folder: &FolderName, done: u64, remaining: u64) {
        if done + remaining < 100 {
            return;
        }
        if self.show_progress {
            let end = if remaining == 0 { "\n" } else { "" };
            let mut err = std::io::stderr().lock();
            let _ = write!(
                err,
                "\r{}: {folder}: {done} of {} messages read{end}",
                self.account.name,
                done + remaining
            );
            let _ = err.flush();
        } else if remaining == 0 || done % 1000 < 50 {
            info!(account = %self.account.name, done, remaining, "reading a folder");
        }
    }
}
