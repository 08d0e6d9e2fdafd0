//! The open database: writing and flushing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{Error, Tree, plain, recover};

#[derive(Debug)]
pub(super) struct Engine {
    db: sled::Db,
    trees: BTreeMap<Tree, sled::Tree>,
    own: sled::Tree,
    /// sled flushes with `sync_file_range`, which a power cut does not respect: this handle is synced after it.
    file: File,
    blobs: BTreeSet<OsString>,
}

impl Engine {
    pub(super) fn new(dir: &Path, opened: recover::Opened) -> Result<Self, Error> {
        let path = dir.join("db");
        let told = |error| Error::io(dir, "open the database's file", error);
        let file = File::open(path.join("db")).map_err(told)?;
        // The files sled has just made must be found again after a power cut.
        plain::sync_directory(&path).and_then(|()| plain::sync_directory(dir)).map_err(told)?;
        let recover::Opened { db, trees, own, .. } = opened;
        Ok(Self { db, trees, own, file, blobs: BTreeSet::new() })
    }

    /// Puts a record, or removes it where there is none.
    pub(super) fn apply(&self, tree: Tree, key: &str, record: Option<&[u8]>) -> sled::Result<()> {
        let Some(tree) = self.trees.get(&tree) else { return Ok(()) };
        match record {
            Some(record) => tree.insert(key, record)?,
            None => tree.remove(key)?,
        };
        Ok(())
    }

    /// Writes our own numbers, where they changed.
    pub(super) fn note(&self, numbers: &[(&str, u64)]) -> sled::Result<()> {
        for (key, number) in numbers {
            let text = number.to_string();
            if self.own.get(key)?.is_none_or(|old| old.as_ref() != text.as_bytes()) {
                self.own.insert(key, text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Makes all that was written so far survive a power cut.
    pub(super) fn flush(&mut self, dir: &Path) -> Result<(), Error> {
        self.db.flush().map_err(|e| Error::sled(dir, "flush the database", e))?;
        self.sync_blobs(dir)
            .and_then(|()| self.file.sync_data())
            .map_err(|e| Error::io(dir, "sync the database", e))
    }

    /// Values above 128 KiB go to files of their own, which sled does not sync; their names are never used again.
    fn sync_blobs(&mut self, dir: &Path) -> io::Result<()> {
        let path = dir.join("db/blobs");
        let mut fresh = false;
        for entry in fs::read_dir(&path)? {
            let name = entry?.file_name();
            if self.blobs.contains(&name) {
                continue;
            }
            match File::open(path.join(&name)) {
                Ok(blob) => blob.sync_all()?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            }
            fresh = self.blobs.insert(name);
        }
        if fresh {
            plain::sync_directory(&path)?;
        }
        Ok(())
    }
}
