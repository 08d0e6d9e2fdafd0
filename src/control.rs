//! The local socket through which `status` and its like reach the running daemon, since the store has one owner.
//!
//! It lies beside the database, so that a command finds the daemon by the store that both are configured with, and whoever has
//! the store's lock has the socket. A connection is one question: a line of JSON, answered by a line of JSON. Only the
//! daemon's own user and root are answered; what they send, and how long it takes them, is bounded.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use tracing::debug;

/// The longest question, in bytes.
const MAX_QUESTION: u64 = 64 << 10;
/// The longest answer that a command takes, in bytes: years of interviews.
const MAX_ANSWER: u64 = 64 << 20;
/// How long the other side may take to send its line, or to take ours.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a command waits for the answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(20);
/// How many connections are served at once; others wait in the system's queue.
const AT_ONCE: usize = 32;
/// The longest path of a Unix socket: `sun_path` of unix(7) without its NUL.
const MAX_PATH: usize = 107;
/// How long to wait before accepting again, when the system had no room for one more.
const RECOVER: Duration = Duration::from_secs(1);

/// What a command asks of the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum Request {
    /// What it knows.
    Status,
    /// Why an interview or a draft is what it is.
    Explain {
        /// The interview's id, or the draft's Message-ID.
        id: String,
    },
    /// What the owner forgot to say.
    Note {
        /// The interview's id.
        id: String,
        /// The words.
        text: String,
    },
    /// The letters of an interview.
    Letter {
        /// The interview's id, or a draft's Message-ID.
        id: String,
        /// Which.
        which: Which,
    },
}

/// Which letters of an interview are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// Those that its people get.
    Letters,
    /// A script for a call to each of its people.
    Scripts,
    /// Those that its people would get, in every style.
    Styles,
}

impl Request {
    /// Whether the answer changes what is stored.
    pub fn changes(&self) -> bool {
        matches!(self, Self::Note { .. })
    }
}

/// The daemon's answer: what was asked for, or in one line why not.
pub type Answer = Result<Value, String>;

/// Why the socket cannot be made, or nobody answers on it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path is longer than the system allows.
    #[error("control socket `{}`: the path is longer than {MAX_PATH} bytes; hint: give `store.path` a shorter one", .0.display())]
    TooLong(PathBuf),
    /// Something else lies in its place.
    #[error("control socket `{}`: something that is no socket is in its place; hint: move it away", .0.display())]
    Occupied(PathBuf),
    /// Nobody listens: no daemon runs.
    #[error("control socket `{}`: nobody listens", .0.display())]
    Nobody(PathBuf),
    /// It is another user's.
    #[error("control socket `{}`: it is not yours; hint: ask as the user whom the daemon runs as, or as root (`sudo afterword status`)", .0.display())]
    NotYours(PathBuf),
    /// No answer in time, or none at all.
    #[error("control socket `{}`: the daemon does not answer ({what}); hint: look into its log", path.display())]
    Silent {
        /// The socket.
        path: PathBuf,
        /// What was waited for.
        what: &'static str,
    },
    /// An answer that is none of ours.
    #[error("control socket `{}`: the answer cannot be read: {source}; hint: restart the daemon after an upgrade", path.display())]
    Odd {
        /// The socket.
        path: PathBuf,
        /// What the decoder said.
        source: serde_json::Error,
    },
    /// The system refused.
    #[error("control socket `{}`: {source}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Where the daemon with this store listens.
pub fn path(store: &Path) -> PathBuf {
    store.join("control")
}

fn check_length(path: &Path) -> Result<(), Error> {
    if path.as_os_str().as_bytes().len() > MAX_PATH {
        return Err(Error::TooLong(path.to_path_buf()));
    }
    Ok(())
}

/// The listening socket; its file is removed with it.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Listens at `path`, in place of a socket that was left there: the caller has the store's lock, so it is nobody's.
    pub fn bind(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io { path: path.to_path_buf(), source };
        check_length(path)?;
        match fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => fs::remove_file(path).map_err(failed)?,
            Ok(_) => return Err(Error::Occupied(path.to_path_buf())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        let socket = Self { listener, path: path.to_path_buf() };
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(socket)
    }

    /// Answers for as long as it is polled.
    pub async fn serve(&self, answer: impl Fn(Request) -> Answer) {
        stream::unfold((), |()| async { Some((self.accept().await, ())) })
            .for_each_concurrent(AT_ONCE, |connection| converse(connection, &answer))
            .await;
    }

    async fn accept(&self) -> UnixStream {
        loop {
            match self.listener.accept().await {
                Ok((connection, _)) if may_ask(&connection) => return connection,
                Ok(_) => debug!("control socket: another user was not answered"),
                Err(error) => {
                    debug!("control socket: {error}");
                    tokio::time::sleep(RECOVER).await;
                }
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // One that stays behind is replaced at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the other side runs as our own user or as root.
fn may_ask(connection: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    connection.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

/// Serves one connection; whatever is wrong with it ends only that.
async fn converse(mut connection: UnixStream, answer: &impl Fn(Request) -> Answer) {
    let question = match timeout(PATIENCE, line(&mut connection, MAX_QUESTION)).await {
        Ok(Ok(line)) => line,
        Ok(Err(error)) => return debug!("control socket: {error}"),
        Err(_) => return debug!("control socket: no question came"),
    };
    let answer = match serde_json::from_slice(&question) {
        Ok(request) => answer(request),
        Err(error) => Err(format!(
            "the daemon does not understand: {error}; hint: restart it after an upgrade"
        )),
    };
    let Ok(mut bytes) = serde_json::to_vec(&answer) else { return };
    bytes.push(b'\n');
    if timeout(PATIENCE, connection.write_all(&bytes)).await.is_err() {
        debug!("control socket: the answer was not taken");
    }
}

/// Everything up to a line feed or the end, at most `limit` bytes.
async fn line(connection: &mut UnixStream, limit: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    BufReader::new(connection).take(limit).read_until(b'\n', &mut line).await?;
    if line.len() as u64 == limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the line is too long"));
    }
    Ok(line)
}

/// Asks the daemon that listens at `path`.
pub async fn ask(path: &Path, request: &Request) -> Result<Answer, Error> {
    check_length(path)?;
    let silent = |what| Error::Silent { path: path.to_path_buf(), what };
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::ConnectionRefused => Error::Nobody(path.to_path_buf()),
        io::ErrorKind::PermissionDenied => Error::NotYours(path.to_path_buf()),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => silent("it hung up"),
        _ => Error::Io { path: path.to_path_buf(), source },
    };
    let conversation = async {
        let mut connection = UnixStream::connect(path).await?;
        let mut question = serde_json::to_vec(request)?;
        question.push(b'\n');
        connection.write_all(&question).await?;
        line(&mut connection, MAX_ANSWER).await
    };
    let answered = timeout(ANSWER_PATIENCE, conversation).await;
    let bytes = answered.map_err(|_| silent("nothing came within 20 seconds"))?.map_err(failed)?;
    if bytes.is_empty() {
        return Err(silent("it hung up"));
    }
    serde_json::from_slice(&bytes).map_err(|source| Error::Odd { path: path.to_path_buf(), source })
}
