//! The engine's setup out of the settings: with the owner's own templates and words, if there are any.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Error;
use crate::config::Settings;
use crate::draft::letter::{Letters, Profile};
use crate::engine::Setup;
use crate::extract::Lexicon;
use crate::follow_up::Policy;

/// The largest template or lexicon that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Makes setups; everything that can be wrong with the owner's files was found when it was made.
#[derive(Debug)]
pub struct Maker<'a> {
    settings: &'a Settings,
    lexicon: Lexicon,
    letters: Letters,
}

impl<'a> Maker<'a> {
    /// Reads the owner's templates and lexicon.
    pub fn new(settings: &'a Settings) -> Result<Self, Error> {
        let words = settings
            .drafts
            .lexicon
            .as_deref()
            .map_or_else(|| Ok(BTreeMap::new()), |d| files(d, "toml", true))?;
        let style = settings.drafts.style.as_str();
        let templates = match settings.drafts.templates.as_deref() {
            Some(directory) => files(&directory.join(style), "txt", false)?,
            None if style == "plain" => BTreeMap::new(),
            None => {
                let why = format!(
                    "there is no style `{style}`\nhint: `drafts.style` is `plain`, or the name of a folder in the directory that `drafts.templates` names"
                );
                return Err(Error::Usage(why));
            }
        };
        let lexicon = Lexicon::with_files(&words).map_err(Error::Usage)?;
        let profile = Profile { summary: settings.profile.summary.clone() };
        let letters = Letters::new(&templates, profile).map_err(|e| Error::Usage(e.to_string()))?;
        Ok(Self { settings, lexicon, letters })
    }

    /// A setup for these accounts, the preferred one first.
    pub fn make(&self, accounts: Vec<String>) -> Setup {
        let drafts = &self.settings.drafts;
        Setup {
            owner: self.settings.owner.clone(),
            policy: Policy { after: drafts.after, window: drafts.window },
            lexicon: self.lexicon.clone(),
            letters: self.letters.clone(),
            accounts,
        }
    }

    /// The words.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }
}

/// What the configuration asks for and this version does not do yet: told, never passed over in silence.
pub fn unheeded(settings: &Settings) -> Vec<&'static str> {
    let mut out = Vec::new();
    if settings.drafts.check_in {
        out.push("`drafts.check_in` is set, but follow-ups are not written yet");
    }
    if !settings.profile.strengths.is_empty() {
        out.push("`profile.strengths` is set, but letters do not speak of strengths yet");
    }
    out
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
