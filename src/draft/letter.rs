//! The words of a letter: templates, and what they may know.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use minijinja::{Environment, UndefinedBehavior, context};

use super::Error;
use crate::address::Owner;
use crate::extract::{Medium, people};
use crate::follow_up::FollowUp;

/// The template that comes with the program.
const THANKS: (&str, &str) =
    ("thanks.en.txt", include_str!("../../config/templates/plain/thanks.en.txt"));

/// How many wordings the template has: so many letters of one interview differ in more than the name.
const VARIANTS: usize = 3;

/// What the letters may say about the owner.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// One sentence that is always true.
    pub summary: Option<String>,
}

/// A letter as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Its text, one paragraph a line.
    pub body: String,
}

/// The templates, ready.
#[derive(Clone, Debug)]
pub struct Letters {
    environment: Environment<'static>,
    profile: Profile,
}

impl Letters {
    /// The embedded templates, with `files` (file name and text) in their place where the names are the same.
    pub fn new(files: &BTreeMap<String, String>, profile: Profile) -> Result<Self, Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let text = files.get(THANKS.0).map_or(THANKS.1, String::as_str);
        environment
            .add_template_owned(THANKS.0, text.to_owned())
            .map_err(|e| failed(THANKS.0, &e))?;
        Ok(Self { environment, profile })
    }

    /// The letter of thanks.
    pub fn thanks(&self, follow_up: &FollowUp, owner: &Owner) -> Result<Letter, Error> {
        let interview = &follow_up.interview;
        let values = context! {
            owner => context! { name => &owner.name, phone => &owner.phone },
            greeting => greeting(follow_up),
            company => &interview.company,
            role => &interview.role,
            day => day(follow_up, &owner.time_zone),
            medium => interview.medium.map(|m| match m { Medium::Phone => "phone", Medium::Video => "video", Medium::Onsite => "onsite" }),
            sessions => follow_up.sessions.len(),
            summary => &self.profile.summary,
            variant => follow_up.place % VARIANTS,
        };
        let template = self.environment.get_template(THANKS.0).map_err(|e| failed(THANKS.0, &e))?;
        let text = template.render(values).map_err(|e| failed(THANKS.0, &e))?;
        split(&text).ok_or_else(|| Error::Template {
            name: THANKS.0.to_owned(),
            reason: "it does not begin with `Subject: ` and an empty line".to_owned(),
        })
    }
}

fn failed(name: &str, error: &minijinja::Error) -> Error {
    Error::Template { name: name.to_owned(), reason: error.to_string() }
}

/// Subject and body; spaces at the ends of lines and superfluous empty lines are gone.
fn split(text: &str) -> Option<Letter> {
    let (head, body) = text.trim_start().split_once("\n\n")?;
    let subject = head.strip_prefix("Subject:")?.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines: Vec<&str> = Vec::new();
    for line in body.trim().lines().map(str::trim_end) {
        if !(line.is_empty() && lines.last().is_some_and(|l| l.is_empty())) {
            lines.push(line);
        }
    }
    let body = lines.join("\n") + "\n";
    Some(Letter { subject, body })
}

/// How the person is addressed: by the first name where the invitation addresses the owner so, else by the full name. A
/// gender is never guessed.
fn greeting(follow_up: &FollowUp) -> Option<String> {
    let name = follow_up.person.name.as_deref()?;
    // Chinese, Japanese and Korean names begin with the family name.
    let western =
        !name.chars().any(|c| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'));
    let first =
        if follow_up.interview.first_names && western { people::first_name(name) } else { name };
    Some(first.to_owned())
}

/// The day of the conversation, in the owner's zone: "Thursday, March 12".
fn day(follow_up: &FollowUp, zone: &TimeZone) -> String {
    let last = follow_up.sessions.iter().map(|s| s.start).max().unwrap_or_default();
    last.to_zoned(zone.clone()).strftime("%A, %B %-d").to_string()
}
