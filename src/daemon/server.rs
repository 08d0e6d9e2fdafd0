//! An account on an IMAP server: connect, catch up, act, wait, and again.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::{debug, info, warn};

use super::core::{Core, Failed};
use super::pause::{Pause, Watch, until, until_back_from_sleep};
use super::{Error, Life};
use crate::clock;
use crate::config::{self, Account, Auth, Server};
use crate::engine::{Action, Input};
use crate::folder::{Drafts, Outcome, Position, Role};
use crate::imap::{self, AppendError, Connection, Credentials, Endpoint, FolderName, Wake};
use crate::interview::later;

/// How long to wait at most before Sent and Drafts are looked at again.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// How old what we know of the mailbox may be, at most, when a draft is saved.
const FRESH: Duration = Duration::from_mins(2);
/// How long before a token's end the connection is replaced.
const BEFORE_EXPIRY: SignedDuration = SignedDuration::from_mins(5);
/// How long a token that does not say so is good for; the large providers' are for an hour.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(50);
/// How often folders besides the one that is waited in are looked at.
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
    loop {
        let error = match session(core, account, server, life, show_progress, &mut pause).await {
            Ok(()) if life == Life::Once => return Ok(()),
            Ok(()) => {
                core.disconnected(&account.name, None);
                continue;
            }
            Err(Ended::Store) => std::future::pending().await,
            Err(Ended::Secret(error)) => Error::Secret { account: account.name.clone(), error },
            Err(Ended::Server(error)) => Error::Server { account: account.name.clone(), error },
        };
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
    let (next_try, login_refused) = (trouble.next_try, trouble.login_refused);
    core.disconnected(account, Some(trouble));
    tokio::select! {
        () = until(next_try) => {}
        // Another place, another network: no reason to wait for what was tried before. A password is the same everywhere.
        () = until_back_from_sleep(), if !login_refused => pause.reset(),
    }
}

/// Why a session ended.
pub(super) enum Ended {
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

/// When a connection with these credentials has to be replaced, since servers end it when its token expires.
fn renewal(credentials: &Credentials, now: Timestamp) -> Option<Timestamp> {
    if matches!(credentials, Credentials::Password(_)) {
        return None;
    }
    let at = match credentials.expires() {
        Some(expires) => later(expires, -BEFORE_EXPIRY),
        None => later(now, TOKEN_LIFE),
    };
    // A token that is about to expire may be all there is for now.
    Some(at.max(later(now, SignedDuration::from_mins(1))))
}

/// One connection, from its beginning to its end: an error, the end of a single round, or a token that must be renewed.
async fn session(
    core: &Core,
    account: &Account,
    server: &Server,
    life: Life,
    show_progress: bool,
    pause: &mut Pause,
) -> Result<(), Ended> {
    let credentials = credentials(server).await.map_err(Ended::Secret)?;
    let renew_at = renewal(&credentials, clock::now());
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
        refused: None,
        unconfirmed: Vec::new(),
        first_round: true,
        known: Knowledge::none(),
        postponed: false,
    };
    let mut since = session.round().await?;
    pause.reset();
    if life == Life::Once {
        return match session.refused.take() {
            Some(error) => Err(Ended::Server(error)),
            None => Ok(session.connection.logout().await?),
        };
    }
    while renew_at.is_none_or(|at| clock::now() < at) {
        session.wait(since, renew_at).await?;
        since = session.round().await?;
    }
    info!(account = %account.name, "connecting anew, before the token expires");
    Ok(session.connection.logout().await?)
}

/// Whether the account is served without a folder. Without INBOX, Sent or Drafts nothing can be known.
fn may_be_closed(role: Role, folder: &FolderName) -> bool {
    match role {
        Role::Inbox => folder.name() != "INBOX",
        Role::Archive | Role::Trash => true,
        Role::Sent | Role::Drafts => false,
    }
}

/// One connection's life.
pub(super) struct Session<'a> {
    pub(super) core: &'a Core,
    pub(super) account: &'a Account,
    pub(super) connection: Connection,
    pub(super) show_progress: bool,
    /// Why the last draft was not saved: what makes a single round fail.
    refused: Option<imap::Error>,
    /// Drafts of this round that the server took without saying where they lie.
    unconfirmed: Vec<String>,
    /// Whether this connection has not read anything yet.
    first_round: bool,
    known: Knowledge,
    /// Whether a draft was not saved in this round since what we know had become old.
    postponed: bool,
}

/// How old it is what we know of the mailbox.
#[derive(Clone, Copy)]
struct Knowledge {
    watch: Watch,
    /// How old it may become before a draft is saved on it.
    good_for: Duration,
}

impl Knowledge {
    fn none() -> Self {
        Self { watch: Watch::start(), good_for: Duration::ZERO }
    }

    /// Of a look that has just ended and began with `watch`: a slow server's is good for as long again as it took.
    fn since(watch: Watch) -> Self {
        Self { watch, good_for: FRESH.max(2 * watch.age()) }
    }

    fn is_stale(self) -> bool {
        self.watch.slept() || self.watch.age() > self.good_for
    }
}

