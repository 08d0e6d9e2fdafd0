//! A local Maildir, with the same verbs as a server: for people who sync with another program, and for `demo`.
//!
//! It is read as others write it: files appear in `new`, move to `cur`, change their flags or vanish at any moment, and none of
//! that is an error. Written are only drafts, and withdrawn only drafts that nobody has touched.

mod drafts;
mod error;
mod file;
mod folders;
mod names;
mod watch;
mod write;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::folder::{Delivery, Role};
use folders::Layout;
use watch::Watch;

pub use drafts::{UID_VALIDITY, Withdrawal};
pub use error::Error;
pub use folders::{Folder, Why};

/// A batch ends when its messages are this large together.
const MAX_BATCH: usize = 16 << 20;

/// An account that is a folder on this machine.
#[derive(Debug)]
pub struct Maildir {
    root: PathBuf,
    layout: Layout,
    /// What a missing Drafts is called when it is made.
    drafts_name: Option<String>,
    folders: Vec<Folder>,
    readings: BTreeMap<Role, Reading>,
    /// Message-IDs by unique name, both as hashes, of each folder that was looked through.
    ids: BTreeMap<PathBuf, BTreeMap<u64, Option<u64>>>,
    watch: Watch,
}

/// Some messages of a folder.
#[derive(Debug, Default)]
pub struct Batch {
    /// The messages with their unique names, oldest first.
    pub deliveries: Vec<(String, Delivery)>,
    /// How many more there are; 0 means that the folder was listed in this call and nothing is left.
    pub remaining: usize,
    /// What was passed over, and why; each is told once.
    pub skipped: Vec<String>,
}

/// How far the folders of a role have been read by this process.
#[derive(Debug, Default)]
struct Reading {
    queue: VecDeque<Waiting>,
    /// Delivered, known to the caller or too large, as hashes: a mailbox may hold very many.
    done: BTreeSet<u64>,
    /// Older than `since`, as hashes.
    old: BTreeSet<u64>,
    since: Option<Timestamp>,
    /// Told as skipped already, as hashes.
    told: BTreeSet<u64>,
}

#[derive(Debug)]
struct Waiting {
    arrived: Timestamp,
    unique: String,
    key: u64,
    path: PathBuf,
    size: u64,
}

impl Maildir {
    /// Looks through an account's root. `drafts` and `sent` are what the configuration calls those folders, where it does.
    pub fn open(root: &Path, drafts: Option<&str>, sent: Option<&str>) -> Result<Self, Error> {
        let found = folders::look(root)?;
        let inbox = Folder {
            role: Role::Inbox,
            name: "INBOX".to_owned(),
            path: found.inbox.clone(),
            why: Why::Inbox,
        };
        let mut all = vec![inbox];
        match drafts {
            // One that is configured and missing is made by the first draft.
            Some(name) => all.extend(found.configured(Role::Drafts, name)),
            None => all.extend(found.by_name(Role::Drafts)),
        }
        match sent {
            Some(name) => all.push(
                found.configured(Role::Sent, name).ok_or_else(|| missing(root, name, &found))?,
            ),
            None => all.extend(found.by_name(Role::Sent)),
        }
        all.extend(found.by_name(Role::Trash));
        all.extend(found.by_name(Role::Archive));
        let mut maildir = Self {
            root: root.to_path_buf(),
            layout: found.layout,
            drafts_name: drafts.map(str::to_owned),
            folders: all,
            readings: BTreeMap::new(),
            ids: BTreeMap::new(),
            watch: Watch::new(),
        };
        // Before anything is listed: what comes between the listing and the wait is then waiting to be told.
        maildir.follow();
        Ok(maildir)
    }

    /// Makes an empty account whose root is the inbox.
    pub fn create(root: &Path) -> Result<(), Error> {
        folders::make(root, false).map_err(Error::io(root, "make a maildir"))
    }

