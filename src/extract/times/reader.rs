//! A text's tokens and the words that are read in it: what the parts of the grammar look at.

use std::ops::Range;

use super::token::{self, Gap, Kind, Token};
use super::words::{Meaning, Tongues, Words};
use crate::extract::cues::Cue;

/// Tokens of a text, in its languages.
pub(super) struct Reader<'a> {
    /// The text.
    pub text: &'a str,
    pub tokens: Vec<Token>,
    pub words: &'a Words,
    tongues: Tongues,
}

impl<'a> Reader<'a> {
    /// Reads at most `most` tokens.
    pub fn new(text: &'a str, words: &'a Words, most: usize) -> Self {
        let tokens = token::tokens(text, &words.known, most);
        let tongues = words.tongues(&tokens);
        Self { text, tokens, words, tongues }
    }

    /// The text of a token; empty behind the last.
    pub fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).and_then(|t| self.text.get(t.start..t.end)).unwrap_or("")
    }

    /// The bytes from one token up to another, which is not part of them.
    pub fn range(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.tokens.get(from).map_or(self.text.len(), |t| t.start);
        let end = to.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(start, |t| t.end);
        start..end.max(start)
    }

    /// What parts a token from the one before.
    pub fn gap(&self, at: usize) -> Gap {
        self.tokens.get(at).map_or(Gap::Paragraph, |t| t.gap)
    }

    /// Whether a token follows the one before without a blank.
    pub fn glued(&self, at: usize) -> bool {
        self.gap(at) == Gap::None
    }

    /// The mark at a place.
    pub fn mark(&self, at: usize) -> Option<char> {
        match self.tokens.get(at)?.kind {
            Kind::Mark(c) => Some(c),
            _ => None,
        }
    }

    /// The number at a place, and its digits.
    pub fn number(&self, at: usize) -> Option<(u32, u8)> {
        match self.tokens.get(at)?.kind {
            Kind::Number(n, digits) => Some((n, digits)),
            _ => None,
        }
    }

    /// A number of at most two digits within bounds.
    pub fn small(&self, at: usize, least: u32, most: u32) -> Option<i8> {
        let (n, digits) = self.number(at)?;
        (digits <= 2 && (least..=most).contains(&n)).then(|| i8::try_from(n).ok()).flatten()
    }

    /// What the longest phrase at a place means that is wanted, and the place behind it.
    pub fn means<T>(&self, at: usize, want: impl Fn(Meaning) -> Option<T>) -> Option<(T, usize)> {
        // An expression goes on in the next line, but not over an empty one.
        let (found, length) = self.words.find(&self.tokens, at, self.tongues, want)?;
        self.is_whole(at, length).then_some((found, at + length))
    }

    /// Whether a phrase stands at a place that means what is wanted; cues count as well.
    pub fn knows(&self, at: usize, want: impl Fn(Meaning) -> bool) -> bool {
        let length = self.words.length(&self.tokens, at, self.tongues, want);
        length.is_some_and(|length| self.is_whole(at, length))
    }

    /// Every cue that begins at a place: what it shows, and how many tokens it has.
    pub fn cues(&self, at: usize) -> Vec<(Cue, usize)> {
        self.words.cues(&self.tokens, at, self.tongues)
    }

    /// Whether no empty line stands within so many tokens.
    fn is_whole(&self, at: usize, length: usize) -> bool {
        (at + 1..at + length).all(|i| self.gap(i) < Gap::Paragraph)
    }

    /// The place behind a phrase of one meaning.
    pub fn is(&self, at: usize, meaning: Meaning) -> Option<usize> {
        self.means(at, |m| (m == meaning).then_some(())).map(|((), next)| next)
    }

    /// The place behind a phrase of that meaning, or `at` itself where there is none.
    pub fn skip(&self, at: usize, meaning: Meaning) -> usize {
        self.is(at, meaning).unwrap_or(at)
    }

    /// The place behind a mark, or `at` itself.
    pub fn skip_mark(&self, at: usize, marks: &[char]) -> usize {
        at + usize::from(self.mark(at).is_some_and(|c| marks.contains(&c)))
    }
}
