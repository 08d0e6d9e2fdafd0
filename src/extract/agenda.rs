//! Sessions that stand only in the text of one calendar object: a loop as a table, a list or lines.

use std::ops::Range;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::lexicon::{Lexicon, List, fold};
use super::people::{Circle, push};
use super::times::{self, Context, Moment, Nature};
use super::words::position;
use super::{Evidence, Passage, Session, display};
use crate::address::{Owner, Person};
use crate::message::Message;
use crate::message::icalendar::{Event, When};

/// How far the zone that a text forgets to name can be from the object's.
const MAX_SHIFT: SignedDuration = SignedDuration::from_hours(14);
/// How many bytes of a text are read.
const MAX_TEXT: usize = 32 << 10;
/// How many lines under a row still belong to it.
const MAX_UNDER: usize = 3;
/// How long a conversation lasts that is stated in minutes.
const LENGTHS: std::ops::RangeInclusive<i32> = 10..=480;
/// How many lines of a text are read.
const MAX_LINES: usize = 400;

/// The sessions of the day that a text lays out inside an event: at least two rows for an event with times, one for a day
/// that is only held. None where no row names anybody.
pub fn sessions(
    message: &Message,
    event: &Event,
    circle: &Circle<'_>,
    owner: &Owner,
    lexicon: &Lexicon,
) -> Vec<Session> {
    [event.description.as_str(), message.text.new.as_str()]
        .into_iter()
        .map(|text| {
            rows(
                text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text),
                message,
                event,
                circle,
                owner,
                lexicon,
            )
        })
        .find(|rows| {
            let least = if matches!(event.start, Some(When::Day(_))) { 1 } else { 2 };
            rows.len() >= least && rows.iter().any(|r| !r.interviewers.is_empty())
        })
        .unwrap_or_default()
}

/// One row of a schedule: its time, and what is said besides.
struct Row {
    start: Timestamp,
    end: Option<Timestamp>,
    said: String,
}

fn rows(
    text: &str,
    message: &Message,
    event: &Event,
    circle: &Circle<'_>,
    owner: &Owner,
    lexicon: &Lexicon,
) -> Vec<Session> {
    let rows = timed(text, message, event, owner, lexicon);
    let bounds: Vec<Timestamp> =
        rows.iter().flat_map(|r| [Some(r.start), r.end]).flatten().collect();
    let mut out: Vec<Session> = Vec::new();
    for row in &rows {
        let interviewers = people(&row.said, circle, lexicon);
        let pause = lexicon.says(List::Break, &fold(&row.said)) && interviewers.is_empty();
        if !pause && !out.iter().any(|s| s.start == row.start) {
            let next = || bounds.iter().copied().filter(|t| *t > row.start).min();
            out.push(Session { start: row.start, end: row.end.or_else(next), interviewers });
        }
    }
    out.sort_by_key(|s| s.start);
    let earliest = bounds.iter().copied().min();
    earliest.map_or_else(Vec::new, |earliest| placed(out, earliest, event))
}

/// The lines that begin with a time, each with what is said in it and in the lines under it.
fn timed(
    text: &str,
    message: &Message,
    event: &Event,
    owner: &Owner,
    lexicon: &Lexicon,
) -> Vec<Row> {
    // A row begins with a digit, perhaps behind a mark or a weekday: without two of them nothing needs to be read.
    let digits = |line: &&str| line.bytes().take(24).any(|b| b.is_ascii_digit());
    let least = if matches!(event.start, Some(When::Day(_))) { 1 } else { 2 };
    if text.lines().filter(digits).take(least).count() < least {
        return Vec::new();
    }
    let zone = event.tzid.as_deref().filter(|z| *z != "UTC").and_then(|z| TimeZone::get(z).ok());
    let zone = zone.unwrap_or_else(|| owner.time_zone.clone());
    let mut day = match event.start {
        Some(When::Day(day)) => Some(day),
        Some(When::Instant(at)) => Some(at.to_zoned(zone.clone()).date()),
        None => None,
    };
    let mut out: Vec<Row> = Vec::new();
    let mut under = MAX_UNDER;
    for line in text.lines().take(MAX_LINES) {
        if !line.bytes().any(|b| b.is_ascii_digit()) {
            let ends = line.trim().is_empty() || line.contains('?');
            under = if ends { MAX_UNDER } else { under + 1 };
            add(out.last_mut().filter(|_| under <= MAX_UNDER && !ends), line);
            continue;
        }
        let line = glued(line);
        let context = Context {
            sent: message.date.or(event.dtstamp).unwrap_or(Timestamp::UNIX_EPOCH),
            offset: message.date_offset,
            zone: &zone,
            month_first: None,
            day,
            same: None,
        };
        let reading = times::read(&line, &lexicon.times, &context);
        let first = reading.moments.iter().find(|m| m.nature == Nature::Definite);
        if let Some(row) = first.and_then(|m| row(&line, m)) {
            day = first.map(|m| m.date);
            out.push(row);
            under = 0;
            continue;
        }
        if let Some(date) = reading.days.first() {
            day = Some(date.date);
        }
        let ends = line.trim().is_empty() || line.contains('?') || first.is_some();
        under = if ends { MAX_UNDER } else { under + 1 };
        add(out.last_mut().filter(|_| under <= MAX_UNDER && !ends), &line);
    }
    out
}

