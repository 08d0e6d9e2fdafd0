//! The words of a letter: a template of the owner's style, in the conversation's language, filled in with facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Serde, Value};

use super::Error;
use super::examples;
use super::facts::Facts;
use super::fit::Profile;
use super::proofread;
use super::spelling::{Speller, Spelling};
use super::templates::{PLAIN, Refused, Templates, WORDS};
use crate::extract::lexicon::{ENGLISH, fold};

/// A letter as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Its text, one paragraph a line.
    pub body: String,
}

/// The templates in the owner's style, and the owner's profile.
#[derive(Clone, Debug)]
pub struct Letters {
    templates: Templates,
    style: String,
    profile: Profile,
    /// Words that tell a language from the others, by language.
    common: BTreeMap<String, Vec<String>>,
    /// Whether a template is the owner's own.
    own: bool,
    speller: Option<Arc<dyn Speller>>,
}

impl Letters {
    /// The embedded templates, with `files` (`STYLE/LANGUAGE/KIND.txt` and text) in their place where the names are the
    /// same; and those of them that do not work, which the embedded ones stand in for.
    pub fn new(
        files: &BTreeMap<String, String>,
        style: &str,
        profile: Profile,
    ) -> (Self, Vec<Refused>) {
        let (templates, mut refused) = Templates::new(files);
        let common = |templates: &Templates| {
            let languages = templates.languages().into_iter();
            languages.map(|l| (l.to_owned(), templates.list(l, "common"))).collect()
        };
        let mut letters = Self {
            common: common(&templates),
            templates,
            style: style.to_owned(),
            profile,
            own: !files.is_empty(),
            speller: None,
        };
        refused.extend(letters.try_out(files));
        letters.common = common(&letters.templates);
        (letters, refused)
    }

    /// The same letters, with somebody who knows how words are spelled.
    #[must_use]
    pub fn with_speller(self, speller: Arc<dyn Speller>) -> Self {
        Self { speller: Some(speller), ..self }
    }

    /// Fills the owner's templates in with examples, and gives up those with which that does not work.
    fn try_out(&mut self, files: &BTreeMap<String, String>) -> Vec<Refused> {
        let mut refused: Vec<Refused> = Vec::new();
        // The words first: every template of their language rests on them.
        let (words, letters): (Vec<&String>, Vec<&String>) =
            files.keys().partition(|n| n.ends_with(WORDS));
        for name in words.into_iter().chain(letters) {
            let Err(error) = self.fills_in(name) else { continue };
            self.templates.give_up(name);
            if !refused.contains(&error) {
                refused.push(error);
            }
        }
        refused
    }

    /// Whether a template works with every example; words, whether each letter that rests on them does.
    fn fills_in(&self, name: &str) -> Result<(), Refused> {
        let folder = name.strip_suffix(WORDS);
        let names = self.templates.names().filter(|n| match folder {
            Some(folder) => n.starts_with(folder) && !n.ends_with(WORDS),
            None => *n == name,
        });
        for name in names {
            for facts in examples::all() {
                let text = self.templates.render(name, &Value::from(Serde(&facts)))?;
                split(&text).ok_or_else(|| no_subject(name))?;
            }
        }
        Ok(())
    }

    /// Whether there are templates of this style.
    pub fn has_style(&self, style: &str) -> bool {
        self.templates.has_style(style)
    }

    /// Every style that there is.
    pub fn styles(&self) -> Vec<String> {
        self.templates.styles().into_iter().map(str::to_owned).collect()
    }

    /// The same letters in another style.
    #[must_use]
    pub fn in_style(&self, style: &str) -> Self {
        Self { style: style.to_owned(), ..self.clone() }
    }

