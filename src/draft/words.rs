//! Comparing words in whatever form they stand: stems, spellings and names of the same thing.

use snowball_stemmers_rs::{Algorithm, Stemmer};

/// Names of the same thing, in lower case; a phrase is compared with the first of each group in place of the others.
const SAME: [&[&str]; 28] = [
    &["kubernetes", "k8s"],
    &["javascript", "js", "ecmascript"],
    &["typescript", "ts"],
    &["golang", "go language"],
    &["postgresql", "postgres"],
    &["nodejs", "node js"],
    &["machine learning", "ml"],
    &["artificial intelligence", "ai"],
    &["continuous integration", "ci", "cicd", "ci cd"],
    &["amazon web services", "aws"],
    &["google cloud", "gcp"],
    &["user experience", "ux"],
    &["quality assurance", "qa"],
    &["search engine optimization", "search engine optimisation", "seo"],
    &["customer relationship management", "crm"],
    &["customer service", "customer support", "customer care"],
    &["bookkeeping", "accounting", "accountancy"],
    &["forklift", "lift truck", "fork lift"],
    &[
        "driving licence",
        "driving license",
        "driver's license",
        "drivers license",
        "driver licence",
    ],
    &["wound care", "wound management", "dressing changes"],
    &["first aid", "basic life support"],
    &["elderly care", "geriatric care", "geriatrics", "care of the elderly", "aged care"],
    &["health and safety", "occupational safety", "hse"],
    &["carpentry", "joinery"],
    &["teaching", "instruction"],
    &["Altenpflege", "Seniorenpflege"],
    &["Führerschein", "Fahrerlaubnis"],
    &["Stapler", "Gabelstapler", "Staplerschein"],
];

/// Languages that write compounds as one word.
const COMPOUNDING: [&str; 3] = ["de", "nl", "sv"];
/// A stem of a compound's part has at least so many letters.
const LONG: usize = 5;

/// The stemmers of a language, and of English, which the names of skills are often in.
pub struct Stems {
    own: Stemmer,
    english: Stemmer,
    compounding: bool,
}

/// A text as words that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    words: Vec<Word>,
    compounding: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    written: String,
    own: String,
    english: String,
}

impl Stems {
    /// For a language by its code; English rules for one that has no stemmer.
    pub fn new(language: &str) -> Self {
        let own = match language {
            "de" => Algorithm::German,
            "es" => Algorithm::Spanish,
            "fr" => Algorithm::French,
            "it" => Algorithm::Italian,
            "nl" => Algorithm::Dutch,
            "pt" => Algorithm::Portuguese,
            "sv" => Algorithm::Swedish,
            _ => Algorithm::English,
        };
        Self {
            own: Stemmer::create(own),
            english: Stemmer::create(Algorithm::English),
            compounding: COMPOUNDING.contains(&language),
        }
    }

    /// A text, read.
    pub fn phrase(&self, text: &str) -> Phrase {
        let written = unified(&tokens(text));
        let word = |written: String| {
            let lower = written.to_lowercase();
            let own = self.own.stem(&lower).into_owned();
            let english = self.english.stem(&lower).into_owned();
            Word { written, own, english }
        };
        Phrase { words: written.into_iter().map(word).collect(), compounding: self.compounding }
    }
}

impl Phrase {
    /// Whether the words of `keyword` stand in it, one behind the other.
    pub fn names(&self, keyword: &Self) -> bool {
        let size = keyword.words.len();
        let same = |window: &[Word]| {
            window
                .iter()
                .zip(&keyword.words)
                .all(|(w, k)| w.is(k) || (self.compounding && w.holds(k)))
        };
        size > 0 && self.words.windows(size).any(same)
    }
}

impl Word {
    /// Very short names ("R", "C", "Go") are words of their own elsewhere: they have to be written the same.
    fn is(&self, other: &Self) -> bool {
        if self.written.chars().count() <= 2 || other.written.chars().count() <= 2 {
            return self.written == other.written;
        }
        self.own == other.own || self.english == other.english
    }

    /// Whether this compound is made of the other word: "Wundversorgung" of "Versorgung".
    fn holds(&self, part: &Self) -> bool {
        part.own.chars().count() >= LONG
            && (self.own.starts_with(&part.own) || self.own.ends_with(&part.own))
    }
}

/// Words with what belongs to a name ("C++", "C#", "Node.js" as "Nodejs").
fn tokens(text: &str) -> Vec<String> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '+' | '#' | '.' | '\'' | '’' | '&');
    text.split(|c: char| !inside(c))
        .map(|w| w.trim_matches(['.', '\'', '’', '&']).replace(['.', '’'], ""))
        .filter(|w| w.chars().any(char::is_alphanumeric))
        .collect()
}

/// Puts one name in place of its others.
fn unified(words: &[String]) -> Vec<String> {
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let other = SAME.iter().find_map(|group| {
            let name = group[1..].iter().find(|name| {
                let parts: Vec<String> = tokens(&name.to_lowercase());
                lower[at..].starts_with(&parts)
            })?;
            Some((group[0], tokens(name).len()))
        });
        if let Some((first, length)) = other {
            out.extend(tokens(first));
            at += length;
        } else {
            out.push(words[at].clone());
            at += 1;
        }
    }
    out
}

/// Whether `words` stand in a text as whole words; both are folded already.
pub fn whole_words(text: &str, words: &str) -> bool {
    let outside = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    text.match_indices(words).any(|(at, _)| {
        outside(text[..at].chars().next_back()) && outside(text[at + words.len()..].chars().next())
    })
}
