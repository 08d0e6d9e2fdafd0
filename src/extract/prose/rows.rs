//! Schedules: the rows of a table, a list or aligned text become sessions with their people.

use std::ops::Range;

use jiff::Timestamp;

use super::clause::Use;
use super::piece::Piece;
use crate::address::Person;
use crate::extract::cues::Cue;
use crate::extract::lexicon::{List, fold};
use crate::extract::names::Name;
use crate::extract::partners::{People, push};
use crate::extract::times::Moment;

/// How many sessions of one text are kept.
const MAX_SESSIONS: usize = 60;

/// A session in a text.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub start: Timestamp,
    pub end: Option<Timestamp>,
    /// Its bytes.
    pub place: Range<usize>,
    /// Who stands in its row.
    pub people: Vec<Person>,
}

/// The sessions of a text among its moments of one use.
pub(super) fn sessions(
    piece: &Piece,
    uses: &[Use],
    people: &People<'_>,
    wanted: Use,
) -> Vec<Found> {
    let moments: Vec<&Moment> = piece
        .reading
        .moments
        .iter()
        .zip(uses)
        .filter(|(_, u)| **u == wanted)
        .map(|(m, _)| m)
        .collect();
    let distinct = distinct(&moments);
    let arrival = |m: &Moment| uses_of(piece, uses, m) == Some(Use::Arrival);
    if distinct.is_empty() {
        // Only a time to be there is given: that is the time.
        let only: Vec<&Moment> = piece.reading.moments.iter().filter(|m| arrival(m)).collect();
        let only = if wanted == Use::Session && only.len() == 1 { only } else { Vec::new() };
        return only.into_iter().map(found).collect();
    }
    if distinct.len() < 2 || !is_list(piece, &distinct) {
        let narrated = narrated(piece, &distinct, people);
        if !narrated.is_empty() {
            return narrated;
        }
        let told = told_of(piece, distinct, people);
        return told.into_iter().map(found).take(MAX_SESSIONS).collect();
    }
    let rows = schedule(piece, &distinct, people);
    if rows.is_empty() {
        // No schedule: the lines are those of a letter, and the first time is that of the appointment.
        let exact = |m: &&Moment| {
            let day = m.day.as_ref().and_then(|d| piece.text.get(d.clone())).unwrap_or("");
            m.together && m.range.len() < 60 && day.contains(|c: char| c.is_ascii_digit())
        };
        let first = distinct.first().copied();
        return distinct.into_iter().find(exact).or(first).into_iter().map(found).collect();
    }
    rows
}

fn uses_of(piece: &Piece, uses: &[Use], moment: &Moment) -> Option<Use> {
    piece.reading.moments.iter().position(|m| m == moment).and_then(|i| uses.get(i).copied())
}

pub(super) fn found(moment: &Moment) -> Found {
    Found { start: moment.start, end: moment.end, place: moment.range.clone(), people: Vec::new() }
}

/// Each start once, the one with an end before the one without.
fn distinct<'m>(moments: &[&'m Moment]) -> Vec<&'m Moment> {
    let mut out: Vec<&Moment> = Vec::new();
    for moment in moments {
        match out.iter_mut().find(|m| m.start == moment.start) {
            Some(known) if known.end.is_none() => *known = moment,
            Some(_) => {}
            None => out.push(moment),
        }
    }
    out
}

/// A schedule that is told: "you start at 9 with A, at 9:45 B and C go through your work, and D has you from 11". Each
/// time has the people of its own words; nothing, where fewer than two have some.
fn narrated(piece: &Piece, moments: &[&Moment], people: &People<'_>) -> Vec<Found> {
    let one_day = moments.windows(2).all(|pair| pair[0].date == pair[1].date);
    if moments.len() < 2 || !one_day || piece.source == "Subject" {
        return Vec::new();
    }
    let names = people.names(&piece.text);
    let mut start = piece.sentence(moments[0].range.start).start;
    let mut rows = Vec::new();
    for (index, moment) in moments.iter().take(MAX_SESSIONS).enumerate() {
        let end = match moments.get(index + 1) {
            Some(next) => border(&piece.text, moment.range.end, next.range.start),
            None => piece.sentence(moment.range.end.saturating_sub(1)).end,
        };
        let partners = people.partners(piece, &names, &(start..end), true);
        if !partners.is_empty() {
            rows.push(Found { people: partners, ..found(moment) });
        }
        start = end;
    }
    let differ = rows.windows(2).any(|pair| pair[0].people != pair[1].people);
    if rows.len() > 1 && differ { rows } else { Vec::new() }
}

