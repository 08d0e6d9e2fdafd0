//! The words that verdicts rest on, one TOML file a language; embedded, and replaceable by files of the owner's.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The files that come with the program: language and text.
const EMBEDDED: [(&str, &str); 10] = [
    ("de", include_str!("../../config/lexicon/de.toml")),
    ("en", include_str!("../../config/lexicon/en.toml")),
    ("es", include_str!("../../config/lexicon/es.toml")),
    ("fr", include_str!("../../config/lexicon/fr.toml")),
    ("it", include_str!("../../config/lexicon/it.toml")),
    ("ja", include_str!("../../config/lexicon/ja.toml")),
    ("nl", include_str!("../../config/lexicon/nl.toml")),
    ("pl", include_str!("../../config/lexicon/pl.toml")),
    ("pt", include_str!("../../config/lexicon/pt.toml")),
    ("sv", include_str!("../../config/lexicon/sv.toml")),
];

/// The words of all languages together: mail rarely says what language it is in, and often mixes two.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// Speaks of a job interview by itself.
    pub interview: Vec<Term>,
    /// Often stands in an invitation to one.
    pub hiring: Vec<Term>,
    /// What an application is for.
    pub job: Vec<Term>,
    /// Parts of a day that are no conversation.
    pub breaks: Vec<Term>,
    /// The reason why it is something else, and its words.
    pub other: BTreeMap<String, Vec<Term>>,
    /// The owner sits on the other side of the table.
    pub owner_interviews: Vec<Term>,
    /// Stands before the candidate's name.
    pub candidate: Vec<Term>,
    /// Somebody only arranges.
    pub arranges: Vec<Term>,
    /// The writer takes part.
    pub takes_part: Vec<Term>,
    /// Nouns at the end of a position's name, lower case.
    pub role_nouns: Vec<String>,
    /// Endings of such nouns, lower case.
    pub role_suffixes: Vec<String>,
    /// What may follow the noun, lower case.
    pub role_levels: Vec<String>,
    /// Stands before a company's name.
    pub at: Vec<String>,
    /// Legal forms, lower case.
    pub legal_forms: Vec<String>,
    /// By phone.
    pub phone: Vec<Term>,
    /// By video.
    pub video: Vec<Term>,
    /// In person.
    pub onsite: Vec<Term>,
}

