//! Dates and times out of running text: every style that people write, in the languages of the lexicon.
//!
//! The text is cut into tokens; dates, times, zones and lengths are looked for at each of them by a grammar that all
//! languages share, whose words stand in `config/lexicon/LANGUAGE.toml`; then each time is joined to the date that it
//! belongs to and to a zone. What the times are times *of* is not decided here.

mod clock;
mod date;
mod day;
mod join;
mod length;
mod reader;
mod span;
mod token;
mod words;
mod zone;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

pub(super) use words::File;
pub use words::Words;
pub use zone::Zone;

use super::cues::{Cue, Sign, Signs};
use reader::Reader;

/// How many tokens of a text are read.
const MAX_TOKENS: usize = 20_000;
/// How many cues of a text are kept: what looks around a place looks through all of them.
const MAX_SIGNS: usize = 2_000;

/// What a text is read against.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// When the message was written.
    pub sent: Timestamp,
    /// The offset that its Date was written in.
    pub offset: Option<Offset>,
    /// The owner's zone: that of times without one.
    pub zone: &'a TimeZone,
    /// Whether `3/5` is in March: `None` where the country is to be guessed from the zones.
    pub month_first: Option<bool>,
    /// The day of times without any date in the text: that of a subject.
    pub day: Option<Date>,
    /// The time that "same time" means where the text names no other.
    pub same: Option<(Time, Option<Time>)>,
}

/// One time, or range of times, on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The bytes of the time, with its date where they stand together.
    pub range: Range<usize>,
    /// The bytes of the time.
    pub time: Range<usize>,
    /// The bytes of the date; `None` where it comes from elsewhere.
    pub day: Option<Range<usize>>,
    /// The day, in the time's own zone.
    pub date: Date,
    /// The start and the end as written.
    pub local: (Time, Option<Time>),
    /// The start.
    pub start: Timestamp,
    /// The end, where a range is written.
    pub end: Option<Timestamp>,
    /// Whether a zone is written for it.
    pub zoned: bool,
    /// Whether date and time stand together; else the date was carried over from an earlier sentence.
    pub together: bool,
    /// Whether it can be one appointment.
    pub nature: Nature,
    /// The time is "the same time" as another.
    pub same: bool,
}

/// Whether a time can be that of one appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// One time on one day.
    Definite,
    /// A range within which something lies: "between 9 and 5".
    Window,
    /// On days of every week, in some week, or on a day that is named as past.
    Vague,
}

/// A date without a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its bytes.
    pub range: Range<usize>,
    /// The day.
    pub date: Date,
    /// Whether it can be one appointment.
    pub nature: Nature,
}

/// A time to which no date belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// Its bytes.
    pub range: Range<usize>,
    /// Start and end.
    pub local: (Time, Option<Time>),
}

/// How long something takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    /// Its bytes.
    pub range: Range<usize>,
    /// In minutes.
    pub minutes: i32,
}

/// What a text says of times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Times on days, in the order of the text.
    pub moments: Vec<Moment>,
    /// Dates that no time belongs to.
    pub days: Vec<Day>,
    /// Times that no date belongs to.
    pub hours: Vec<Hour>,
    /// Lengths.
    pub lengths: Vec<Length>,
}

/// A text cut into tokens, in its languages: times and cues are both read of it.
pub struct Text<'a>(Reader<'a>);

impl<'a> Text<'a> {
    /// Cuts a text.
    pub fn new(text: &'a str, words: &'a Words) -> Self {
        Self(Reader::new(text, words, MAX_TOKENS))
    }

    /// Its times.
    pub fn read(&self, context: &Context<'_>) -> Reading {
        join::join(&self.0, context)
    }

    /// Its cues.
    pub fn signs(&self) -> Signs {
        signs_of(&self.0)
    }
}

/// Reads the times of a text.
pub fn read(text: &str, words: &Words, context: &Context<'_>) -> Reading {
    Text::new(text, words).read(context)
}

/// The cues of a text.
pub fn signs(text: &str, words: &Words) -> Signs {
    Text::new(text, words).signs()
}

fn signs_of(reader: &Reader<'_>) -> Signs {
    let found = (0..reader.tokens.len())
        .flat_map(|i| reader.cues(i).into_iter().map(move |(cue, length)| (cue, i, length)));
    let sign = |(cue, i, length)| Sign { cue, range: reader.range(i, i + length) };
    let mut signs: Vec<Sign> = found.map(sign).take(MAX_SIGNS).collect();
    // The shorter of two phrases that show the same in one place goes.
    let mut ends: BTreeMap<Cue, usize> = BTreeMap::new();
    signs.retain(|sign| {
        let end = ends.entry(sign.cue).or_default();
        let inside = sign.range.end <= *end;
        *end = sign.range.end.max(*end);
        !inside
    });
    Signs(signs)
}

/// The languages that a text is written in, and English; all of them where it is too short to tell.
pub(super) fn tongues(text: &str, words: &Words) -> words::Tongues {
    words.tongues(&token::tokens(text, &words.known, MAX_TOKENS))
}

/// The language that a text is written in, by its common words; `None` where it is too short to tell.
pub fn language<'w>(text: &str, words: &'w Words) -> Option<&'w str> {
    let tokens = token::tokens(text, &words.known, MAX_TOKENS);
    let found = words.languages(&tokens);
    found.first().filter(|(_, count)| *count >= 2).map(|(language, _)| *language)
}