    /// Delivers a message to the inbox of the account at `root`, as a mail server would; returns its unique name.
    pub fn deliver(root: &Path, bytes: &[u8]) -> Result<String, Error> {
        let inbox = folders::look(root)?.inbox;
        write::message(&inbox, "new", "", bytes).map_err(Error::io(&inbox, "deliver a message"))
    }

    /// Reads further folders as the inbox is read; `INBOX` itself is there already.
    pub fn read_also(&mut self, names: &[String]) -> Result<(), Error> {
        let found = folders::look(&self.root)?;
        for name in names.iter().filter(|name| !name.eq_ignore_ascii_case("INBOX")) {
            let folder = found
                .configured(Role::Inbox, name)
                .ok_or_else(|| missing(&self.root, name, &found))?;
            if !self.folders.contains(&folder) {
                self.folders.push(folder);
            }
        }
        self.follow();
        Ok(())
    }

    /// The folders that have a role, and why.
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// The next messages of a role's folders, oldest first, that came at or after `since`, are not `seen` (asked by unique name),
    /// and were not delivered before. Call it until nothing is delivered and nothing remains.
    pub fn next_batch(
        &mut self,
        role: Role,
        since: Timestamp,
        seen: &dyn Fn(&str) -> bool,
        limit: usize,
    ) -> Result<Batch, Error> {
        let paths = self.paths(role);
        let reading = self.readings.entry(role).or_default();
        let mut batch = Batch::default();
        let (mut size, mut listed, mut vanished) = (0, false, 0);
        loop {
            if reading.queue.is_empty() {
                if listed {
                    break;
                }
                vanished = reading.list(&paths, since, seen, &mut batch.skipped)?;
                listed = true;
            }
            while batch.deliveries.len() < limit.max(1) && size < MAX_BATCH {
                let Some(next) = reading.queue.pop_front() else { break };
                match reading.deliver(role, &next, seen, &mut batch.skipped) {
                    Ok(Some(delivery)) => {
                        size += delivery.bytes.len();
                        batch.deliveries.push((next.unique, delivery));
                    }
                    Ok(None) => {}
                    // Moved or removed by another program since: the next listing tells.
                    Err(_) => vanished += 1,
                }
            }
            if !reading.queue.is_empty()
                || size >= MAX_BATCH
                || batch.deliveries.len() >= limit.max(1)
            {
                break;
            }
        }
        // Without a fresh look at the folder, "nothing left" would only be true of an old one.
        let unsure = usize::from(!listed && reading.queue.is_empty());
        batch.remaining = reading.queue.len() + vanished + unsure;
        Ok(batch)
    }

    /// Forgets what was delivered: the next batches hold all that the caller has not `seen`.
    pub fn rewind(&mut self, role: Role) {
        self.readings.remove(&role);
    }

    /// Waits until something changes in the inbox, Sent or Drafts, at most so long; whether it did. What changed since the folders
    /// were last listed counts. Needs tokio's I/O and time.
    pub async fn wait(&mut self, most: Duration) -> Result<bool, Error> {
        if self.follow() {
            return Ok(true);
        }
        self.watch.changed(most).await.map_err(Error::io(&self.root, "wait for new mail"))
    }

    /// Watches the folders that matter; whether any was not watched before.
    fn follow(&mut self) -> bool {
        let roles = [Role::Inbox, Role::Sent, Role::Drafts];
        let watched = self.folders.iter().filter(|folder| roles.contains(&folder.role));
        let dirs: Vec<_> =
            watched.flat_map(|folder| [folder.path.join("new"), folder.path.join("cur")]).collect();
        self.watch.follow(&dirs)
    }

    fn paths(&self, role: Role) -> Vec<PathBuf> {
        self.folders
            .iter()
            .filter(|folder| folder.role == role)
            .map(|folder| folder.path.clone())
            .collect()
    }
}