/// The shape of one file. A list that a language has no words for may be left out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    interview: Vec<String>,
    hiring: Vec<String>,
    job: Vec<String>,
    breaks: Vec<String>,
    other: BTreeMap<String, Vec<String>>,
    people: People,
    roles: Roles,
    company: Company,
    medium: Medium,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct People {
    owner_interviews: Vec<String>,
    candidate: Vec<String>,
    arranges: Vec<String>,
    takes_part: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Roles {
    nouns: Vec<String>,
    suffixes: Vec<String>,
    levels: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Company {
    at: Vec<String>,
    legal_forms: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Medium {
    phone: Vec<String>,
    video: Vec<String>,
    onsite: Vec<String>,
}

impl Lexicon {
    /// The embedded words.
    ///
    /// # Panics
    /// Never: the embedded files are read by a test.
    pub fn embedded() -> Self {
        Self::with_files(&BTreeMap::new()).expect("the embedded lexicon is valid: a test reads it")
    }

    /// The embedded words, with `files` (language and TOML text) in place of or besides them.
    ///
    /// # Errors
    /// The language and the parser's words for a file that cannot be read.
    pub fn with_files(files: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut texts: BTreeMap<&str, &str> = EMBEDDED.into_iter().collect();
        texts.extend(files.iter().map(|(language, text)| (language.as_str(), text.as_str())));
        let mut lexicon = Self::default();
        for (language, text) in texts {
            let file: File =
                toml::from_str(text).map_err(|e| format!("lexicon `{language}.toml`: {e}"))?;
            lexicon.add(language, file);
        }
        Ok(lexicon)
    }

    fn add(&mut self, language: &str, file: File) {
        let terms = |words: Vec<String>| words.into_iter().map(|w| Term::new(language, &w));
        let lower = |words: Vec<String>| words.into_iter().map(|w| w.to_lowercase());
        self.interview.extend(terms(file.interview));
        self.hiring.extend(terms(file.hiring));
        self.job.extend(terms(file.job));
        self.breaks.extend(terms(file.breaks));
        for (reason, words) in file.other {
            self.other.entry(reason).or_default().extend(terms(words));
        }
        self.owner_interviews.extend(terms(file.people.owner_interviews));
        self.candidate.extend(terms(file.people.candidate));
        self.arranges.extend(terms(file.people.arranges));
        self.takes_part.extend(terms(file.people.takes_part));
        self.role_nouns.extend(lower(file.roles.nouns));
        self.role_suffixes.extend(lower(file.roles.suffixes));
        self.role_levels.extend(lower(file.roles.levels));
        self.at.extend(lower(file.company.at));
        self.legal_forms.extend(lower(file.company.legal_forms));
        self.phone.extend(terms(file.medium.phone));
        self.video.extend(terms(file.medium.video));
        self.onsite.extend(terms(file.medium.onsite));
    }
}

impl Lexicon {
    /// The language whose words stand most often in folded texts; English where none is ahead of it, since other languages
    /// borrow from it.
    pub fn language<'t>(&self, texts: impl Iterator<Item = &'t str>) -> String {
        let texts: Vec<&str> = texts.collect();
        let lists = [&self.interview, &self.hiring, &self.job, &self.takes_part, &self.onsite];
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for term in lists.into_iter().flatten() {
            if texts.iter().any(|text| term.find(text).is_some()) {
                *found.entry(term.language.as_str()).or_default() += 1;
            }
        }
        let english = found.get(ENGLISH).copied().unwrap_or(0);
        let most = found.into_iter().filter(|(_, n)| *n > english).max_by_key(|(_, n)| *n);
        most.map_or(ENGLISH, |(language, _)| language).to_owned()
    }
}

/// The language that letters are written in.
pub const ENGLISH: &str = "en";

/// One word or phrase of a lexicon.
#[derive(Clone, Debug)]
pub struct Term {
    language: String,
    text: String,
    open_end: bool,
}

impl Term {
    fn new(language: &str, word: &str) -> Self {
        let open_end = word.ends_with('*');
        Self { language: language.to_owned(), text: fold(word.trim_end_matches('*')), open_end }
    }

    /// The first place where the term stands in `folded` text (see [`fold`]), as a byte range.
    pub fn find(&self, folded: &str) -> Option<(usize, usize)> {
        if self.text.is_empty() {
            return None;
        }
        folded
            .match_indices(&self.text)
            .map(|(start, _)| (start, start + self.text.len()))
            .find(|&(start, end)| self.stands_alone(folded, start, end))
    }

    fn stands_alone(&self, folded: &str, start: usize, end: usize) -> bool {
        let before = folded[..start].chars().next_back();
        let after = folded[end..].chars().next();
        let first = self.text.chars().next();
        let last = self.text.chars().next_back();
        let free_before = !joined(before, first);
        free_before && (self.open_end || !joined(last, after))
    }
}

/// Whether two neighbouring characters belong to one word. Scripts written without spaces have no such neighbours.
fn joined(a: Option<char>, b: Option<char>) -> bool {
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
    in_word(a) && in_word(b)
}

/// Han, Hiragana, Katakana and Hangul: words without spaces between them.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// Text as terms are looked for in it: lower case, typographic quotes and dashes plain, white space one blank.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() {
            out.push(' ');
        }
        blank = false;
        match c {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' => out.push('\''),
            '\u{2010}'..='\u{2015}' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    if blank && text.ends_with(' ') && !out.is_empty() {
        out.push(' ');
    }
    out
}
