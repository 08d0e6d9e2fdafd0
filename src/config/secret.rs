//! Passwords and tokens: where they come from, and reading them when they are needed.

use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use super::{Error, Shell};

/// Where a secret comes from. It is read each time it is needed and kept nowhere else, so that a changed one is noticed.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The content of a file, without the line break at its end.
    File(PathBuf),
    /// The first line that a shell command prints.
    Command(String),
    /// A systemd credential (`LoadCredential=`).
    Credential {
        /// Its name.
        name: String,
        /// `$CREDENTIALS_DIRECTORY`, unset where systemd did not start this process with credentials.
        directory: Option<PathBuf>,
    },
}

/// How long reading a secret may take. A command may have to ask its owner.
const DEADLINE: Duration = Duration::from_mins(1);
/// More than this is not a secret (Exchange's tokens have some 3 KiB).
const MAX_SECRET: u64 = 64 << 10;
/// Where the units' `LoadCredential=` takes credentials from.
const CREDENTIALS: &str = "/etc/afterword";
/// How much of a failing command's complaint is passed on.
const MAX_COMPLAINT: u64 = 1 << 10;

impl SecretSource {
    /// Reads the secret, within a minute.
    pub async fn read(&self) -> Result<SecretString, Error> {
        self.read_within(DEADLINE).await
    }

    /// [`Self::read`] with another deadline.
    pub async fn read_within(&self, deadline: Duration) -> Result<SecretString, Error> {
        let read = async {
            match self {
                Self::File(path) => from_file(path).await,
                Self::Command(command) => from_command(command).await,
                Self::Credential { name, directory } => {
                    from_credential(name, directory.as_deref()).await
                }
            }
        };
        let text = tokio::time::timeout(deadline, read)
            .await
            .unwrap_or_else(|_| {
                Err(failed(format!("no answer within {} seconds", deadline.as_secs()), None))
            })
            .map_err(|error| self.name(error))?;
        Ok(SecretString::from(text))
    }

    fn name(&self, error: Error) -> Error {
        let Error::Secret { what, hint } = error else { return error };
        Error::Secret { what: format!("{self}: {what}"), hint }
    }
}

/// Names the source, never what it holds; a command's text is left out because some people write a password into it.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "secret from the file `{}`", path.display()),
            Self::Command(_) => f.write_str("secret from a command"),
            Self::Credential { name, .. } => write!(f, "secret from the credential `{name}`"),
        }
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn failed(what: impl Into<String>, hint: Option<&str>) -> Error {
    Error::Secret { what: what.into(), hint: hint.map(str::to_owned) }
}

async fn from_file(path: &Path) -> Result<String, Error> {
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|e| failed(format!("cannot open it: {e}"), None))?;
    let unread = |e| failed(format!("cannot read it: {e}"), None);
    let mode = file.metadata().await.map_err(unread)?.permissions().mode();
    // Not refused: secrets that a container runtime mounts are readable by all, in a place that only this service sees.
    if mode & 0o004 != 0 {
        tracing::warn!(
            "{} can be read by every user of this machine: `chmod 600` it",
            path.display()
        );
    }
    let mut bytes = Vec::new();
    file.take(MAX_SECRET + 1).read_to_end(&mut bytes).await.map_err(unread)?;
    if bytes.len() as u64 > MAX_SECRET {
        return Err(failed("it is too long to be a secret", None));
    }
    bytes.truncate(bytes.strip_suffix(b"\n").unwrap_or(&bytes).len());
    bytes.truncate(bytes.strip_suffix(b"\r").unwrap_or(&bytes).len());
    into_secret(bytes)
}

async fn from_credential(name: &str, directory: Option<&Path>) -> Result<String, Error> {
    let Some(directory) = directory else {
        // `sudo afterword check`: the file that the unit passes.
        let source = Path::new(CREDENTIALS).join(name);
        if tokio::fs::try_exists(&source).await.unwrap_or(false) {
            return from_file(&source).await;
        }
        let hint = "only services of systemd have credentials (`LoadCredential=` in the unit); elsewhere use `file` or `command`";
        return Err(failed("$CREDENTIALS_DIRECTORY is not set", Some(hint)));
    };
    let path = directory.join(name);
    if !tokio::fs::try_exists(&path).await.unwrap_or(true) {
        let hint = format!(
            "put `LoadCredential={name}:/etc/afterword/{name}` into the unit (`systemctl edit`)"
        );
        return Err(failed("systemd did not pass it", Some(&hint)));
    }
    match from_file(&path).await {
        // The unit ships with an empty one to fall back to, so that it starts before the secret is there.
        Err(Error::Secret { what, hint: None }) if what == EMPTY => {
            let hint = "write it into the file that the unit's `LoadCredential=` names, then restart the service";
            Err(failed(what, Some(hint)))
        }
        read => read,
    }
}

async fn from_command(command: &str) -> Result<String, Error> {
    let piped = |shell: &mut Command| {
        shell.stdout(Stdio::piped()).stderr(Stdio::piped());
    };
    let mut shell = Shell::start(command, piped)
        .map_err(|e| failed(format!("cannot start `sh`: {e}"), None))?;
    let (status, stdout, stderr) =
        finish(&mut shell).await.map_err(|e| failed(e.to_string(), None))?;
    let first = stdout.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    if !status.success() {
        return Err(failed(complaint(status, &stderr, first), None));
    }
    into_secret(first.to_vec())
}

/// Reads both pipes while the command runs, so that it never waits for us to read more than we want.
async fn finish(shell: &mut Shell) -> std::io::Result<(ExitStatus, Vec<u8>, Vec<u8>)> {
    let missing = || std::io::Error::other("no pipe to the command");
    let stdout = shell.child.stdout.take().ok_or_else(missing)?;
    let stderr = shell.child.stderr.take().ok_or_else(missing)?;
    let (stdout, stderr) =
        tokio::try_join!(drained(stdout, MAX_SECRET), drained(stderr, MAX_COMPLAINT))?;
    Ok((shell.ended().await?, stdout, stderr))
}

/// The beginning of what comes; the rest is read and forgotten, since a closed pipe would kill the command.
async fn drained(mut from: impl AsyncRead + Unpin, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    (&mut from).take(limit).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(bytes)
}

/// How the command ended and what it said of it. What it printed may be the secret, so it is cut out, should it be repeated there.
fn complaint(status: ExitStatus, stderr: &[u8], printed: &[u8]) -> String {
    let said = String::from_utf8_lossy(stderr);
    let printed = String::from_utf8_lossy(printed);
    let said =
        if printed.is_empty() { said.into_owned() } else { said.replace(&*printed, "[hidden]") };
    let said: Vec<String> =
        said.lines().map(|line| line.trim().escape_debug().to_string()).collect();
    let said = said.iter().filter(|line| !line.is_empty()).cloned().collect::<Vec<_>>().join("; ");
    if said.is_empty() {
        format!("it ended with {status}")
    } else {
        format!("it ended with {status}: {said}")
    }
}

const EMPTY: &str = "it is empty";

fn into_secret(bytes: Vec<u8>) -> Result<String, Error> {
    // The error of `from_utf8` holds the bytes: not passed on.
    let text = String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8", None))?;
    if text.is_empty() { Err(failed(EMPTY, None)) } else { Ok(text) }
}
