//! The shape of a language's file.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::extract::{cues, times};

/// The shape of one file. A list that a language has no words for may be left out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub interview: Vec<String>,
    pub hiring: Vec<String>,
    pub job: Vec<String>,
    pub breaks: Vec<String>,
    pub thanks: Vec<String>,
    pub other: BTreeMap<String, Vec<String>>,
    pub people: People,
    pub roles: Roles,
    pub company: Company,
    pub medium: Medium,
    pub times: times::File,
    pub cues: cues::File,
    pub offers: Vec<String>,
    pub hold: Vec<String>,
    pub maybe: BTreeMap<String, Vec<String>>,
    pub talk: Talk,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct People {
    pub interviewers: Vec<String>,
    pub departments: Vec<String>,
    pub arranges_self: Vec<String>,
    pub to_candidate: Vec<String>,
    pub internal: Vec<String>,
    pub talks: Vec<String>,
    pub contact: Vec<String>,
    pub owner_interviews: Vec<String>,
    pub candidate: Vec<String>,
    pub arranges: Vec<String>,
    pub takes_part: Vec<String>,
    pub no_names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Talk {
    pub asks: Vec<String>,
    pub tour: Vec<String>,
    pub cut_short: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Roles {
    pub noun_first: bool,
    pub before: Vec<String>,
    pub stops: Vec<String>,
    pub tail_stops: Vec<String>,
    pub articles: Vec<String>,
    pub stages: Vec<String>,
    pub nouns: Vec<String>,
    pub suffixes: Vec<String>,
    pub levels: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Company {
    pub at: Vec<String>,
    pub kinds: Vec<String>,
    pub legal_forms: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Medium {
    pub phone: Vec<String>,
    pub video: Vec<String>,
    pub onsite: Vec<String>,
}
