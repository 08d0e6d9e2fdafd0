//! What the program knows of a folder of a mailbox, on a server or on disk, in the words of RFC 9051.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::EmailAddress;

/// What a folder is for (RFC 6154, and INBOX).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Where mail arrives, and any further folder the owner asked to be read.
    Inbox,
    /// What the owner sent.
    Sent,
    /// Letters not yet sent; the one folder that is written to.
    Drafts,
    /// The bin.
    Trash,
    /// `\All` or `\Archive`: what the owner filed away.
    Archive,
}

/// How far a folder has been read: every message below `uid_next` was processed and stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// UIDVALIDITY (RFC 9051 section 2.3.1.1): when it changes, all UIDs are void.
    pub uid_validity: u32,
    /// The first UID that has not been read.
    pub uid_next: u32,
}

/// One message as an edge hands it to the core.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What the folder it lies in is for.
    pub role: Role,
    /// When it came into the folder (INTERNALDATE, or the file's time).
    pub arrived: Timestamp,
    /// RFC 5322 bytes. Parts that cannot say anything about an interview may be missing from it.
    pub bytes: Vec<u8>,
}

/// One message in Drafts, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its UID.
    pub uid: u32,
    /// RFC822.SIZE in bytes.
    pub size: u64,
    /// Flags as the server spells them, `\Recent` left out.
    pub flags: Vec<String>,
    /// Message-ID without its angle brackets.
    pub message_id: Option<String>,
    /// The recipients in To, Cc and Bcc.
    pub to: Vec<EmailAddress>,
    /// The Date field, else INTERNALDATE.
    pub date: Option<Timestamp>,
}

impl Draft {
    /// Whether it carries a flag, in any letter case.
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f.eq_ignore_ascii_case(flag))
    }

    /// Whether it only waits to be expunged.
    pub fn is_deleted(&self) -> bool {
        self.has_flag("\\Deleted")
    }
}

/// All of Drafts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    /// UIDVALIDITY and UIDNEXT when it was listed.
    pub position: Position,
    /// The messages in it, by UID.
    pub drafts: Vec<Draft>,
}

/// Where a draft of ours lies, and what it looked like when it was saved: what tells whether the owner touched it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Message-ID without its angle brackets.
    pub message_id: String,
    /// UIDVALIDITY of Drafts.
    pub uid_validity: u32,
    /// The UID in Drafts.
    pub uid: u32,
    /// RFC822.SIZE in bytes.
    pub size: u64,
    /// Whether it was saved with `\Flagged`.
    pub flagged: bool,
}

/// What came of taking back or starring a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was untouched, and it is done.
    Done,
    /// The owner had touched it; it stays.
    Touched,
    /// It was not there any more.
    Gone,
}
