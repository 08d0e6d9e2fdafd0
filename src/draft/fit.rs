//! Why the owner fits: the profile's strengths, as far as the messages of the process ask for them. No match, no claim.

use serde::Serialize;

use super::words::{Phrase, Stems};

/// What the letters may say about the owner.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// One sentence that is always true.
    pub summary: Option<String>,
    /// Strengths, the most telling first.
    pub strengths: Vec<Strength>,
}

/// Something the owner is good at.
#[derive(Clone, Debug, Default)]
pub struct Strength {
    /// What it is called.
    pub skill: String,
    /// The words that it answers.
    pub keywords: Vec<String>,
    /// One sentence that shows it.
    pub sentence: String,
}

/// A strength in a letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// What it is called.
    pub skill: String,
    /// The owner's sentence: in one letter of a panel only.
    pub sentence: Option<String>,
}

/// What one letter of a panel says of the owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dealt {
    /// Strengths.
    pub fit: Vec<Fit>,
    /// The general sentence.
    pub summary: Option<String>,
}

/// How many strengths the only letter of an interview names.
const MOST: usize = 2;

impl Profile {
    /// The part of it that is written in a language, `of` telling the language of a sentence where that can be told: the
    /// owner's words stand only in letters of their own language.
    #[must_use]
    pub fn in_language(&self, language: &str, of: impl Fn(&str) -> Option<String>) -> Self {
        let speaks = |text: &str| of(text).is_none_or(|l| l == language);
        let strengths = self.strengths.iter().filter(|s| speaks(&s.sentence)).cloned().collect();
        Self { summary: self.summary.clone().filter(|s| speaks(s)), strengths }
    }

    /// What the letter at `place` of `panel` letters says, where the position asks for `asks`. Each of the owner's sentences
    /// stands in one letter of a panel.
    pub fn deal(&self, asks: &[&str], language: &str, place: usize, panel: usize) -> Dealt {
        let summary = self.summary.clone().filter(|_| place == 0);
        let found = self.matching(asks, &Stems::new(language));
        if found.is_empty() {
            return Dealt { fit: Vec::new(), summary };
        }
        let count = if panel > 1 { 1 } else { MOST.min(found.len()) };
        let fit = (place..place + count).map(|nth| {
            let strength = found[nth % found.len()];
            let sentence = (nth < found.len()).then(|| strength.sentence.clone());
            Fit { skill: strength.skill.clone(), sentence }
        });
        Dealt { fit: fit.collect(), summary }
    }

    /// The strengths that are asked for: those asked for most often first, else in the profile's order.
    fn matching(&self, asks: &[&str], stems: &Stems) -> Vec<&Strength> {
        let asks: Vec<Phrase> = asks.iter().map(|ask| stems.phrase(ask)).collect();
        let hits = |strength: &Strength| {
            let named = strength.keywords.iter().chain([&strength.skill]);
            let keywords: Vec<Phrase> = named.map(|keyword| stems.phrase(keyword)).collect();
            asks.iter().filter(|ask| keywords.iter().any(|k| ask.names(k))).count()
        };
        let mut found: Vec<(usize, &Strength)> =
            self.strengths.iter().map(|s| (hits(s), s)).filter(|(hits, _)| *hits > 0).collect();
        found.sort_by_key(|(hits, _)| std::cmp::Reverse(*hits));
        found.into_iter().map(|(_, strength)| strength).collect()
    }
}
