//! One text of a message with all that is read in it.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

use super::sentence;
use crate::extract::cues::{Cue, Signs};
use crate::extract::lexicon::Lexicon;
use crate::extract::times::{self, Context, Moment, Reading};

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
    /// Where the writer takes their leave and signs; the end of a text where nobody does.
    pub closing: usize,
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

impl Setting<'_> {
    fn context(&self) -> Context<'_> {
        Context {
            sent: self.sent,
            offset: self.offset,
            zone: self.zone,
            month_first: None,
            day: self.day,
            same: self.same,
        }
    }
}

impl Piece {
    pub(super) fn new(
        source: &'static str,
        text: &str,
        setting: &Setting<'_>,
        lexicon: &Lexicon,
    ) -> Self {
        let text = text[..text.floor_char_boundary(MAX_TEXT)].to_owned();
        let cut = times::Text::new(&text, &lexicon.times);
        let (mut reading, signs) = (cut.read(&setting.context()), cut.signs());
        let sentences = sentence::sentences(&text);
        part_moves(&text, &mut reading.moments, &signs, &sentences);
        let closing =
            if source == "text" { leave(&text, &signs) } else { None }.unwrap_or(text.len());
        Self { source, sent: setting.sent, reading, signs, closing, sentences, text }
    }

    /// What is said before the writer signs; all of it where no time stands before that, as where a programme follows the
    /// signature.
    pub fn body(&self) -> Range<usize> {
        let timed = self.reading.moments.iter().any(|m| m.time.start < self.closing);
        0..if timed { self.closing } else { self.text.len() }
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
        let closing = text.len();
        Self { source, sent, reading: Reading::default(), signs, closing, sentences, text }
    }

    /// The same text, its times read as if it was written at another instant.
    pub(super) fn written(self, sent: Timestamp, setting: &Setting<'_>, lexicon: &Lexicon) -> Self {
        let setting = Setting { sent, ..setting.clone() };
        let mut reading = times::read(&self.text, &lexicon.times, &setting.context());
        part_moves(&self.text, &mut reading.moments, &self.signs, &self.sentences);
        Self { sent, reading, ..self }
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
        self.signs.all(Cue::Move).any(|s| s.range.len() > 3 && !self.is_possible(s.range.start))
    }

    /// Whether something only may happen, at no time: "need to make changes?", "you can reschedule here".
    fn is_possible(&self, at: usize) -> bool {
        let sentence = self.sentence(at);
        let asks = self.text.get(sentence.clone()).is_some_and(|s| s.trim_end().ends_with('?'));
        let inside =
            |range: &Range<usize>| sentence.start <= range.start && range.end <= sentence.end;
        let timed = self.reading.moments.iter().any(|m| inside(&m.time))
            || self.reading.days.iter().any(|d| inside(&d.range))
            || self.reading.hours.iter().any(|h| inside(&h.range));
        !timed && (asks || self.signs.before(Cue::Could, at, usize::MAX, &sentence).is_some())
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

/// "I'm bumping our call from 2:00 to 3:30" is no range: the appointment gets the second time.
fn part_moves(text: &str, moments: &mut Vec<Moment>, signs: &Signs, sentences: &[Range<usize>]) {
    let mut parted = Vec::with_capacity(moments.len());
    for moment in std::mem::take(moments) {
        let sentence = sentence::at(sentences, moment.time.start);
        let before = sentence.start..moment.time.start;
        let moves = signs.all(Cue::Move).any(|s| {
            s.range.len() > 3 && s.range.start >= before.start && s.range.end <= before.end
        });
        let old = signs.all(Cue::OldBefore).any(|s| {
            s.range.start == moment.time.start
                || s.range.end <= moment.time.start && moment.time.start - s.range.end < 2
        });
        let (Some(end), Some(last)) = (moment.end.filter(|_| moves && old), moment.local.1) else {
            parted.push(moment);
            continue;
        };
        let written = text.get(moment.time.clone()).unwrap_or("");
        let middle =
            moment.time.start + written.rfind([' ', '-', '–']).unwrap_or(written.len() / 2);
        let middle = text.ceil_char_boundary(middle + 1);
        let new = Moment {
            range: middle..moment.range.end.max(moment.time.end),
            time: middle..moment.time.end,
            local: (last, None),
            start: end,
            end: None,
            ..moment.clone()
        };
        let time = moment.time.start..middle;
        let range = moment.range.start.min(time.start)..middle;
        let local = (moment.local.0, None);
        parted.push(Moment { range, time, local, end: None, ..moment });
        parted.push(new);
    }
    *moments = parted;
}

/// The longest line that takes leave, behind the words for it, in characters: "Viele Grüße aus dem sonnigen Jena".
const MAX_LEAVE: usize = 32;

/// Where a line begins that takes leave and says nothing else. What a postscript says is said.
fn leave(text: &str, signs: &Signs) -> Option<usize> {
    let found = signs.all(Cue::Closing).find(|sign| {
        let start = text[..sign.range.start].rfind('\n').map_or(0, |i| i + 1);
        let rest = text[sign.range.end..].lines().next().unwrap_or("");
        // "Servus Milan" greets.
        !text[..start].trim().is_empty()
            && text[start..sign.range.start].trim().is_empty()
            && rest.chars().count() <= MAX_LEAVE
            && !rest.contains(|c: char| c.is_ascii_digit() || matches!(c, '?' | ':'))
    })?;
    let postscript = text[found.range.end..].lines().any(|line| {
        let head = line.trim_start().to_lowercase();
        ["ps", "p.s", "p. s"].iter().any(|mark| {
            head.strip_prefix(mark).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
    });
    (!postscript).then_some(found.range.start)
}
