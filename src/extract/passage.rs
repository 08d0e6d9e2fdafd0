//! A piece of what was written, with the terms of the lexicon that stand in it.

use std::ops::Range;

use super::lexicon::{self, Hit, Lexicon, List};
use super::quote;

/// Words of a message, and where they stand.
#[derive(Clone, Debug)]
pub struct Passage {
    /// For the evidence.
    pub source: &'static str,
    /// As written.
    pub text: String,
    /// As terms are looked for ([`lexicon::fold`]), without links: the words in them were written by machines.
    pub folded: String,
    /// Whether it is a title: a subject or a summary weighs more than running text.
    pub title: bool,
    /// The terms that stand in `folded`, in order.
    pub hits: Vec<Hit>,
    /// The parts of `folded` that are judged one by one: lines, and the sentences in them.
    sentences: Vec<Range<usize>>,
}

impl Passage {
    /// Folds and scans a text.
    pub fn new(source: &'static str, text: &str, title: bool, lexicon: &Lexicon) -> Self {
        let (folded, lines) = fold_lines(text);
        let hits = lexicon.scan(&folded);
        let sentences = sentences(&folded, &lines);
        Self { source, text: text.to_owned(), folded, title, hits, sentences }
    }

    /// The first place where a term of that list stands.
    pub fn first(&self, list: List) -> Option<Hit> {
        self.all(list).next()
    }

    /// Every place where a term of that list stands.
    pub fn all(&self, list: List) -> impl Iterator<Item = Hit> {
        self.hits.iter().copied().filter(move |hit| hit.list == list)
    }

    /// Whether a term of that list stands in it.
    pub fn has(&self, list: List) -> bool {
        self.first(list).is_some()
    }

    /// The words around a place, for the evidence.
    pub fn quote(&self, hit: Hit, most: usize) -> String {
        quote(&self.folded, hit.start, hit.end, most)
    }

    /// The sentence that a place is in.
    pub fn sentence(&self, hit: Hit) -> Range<usize> {
        let at = self.sentences.partition_point(|sentence| sentence.end <= hit.start);
        self.sentences.get(at).cloned().unwrap_or(0..self.folded.len())
    }
}

/// Folds a text whose links are taken out, and where its lines begin in what is left.
fn fold_lines(text: &str) -> (String, Vec<usize>) {
    let mut folded = String::with_capacity(text.len());
    let mut lines = Vec::new();
    for line in text.lines() {
        if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
        lines.push(folded.len());
        lexicon::fold_into(&without_links(line), &mut folded);
    }
    folded.truncate(folded.trim_end().len());
    (folded, lines)
}

/// A line without the words that are links.
fn without_links(line: &str) -> std::borrow::Cow<'_, str> {
    let is_link = |word: &str| word.contains("://") || word.starts_with("www.");
    if !line.contains("://") && !line.contains("www.") {
        return line.into();
    }
    let words = line.split(' ').map(|word| match word.find("http") {
        Some(at) if is_link(&word[at..]) => word[..at].trim_end_matches('<'),
        _ if is_link(word) => "",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ").into()
}

/// Cuts folded text at the beginnings of lines and behind full stops.
fn sentences(folded: &str, lines: &[usize]) -> Vec<Range<usize>> {
    let mut cuts = lines.to_vec();
    let mut from = 0;
    while let Some(at) = folded[from..].find(['.', '!', '?', ';', '。']) {
        let mark = from + at;
        from = mark + folded[mark..].chars().next().map_or(1, char::len_utf8);
        if folded[from..].starts_with(' ') || folded[mark..].starts_with('。') {
            cuts.push(from);
        }
    }
    cuts.push(folded.len());
    cuts.retain(|cut| *cut > 0);
    cuts.sort_unstable();
    let mut start = 0;
    let ranges = cuts.into_iter().map(|end| std::mem::replace(&mut start, end)..end);
    ranges.filter(|range| !range.is_empty()).collect()
}
