//! The plain copy of ledger and notes: `ledger.json` beside the database, readable without it.
//!
//! It is replaced as a whole (new file, fsync, rename, fsync of the directory), so it is either the old or the new one. It is
//! written before the database is flushed: of the two, the copy is never the older one.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Error, Records, SCHEMA, Tree};

const CURRENT: &str = "ledger.json";
const PREVIOUS: &str = "ledger.json.1";
const FRESH: &str = "ledger.json.new";
/// The copies that may be read, the newest first.
pub(super) const FILES: [&str; 2] = [CURRENT, PREVIOUS];
const DAMAGED: &str = "ledger.json.damaged";
/// The checksum covers all that follows its own line, so that it needs no canonical form of JSON.
const HEAD: &str = "{\n  \"sha256\": \"";
const AFTER_SUM: &str = "\",\n";
const SUM: usize = 64;
/// Ledger and notes of years are far below it.
const MAX_BYTES: u64 = 64 << 20;

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Body {
    schema: u64,
    generation: u64,
    ledger: BTreeMap<String, Value>,
    notes: BTreeMap<String, Value>,
}

/// A copy that was read.
#[derive(Debug)]
pub(super) struct Copy {
    /// Counts the changes; the database carries the same number.
    pub(super) generation: u64,
    /// Ledger and notes.
    pub(super) records: Records,
}

/// Reads the newest copy that is whole; what was wrong with others goes to `notes`.
pub(super) fn read(dir: &Path, notes: &mut Vec<String>) -> Result<Option<Copy>, Error> {
    for name in FILES {
        let path = dir.join(name);
        let text = match read_bounded(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(error) => return Err(Error::io(dir, "read the plain copy of the ledger", error)),
        };
        if let Some(body) = parse(&text) {
            if body.schema > SCHEMA {
                return Err(Error::Newer {
                    dir: dir.to_path_buf(),
                    found: body.schema,
                    known: SCHEMA,
                });
            }
            return Ok(Some(body.into_copy()));
        }
        notes.push(format!("plain copy `{}` is damaged: passed over", path.display()));
        if name == CURRENT {
            // Out of the way of the next change, which would make it the previous copy in place of the good one.
            fs::rename(&path, dir.join(DAMAGED))
                .map_err(|e| Error::io(dir, "move the damaged plain copy aside", e))?;
        }
    }
    Ok(None)
}

/// Writes the copy, atomically; the one before is kept as `ledger.json.1`.
pub(super) fn write(dir: &Path, generation: u64, records: &Records) -> Result<(), Error> {
    let told = |error| Error::io(dir, "write the plain copy of the ledger", error);
    let body = Body {
        schema: SCHEMA,
        generation,
        ledger: values(records, Tree::Ledger),
        notes: values(records, Tree::Notes),
    };
    let text = render(&body).map_err(|source| Error::Encode { key: CURRENT.to_owned(), source })?;
    let (fresh, current, previous) = (dir.join(FRESH), dir.join(CURRENT), dir.join(PREVIOUS));
    write_durably(&fresh, text.as_bytes()).map_err(|error| {
        // Half a file on a full disk only takes space from what comes next.
        let _ = fs::remove_file(&fresh);
        told(error)
    })?;
    if current.exists() {
        // A second name, not a rename: at no moment is there no `ledger.json`. Where links are not to be had, one copy must do.
        let _ = fs::remove_file(&previous);
        let _ = fs::hard_link(&current, &previous);
    }
    fs::rename(&fresh, &current).map_err(told)?;
    sync_directory(dir).map_err(told)
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read_bounded(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    fs::read_to_string(path)
}

fn values(records: &Records, tree: Tree) -> BTreeMap<String, Value> {
    let of_tree = records.get(&tree).into_iter().flatten();
    of_tree
        .filter_map(|(key, bytes)| Some((key.clone(), serde_json::from_slice(bytes).ok()?)))
        .collect()
}

fn render(body: &Body) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string_pretty(body)?;
    let rest = json.strip_prefix("{\n").unwrap_or(&json);
    Ok(format!("{HEAD}{}{AFTER_SUM}{rest}", checksum(rest)))
}

fn parse(text: &str) -> Option<Body> {
    let (sum, rest) = text.strip_prefix(HEAD)?.split_at_checked(SUM)?;
    let rest = rest.strip_prefix(AFTER_SUM)?;
    if checksum(rest) != sum {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn checksum(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(SUM), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Body {
    fn into_copy(self) -> Copy {
        let encode = |values: BTreeMap<String, Value>| {
            values.into_iter().map(|(key, value)| (key, value.to_string().into_bytes())).collect()
        };
        let records =
            Records::from([(Tree::Ledger, encode(self.ledger)), (Tree::Notes, encode(self.notes))]);
        Copy { generation: self.generation, records }
    }
}