    /// Every style, language and kind that there is a template for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.names()
    }

    /// The language that a letter is written in, where the conversation is in `wanted`.
    pub fn language<'a>(&self, wanted: &'a str) -> &'a str {
        let there = self.templates.find(&self.style, wanted, "thanks").is_some();
        if there { wanted } else { ENGLISH }
    }

    /// What of the profile may stand in a letter of this language.
    pub fn profile(&self, language: &str) -> Profile {
        self.profile.in_language(language, |text| self.language_of(text).map(str::to_owned))
    }

    /// The language of a sentence, by its most common words; `None` where no language has more of them than the others.
    pub fn language_of(&self, text: &str) -> Option<&str> {
        let folded = fold(text);
        let words: Vec<&str> = folded.split(|c: char| !c.is_alphabetic()).collect();
        let count =
            |common: &[String]| words.iter().filter(|w| common.iter().any(|c| c == *w)).count();
        let mut counts: Vec<(usize, &str)> =
            self.common.iter().map(|(l, common)| (count(common), l.as_str())).collect();
        counts.sort_unstable();
        match counts.as_slice() {
            [.., (second, _), (first, language)] => (first > second).then_some(*language),
            _ => None,
        }
    }

    /// What is spelled wrong in a letter, one line each: in the owner's sentences, and in a template of theirs.
    pub fn misspellings(&self, letter: &Letter, language: &str, facts: &Facts) -> Vec<String> {
        let Some(speller) = self.speller.as_deref() else { return Vec::new() };
        let known = || self.known().chain(proofread::names(facts));
        let wrong = |text: &str, language: &str| {
            Spelling::new(speller, language, known()).misspelled(text).map(unknown_word)
        };
        let mut out: Vec<String> = Vec::new();
        let mut rest = letter.body.clone();
        for text in proofread::owners(facts) {
            rest = rest.replace(text, "");
            let own = self.language_of(text).unwrap_or(language);
            out.extend(wrong(text, own).map(|what| format!("in \u{201c}{text}\u{201d}: {what}")));
        }
        if self.own {
            out.extend(wrong(&rest, language));
        }
        out
    }

    /// What is spelled wrong in a sentence of the profile.
    pub fn misspelling(&self, text: &str) -> Option<String> {
        let speller = self.speller.as_deref()?;
        let spelling = Spelling::new(speller, self.language_of(text)?, self.known());
        spelling.misspelled(text).map(unknown_word)
    }

    /// Skills and the words that they answer: the owner knows how to write them.
    fn known(&self) -> impl Iterator<Item = &str> {
        let strengths = self.profile.strengths.iter();
        strengths.flat_map(|s| s.keywords.iter().chain([&s.skill])).map(String::as_str)
    }

    /// The languages that letters can be written in.
    pub fn languages(&self) -> Vec<String> {
        self.templates.languages().into_iter().map(str::to_owned).collect()
    }

    /// Writes a letter of a kind (`thanks`, `pass-on`, `check-in`, `call`) in a language that there are templates for.
    pub fn write(&self, kind: &str, language: &str, facts: &Facts) -> Result<Letter, Error> {
        let name = self.templates.find(&self.style, language, kind);
        let name = name.or_else(|| self.templates.find(&self.style, ENGLISH, kind));
        let name = name.unwrap_or_else(|| format!("{PLAIN}/{ENGLISH}/{kind}.txt"));
        self.filled_in(&name, facts)
    }

    /// A template (`STYLE/LANGUAGE/KIND.txt`) filled in.
    pub fn filled_in(&self, name: &str, facts: &Facts) -> Result<Letter, Error> {
        let text = self.templates.render(name, &Value::from(Serde(facts)))?;
        Ok(split(&text).ok_or_else(|| no_subject(name))?)
    }
}

fn unknown_word(word: &str) -> String {
    format!("`{word}` is in no dictionary")
}

fn no_subject(name: &str) -> Refused {
    let reason = "it does not begin with `Subject: ` and an empty line".to_owned();
    Refused { name: name.to_owned(), line: Some(1), reason }
}

/// Subject and body. A line break alone is only how the template is written: a paragraph becomes one line, its sentences one
/// blank apart. The last paragraph is the closing, whose lines stay.
fn split(text: &str) -> Option<Letter> {
    let (head, body) = text.trim_start().split_once("\n\n")?;
    let subject = one_line(head.strip_prefix("Subject:")?);
    let mut paragraphs: Vec<Vec<String>> = vec![Vec::new()];
    for line in body.lines().map(one_line) {
        match paragraphs.last_mut() {
            Some(paragraph) if !line.is_empty() => paragraph.push(line),
            Some(paragraph) if !paragraph.is_empty() => paragraphs.push(Vec::new()),
            _ => {}
        }
    }
    paragraphs.retain(|p| !p.is_empty());
    let closing = paragraphs.pop()?;
    let mut out: Vec<String> = paragraphs.into_iter().map(|p| p.join(" ")).collect();
    out.push(closing.join("\n"));
    Some(Letter { subject, body: out.join("\n\n") + "\n" }).filter(|l| !l.subject.is_empty())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
