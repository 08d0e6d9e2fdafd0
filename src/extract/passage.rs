//! A piece of what was written, with the terms of the lexicon that stand in it.

use std::borrow::Cow;
use std::ops::Range;

use super::lexicon::{self, Hit, Lexicon, List};
use super::{quote, times};

/// A line that is at least this long was broken by the program that wrote it: the next one goes on with it.
const WRAPPED: usize = 60;

/// Words of a message, and where they stand.
#[derive(Clone, Debug)]
pub struct Passage {
    /// For the evidence.
    pub source: &'static str,
    /// As written.
    pub text: String,
    /// On one line, quotes and dashes plain, without links: the words in them were written by machines.
    pub plain: String,
    /// `plain` in lower case, byte for byte, as terms are looked for ([`lexicon::fold`]).
    pub folded: String,
    /// Whether it is a title: a subject or a summary weighs more than running text.
    pub title: bool,
    /// The terms that stand in `folded`, in order.
    pub hits: Vec<Hit>,
    /// The lines of `plain`; one that a program broke is one line.
    pub lines: Vec<Range<usize>>,
    /// The parts of the lines that are judged one by one.
    sentences: Vec<Range<usize>>,
}

impl Passage {
    /// Folds and scans a text.
    pub fn new(source: &'static str, text: &str, title: bool, lexicon: &Lexicon) -> Self {
        let (plain, starts) = on_one_line(text);
        let folded = lexicon::lower(&plain);
        let mut hits = lexicon.scan(&folded);
        // "Location" is where an English interview is held, and a French flat to let.
        let tongues = times::tongues(&folded, &lexicon.times);
        hits.retain(|hit| title || tongues.has(hit.language));
        let lines = ranges(starts, plain.len());
        let sentences = sentences(&folded, &lines);
        Self { source, text: text.to_owned(), plain, folded, title, hits, lines, sentences }
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

    /// Whether a term of that list stands in a part of it.
    pub fn has_in(&self, list: List, range: &Range<usize>) -> bool {
        self.all(list).any(|hit| range.contains(&hit.start))
    }

    /// Forgets what terms say inside a name: of the company "Visa" or the position "Dental Nurse".
    pub fn mask(&mut self, name: &str) {
        let name = lexicon::fold(name);
        let places: Vec<Range<usize>> = self
            .folded
            .match_indices(&name)
            .map(|(at, found)| at..at + found.len())
            .filter(|range| !range.is_empty())
            .collect();
        let telling = |list: List| {
            matches!(
                list,
                List::Other(_)
                    | List::Maybe(_)
                    | List::Arranges
                    | List::OwnerInterviews
                    | List::Hiring
            )
        };
        self.hits.retain(|hit| {
            !telling(hit.list) || !places.iter().any(|p| p.start < hit.end && hit.start < p.end)
        });
    }

    /// The words around a place, for the evidence.
    pub fn quote(&self, hit: Hit, most: usize) -> String {
        quote(&self.plain, hit.start, hit.end, most)
    }

    /// The sentence that a place is in.
    pub fn sentence(&self, at: usize) -> Range<usize> {
        let index = self.sentences.partition_point(|sentence| sentence.end <= at);
        self.sentences.get(index).cloned().unwrap_or(0..self.plain.len())
    }

    /// The line that a place is in.
    pub fn line(&self, at: usize) -> Range<usize> {
        let index = self.lines.partition_point(|line| line.end <= at);
        self.lines.get(index).cloned().unwrap_or(0..self.plain.len())
    }

    /// The lines as text, in order.
    pub fn plain_lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| self.plain[line.clone()].trim())
    }
}

/// A text on one line, and where its lines begin in it.
fn on_one_line(text: &str) -> (String, Vec<usize>) {
    let mut plain = String::with_capacity(text.len());
    let mut starts = Vec::new();
    let mut previous = "";
    for line in text.lines() {
        if line.trim().is_empty() {
            previous = "";
            continue;
        }
        if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
        if !goes_on(previous, line) {
            starts.push(plain.len());
        }
        lexicon::plain_into(&without_links(line), &mut plain);
        previous = line;
    }
    plain.truncate(plain.trim_end().len());
    starts.retain(|start| *start < plain.len());
    (plain, starts)
}

/// Whether a line only goes on with the one before it, which was too long for its writer's screen.
fn goes_on(previous: &str, line: &str) -> bool {
    previous.len() >= WRAPPED
        && !previous.trim_end().ends_with(['.', '!', '?', ':', ';', '>', '。'])
        && !line.contains('@')
        && match line.chars().next() {
            Some(c) if c.is_lowercase() || matches!(c, '(' | '"' | '„' | '“') => true,
            // A name may be broken as well, but a line with a label is whole.
            Some(c) if c.is_alphanumeric() => previous.len() >= 68 && !previous.contains(':'),
            _ => false,
        }
}

/// A line without the words that are links.
fn without_links(line: &str) -> Cow<'_, str> {
    let is_link = |word: &str| word.contains("://") || word.starts_with("www.");
    if !is_link(line) && !line.contains("www.") {
        return line.into();
    }
    let words = line.split(' ').map(|word| match word.find("http") {
        Some(at) if is_link(&word[at..]) => word[..at].trim_end_matches('<'),
        _ if is_link(word) => "",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ").into()
}

/// Cuts lines behind full stops.
fn sentences(folded: &str, lines: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut cuts: Vec<usize> = lines.iter().map(|line| line.start).collect();
    for (at, mark) in folded.match_indices(['.', '!', '?', ';', '。']) {
        let behind = at + mark.len();
        if mark == "。" || folded[behind..].starts_with(' ') {
            cuts.push(behind);
        }
    }
    cuts.sort_unstable();
    ranges(cuts, folded.len())
}

/// The ranges between cuts, up to the end.
fn ranges(cuts: Vec<usize>, end: usize) -> Vec<Range<usize>> {
    let ends = cuts.clone().into_iter().skip(1).chain([end]);
    cuts.into_iter().zip(ends).map(|(from, to)| from..to).filter(|r| !r.is_empty()).collect()
}