impl Reading {
    /// Fills the queue from the disk; returns how many files vanished while they were looked at.
    fn list(
        &mut self,
        paths: &[PathBuf],
        since: Timestamp,
        seen: &dyn Fn(&str) -> bool,
        skipped: &mut Vec<String>,
    ) -> Result<usize, Error> {
        if self.since.is_some_and(|before| since < before) {
            self.old.clear();
        }
        self.since = Some(since);
        let (mut present, mut waiting, mut vanished) = (BTreeSet::new(), Vec::new(), 0);
        for folder in paths {
            let entries = file::list(folder).map_err(Error::io(folder, "list its messages"))?;
            for (unique, entry) in entries {
                let key = hash(&[folder.as_os_str().as_encoded_bytes(), unique.as_bytes()]);
                present.insert(key);
                if self.done.contains(&key) || self.old.contains(&key) {
                    continue;
                }
                if seen(&unique) {
                    self.done.insert(key);
                    continue;
                }
                match measure(&entry.path, since) {
                    Ok((arrived, _)) if arrived < since => {
                        self.old.insert(key);
                    }
                    Ok((_, size)) if size > file::MAX_FILE => {
                        self.done.insert(key);
                        skipped.push(format!(
                            "`{}` is passed over: {} MB",
                            entry.path.display(),
                            size >> 20
                        ));
                    }
                    Ok((arrived, size)) => {
                        waiting.push(Waiting { arrived, unique, key, path: entry.path, size });
                    }
                    Err(error) if is_gone(&error, &entry.path) => vanished += 1,
                    Err(error) => self.tell(key, &entry.path, &error, skipped),
                }
            }
        }
        // What is no longer there is forgotten, so that this does not grow for ever.
        for set in [&mut self.done, &mut self.old, &mut self.told] {
            set.retain(|key| present.contains(key));
        }
        waiting.sort_by(|a, b| (a.arrived, &a.unique).cmp(&(b.arrived, &b.unique)));
        self.queue = waiting.into();
        Ok(vanished)
    }

    /// Reads a message; `None` where it is passed over, an error where it has vanished.
    fn deliver(
        &mut self,
        role: Role,
        next: &Waiting,
        seen: &dyn Fn(&str) -> bool,
        skipped: &mut Vec<String>,
    ) -> io::Result<Option<Delivery>> {
        // The same name may have come from another folder since it was listed.
        if seen(&next.unique) {
            self.done.insert(next.key);
            return Ok(None);
        }
        match file::read(&next.path, next.size) {
            Ok(bytes) => {
                self.done.insert(next.key);
                Ok(Some(Delivery { role, arrived: next.arrived, bytes }))
            }
            Err(error) if is_gone(&error, &next.path) => Err(error),
            Err(error) => {
                self.tell(next.key, &next.path, &error, skipped);
                Ok(None)
            }
        }
    }

    /// Notes what cannot be read, once; it is tried again with each listing.
    fn tell(&mut self, key: u64, path: &Path, error: &io::Error, skipped: &mut Vec<String>) {
        if self.told.insert(key) {
            skipped
                .push(format!("`{}` cannot be read: {error}; it is tried again", path.display()));
        }
    }
}

/// When a file came and how large it is. Only plain files are mail: a pipe would hang whoever opens it.
fn measure(path: &Path, fallback: Timestamp) -> io::Result<(Timestamp, u64)> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
    }
    let nanoseconds = i32::try_from(found.mtime_nsec()).unwrap_or(0);
    // A time beyond the year 9999 is a broken clock's: the message itself may still matter.
    let arrived = Timestamp::new(found.mtime(), nanoseconds).unwrap_or(fallback);
    Ok((arrived, found.len()))
}

/// Whether the name is gone, and not only what a symbolic link points at.
fn is_gone(error: &io::Error, path: &Path) -> bool {
    error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err()
}

fn missing(root: &Path, name: &str, found: &folders::Found) -> Error {
    Error::NoFolder { path: root.to_path_buf(), name: name.to_owned(), found: found.names() }
}

fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        hasher.write(part);
        hasher.write_u8(0xff);
    }
    hasher.finish()
}