/// Gives a line to the row above it.
fn add(row: Option<&mut Row>, line: &str) {
    if let Some(row) = row {
        row.said.push('\n');
        row.said.push_str(line);
    }
}

/// A line with the halves of the day glued to their times.
fn glued(line: &str) -> String {
    let line = line.replace(['\u{a0}', '\u{202f}'], " ");
    [" AM", " PM", " am", " pm", " a.m.", " p.m."].iter().fold(line, |line, half| {
        let mut out = String::with_capacity(line.len());
        let mut rest = line.as_str();
        while let Some(at) = rest.find(half) {
            let (before, behind) = rest.split_at(at);
            out.push_str(before);
            let digit = before.ends_with(|c: char| c.is_ascii_digit());
            out.push_str(if digit { half.trim_start() } else { half });
            rest = &behind[half.len()..];
        }
        out + rest
    })
}

/// A row, where its time stands before any words.
fn row(line: &str, moment: &Moment) -> Option<Row> {
    let before = line.get(..moment.range.start)?;
    let words = before.chars().filter(|c| c.is_alphabetic()).count();
    let ranged = moment.local.1.is_some();
    let behind = line.get(moment.time.end..).unwrap_or("");
    (words == 0 || (ranged && words < 12)).then(|| Row {
        start: moment.start,
        end: moment.end,
        said: format!("{before} {behind}"),
    })
}

/// The end of a session whose object gives none, by the one length that the text states.
pub fn stated_end(
    start: Timestamp,
    passages: &[Passage],
    lexicon: &Lexicon,
    evidence: &mut Vec<Evidence>,
) -> Option<Timestamp> {
    let context = Context {
        sent: start,
        offset: None,
        zone: &TimeZone::UTC,
        month_first: None,
        day: None,
        same: None,
    };
    let mut stated: Option<(i32, &Passage, Range<usize>)> = None;
    for passage in passages {
        for length in times::read(&passage.plain, &lexicon.times, &context).lengths {
            match &stated {
                Some((minutes, ..)) if *minutes != length.minutes => return None,
                _ => stated = Some((length.minutes, passage, length.range)),
            }
        }
    }
    let (minutes, passage, range) = stated.filter(|(minutes, ..)| LENGTHS.contains(minutes))?;
    let end = start.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok()?;
    evidence.push(Evidence {
        field: "sessions[0].end".to_owned(),
        value: end.to_string(),
        source: passage.source.to_owned(),
        quote: super::quote(&passage.plain, range.start, range.end, 80),
    });
    Some(end)
}

/// The people whom a row names, as the message knows them.
fn people(said: &str, circle: &Circle<'_>, lexicon: &Lexicon) -> Vec<Person> {
    let mut out: Vec<Person> = Vec::new();
    for (index, line) in said.lines().enumerate() {
        if index > 0 && !out.is_empty() {
            break;
        }
        let line =
            line.replace(['\t', '|', '→', '·'], ", ").replace(": ", ", ").replace("  ", ", ");
        for person in display::in_text(&line, lexicon) {
            push(&mut out, circle.as_known(&person));
        }
        let folded = fold(&line);
        for person in circle.known_people() {
            let name = person.name.as_deref().map(fold).filter(|n| n.contains(' '));
            if name.is_some_and(|n| position(&folded, &n).is_some()) {
                push(&mut out, person.clone());
            }
        }
    }
    out.retain(|p| circle.may_talk(p));
    out
}

/// The rows inside the event: as they are, or all moved by the hours between a zone that the text forgets and the event's.
fn placed(rows: Vec<Session>, earliest: Timestamp, event: &Event) -> Vec<Session> {
    let Some(When::Instant(from)) = event.start else { return rows };
    let Some(When::Instant(until)) = event.end else { return rows };
    let shift = if rows.iter().all(|r| r.start >= from && r.start < until) {
        SignedDuration::ZERO
    } else {
        from.duration_since(earliest)
    };
    if shift.abs() > MAX_SHIFT || shift.as_secs() % 900 != 0 {
        return Vec::new();
    }
    let moved: Vec<Session> = rows
        .into_iter()
        .filter_map(|r| {
            let start = r.start.checked_add(shift).ok()?;
            let end = r.end.and_then(|e| e.checked_add(shift).ok()).or(Some(until));
            Some(Session { start, end, ..r })
        })
        .collect();
    let inside = moved.iter().all(|r| r.start >= from && r.start < until);
    if inside { moved } else { Vec::new() }
}
