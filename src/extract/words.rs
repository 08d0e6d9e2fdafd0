//! Words of a line and where they stand: what rules about names are written in.

/// A word of a line.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// As written.
    pub text: &'a str,
    /// Where it begins in the line, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The words of a line. Hyphens, apostrophes, slashes and the marks of "C++" and "C#" belong to a word.
pub fn split(line: &str) -> Vec<Word<'_>> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’' | '+' | '#' | '/');
    let mut out = Vec::new();
    let mut start = None;
    for (i, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (is_word(c), start) {
            (true, None) => start = Some(i),
            (false, Some(s)) => {
                out.push(Word { text: &line[s..i], start: s, end: i });
                start = None;
            }
            _ => {}
        }
    }
    out.retain(|w| w.text.chars().any(char::is_alphanumeric));
    out
}

/// Whether a word begins with a capital letter, or with a letter of a script that has none.
pub fn capital(word: &str) -> bool {
    word.chars()
        .next()
        .is_some_and(|c| c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase()))
}

/// Where a name stands in folded text as words of its own, in bytes.
pub fn position(folded: &str, name: &str) -> Option<usize> {
    let first = name.chars().next()?;
    let last = name.chars().next_back()?;
    let joined = |a: Option<char>, b: char| {
        a.is_some_and(|a| a.is_alphanumeric() && a.is_lowercase() && b.is_lowercase())
            || a.is_some_and(|a| a.is_ascii_digit() && b.is_ascii_digit())
    };
    folded.match_indices(name).map(|(i, _)| i).find(|&i| {
        !joined(folded[..i].chars().next_back(), first)
            && !joined(folded[i + name.len()..].chars().next(), last)
    })
}

/// At most `most` characters of a text around a byte range, on one line: a quotation.
pub fn quote(text: &str, start: usize, end: usize, most: usize) -> String {
    let from =
        text[..floor(text, start)].char_indices().rev().take(most / 2).last().map_or(0, |(i, _)| i);
    let to = floor(text, end.max(start));
    let tail: String = text[to..].chars().take(most / 2).collect();
    let quoted = format!("{}{}", &text[from..to], tail);
    quoted.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn floor(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}
