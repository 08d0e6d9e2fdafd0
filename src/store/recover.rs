//! Opening sled with its guards: under a deadline, with snapshots and at last the whole database moved aside.
//!
//! sled 0.34 is a cache in our eyes. A damaged page can make a read spin for ever and a damaged log can make it panic, so it is
//! opened and read whole in a thread of its own; whoever waits longer than the deadline goes on without it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde::de::IgnoredAny;

use super::{Error, Records, Tree, directory};

/// Our own bookkeeping: schema, rules, generation, number of findings.
const OWN: &str = "store";
/// Records that could not be read, kept for whoever wants to look.
const ASIDE: &str = "aside";
/// sled's default of 1 GB is meant for servers.
const CACHE: u64 = 8 << 20;
/// How many moved-aside databases, and how many snapshots, are kept.
const KEPT: usize = 3;
/// The threads of a handle that was just dropped may hold its lock for a moment.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// An empty database cannot spin. Whoever is late here has a slow disk, and giving up would only move more databases aside.
const REBUILD: Duration = Duration::from_secs(30);

/// A database that was opened, and everything in it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) db: sled::Db,
    pub(super) trees: BTreeMap<Tree, sled::Tree>,
    pub(super) own: sled::Tree,
    pub(super) records: Records,
    pub(super) meta: BTreeMap<String, Vec<u8>>,
    /// Records that were no JSON, by tree.
    pub(super) damaged: Vec<(Tree, String)>,
    /// Whether the database was moved aside and is now empty.
    pub(super) rebuilt: bool,
    /// Whether a thread may still spin in the database that was moved aside.
    pub(super) stuck: bool,
}

enum Failure {
    /// The bytes are wrong.
    Damaged(String),
    /// It neither opened nor failed in time.
    Late,
    /// The disk or the system refused.
    Refused(Error),
}

/// Opens `dir/db`, repairing what can be repaired; what had to be done goes to `notes`.
pub(super) fn open(
    dir: &Path,
    deadline: Duration,
    notes: &mut Vec<String>,
) -> Result<Opened, Error> {
    let path = dir.join("db");
    let mut stuck = false;
    match attempt(dir, &path, deadline) {
        Ok(opened) => return Ok(opened),
        Err(Failure::Refused(error)) => return Err(error),
        Err(Failure::Late) => {
            stuck = true;
            notes.push(format!(
                "database `{}` could not be read within {deadline:?}",
                path.display()
            ));
        }
        Err(Failure::Damaged(why)) => {
            notes.push(format!("database `{}` is damaged: {why}", path.display()));
            if let Some(opened) = without_snapshots(dir, &path, deadline, notes)? {
                return Ok(opened);
            }
        }
    }
    let aside =
        move_aside(dir, &path).map_err(|e| Error::io(dir, "move the damaged database aside", e))?;
    notes.push(format!(
        "database moved to `{}` and built anew from `ledger.json` and the mailbox",
        aside.display()
    ));
    match attempt(dir, &path, deadline.max(REBUILD)) {
        Ok(opened) => Ok(Opened { rebuilt: true, stuck, ..opened }),
        Err(Failure::Refused(error)) => Err(error),
        Err(Failure::Damaged(why)) => {
            Err(Error::io(dir, "build the database anew", io::Error::other(why)))
        }
        Err(Failure::Late) => {
            Err(Error::io(dir, "build the database anew", io::ErrorKind::TimedOut.into()))
        }
    }
}

/// A snapshot only saves reading the log: without a damaged one every record is still there.
fn without_snapshots(
    dir: &Path,
    path: &Path,
    deadline: Duration,
    notes: &mut Vec<String>,
) -> Result<Option<Opened>, Error> {
    let moved =
        move_snapshots(path).map_err(|e| Error::io(dir, "move the damaged snapshot aside", e))?;
    if moved == 0 {
        return Ok(None);
    }
    match attempt(dir, path, deadline) {
        Ok(opened) => {
            notes.push(
                "the database's snapshot was moved aside and its log read instead".to_owned(),
            );
            Ok(Some(opened))
        }
        Err(Failure::Refused(error)) => Err(error),
        Err(Failure::Damaged(_) | Failure::Late) => Ok(None),
    }
}

fn attempt(dir: &Path, path: &Path, deadline: Duration) -> Result<Opened, Failure> {
    directory::close(path)
        .map_err(|e| Failure::Refused(Error::io(dir, "close the database to others", e)))?;
    let (sender, receiver) = mpsc::channel();
    let given_up = Arc::new(AtomicBool::new(false));
    let (flag, own_path) = (Arc::clone(&given_up), path.to_path_buf());
    let reader = move || {
        // Nobody listens any more once the deadline has passed.
        let _ = sender.send(open_and_read(&own_path, &flag));
    };
    thread::Builder::new().name("store-open".to_owned()).spawn(reader).map_err(|e| {
        Failure::Refused(Error::io(dir, "start the thread that reads the database", e))
    })?;
    match receiver.recv_timeout(deadline) {
        Ok(Ok(opened)) => Ok(opened),
        Ok(Err(error)) => Err(classify(dir, error)),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Failure::Damaged("reading it failed".to_owned()))
        }
        Err(RecvTimeoutError::Timeout) => {
            given_up.store(true, Ordering::Relaxed);
            Err(Failure::Late)
        }
    }
}

