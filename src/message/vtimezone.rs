//! VTIMEZONE (RFC 5545 section 3.6.5): the rules that an object brings for its own zone names.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::Offset;

use super::content_line::Line;
use super::zone::Clock;

/// How many observances of one zone are read.
const MAX_OBSERVANCES: usize = 100;
/// How many RDATEs of one zone are read.
const MAX_DATES: usize = 1_000;
/// How many months of one rule are read: a clock changes once by each.
const MAX_MONTHS: usize = 2;

/// A zone's rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// TZID.
    pub name: String,
    /// X-LIC-LOCATION: the region, as libical notes it.
    pub location: Option<String>,
    observances: Vec<Observance>,
    dates: usize,
}

/// One STANDARD or DAYLIGHT.
#[derive(Clone, Debug, Default)]
struct Observance {
    daylight: bool,
    start: Option<DateTime>,
    from: Option<Offset>,
    to: Option<Offset>,
    yearly: Option<Yearly>,
    dates: Vec<DateTime>,
}

/// A yearly rule: the one kind of RRULE that zones are written with.
#[derive(Clone, Debug, Default)]
struct Yearly {
    months: Vec<i8>,
    days: Vec<(i8, Weekday)>,
    month_days: Vec<i8>,
    position: Option<i8>,
    interval: i16,
    until: Option<DateTime>,
    count: Option<i16>,
}

/// One change of the clock: from this instant on, this offset.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: Timestamp,
    before: Offset,
    after: Offset,
}

impl Rules {
    /// Reads one line that stands in the VTIMEZONE itself.
    pub fn line(&mut self, line: &Line<'_>) {
        match &*line.name {
            "TZID" => line.text().trim().clone_into(&mut self.name),
            "X-LIC-LOCATION" => self.location = Some(line.text().trim().to_owned()),
            _ => {}
        }
    }

    /// Begins a STANDARD or DAYLIGHT.
    pub fn begin(&mut self, daylight: bool) {
        if self.observances.len() < MAX_OBSERVANCES {
            self.observances.push(Observance { daylight, ..Observance::default() });
        }
    }

    /// Reads one line of the STANDARD or DAYLIGHT that was begun last.
    pub fn observance_line(&mut self, line: &Line<'_>) {
        let Some(observance) = self.observances.last_mut() else { return };
        match &*line.name {
            "DTSTART" => observance.start = local(line.value),
            "TZOFFSETFROM" => observance.from = offset(line.value),
            "TZOFFSETTO" => observance.to = offset(line.value),
            "RRULE" => observance.yearly = Yearly::parse(line.value),
            "RDATE" => {
                let before = observance.dates.len();
                let room = MAX_DATES - self.dates;
                observance.dates.extend(line.value.split(',').take(room).filter_map(local));
                self.dates += observance.dates.len() - before;
            }
            _ => {}
        }
    }

    /// The instant of a local time. A time that the clock skips or shows twice is read as jiff's "compatible" mode does
    /// (and RFC 5545 section 3.3.5): the offset before the gap, the first of the two.
    pub fn instant(&self, at: DateTime) -> Option<Timestamp> {
        let changes = self.changes(at.year());
        let first = self.before_all(&changes)?;
        let mut offsets: Vec<Offset> = changes.iter().map(|c| c.after).chain([first]).collect();
        offsets.sort_unstable();
        offsets.dedup();
        // From the greatest offset, which gives the earliest instant.
        for &candidate in offsets.iter().rev() {
            let instant = candidate.to_timestamp(at).ok()?;
            if in_force(&changes, first, instant) == candidate {
                return Some(instant);
            }
        }
        let gap = changes.iter().rev().find(|c| c.before.to_datetime(c.at) <= at);
        gap.map_or(first, |c| c.before).to_timestamp(at).ok()
    }

    /// What holds before every change: the earliest one's TZOFFSETFROM.
    fn before_all(&self, changes: &[Change]) -> Option<Offset> {
        changes
            .first()
            .map(|c| c.before)
            .or_else(|| self.observances.iter().find_map(|o| o.to.or(o.from)))
    }

