//! Names of people in running text.

use std::ops::Range;

use super::lexicon::Lexicon;
use super::people;

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Without titles, in its own spelling.
    pub text: String,
    /// Its bytes, its titles included.
    pub range: Range<usize>,
    /// Whether a title stands before it ("Herr", "Dr.").
    pub titled: bool,
}

impl Name {
    /// How many words it has.
    pub fn words(&self) -> usize {
        self.text.split_whitespace().count()
    }
}

/// The longest name, in words.
const MAX_WORDS: usize = 5;
/// How many names of one text are kept.
const MAX_NAMES: usize = 200;

/// Small words inside of names.
const PARTICLES: [&str; 28] = [
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "do", "dos", "das", "du", "la",
    "le", "el", "al", "bin", "ibn", "ben", "ten", "ter", "te", "zu", "zum", "af", "av", "'t",
];

/// Trades that stand behind a name in a table far more often than they are one.
const ENGLISH_TRADES: [&str; 16] = [
    "engineer",
    "manager",
    "director",
    "developer",
    "designer",
    "recruiter",
    "coordinator",
    "lead",
    "partner",
    "officer",
    "analyst",
    "specialist",
    "head",
    "associate",
    "supervisor",
    "owner",
];

/// Titles before a name, lower case, without full stops; with them a single word is a name.
const TITLES: [&str; 110] = [
    "mm",
    "mmes",
    "messieurs",
    "mesdames",
    "maître",
    "srs",
    "sras",
    "sres",
    "srª",
    "dres",
    "drª",
    "drº",
    "profª",
    "profa",
    "engª",
    "engº",
    "engo",
    "enga",
    "arqª",
    "arqº",
    "enfª",
    "ir",
    "lcda",
    "lcdo",
    "sigg",
    "signori",
    "signore",
    "dottor",
    "dottore",
    "ingegner",
    "geom",
    "rag",
    "mevrouw",
    "meneer",
    "heer",
    "heren",
    "drs",
    "mw",
    "mgr",
    "inż",
    "lek",
    "hab",
    "mec",
    "ks",
    "państwo",
    "mtra",
    "mtro",
    "lic",
    "avv",
    "avvocato",
    "arq",
    "maestra",
    "juf",
    "sgra",
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "dame",
    "rev",
    "sister",
    "matron",
    "chef",
    "capt",
    "captain",
    "sgt",
    "herr",
    "herrn",
    "frau",
    "hr",
    "fr",
    "dipl-ing",
    "dipl",
    "ing",
    "mag",
    "m",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "me",
    "sr",
    "sra",
    "srta",
    "señor",
    "señora",
    "don",
    "doña",
    "d",
    "dª",
    "eng",
    "dra",
    "senhor",
    "senhora",
    "sig",
    "sigra",
    "dott",
    "dottoressa",
    "dottssa",
    "signora",
    "signor",
    "dhr",
    "mevr",
    "pan",
    "pani",
];

/// Titles that are words of their own as well: they are one only with a full stop or before two words.
const WEAK_TITLES: [&str; 20] = [
    "m", "me", "d", "fr", "hr", "chef", "don", "mag", "ing", "eng", "lic", "maestra", "ir", "mec",
    "ks", "lek", "hab", "rag", "geom", "enga",
];

struct Word<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    /// A mark ends the word, so that a name ends with it.
    ends: bool,
    /// A line begins with it.
    new_line: bool,
}

/// The names of a text.
pub fn find(text: &str, lexicon: &Lexicon) -> Vec<Name> {
    let words = words(text);
    let mut names = Vec::new();
    let mut at = 0;
    while at < words.len() && names.len() < MAX_NAMES {
        match name_at(text, &words, at, lexicon) {
            Some((name, next)) => {
                names.push(name);
                at = next;
            }
            None => at += 1,
        }
    }
    drop_functions(text, &mut names, lexicon);
    names.extend(super::kanji::find(text));
    names.sort_by_key(|n| n.range.start);
    names
}

