//! Dates, times, zones and lengths of a text, each time joined to its date and its zone.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, ToSpan};

use super::date::{DateAt, Reach, Spec};
use super::day::Calendar;
use super::reader::Reader;
use super::span::TimeAt;
use super::token::{Gap, Kind, Token};
use super::words::Meaning;
use super::zone::Zone;
use super::{Context, Day, Hour, Length, Moment, Nature, Reading};

/// How many words may stand between a date and a time that belong together.
const NEAR: usize = 5;
/// How many times of one text are read.
const MAX_ITEMS: usize = 400;

/// Something found in the text.
#[derive(Debug)]
enum Item {
    Date(DateAt, Option<Date>),
    Time(TimeAt),
}

/// A zone that stands for itself: "all times Eastern".
struct Note {
    at: usize,
    zone: Zone,
}

struct Found {
    items: Vec<Item>,
    notes: Vec<Note>,
    lengths: Vec<Length>,
}

/// Reads a text's tokens from the first to the last.
pub(super) fn join(reader: &Reader<'_>, context: &Context<'_>) -> Reading {
    let calendar = calendar(context);
    let mut found = scan(reader, calendar);
    refer_back(&mut found.items, calendar);
    let mut reading = Reading { lengths: found.lengths, ..Reading::default() };
    let mut used = vec![false; found.items.len()];
    let mut joiner =
        Joiner { reader, context, items: &found.items, notes: &found.notes, last: None };
    for index in 0..found.items.len() {
        let Item::Time(time) = &found.items[index] else { continue };
        let Some(local) = joiner.local(time) else { continue };
        let day = joiner.day(index);
        if let Some(Chosen { item: Some(item), .. }) = day {
            used[item] = true;
        }
        match day.and_then(|day| joiner.moment(time, local, &day)) {
            Some(moment) => add(&mut reading.moments, moment, reader),
            None => reading.hours.push(Hour { range: reader.range(time.from, time.to), local }),
        }
    }
    for (item, used) in found.items.iter().zip(used) {
        if let (Item::Date(at, Some(date)), false) = (item, used) {
            let range = reader.range(at.from, at.to);
            let nature = if at.vague { Nature::Vague } else { Nature::Definite };
            reading.days.push(Day { range, date: *date, nature });
        }
    }
    reading
}

/// "Thursday the 30th ... on the Thursday morning": a weekday alone means the day of that name that was dated before it.
fn refer_back(items: &mut [Item], calendar: Calendar) {
    let mut dated: Vec<Date> = Vec::new();
    for item in items {
        let Item::Date(at, Some(date)) = item else { continue };
        let near = |d: &&Date| {
            d.weekday() == date.weekday()
                && **d > *date
                && calendar.today.duration_until(**d) <= AHEAD
        };
        match at.spec {
            Spec::Weekday(Reach::Nearest) => {
                if let Some(before) = dated.iter().rev().find(near) {
                    *date = *before;
                }
            }
            Spec::Full(..) | Spec::MonthDay(..) | Spec::Slashed(..) | Spec::Day(_) => {
                dated.push(*date);
            }
            _ => {}
        }
    }
}

/// How far ahead of a mail a weekday alone may lie that refers to a date before it.
const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The message's own day, where it was written, and the order of its numbers.
fn calendar(context: &Context<'_>) -> Calendar {
    let own = context.zone.to_offset(context.sent);
    // A server that writes its mail in UTC says nothing of the place.
    let offset = context.offset.filter(|o| *o != Offset::UTC).unwrap_or(own);
    let today = offset.to_datetime(context.sent).date();
    let american = (-10 * 3600..=-4 * 3600).contains(&offset.seconds());
    Calendar { today, month_first: context.month_first.unwrap_or(american) }
}

fn scan(reader: &Reader<'_>, calendar: Calendar) -> Found {
    let mut found = Found { items: Vec::new(), notes: Vec::new(), lengths: Vec::new() };
    let mut at = 0;
    while at < reader.tokens.len() && found.items.len() < MAX_ITEMS {
        at = step(reader, calendar, at, &mut found).unwrap_or(at + 1);
    }
    found
}

