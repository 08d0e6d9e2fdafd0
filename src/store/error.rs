//! What can go wrong with the store, in the words of the command line: context first, and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory is missing and cannot be made, is no directory, or cannot be written to.
    #[error("store `{}`: {problem}: {source}; hint: give `store.path` a directory that this user may write to", dir.display())]
    Directory {
        /// The store's directory.
        dir: PathBuf,
        /// What was tried.
        problem: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the store: sled has one owner.
    #[error(
        "store `{}`: another afterword{} has it; hint: the commands talk to the running daemon (`afterword status`), \
         a second daemon needs its own `store.path`",
        dir.display(),
        process.map(|id| format!(" (process {id})")).unwrap_or_default()
    )]
    InUse {
        /// The store's directory.
        dir: PathBuf,
        /// The owner's process id, where it is known.
        process: Option<u32>,
    },
    /// It is a service's, whose user could not read what another, be it root, writes there.
    #[error("store `{}`: it belongs to the system's service; hint: `systemctl start afterword`", dir.display())]
    Service {
        /// The store's directory.
        dir: PathBuf,
    },
    /// It was written by a newer version of the program.
    #[error(
        "store `{}`: it has version {found} and this afterword knows version {known}; hint: install the newer afterword again, \
         or move the directory away to start afresh",
        dir.display()
    )]
    Newer {
        /// The store's directory.
        dir: PathBuf,
        /// The version that was found.
        found: u64,
        /// The version this program writes.
        known: u64,
    },
    /// No space is left; the handle is of no use until [`super::Store::reopen`], and nothing flushed is lost.
    #[error("store `{}`: no space left ({}); hint: free some space on that disk, nothing that was flushed is lost", dir.display(), source.kind())]
    Full {
        /// The store's directory.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An earlier error closed it, and it was not reopened.
    #[error("store `{}`: closed after an earlier error; hint: look for that error above, it has to be opened again", dir.display())]
    Closed {
        /// The store's directory.
        dir: PathBuf,
    },
    /// Any other failure of the disk or of the database.
    #[error("store `{}`: {action}: {source}; hint: look at the disk (`dmesg`, `df`)", dir.display())]
    Io {
        /// The store's directory.
        dir: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A record could not be written as JSON: a mistake in the program.
    #[error(
        "store: record `{key}` cannot be written as json: {source}; hint: this is a mistake in afterword, please report it"
    )]
    Encode {
        /// The record's key.
        key: String,
        /// What the encoder said.
        source: serde_json::Error,
    },
}

impl Error {
    /// An I/O error, told apart by what the owner can do about it.
    pub(super) fn io(dir: &Path, action: &'static str, source: io::Error) -> Self {
        let dir = dir.to_path_buf();
        match source.kind() {
            // A file that may not grow stops a program just as a full disk does, and is cured the same way.
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { dir, source },
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::NotFound => Self::Directory { dir, problem: action, source },
            _ => Self::Io { dir, action, source },
        }
    }

    /// An error of the database while it was open: damage found this late is told like a failing disk.
    pub(super) fn sled(dir: &Path, action: &'static str, error: sled::Error) -> Self {
        match error {
            sled::Error::Io(source) => Self::io(dir, action, source),
            other => Self::io(dir, action, io::Error::other(other.to_string())),
        }
    }
}
