//! Spelling: words of the owner's that no dictionary of their language has. Our own words are looked at by the tests.
//!
//! A false alarm costs a star on a good letter, so a word counts as wrong only where nothing speaks for it: no dictionary of
//! its language or of English has it, it is no name that the letter knows, and it is not written like a name.

use std::collections::BTreeSet;
use std::fmt;

use crate::extract::lexicon::{ENGLISH, fold};

/// How many words of a text are looked at.
const MAX_WORDS: usize = 500;
/// The longest word that is looked at, in characters.
const MAX_WORD: usize = 40;
/// Where every noun has a capital: there a capital makes no name.
const CAPITAL_NOUNS: &str = "de";

/// Words that are right, and that the usual dictionaries lack.
const RIGHT: [&str; 5] = ["wiederhören", "videollamada", "videochiamata", "eén", "onboarding"];

/// Knows how words are spelled.
pub trait Speller: fmt::Debug + Send + Sync {
    /// Whether a word is right in a language (`en`); `None` where nobody knows that language.
    fn knows(&self, language: &str, word: &str) -> Option<bool>;
}

/// What the words of a text are held against.
pub struct Spelling<'a> {
    speller: &'a dyn Speller,
    language: &'a str,
    /// Words of names and skills, folded.
    known: BTreeSet<String>,
}

impl<'a> Spelling<'a> {
    /// For texts of a language, in which the words of `known` are right.
    pub fn new<'k>(
        speller: &'a dyn Speller,
        language: &'a str,
        known: impl Iterator<Item = &'k str>,
    ) -> Self {
        let parts = |text: &'k str| text.split(|c: char| !c.is_alphanumeric()).map(fold);
        Self { speller, language, known: known.flat_map(parts).collect() }
    }

    /// The first word of a text that is spelled wrong.
    pub fn misspelled<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut begins = true;
        for token in text.split_whitespace().take(MAX_WORDS) {
            let word = token.trim_matches(|c: char| !c.is_alphabetic());
            if is_plain(token, word) && !self.is_name(word, begins) && !self.is_right(word) {
                return Some(word);
            }
            begins = token.ends_with(['.', '!', '?', ':', '“', '„', '«', '"', '–', '-', '(']);
        }
        None
    }

    /// Whether it is written like a name: with a capital where the language has none, or capitals inside (`GmbH`, `SQL`).
    fn is_name(&self, word: &str, begins: bool) -> bool {
        let inside = word.chars().skip(1).any(char::is_uppercase);
        let capital = word.starts_with(char::is_uppercase);
        inside || (capital && !begins && self.language != CAPITAL_NOUNS)
    }

    fn is_right(&self, word: &str) -> bool {
        let word = word.replace(['\u{2019}', '\u{2bc}'], "'");
        if self.is_known(&word) {
            return true;
        }
        // "Sommer-Aushilfe", "l'équipe", "Quillstone's"; "'s" alone is no word.
        let mut parts = word.split(['-', '\'']).filter(|part| part.chars().count() > 1);
        word.contains(['-', '\'']) && parts.all(|part| self.is_known(part))
    }

    fn is_known(&self, word: &str) -> bool {
        let folded = fold(word);
        self.known.contains(&folded)
            || RIGHT.contains(&folded.as_str())
            || self.speller.knows(self.language, word) != Some(false)
            || self.speller.knows(ENGLISH, word) == Some(true)
    }
}

/// Whether it is a word and no address, number or sign.
fn is_plain(token: &str, word: &str) -> bool {
    let length = word.chars().count();
    (2..=MAX_WORD).contains(&length)
        && !token.contains(|c: char| c.is_numeric() || "@/\\&_+#".contains(c))
        && word.chars().all(|c| c.is_alphabetic() || "'\u{2019}\u{2bc}-".contains(c))
}
