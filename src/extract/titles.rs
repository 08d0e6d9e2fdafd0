//! What people are called: their titles ("Staff Engineer"), and how messages address them ("Frau Weber", "Dr. Okafor").

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::lexicon::Lexicon;
use super::{Passage, display};
use crate::message::Message;

/// How a message speaks of somebody. Nothing here is guessed from a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Titled {
    /// The name as it stands there: the full one, or the family name alone.
    pub name: String,
    /// What they do: "Head of Nursing".
    pub title: Option<String>,
    /// Whether they are called Ms or Mr, in whatever language.
    pub honorific: Option<Honorific>,
    /// Academic degrees before the name: "Dr.", "Prof. Dr.".
    pub degree: Option<String>,
}

/// What stands before a name in a salutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Honorific {
    /// Ms, Frau, Madame, Señora.
    Female,
    /// Mr, Herr, Monsieur, Señor.
    Male,
}

/// The longest line that is looked at, in bytes.
const MAX_LINE: usize = 2000;
/// How many people of one message are kept.
const MAX_TITLED: usize = 40;
/// The longest title, in characters, and the most words of one.
const MAX_TITLE: usize = 60;
const MAX_WORDS: usize = 8;

/// Words before a name, folded and without full stops.
const FEMALE: [&str; 22] = [
    "ms",
    "mrs",
    "miss",
    "frau",
    "madame",
    "mme",
    "mademoiselle",
    "sra",
    "señora",
    "doña",
    "senhora",
    "dona",
    "dra",
    "signora",
    "sigra",
    "gentra",
    "mevrouw",
    "mevr",
    "mw",
    "fru",
    "pani",
    "profa",
];
const MALE: [&str; 14] = [
    "mr", "sir", "herr", "herrn", "monsieur", "señor", "don", "senhor", "signor", "sig", "meneer",
    "dhr", "heer", "pan",
];
/// "Sr. García" is a man, "Weber, Sr." is not called so; "M. Dupont" is one only with its full stop.
const MALE_WITH_STOP: [&str; 2] = ["sr.", "m."];
const DEGREES: [(&str, &str); 9] = [
    ("dr", "Dr."),
    ("dra", "Dra."),
    ("doctor", "Dr."),
    ("prof", "Prof."),
    ("professor", "Prof."),
    ("dott", "Dott."),
    ("dottssa", "Dott.ssa"),
    ("ing", "Ing."),
    ("profa", "Profa."),
];

/// What a message says of the people of these full names.
pub fn find(
    message: &Message,
    passages: &[Passage],
    names: &BTreeSet<String>,
    lexicon: &Lexicon,
) -> Vec<Titled> {
    let mut out: Vec<Titled> = Vec::new();
    for card in &message.cards {
        if let (Some(name), Some(title)) = (&card.name, card.title.as_deref().and_then(bounded)) {
            push(
                &mut out,
                Titled { name: display::plain_name(name), title: Some(title), ..Titled::default() },
            );
        }
    }
    for display in display_names(message) {
        out_of_display_name(display, lexicon, &mut out);
    }
    let texts = || passages.iter().filter(|p| !p.title);
    for line in texts().flat_map(|p| p.text.lines()).filter(|l| l.len() < MAX_LINE) {
        salutations(line, &mut out);
        let mut all: BTreeSet<&str> = names_in(line).into_iter().collect();
        all.extend(names.iter().map(String::as_str).filter(|n| n.contains(' ')));
        for name in all {
            if let Some(title) = beside(line, name, lexicon) {
                push(
                    &mut out,
                    Titled { name: name.to_owned(), title: Some(title), ..Titled::default() },
                );
            }
        }
    }
    for passage in texts() {
        under(&passage.text, names, lexicon, &mut out);
    }
    out
}

fn push(out: &mut Vec<Titled>, one: Titled) {
    if out.len() < MAX_TITLED && !out.contains(&one) {
        out.push(one);
    }
}

fn display_names(message: &Message) -> impl Iterator<Item = &str> {
    let header = message.from.iter().chain(&message.reply_to).chain(&message.cc);
    let guests = message.calendars.iter().flat_map(|c| &c.events);
    let guests = guests.flat_map(|e| e.organizer.iter().chain(&e.attendees));
    header.filter_map(|p| p.name.as_deref()).chain(guests.filter_map(|a| a.name.as_deref()))
}

/// "Dr. Anna Meyer", "Jane Doe (Staff Engineer)", "Jane Doe | Head of Care".
fn out_of_display_name(display: &str, lexicon: &Lexicon, out: &mut Vec<Titled>) {
    let name = display::plain_name(display);
    let mut one = Titled { name: name.clone(), ..Titled::default() };
    let before = display.find(name.split(' ').next().unwrap_or("")).map_or("", |at| &display[..at]);
    read_honorifics(before, &mut one);
    // "Anna Meyer, Prof. Dr.": of what stands behind a name only degrees are those of an address.
    let mut behind = Titled::default();
    read_honorifics(display.split(['(', '|']).next().unwrap_or(display), &mut behind);
    one.degree = one.degree.or(behind.degree);
    let bracket =
        display.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(t, _)| t);
    let bar = display.split_once(" | ").map(|(_, rest)| rest);
    one.title = bracket.or(bar).and_then(|t| title(t, lexicon));
    if one.title.is_some() || one.honorific.is_some() || one.degree.is_some() {
        push(out, one);
    }
}

