//! What outlives a restart: findings, people, ledger, notes and positions, as JSON records in sled.
//!
//! `DIR/db/` is the database, `DIR/ledger.json` a plain copy of what the mailbox cannot give back (ledger and notes), `DIR/lock`
//! says who has it. [`Store::flush`] is the only point at which something is promised to survive; what was put before it and not
//! flushed may be gone after a crash. After a flush the plain copy is never older than the database, so it wins over it.

mod copy;
mod directory;
mod engine;
mod error;
mod plain;
mod recover;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use copy::copy;
use engine::Engine;
pub use error::Error;

/// The version of the layout; a newer one is refused, never guessed at.
pub const SCHEMA: u64 = 1;

/// Records by tree and key, each the bytes of a JSON value.
pub type Records = BTreeMap<Tree, BTreeMap<String, Vec<u8>>>;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    /// What each message said; cleared when the rules change.
    Findings,
    /// Who was seen in the mail.
    People,
    /// What became of each draft; also in the plain copy.
    Ledger,
    /// How far each folder was read; cleared when the rules change.
    Positions,
    /// What the owner added; also in the plain copy.
    Notes,
    /// Anything else the caller wants to keep.
    Meta,
}

impl Tree {
    /// Every tree.
    pub const ALL: [Self; 6] =
        [Self::Findings, Self::People, Self::Ledger, Self::Positions, Self::Notes, Self::Meta];

    fn name(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::People => "people",
            Self::Ledger => "ledger",
            Self::Positions => "positions",
            Self::Notes => "notes",
            Self::Meta => "meta",
        }
    }

    /// Whether the mailbox cannot give it back: it is in the plain copy.
    fn is_copied(self) -> bool {
        matches!(self, Self::Ledger | Self::Notes)
    }
}

/// What was found when the store was opened.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    /// All records; [`Store::decode`] makes values of them.
    pub records: Records,
    /// What had to be repaired, for the log; one line each.
    pub notes: Vec<String>,
    /// Whether the positions were dropped, so that the window is read again from the mailbox.
    pub reread: bool,
    /// Whether a thread of this process may still spin in a damaged database that was moved aside: a restart ends it.
    pub stuck: bool,
}

/// The open store. There is one owner of a directory; a second one is refused.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    lock: File,
    rules: u32,
    deadline: Duration,
    /// `None` after an error that poisons sled's handle.
    engine: Option<Engine>,
    /// What was put since the last flush: played again by [`Store::reopen`].
    pending: BTreeMap<(Tree, String), Option<Vec<u8>>>,
    /// Ledger and notes, for the plain copy.
    copied: Records,
    copy_is_old: bool,
    generation: u64,
    /// Keys of findings: fewer of them at the next start than noted here means that some were lost.
    findings: BTreeSet<String>,
}

impl Store {
    /// Opens `dir`, made if missing, and reads everything in it. `rules` is the version of the rules that findings come from:
    /// when it changed, findings and positions are dropped. No single attempt at the database takes longer than `deadline`.
    pub fn open(dir: &Path, rules: u32, deadline: Duration) -> Result<(Self, Restored), Error> {
        directory::prepare(dir)?;
        let lock = directory::lock(dir)?;
        Self::start(dir, lock, rules, deadline)
    }

