//! The loop that ties everything together: mailboxes, time and signals to the engine, its actions to mailboxes and store.
//!
//! Every account lives in a loop of its own ([`server`] or [`local`]), so that one that is down holds up no other. They
//! share one engine and one store, since an interview may be seen in several accounts.

mod account_state;
mod bell;
mod core;
pub mod explain;
pub mod letters;
mod local;
mod pause;
mod reading;
mod server;
pub mod status;
mod suspects;
mod vigil;

use std::convert::Infallible;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

use crate::config::{self, Settings, Source};
use crate::control::{self, Answer, Request, Socket};
use crate::engine::Setup;
use crate::{clock, imap, maildir, store, systemd};

pub use self::account_state::{AccountState, SetAside, Trouble};
pub use self::core::Core;
pub use self::server::{credentials, endpoint};
use self::status::Running;

/// How far back the first catch-up reads: interviews are booked weeks ahead.
pub const FIRST_LOOK: jiff::SignedDuration = jiff::SignedDuration::from_hours(60 * 24);
/// How long one attempt at opening the store may take.
const STORE_DEADLINE: Duration = Duration::from_secs(20);
/// How long we wait before the store is opened again after it failed in the middle of our life.
const STORE_PAUSE: Duration = Duration::from_mins(1);

/// Why the daemon, or one account's loop, ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The server, or the connection to it.
    #[error("account `{account}`: {error}")]
    Server {
        /// The account.
        account: String,
        /// What happened.
        error: imap::Error,
    },
    /// A secret could not be had.
    #[error("account `{account}`: {error}")]
    Secret {
        /// The account.
        account: String,
        /// What happened.
        error: config::Error,
    },
    /// A Maildir.
    #[error("account `{account}`: {error}")]
    Maildir {
        /// The account.
        account: String,
        /// What happened.
        error: maildir::Error,
    },
    /// Signals cannot be waited for.
    #[error("cannot wait for signals: {0}")]
    Signals(std::io::Error),
    /// Some accounts failed in a single round; each was told in the log.
    #[error("{failed} of {all} accounts could not be read: see the lines above")]
    Accounts {
        /// How many failed.
        failed: usize,
        /// Of how many.
        all: usize,
    },
}

impl Error {
    /// What happened, without the account's name; a second line is a hint.
    fn cause(&self) -> String {
        match self {
            Self::Server { error, .. } => error.to_string(),
            Self::Secret { error, .. } => error.to_string(),
            Self::Maildir { error, .. } => error.to_string(),
            other => other.to_string(),
        }
    }

    /// Whether nothing but the owner can help: the login was refused, or there is no secret to log in with.
    fn is_refused_login(&self) -> bool {
        match self {
            Self::Server { error, .. } => error.is_refused_login(),
            Self::Secret { .. } => true,
            _ => false,
        }
    }
}

/// How long the daemon goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// One round: read, act, end.
    Once,
    /// Until a signal ends it.
    Forever,
}

/// Runs the daemon. `setup` makes the engine's settings anew each time the store has to be opened.
pub async fn run(settings: &Settings, setup: impl Fn() -> Setup, life: Life) -> Result<(), Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
    let work = live(settings, setup, life);
    tokio::select! {
        ended = work => ended,
        _ = terminate.recv() => stopped(),
        _ = interrupt.recv() => stopped(),
    }
}

/// Everything that must survive was flushed when it was recorded: there is nothing left to do but say goodbye.
#[expect(clippy::unnecessary_wraps, reason = "it is an arm beside one that can fail")]
fn stopped() -> Result<(), Error> {
    systemd::stopping();
    info!("stopped");
    Ok(())
}