/// Reads the words before a name, from the name outwards.
fn read_honorifics(before: &str, one: &mut Titled) {
    let mut degrees: Vec<&str> = Vec::new();
    for word in before.split_whitespace().rev() {
        let lower = word.to_lowercase();
        let bare: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
        if let Some((_, degree)) = DEGREES.iter().find(|(d, _)| *d == bare) {
            degrees.insert(0, degree);
            if FEMALE.contains(&bare.as_str()) {
                one.honorific = Some(Honorific::Female);
            }
        } else if FEMALE.contains(&bare.as_str()) {
            one.honorific = Some(Honorific::Female);
        } else if MALE.contains(&bare.as_str()) || MALE_WITH_STOP.contains(&lower.as_str()) {
            one.honorific = Some(Honorific::Male);
        } else if let joined @ [_, ..] = joined_degrees(&lower).as_slice() {
            degrees.splice(0..0, joined.iter().copied());
        } else if !display::is_faculty(word) {
            break;
        }
    }
    degrees.dedup();
    if !degrees.is_empty() {
        one.degree = Some(degrees.join(" "));
    }
}

/// The degrees in a word that joins them: "prof.dr.", "univ.-prof.", "dr.-ing.".
fn joined_degrees(word: &str) -> Vec<&'static str> {
    let parts = word.split(['.', '-']).filter(|_| word.contains('.'));
    let known = |part| match part {
        "dr" => Some("Dr."),
        "prof" => Some("Prof."),
        _ => None,
    };
    parts.filter_map(known).collect()
}

/// "Mr. Okafor", "Frau Dr. Anna Weber": capitalised words behind words that address.
fn salutations(line: &str, out: &mut Vec<Titled>) {
    for run in runs(line) {
        let mut one = Titled::default();
        // In "Frau Dr. Weber" the words that address are capitalised as well; in "monsieur Dupont" they stand before.
        let first = run.iter().rposition(|w| addresses(w.text)).map_or(0, |at| at + 1);
        let Some(name) = run.get(first..).filter(|n| !n.is_empty() && n.len() <= 4) else {
            continue;
        };
        read_honorifics(&line[..name[0].start], &mut one);
        if one.honorific.is_some() || one.degree.is_some() {
            line[name[0].start..name[name.len() - 1].end].clone_into(&mut one.name);
            push(out, one);
        }
    }
}

/// Whether a word stands before a name in an address.
fn addresses(word: &str) -> bool {
    let mut probe = Titled::default();
    read_honorifics(word, &mut probe);
    probe.honorific.is_some() || probe.degree.is_some()
}

/// A word of a line, and where it stands.
struct Word<'l> {
    text: &'l str,
    start: usize,
    end: usize,
}

/// Runs of capitalised words with nothing but blanks between them, particles of names among them.
fn runs(line: &str) -> Vec<Vec<Word<'_>>> {
    let mut runs: Vec<Vec<Word<'_>>> = vec![Vec::new()];
    let mut at = 0;
    for piece in line.split(' ') {
        let start = at;
        at += piece.len() + 1;
        let opening = piece.len()
            - piece.trim_start_matches(['(', '"', '*', '\u{201c}', '\u{201e}', '\u{ab}']).len();
        let bare = piece[opening..]
            .trim_end_matches([',', ';', ':', ')', '!', '?', '"', '*', '\u{201d}', '\u{bb}']);
        let abbreviates = bare.ends_with('.') && (bare.chars().count() == 2 || addresses(bare));
        let text = if abbreviates { bare } else { bare.trim_end_matches('.') };
        let capital = text.chars().next().is_some_and(char::is_uppercase);
        let particle =
            ["van", "von", "de", "da", "der", "den", "del", "di", "dos", "du", "la", "le"]
                .contains(&text);
        let letters = text.chars().all(|c| c.is_alphabetic() || "-'.\u{2019}".contains(c));
        let run = runs.last_mut().filter(|r| letters && (capital || (particle && !r.is_empty())));
        let start = start + opening;
        match run {
            Some(run) if opening == 0 || run.is_empty() => {
                run.push(Word { text, start, end: start + text.len() });
            }
            Some(_) => runs.push(vec![Word { text, start, end: start + text.len() }]),
            None => runs.push(Vec::new()),
        }
        if text.len() < piece.len() - opening {
            runs.push(Vec::new());
        }
    }
    runs.retain(|r| !r.is_empty());
    runs
}

/// Two or three words at the beginning or the end of a run: what may be somebody's full name.
fn names_in(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for run in runs(line) {
        for size in 2..=3.min(run.len()) {
            out.push(&line[run[0].start..run[size - 1].end]);
            out.push(&line[run[run.len() - size].start..run[run.len() - 1].end]);
        }
    }
    out
}

