//! From what was written to what is meant, or to a refusal that names the place.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::environment::{Environment, Override};
use super::file::{File, section};
use super::hint::nearest;
use super::raw::{Raw, RawAccount, RawDrafts, RawOwner, RawProfile, RawSecret, RawStore};
use super::{
    Account, Auth, Drafts, Error, Notify, Profile, SYSTEM_FILE, SYSTEM_STATE, SecretSource, Server,
    Settings, Source, Strength, server,
};
use crate::address::{EmailAddress, Owner};

/// The longest text of any key, in bytes. A letter has 200 words.
const MAX_TEXT: usize = 1000;
/// The most entries of any list.
const MAX_ENTRIES: usize = 100;

/// What a key is checked against, and where it came from.
pub(super) struct Checker<'a> {
    pub(super) file: &'a File,
    pub(super) overrides: &'a [Override],
    pub(super) environment: &'a Environment,
}

impl Checker<'_> {
    pub(super) fn settings(&self, raw: Raw) -> Result<Settings, Error> {
        Ok(Settings {
            file: self.file.path.clone(),
            owner: self.owner(raw.owner)?,
            profile: self.profile(raw.profile)?,
            drafts: self.drafts(raw.drafts)?,
            store: self.store(raw.store)?,
            accounts: self.accounts(raw.accounts)?,
        })
    }

    fn owner(&self, raw: RawOwner) -> Result<Owner, Error> {
        let hint = "the name that stands under your letters: `name = \"Alex Rivera\"`";
        let name = self.required("owner.name", raw.name, hint)?;
        let addresses = self.entries("owner.addresses", raw.addresses)?;
        if addresses.is_empty() {
            let hint = "every address at which mail reaches you: `addresses = [\"alex.rivera@example.org\"]`";
            return Err(self.refuse(
                "owner.addresses",
                "`addresses` is missing in `[owner]`",
                hint,
            ));
        }
        let parse = |(at, text): (String, String)| {
            let what = || format!("`{}` is not an e-mail address", text.escape_debug());
            EmailAddress::parse(&text).ok_or_else(|| self.refuse(&at, what(), ""))
        };
        let addresses = addresses.into_iter().map(parse).collect::<Result<_, _>>()?;
        let time_zone = self.time_zone(raw.timezone)?;
        Ok(Owner { name, addresses, time_zone, phone: self.text("owner.phone", raw.phone)? })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the system's zone belongs to the environment, which is read here"
    )]
    fn time_zone(&self, raw: Option<String>) -> Result<TimeZone, Error> {
        let at = "owner.timezone";
        let Some(name) = self.text(at, raw)? else {
            // POSIX means UTC where a system says nothing of its zone.
            return Ok(TimeZone::try_system().unwrap_or(TimeZone::UTC));
        };
        TimeZone::get(&name).map_err(|_| {
            let known: Vec<String> =
                jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
            let hint = nearest(&name, known.iter().map(String::as_str)).map_or_else(
                || "a name such as `America/New_York` or `Europe/Berlin`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.refuse(
                at,
                format!("`{}` is not a time zone of the IANA database", name.escape_debug()),
                &hint,
            )
        })
    }

    fn profile(&self, raw: RawProfile) -> Result<Profile, Error> {
        let summary = self.text("profile.summary", raw.summary)?;
        self.bounded("profile.strengths", raw.strengths.len())?;
        let strength = |(index, raw): (usize, super::raw::RawStrength)| {
            let at = |key: &str| format!("profile.strengths.{index}.{key}");
            let keywords = self.entries(&at("keywords"), raw.keywords)?;
            if keywords.is_empty() {
                let hint = "words of an invitation or advertisement that this strength answers";
                return Err(self.refuse(&at("keywords"), "a strength needs `keywords`", hint));
            }
            Ok(Strength {
                skill: self.required(
                    &at("skill"),
                    raw.skill,
                    "what the strength is called: `event streaming`",
                )?,
                keywords: keywords.into_iter().map(|(_, word)| word).collect(),
                sentence: self.required(
                    &at("sentence"),
                    raw.sentence,
                    "one sentence that shows it",
                )?,
            })
        };
        let strengths =
            raw.strengths.into_iter().enumerate().map(strength).collect::<Result<_, _>>()?;
        Ok(Profile { summary, strengths })
    }

    fn drafts(&self, raw: RawDrafts) -> Result<Drafts, Error> {
        let day = SignedDuration::from_hours(24);
        // The promise is a draft within 24 hours of the end.
        let after = self.duration(
            "drafts.after",
            raw.after,
            SignedDuration::from_mins(15),
            SignedDuration::ZERO..=day,
        )?;
        let minute = SignedDuration::from_mins(1);
        let window = self.duration("drafts.window", raw.window, day * 2, minute..=day * 60)?;
        if window <= after {
            let what = "`window` is not longer than `after`: nothing would ever be drafted";
            return Err(self.refuse("drafts.window", what, ""));
        }
        let style = self.text("drafts.style", raw.style)?.unwrap_or_else(|| "plain".to_owned());
        let letters = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if !style.chars().all(letters) {
            let what = format!("`{}` is not the name of a style", style.escape_debug());
            return Err(self.refuse(
                "drafts.style",
                what,
                "the name of a folder: letters, digits, `-` and `_`",
            ));
        }
        let notify = raw.notify.map(|raw| {
            let hint = "what to run: `notify = { command = \"...\" }`; leave `notify` out to be left in peace";
            Ok::<_, Error>(Notify { command: self.required("drafts.notify.command", raw.command, hint)? })
        });
        Ok(Drafts {
            after,
            window,
            check_in: raw.check_in.unwrap_or(false),
            style,
            templates: self.path("drafts.templates", raw.templates)?,
            lexicon: self.path("drafts.lexicon", raw.lexicon)?,
            notify: notify.transpose()?,
        })
    }

    fn store(&self, raw: RawStore) -> Result<PathBuf, Error> {
        if let Some(path) = self.path("store.path", raw.path)? {
            return Ok(path);
        }
        // systemd passes several directories with colons between them; the first is ours.
        let given =
            self.environment.get("STATE_DIRECTORY").map(|list| list.to_string_lossy().into_owned());
        let given = given
            .and_then(|list| list.split(':').next().map(PathBuf::from))
            .filter(|p| p.is_absolute());
        let home = || self.environment.home().map(|home| home.join(".local/state"));
        let state = || self.environment.directory("XDG_STATE_HOME").or_else(home);
        // Root asks the service by the service's configuration. A directory that this user cannot see is there all the same.
        let system = PathBuf::from(SYSTEM_STATE);
        let is_service = self.file.path == Path::new(SYSTEM_FILE);
        let service =
            (is_service && system.try_exists().unwrap_or(true)).then_some(&system).cloned();
        let path = given.or(service).or_else(|| state().map(|state| state.join("afterword")));
        Ok(path.unwrap_or(system))
    }

    fn accounts(&self, raw: Vec<RawAccount>) -> Result<Vec<Account>, Error> {
        self.bounded("accounts", raw.len())?;
        let mut accounts: Vec<Account> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let account = self.account(index, raw)?;
            if accounts.iter().any(|earlier| earlier.name == account.name) {
                let what =
                    format!("there are two accounts called `{}`", account.name.escape_debug());
                return Err(self.refuse(&format!("accounts.{index}.name"), what, ""));
            }
            accounts.push(account);
        }
        Ok(accounts)
    }

    fn account(&self, index: usize, raw: RawAccount) -> Result<Account, Error> {
        let at = |key: &str| format!("accounts.{index}.{key}");
        let hint = "what the account is called in messages: `name = \"personal\"`";
        let name = self.required(&at("name"), raw.name.clone(), hint)?;
        let folders = match &raw.folders {
            None => vec!["INBOX".to_owned()],
            Some(folders) => self
                .entries(&at("folders"), folders.clone())?
                .into_iter()
                .map(|(_, folder)| folder)
                .collect(),
        };
        if folders.is_empty() {
            return Err(self.refuse(
                &at("folders"),
                "no folder is left to be read",
                "`folders = [\"INBOX\"]`",
            ));
        }
        let drafts = self.text(&at("drafts"), raw.drafts.clone())?;
        let sent = self.text(&at("sent"), raw.sent.clone())?;
        if drafts.is_some() && drafts == sent {
            return Err(self.refuse(&at("sent"), "`drafts` and `sent` are the same folder", ""));
        }
        Ok(Account { name, source: self.source(index, raw)?, folders, drafts, sent })
    }

    fn source(&self, index: usize, raw: RawAccount) -> Result<Source, Error> {
        let at = |key: &str| format!("accounts.{index}.{key}");
        let server = self.text(&at("server"), raw.server.clone())?;
        let maildir = self.path(&at("maildir"), raw.maildir.clone())?;
        match (server, maildir) {
            (Some(server), None) => self.server(index, &server, raw).map(Source::Imap),
            (None, Some(maildir)) => self.maildir(index, maildir, &raw),
            (Some(_), Some(_)) => {
                let what = "an account has either a `server` or a `maildir`, not both";
                Err(self.refuse(&at("maildir"), what, "make it two accounts"))
            }
            (None, None) => {
                let hint = "`server = \"imaps://imap.example.org\"`, or `maildir = \"Mail\"`";
                Err(self.refuse(&at("server"), "an account needs a `server` or a `maildir`", hint))
            }
        }
    }

    fn maildir(&self, index: usize, maildir: PathBuf, raw: &RawAccount) -> Result<Source, Error> {
        let senseless = [
            ("user", raw.user.is_some()),
            ("password", raw.password.is_some()),
            ("token", raw.token.is_some()),
            ("ca_file", raw.ca_file.is_some()),
        ];
        match senseless.iter().find(|(_, given)| *given) {
            Some((key, _)) => {
                let what = format!("`{key}` means nothing for a `maildir`");
                Err(self.refuse(
                    &format!("accounts.{index}.{key}"),
                    what,
                    "it belongs to a `server`",
                ))
            }
            None => Ok(Source::Maildir(maildir)),
        }
    }

    fn server(&self, index: usize, url: &str, raw: RawAccount) -> Result<Server, Error> {
        let at = |key: &str| format!("accounts.{index}.{key}");
        let (host, port, security) = server::parse(url).map_err(|wrong| {
            self.refuse(&at("server"), wrong.what, &wrong.hint.unwrap_or_default())
        })?;
        let user = self.required(
            &at("user"),
            raw.user,
            "the name you log in with: `user = \"alex.rivera@example.org\"`",
        )?;
        let secret = match (raw.password, raw.token) {
            (Some(password), None) => Auth::Password(self.secret(&at("password"), password)?),
            (None, Some(token)) => Auth::Token(self.secret(&at("token"), token)?),
            (Some(_), Some(_)) => {
                let what = "an account has either a `password` or a `token`, not both";
                return Err(self.refuse(
                    &at("token"),
                    what,
                    "a token takes the place of the password",
                ));
            }
            (None, None) => {
                let hint = "`password = { file = \"...\" }`, `{ command = \"...\" }` or `{ credential = \"...\" }`; `token` for OAuth";
                return Err(self.refuse(
                    &at("password"),
                    "a `server` needs a `password` or a `token`",
                    hint,
                ));
            }
        };
        let ca_file = self.path(&at("ca_file"), raw.ca_file)?;
        Ok(Server { host, port, security, user, secret, ca_file })
    }

    fn secret(&self, at: &str, raw: RawSecret) -> Result<SecretSource, Error> {
        let key = |key: &str| format!("{at}.{key}");
        let file = self.path(&key("file"), raw.file)?;
        let command = self.text(&key("command"), raw.command)?;
        let credential = self.text(&key("credential"), raw.credential)?;
        match (file, command, credential) {
            (Some(path), None, None) => Ok(SecretSource::File(path)),
            (None, Some(command), None) => Ok(SecretSource::Command(command)),
            (None, None, Some(name)) if name.contains('/') || name.starts_with('.') => {
                let what = format!("`{}` is not the name of a credential", name.escape_debug());
                Err(self.refuse(
                    &key("credential"),
                    what,
                    "the name before the colon in `LoadCredential=`",
                ))
            }
            (None, None, Some(name)) => Ok(SecretSource::Credential {
                name,
                directory: self.environment.directory("CREDENTIALS_DIRECTORY"),
            }),
            _ => Err(self.refuse(
                at,
                "a secret comes from one of `file`, `command` and `credential`",
                "",
            )),
        }
    }

    /// A duration as it is written: a number and one of `s`, `m`, `h`, `d`.
    fn duration(
        &self,
        at: &str,
        raw: Option<String>,
        default: SignedDuration,
        allowed: RangeInclusive<SignedDuration>,
    ) -> Result<SignedDuration, Error> {
        let Some(text) = self.text(at, raw)? else { return Ok(default) };
        let Some(duration) = parse_duration(&text) else {
            let what = format!("`{}` is not a duration", text.escape_debug());
            return Err(self.refuse(
                at,
                what,
                "a whole number and `s`, `m`, `h` or `d`: `15m`, `48h`",
            ));
        };
        if allowed.contains(&duration) {
            return Ok(duration);
        }
        let what = format!(
            "`{text}` is too {}",
            if duration < *allowed.start() { "short" } else { "long" }
        );
        let hint = format!("from {:#} to {:#}", allowed.start(), allowed.end());
        Err(self.refuse(at, what, &hint))
    }

    /// A path; a relative one, or one that begins with `~/`, starts at the home directory.
    fn path(&self, at: &str, raw: Option<String>) -> Result<Option<PathBuf>, Error> {
        let Some(text) = self.text(at, raw)? else { return Ok(None) };
        let path = PathBuf::from(text.strip_prefix("~/").unwrap_or(&text));
        if path.is_absolute() {
            return Ok(Some(path));
        }
        let Some(home) = self.environment.home() else {
            let what = format!(
                "`{}` starts at the home directory, and there is none",
                text.escape_debug()
            );
            return Err(self.refuse(at, what, "write the whole path, from `/` on"));
        };
        Ok(Some(home.join(path)))
    }

    fn required(&self, at: &str, raw: Option<String>, hint: &str) -> Result<String, Error> {
        let mut path: Vec<String> = at.split('.').map(str::to_owned).collect();
        let key = path.pop().unwrap_or_default();
        let what = || format!("`{key}` is missing {}", section(&path));
        self.text(at, raw)?.ok_or_else(|| self.refuse(at, what(), hint))
    }

    /// A text on one line; an empty one counts as none, so that a variable can unset a key.
    fn text(&self, at: &str, raw: Option<String>) -> Result<Option<String>, Error> {
        let Some(text) = raw else { return Ok(None) };
        if text.len() > MAX_TEXT {
            return Err(self.refuse(at, format!("longer than {MAX_TEXT} bytes"), ""));
        }
        let text = text.trim();
        if text.contains(|c: char| c.is_control()) {
            return Err(self.refuse(
                at,
                "a line break or another control character stands in the text",
                "",
            ));
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// The entries of a list, each with its place.
    fn entries(&self, at: &str, raw: Vec<String>) -> Result<Vec<(String, String)>, Error> {
        self.bounded(at, raw.len())?;
        let entry = |(index, text): (usize, String)| {
            let at = format!("{at}.{index}");
            let text = self.text(&at, Some(text))?;
            text.map(|text| (at.clone(), text))
                .ok_or_else(|| self.refuse(&at, "an entry of the list is empty", ""))
        };
        raw.into_iter().enumerate().map(entry).collect()
    }

    fn bounded(&self, at: &str, entries: usize) -> Result<(), Error> {
        let what = || format!("{entries} entries are more than the {MAX_ENTRIES} that are allowed");
        if entries > MAX_ENTRIES { Err(self.refuse(at, what(), "")) } else { Ok(()) }
    }

    /// The error for the key `at`: it names the variable that set it, else the line of the file.
    fn refuse(&self, at: &str, what: impl Display, hint: &str) -> Error {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        match self.overrides.iter().find_map(|o| o.gave(at)) {
            Some(variable) => {
                Error::Refused { place: variable.to_owned(), what: what.to_string(), hint }
            }
            None => self.file.refuse_key(at, what, hint),
        }
    }
}

fn parse_duration(text: &str) -> Option<SignedDuration> {
    let split = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at))?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let number: i64 = digits.then(|| number.parse().ok())??;
    number.checked_mul(seconds).map(SignedDuration::from_secs)
}