/// What begins at a token; the token behind it.
fn step(reader: &Reader<'_>, calendar: Calendar, at: usize, found: &mut Found) -> Option<usize> {
    // Nothing begins with a mark or with a word that no language knows, but the name of a place.
    let begins = |t: &Token| t.id != 0 || matches!(t.kind, Kind::Number(..)) || t.capital;
    if !reader.tokens.get(at).is_some_and(begins) {
        return None;
    }
    if let Some(to) = weekdays(reader, at) {
        let date = DateAt { spec: Spec::Week(0), weekday: None, from: at, to, vague: true };
        found.items.push(Item::Date(date, None));
        return Some(to);
    }
    if let Some(date) = reader.date(at) {
        let to = date.to;
        let day = date.resolve(calendar);
        found.items.push(Item::Date(date, day));
        return Some(to);
    }
    let dated = match found.items.last() {
        Some(Item::Date(date, _)) => joined(reader, date.to, at, false),
        _ => false,
    };
    // "two hours" and "une heure" are lengths where nothing leads them as times.
    let few = reader.small(at, 1, 4).is_some() || reader.number(at).is_none();
    let first = if few && !dated { reader.length(at) } else { None };
    if first.is_none()
        && let Some(time) = reader.time(at, dated)
    {
        let to = time.to;
        found.items.push(Item::Time(time));
        return Some(to);
    }
    if let Some(length) = first.or_else(|| reader.length(at)) {
        if !length.apart {
            found
                .lengths
                .push(Length { range: reader.range(at, length.to), minutes: length.minutes });
        }
        return Some(length.to);
    }
    let token = reader.tokens[at];
    if token.kind == Kind::Word && (token.capital || token.id != 0) {
        let (zone, to) = reader.zone(at).filter(|(zone, to)| is_note(reader, at, *to, zone))?;
        found.notes.push(Note { at, zone });
        return Some(to);
    }
    None
}

/// Whether a zone that stands alone is said of the times around it: it is not one word of a name.
fn is_note(reader: &Reader<'_>, at: usize, to: usize, zone: &Zone) -> bool {
    let word = reader.word(at);
    let upper = word.len() >= 2 && word.chars().all(char::is_uppercase);
    let bracketed = at > 0 && reader.mark(at - 1) == Some('(') && reader.mark(to) == Some(')');
    let ends = reader.mark(to).is_some() || reader.gap(to) >= Gap::Line;
    let of_times =
        || (at.saturating_sub(4)..at).any(|i| reader.word(i).to_lowercase().starts_with("time"));
    match zone {
        Zone::Yours | Zone::Ours => true,
        _ => to > at + 1 || bracketed || (ends && (upper || of_times())),
    }
}

/// "Mon-Fri": days of opening.
fn weekdays(reader: &Reader<'_>, at: usize) -> Option<usize> {
    let (first, next): (Weekday, usize) = reader.weekday(at)?;
    let dash = (reader.mark(next) == Some('-')).then_some(next + 1);
    let behind = dash.or_else(|| reader.is(next, Meaning::To))?;
    let (second, to) = reader.weekday(behind)?;
    let numbered =
        reader.number(to).is_some_and(|_| reader.date(behind).is_some_and(|d| d.to > to));
    (first != second && !numbered).then_some(to)
}

