//! An account that is a local Maildir.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tracing::{debug, info, warn};

use super::core::{Core, Failed};
use super::pause::{Pause, until_back_from_sleep};
use super::server::retry;
use super::{Error, FIRST_LOOK, Life};
use crate::clock;
use crate::config::Account;
use crate::engine::{self, Action, Input};
use crate::folder::{Outcome, Role};
use crate::interview::later;
use crate::maildir::{self, Maildir};

/// How long to wait at most before everything is looked at again.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How many messages are read before they are stored.
const BATCH: usize = 50;

/// Lives with a Maildir. Ends only with an error, or after one round.
pub(super) async fn live(
    core: &Core,
    account: &Account,
    root: &Path,
    life: Life,
) -> Result<(), Error> {
    let mut pause = Pause::default();
    loop {
        let error = match session(core, account, root, life, &mut pause).await {
            Ok(()) => return Ok(()),
            Err(Ended::Store) => std::future::pending().await,
            Err(Ended::Maildir(error)) => Error::Maildir { account: account.name.clone(), error },
        };
        if life == Life::Once {
            return Err(error);
        }
        retry(core, &account.name, &error, &mut pause).await;
    }
}

/// Why a round ended.
enum Ended {
    /// The store failed: [`Core::failure`] tells, and ends us.
    Store,
    Maildir(maildir::Error),
}

impl From<Failed> for Ended {
    fn from(_: Failed) -> Self {
        Self::Store
    }
}

impl From<maildir::Error> for Ended {
    fn from(error: maildir::Error) -> Self {
        Self::Maildir(error)
    }
}

async fn session(
    core: &Core,
    account: &Account,
    root: &Path,
    life: Life,
    pause: &mut Pause,
) -> Result<(), Ended> {
    let mut maildir = Maildir::open(root, account.drafts.as_deref(), account.sent.as_deref())?;
    maildir.read_also(&account.folders)?;
    core.connected(&account.name);
    info!(account = %account.name, "maildir opened");
    loop {
        let since = round(core, account, &mut maildir).await?;
        pause.reset();
        if life == Life::Once {
            return Ok(());
        }
        let wait = core
            .until_due(since)
            .unwrap_or(LONGEST_WAIT)
            .clamp(Duration::from_millis(50), LONGEST_WAIT);
        tokio::select! {
            woken = maildir.wait(wait) => woken.map(drop)?,
            () = until_back_from_sleep() => {}
        }
    }
}

/// Reads everything new, tells the engine so, and does what it asks for. Returns when that began.
async fn round(core: &Core, account: &Account, maildir: &mut Maildir) -> Result<Timestamp, Ended> {
    let since = clock::now();
    for role in [Role::Inbox, Role::Archive, Role::Sent] {
        catch_up(core, account, maildir, role, since).await?;
    }
    let drafts = maildir.list_drafts()?;
    // Once more: a letter that goes out meanwhile is seen in one of the two at least.
    catch_up(core, account, maildir, Role::Sent, since).await?;
    act(core, account, maildir, Input::CaughtUp { account: account.name.clone(), since, drafts })?;
    core.caught_up(&account.name, since);
    Ok(since)
}

async fn catch_up(
    core: &Core,
    account: &Account,
    maildir: &mut Maildir,
    role: Role,
    now: Timestamp,
) -> Result<(), Ended> {
    let oldest = later(now, -FIRST_LOOK);
    loop {
        let batch = maildir.next_batch(role, oldest, &|_| false, BATCH)?;
        for why in &batch.skipped {
            warn!(account = %account.name, "a message was passed over: {why}");
        }
        for (_, delivery) in batch.deliveries {
            debug!(account = %account.name, "message read");
            let input = Input::Delivered { account: account.name.clone(), delivery };
            act(core, account, maildir, input)?;
            // Reading from disk never waits: the other accounts and the signals have their turn here.
            tokio::task::yield_now().await;
        }
        if batch.remaining == 0 {
            return Ok(());
        }
    }
}

fn act(core: &Core, account: &Account, maildir: &mut Maildir, input: Input) -> Result<(), Ended> {
    let mut actions = VecDeque::from(core.handle(input)?);
    while let Some(action) = actions.pop_front() {
        let answer = match action {
            Action::Look { message_id, .. } => {
                let in_trash = !maildir.find(Role::Trash, &message_id)?.is_empty();
                Input::Looked { message_id, in_trash }
            }
            Action::Append { draft, since, .. } if !engine::is_fresh(since, clock::now()) => {
                Input::NotAppended { message_id: draft.message_id }
            }
            Action::Append { draft, .. } => {
                let message_id = draft.message_id.clone();
                let uid = maildir.append(&draft.bytes, draft.flagged)?;
                info!(account = %account.name, "draft saved");
                Input::Appended { message_id, uid: Some(uid) }
            }
            Action::Withdraw { copy, why, .. } => {
                let outcome = match maildir.withdraw(&copy)? {
                    maildir::Withdrawal::Withdrawn => Outcome::Done,
                    maildir::Withdrawal::Touched(_) => Outcome::Touched,
                    maildir::Withdrawal::Gone => Outcome::Gone,
                };
                info!(account = %account.name, ?outcome, "draft taken back: {why}");
                Input::Withdrawn { copy, outcome, why }
            }
            Action::Star { copy, why, .. } => {
                let outcome = maildir.star(&copy)?;
                info!(account = %account.name, ?outcome, "draft starred: {why}");
                Input::Starred { message_id: copy.message_id, outcome }
            }
            _ => continue,
        };
        actions.extend(core.handle(answer)?);
    }
    Ok(())
}