/// "Bożena Kos, Naczelna Pielęgniarka": capitals behind a name and a comma that end in a trade say what somebody is.
fn drop_functions(text: &str, names: &mut Vec<Name>, lexicon: &Lexicon) {
    let mut before: Option<usize> = None;
    names.retain(|name| {
        let follows = before.is_some_and(|end| text[end..name.range.start].trim() == ",");
        let last = name.text.rsplit(' ').next().unwrap_or("").to_lowercase();
        let function = follows && !name.titled && name.words() > 1 && lexicon.is_role_word(&last);
        if !function {
            before = Some(name.range.end);
        }
        !function
    });
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut out = Vec::new();
    for (line_start, line) in lines(text) {
        let mut first = true;
        for piece in line.split(|c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    '|' | '/'
                        | '('
                        | '['
                        | '"'
                        | '„'
                        | '“'
                        | '”'
                        | '«'
                        | '»'
                        | '<'
                        | '*'
                        | '_'
                        | '：'
                )
        }) {
            let offset = piece.as_ptr() as usize - line.as_ptr() as usize;
            let bare = piece.trim_end_matches([',', ';', ':', ')', ']', '!', '?', '>', '…', '、']);
            let initial = bare.chars().count() == 2 && bare.ends_with('.');
            let lower = bare.replace('.', "").to_lowercase();
            let dotted = bare.ends_with('.')
                && !initial
                && !TITLES.contains(&lower.as_str())
                && !is_abbreviated(&lower);
            let kept = if dotted { bare.trim_end_matches('.') } else { bare };
            let kept = kept.strip_suffix("'s").or_else(|| kept.strip_suffix("’s")).unwrap_or(kept);
            if kept.is_empty() {
                // A bracket, a bar or a wide gap ends what stands before it.
                if let Some(last) = out.last_mut() {
                    let last: &mut Word<'_> = last;
                    last.ends = true;
                }
                continue;
            }
            let glued = line[..offset].chars().next_back().is_some_and(|c| !c.is_whitespace());
            let parted = glued || line[..offset].trim_end().ends_with(['|', '(', '/']);
            if let Some(last) = out.last_mut().filter(|_| parted) {
                let last: &mut Word<'_> = last;
                last.ends = true;
            }
            let start = line_start + offset;
            out.push(Word {
                text: kept,
                start,
                end: start + kept.len(),
                ends: kept.len() < piece.len(),
                new_line: first,
            });
            first = false;
        }
    }
    out
}

fn is_abbreviated(lower: &str) -> bool {
    matches!(lower, "dottssa" | "sigra" | "dipl-ing" | "jr" | "st")
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split('\n').map(move |line| (line.as_ptr() as usize - base, line))
}

