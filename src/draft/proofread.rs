//! The last look at a letter before it is saved: a letter with a gap in it is worse than none.

use super::letter::Letter;
use crate::address::Owner;
use crate::follow_up::FollowUp;

/// Marks that a template or a value left behind.
const LEFTOVERS: [&str; 10] =
    ["{{", "}}", "{%", "%}", "[insert", "[name", "[company", "undefined", " None", "\u{fffd}"];

/// Words in a letter: fewer say nothing, more are not read.
const WORDS: std::ops::RangeInclusive<usize> = 40..=260;

/// Says what is wrong with a letter, if anything is.
pub fn check(letter: &Letter, follow_up: &FollowUp, owner: &Owner) -> Result<(), String> {
    let whole = format!("{}\n{}", letter.subject, letter.body);
    if let Some(mark) = LEFTOVERS.iter().find(|m| whole.contains(*m)) {
        return Err(format!("`{}` was left in it", mark.trim()));
    }
    if let Some(c) = whole.chars().find(|c| c.is_control() && *c != '\n') {
        return Err(format!("it holds the control character U+{:04X}", u32::from(c)));
    }
    let names = [
        Some(owner.name.as_str()),
        follow_up.person.name.as_deref(),
        follow_up.interview.company.as_deref(),
        follow_up.interview.role.as_deref(),
    ];
    // "Yo Yo Ma" is a name and no slip.
    let in_a_name = |word: &str| names.into_iter().flatten().any(|n| doubled(n) == Some(word));
    if let Some(word) = doubled(&letter.body).filter(|w| !in_a_name(w)) {
        return Err(format!("the word `{word}` stands twice in a row"));
    }
    let words = letter.body.split_whitespace().count();
    if !WORDS.contains(&words) {
        return Err(format!("it has {words} words"));
    }
    if letter.subject.is_empty() {
        return Err("it has no subject".to_owned());
    }
    let known = [
        Some(owner.name.as_str()),
        follow_up.interview.company.as_deref(),
        follow_up.interview.role.as_deref(),
    ];
    match known.into_iter().flatten().find(|name| !whole.contains(*name)) {
        Some(name) => Err(format!("it does not name `{name}`")),
        None => Ok(()),
    }
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
    if !text.ends_with(['.', '!', '?', '。']) {
        return Some("it does not end like a sentence".to_owned());
    }
    let capital = text.chars().next().is_some_and(|c| !c.is_lowercase());
    (!capital).then(|| "it does not begin with a capital letter".to_owned())
}

/// A word that stands twice in a row in one line.
fn doubled(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        words
            .windows(2)
            .find(|w| w[0] == w[1] && w[0].chars().all(char::is_alphabetic) && !w[0].is_empty())
            .map(|w| w[0])
    })
}
