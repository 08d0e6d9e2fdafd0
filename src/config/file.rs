//! Where things stand in the configuration file: the `config` crate keeps no lines, so the text is read with spans as well.

use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Error;
use super::hint::{Known, did_you_mean};
use super::raw::{Raw, is_section, unknown_field};

/// The text of the file, and what can be said about places in it.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// More than this is no configuration.
const MAX_FILE: u64 = 1 << 20;

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let unread = |source| Error::Read { path: path.to_owned(), source };
        let size = std::fs::metadata(path).map_err(unread)?.len();
        if size > MAX_FILE {
            return Err(unread(std::io::Error::other(format!(
                "{size} bytes are too many for a configuration"
            ))));
        }
        Ok(Self { path: path.to_owned(), text: std::fs::read_to_string(path).map_err(unread)? })
    }

    /// Holds the file against the raw shape: syntax, unknown keys, types.
    pub(super) fn check_shape(&self) -> Result<(), Error> {
        let root = DeTable::parse(&self.text).map_err(|e| self.syntax(&e))?;
        self.check_sections(root.get_ref())?;
        self.refuse_literal_secrets(root.get_ref())?;
        let Err(error) = toml::from_str::<Raw>(&self.text) else { return Ok(()) };
        let at = error.span().unwrap_or(0..0);
        let path = path_at(root.get_ref(), at.start);
        let Some((key, known)) = unknown_field(error.message()) else {
            let what = if path.is_empty() {
                error.message().to_owned()
            } else {
                format!("`{}`: {}", readable(&path), error.message())
            };
            return Err(self.refuse(&at, what, None));
        };
        let what = format!("unknown key `{key}` {}", section(&path));
        Err(self.refuse(&at, what, Some(did_you_mean(key, &Known::keys(&known)))))
    }

    fn syntax(&self, error: &toml::de::Error) -> Error {
        self.refuse(&error.span().unwrap_or(0..0), error.message(), None)
    }

    /// One pair of brackets too many or too few. serde would take a list for a table, in the order of the keys.
    fn check_sections(&self, root: &DeTable<'_>) -> Result<(), Error> {
        for (key, value) in root.iter().filter(|(key, _)| is_section(key.get_ref())) {
            let name = key.get_ref();
            let (fine, written) = match name.as_ref() {
                "accounts" => (value.get_ref().is_array(), format!("[[{name}]]")),
                _ => (value.get_ref().is_table(), format!("[{name}]")),
            };
            if !fine {
                return Err(self.refuse(
                    &key.span(),
                    format!("this section is written `{written}`"),
                    None,
                ));
            }
        }
        Ok(())
    }

    /// Must come before serde sees the file, since its errors repeat the value that they complain of.
    fn refuse_literal_secrets(&self, root: &DeTable<'_>) -> Result<(), Error> {
        let accounts = root.get("accounts").and_then(|a| a.get_ref().as_array());
        for account in accounts.into_iter().flatten().filter_map(|a| a.get_ref().as_table()) {
            for key in ["password", "token"] {
                if let Some(value) = account.get(key).filter(|v| !v.get_ref().is_table()) {
                    let what = format!(
                        "`{key}` holds a secret itself, which does not belong into this file"
                    );
                    let hint = format!(
                        "`{key} = {{ file = \"/etc/afterword/{key}\" }}`, `{{ command = \"pass show mail\" }}` or `{{ credential = \"imap-{key}\" }}`"
                    );
                    return Err(self.refuse(&value.span(), what, Some(hint)));
                }
            }
        }
        Ok(())
    }

    /// An error about what stands at `keys` (`accounts.1.server`), or about the nearest thing around it that is in the file.
    pub(super) fn refuse_key(&self, keys: &str, what: impl Display, hint: Option<String>) -> Error {
        let Ok(root) = DeTable::parse(&self.text) else { return self.refuse(&(0..0), what, hint) };
        let mut segments = keys.split('.');
        let first = segments.next().and_then(|key| root.get_ref().get(key));
        let Some(mut value) = first else {
            return Error::Refused {
                place: self.path.display().to_string(),
                what: what.to_string(),
                hint,
            };
        };
        for segment in segments {
            match child(value, segment) {
                Some(inner) => value = inner,
                None => break,
            }
        }
        self.refuse(&value.span(), what, hint)
    }

    fn refuse(&self, at: &Range<usize>, what: impl Display, hint: Option<String>) -> Error {
        let before = self.text.get(..at.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Error::Refused {
            place: format!("{}:{line}:{column}", self.path.display()),
            what: what.to_string(),
            hint,
        }
    }
}

fn child<'a, 'i>(
    value: &'a Spanned<DeValue<'i>>,
    segment: &str,
) -> Option<&'a Spanned<DeValue<'i>>> {
    match value.get_ref() {
        DeValue::Table(table) => table.get(segment),
        DeValue::Array(array) => array.get(segment.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The keys that lead to the key or value that begins at `offset`; a key that begins there is left out: its table is meant.
fn path_at(table: &DeTable<'_>, offset: usize) -> Vec<String> {
    for (key, value) in table {
        if key.span().start == offset {
            return Vec::new();
        }
        if let Some(mut inner) = path_in(value, offset) {
            inner.insert(0, key.get_ref().to_string());
            return inner;
        }
    }
    Vec::new()
}

fn path_in(value: &Spanned<DeValue<'_>>, offset: usize) -> Option<Vec<String>> {
    match value.get_ref() {
        DeValue::Table(table) if table.iter().any(|(key, _)| key.span().start == offset) => {
            Some(Vec::new())
        }
        DeValue::Table(table) => table.iter().find_map(|(key, value)| {
            path_in(value, offset).map(|inner| [vec![key.get_ref().to_string()], inner].concat())
        }),
        DeValue::Array(array) => array.iter().enumerate().find_map(|(index, value)| {
            path_in(value, offset).map(|inner| [vec![index.to_string()], inner].concat())
        }),
        _ => None,
    }
    .or_else(|| (value.span().start == offset).then(Vec::new))
}

/// `accounts.0.user` as a person writes it: without the index.
fn readable(path: &[String]) -> String {
    let names: Vec<&str> =
        path.iter().map(String::as_str).filter(|p| p.parse::<usize>().is_err()).collect();
    names.join(".")
}

/// The table at `path`, as it is written.
pub(super) fn section(path: &[String]) -> String {
    match path {
        [] => "at the top level".to_owned(),
        [name] => format!("in `[{name}]`"),
        [name, index] if index.parse::<usize>().is_ok() && name == "accounts" => {
            format!("in `[[{name}]]`")
        }
        _ => format!("in `{}`", readable(path)),
    }
}
