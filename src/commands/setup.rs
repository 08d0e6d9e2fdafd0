//! The engine's setup out of the settings: with the owner's own templates and words, if there are any.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::Error;
use crate::config::Settings;
use crate::dictionary::Dictionaries;
use crate::draft::{Letters, Profile, Strength};
use crate::engine::Setup;
use crate::extract::Lexicon;
use crate::follow_up::Policy;

/// The largest template or lexicon that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// How many styles, and how many languages of one, are read.
const MAX_FOLDERS: usize = 100;

/// Makes setups; everything that can be wrong with the owner's files was found when it was made.
#[derive(Debug)]
pub struct Maker<'a> {
    settings: &'a Settings,
    lexicon: Lexicon,
    letters: Letters,
    refused: Vec<String>,
    dictionaries: Arc<Dictionaries>,
}

impl<'a> Maker<'a> {
    /// Reads the owner's templates and lexicon.
    pub fn new(settings: &'a Settings) -> Result<Self, Error> {
        let words = settings
            .drafts
            .lexicon
            .as_deref()
            .map_or_else(|| Ok(BTreeMap::new()), |d| files(d, "toml", true))?;
        let own = settings.drafts.templates.as_deref();
        let files = own.map_or_else(|| Ok(BTreeMap::new()), templates)?;
        let lexicon = Lexicon::with_files(&words).map_err(Error::Usage)?;
        let style = settings.drafts.style.as_str();
        let (letters, refused) = Letters::new(&files, style, profile(settings));
        let dictionaries = Arc::new(Dictionaries::of_system());
        let letters = letters.with_speller(dictionaries.clone());
        if !letters.has_style(style) {
            let why = format!(
                "there is no style `{style}`\nhint: `drafts.style` is `plain`, `formal` or `warm`, or the name of a folder in the directory that `drafts.templates` names"
            );
            return Err(Error::Usage(why));
        }
        let refused = refused.iter().map(|r| match own {
            Some(directory) => format!("{}: {r}", directory.display()),
            None => r.to_string(),
        });
        let refused = refused.collect();
        Ok(Self { settings, lexicon, letters, refused, dictionaries })
    }

    /// A setup for these accounts, the preferred one first.
    pub fn make(&self, accounts: Vec<String>) -> Setup {
        let drafts = &self.settings.drafts;
        Setup {
            owner: self.settings.owner.clone(),
            policy: Policy {
                after: drafts.after,
                window: drafts.window,
                check_in: drafts.check_in,
            },
            lexicon: self.lexicon.clone(),
            letters: self.letters.clone(),
            accounts,
        }
    }

    /// Templates of the owner's that do not work, each in one line: the built-in ones are used in their place.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// Languages that letters can be written in, and whose spelling nobody here knows.
    pub fn unspelled(&self) -> Vec<String> {
        let mut languages = self.letters.languages();
        languages.retain(|language| !self.dictionaries.has(language));
        languages
    }

    /// The templates.
    pub fn letters(&self) -> &Letters {
        &self.letters
    }

    /// The words.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }
}

fn profile(settings: &Settings) -> Profile {
    let strengths = settings.profile.strengths.iter().map(|s| Strength {
        skill: s.skill.clone(),
        keywords: s.keywords.clone(),
        sentence: s.sentence.clone(),
    });
    Profile { summary: settings.profile.summary.clone(), strengths: strengths.collect() }
}

/// The templates of a directory (`STYLE/LANGUAGE/KIND.txt`), by name, and their texts.
fn templates(directory: &Path) -> Result<BTreeMap<String, String>, Error> {
    let mut out = BTreeMap::new();
    for (style, path) in folders(directory)? {
        for (language, path) in folders(&path)? {
            let texts = files(&path, "txt", false)?.into_iter();
            out.extend(texts.map(|(name, text)| (format!("{style}/{language}/{name}"), text)));
        }
    }
    Ok(out)
}

/// The folders of a directory, by name.
fn folders(directory: &Path) -> Result<BTreeMap<String, std::path::PathBuf>, Error> {
    let failed =
        |e: std::io::Error| Error::Usage(format!("cannot read `{}`: {e}", directory.display()));
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') && out.len() < MAX_FOLDERS {
            out.insert(name, path);
        }
    }
    Ok(out)
}

/// The files of a directory with an extension: by stem or by name, and their texts.
fn files(
    directory: &Path,
    extension: &str,
    by_stem: bool,
) -> Result<BTreeMap<String, String>, Error> {
    let failed = |path: &Path, e: std::io::Error| {
        Error::Usage(format!("cannot read `{}`: {e}", path.display()))
    };
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(|e| failed(directory, e))? {
        let path = entry.map_err(|e| failed(directory, e))?.path();
        if path.extension().is_none_or(|e| e != extension) {
            continue;
        }
        let size = fs::metadata(&path).map_err(|e| failed(&path, e))?.len();
        if size > MAX_FILE {
            return Err(Error::Usage(format!(
                "`{}` is larger than {} KiB",
                path.display(),
                MAX_FILE >> 10
            )));
        }
        let name = if by_stem { path.file_stem() } else { path.file_name() };
        let name = name.map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        out.insert(name, fs::read_to_string(&path).map_err(|e| failed(&path, e))?);
    }
    Ok(out)
}
