//! What can go wrong with a local Maildir, in the words of the command line.

use std::io;
use std::path::{Path, PathBuf};

/// Why a Maildir could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no Maildir at that path.
    #[error(
        "maildir `{}`: neither it nor its `INBOX` has a `cur` folder; hint: `maildir` in the account must be the folder that holds \
         `cur`, `new` and `tmp`, or the one above it", path.display()
    )]
    NotMaildir {
        /// The account's root.
        path: PathBuf,
    },
    /// A folder that the configuration names is not there.
    #[error(
        "maildir `{}`: no folder `{name}`; hint: there are {}", path.display(),
        if found.is_empty() { "no folders besides the inbox".to_owned() } else { format!("`{}`", found.join("`, `")) }
    )]
    NoFolder {
        /// The account's root.
        path: PathBuf,
        /// What the configuration calls it.
        name: String,
        /// What is there.
        found: Vec<String>,
    },
    /// Another program renames its files faster than they can be listed: a look that may have missed one is no look.
    #[error("maildir `{}`: it keeps changing while it is read; hint: it is tried again by itself", path.display())]
    Unsettled {
        /// The folder.
        path: PathBuf,
    },
    /// The disk or the system refused.
    #[error("maildir `{}`: {action}: {source}; hint: {}", path.display(), hint(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: what was being done, and where.
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), action, source }
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "give this user the right to read and write there",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "free some space on that disk"
        }
        io::ErrorKind::NotFound => "look whether the account's `maildir` was moved",
        _ => "look at the disk (`dmesg`, `df`)",
    }
}