/// Damage is repaired; what the system refuses is told.
fn classify(dir: &Path, error: sled::Error) -> Failure {
    match error {
        sled::Error::Io(error) if is_locked(&error) => {
            Failure::Refused(Error::InUse { dir: dir.to_path_buf(), process: None })
        }
        sled::Error::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput => Failure::Damaged(error.to_string()),
            _ => Failure::Refused(Error::io(dir, "open the database", error)),
        },
        other => Failure::Damaged(other.to_string()),
    }
}

/// sled tells a lock that is held only in words.
fn is_locked(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

fn open_and_read(path: &Path, given_up: &AtomicBool) -> sled::Result<Opened> {
    let db = open_patiently(path, given_up)?;
    let own = db.open_tree(OWN)?;
    let aside = db.open_tree(ASIDE)?;
    let mut opened = Opened {
        trees: BTreeMap::new(),
        records: Records::new(),
        meta: read_tree(&own, given_up)?
            .into_iter()
            .map(|(key, value)| (lossy(&key), value))
            .collect(),
        damaged: Vec::new(),
        rebuilt: false,
        stuck: false,
        db,
        own,
    };
    for tree in Tree::ALL {
        let handle = opened.db.open_tree(tree.name())?;
        let mut whole = BTreeMap::new();
        for (key, value) in read_tree(&handle, given_up)? {
            match String::from_utf8(key) {
                Ok(key) if serde_json::from_slice::<IgnoredAny>(&value).is_ok() => {
                    whole.insert(key, value);
                }
                Ok(key) => opened.set_aside(&handle, &aside, tree, key.as_bytes(), value)?,
                Err(key) => opened.set_aside(&handle, &aside, tree, key.as_bytes(), value)?,
            }
        }
        opened.records.insert(tree, whole);
        opened.trees.insert(tree, handle);
    }
    // Writing has to work too before this database is believed.
    opened.own.insert("opened", b"1".as_slice())?;
    opened.db.flush()?;
    Ok(opened)
}

impl Opened {
    fn set_aside(
        &mut self,
        from: &sled::Tree,
        aside: &sled::Tree,
        tree: Tree,
        key: &[u8],
        value: Vec<u8>,
    ) -> sled::Result<()> {
        let name = lossy(key);
        aside.insert(format!("{}/{name}", tree.name()), value)?;
        from.remove(key)?;
        self.damaged.push((tree, name));
        Ok(())
    }
}

fn open_patiently(path: &Path, given_up: &AtomicBool) -> sled::Result<sled::Db> {
    let mut tries = 0;
    loop {
        if given_up.load(Ordering::Relaxed) {
            // By now another database may lie at this path, and another thread opens it.
            return Err(sled::Error::Corruption { at: None, bt: () });
        }
        // Our own flushes are the only points that count; a thread that wakes twice a second costs a laptop's battery.
        match sled::Config::new().path(path).cache_capacity(CACHE).flush_every_ms(None).open() {
            Err(sled::Error::Io(error)) if is_locked(&error) && tries < LOCK_TRIES => {
                tries += 1;
                // Nobody unparks this thread: it is only a pause.
                thread::park_timeout(LOCK_PAUSE);
            }
            result => return result,
        }
    }
}

/// All of a tree. Keys that do not rise mean a loop among damaged pages.
fn read_tree(tree: &sled::Tree, given_up: &AtomicBool) -> sled::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut records: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for record in tree {
        let (key, value) = record?;
        let rises = records.last().is_none_or(|(last, _)| last.as_slice() < key.as_ref());
        if !rises || given_up.load(Ordering::Relaxed) {
            return Err(sled::Error::Corruption { at: None, bt: () });
        }
        records.push((key.to_vec(), value.to_vec()));
    }
    Ok(records)
}

fn lossy(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

/// Renames `snap.*` so that sled does not see them (it goes by the start of the name); returns how many there were.
fn move_snapshots(path: &Path) -> io::Result<usize> {
    let mut moved = 0;
    for name in names(path)? {
        if name.starts_with("snap.") {
            fs::rename(path.join(&name), path.join(format!("damaged.{name}")))?;
            moved += 1;
        }
    }
    let mut old: Vec<_> =
        names(path)?.into_iter().filter(|name| name.starts_with("damaged.snap.")).collect();
    old.sort();
    for name in old.iter().rev().skip(KEPT) {
        fs::remove_file(path.join(name))?;
    }
    Ok(moved)
}

/// Renames the database to `db.damaged-N`, the oldest of more than [`KEPT`] removed.
fn move_aside(dir: &Path, path: &Path) -> io::Result<PathBuf> {
    let number = |name: &str| name.strip_prefix("db.damaged-").and_then(|n| n.parse::<u64>().ok());
    let mut old: Vec<u64> = names(dir)?.iter().filter_map(|name| number(name)).collect();
    old.sort_unstable();
    let aside =
        dir.join(format!("db.damaged-{}", old.last().map_or(1, |last| last.saturating_add(1))));
    fs::rename(path, &aside)?;
    for number in old.iter().rev().skip(KEPT - 1) {
        fs::remove_dir_all(dir.join(format!("db.damaged-{number}")))?;
    }
    Ok(aside)
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}
