//! The system's Hunspell dictionaries, for the spelling of letters.
//!
//! Reading one takes a moment and some megabytes, so it is read when the first word of its language is asked for, and once.
//! None is needed: of a language without one, nothing is said.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use spellbook::Dictionary;
use tracing::debug;

use crate::draft::Speller;

/// Where Debian, Fedora and others have them.
const DIRECTORIES: [&str; 3] =
    ["/usr/share/hunspell", "/usr/share/myspell/dicts", "/usr/share/myspell"];
/// The largest file that is read, in bytes; the largest that is known has eight million.
const MAX_FILE: u64 = 32 << 20;
/// So many dictionaries of one language are read: of American and of British English.
const MAX_READ: usize = 2;
/// The dictionaries that are preferred where a language has several.
const PREFERRED: [&str; 4] = ["en_US", "en_GB", "pt_PT", "pt_BR"];

/// Dictionaries by language.
pub struct Dictionaries {
    directories: Vec<PathBuf>,
    read: Mutex<BTreeMap<String, Arc<Vec<Dictionary>>>>,
}

impl Dictionaries {
    /// Those of the system.
    pub fn of_system() -> Self {
        Self::of(DIRECTORIES.iter().map(PathBuf::from).collect())
    }

    /// Those of some directories, which need not exist.
    pub fn of(directories: Vec<PathBuf>) -> Self {
        Self { directories, read: Mutex::default() }
    }

    /// Whether there is one for a language, without reading it.
    pub fn has(&self, language: &str) -> bool {
        !self.files(language).is_empty()
    }

    fn language(&self, language: &str) -> Arc<Vec<Dictionary>> {
        let mut all = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(language) {
            return Arc::clone(known);
        }
        let files = self.files(language);
        let found = Arc::new(files.iter().filter_map(|f| read(f)).collect::<Vec<_>>());
        all.insert(language.to_owned(), Arc::clone(&found));
        found
    }

    /// The affix files of a language, the preferred first. A word list lies beside each.
    fn files(&self, language: &str) -> Vec<PathBuf> {
        let mut found: Vec<(usize, PathBuf)> = Vec::new();
        let entries = self.directories.iter().filter_map(|d| fs::read_dir(d).ok());
        for path in entries.flatten().flatten().map(|entry| entry.path()) {
            let Some(rank) = rank(&path, language) else { continue };
            // Most countries' dictionaries are links to one of them.
            let Ok(path) = path.canonicalize() else { continue };
            if path.with_extension("dic").is_file() {
                found.push((rank, path));
            }
        }
        found.sort();
        let mut files: Vec<PathBuf> = Vec::new();
        for (_, path) in found {
            if !files.contains(&path) && files.len() < MAX_READ {
                files.push(path);
            }
        }
        files
    }
}

impl Speller for Dictionaries {
    fn knows(&self, language: &str, word: &str) -> Option<bool> {
        let dictionaries = self.language(language);
        if dictionaries.is_empty() {
            return None;
        }
        let knows =
            |d: &Dictionary| catch_unwind(AssertUnwindSafe(|| d.check(word))).unwrap_or(true);
        Some(dictionaries.iter().any(knows))
    }
}

impl std::fmt::Debug for Dictionaries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dictionaries")
            .field("directories", &self.directories)
            .finish_non_exhaustive()
    }
}

/// How well an affix file (`de_DE.aff`, `fr.aff`) fits a language, the best first; `None` where it is another one's.
fn rank(path: &Path, language: &str) -> Option<usize> {
    let stem = path.file_stem()?.to_str()?;
    let rest =
        stem.strip_prefix(language).filter(|_| path.extension().is_some_and(|e| e == "aff"))?;
    let country = rest.strip_prefix(['_', '-']);
    if !rest.is_empty() && country.is_none() {
        return None;
    }
    let home = |country: &str| country.eq_ignore_ascii_case(language);
    let preferred = PREFERRED.iter().position(|p| *p == stem).map(|nth| nth + 1);
    let first = country.is_none_or(home).then_some(0);
    first.or(preferred).or(Some(PREFERRED.len() + 1))
}

/// Reads a dictionary. One that cannot be read is as good as none.
fn read(affixes: &Path) -> Option<Dictionary> {
    let aff = text(affixes)?;
    let dic = text(&affixes.with_extension("dic"))?;
    let made = catch_unwind(|| Dictionary::new(&aff, &dic).map_err(|e| e.to_string()));
    match made {
        Ok(Ok(dictionary)) => Some(dictionary),
        Ok(Err(reason)) => {
            debug!("the dictionary `{}` cannot be read: {reason}", affixes.display());
            None
        }
        Err(_) => None,
    }
}

/// The text of a file: UTF-8, or what older dictionaries are in, ISO 8859-1 or 8859-15.
fn text(path: &Path) -> Option<String> {
    if fs::metadata(path).ok()?.len() > MAX_FILE {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|e| e.into_bytes().into_iter().map(latin).collect()),
    )
}

/// A byte of ISO 8859-15; in 8859-1 the same but for signs that stand in no word.
fn latin(byte: u8) -> char {
    match byte {
        0xa6 => 'Š',
        0xa8 => 'š',
        0xb4 => 'Ž',
        0xb8 => 'ž',
        0xbc => 'Œ',
        0xbd => 'œ',
        0xbe => 'Ÿ',
        other => char::from(other),
    }
}