/// Whether only marks and small words stand between two tokens.
fn joined(reader: &Reader<'_>, from: usize, to: usize, backward: bool) -> bool {
    if to < from || to - from > NEAR {
        return false;
    }
    let mut at = from;
    while at < to {
        let word = |m| {
            matches!(
                m,
                Meaning::At | Meaning::From | Meaning::Of | Meaning::Article | Meaning::In(_)
            )
            .then_some(())
        };
        let mark = reader.mark(at).is_some_and(|c| {
            matches!(c, ',' | ':' | '(' | ')' | '-' | '|' | '*' | '/' | '@' | '\u{b7}' | '\u{2022}')
        });
        match reader.means(at, word) {
            Some(((), next)) if next <= to => at = next,
            _ if mark => at += 1,
            _ => return false,
        }
    }
    let gaps = (from..=to).map(|i| reader.gap(i)).max().unwrap_or(Gap::None);
    if backward {
        gaps < Gap::Line
            || to > from
                && gaps < Gap::Paragraph
                && reader
                    .means(from, |m| matches!(m, Meaning::Of | Meaning::At).then_some(()))
                    .is_some()
    } else {
        gaps < Gap::Paragraph
    }
}

/// A time's day.
#[derive(Clone, Copy)]
struct Chosen {
    date: Date,
    item: Option<usize>,
    together: bool,
    vague: bool,
}

struct Joiner<'a, 'c> {
    reader: &'a Reader<'a>,
    context: &'a Context<'c>,
    items: &'a [Item],
    notes: &'a [Note],
    /// The time before, which "same time" refers to.
    last: Option<(Time, Option<Time>)>,
}

impl Joiner<'_, '_> {
    /// The time as written; "same time" is the one before.
    fn local(&mut self, time: &TimeAt) -> Option<(Time, Option<Time>)> {
        if time.same {
            return self.last.or(self.context.same);
        }
        self.last = Some((time.start, time.end));
        self.last
    }

    fn dates(&self) -> impl DoubleEndedIterator<Item = (usize, &DateAt, Option<Date>)> {
        self.items.iter().enumerate().filter_map(|(i, item)| match item {
            Item::Date(at, date) => Some((i, at, *date)),
            Item::Time(_) => None,
        })
    }

    /// The day that a time belongs to: the one that it stands together with, that of its sentence, the one before.
    fn day(&self, index: usize) -> Option<Chosen> {
        let Item::Time(time) = &self.items[index] else { return None };
        let before = self.dates().rev().find(|(i, ..)| *i < index);
        let after = self.dates().find(|(i, ..)| *i > index);
        let choose = |(item, at, date): (usize, &DateAt, Option<Date>), together| match date {
            Some(date) => Some(Chosen { date, item: Some(item), together, vague: at.vague }),
            // Opening hours: the time is theirs, and no day's.
            None => Some(Chosen { date: Date::ZERO, item: Some(item), together, vague: true }),
        };
        let next_to = |at: &DateAt| joined(self.reader, at.to, time.from, false);
        if let Some(found) = before.filter(|(_, at, _)| next_to(at)) {
            return choose(found, true);
        }
        if let Some(found) = after.filter(|(_, at, _)| joined(self.reader, time.to, at.from, true))
        {
            return choose(found, true);
        }
        if let Some(found) = before.filter(|(_, at, _)| !self.parted(at.to, time.from)) {
            return choose(found, true);
        }
        if let Some(found) = after
            .filter(|(_, at, date)| date.is_some() && !at.vague && !self.parted(time.to, at.from))
        {
            return choose(found, true);
        }
        let carried =
            self.dates().rev().find(|(i, at, date)| *i < index && !at.vague && date.is_some());
        if let Some(found) = carried {
            return choose(found, false);
        }
        self.context.day.map(|date| Chosen { date, item: None, together: false, vague: false })
    }

    /// Whether a sentence, a line of a list or a paragraph ends between two tokens.
    fn parted(&self, from: usize, to: usize) -> bool {
        (from..to).any(|i| {
            let stop = matches!(self.reader.mark(i), Some('.' | '!' | '?' | ';' | '。'))
                && self.reader.gap(i + 1) != Gap::None;
            let short =
                self.reader.mark(i) == Some('.') && i > 0 && self.reader.word(i - 1).len() <= 2;
            stop && !short
        }) || (from..=to).any(|i| {
            self.reader.gap(i) == Gap::Paragraph
                || (self.reader.gap(i) == Gap::Line
                    && matches!(self.reader.mark(i), Some('-' | '*' | '\u{2022}')))
        })
    }

