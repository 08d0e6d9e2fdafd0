//! One text of a message with all that is read in it.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

use super::sentence;
use crate::extract::cues::{Cue, Signs};
use crate::extract::lexicon::Lexicon;
use crate::extract::times::{self, Context, Reading};

/// How many bytes of one text are read: nobody arranges an interview behind them.
const MAX_TEXT: usize = 32 << 10;

/// One text of a message.
#[derive(Clone, Debug)]
pub(in crate::extract) struct Piece {
    /// For the evidence.
    pub source: &'static str,
    /// As written.
    pub text: String,
    /// When it was written.
    pub sent: Timestamp,
    /// Its times.
    pub reading: Reading,
    /// Its cues.
    pub signs: Signs,
    sentences: Vec<Range<usize>>,
}

/// When and where a text was written, and what it may refer to.
#[derive(Clone, Debug)]
pub(super) struct Setting<'a> {
    pub sent: Timestamp,
    pub offset: Option<Offset>,
    pub zone: &'a TimeZone,
    pub day: Option<Date>,
    pub same: Option<(Time, Option<Time>)>,
}

impl Piece {
    pub(super) fn new(
        source: &'static str,
        text: &str,
        setting: &Setting<'_>,
        lexicon: &Lexicon,
    ) -> Self {
        let text = text[..text.floor_char_boundary(MAX_TEXT)].to_owned();
        let context = Context {
            sent: setting.sent,
            offset: setting.offset,
            zone: setting.zone,
            month_first: None,
            day: setting.day,
            same: setting.same,
        };
        let reading = times::read(&text, &lexicon.times, &context);
        let signs = times::signs(&text, &lexicon.times);
        let sentences = sentence::sentences(&text);
        Self { source, sent: setting.sent, reading, signs, sentences, text }
    }

    /// A text of which only the words count, and no times.
    pub(super) fn spoken(
        source: &'static str,
        text: &str,
        sent: Timestamp,
        lexicon: &Lexicon,
    ) -> Self {
        let text = text[..text.floor_char_boundary(MAX_TEXT)].to_owned();
        let signs = times::signs(&text, &lexicon.times);
        let sentences = sentence::sentences(&text);
        Self { source, sent, reading: Reading::default(), signs, sentences, text }
    }

    /// The sentence that a place is in.
    pub fn sentence(&self, at: usize) -> Range<usize> {
        sentence::at(&self.sentences, at)
    }

    /// Whether a sentence asks, or offers.
    pub fn asks(&self, sentence: &Range<usize>) -> bool {
        let words = self.text.get(sentence.clone()).unwrap_or("").trim_end();
        words.ends_with(['?', '？']) || self.signs.within(Cue::Offer, sentence).is_some()
    }

    /// Whether a word of an interview stands in a range.
    pub(super) fn speaks_of_interview(&self, range: &Range<usize>) -> bool {
        let of = [Cue::Interview, Cue::Meet, Cue::Panel, Cue::With];
        self.signs
            .0
            .iter()
            .any(|s| of.contains(&s.cue) && s.range.start < range.end && s.range.end > range.start)
    }

    /// Whether the text asks which of several times suits.
    pub fn asks_which(&self) -> bool {
        self.signs.has(Cue::Offer)
    }

    /// Whether the text changes an appointment.
    pub fn moves(&self) -> bool {
        self.signs.all(Cue::Move).any(|s| s.range.len() > 3)
    }

    /// Whether a place is in a sentence about a conversation that was held.
    pub fn is_done(&self, at: usize) -> bool {
        self.signs.within(Cue::Held, &self.sentence(at)).is_some()
    }

    /// Whether it calls a conversation off, and not something else.
    pub fn speaks_of_meeting_off(&self) -> bool {
        self.signs.all(Cue::Cancel).any(|s| {
            let sentence = self.sentence(s.range.start);
            self.signs.within(Cue::Meet, &sentence).is_some()
        })
    }
}
