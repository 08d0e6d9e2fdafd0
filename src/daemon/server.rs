//! An account on an IMAP server: connect, catch up, act, wait, and again.

use std::collections::{BTreeSet, VecDeque};
use std::io::Write;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::{debug, info, warn};

use super::core::{Core, Failed, Progress};
use super::pause::{Pause, until};
use super::{Error, FIRST_LOOK, Life};
use crate::clock;
use crate::config::{self, Account, Auth, Server};
use crate::engine::{self, Action, Input};
use crate::folder::{Drafts, Position, Role};
use crate::imap::{
    self, AppendError, Connection, Credentials, Endpoint, Filter, FolderName, Reading, Wake,
};
use crate::interview::later;

/// How long to wait at most before Sent and Drafts are looked at again.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// How long to wait at most while something will fall due: a laptop's sleep stops our timers, not the wall clock.
const SHORT_WAIT: Duration = Duration::from_mins(1);

/// Lives with a server. Ends only with an error in a single round, or after one.
pub(super) async fn live(
    core: &Core,
    account: &Account,
    server: &Server,
    life: Life,
    show_progress: bool,
) -> Result<(), Error> {
    let mut pause = Pause::default();
    let mut suspects = Suspects::default();
    loop {
        let ended =
            session(core, account, server, life, show_progress, &mut pause, &suspects).await;
        let error = match ended {
            Ok(()) => return Ok(()),
            Err(Ended::Store) => std::future::pending().await,
            Err(Ended::Secret(error)) => Error::Secret { account: account.name.clone(), error },
            Err(Ended::Server(error)) => Error::Server { account: account.name.clone(), error },
        };
        if let Error::Server { error, .. } = &error {
            suspects.note(error.suspects());
        }
        if life == Life::Once {
            return Err(error);
        }
        retry(core, &account.name, &error, &mut pause).await;
    }
}

/// Tells what went wrong and when it is tried again, and waits until then.
pub(super) async fn retry(core: &Core, account: &str, error: &Error, pause: &mut Pause) {
    let trouble = pause.after(error.cause(), error.is_refused_login());
    let (what, hint) = trouble.what.split_once('\n').unwrap_or((&trouble.what, ""));
    let hint = if hint.is_empty() { String::new() } else { format!(" ({hint})") };
    let seconds = trouble.next_try.duration_since(trouble.at).as_secs();
    warn!("account `{account}`: {what}; trying again in {seconds} s{hint}");
    let next_try = trouble.next_try;
    core.disconnected(account, Some(trouble));
    until(next_try).await;
}

/// Messages whose data ended a connection. One that does it twice is set aside, so that it cannot hold up all others.
#[derive(Debug, Default)]
struct Suspects {
    /// UIDs that once were the only ones being read when the connection ended. A UID of another folder that is the same
    /// number is passed over with it: rare, and told in the log.
    once: BTreeSet<u32>,
    set_aside: BTreeSet<u32>,
    one_by_one: bool,
}

impl Suspects {
    fn note(&mut self, uids: &[u32]) {
        self.one_by_one = !uids.is_empty();
        if let [uid] = uids
            && !self.once.insert(*uid)
        {
            self.set_aside.insert(*uid);
        }
    }
}

/// Why a session ended.
enum Ended {
    /// The store failed: [`Core::failure`] tells, and ends us.
    Store,
    Secret(config::Error),
    Server(imap::Error),
}

impl From<Failed> for Ended {
    fn from(_: Failed) -> Self {
        Self::Store
    }
}

impl From<imap::Error> for Ended {
    fn from(error: imap::Error) -> Self {
        Self::Server(error)
    }
}

/// The endpoint of an account.
pub fn endpoint(account: &Account, server: &Server) -> Endpoint {
    Endpoint {
        host: server.host.clone(),
        port: server.port,
        security: match server.security {
            config::Security::Tls => imap::Security::Tls,
            config::Security::StartTls => imap::Security::StartTls,
            config::Security::Plain => imap::Security::Plain,
        },
        ca_file: server.ca_file.clone(),
        user: server.user.clone(),
        drafts: account.drafts.clone(),
        sent: account.sent.clone(),
        limits: imap::Limits::default(),
    }
}

/// Reads the secret of an account, anew for each connection: a password may have changed, a token expires.
pub async fn credentials(server: &Server) -> Result<Credentials, config::Error> {
    match &server.secret {
        Auth::Password(source) => source.read().await.map(Credentials::Password),
        Auth::Token(source) => source.read().await.map(Credentials::Token),
    }
}