impl Session<'_> {
    /// Reads all folders to their ends, tells the engine so, and does what it asks for. Returns when that began.
    async fn round(&mut self) -> Result<Timestamp, Ended> {
        loop {
            let (since, drafts) = self.look().await?;
            let first = std::mem::take(&mut self.first_round);
            // A first reading takes its time, and the machine may have slept in the middle of any: what came meanwhile is read first.
            if self.known.watch.slept() || (first && self.known.watch.age() > FRESH) {
                continue;
            }
            self.unconfirmed.clear();
            self.act(Input::CaughtUp { account: self.account.name.clone(), since, drafts }).await?;
            self.confirm(since).await?;
            self.core.caught_up(&self.account.name, since);
            debug!(account = %self.account.name, "caught up");
            if !std::mem::take(&mut self.postponed) {
                return Ok(since);
            }
        }
    }

    /// Reads all folders to their ends, and lists Drafts; returns when that began as well.
    async fn look(&mut self) -> Result<(Timestamp, Drafts), Ended> {
        let (watch, since) = (Watch::start(), clock::now());
        for (role, folder) in self.folders() {
            match self.catch_up(role, &folder).await {
                Err(Ended::Server(error))
                    if error.is_closed_folder() && may_be_closed(role, &folder) =>
                {
                    self.set_aside(&folder, None, &error.to_string());
                }
                Err(error) => return Err(error),
                Ok(()) => self.core.take_up(&self.account.name, folder.name()),
            }
        }
        let drafts = self.look_at_drafts().await?;
        self.known = Knowledge::since(watch);
        Ok((since, drafts))
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
                None => self.set_aside(&FolderName::new(name), None, "it is not there"),
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

    /// Waits for new mail: at most until something falls due that the round begun at `since` does not cover, or `end` comes.
    async fn wait(&mut self, since: Timestamp, end: Option<Timestamp>) -> Result<(), Ended> {
        let watch = Watch::start();
        let (inbox, others) = self.watched();
        while watch.age() < LONGEST_WAIT {
            let until_end = end.map(clock::until);
            let due = [self.core.until_due(since), until_end].into_iter().flatten().min();
            let mut most =
                LONGEST_WAIT.saturating_sub(watch.age()).min(due.unwrap_or(LONGEST_WAIT));
            if !others.is_empty() {
                most = most.min(SHORT_WAIT);
            }
            if most < Duration::from_millis(50) {
                return Ok(());
            }
            let woken = tokio::select! {
                woken = self.connection.wait(&inbox.0, inbox.1, most) => woken? == Wake::New,
                () = until_back_from_sleep() => {
                    debug!(account = %self.account.name, "back from sleep");
                    // The server may have forgotten us long ago; nothing is believed before it has answered.
                    self.connection.prove_alive().await?;
                    true
                }
            };
            if woken {
                return Ok(());
            }
            for (folder, position) in &others {
                if self.connection.has_new(folder, *position).await? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The folder to wait in, and those to look at now and then, with where reading goes on in each.
    fn watched(&self) -> ((FolderName, Position), Vec<(FolderName, Position)>) {
        let position = |folder: &FolderName| {
            let progress = self.core.progress(&self.account.name, folder.raw());
            progress.map_or_else(Position::default, |p| p.position)
        };
        let known = self.connection.folders();
        let named = self.account.folders.iter().filter_map(|name| known.named(name));
        let mut all: Vec<_> = named
            .filter(|folder| !self.core.is_set_aside(&self.account.name, folder.name()))
            .map(|folder| (folder.clone(), position(&folder)))
            .collect();
        if all.is_empty() {
            let inbox = FolderName::new("INBOX");
            let from = position(&inbox);
            return ((inbox, from), all);
        }
        (all.remove(0), all)
    }

    /// Gives an input to the engine and does what it asks of the mailbox.
    pub(super) async fn act(&mut self, input: Input) -> Result<(), Ended> {
        let mut actions = VecDeque::from(self.core.handle(input)?);
        while let Some(action) = actions.pop_front() {
            let answer = match action {
                Action::Look { message_id, .. } => {
                    let in_trash =
                        !self.connection.find(Role::Trash, &message_id, None).await?.is_empty();
                    Input::Looked { message_id, in_trash }
                }
                Action::Append { draft, .. } if self.known.is_stale() => {
                    debug!(account = %self.account.name, "the mailbox is read again before a draft is saved");
                    self.postponed = true;
                    Input::NotAppended { message_id: draft.message_id }
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
                        | imap::Withdrawal::Marked => Outcome::Done,
                        imap::Withdrawal::Touched => Outcome::Touched,
                        imap::Withdrawal::Gone => Outcome::Gone,
                    };
                    info!(account = %self.account.name, ?outcome, "draft taken back: {why}");
                    Input::Withdrawn { copy, outcome, why }
                }
                Action::Star { copy, why, .. } => {
                    let outcome = self.connection.star(&copy).await?;
                    info!(account = %self.account.name, ?outcome, "draft starred: {why}");
                    Input::Starred { message_id: copy.message_id, outcome }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"exp":1000000}` as the claims of a JWT.
    const JWT: &str = "e30.eyJleHAiOjEwMDAwMDB9.c2ln";

    #[test]
    fn a_connection_is_replaced_before_its_token_expires() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let token = |text: &str| Credentials::Token(text.into());
        assert_eq!(renewal(&Credentials::Password("x".into()), at(0)), None);
        assert_eq!(renewal(&token("opaque"), at(0)), Some(at(50 * 60)));
        assert_eq!(renewal(&token(JWT), at(900_000)), Some(at(1_000_000 - 5 * 60)));
        // What is about to expire, or has, is not asked for in a busy loop.
        assert_eq!(renewal(&token(JWT), at(999_990)), Some(at(1_000_050)));
    }

    #[test]
    fn without_inbox_sent_or_drafts_nothing_is_saved() {
        let folder = FolderName::new;
        assert!(may_be_closed(Role::Inbox, &folder("Jobs")));
        assert!(may_be_closed(Role::Archive, &folder("Archive")));
        assert!(!may_be_closed(Role::Inbox, &folder("inbox")));
        assert!(!may_be_closed(Role::Sent, &folder("Sent")));
    }
}
