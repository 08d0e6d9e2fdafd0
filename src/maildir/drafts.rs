//! Drafts: listing, looking for, saving and withdrawing them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::folders::{self, Folder, Why};
use super::{Error, Layout, Maildir, file, hash, measure, write};
use crate::folder::{Draft, Drafts, Outcome, Position, Role, Saved};
use crate::message::Message;

/// A Maildir has no UIDVALIDITY: its unique names never change, and UIDs are computed from them.
pub const UID_VALIDITY: u32 = 1;
/// A draft as the owner's mail program would have saved it; with the star. Letters in ASCII order, as the Maildir page demands.
const PLAIN: &str = ":2,DS";
const STARRED: &str = ":2,DFS";
/// How often a folder is listed again because its files were renamed meanwhile.
const TRIES: usize = 20;

/// What became of a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// The draft is no longer in Drafts: in the bin, where there is one, else removed.
    Withdrawn,
    /// Somebody touched it, so it stays; what differs.
    Touched(String),
    /// It was not there any more.
    Gone,
}

type Listing = BTreeMap<String, file::Entry>;

impl Maildir {
    /// All of Drafts. UIDs are in no order, so the position asks for all of them.
    pub fn list_drafts(&self) -> Result<Drafts, Error> {
        let position = Position { uid_validity: UID_VALIDITY, uid_next: 1 };
        let Some(folder) = self.first(Role::Drafts) else {
            return Ok(Drafts { position, drafts: Vec::new() });
        };
        let mut drafts: Vec<Draft> = settled(&folder.path, |listing| {
            listing.iter().filter_map(|(unique, entry)| draft(unique, entry).transpose()).collect()
        })?;
        drafts.sort_by_key(|draft| draft.uid);
        Ok(Drafts { position, drafts })
    }

    /// The UIDs of the messages with that Message-ID (without angle brackets) in a role's folders. Each message is read once in the
    /// life of the process, and only its header section.
    pub fn find(&mut self, role: Role, message_id: &str) -> Result<Vec<u32>, Error> {
        let wanted = hash(&[message_id.as_bytes()]);
        let mut uids = Vec::new();
        for path in self.paths(role) {
            let known = self.ids.entry(path.clone()).or_default();
            uids.extend(settled(&path, |listing| look_through(listing, known, wanted))?);
        }
        Ok(uids)
    }

    /// Saves a draft; its UIDVALIDITY and UID. Drafts is made where there is none.
    pub fn append(&mut self, bytes: &[u8], flagged: bool) -> Result<(u32, u32), Error> {
        let path = self.ensure_drafts()?;
        let info = if flagged { STARRED } else { PLAIN };
        let unique =
            write::message(&path, "cur", info, bytes).map_err(Error::io(&path, "save a draft"))?;
        Ok((UID_VALIDITY, file::uid(&unique)))
    }

    /// Takes back a draft that lies there exactly as it was saved. In doubt it was touched.
    pub fn withdraw(&self, saved: &Saved) -> Result<Withdrawal, Error> {
        let Some(folder) = self.first(Role::Drafts) else { return Ok(Withdrawal::Gone) };
        let path = match as_saved(folder, saved)? {
            Ok(path) => path,
            Err(other) => return Ok(other),
        };
        let result = match self.first(Role::Trash) {
            Some(trash) => {
                write::move_to(&path, &trash.path, if saved.flagged { STARRED } else { PLAIN })
                    .map(drop)
            }
            None => fs::remove_file(&path)
                .and_then(|()| write::sync_directory(path.parent().unwrap_or(&folder.path))),
        };
        match result {
            Ok(()) => Ok(Withdrawal::Withdrawn),
            // Its name changed since it was looked at: somebody is at work on it.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.exists() => {
                Ok(Withdrawal::Touched("it was renamed just now".to_owned()))
            }
            Err(error) => Err(Error::io(&path, "withdraw a draft")(error)),
        }
    }

    /// Stars a draft that lies there exactly as it was saved. In doubt it was touched.
    pub fn star(&self, saved: &Saved) -> Result<Outcome, Error> {
        let Some(folder) = self.first(Role::Drafts) else { return Ok(Outcome::Gone) };
        let path = match as_saved(folder, saved)? {
            Ok(path) => path,
            Err(Withdrawal::Gone) => return Ok(Outcome::Gone),
            Err(_) => return Ok(Outcome::Touched),
        };
        match write::set_info(&path, STARRED) {
            Ok(()) => Ok(Outcome::Done),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.exists() => {
                Ok(Outcome::Touched)
            }
            Err(error) => Err(Error::io(&path, "star a draft")(error)),
        }
    }

    fn first(&self, role: Role) -> Option<&Folder> {
        self.folders.iter().find(|folder| folder.role == role)
    }

    fn ensure_drafts(&mut self) -> Result<PathBuf, Error> {
        if let Some(folder) = self.first(Role::Drafts) {
            let path = folder.path.clone();
            // A sync program may have left out what it did not need.
            folders::make(&path, false).map_err(Error::io(&path, "make the folder for drafts"))?;
            return Ok(path);
        }
        // The owner's mail program may have made one since.
        let found = folders::look(&self.root)?;
        let folder = match &self.drafts_name {
            Some(name) => found.configured(Role::Drafts, name),
            None => found.by_name(Role::Drafts).pop(),
        };
        let folder = match folder {
            Some(folder) => folder,
            None => self.make_drafts()?,
        };
        let path = folder.path.clone();
        self.folders.push(folder);
        Ok(path)
    }

    fn make_drafts(&self) -> Result<Folder, Error> {
        let name = self.drafts_name.as_deref().unwrap_or("Drafts").to_owned();
        let path = folders::path_of(&self.root, self.layout, &name);
        folders::make(&path, self.layout == Layout::PlusPlus)
            .map_err(Error::io(&path, "make the folder for drafts"))?;
        write::sync_directory(&self.root)
            .map_err(Error::io(&self.root, "make the folder for drafts"))?;
        Ok(Folder { role: Role::Drafts, name, path, why: Why::Made })
    }
}

