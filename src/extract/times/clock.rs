//! Times of day as people write them, alone and as ranges.

use super::reader::Reader;
use super::token::{Gap, Kind};
use super::words::{Meaning, Part};

/// One time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// 0 to 24.
    pub hour: i8,
    pub minute: i8,
    /// The half of the day that it is said to be in.
    pub half: Option<Part>,
    /// How surely this is a time at all.
    pub shape: Shape,
    /// It cannot be in the other half: noon, a leading zero, 13 and more.
    pub exact: bool,
    /// The token behind it.
    pub to: usize,
}

/// How surely something is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A bare number.
    Bare,
    /// `9.30`
    Dotted,
    /// Marked as a time.
    Sure,
}

impl Reader<'_> {
    /// One time of day that begins at a token.
    pub fn clock(&self, at: usize) -> Option<Clock> {
        if self.inside_number(at) {
            return None;
        }
        if let Some((time, to)) = self.means(at, |m| match m {
            Meaning::Clock(time) => Some(time),
            _ => None,
        }) {
            return Some(Clock {
                hour: time.hour(),
                minute: time.minute(),
                half: None,
                shape: Shape::Sure,
                exact: true,
                to,
            });
        }
        // Japanese writes the half before the hour, without a blank; "am 5. März" is German, "P2" a place to park.
        let unspaced = !self.word(at).is_ascii();
        let leading = self.half(at).filter(|(_, next)| unspaced && self.glued(*next));
        let (before, at) = leading.map_or((None, at), |(half, next)| (Some(half), next));
        let found =
            self.past_or_to(at).or_else(|| self.in_digits(at)).or_else(|| self.in_words(at))?;
        let found = self.noon_behind(found);
        Some(self.with_half(found, before))
    }

    /// A half of the day: "pm", "in the afternoon".
    fn half(&self, at: usize) -> Option<(Part, usize)> {
        if !self.glued(at) && self.is(at, Meaning::Article).is_some() {
            return None;
        }
        self.means(at, |m| match m {
            Meaning::Am | Meaning::In(Part::Morning) => Some(Part::Morning),
            Meaning::Pm | Meaning::In(Part::Afternoon) => Some(Part::Afternoon),
            _ => None,
        })
    }

    /// "12 noon" is one time, not two.
    fn noon_behind(&self, clock: Clock) -> Clock {
        let noon = self.means(clock.to, |m| matches!(m, Meaning::Clock(_)).then_some(()));
        match noon {
            Some(((), to)) if clock.hour == 12 => {
                Clock { shape: Shape::Sure, exact: true, to, ..clock }
            }
            _ => clock,
        }
    }

    fn with_half(&self, clock: Clock, before: Option<Part>) -> Clock {
        if let Some(half) = before {
            return Clock { half: Some(half), shape: Shape::Sure, ..clock };
        }
        let behind = self.skip_mark(clock.to, &[',']);
        let found = self.half(clock.to).or_else(|| {
            self.means(behind, |m| match m {
                Meaning::In(part) => Some(part),
                _ => None,
            })
        });
        match found {
            Some((half, to)) => Clock { half: Some(half), shape: Shape::Sure, to, ..clock },
            None => clock,
        }
    }

    /// Whether a number is the middle of a longer one, an amount, or an identifier.
    fn inside_number(&self, at: usize) -> bool {
        if at == 0 || !self.glued(at) || self.number(at).is_none() {
            return false;
        }
        match self.tokens[at - 1].kind {
            Kind::Number(..) => true,
            Kind::Word => self.word(at - 1).is_ascii() && self.is(at - 1, Meaning::At).is_none(),
            Kind::Mark(c) => matches!(
                c,
                '/' | '.' | ':' | '#' | '$' | '€' | '£' | '_' | '+' | '&' | '=' | '%' | '*'
            ),
        }
    }

    /// "half past two", "halb drei", "quarter to 4".
    fn past_or_to(&self, at: usize) -> Option<Clock> {
        let (minutes, next) = self.means(at, |m| match m {
            Meaning::Minutes(n) => Some(n),
            _ => None,
        })?;
        let (hour, mut to) = self.hour(next)?;
        if !(1..=12).contains(&hour) {
            return None;
        }
        to = self.skip(to, Meaning::OClock);
        let total = i16::from(hour) * 60 + i16::from(minutes);
        let (hour, minute) = (i8::try_from(total / 60).ok()?, i8::try_from(total % 60).ok()?);
        Some(Clock { hour, minute, half: None, shape: Shape::Sure, exact: false, to })
    }

    /// An hour in digits or as a word.
    fn hour(&self, at: usize) -> Option<(i8, usize)> {
        let word = |m| match m {
            Meaning::Number(n) => Some(n),
            _ => None,
        };
        self.small(at, 0, 24).map(|hour| (hour, at + 1)).or_else(|| self.means(at, word))
    }

    /// "14:30", "14.30 Uhr", "9.00am", "13h30", "15 h 30", "14 Uhr", "2pm", "1400 hrs", "2時半", "10".
    fn in_digits(&self, at: usize) -> Option<Clock> {
        let (number, digits) = self.number(at)?;
        if digits >= 3 {
            return self.military(at, number, digits);
        }
        let hour = self.small(at, 0, 24)?;
        let exact = hour > 12 || hour == 0 || (digits == 2 && hour < 10);
        let sure = |minute, to| Clock { hour, minute, half: None, shape: Shape::Sure, exact, to };
        let minute = |at: usize| {
            let two = self.number(at).is_some_and(|(_, digits)| digits == 2);
            self.small(at, 0, 59).filter(|_| two)
        };
        let next = at + 1;
        let separator = self.mark(next).filter(|_| self.glued(next) && self.glued(next + 1));
        if let (Some(mark @ (':' | '.')), Some(minute)) = (separator, minute(next + 1)) {
            return self.with_minutes(sure(minute, next + 2), mark);
        }
        if let Some(behind) =
            self.is(next, Meaning::MinuteMark).filter(|_| self.gap(next) <= Gap::Blank)
            && let Some(minute) = minute(behind).filter(|_| self.gap(behind) <= Gap::Blank)
        {
            let behind = self.means(behind + 1, |m| matches!(m, Meaning::Unit(1)).then_some(()));
            let to = behind
                .map_or(self.is(next, Meaning::MinuteMark).unwrap_or(next) + 1, |((), to)| to);
            return Some(sure(minute, to));
        }
        if let Some(clock) = self.and_minutes(hour, exact, next) {
            return Some(clock);
        }
        if let Some(to) = self.is(next, Meaning::OClock).filter(|_| self.gap(next) <= Gap::Blank) {
            // "2 h" and "3 時間" are lengths, which `length` looks for.
            return Some(sure(0, to));
        }
        if self.half(next).is_some_and(|_| hour <= 12 && self.gap(next) <= Gap::Blank) {
            return Some(sure(0, next));
        }
        Some(Clock { shape: Shape::Bare, ..sure(0, next) })
    }

    /// What may follow the minutes: seconds, "Uhr"; not a third number of an identifier.
    fn with_minutes(&self, clock: Clock, mark: char) -> Option<Clock> {
        let mut to = clock.to;
        let more = |at: usize| {
            self.mark(at) == Some(mark)
                && self.glued(at)
                && self.glued(at + 1)
                && self.number(at + 1).is_some()
        };
        if more(to) {
            let seconds = mark == ':' && self.small(to + 1, 0, 59).is_some() && !more(to + 2);
            if !seconds {
                return None;
            }
            to += 2;
        }
        let letters = self.glued(to)
            && self.tokens.get(to).is_some_and(|t| matches!(t.kind, Kind::Number(..)));
        if letters || self.mark(to) == Some('%') {
            return None;
        }
        let marked = self.is(to, Meaning::OClock).filter(|_| self.gap(to) <= Gap::Blank);
        let half = self.half(to).is_some();
        let shape =
            if mark == ':' || marked.is_some() || half { Shape::Sure } else { Shape::Dotted };
        Some(Clock { shape, to: marked.unwrap_or(to), ..clock })
    }

    /// "4 y media", "trois heures et demie", "2時半".
    fn and_minutes(&self, hour: i8, exact: bool, at: usize) -> Option<Clock> {
        let behind = self.skip(at, Meaning::OClock);
        let (minutes, to) = self.means(behind, |m| match m {
            Meaning::AndMinutes(n) => Some(n),
            _ => None,
        })?;
        let total = i16::from(hour) * 60 + i16::from(minutes);
        let (hour, minute) = (i8::try_from(total / 60).ok()?, i8::try_from(total % 60).ok()?);
        (hour <= 24 && minute >= 0).then_some(Clock {
            hour,
            minute,
            half: None,
            shape: Shape::Sure,
            exact,
            to,
        })
    }

    /// "1400 hrs", "at 0930": four digits that are said to be a time.
    fn military(&self, at: usize, number: u32, digits: u8) -> Option<Clock> {
        let to = at + 1;
        let (hour, minute) = (i8::try_from(number / 100).ok()?, i8::try_from(number % 100).ok()?);
        let three = digits == 3 && self.half(to).is_some();
        if !(three || digits == 4 && hour < 24 && minute < 60) {
            return None;
        }
        let hours =
            self.means(to, |m| matches!(m, Meaning::OClock | Meaning::Unit(60)).then_some(()));
        let marked = hours.map(|((), next)| next);
        let half = self.half(to).is_some() && hour <= 12;
        let led = self.before(at, |m| matches!(m, Meaning::At | Meaning::From).then_some(()))
            && !(1900..2100).contains(&number);
        (marked.is_some() || half || led).then_some(Clock {
            hour,
            minute,
            half: None,
            shape: Shape::Sure,
            exact: !half,
            to: marked.unwrap_or(to),
        })
    }

    /// "two o'clock", "two thirty", "two".
    fn in_words(&self, at: usize) -> Option<Clock> {
        let number = |m| match m {
            Meaning::Number(n) => Some(n),
            _ => None,
        };
        let (hour, next) = self.means(at, number)?;
        if !(1..=24).contains(&hour) {
            return None;
        }
        if let Some(clock) = self.and_minutes(hour, hour > 12, next) {
            return Some(clock);
        }
        let clock =
            |minute, shape, to| Clock { hour, minute, half: None, shape, exact: hour > 12, to };
        if let Some(to) = self.is(next, Meaning::OClock) {
            return Some(clock(0, Shape::Sure, to));
        }
        match self.means(next, number) {
            Some((minute @ 10..=59, to)) if minute % 5 == 0 => {
                Some(clock(minute, Shape::Dotted, to))
            }
            _ => Some(clock(0, Shape::Bare, next)),
        }
    }
}
