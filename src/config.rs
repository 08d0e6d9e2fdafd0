//! The configuration: a file, overridden from the environment, checked into [`Settings`].
//!
//! There are two steps. The raw shape (`config/raw.rs`) says which keys there are and of which type; the `config` crate lays the
//! environment over the file. Then every value is checked, and a wrong one is refused with its file, line and column, or with
//! the variable that set it. What comes out needs no further checking.
//!
//! The environment is read here and nowhere else. Secrets are not part of the settings: only where to read them, see
//! [`SecretSource`].

mod check;
mod environment;
mod file;
mod hint;
mod raw;
mod secret;
mod server;
mod shell;

use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use crate::address::Owner;
use check::Checker;
use file::File;

pub use environment::Environment;
pub use raw::known_keys;
pub use secret::SecretSource;
pub use server::Security;
pub use shell::Shell;

/// The annotated configuration file.
pub const ANNOTATED: &str = include_str!("../config/afterword.toml");

/// The configuration of the system's service.
const SYSTEM_FILE: &str = "/etc/afterword/config.toml";
/// Its state directory.
const SYSTEM_STATE: &str = "/var/lib/afterword";

/// Everything that can be set, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file that it was read from.
    pub file: PathBuf,
    /// Whose mailbox it is.
    pub owner: Owner,
    /// What the letters may say about the owner.
    pub profile: Profile,
    /// When and how drafts are written.
    pub drafts: Drafts,
    /// The directory of the database.
    pub store: PathBuf,
    /// The accounts, in order of preference; may be empty where only the owner matters, see [`Self::require_accounts`].
    pub accounts: Vec<Account>,
}

impl Settings {
    /// Refuses a configuration without accounts: for commands that need a mailbox.
    pub fn require_accounts(&self) -> Result<(), Error> {
        if !self.accounts.is_empty() {
            return Ok(());
        }
        Err(Error::Refused {
            place: self.file.display().to_string(),
            what: "there is no `[[accounts]]`".to_owned(),
            hint: Some("add one with `name`, `server`, `user` and `password`, or with `name` and `maildir`".to_owned()),
        })
    }
}

/// What the letters may say about the owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// One sentence that is always true.
    pub summary: Option<String>,
    /// Strengths, the most telling first.
    pub strengths: Vec<Strength>,
}

/// Something the owner is good at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// What it is called.
    pub skill: String,
    /// The words that it answers.
    pub keywords: Vec<String>,
    /// One sentence that shows it.
    pub sentence: String,
}

/// When and how drafts are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafts {
    /// How long after the day's last session with a company.
    pub after: SignedDuration,
    /// How long after the end a missed letter is still drafted.
    pub window: SignedDuration,
    /// Whether to follow up when nothing is heard.
    pub check_in: bool,
    /// The folder of templates that is used.
    pub style: String,
    /// A directory of the owner's own styles.
    pub templates: Option<PathBuf>,
    /// A directory of the owner's own words.
    pub lexicon: Option<PathBuf>,
    /// What to run when drafts were saved.
    pub notify: Option<Notify>,
}

/// What to run when drafts were saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// A shell command.
    pub command: String,
}

/// One mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What it is called in messages; no two are called the same.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// The folders that are read for invitations; never empty.
    pub folders: Vec<String>,
    /// The folder for drafts, where it is not to be found by itself.
    pub drafts: Option<String>,
    /// The folder of sent mail, where it is not to be found by itself.
    pub sent: Option<String>,
}

/// Where a mailbox is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// On a server.
    Imap(Server),
    /// In a directory.
    Maildir(PathBuf),
}

/// A mailbox on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// A name in ASCII, or an address without brackets.
    pub host: String,
    /// Never 0.
    pub port: u16,
    /// Unencrypted only to this machine.
    pub security: Security,
    /// The name to log in with.
    pub user: String,
    /// What to log in with.
    pub secret: Auth,
    /// Certificates to trust besides the system's (PEM).
    pub ca_file: Option<PathBuf>,
}

