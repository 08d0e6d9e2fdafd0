//! The words that verdicts rest on, one TOML file a language; embedded, and replaceable by files of the owner's.

mod file;

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;

use file::File;

use super::times;

/// The files that come with the program: language and text.
const EMBEDDED: [(&str, &str); 22] = [
    ("cs", include_str!("../../config/lexicon/cs.toml")),
    ("da", include_str!("../../config/lexicon/da.toml")),
    ("de", include_str!("../../config/lexicon/de.toml")),
    ("el", include_str!("../../config/lexicon/el.toml")),
    ("en", include_str!("../../config/lexicon/en.toml")),
    ("es", include_str!("../../config/lexicon/es.toml")),
    ("fi", include_str!("../../config/lexicon/fi.toml")),
    ("fr", include_str!("../../config/lexicon/fr.toml")),
    ("hu", include_str!("../../config/lexicon/hu.toml")),
    ("it", include_str!("../../config/lexicon/it.toml")),
    ("ja", include_str!("../../config/lexicon/ja.toml")),
    ("ko", include_str!("../../config/lexicon/ko.toml")),
    ("nb", include_str!("../../config/lexicon/nb.toml")),
    ("nl", include_str!("../../config/lexicon/nl.toml")),
    ("pl", include_str!("../../config/lexicon/pl.toml")),
    ("pt", include_str!("../../config/lexicon/pt.toml")),
    ("ro", include_str!("../../config/lexicon/ro.toml")),
    ("ru", include_str!("../../config/lexicon/ru.toml")),
    ("sv", include_str!("../../config/lexicon/sv.toml")),
    ("tr", include_str!("../../config/lexicon/tr.toml")),
    ("uk", include_str!("../../config/lexicon/uk.toml")),
    ("zh", include_str!("../../config/lexicon/zh.toml")),
];

/// What a term of a lexicon says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// Speaks of a job interview by itself.
    Interview,
    /// Often stands in an invitation to one.
    Hiring,
    /// What an application is for.
    Job,
    /// Parts of a day that are no conversation.
    Break,
    /// What one writes only after a conversation.
    Thanks,
    /// It is something else: the place of the reason in [`Lexicon::reasons`].
    Other(u8),
    /// The owner sits on the other side of the table.
    OwnerInterviews,
    /// Stands before the candidate's name.
    Candidate,
    /// Somebody only arranges.
    Arranges,
    /// The writer takes part.
    TakesPart,
    /// By phone.
    Phone,
    /// By video.
    Video,
    /// In person.
    Onsite,
    /// Stands before a position's name.
    BeforeRole,
    /// Stands before the names of those whom the owner will talk with.
    Interviewers,
    /// Offers times, of which none is settled.
    Offers,
    /// Keeps a time free, in a title: nothing is settled yet.
    Hold,
    /// The writer says that they only arrange it.
    ArrangesSelf,
    /// Speaks to the owner as the candidate.
    ToCandidate,
    /// It may be something else: as [`List::Other`], of words that interviews have as well.
    Maybe(u8),
    /// Applies within the house.
    Internal,
    /// Stands behind the names of those whom the owner will talk with.
    Talks,
    /// Stands before whom a candidate would write to.
    Contact,
    /// Says what a position asks for.
    Asks,
    /// Somebody is shown something on site.
    Tour,
    /// A conversation ended early.
    CutShort,
}