fn name_at(text: &str, words: &[Word<'_>], at: usize, lexicon: &Lexicon) -> Option<(Name, usize)> {
    let first = &words[at];
    let mut from = at;
    let mut titled = false;
    while from < words.len()
        && from - at < 4
        && is_title(words[from].text, words.get(from + 1), lexicon)
    {
        titled = true;
        from += 1;
    }
    let mut to = from;
    while to < words.len() && to - from < MAX_WORDS {
        let word = &words[to];
        if to > at && word.new_line && (words[to - 1].ends || !wrapped(text, words[to - 1].end)) {
            break;
        }
        let inner = to > from && !word.ends;
        let followed = || words.get(to + 1).is_some_and(|w| is_name_word(w.text, lexicon));
        let particle =
            inner && PARTICLES.contains(&word.text.to_lowercase().as_str()) && followed();
        // "Kok" and "Bauer" are names behind a first name, and trades before one.
        let family = to == from + 1 && is_capitalised(word.text);
        let shouted = |w: &Word<'_>| is_shouted(w.text) && is_name_word(w.text, lexicon);
        let first_particle = to == from
            && is_shouted(word.text)
            && PARTICLES.contains(&word.text.to_lowercase().as_str())
            && words.get(to + 1).is_some_and(shouted);
        let known = is_name_word(word.text, lexicon)
            || first_particle
            || (family && is_trade(word.text, lexicon));
        if !(known || particle) {
            break;
        }
        to += 1;
        if word.ends {
            break;
        }
    }
    // A name may begin with its particle behind a title: "Herr von Arnim".
    while to > from && PARTICLES.contains(&words[to - 1].text) {
        to -= 1;
    }
    // "CVICU" beside words in small letters is a department.
    let capitals = |w: &str| w.chars().count() > 1 && w.chars().all(char::is_uppercase);
    if to == from || (to == from + 1 && !titled && capitals(words[from].text)) {
        return None;
    }
    let capitals = words[from..to].iter().filter(|w| is_shouted(w.text)).count();
    // A family name in capitals stands first in letters of authorities: "LE GALL Yannick".
    let family = capitals > 0 && capitals < to - from;
    let spell = |w: &Word<'_>| if family { w.text.to_owned() } else { own_case(w.text) };
    let spelled: Vec<String> = words[from..to].iter().map(spell).collect();
    let text = people::plain_name(&spelled.join(" "));
    let name = Name { text, range: first.start..words[to - 1].end, titled };
    (!name.text.is_empty()).then_some((name, to))
}

/// Whether a line that ends here was wrapped by a mail program.
fn wrapped(text: &str, end: usize) -> bool {
    let start = text[..end].rfind('\n').map_or(0, |i| i + 1);
    text[start..end].chars().count() > 45
}

fn is_title(word: &str, next: Option<&Word<'_>>, lexicon: &Lexicon) -> bool {
    let dotted = word.ends_with('.');
    let bare = word.replace('.', "").to_lowercase();
    let capital = word.starts_with(char::is_uppercase);
    let polish = matches!(
        bare.as_str(),
        "pan"
            | "pani"
            | "panem"
            | "panią"
            | "pana"
            | "dhr"
            | "mevr"
            | "signora"
            | "panu"
            | "mevrouw"
            | "meneer"
            | "heer"
            | "drs"
            | "mgr"
            | "inż"
            | "lek"
            | "hab"
            | "signor"
            | "señor"
            | "señora"
            | "don"
            | "doña"
            | "sister"
    ) || (dotted && matches!(bare.as_str(), "ir" | "p" | "sig" | "dott"));
    // "DI" is a degree in Austria, "Di" a part of Italian names.
    let degree = word == "DI";
    let known = TITLES.contains(&bare.as_str())
        || degree
        || matches!(bare.as_str(), "panem" | "panią" | "pana" | "panu" | "p");
    let weak = WEAK_TITLES.contains(&bare.as_str()) && !dotted;
    let followed = next.is_some_and(|w| {
        is_name_word(w.text, lexicon)
            || is_known_title(w.text)
            || PARTICLES.contains(&w.text.to_lowercase().as_str())
    });
    known && !weak && (capital || polish) && followed
}

/// Whether a word is a title that ends in a full stop: "Ing.", "dott.".
pub(super) fn is_short_title(lower: &str) -> bool {
    lower.chars().count() <= 4 && TITLES.contains(&lower)
}

/// Whether a word, lower case, is a title before a name.
pub(super) fn is_title_word(lower: &str) -> bool {
    TITLES.contains(&lower.trim_end_matches('.'))
}

fn is_known_title(word: &str) -> bool {
    TITLES.contains(&word.replace('.', "").to_lowercase().as_str())
}

/// A capitalised word that can be a part of a name.
fn is_name_word(word: &str, lexicon: &Lexicon) -> bool {
    let mut chars = word.chars();
    let Some(first) = chars.next() else { return false };
    let elided = word.strip_prefix("d'").or_else(|| word.strip_prefix("d’"));
    let apostrophe = elided.is_some_and(|rest| rest.starts_with(char::is_uppercase));
    if !(first.is_uppercase() || apostrophe) || is_unspaced(first) {
        return false;
    }
    let fine = word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'));
    // "C'est", "You're": no O'Neill.
    let elided = word.split_once(['\'', '’']).is_some_and(|(head, tail)| {
        !head.eq_ignore_ascii_case("n") && tail.starts_with(char::is_lowercase)
    });
    if elided {
        return false;
    }
    let lower = word.to_lowercase().replace('’', "'");
    fine && !is_contraction(&lower)
        && word.chars().count() > usize::from(!word.ends_with('.'))
        && !is_acronym(word)
        && !lexicon.no_names.contains(lower.trim_end_matches('.'))
        && !lexicon.is_role_word(&lower)
        && !lexicon.times.is_date_word(word)
}

/// "We'll", "She's", "Don't": a word with a verb or a "not" drawn to it.
fn is_contraction(lower: &str) -> bool {
    lower.split_once('\'').is_some_and(|(head, tail)| {
        !head.is_empty() && matches!(tail, "ll" | "re" | "ve" | "d" | "m" | "t" | "s")
    })
}

/// Letters only, the first of them a capital.
fn is_capitalised(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '-')
}

/// Whether the only thing against a name is that it is a trade's as well.
fn is_trade(word: &str, lexicon: &Lexicon) -> bool {
    let lower = word.to_lowercase();
    lexicon.is_role_word(&lower)
        && !lexicon.no_names.contains(&lower)
        && !is_acronym(word)
        && !ENGLISH_TRADES.contains(&lower.as_str())
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// "HR", "CEO", "UX": up to three capitals.
fn is_acronym(word: &str) -> bool {
    word.chars().count() <= 3
        && word.chars().count() >= 2
        && !word.ends_with('.')
        && word.chars().all(char::is_uppercase)
}

/// Capitals only, and no initial.
fn is_shouted(word: &str) -> bool {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    letters().count() > 1 && letters().all(char::is_uppercase) && !word.contains('.')
}

/// A name in capitals is written as a name; mixed and small letters stay.
fn own_case(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 4 || word.chars().any(char::is_lowercase) {
        return word.to_owned();
    }
    let mut out = String::new();
    let mut start = true;
    for c in word.chars() {
        if start {
            out.push(c);
        } else {
            out.extend(c.to_lowercase());
        }
        start = !c.is_alphabetic();
    }
    out
}