/// What to log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// LOGIN or AUTHENTICATE PLAIN.
    Password(SecretSource),
    /// XOAUTH2 or OAUTHBEARER.
    Token(SecretSource),
}

/// Why there is no configuration, or no secret. Each prints as one message for a terminal: where, what, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no file.
    #[error("there is no configuration file\nhint: looked for {}; a commented one comes with the program (`afterword.toml`)", looked.join(", "))]
    Missing {
        /// Where it was looked for.
        looked: Vec<String>,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Something in it, or in the environment, is wrong.
    #[error("{place}: {what}{}", and_hint(hint.as_ref()))]
    Refused {
        /// File, line and column, or the variable.
        place: String,
        /// What is wrong.
        what: String,
        /// What would be right.
        hint: Option<String>,
    },
    /// A secret cannot be read.
    #[error("{what}{}", and_hint(hint.as_ref()))]
    Secret {
        /// Which, and why not. Never what was read.
        what: String,
        /// What to do.
        hint: Option<String>,
    },
}

fn and_hint(hint: Option<&String>) -> String {
    hint.map(|hint| format!("\nhint: {hint}")).unwrap_or_default()
}

/// Reads the configuration: `path` (`--config`), else the first that is there of `$AFTERWORD_CONFIG`,
/// `$XDG_CONFIG_HOME/afterword/config.toml` and `/etc/afterword/config.toml`.
pub fn load(path: Option<&Path>) -> Result<Settings, Error> {
    load_from(path, &Environment::of_process())
}

/// [`load`] in a given environment.
pub fn load_from(path: Option<&Path>, environment: &Environment) -> Result<Settings, Error> {
    let file = File::read(&find(path, environment)?)?;
    check(&file, environment)
}

/// Checks `text` as the content of the file `name`.
pub fn parse(name: &Path, text: &str, environment: &Environment) -> Result<Settings, Error> {
    check(&File { path: name.to_owned(), text: text.to_owned() }, environment)
}

fn find(path: Option<&Path>, environment: &Environment) -> Result<PathBuf, Error> {
    if let Some(path) = path {
        return Ok(path.to_owned());
    }
    // Named expressly: that it must be there is seen when it is read.
    if let Some(path) = environment.get("AFTERWORD_CONFIG") {
        return Ok(PathBuf::from(path));
    }
    let home = || environment.home().map(|home| home.join(".config"));
    let own = environment.directory("XDG_CONFIG_HOME").or_else(home);
    let own = own.map(|directory| directory.join("afterword/config.toml"));
    let places: Vec<PathBuf> = own.into_iter().chain([PathBuf::from(SYSTEM_FILE)]).collect();
    // One that is there but cannot be seen is not skipped: reading it says why.
    let there = |place: &&PathBuf| place.try_exists().unwrap_or(true);
    if let Some(place) = places.iter().find(there) {
        return Ok(place.clone());
    }
    let variable = "`$AFTERWORD_CONFIG` (not set)".to_owned();
    let looked = places.iter().map(|place| format!("`{}`", place.display()));
    Err(Error::Missing { looked: [variable].into_iter().chain(looked).collect() })
}

fn check(file: &File, environment: &Environment) -> Result<Settings, Error> {
    file.check_shape()?;
    let overrides = environment.overrides()?;
    let mut layers = config::Config::builder()
        .add_source(config::File::from_str(&file.text, config::FileFormat::Toml));
    // Each layer has been held against the raw shape, so what is left to go wrong here is a fault of this program.
    let fault = |e: config::ConfigError| Error::Refused {
        place: file.path.display().to_string(),
        what: format!("cannot be joined with the environment: {e}"),
        hint: None,
    };
    for over in &overrides {
        layers = over.put_over(layers).map_err(fault)?;
    }
    let raw = layers.build().and_then(config::Config::try_deserialize).map_err(fault)?;
    Checker { file, overrides: &overrides, environment }.settings(raw)
}