/// Where between two times the words of the second one begin: behind the last sentence, else behind the first conjunction.
fn border(text: &str, from: usize, to: usize) -> usize {
    let gap = text.get(from..to).unwrap_or("");
    let behind = |(at, mark): (usize, &str)| from + at + mark.len();
    let ends = [". ", "! ", "; ", "\n\n", ".\n"];
    let sentence = ends.iter().filter_map(|m| gap.rmatch_indices(m).next()).max();
    let joints = [", and ", ", then ", " then ", ", ", " and "];
    let joint = || joints.iter().find_map(|m| gap.match_indices(m).next());
    sentence.or_else(joint).map_or(to, behind)
}

/// Of several times in running text those that somebody is met at: "the dinner crew comes in at 3:30" is a later time of
/// the same day in whose part of the sentence neither a conversation nor a person is named.
fn told_of<'m>(piece: &Piece, moments: Vec<&'m Moment>, people: &People<'_>) -> Vec<&'m Moment> {
    if moments.len() < 2 || piece.source == "Subject" {
        return moments;
    }
    let names = people.names(&piece.text);
    let first = moments[0].date;
    let of_talk = [Cue::Interview, Cue::With, Cue::Leads, Cue::Myself, Cue::Panel];
    let told = |at: usize, moment: &Moment| {
        let part = part_of_sentence(piece, moment);
        let inside = |n: &Name| n.range.start >= part.start && n.range.end <= part.end;
        at == 0
            || moment.date != first
            || of_talk.iter().any(|cue| piece.signs.within(*cue, &part).is_some())
            || names.iter().any(inside)
    };
    moments.into_iter().enumerate().filter(|(at, m)| told(*at, m)).map(|(_, m)| m).collect()
}

/// Times of a text without those that it only mentions: "6:30 for the interview, before I have to be on site at 8".
pub(super) fn without_asides<'m>(piece: &Piece, moments: Vec<&'m Moment>) -> Vec<&'m Moment> {
    let talks = |m: &Moment| {
        let part = part_of_sentence(piece, m);
        [Cue::Interview, Cue::Meet].iter().any(|cue| piece.signs.within(*cue, &part).is_some())
    };
    let rowed = |m: &Moment| {
        piece.text[line_start(&piece.text, m.time.start)..m.time.start]
            .chars()
            .all(|c| !c.is_alphabetic())
    };
    let leading: Vec<&Moment> = moments.iter().copied().filter(|m| talks(m)).collect();
    let aside = |m: &Moment| {
        !talks(m)
            && leading.iter().any(|l| {
                l.day == m.day && piece.sentence(l.time.start) == piece.sentence(m.time.start)
            })
            // The rows of a table are no asides of one another.
            && !rowed(m)
    };
    moments.into_iter().filter(|m| !aside(m)).collect()
}

/// The part of a sentence around a time, between its commas and conjunctions.
fn part_of_sentence(piece: &Piece, moment: &Moment) -> Range<usize> {
    let sentence = piece.sentence(moment.time.start);
    let text = &piece.text;
    let (from, to) = (moment.range.start.max(sentence.start), moment.range.end.min(sentence.end));
    let before = text.get(sentence.start..from).unwrap_or("");
    let start = [", ", "; ", " and ", " - "].iter().filter_map(|m| before.rfind(m)).max();
    let behind = text.get(to..sentence.end).unwrap_or("");
    let end = [", ", "; ", " and ", " - "].iter().filter_map(|m| behind.find(m)).min();
    sentence.start + start.unwrap_or(0)..to + end.unwrap_or(behind.len())
}

