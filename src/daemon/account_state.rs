//! How each account is doing, as plain data: for `status`, and for the line that systemd shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How an account is doing. All instants are UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// Since when the connection is logged in, or the Maildir open; `None` while it is not.
    pub connected_since: Option<Timestamp>,
    /// When the last reading of all folders to their ends began.
    pub caught_up: Option<Timestamp>,
    /// What went wrong since then, the last of it.
    pub trouble: Option<Trouble>,
    /// Messages and folders that are not read, and why: the newest hundred.
    pub set_aside: Vec<SetAside>,
}

/// What went wrong with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    pub at: Timestamp,
    /// What, in one line, without the account's name; a second line holds a hint where there is a remedy.
    pub what: String,
    /// Whether the user name, password or token was refused, or could not be had: the owner has to do something.
    pub login_refused: bool,
    /// When it is tried again.
    pub next_try: Timestamp,
}

/// A message, or a folder, that is not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// The folder, as people read its name.
    pub folder: String,
    /// The message's UID there; `None` for the whole folder.
    pub uid: Option<u32>,
    /// Why.
    pub why: String,
}
