//! The process's environment: read here, once, and nowhere else.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use config::builder::{ConfigBuilder, DefaultState};
use serde::Deserialize as _;

use super::Error;
use super::hint::{Known, did_you_mean};
use super::raw::{Raw, is_section, unknown_field};

/// Variables by name. A test makes its own.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

/// What the variables that override the file begin with.
const PREFIX: &str = "AFTERWORD__";

impl Environment {
    /// The environment this process was started with.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// A variable that is set to something.
    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|v| !v.is_empty())
    }

    /// A variable that holds an absolute path; anything else counts as unset, as the XDG specification wants it.
    pub(super) fn directory(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from).filter(|p| p.is_absolute())
    }

    /// The home directory. systemd gives a user that has none `/`, which nobody means.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.directory("HOME").filter(|h| h.parent().is_some())
    }

    /// Every `AFTERWORD__SECTION__KEY`, checked as if it stood in the file.
    pub(super) fn overrides(&self) -> Result<Vec<Override>, Error> {
        let ours = self.0.iter().filter_map(|(name, value)| {
            let name = name.to_string_lossy();
            name.starts_with(PREFIX).then(|| (name.into_owned(), value))
        });
        ours.map(|(name, value)| Override::new(name, value)).collect()
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// One variable that takes the place of a key of the file.
pub(super) struct Override {
    variable: String,
    /// The key: `owner.timezone`.
    path: String,
    value: toml::Value,
}

impl Override {
    fn new(variable: String, value: &OsStr) -> Result<Self, Error> {
        let refuse = |what: &str, hint: Option<String>| Error::Refused {
            place: variable.clone(),
            what: what.to_owned(),
            hint,
        };
        let path = variable[PREFIX.len()..].to_lowercase().replace("__", ".");
        if path == "accounts" || path.starts_with("accounts.") {
            return Err(refuse(
                "accounts come from the configuration file, not from the environment",
                None,
            ));
        }
        if is_section(&path) {
            return Err(refuse("this can only be set in the configuration file", None));
        }
        let text = value.to_str().ok_or_else(|| refuse("the value is not UTF-8", None))?;
        let mut last = String::new();
        for value in candidates(text) {
            match Raw::deserialize(nested(&path, value.clone())) {
                Ok(_) => return Ok(Self { variable, path, value }),
                Err(error) => error.message().clone_into(&mut last),
            }
        }
        if let Some((key, known)) = unknown_field(&last) {
            return Err(refuse(
                "unknown variable",
                Some(did_you_mean(key, &variables(&path, key, &known))),
            ));
        }
        let expected =
            last.rsplit_once("expected ").map_or(last.as_str(), |(_, expected)| expected);
        Err(refuse(&format!("`{}` is not {expected}", text.escape_debug()), None))
    }

    /// The variable, if it is what gave `keys` (or what `keys` is an entry of) its value.
    pub(super) fn gave(&self, keys: &str) -> Option<&str> {
        let rest = keys.strip_prefix(&self.path)?;
        (rest.is_empty() || rest.starts_with('.')).then_some(self.variable.as_str())
    }

    pub(super) fn put_over(
        &self,
        builder: ConfigBuilder<DefaultState>,
    ) -> Result<ConfigBuilder<DefaultState>, config::ConfigError> {
        match &self.value {
            toml::Value::Boolean(yes) => builder.set_override(&self.path, *yes),
            toml::Value::Array(list) => {
                let list: Vec<String> =
                    list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
                builder.set_override(&self.path, list)
            }
            value => builder.set_override(&self.path, value.as_str().unwrap_or_default()),
        }
    }
}

/// The variables that there are in the place of `key`, a part of `path` that is not known.
fn variables(path: &str, key: &str, known: &[&str]) -> Vec<Known> {
    let known = known.iter().filter(|k| **k != "accounts");
    let full = |k: &str| {
        let segments: Vec<&str> =
            path.split('.').map(|segment| if segment == key { k } else { segment }).collect();
        format!("{PREFIX}{}", segments.join("__").to_uppercase())
    };
    known.map(|k| Known { name: (*k).to_owned(), shown: full(k) }).collect()
}

/// What the text of a variable can mean; the raw shape decides which it is.
fn candidates(text: &str) -> Vec<toml::Value> {
    let list = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let list = toml::Value::Array(list.map(toml::Value::from).collect());
    let truth = text.trim().parse().ok().map(toml::Value::Boolean);
    [Some(toml::Value::from(text)), truth, Some(list)].into_iter().flatten().collect()
}

/// `value` inside the tables that lead to it.
fn nested(path: &str, value: toml::Value) -> toml::Value {
    path.rsplit('.')
        .fold(value, |inner, key| toml::Table::from_iter([(key.to_owned(), inner)]).into())
}