async fn session(
    core: &Core,
    account: &Account,
    server: &Server,
    life: Life,
    show_progress: bool,
    pause: &mut Pause,
    suspects: &Suspects,
) -> Result<(), Ended> {
    let credentials = credentials(server).await.map_err(Ended::Secret)?;
    let connection = Connection::open(&endpoint(account, server), &credentials).await?;
    core.connected(&account.name);
    info!(account = %account.name, "connected");
    for note in connection.folders().notes() {
        info!(account = %account.name, "{note}");
    }
    let mut session = Session {
        core,
        account,
        connection,
        show_progress,
        suspects,
        refused: None,
        unconfirmed: Vec::new(),
        first_round: true,
    };
    let mut since = session.round().await?;
    pause.reset();
    if life == Life::Once {
        return match session.refused.take() {
            Some(error) => Err(Ended::Server(error)),
            None => Ok(session.connection.logout().await?),
        };
    }
    loop {
        session.wait(since).await?;
        since = session.round().await?;
    }
}

/// One connection's life.
struct Session<'a> {
    core: &'a Core,
    account: &'a Account,
    connection: Connection,
    show_progress: bool,
    suspects: &'a Suspects,
    /// Why the last draft was not saved: what makes a single round fail.
    refused: Option<imap::Error>,
    /// Drafts of this round that the server took without saying where they lie.
    unconfirmed: Vec<String>,
    /// Whether this connection has not read anything yet.
    first_round: bool,
}