/// The words of all languages together: mail rarely says what language it is in, and often mixes two.
#[derive(Clone, Debug)]
pub struct Lexicon {
    /// The reasons why something is no interview of the owner's, as [`List::Other`] counts them.
    pub reasons: Vec<String>,
    /// Words that a position's name does not go on with, lower case.
    pub role_stops: BTreeSet<String>,
    /// Words in small letters that tell no more of a position, lower case.
    pub tail_stops: BTreeSet<String>,
    /// Words that say which meeting it is, lower case.
    pub stages: BTreeSet<String>,
    /// Articles and the like before a position's name, lower case.
    pub articles: BTreeSet<String>,
    /// Words of what somebody does, lower case.
    pub departments: BTreeSet<String>,
    /// What may follow the noun, lower case.
    pub role_levels: BTreeSet<String>,
    /// Stands before a company's name.
    pub at: BTreeSet<String>,
    /// Legal forms, lower case.
    pub legal_forms: BTreeSet<String>,
    /// Nouns that the names of houses begin with ("Hospital", "École"), lower case.
    pub house_kinds: BTreeSet<String>,
    /// Words with a capital that are no names of people, lower case.
    pub no_names: BTreeSet<String>,
    /// Dates and times.
    pub times: times::Words,
    role_nouns: BTreeSet<String>,
    /// Those behind which what tells more of them follows.
    leading_nouns: BTreeSet<String>,
    role_suffixes: Vec<String>,
    languages: Vec<String>,
    terms: Vec<Term>,
    automaton: AhoCorasick,
}

/// One word or phrase.
#[derive(Clone, Debug)]
struct Term {
    text: String,
    list: List,
    language: u8,
    open_start: bool,
    open_end: bool,
}

/// A place where a term stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What it says.
    pub list: List,
    /// Where it begins in the folded text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The language whose term it is, by its place in the lexicon.
    pub language: u8,
    term: u16,
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
    /// The language and the parser's words for a file that cannot be read; more terms than can be searched together.
    pub fn with_files(files: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut texts: BTreeMap<&str, &str> = EMBEDDED.into_iter().collect();
        texts.extend(files.iter().map(|(language, text)| (language.as_str(), text.as_str())));
        let mut words = Words::default();
        for (language, text) in texts {
            let file: File =
                toml::from_str(text).map_err(|e| format!("lexicon `{language}.toml`: {e}"))?;
            words.add(language, file)?;
        }
        words.build()
    }

    /// Every place where a term stands in `folded` text (see [`fold`]), in one pass over it.
    pub fn scan(&self, folded: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        for found in self.automaton.find_overlapping_iter(folded) {
            let (start, end) = (found.start(), found.end());
            let number = found.pattern().as_usize();
            let (Some(term), Ok(number)) = (self.terms.get(number), u16::try_from(number)) else {
                continue;
            };
            if hits.len() < MAX_HITS && term.stands_alone(folded, start, end) {
                hits.push(Hit {
                    list: term.list,
                    start,
                    end,
                    term: number,
                    language: term.language,
                });
            }
        }
        hits
    }

    /// Whether a term of that list stands in `folded` text.
    pub fn says(&self, list: List, folded: &str) -> bool {
        self.scan(folded).iter().any(|hit| hit.list == list)
    }

    /// Whether a word, lower case, is the noun of a position's name, or ends like one.
    pub fn is_role_word(&self, lower: &str) -> bool {
        let ends = |s: &String| lower.len() > s.len() + 2 && lower.ends_with(s.as_str());
        self.role_nouns.contains(lower) || self.role_suffixes.iter().any(ends)
    }

    /// Whether what tells more of a position follows this noun, lower case, in small letters: "técnico", not "nurse".
    pub fn leads_role(&self, lower: &str) -> bool {
        self.leading_nouns.contains(lower)
    }

    /// Whether `folded` text is a term of that list and nothing else.
    pub fn is(&self, list: List, folded: &str) -> bool {
        let whole = (0, folded.len());
        self.scan(folded).iter().any(|hit| hit.list == list && (hit.start, hit.end) == whole)
    }

    /// Whether a lower-case word is a noun that a position's name ends in (or begins with: "Responsable de ...").
    pub fn is_role_noun(&self, word: &str) -> bool {
        let ends =
            |suffix: &String| word.len() > suffix.len() + 2 && word.ends_with(suffix.as_str());
        let bare = word.rsplit(['/', '-', '\'']).next().unwrap_or(word);
        [word, bare].iter().any(|w| self.role_nouns.contains(*w))
            || self.role_suffixes.iter().any(ends)
    }

    /// The language whose words stand most often in what was scanned; English where none is ahead of it, since other
    /// languages borrow from it.
    pub fn language<'h>(&self, hits: impl Iterator<Item = &'h Hit>) -> String {
        let telling = |hit: &&Hit| {
            use List::{Hiring, Interview, Job, Onsite, TakesPart};
            matches!(hit.list, Interview | Hiring | Job | TakesPart | Onsite)
        };
        let terms: BTreeSet<(u8, u16)> =
            hits.filter(telling).map(|hit| (hit.language, hit.term)).collect();
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for (language, _) in terms {
            let name = self.languages.get(usize::from(language)).map_or(ENGLISH, String::as_str);
            *found.entry(name).or_default() += 1;
        }
        let english = found.get(ENGLISH).copied().unwrap_or(0);
        let most = found.into_iter().filter(|(_, n)| *n > english).max_by_key(|(_, n)| *n);
        most.map_or(ENGLISH, |(language, _)| language).to_owned()
    }
}