/// Where a name stands in a line as whole words.
fn standing<'l>(line: &'l str, name: &'l str) -> impl Iterator<Item = usize> + 'l {
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
    line.match_indices(name).map(|(at, _)| at).filter(move |&at| {
        !joined(line[..at].chars().next_back()) && !joined(line[at + name.len()..].chars().next())
    })
}

/// "Greta Holm, Staff Engineer", "Greta Holm (Staff Engineer)", "our CTO, Henrique Prado".
fn beside(line: &str, name: &str, lexicon: &Lexicon) -> Option<String> {
    let at = standing(line, name).next()?;
    let behind = line[at + name.len()..].trim_start();
    let mut marked = [",", "(", "-", "\u{2013}", "\u{2014}", "|", ":", "/"].iter();
    let behind = marked.find_map(|m| behind.strip_prefix(m)).and_then(|rest| {
        let rest = rest.trim_start_matches([' ', ',']);
        let rest = ["our ", "the ", "unser ", "unsere ", "notre ", "nuestro ", "nuestra "]
            .iter()
            .find_map(|w| rest.strip_prefix(w))
            .unwrap_or(rest);
        title(rest, lexicon)
    });
    behind.or_else(|| {
        let before = line[..at].trim_end();
        let before = before.strip_suffix(',').unwrap_or(before);
        let from = [
            "our ",
            "Our ",
            "unser ",
            "unsere ",
            "unserem ",
            "unserer ",
            "notre ",
            "nuestro ",
            "nuestra ",
            "il nostro ",
            "la nostra ",
            "onze ",
        ]
        .iter()
        .filter_map(|w| before.rfind(w).map(|at| at + w.len()))
        .max()?;
        let said = title(&before[from..], lexicon)?;
        (said.len() == before[from..].trim().len()).then_some(said)
    })
}

/// A line that is the name and nothing else, with a title in the next: a signature.
fn under(text: &str, names: &BTreeSet<String>, lexicon: &Lexicon, out: &mut Vec<Titled>) {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    for pair in lines.windows(2) {
        let name = display::plain_name(pair[0].trim_start_matches(['-', '*', ' ']));
        if names.contains(&name)
            && let Some(title) = title(pair[1].trim_start_matches(['*', ' ']), lexicon)
        {
            push(out, Titled { name, title: Some(title), ..Titled::default() });
        }
    }
}

/// The title that a text begins with, up to the next mark; `None` where it is none.
fn title(text: &str, lexicon: &Lexicon) -> Option<String> {
    let end = text
        .find([',', ';', '(', ')', '|', '\n', '\u{2013}', '\u{2014}', '*', '<', '\u{b7}'])
        .unwrap_or(text.len());
    let mut words: Vec<&str> = text[..end].split_whitespace().take(MAX_WORDS + 1).collect();
    // "Staff Engineer at Acme", "Staff Engineer will ...": the title ends where another part of speech begins.
    let small = [
        "of", "for", "de", "des", "du", "la", "le", "für", "der", "del", "di", "voor", "van",
        "and", "und", "et", "y", "e", "en", "&",
    ];
    let is_title_word = |w: &str| {
        w.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric() || c == '&')
            || small.contains(&w)
    };
    if let Some(at) = words.iter().position(|w| !is_title_word(w)) {
        words.truncate(at);
    }
    if let Some(at) = words.iter().position(|w| w.ends_with(['.', ':', '!', '?'])) {
        words.truncate(at + 1);
    }
    while words.last().is_some_and(|w| small.contains(w)) {
        words.pop();
    }
    let said = words.join(" ");
    let said = said.trim_matches(['.', ':', '-', ' ', '!', '?']);
    let is_one = is_short_title(said) || people_are_called(said, lexicon);
    bounded(said).filter(|_| is_one && words.len() <= MAX_WORDS)
}

/// CTO, VP and the like.
fn is_short_title(said: &str) -> bool {
    let first = said.split(' ').next().unwrap_or("");
    matches!(
        first,
        "CEO"
            | "CTO"
            | "CFO"
            | "COO"
            | "CIO"
            | "CPO"
            | "CMO"
            | "VP"
            | "SVP"
            | "EVP"
            | "HR"
            | "PDG"
            | "Chief"
            | "Head"
            | "Founder"
            | "Co-Founder"
            | "Owner"
            | "President"
            | "Talent"
            | "Matron"
            | "Geschäftsführer"
            | "Geschäftsführerin"
            | "Inhaber"
            | "Inhaberin"
            | "Responsable"
    )
}

/// Whether a word of it is one for a position.
fn people_are_called(said: &str, lexicon: &Lexicon) -> bool {
    said.split([' ', '-', '/'])
        .map(str::to_lowercase)
        .any(|word| lexicon.is_role_noun(&word) || LEADERS.iter().any(|l| word.contains(l)))
}

/// Words in titles of those who lead, alone or at the end of a compound.
const LEADERS: [&str; 7] =
    ["sister", "foreman", "matron", "leiter", "leitung", "meister", "direktor"];

fn bounded(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !text.is_empty() && text.chars().count() <= MAX_TITLE && !text.contains('@');
    fits.then_some(text)
}