    /// Drops the handle and opens it again, which a full disk makes necessary; what was put since the last flush is put again.
    pub fn reopen(&mut self) -> Result<Restored, Error> {
        // A second handle of the same lock: at no moment is the directory free for another process.
        let lock = self.lock.try_clone().map_err(|e| Error::io(&self.dir, "keep the lock", e))?;
        self.engine = None;
        let (fresh, mut restored) = Self::start(&self.dir, lock, self.rules, self.deadline)?;
        let pending = std::mem::replace(self, fresh).pending;
        let mut result = Ok(());
        for ((tree, key), record) in pending {
            overlay(restored.records.entry(tree).or_default(), &key, record.as_deref());
            // After a failure the rest is still taken in, for the next time.
            result = result.and(self.apply(tree, key, record));
        }
        result?;
        self.flush()?;
        Ok(restored)
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Puts a record in place of the one with that key, if any.
    pub fn put<T: Serialize + ?Sized>(
        &mut self,
        tree: Tree,
        key: &str,
        record: &T,
    ) -> Result<(), Error> {
        let record = serde_json::to_vec(record)
            .map_err(|source| Error::Encode { key: key.to_owned(), source })?;
        self.apply(tree, key.to_owned(), Some(record))
    }

    /// Removes a record, if it is there.
    pub fn remove(&mut self, tree: Tree, key: &str) -> Result<(), Error> {
        self.apply(tree, key.to_owned(), None)
    }

    /// Makes all that was put durable: a crash or a power cut after it loses nothing.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.copy_is_old {
            plain::write(&self.dir, self.generation + 1, &self.copied)?;
            self.generation += 1;
            self.copy_is_old = false;
        }
        let result = self.flush_engine();
        match result {
            Ok(()) => self.pending.clear(),
            Err(_) => self.engine = None,
        }
        result
    }

    /// The records of a tree as values. One that cannot be read is noted in `restored` and passed over; it stays where it is. A
    /// finding that cannot be read drops the positions too: decode [`Tree::Findings`] before [`Tree::Positions`].
    pub fn decode<T: DeserializeOwned>(
        &mut self,
        restored: &mut Restored,
        tree: Tree,
    ) -> Result<BTreeMap<String, T>, Error> {
        let mut values = BTreeMap::new();
        let mut odd = 0_usize;
        for (key, bytes) in restored.records.remove(&tree).unwrap_or_default() {
            match serde_json::from_slice(&bytes) {
                Ok(value) => {
                    values.insert(key, value);
                }
                Err(error) => {
                    odd += 1;
                    restored
                        .notes
                        .push(format!("{} record `{key}` is passed over: {error}", tree.name()));
                }
            }
        }
        if odd > 0 && tree == Tree::Findings {
            self.forget_positions(restored)?;
        }
        Ok(values)
    }

    fn start(
        dir: &Path,
        lock: File,
        rules: u32,
        deadline: Duration,
    ) -> Result<(Self, Restored), Error> {
        let mut notes = Vec::new();
        let copy = plain::read(dir, &mut notes)?;
        let opened = recover::open(dir, deadline, &mut notes)?;
        let own = |key: &str| {
            opened.meta.get(key).and_then(|bytes| serde_json::from_slice::<u64>(bytes).ok())
        };
        if let Some(found) = own("schema").filter(|found| *found > SCHEMA) {
            return Err(Error::Newer { dir: dir.to_path_buf(), found, known: SCHEMA });
        }
        let (known_rules, generation, findings) =
            (own("rules"), own("generation"), own("findings"));
        let mut restored = Restored {
            records: opened.records.clone(),
            notes,
            // New, or moved aside: nothing was read yet.
            reread: known_rules.is_none(),
            stuck: opened.stuck,
        };
        let (damaged, rebuilt) = (opened.damaged.clone(), opened.rebuilt);
        let mut store = Self {
            engine: Some(Engine::new(dir, opened)?),
            dir: dir.to_path_buf(),
            lock,
            rules,
            deadline,
            pending: BTreeMap::new(),
            copied: Records::new(),
            copy_is_old: false,
            generation: generation.unwrap_or(0),
            findings: restored
                .records
                .get(&Tree::Findings)
                .into_iter()
                .flatten()
                .map(|(k, _)| k.clone())
                .collect(),
        };
        if rebuilt && copy.is_none() {
            restored
                .notes
                .push("no plain copy of ledger and notes was found: they start empty".to_owned());
        }
        store.settle_copy(copy, &mut restored)?;
        store.settle_findings(known_rules, findings, &damaged, &mut restored)?;
        store.flush()?;
        Ok((store, restored))
    }

    /// Ledger and notes come from whichever is newer; of two that are equally new, from the plain copy, which has a checksum.
    fn settle_copy(
        &mut self,
        copy: Option<plain::Copy>,
        restored: &mut Restored,
    ) -> Result<(), Error> {
        let ours: Records = restored
            .records
            .iter()
            .filter(|(tree, _)| tree.is_copied())
            .map(|(t, r)| (*t, r.clone()))
            .collect();
        self.copied = ours;
        let Some(copy) = copy else {
            if self.generation > 0 {
                restored
                    .notes
                    .push("`ledger.json` was missing: written anew from the database".to_owned());
            }
            self.copy_is_old =
                self.generation > 0 || self.copied.values().any(|records| !records.is_empty());
            return Ok(());
        };
        if copy.generation < self.generation {
            restored
                .notes
                .push("`ledger.json` was older than the database: written anew".to_owned());
            self.copy_is_old = true;
            return Ok(());
        }
        for (tree, records) in copy.records {
            let here = self.copied.remove(&tree).unwrap_or_default();
            let gone = here
                .keys()
                .filter(|key| !records.contains_key(*key))
                .map(|key| (key.clone(), None));
            let other = records
                .iter()
                .filter(|(key, record)| here.get(*key).is_none_or(|own| !same(own, record)));
            let other = other.map(|(key, record)| (key.clone(), Some(record.clone())));
            let changes: Vec<_> = gone.chain(other).collect();
            if !changes.is_empty() {
                restored.notes.push(format!(
                    "{} of the {} taken from `ledger.json`",
                    changes.len(),
                    tree.name()
                ));
            }
            for (key, record) in changes {
                self.apply(tree, key, record)?;
            }
            self.copied.insert(tree, records.clone());
            restored.records.insert(tree, records);
        }
        // One behind is a crash between the two writes. More is a log that sled has cut short: what was flushed is gone from it.
        let cut_short = copy.generation > self.generation + 1;
        self.generation = copy.generation;
        self.copy_is_old = false;
        if cut_short && !restored.reread {
            restored.notes.push(
                "the database has lost its newest records: the window is read again".to_owned(),
            );
            return self.forget_positions(restored);
        }
        Ok(())
    }

    /// Findings that are missing, damaged or of other rules are read again from the mailbox: their positions go.
    fn settle_findings(
        &mut self,
        known_rules: Option<u64>,
        noted: Option<u64>,
        damaged: &[(Tree, String)],
        restored: &mut Restored,
    ) -> Result<(), Error> {
        for (tree, key) in damaged {
            restored.notes.push(format!(
                "{} record `{}` is damaged: set aside",
                tree.name(),
                key.escape_debug()
            ));
        }
        if known_rules.is_some_and(|known| known != u64::from(self.rules)) {
            restored.notes.push("the rules have changed: the window is read again".to_owned());
            self.clear(Tree::Findings, restored)?;
            return self.forget_positions(restored);
        }
        let lost = noted.is_some_and(|noted| noted > self.findings.len() as u64);
        if lost || damaged.iter().any(|(tree, _)| *tree == Tree::Findings) {
            restored.notes.push("findings are missing: the window is read again".to_owned());
            return self.forget_positions(restored);
        }
        Ok(())
    }

    fn forget_positions(&mut self, restored: &mut Restored) -> Result<(), Error> {
        restored.reread = true;
        self.clear(Tree::Positions, restored)
    }

    fn clear(&mut self, tree: Tree, restored: &mut Restored) -> Result<(), Error> {
        for key in restored.records.remove(&tree).unwrap_or_default().into_keys() {
            self.apply(tree, key, None)?;
        }
        Ok(())
    }

    fn apply(&mut self, tree: Tree, key: String, record: Option<Vec<u8>>) -> Result<(), Error> {
        self.remember(tree, &key, record.as_deref());
        let result = self.engine.as_ref().map(|engine| engine.apply(tree, &key, record.as_deref()));
        self.pending.insert((tree, key), record);
        let Some(result) = result else { return Err(Error::Closed { dir: self.dir.clone() }) };
        result.map_err(|error| {
            self.engine = None;
            Error::sled(&self.dir, "write a record", error)
        })
    }

    /// Keeps what is known beside the database in step with it.
    fn remember(&mut self, tree: Tree, key: &str, record: Option<&[u8]>) {
        if tree == Tree::Findings && record.is_some() {
            self.findings.insert(key.to_owned());
        } else if tree == Tree::Findings {
            self.findings.remove(key);
        }
        if tree.is_copied() {
            overlay(self.copied.entry(tree).or_default(), key, record);
            self.copy_is_old = true;
        }
    }

    fn flush_engine(&mut self) -> Result<(), Error> {
        let numbers = [
            ("schema", SCHEMA),
            ("rules", u64::from(self.rules)),
            ("generation", self.generation),
            ("findings", self.findings.len() as u64),
        ];
        let Some(engine) = &mut self.engine else {
            return Err(Error::Closed { dir: self.dir.clone() });
        };
        engine.note(&numbers).map_err(|e| Error::sled(&self.dir, "write a record", e))?;
        engine.flush(&self.dir)
    }
}

/// Puts or removes a record in what is kept in memory.
fn overlay(records: &mut BTreeMap<String, Vec<u8>>, key: &str, record: Option<&[u8]>) {
    match record {
        Some(record) => records.insert(key.to_owned(), record.to_vec()),
        None => records.remove(key),
    };
}

fn same(one: &[u8], other: &[u8]) -> bool {
    let value = |bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    one == other || value(one) == value(other)
}