    /// The changes that matter for a year, in order.
    fn changes(&self, year: i16) -> Vec<Change> {
        let mut changes: Vec<(bool, Change)> = Vec::new();
        for observance in &self.observances {
            let Some(after) = observance.to else { continue };
            let before = observance.from.unwrap_or(after);
            let onsets = observance.onsets(year);
            let change = |local: DateTime| {
                Some(Change { at: before.to_timestamp(local).ok()?, before, after })
            };
            changes.extend(onsets.into_iter().filter_map(change).map(|c| (observance.daylight, c)));
        }
        // Of two at one instant standard time is the later one: some files give both the same date and no rule.
        changes.sort_by_key(|(daylight, change)| (change.at, !daylight));
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

/// The offset at an instant.
fn in_force(changes: &[Change], first: Offset, instant: Timestamp) -> Offset {
    changes.iter().rev().find(|c| c.at <= instant).map_or(first, |c| c.after)
}

impl Observance {
    /// The local times at which it begins, in and around a year, with the last one before.
    fn onsets(&self, year: i16) -> Vec<DateTime> {
        let Some(start) = self.start else { return self.dates.clone() };
        let mut out = self.dates.clone();
        out.push(start);
        let Some(rule) = &self.yearly else { return out };
        // A rule that has ended still holds where no later one began: its last years count.
        let newest = rule.last_year(start.year()).min(year.saturating_add(1));
        let oldest = newest.min(year).saturating_sub(1);
        for year in oldest..=newest {
            out.extend(rule.in_year(year, start).filter(|&at| at > start));
        }
        out
    }
}

impl Yearly {
    /// Reads a rule; `None` where it is no yearly one.
    fn parse(text: &str) -> Option<Self> {
        let mut rule = Self { interval: 1, ..Self::default() };
        let mut yearly = false;
        for (name, value) in text.split(';').take(20).filter_map(|part| part.split_once('=')) {
            let numbers = || value.split(',').take(62).filter_map(|n| n.trim().parse::<i8>().ok());
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" => yearly = value.trim().eq_ignore_ascii_case("YEARLY"),
                "BYMONTH" => {
                    rule.months =
                        numbers().filter(|m| (1..=12).contains(m)).take(MAX_MONTHS).collect();
                }
                "BYMONTHDAY" => rule.month_days = numbers().collect(),
                "BYDAY" => rule.days = value.split(',').take(31).filter_map(by_day).collect(),
                "BYSETPOS" => rule.position = numbers().next(),
                "INTERVAL" => rule.interval = value.trim().parse().unwrap_or(1).max(1),
                "COUNT" => rule.count = value.trim().parse().ok(),
                "UNTIL" => rule.until = local(value),
                _ => {}
            }
        }
        yearly.then_some(rule)
    }

    /// The last year in which it can apply.
    fn last_year(&self, start: i16) -> i16 {
        let by_count = self
            .count
            .map(|n| start.saturating_add(n.saturating_sub(1).saturating_mul(self.interval)));
        let by_date = self.until.map(DateTime::year);
        by_count.into_iter().chain(by_date).min().unwrap_or(9000).min(9000)
    }

    /// When it applies in a year.
    fn in_year(&self, year: i16, start: DateTime) -> impl Iterator<Item = DateTime> {
        let mut days = Vec::new();
        let turn = i32::from(year) - i32::from(start.year());
        if turn >= 0 && turn % i32::from(self.interval) == 0 && year <= self.last_year(start.year())
        {
            let own = [start.month()];
            let months = if self.months.is_empty() { &own[..] } else { &self.months[..] };
            days.extend(
                months
                    .iter()
                    .filter_map(|&m| Date::new(year, m, 1).ok())
                    .flat_map(|m| self.in_month(m, start)),
            );
        }
        // UNTIL is in UTC and the onset is local: a day of grace either way decides nothing else.
        let until = self.until.map(|until| until.date().saturating_add(jiff::Span::new().days(1)));
        let time = start.time();
        days.into_iter()
            .filter(move |&day| until.is_none_or(|until| day <= until))
            .map(move |day| day.to_datetime(time))
    }

    /// The days of one month.
    fn in_month(&self, first: Date, start: DateTime) -> Vec<Date> {
        let from_end = |day: i8| if day < 0 { first.days_in_month() + 1 + day } else { day };
        let month_days: Vec<i8> = self.month_days.iter().map(|&d| from_end(d)).collect();
        let all = (1..=first.days_in_month())
            .filter_map(|d| Date::new(first.year(), first.month(), d).ok());
        let mut found: Vec<Date> = all
            .filter(|day| match (self.days.is_empty(), month_days.is_empty()) {
                (true, true) => day.day() == start.day(),
                (true, false) => month_days.contains(&day.day()),
                (false, none) => self.on_weekday(*day) && (none || month_days.contains(&day.day())),
            })
            .collect();
        let Some(position) = self.position else { return found };
        let from_start = usize::from(position.unsigned_abs()).checked_sub(1);
        let index = match from_start {
            Some(n) if position < 0 => found.len().checked_sub(n + 1),
            other => other,
        };
        found = index.and_then(|n| found.get(n)).copied().into_iter().collect();
        found
    }

    /// Whether BYDAY names this day: `SU`, the second `2SU`, the last `-1SU`.
    fn on_weekday(&self, day: Date) -> bool {
        let from_start = (day.day() - 1) / 7 + 1;
        let from_end = -((day.days_in_month() - day.day()) / 7 + 1);
        self.days.iter().any(|&(n, weekday)| {
            weekday == day.weekday() && (n == 0 || n == from_start || n == from_end)
        })
    }
}

/// One item of BYDAY; 0 for every such day.
fn by_day(text: &str) -> Option<(i8, Weekday)> {
    let text = text.trim().to_ascii_uppercase();
    let (number, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match day {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    Some((if number.is_empty() { 0 } else { number.parse().ok()? }, weekday))
}

/// A local time; what a `Z` says is left out.
fn local(text: &str) -> Option<DateTime> {
    // A period (RDATE;VALUE=PERIOD) begins with its start.
    let text = text.split('/').next().unwrap_or(text);
    match super::zone::clock(text)? {
        Clock::Day(day) => Some(day.to_datetime(jiff::civil::Time::midnight())),
        Clock::Local(at) | Clock::Offset(at, _) => Some(at),
    }
}

/// A UTC offset: `-0500`, `+05:30`, `+053000`.
pub(super) fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if digits.len() < 2 || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Three or five digits: the hour's leading zero is missing.
    let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    let part = |at: usize| digits.get(at..at + 2).and_then(|d| d.parse::<i32>().ok()).unwrap_or(0);
    Offset::from_seconds(sign * (part(0) * 3600 + part(2) * 60 + part(4))).ok()
}
