//! The sentences of a text as it was written, lines and lists included.

use std::ops::Range;

/// A line shorter than this ends what it says: it was not wrapped.
const WRAPPED: usize = 50;

/// The sentences of a text, in order, without gaps.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut cuts = Vec::new();
    let mut line_start = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        let rest = &text[next..];
        let cut = match c {
            '\n' => {
                let line = text[line_start..at].trim();
                line_start = next;
                line.chars().count() < WRAPPED || begins_entry(rest)
            }
            '。' | '！' | '？' => true,
            '!' | '?' => rest.is_empty() || rest.starts_with([' ', '\n']),
            ';' => rest.starts_with(' '),
            '.' => rest.starts_with([' ', '\n']) && !abbreviates(&text[..at], rest),
            _ => false,
        };
        if cut {
            cuts.push(next);
        }
    }
    cuts.push(text.len());
    let mut start = 0;
    let ranges = cuts.into_iter().map(|end| std::mem::replace(&mut start, end)..end);
    ranges.filter(|r| !text[r.clone()].trim().is_empty()).collect()
}

/// The sentence that a place is in.
pub(super) fn at(sentences: &[Range<usize>], place: usize) -> Range<usize> {
    let index = sentences.partition_point(|s| s.end <= place);
    sentences.get(index).cloned().unwrap_or(place..place)
}

/// Whether a new entry of a list, a label or an empty line follows.
fn begins_entry(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or("");
    let word = line.trim_start();
    word.is_empty()
        || word.starts_with(['-', '*', '•', '·', '–', '>', '|'])
        || line.starts_with("  ")
        || word.split_once([')', '.']).is_some_and(|(n, _)| {
            n.len() <= 2 && n.chars().all(|c| c.is_ascii_digit()) && !n.is_empty()
        })
        || word.split_once(':').is_some_and(|(label, _)| {
            label.len() < 20 && !label.contains(' ') && label.chars().all(char::is_alphabetic)
        })
}

/// Words that end in a full stop.
const SHORT: [&str; 30] = [
    "dr",
    "mr",
    "mrs",
    "ms",
    "prof",
    "st",
    "sr",
    "sra",
    "dott",
    "ing",
    "dipl.-ing",
    "frau",
    "hr",
    "fr",
    "mme",
    "mlle",
    "no",
    "nr",
    "tel",
    "jr",
    "ca",
    "approx",
    "inkl",
    "bzw",
    "z.b",
    "i.a",
    "godz",
    "ul",
    "kl",
    "avv",
];

/// Whether a full stop belongs to a title, an initial, or a day's number before a month.
fn abbreviates(before: &str, rest: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let digits = !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let small_follows =
        rest.trim_start().starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
    let lower = word.to_lowercase();
    SHORT.contains(&lower.as_str())
        || crate::extract::names::is_short_title(&lower)
        || (letters == 1 && word.chars().count() <= 2)
        || (digits && word.len() <= 2 && rest.trim_start().starts_with(char::is_alphabetic))
        || (small_follows && letters <= 4)
}