async fn live(settings: &Settings, setup: impl Fn() -> Setup, life: Life) -> Result<(), Error> {
    let running = Running {
        process: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        since: clock::now(),
    };
    let mut socket = None;
    let mut opened_before = false;
    loop {
        let ended = match open(&settings.store, setup()) {
            Ok(core) => {
                opened_before = true;
                if socket.is_none() && life == Life::Forever {
                    socket = listen(&settings.store);
                }
                systemd::ready();
                tokio::select! {
                    ended = accounts(settings, &core, life) => ended,
                    () = serve(socket.as_ref(), |request| core.answer(Some(&running), &request)) => Ok(()),
                }
            }
            Err(error) => Err(error.into()),
        };
        match ended {
            // A store that fails while we run (a full disk) may come back; one that cannot be opened at the start will not.
            Err(Error::Store(error)) if opened_before && life == Life::Forever => {
                warn!("{error}; trying again in {} s", STORE_PAUSE.as_secs());
                systemd::status(&format!("waiting: {error}"));
                tokio::select! {
                    () = beat(STORE_PAUSE) => {}
                    () = serve(socket.as_ref(), |_| Err(error.to_string())) => {}
                }
            }
            other => return other,
        }
    }
}

/// The daemon does its work whether or not it can be asked about it.
fn listen(store: &Path) -> Option<Socket> {
    match Socket::bind(&control::path(store)) {
        Ok(socket) => Some(socket),
        Err(error) => {
            warn!("{error}; `afterword status` gets no answer");
            None
        }
    }
}

async fn serve(socket: Option<&Socket>, answer: impl Fn(Request) -> Answer) {
    match socket {
        Some(socket) => socket.serve(answer).await,
        None => std::future::pending().await,
    }
}

fn open(path: &Path, setup: Setup) -> Result<Core, store::Error> {
    let core = Core::open(path, STORE_DEADLINE, setup)?;
    info!(store = %path.display(), "store opened");
    Ok(core)
}

/// Lives with all accounts. In a single round every account is tried, whatever happens to the others.
async fn accounts(settings: &Settings, core: &Core, life: Life) -> Result<(), Error> {
    let show_progress = std::io::stderr().is_terminal();
    let lives = settings.accounts.iter().map(|account| async move {
        match &account.source {
            Source::Imap(server) => server::live(core, account, server, life, show_progress).await,
            Source::Maildir(root) => local::live(core, account, root, life).await,
        }
    });
    let notify = settings.drafts.notify.as_ref().map(|n| n.command.as_str());
    let all = async {
        let mut failed = 0_usize;
        for ended in join_all(lives).await {
            match ended {
                Ok(()) => {}
                Err(Error::Store(error)) => return Err(Error::Store(error)),
                Err(error) => {
                    failed += 1;
                    error!("{error}");
                }
            }
        }
        if failed > 0 {
            Err(Error::Accounts { failed, all: settings.accounts.len() })
        } else {
            Ok(())
        }
    };
    // A failing store ends every account's life at once: none of them may go on without it.
    let ended = tokio::select! {
        ended = all => ended,
        error = core.failure() => Err(Error::Store(error)),
        never = attend(core, notify), if life == Life::Forever => match never {},
    };
    if life == Life::Once {
        core.ring(notify).await;
    }
    ended
}

/// What goes on beside the accounts: the watchdog and the bell.
async fn attend(core: &Core, notify: Option<&str>) -> Infallible {
    tokio::join!(feed_watchdog(core), core.ring_always(notify));
    std::future::pending().await
}

/// Tells systemd that the loops turn. This runs in the same thread as they do, so it stops when one of them blocks it; of one
/// that is not heard of for long, systemd is told nothing more, and starts us again.
async fn feed_watchdog(core: &Core) {
    let Some(interval) = systemd::watchdog() else { return };
    while core.silent().is_none() {
        systemd::alive();
        tokio::time::sleep(interval).await;
    }
    if let Some(account) = core.silent() {
        error!(%account, "no sign of life for an hour: waiting for systemd to start us again");
    }
}

/// Waits, feeding the watchdog.
async fn beat(time: Duration) {
    let step = systemd::watchdog().unwrap_or(time).min(time);
    let mut left = time;
    while !left.is_zero() {
        systemd::alive();
        let now = step.min(left);
        tokio::time::sleep(now).await;
        left -= now;
    }
}
