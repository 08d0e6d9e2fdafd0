//! The configuration as it is written: every key, nothing checked but its type.
//!
//! These structs are the only list of keys. Unknown keys, the nearest known one, which environment variables exist and the
//! test of the annotated file all follow from them.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IntoDeserializer as _, value};

/// The whole file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Raw {
    pub(super) owner: RawOwner,
    pub(super) profile: RawProfile,
    pub(super) drafts: RawDrafts,
    pub(super) store: RawStore,
    pub(super) accounts: Vec<RawAccount>,
}

/// `[owner]`
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawOwner {
    pub(super) name: Option<String>,
    pub(super) addresses: Vec<String>,
    pub(super) timezone: Option<String>,
    pub(super) phone: Option<String>,
}

/// `[profile]`
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawProfile {
    pub(super) summary: Option<String>,
    pub(super) strengths: Vec<RawStrength>,
}

/// One of `profile.strengths`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawStrength {
    pub(super) skill: Option<String>,
    pub(super) keywords: Vec<String>,
    pub(super) sentence: Option<String>,
}

/// `[drafts]`
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawDrafts {
    pub(super) after: Option<String>,
    pub(super) window: Option<String>,
    pub(super) check_in: Option<bool>,
    pub(super) style: Option<String>,
    pub(super) templates: Option<String>,
    pub(super) lexicon: Option<String>,
    pub(super) notify: Option<RawNotify>,
}

/// `drafts.notify`
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawNotify {
    pub(super) command: Option<String>,
}

/// `[store]`
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawStore {
    pub(super) path: Option<String>,
}

/// One of `[[accounts]]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawAccount {
    pub(super) name: Option<String>,
    pub(super) server: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<RawSecret>,
    pub(super) token: Option<RawSecret>,
    pub(super) ca_file: Option<String>,
    pub(super) maildir: Option<String>,
    pub(super) folders: Option<Vec<String>>,
    pub(super) drafts: Option<String>,
    pub(super) sent: Option<String>,
}

/// `password` or `token`: where the secret comes from.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawSecret {
    pub(super) file: Option<String>,
    pub(super) command: Option<String>,
    pub(super) credential: Option<String>,
}

/// The sections of a configuration and the keys of each, in the order of the structs.
pub fn known_keys() -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("", keys_of::<Raw>()),
        ("owner", keys_of::<RawOwner>()),
        ("profile", keys_of::<RawProfile>()),
        ("profile.strengths", keys_of::<RawStrength>()),
        ("drafts", keys_of::<RawDrafts>()),
        ("drafts.notify", keys_of::<RawNotify>()),
        ("store", keys_of::<RawStore>()),
        ("accounts", keys_of::<RawAccount>()),
        ("accounts.password", keys_of::<RawSecret>()),
        ("accounts.token", keys_of::<RawSecret>()),
    ]
}

/// Whether there are tables at `path` (`drafts.notify`), not a value.
pub(super) fn is_section(path: &str) -> bool {
    !path.is_empty() && known_keys().iter().any(|(section, _)| *section == path)
}

/// What serde itself says when it meets a key that cannot be one: the names that it would take.
fn keys_of<T: DeserializeOwned>() -> Vec<String> {
    let nonsense = [("?", 0)].into_iter();
    let tried = T::deserialize(value::MapDeserializer::<_, value::Error>::new(
        nonsense.map(|(key, value): (&str, i32)| (key.into_deserializer(), value)),
    ));
    let message = tried.err().map(|e| e.to_string()).unwrap_or_default();
    unknown_field(&message)
        .map(|(_, known)| known.into_iter().map(str::to_owned).collect())
        .unwrap_or_default()
}

/// Takes serde's "unknown field `a`, expected one of `b`, `c`" apart: the key, and those that are known in its place.
pub(super) fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let key = quoted.next()?;
    Some((key, quoted.collect()))
}