/// How many places of one text are noted.
const MAX_HITS: usize = 20_000;

/// The language that letters are written in.
pub const ENGLISH: &str = "en";

/// The files' words, before they can be searched for.
#[derive(Default)]
struct Words {
    reasons: Vec<String>,
    languages: Vec<String>,
    terms: Vec<Term>,
    role_nouns: BTreeSet<String>,
    leading_nouns: BTreeSet<String>,
    role_suffixes: Vec<String>,
    role_levels: BTreeSet<String>,
    role_stops: BTreeSet<String>,
    tail_stops: BTreeSet<String>,
    stages: BTreeSet<String>,
    articles: BTreeSet<String>,
    departments: BTreeSet<String>,
    at: BTreeSet<String>,
    legal_forms: BTreeSet<String>,
    house_kinds: BTreeSet<String>,
    no_names: BTreeSet<String>,
    times: times::Words,
}

impl Words {
    fn add(&mut self, language: &str, file: File) -> Result<(), String> {
        let number = u8::try_from(self.languages.len()).map_err(|_| "too many languages")?;
        self.languages.push(language.to_owned());
        let lists = [
            (List::Interview, file.interview),
            (List::Hiring, file.hiring),
            (List::Job, file.job),
            (List::Break, file.breaks),
            (List::Thanks, file.thanks),
            (List::OwnerInterviews, file.people.owner_interviews),
            (List::Candidate, file.people.candidate),
            (List::Arranges, file.people.arranges),
            (List::TakesPart, file.people.takes_part),
            (List::Phone, file.medium.phone),
            (List::Video, file.medium.video),
            (List::Onsite, file.medium.onsite),
            (List::BeforeRole, file.roles.before),
            (List::Interviewers, file.people.interviewers),
            (List::Offers, file.offers),
            (List::Hold, file.hold),
            (List::ArrangesSelf, file.people.arranges_self),
            (List::ToCandidate, file.people.to_candidate),
            (List::Internal, file.people.internal),
            (List::Talks, file.people.talks),
            (List::Contact, file.people.contact),
            (List::Asks, file.talk.asks),
            (List::Tour, file.talk.tour),
            (List::CutShort, file.talk.cut_short),
        ];
        for (list, words) in lists {
            self.terms.extend(words.iter().map(|word| Term::new(number, list, word)));
        }
        for (reason, words) in file.other {
            let list = List::Other(self.reason(reason)?);
            self.terms.extend(words.iter().map(|word| Term::new(number, list, word)));
        }
        for (reason, words) in file.maybe {
            let list = List::Maybe(self.reason(reason)?);
            self.terms.extend(words.iter().map(|word| Term::new(number, list, word)));
        }
        let lower = |words: Vec<String>| words.into_iter().map(|w| w.to_lowercase());
        let nouns: Vec<String> = lower(file.roles.nouns).collect();
        if file.roles.noun_first {
            self.leading_nouns.extend(nouns.iter().cloned());
        }
        self.role_nouns.extend(nouns);
        self.role_suffixes.extend(lower(file.roles.suffixes));
        self.role_levels.extend(lower(file.roles.levels));
        self.role_stops.extend(lower(file.roles.stops));
        self.tail_stops.extend(lower(file.roles.tail_stops));
        self.articles.extend(lower(file.roles.articles));
        self.stages.extend(lower(file.roles.stages));
        self.departments.extend(lower(file.people.departments));
        self.at.extend(lower(file.company.at));
        self.legal_forms.extend(lower(file.company.legal_forms));
        self.house_kinds.extend(lower(file.company.kinds));
        self.no_names.extend(lower(file.people.no_names));
        self.times.add(language, &file.times, &file.cues);
        Ok(())
    }

