//! Dates as people write them, and the days that they mean.

use jiff::civil::Weekday;

use super::reader::Reader;
use super::token::Gap;
use super::words::Meaning;

/// A date in a text, not yet the day that it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateAt {
    /// How it is written.
    pub spec: Spec,
    /// The weekday that stands with it.
    pub weekday: Option<Weekday>,
    /// Its tokens.
    pub from: usize,
    /// The token behind it.
    pub to: usize,
    /// It stands for a week, or for a day of the past.
    pub vague: bool,
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spec {
    /// With its year.
    Full(i16, i8, i8),
    /// Month and day.
    MonthDay(i8, i8),
    /// Two numbers in one order or the other, and perhaps a year.
    Slashed(i8, i8, Option<i16>),
    /// A day of a month.
    Day(i8),
    /// A weekday alone.
    Weekday(Reach),
    /// So many days after the message.
    After(i8),
    /// A week alone, counted from the message's.
    Week(i8),
}

/// Which of the days of a weekday's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The nearest, today included.
    Nearest,
    /// The nearest after today.
    Coming,
    /// That of the week so many weeks on.
    OfWeek(i8),
    /// The last before today.
    Past,
}

impl Reader<'_> {
    /// The date that begins at a token.
    pub fn date(&self, at: usize) -> Option<DateAt> {
        let found =
            self.weekday_date(at).or_else(|| self.relative(at)).or_else(|| self.dated(at))?;
        Some(DateAt { from: at, ..found })
    }

    /// Behind the abbreviation for "year" that follows one: "14.04.2026 r."
    fn year_mark(&self, at: usize) -> usize {
        let behind = self.is(at, Meaning::YearMark).filter(|_| self.gap(at) < Gap::Line);
        behind.map_or(at, |next| self.skip_mark(next, &['.']))
    }

    /// "Thursday 5 March", "next Tuesday", "Friday the 13th", "lundi prochain".
    fn weekday_date(&self, at: usize) -> Option<DateAt> {
        let (reach, after) = self.reach(at).map_or((None, at), |(r, next)| (Some(r), next));
        let (weekday, behind) = self.weekday(after)?;
        let plain = |spec, to| DateAt { spec, weekday: Some(weekday), from: at, to, vague: false };
        if let Some((spec, to)) = self.core(self.joint(behind), true) {
            return Some(plain(spec, to));
        }
        if let Some((weeks, to)) = self.means(self.skip_mark(behind, &[',']), week) {
            return Some(plain(Spec::Weekday(Reach::OfWeek(weeks)), to));
        }
        let (reach, to) = match self.reach_behind(behind) {
            Some((found, next)) if reach.is_none() => (Some(found), next),
            _ => (reach, behind),
        };
        let to = if let Some((spec, to)) = self.core(self.joint(to), true) {
            return Some(plain(spec, to));
        } else {
            to
        };
        let reach = reach.unwrap_or(Reach::Nearest);
        Some(DateAt { vague: reach == Reach::Past, ..plain(Spec::Weekday(reach), to) })
    }

    /// A weekday's name; a short one may end in a full stop.
    pub fn weekday(&self, at: usize) -> Option<(Weekday, usize)> {
        let (weekday, next) = self.means(at, |m| match m {
            Meaning::Weekday(day) => Some(day),
            _ => None,
        })?;
        let short = self.range(at, next).len() <= 4;
        let dotted = short && self.mark(next) == Some('.') && self.glued(next);
        // "may", "sat", "sun" and the like are weekdays only with their capital, in languages that have it.
        let capital = self.tokens.get(at).is_some_and(|t| t.capital);
        let common = self.is(at, Meaning::Common).is_some() || self.range(at, next).len() <= 3;
        (capital || !common || !self.word(at).is_ascii())
            .then_some((weekday, next + usize::from(dotted)))
    }

    /// What may stand between a weekday and the rest of its date.
    fn joint(&self, at: usize) -> usize {
        let mut at = self.skip_mark(at, &[',', '(', '-', ':', '|']);
        for _ in 0..2 {
            at = self.skip(at, Meaning::Article);
            at = self.skip(at, Meaning::Of);
        }
        at
    }

    fn reach(&self, at: usize) -> Option<(Reach, usize)> {
        let (found, mut next) = self.means(at, |m| match m {
            Meaning::Next => Some(Reach::OfWeek(1)),
            Meaning::Coming => Some(Reach::Coming),
            Meaning::Last => Some(Reach::Past),
            Meaning::Week(weeks) => Some(Reach::OfWeek(weeks)),
            _ => None,
        })?;
        next = self.skip_mark(next, &[',']);
        for _ in 0..2 {
            next = self.skip(next, Meaning::Article);
            next = self.skip(next, Meaning::Of);
        }
        Some((found, next))
    }

    fn reach_behind(&self, at: usize) -> Option<(Reach, usize)> {
        self.means(at, |m| match m {
            Meaning::Next => Some(Reach::OfWeek(1)),
            Meaning::Coming => Some(Reach::Coming),
            Meaning::Last => Some(Reach::Past),
            _ => None,
        })
    }

    /// "tomorrow", "tomorrow, Tuesday 3 March", "next week".
    fn relative(&self, at: usize) -> Option<DateAt> {
        let (spec, next) = self.means(at, |m| match m {
            Meaning::Day(days) => Some(Spec::After(days)),
            Meaning::Week(weeks) => Some(Spec::Week(weeks)),
            _ => None,
        })?;
        let vague = matches!(spec, Spec::Week(_) | Spec::After(..0));
        let plain = DateAt { spec, weekday: None, from: at, to: next, vague };
        let joint = self.joint(next);
        // A date in numbers behind a mark or a bracket explains the word; "today 10-11" does not.
        if vague {
            return Some(plain);
        }
        if let Some((_, behind)) = self.weekday(joint) {
            if let Some((spec, to)) = self.core(self.joint(behind), true) {
                return Some(DateAt { spec, to: self.close(to), ..plain });
            }
            return Some(DateAt { to: self.close(behind), ..plain });
        }
        match self.core(joint, false) {
            Some((spec @ (Spec::Full(..) | Spec::MonthDay(..)), to)) => {
                Some(DateAt { spec, to: self.close(to), ..plain })
            }
            _ => Some(plain),
        }
    }

    fn close(&self, at: usize) -> usize {
        self.skip_mark(at, &[')'])
    }

    /// A date without a weekday before it; one may stand behind it.
    fn dated(&self, at: usize) -> Option<DateAt> {
        let week = self.is(at, Meaning::WeekOf).map(|i| self.joint(i));
        let article = self.is(at, Meaning::Article);
        let (spec, to) =
            self.core(week.unwrap_or(at), false).or_else(|| self.bare_day(article?))?;
        let bracket = self.skip_mark(to, &[',', '(']);
        let (weekday, to) = match self.weekday(bracket) {
            Some((weekday, next)) if self.gap(bracket) < Gap::Line => {
                (Some(weekday), self.close(next))
            }
            _ => (None, to),
        };
        Some(DateAt { spec, weekday, from: at, to, vague: week.is_some() })
    }

    /// Month and day in whatever form. `named`: a weekday stands before it, so that a bare number may be a day.
    fn core(&self, at: usize, named: bool) -> Option<(Spec, usize)> {
        self.marked(at)
            .or_else(|| self.day_month(at))
            .or_else(|| self.month_day(at))
            .or_else(|| self.numeric(at, named))
            .or_else(|| {
                if named {
                    self.bare_day(at).or_else(|| self.counted_day(at))
                } else {
                    self.ordinal(at)
                }
            })
    }

    /// "5 March 2026", "5th of March", "12. März", "fifth of March".
    fn day_month(&self, at: usize) -> Option<(Spec, usize)> {
        let (day, mut next) = self.day(at)?;
        for _ in 0..2 {
            next = self.skip(next, Meaning::Of);
        }
        next = self.skip_mark(next, &['-', '/']);
        let (month, next) = self.month(next)?;
        // "10-11 May" is no date with a time; the day is the one next to the month.
        Some(self.with_year(month, day, next))
    }

    /// A day of a month with its ordinal mark, if it has one.
    fn day(&self, at: usize) -> Option<(i8, usize)> {
        let word = |m| match m {
            Meaning::OrdinalDay(day) => Some(day),
            _ => None,
        };
        if let Some(found) = self.means(at, word) {
            return Some(found);
        }
        let day = self.small(at, 1, 31)?;
        let mut next = at + 1;
        if self.glued(next) {
            next = self.skip(next, Meaning::Ordinal);
            next = self.skip_mark(next, &['.', '\u{ba}', '\u{b0}']);
        } else if let Some(behind) = self.is(next, Meaning::Ordinal) {
            next = behind;
        }
        Some((day, next))
    }

    fn month(&self, at: usize) -> Option<(i8, usize)> {
        let (month, next) = self.means(at, |m| match m {
            Meaning::Month(month) => Some(month),
            _ => None,
        })?;
        Some((month, next + usize::from(self.mark(next) == Some('.') && self.glued(next))))
    }

    /// "March 17", "Mar 3rd, 2026".
    fn month_day(&self, at: usize) -> Option<(Spec, usize)> {
        let (month, next) = self.month(at)?;
        let next = self.skip_mark(self.skip(next, Meaning::Article), &['-', '/']);
        let (day, mut behind) = self.day(next)?;
        if self.mark(behind - 1) == Some('.') {
            behind -= 1;
        }
        let clock = self.mark(behind) == Some(':')
            && self.small(behind + 1, 0, 59).is_some()
            && self.glued(behind + 1);
        let half =
            self.means(behind, |m| matches!(m, Meaning::Am | Meaning::Pm).then_some(())).is_some();
        (!clock && !half).then(|| self.with_year(month, day, behind))
    }

    fn with_year(&self, month: i8, day: i8, at: usize) -> (Spec, usize) {
        let next = self.skip(self.skip_mark(at, &[',', '-', '/', '.']), Meaning::Of);
        match self.year(next) {
            Some(year) if self.gap(next) < Gap::Line => {
                (Spec::Full(year, month, day), self.year_mark(next + 1))
            }
            _ => (Spec::MonthDay(month, day), at),
        }
    }

    /// A year of four digits, not the hours and minutes of a time.
    fn year(&self, at: usize) -> Option<i16> {
        let (year, digits) = self.number(at)?;
        let clock =
            self.mark(at + 1) == Some(':') && self.glued(at + 1) && self.number(at + 2).is_some();
        (digits == 4 && (2000..2100).contains(&year) && !clock)
            .then(|| i16::try_from(year).ok())
            .flatten()
    }

    /// "2026-03-05", "05/06/2025", "22.04.", "3/3".
    fn numeric(&self, at: usize, named: bool) -> Option<(Spec, usize)> {
        let separator = self.mark(at + 1).filter(|c| matches!(c, '/' | '.' | '-'))?;
        if !self.glued(at + 1) {
            return None;
        }
        if let Some(year) = self.year(at) {
            let month = self.small(at + 2, 1, 12)?;
            let day = self.small(at + 4, 1, 31)?;
            return (self.mark(at + 3) == Some(separator))
                .then_some((Spec::Full(year, month, day), at + 5));
        }
        let (first, second) = (self.small(at, 1, 31)?, self.small(at + 2, 1, 31)?);
        let wide = separator == '.' && self.gap(at + 2) == Gap::Blank;
        if !(self.glued(at + 2) || wide) {
            return None;
        }
        if self.mark(at + 3) == Some(separator) && self.glued(at + 3) {
            let near = self.gap(at + 4) <= Gap::Blank;
            if let Some(year) = self.short_year(at + 4).filter(|_| near) {
                let spec = dotted(separator, first, second, Some(year))?;
                return Some((spec, self.year_mark(at + 5)));
            }
        }
        self.yearless(at, separator, first, second, named)
    }

    /// Two numbers: with full stops the second ends in one too, or a weekday or "on the" stands before; a slash needs a
    /// day near it or a capital place in the line, which a fraction or a score lacks.
    fn yearless(
        &self,
        at: usize,
        separator: char,
        first: i8,
        second: i8,
        named: bool,
    ) -> Option<(Spec, usize)> {
        let next = at + 3;
        match separator {
            '.' => {
                let stop = self.mark(next) == Some('.') && self.glued(next);
                let two = self.number(at + 2).is_some_and(|(_, digits)| digits == 2) || stop;
                let hour = self
                    .means(next, |m| {
                        matches!(m, Meaning::OClock | Meaning::Am | Meaning::Pm).then_some(())
                    })
                    .is_some();
                let led = named || self.before(at, |m| matches!(m, Meaning::Article).then_some(()));
                let fits = two && second <= 12 && !hour && (stop || led);
                fits.then_some((Spec::MonthDay(second, first), next + usize::from(stop)))
            }
            '/' => {
                let score = self.glued(next) && self.mark(next) == Some('/');
                let part =
                    self.means(next, |m| matches!(m, Meaning::Unit(_)).then_some(())).is_some();
                let fraction =
                    !named && (first == 24 && second == 7 || first == 1 && matches!(second, 2..=4));
                (!score && !part && !fraction && (first <= 12 || second <= 12))
                    .then_some((Spec::Slashed(first, second, None), next))
            }
            _ => None,
        }
    }

    fn short_year(&self, at: usize) -> Option<i16> {
        self.year(at).or_else(|| {
            let (year, digits) = self.number(at)?;
            (digits == 2 && (20..100).contains(&year))
                .then(|| i16::try_from(2000 + year).ok())
                .flatten()
        })
    }

    /// "the 5th", "le 13": a day that has its mark, or stands behind an article and before a time.
    fn bare_day(&self, at: usize) -> Option<(Spec, usize)> {
        if let Some(found) = self.ordinal(at) {
            return Some(found);
        }
        let day = self.small(at, 1, 31)?;
        let next = at + 1;
        let stop =
            self.mark(next) == Some('.') && self.glued(next) && self.gap(next + 1) != Gap::None;
        let to = next + usize::from(stop);
        let comma = self.skip_mark(to, &[',']);
        let timed = self.is(comma, Meaning::At).is_some_and(|i| self.clock(i).is_some())
            || self.is(comma, Meaning::From).is_some_and(|i| self.clock(i).is_some());
        timed.then_some((Spec::Day(day), to))
    }

    /// "5th", "5º": not before a noun that is counted ("2nd floor", "1st round").
    fn ordinal(&self, at: usize) -> Option<(Spec, usize)> {
        let word = self.means(at, |m| match m {
            Meaning::OrdinalDay(day) => Some(day),
            _ => None,
        });
        if word.is_some() {
            return None;
        }
        let day = self.small(at, 1, 31)?;
        let next = self.glued(at + 1).then(|| self.is(at + 1, Meaning::Ordinal)).flatten()?;
        let led = self.before(at, |m| {
            matches!(m, Meaning::Article | Meaning::Weekday(_) | Meaning::From | Meaning::To)
                .then_some(())
        }) || self.mark(at.wrapping_sub(1)) == Some(',');
        let noun = self.tokens.get(next).is_some_and(|t| {
            t.gap == Gap::Blank
                && matches!(t.kind, super::token::Kind::Word)
                && !self.knows(next, |_| true)
        });
        let floor = noun && COUNTED.contains(&self.word(next).to_lowercase().as_str());
        (led && !floor).then_some((Spec::Day(day), next))
    }

    /// "Thursday 12": the number is a day where a time does not begin with it.
    fn counted_day(&self, at: usize) -> Option<(Spec, usize)> {
        let day = self.small(at, 1, 31)?;
        let next = at + 1;
        let stop =
            self.mark(next) == Some('.') && self.glued(next) && self.number(next + 1).is_none();
        let to = next + usize::from(stop);
        let hour = self.clock(at).is_some_and(|c| c.to > at + 1 || c.half.is_some());
        let range = self.mark(next) == Some('-') || self.is(next, Meaning::To).is_some();
        (!hour && !range && self.gap(at) <= Gap::Blank).then_some((Spec::Day(day), to))
    }

    /// "2026年3月12日(木)", "12日".
    fn marked(&self, at: usize) -> Option<(Spec, usize)> {
        let part = |at: usize, mark: Meaning| {
            let (value, _) = self.number(at)?;
            let next = self.is(at + 1, mark)?;
            Some((value, next))
        };
        let (year, month_at) = match part(at, Meaning::YearMark) {
            // The eighth year of Reiwa is 2026.
            Some((year @ 1..=99, next)) if self.era(at) => (i16::try_from(2018 + year).ok(), next),
            Some((1..=99, next)) => (None, next),
            Some((year, next)) => (i16::try_from(year).ok(), next),
            None => (None, at),
        };
        let Some((month, day_at)) = part(month_at, Meaning::MonthMark) else {
            let (day, next) = part(at, Meaning::DayMark)?;
            return (1..=31).contains(&day).then_some((Spec::Day(i8::try_from(day).ok()?), next));
        };
        let (day, next) = part(day_at, Meaning::DayMark)?;
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        Some((year.map_or(Spec::MonthDay(month, day), |year| Spec::Full(year, month, day)), next))
    }

    /// Whether the name of the present era stands before a year.
    fn era(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|i| self.word(i).ends_with("令和"))
    }

    /// Whether a phrase of that meaning ends right before a token. Only single words are looked at.
    pub fn before(&self, at: usize, want: impl Fn(Meaning) -> Option<()>) -> bool {
        at.checked_sub(1).is_some_and(|i| self.means(i, want).is_some())
    }
}

/// Nouns that ordinals count beside days.
const COUNTED: [&str; 12] = [
    "floor",
    "round",
    "stage",
    "interview",
    "street",
    "avenue",
    "ave",
    "st",
    "year",
    "quarter",
    "half",
    "time",
];

fn week(meaning: Meaning) -> Option<i8> {
    match meaning {
        Meaning::Week(weeks) => Some(weeks),
        _ => None,
    }
}

/// With full stops the day always comes first.
fn dotted(separator: char, first: i8, second: i8, year: Option<i16>) -> Option<Spec> {
    match (separator, year) {
        ('.', Some(year)) => (second <= 12).then_some(Spec::Full(year, second, first)),
        _ => (first <= 12 || second <= 12).then_some(Spec::Slashed(first, second, year)),
    }
}