impl Session<'_> {
    /// Reads all folders to their ends, tells the engine so, and does what it asks for. Returns when that began.
    async fn round(&mut self) -> Result<Timestamp, Ended> {
        let since = clock::now();
        for (role, folder) in self.folders() {
            self.catch_up(role, &folder).await?;
        }
        self.first_round = false;
        self.unconfirmed.clear();
        let drafts = self.look_at_drafts().await?;
        self.act(Input::CaughtUp { account: self.account.name.clone(), since, drafts }).await?;
        self.confirm(since).await?;
        self.core.caught_up(&self.account.name, since);
        debug!(account = %self.account.name, "caught up");
        Ok(since)
    }

    /// Lists Drafts, and then reads Sent once more: a letter that goes out meanwhile is seen in one of them at least, and
    /// not taken for one that never was.
    async fn look_at_drafts(&mut self) -> Result<Drafts, Ended> {
        let drafts = self.connection.list_drafts().await?;
        let sent = self.connection.folders().of(Role::Sent).map(|found| found.folder.clone());
        if let Some(sent) = sent {
            self.catch_up(Role::Sent, &sent).await?;
        }
        Ok(drafts)
    }

    /// Looks for what the server took without saying where it lies: at once, since the owner may soon have deleted it. What
    /// is not there yet is left to the next round, so that a slow server is not given it twice.
    async fn confirm(&mut self, since: Timestamp) -> Result<(), Ended> {
        if self.unconfirmed.is_empty() {
            return Ok(());
        }
        let drafts = self.look_at_drafts().await?;
        let is_there =
            |id: &String| drafts.drafts.iter().any(|d| d.message_id.as_ref() == Some(id));
        if !self.unconfirmed.iter().all(is_there) {
            warn!(account = %self.account.name, "the server took a draft, but it is not in Drafts; looking again later");
            return Ok(());
        }
        self.act(Input::CaughtUp { account: self.account.name.clone(), since, drafts }).await
    }

    /// The folders to read, in order. The archive and the bin are read to their ends once, and what came into them at the
    /// beginning of each connection: people file invitations away, some clients bin an answered one, and while we were
    /// away a telephone may have done so before we saw it.
    fn folders(&self) -> Vec<(Role, FolderName)> {
        let known = self.connection.folders();
        let mut out = Vec::new();
        for name in &self.account.folders {
            match known.named(name) {
                Some(folder) => out.push((Role::Inbox, folder)),
                None => {
                    warn!(account = %self.account.name, "folder `{name}` is not there: it is not read");
                }
            }
        }
        for role in [Role::Archive, Role::Trash, Role::Sent] {
            let Some(found) = known.of(role) else { continue };
            let read = self
                .core
                .progress(&self.account.name, found.folder.raw())
                .is_some_and(|p| p.complete);
            let taken = out.iter().any(|(_, f)| *f == found.folder);
            if (role == Role::Sent || !read || self.first_round) && !taken {
                out.push((role, found.folder.clone()));
            }
        }
        out
    }

    /// Reads what is new in a folder. The position moves only past what the store has.
    async fn catch_up(&mut self, role: Role, folder: &FolderName) -> Result<(), Ended> {
        let account = self.account.name.clone();
        let since = later(clock::now(), -FIRST_LOOK).to_zoned(TimeZone::UTC).date();
        let mut progress = self.core.progress(&account, folder.raw());
        // An archive that holds all mail holds the owner's drafts too: what is read of it later is invitations only.
        let again = role == Role::Archive && progress.is_some_and(|p| p.complete);
        let filter = if role == Role::Trash || again { Filter::CalendarOnly } else { Filter::All };
        let mut done = 0_u64;
        loop {
            let reading = Reading {
                filter,
                set_aside: self.suspects.set_aside.clone(),
                one_by_one: self.suspects.one_by_one,
                ..Reading::new(role, progress.map(|p| p.position), Some(since))
            };
            let batch = self.connection.next_batch(folder, &reading).await?;
            for (uid, why) in &batch.skipped {
                warn!(%account, uid, "a message was passed over: {why}");
            }
            for (uid, why) in &batch.notes {
                info!(%account, uid, "a part was passed over: {why}");
            }
            done += batch.deliveries.len() as u64;
            for (_, delivery) in batch.deliveries {
                self.act(Input::Delivered { account: account.clone(), delivery }).await?;
            }
            let complete = batch.remaining == 0 || progress.is_some_and(|p| p.complete);
            let now = Progress { position: batch.position, complete };
            if progress.is_none_or(|p| p.position != now.position || p.complete != now.complete) {
                self.core.set_progress(&account, folder.raw(), now)?;
            }
            progress = Some(now);
            self.show(folder, done, u64::from(batch.remaining));
            if batch.remaining == 0 {
                return Ok(());
            }
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

    /// Waits for new mail, at most until something falls due that the round begun at `since` does not cover.
    async fn wait(&mut self, since: Timestamp) -> Result<(), Ended> {
        let Some(inbox) =
            self.account.folders.first().and_then(|n| self.connection.folders().named(n))
        else {
            tokio::time::sleep(SHORT_WAIT).await;
            return Ok(());
        };
        let position = self
            .core
            .progress(&self.account.name, inbox.raw())
            .map_or_else(Position::default, |p| p.position);
        let mut left = LONGEST_WAIT;
        loop {
            let due = self.core.until_due(since);
            let most = due.map_or(left, |d| d.min(SHORT_WAIT)).min(left);
            if most < Duration::from_millis(50) {
                return Ok(());
            }
            let woken = self.connection.wait(&inbox, position, most).await?;
            left = left.saturating_sub(most);
            if woken == Wake::New || left.is_zero() {
                return Ok(());
            }
        }
    }

    /// Gives an input to the engine and does what it asks of the mailbox.
    async fn act(&mut self, input: Input) -> Result<(), Ended> {
        let mut actions = VecDeque::from(self.core.handle(input)?);
        while let Some(action) = actions.pop_front() {
            let answer = match action {
                Action::Look { message_id, .. } => {
                    let in_trash =
                        !self.connection.find(Role::Trash, &message_id, None).await?.is_empty();
                    Input::Looked { message_id, in_trash }
                }
                Action::Append { draft, .. } => {
                    let message_id = draft.message_id.clone();
                    match self.connection.append(&draft.bytes, draft.flagged).await {
                        Ok(uid) => {
                            info!(account = %self.account.name, "draft saved");
                            if uid.is_none() {
                                self.unconfirmed.push(message_id.clone());
                            }
                            Input::Appended { message_id, uid }
                        }
                        Err(AppendError::Refused(error)) => {
                            warn!(account = %self.account.name, "the draft was not saved: {error}; trying again at the next look");
                            self.refused = Some(error);
                            Input::NotAppended { message_id }
                        }
                        Err(AppendError::Unknown(error)) => return Err(Ended::Server(error)),
                    }
                }
                Action::Withdraw { copy, why, .. } => {
                    let outcome = match self.connection.withdraw(&copy).await? {
                        imap::Withdrawal::Moved
                        | imap::Withdrawal::Removed
                        | imap::Withdrawal::Marked => engine::Withdrawal::Done,
                        imap::Withdrawal::Touched => engine::Withdrawal::Touched,
                        imap::Withdrawal::Gone => engine::Withdrawal::Gone,
                    };
                    info!(account = %self.account.name, ?outcome, "draft taken back: {why}");
                    Input::Withdrawn { copy, outcome, why }
                }
                other => {
                    debug!(?other, "nothing to do for the mailbox");
                    continue;
                }
            };
            actions.extend(self.core.handle(answer)?);
        }
        Ok(())
    }
}