/// Whether each moment begins a line or a cell of its own.
fn is_list(piece: &Piece, moments: &[&Moment]) -> bool {
    let mut lines: Vec<usize> =
        moments.iter().map(|m| line_start(&piece.text, m.time.start)).collect();
    lines.dedup();
    lines.len() == moments.len()
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |i| i + 1)
}

/// Rows to sessions; a row without people is a break where other rows have some.
fn schedule(piece: &Piece, moments: &[&Moment], people: &People<'_>) -> Vec<Found> {
    let names = people.names(&piece.text);
    let mut rows: Vec<Found> = Vec::new();
    for (index, moment) in moments.iter().take(MAX_SESSIONS).enumerate() {
        let scope = scope(piece, moment, moments.get(index + 1).copied());
        let mut partners = people.partners(piece, &names, &scope, true);
        add_known(piece, &names, &scope, people, &mut partners);
        if piece.signs.within(Cue::Myself, &scope).is_some()
            && let Some(writer) = people.writer(piece, &names, false)
        {
            push(&mut partners, writer);
        }
        if partners.is_empty() && is_break(piece, &scope, people) {
            continue;
        }
        rows.push(Found { people: partners, ..found(moment) });
    }
    if rows.iter().any(|r| !r.people.is_empty()) {
        rows.retain(|r| !r.people.is_empty() || speaks(piece, &scope_of(piece, moments, r)));
    }
    rows.sort_by_key(|r| r.start);
    rows
}

fn scope_of(piece: &Piece, moments: &[&Moment], row: &Found) -> Range<usize> {
    let index = moments.iter().position(|m| m.range == row.place);
    index.map_or(row.place.clone(), |i| scope(piece, moments[i], moments.get(i + 1).copied()))
}

fn speaks(piece: &Piece, scope: &Range<usize>) -> bool {
    piece.signs.within(Cue::Interview, scope).is_some()
}

/// A one-word name that the roster knows counts in a row as well.
fn add_known(
    piece: &Piece,
    names: &[Name],
    scope: &Range<usize>,
    people: &People<'_>,
    partners: &mut Vec<Person>,
) {
    for name in names.iter().filter(|n| n.range.start >= scope.start && n.range.end <= scope.end) {
        let away = piece.signs.behind(Cue::NotThere, name.range.end, 22, scope).is_some();
        if people.roster.knows(name) && !people.is_company(name) && !away {
            push(partners, people.roster.resolve(name));
        }
    }
}

/// From the beginning of a moment's line to the next moment's line, or to the end of its block.
fn scope(piece: &Piece, moment: &Moment, next: Option<&Moment>) -> Range<usize> {
    let start = line_start(&piece.text, moment.time.start);
    let block = piece.text[moment.time.end..]
        .find("\n\n")
        .map_or(piece.text.len(), |i| moment.time.end + i);
    let end = next.map_or(block, |n| line_start(&piece.text, n.time.start).min(date_start(n)));
    start..end.max(moment.time.end).min(if next.is_some() {
        end.max(moment.time.end)
    } else {
        block
    })
}

fn date_start(moment: &Moment) -> usize {
    moment.range.start
}

fn is_break(piece: &Piece, scope: &Range<usize>, people: &People<'_>) -> bool {
    let folded = fold(piece.text.get(scope.clone()).unwrap_or(""));
    people.lexicon.says(List::Break, &folded) || !speaks(piece, scope)
}

/// The length that a text states: the only one, or that of its sentence about the appointment.
pub(super) fn length(pieces: &[&Piece], single: bool) -> Option<i32> {
    for piece in pieces {
        let mut minutes: Vec<i32> = piece.reading.lengths.iter().map(|l| l.minutes).collect();
        minutes.dedup();
        match minutes.as_slice() {
            [] => {}
            [one] => return Some(*one),
            [first, ..] if single => return Some(*first),
            _ => return None,
        }
    }
    None
}