/// The file of a draft that lies there exactly as it was saved, or what is found instead.
fn as_saved(folder: &Folder, saved: &Saved) -> Result<Result<PathBuf, Withdrawal>, Error> {
    if saved.uid_validity != UID_VALIDITY {
        return Ok(Err(Withdrawal::Gone));
    }
    let found = settled(&folder.path, |listing| {
        let same_uid = listing.iter().find(|(unique, _)| file::uid(unique) == saved.uid);
        same_uid.map(|(unique, entry)| Ok((entry.path.clone(), draft(unique, entry)?))).transpose()
    })?;
    let Some((path, Some(draft))) = found else { return Ok(Err(Withdrawal::Gone)) };
    Ok(difference(saved, &draft).map_or(Ok(path), |what| Err(Withdrawal::Touched(what))))
}

/// Reads a folder that others may be renaming files in. A rename can hide a file from a listing, and a draft that is missed once is
/// taken for removed by its owner: so the listing must come out the same twice, and every file in it must still be there.
fn settled<T>(folder: &Path, mut read: impl FnMut(&Listing) -> io::Result<T>) -> Result<T, Error> {
    let list = || file::list(folder).map_err(Error::io(folder, "list its messages"));
    let mut before = list()?;
    for _ in 0..TRIES {
        let listing = list()?;
        if listing != before {
            before = listing;
            continue;
        }
        match read(&listing) {
            Ok(value) => return Ok(value),
            Err(error) if error.kind() == io::ErrorKind::NotFound => before = list()?,
            Err(error) => return Err(Error::io(folder, "read its messages")(error)),
        }
    }
    Err(Error::Unsettled { path: folder.to_path_buf() })
}

/// What a file in Drafts is; `None` for what is no message.
fn draft(unique: &str, entry: &file::Entry) -> io::Result<Option<Draft>> {
    if !is_message(&entry.path)? {
        return Ok(None);
    }
    let (arrived, length) = measure(&entry.path, Timestamp::UNIX_EPOCH)?;
    // One that this user may not read was not written by this program, but it is there.
    let header = unless_refused(file::header(&entry.path), Vec::new)?;
    let message = Message::parse(&header, &TimeZone::UTC);
    let people = message.to.into_iter().chain(message.cc).chain(message.bcc);
    Ok(Some(Draft {
        uid: file::uid(unique),
        size: unless_refused(file::size(&entry.path), || length)?,
        flags: file::flags(&entry.name),
        message_id: file::message_id(&header),
        to: people.filter_map(|person| person.address).collect(),
        date: message.date.or(Some(arrived)),
    }))
}

/// A name that leads nowhere or to no plain file is passed over for good; one that is gone is an error, for a new listing.
fn is_message(path: &Path) -> io::Result<bool> {
    let itself = fs::symlink_metadata(path)?;
    Ok(itself.is_file() || fs::metadata(path).is_ok_and(|target| target.is_file()))
}

fn look_through(
    listing: &Listing,
    known: &mut BTreeMap<u64, Option<u64>>,
    wanted: u64,
) -> io::Result<Vec<u32>> {
    let mut present = BTreeMap::new();
    let mut uids = Vec::new();
    for (unique, entry) in listing {
        let key = hash(&[unique.as_bytes()]);
        let id = match known.get(&key) {
            Some(id) => *id,
            None => hashed_id(&entry.path)?,
        };
        present.insert(key, id);
        known.insert(key, id);
        if id == Some(wanted) {
            uids.push(file::uid(unique));
        }
    }
    *known = present;
    Ok(uids)
}

fn hashed_id(path: &Path) -> io::Result<Option<u64>> {
    if !is_message(path)? {
        return Ok(None);
    }
    let header = unless_refused(file::header(path), Vec::new)?;
    Ok(file::message_id(&header).map(|id| hash(&[id.as_bytes()])))
}

fn unless_refused<T>(result: io::Result<T>, otherwise: impl FnOnce() -> T) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(otherwise()),
        result => result,
    }
}

/// What tells that a draft is not as it was saved.
fn difference(saved: &Saved, draft: &Draft) -> Option<String> {
    if draft.message_id.as_deref() != Some(saved.message_id.as_str()) {
        return Some("its Message-ID is another".to_owned());
    }
    if draft.size != saved.size {
        return Some(format!("it has {} bytes instead of {}", draft.size, saved.size));
    }
    let mut flags: Vec<&str> = draft.flags.iter().map(String::as_str).collect();
    flags.sort_unstable();
    let expected: &[&str] =
        if saved.flagged { &["\\Draft", "\\Flagged", "\\Seen"] } else { &["\\Draft", "\\Seen"] };
    (flags != expected).then(|| format!("its flags are `{}`", flags.join(" ")))
}
