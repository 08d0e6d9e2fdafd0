//! The last look at a letter before it is saved: a letter with a gap in it is worse than none.
//!
//! What is wrong in our own words is a bug, and what a template of the owner's leaves behind makes a letter unfit. Everything
//! else that is found gets the letter its star, and nothing is rewritten.

use super::facts::Facts;
use super::letter::Letter;
use super::words::whole_words;
use crate::extract::lexicon::fold;

/// Marks that a template or a value left behind.
const LEFTOVERS: [&str; 12] = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "[insert",
    "[name",
    "[company",
    "[your",
    "undefined",
    " None",
    "\u{fffd}",
];

/// How many words a letter has: fewer say nothing, more are not read. A reminder is shorter, a script has two parts.
fn words_of(kind: &str) -> std::ops::RangeInclusive<usize> {
    match kind {
        "check-in" => 35..=120,
        "call" => 90..=300,
        _ => 60..=200,
    }
}

/// Why a letter cannot be sent at all, if so.
pub fn unfit(letter: &Letter) -> Option<String> {
    let whole = format!("{}\n{}", letter.subject, letter.body);
    if let Some(mark) = LEFTOVERS.iter().find(|m| whole.contains(*m)) {
        return Some(format!("`{}` was left in it", mark.trim()));
    }
    if let Some(c) = whole.chars().find(|c| c.is_control() && *c != '\n') {
        return Some(format!("it holds the control character U+{:04X}", u32::from(c)));
    }
    let empty = letter.subject.is_empty() || letter.body.trim().is_empty();
    empty.then(|| "it is empty".to_owned())
}

/// What the owner should look at before sending the letter, one line each.
pub fn findings(letter: &Letter, kind: &str, facts: &Facts) -> Vec<String> {
    let mut out = Vec::new();
    for text in owners(facts) {
        out.extend(sentence(text).map(|what| format!("in \u{201c}{text}\u{201d}: {what}")));
        let wrong = names(facts).find(|name| misspells(text, name));
        out.extend(
            wrong.map(|name| format!("in \u{201c}{text}\u{201d}: `{name}` is spelled otherwise")),
        );
    }
    out.extend(slips(letter, kind, facts));
    out
}

/// What is wrong with the words around those of the owner.
fn slips(letter: &Letter, kind: &str, facts: &Facts) -> Vec<String> {
    let mut out = Vec::new();
    let mut body = letter.body.clone();
    for text in owners(facts) {
        body = body.replace(text, "");
    }
    // "Yo Yo Ma" is a name and no slip.
    let in_a_name = |word: &str| names(facts).any(|n| doubled(n) == Some(word));
    if let Some(word) = doubled(&body).filter(|w| !in_a_name(w)) {
        out.push(format!("the word `{word}` stands twice in a row"));
    }
    let words = body.split_whitespace().count();
    if !words_of(kind).contains(&words) {
        out.push(format!("it has {words} words"));
    }
    let paragraphs: Vec<&str> = body.split("\n\n").collect();
    let inner = paragraphs.get(1..paragraphs.len().saturating_sub(1)).unwrap_or_default();
    let unended = inner.iter().map(|p| p.trim()).find(|p| !p.is_empty() && !p.ends_with(ENDS));
    if let Some(paragraph) = unended {
        let end: String =
            paragraph.chars().rev().take(30).collect::<Vec<_>>().into_iter().rev().collect();
        out.push(format!("a sentence has no end: \u{201c}...{end}\u{201d}"));
    }
    let ours = format!("{}\n{body}", letter.subject);
    out.extend(
        names(facts).find(|n| misspells(&ours, n)).map(|n| format!("`{n}` is spelled otherwise")),
    );
    let named = [Some(facts.owner.name.as_str()), facts.company.as_deref(), facts.role.as_deref()];
    let whole = format!("{}\n{}", letter.subject, letter.body);
    out.extend(
        named
            .into_iter()
            .flatten()
            .find(|n| !whole.contains(*n))
            .map(|n| format!("it does not name `{n}`")),
    );
    out
}

/// What a sentence ends with.
const ENDS: [char; 10] = ['.', '!', '?', ':', '。', '”', '“', '»', '"', ')'];

/// The owner's own sentences in a letter.
pub(super) fn owners(facts: &Facts) -> impl Iterator<Item = &str> {
    let fit = facts.fit.iter().filter_map(|f| f.sentence.as_deref());
    facts.summary.as_deref().into_iter().chain(fit).chain(facts.notes.iter().map(String::as_str))
}

/// Names whose spelling is known.
pub(super) fn names(facts: &Facts) -> impl Iterator<Item = &str> {
    let person = facts.person.name.as_deref();
    let company = facts.company.as_deref();
    let all = [Some(facts.owner.name.as_str()), company, facts.role.as_deref(), person];
    all.into_iter().flatten().chain(facts.also_to_thank.iter().map(String::as_str))
}

/// Whether a name of several letters stands in a text in other capitals. A position is also a word of the language.
fn misspells(text: &str, name: &str) -> bool {
    let capitals = name.chars().filter(|c| c.is_uppercase()).count();
    let folded = fold(name);
    name.chars().count() > 3
        && capitals > 0
        && name.contains(' ')
        && whole_words(&fold(text), &folded)
        && {
            let count = |text: &str, words: &str| text.matches(words).count();
            count(&fold(text), &folded) > count(&plainly(text), &plainly(name))
        }
}

/// Typographic quotes and white space plain, letter case kept.
fn plainly(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' => '\'',
            '\u{2010}'..='\u{2015}' => '-',
            c => c,
        })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Says what is wrong with a sentence of the owner's, which goes into letters as it is.
pub fn sentence(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(mark) = LEFTOVERS.iter().find(|m| text.contains(*m)) {
        return Some(format!("`{}` stands in it", mark.trim()));
    }
    if let Some(word) = doubled(text) {
        return Some(format!("the word `{word}` stands twice in a row"));
    }
    if !text.ends_with(ENDS) {
        return Some("it does not end like a sentence".to_owned());
    }
    let capital = text.chars().next().is_some_and(|c| !c.is_lowercase());
    (!capital).then(|| "it does not begin with a capital letter".to_owned())
}

/// Words that may stand twice in a row: "dass das das erste ist", "that that is so".
const MAY_DOUBLE: [&str; 6] = ["das", "die", "der", "that", "had", "nous"];

/// A word that stands twice in a row in one line.
fn doubled(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let twice = |w: &&[&str]| {
            w[0] == w[1]
                && !w[0].is_empty()
                && w[0].chars().all(char::is_alphabetic)
                && !MAY_DOUBLE.contains(&w[0])
        };
        words.windows(2).find(twice).map(|w| w[0])
    })
}