    /// The number of a reason.
    fn reason(&mut self, reason: String) -> Result<u8, String> {
        let known = self.reasons.iter().position(|r| *r == reason);
        let number = known.unwrap_or(self.reasons.len());
        if known.is_none() {
            self.reasons.push(reason);
        }
        u8::try_from(number).map_err(|_| "lexicon: more than 256 reasons".to_owned())
    }

    fn build(mut self) -> Result<Lexicon, String> {
        self.terms.retain(|term| !term.text.is_empty());
        if self.terms.len() > usize::from(u16::MAX) {
            return Err(format!("lexicon: more than {} terms", u16::MAX));
        }
        let automaton = AhoCorasick::new(self.terms.iter().map(|term| &term.text))
            .map_err(|e| format!("lexicon: {e}"))?;
        Ok(Lexicon {
            reasons: self.reasons,
            role_nouns: self.role_nouns,
            leading_nouns: self.leading_nouns,
            role_suffixes: self.role_suffixes,
            role_levels: self.role_levels,
            role_stops: self.role_stops,
            tail_stops: self.tail_stops,
            stages: self.stages,
            articles: self.articles,
            departments: self.departments,
            at: self.at,
            legal_forms: self.legal_forms,
            house_kinds: self.house_kinds,
            no_names: self.no_names,
            times: self.times,
            languages: self.languages,
            terms: self.terms,
            automaton,
        })
    }
}

impl Term {
    fn new(language: u8, list: List, word: &str) -> Self {
        let bare = word.strip_suffix('*').unwrap_or(word);
        let text = fold(bare.strip_prefix('*').unwrap_or(bare));
        Self {
            text,
            list,
            language,
            open_start: word.starts_with('*'),
            open_end: word.ends_with('*'),
        }
    }

    fn stands_alone(&self, folded: &str, start: usize, end: usize) -> bool {
        let before = || folded[..start].chars().next_back();
        let after = || folded[end..].chars().next();
        let free_before = self.open_start || !joined(before(), self.text.chars().next());
        free_before && (self.open_end || !joined(self.text.chars().next_back(), after()))
    }
}

/// Whether two neighbouring characters belong to one word. Scripts written without spaces have no such neighbours.
fn joined(a: Option<char>, b: Option<char>) -> bool {
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
    in_word(a) && in_word(b)
}

/// Han, Hiragana, Katakana and Hangul: words without spaces between them.
pub fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// Text as terms are looked for in it: lower case, typographic quotes and dashes plain, white space one blank.
pub fn fold(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    plain_into(text, &mut plain);
    lower(&plain)
}

/// Text with typographic quotes and dashes plain and white space as one blank, onto the end of such a text.
pub fn plain_into(text: &str, out: &mut String) {
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        blank = false;
        match c {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' => out.push('\''),
            '\u{2010}'..='\u{2015}' => out.push('-'),
            c => out.push(c),
        }
    }
    if blank && text.ends_with(' ') && !out.is_empty() {
        out.push(' ');
    }
}

/// Lower case, byte for byte: a letter whose small one takes another number of bytes stays as it is.
pub fn lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let mut small = c.to_lowercase();
        match (small.next(), small.next()) {
            _ if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            (Some(l), None) if l.len_utf8() == c.len_utf8() => out.push(l),
            _ => out.push(c),
        }
    }
    out
}