    fn moment(&self, time: &TimeAt, local: (Time, Option<Time>), day: &Chosen) -> Option<Moment> {
        let (zone, zoned) = self.zone(time);
        let start = zone.to_ambiguous_timestamp(day.date.to_datetime(local.0)).compatible().ok()?;
        let end = local.1.and_then(|end| {
            let next = if end <= local.0 { day.date.checked_add(1.day()).ok()? } else { day.date };
            zone.to_ambiguous_timestamp(next.to_datetime(end)).compatible().ok()
        });
        let own = self.reader.range(time.from, time.to);
        let written = day.item.and_then(|i| match &self.items[i] {
            Item::Date(at, _) => Some((self.reader.range(at.from, at.to), self.near(at, time))),
            Item::Time(_) => None,
        });
        let range = match &written {
            Some((range, true)) => range.start.min(own.start)..range.end.max(own.end),
            _ => own.clone(),
        };
        Some(Moment {
            range,
            time: own,
            day: written.map(|(range, _)| range),
            date: day.date,
            local,
            start,
            end,
            zoned,
            together: day.together,
            nature: match (day.vague, time.between) {
                (true, _) => Nature::Vague,
                (false, true) => Nature::Window,
                (false, false) => Nature::Definite,
            },
            same: time.same,
        })
    }

    fn near(&self, at: &DateAt, time: &TimeAt) -> bool {
        if at.to <= time.from {
            joined(self.reader, at.to, time.from, false)
        } else {
            joined(self.reader, time.to, at.from, true)
        }
    }

    /// The zone of a time: its own, one of its paragraph, one that stands for all, the owner's.
    fn zone(&self, time: &TimeAt) -> (TimeZone, bool) {
        let own = time.zone.clone().or_else(|| {
            let before = self.items.iter().rev().filter_map(|item| match item {
                Item::Time(other) if other.to <= time.from => Some(other),
                _ => None,
            });
            let near = before
                .into_iter()
                .take(3)
                .find(|t| t.zone.is_some() && !self.breaks(t.to, time.from));
            near.and_then(|t| t.zone.clone())
        });
        let noted = || {
            let before = self.notes.iter().rev().find(|note| note.at < time.from);
            before.or(self.notes.first()).map(|note| note.zone.clone())
        };
        match own.or_else(noted) {
            Some(zone) => (self.known(&zone), true),
            None => (self.context.zone.clone(), false),
        }
    }

    fn breaks(&self, from: usize, to: usize) -> bool {
        (from..=to).any(|i| self.reader.gap(i) == Gap::Paragraph)
    }

    fn known(&self, zone: &Zone) -> TimeZone {
        let london = || {
            TimeZone::get("Europe/London")
                .ok()
                .filter(|_| self.context.offset.is_some_and(|o| o.seconds() == 3600))
        };
        match zone {
            Zone::Region(zone) => zone.clone(),
            Zone::Fixed(offset) => offset.to_time_zone(),
            Zone::Gmt => london().unwrap_or(TimeZone::UTC),
            Zone::Yours => self.context.zone.clone(),
            Zone::Ours => {
                self.context.offset.map_or_else(|| self.context.zone.clone(), Offset::to_time_zone)
            }
        }
    }
}

/// Adds a moment; the same instant right behind in another zone is the same moment.
fn add(moments: &mut Vec<Moment>, moment: Moment, reader: &Reader<'_>) {
    if let Some(last) = moments.last_mut() {
        let gap = reader.text.get(last.time.end..moment.time.start).unwrap_or("");
        let near = gap.len() <= 30 && !gap.contains("\n\n");
        if last.start == moment.start && near {
            last.end = last.end.or(moment.end);
            last.range.end = last.range.end.max(moment.range.end);
            return;
        }
    }
    moments.push(moment);
}
