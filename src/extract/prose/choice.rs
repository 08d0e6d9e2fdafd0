//! Answers that name no date: "option 2 is yours", "yep, 4 works": the slot stands in what is answered to.

use jiff::civil::Time;

use super::clause::Use;
use super::piece::Piece;
use crate::extract::cues::Cue;
use crate::extract::times::Moment;

/// An answer longer than this speaks of other things, in bytes.
const SHORT: usize = 600;

/// The offered time that the new words take, or that an earlier answer took and the new words confirm.
pub(super) fn chosen<'q>(
    new: &Piece,
    earlier: Option<&Piece>,
    quoted: &'q Piece,
) -> Option<&'q Moment> {
    if !new.signs.has(Cue::Confirm)
        || new.text.len() > SHORT * 2
        || new.signs.has(Cue::Cancel)
        || new.signs.has(Cue::Reject)
        || new.moves()
    {
        return None;
    }
    let offered = offers(quoted);
    let asks = new.text.trim_end().ends_with('?') || new.asks_which();
    let plain = new.text.len() < SHORT && !asks && new.reading.moments.is_empty();
    let before = || earlier.filter(|_| plain).and_then(|words| pick(words, quoted, &offered));
    let alone = || only(offered.iter()).or_else(|| asked_for(quoted)).filter(|_| plain);
    pick(new, quoted, &offered).or_else(before).or_else(alone)
}

/// The offered time that an answer names: by its number in the list, its hour, its day.
fn pick<'q>(words: &Piece, quoted: &Piece, offered: &[&'q Moment]) -> Option<&'q Moment> {
    let reading = &words.reading;
    let by_number = || number(words).and_then(|n| nth(quoted, offered, n));
    let by_start = || {
        let starts = reading.moments.iter().map(|m| m.start);
        starts.into_iter().find_map(|s| only(offered.iter().filter(|m| m.start == s)))
    };
    let by_hour = || {
        let hours = reading.hours.iter().map(|h| h.local.0);
        hours.into_iter().find_map(|h| only(offered.iter().filter(|m| m.local.0 == h)))
    };
    let by_day = || {
        let days = reading.days.iter().map(|d| d.date);
        days.into_iter().find_map(|d| only(offered.iter().filter(|m| m.date == d)))
    };
    // "Wednesday would be great": that of the offered week.
    let by_weekday = || {
        let days = reading.days.iter().map(|d| d.date.weekday());
        days.into_iter().find_map(|d| only(offered.iter().filter(|m| m.date.weekday() == d)))
    };
    let by_bare_hour = || {
        let hour = bare_hour(words)?;
        only(offered.iter().filter(|m| same_hour(m.local.0, hour)))
    };
    by_number()
        .or_else(by_start)
        .or_else(by_hour)
        .or_else(by_day)
        .or_else(by_weekday)
        .or_else(by_bare_hour)
}

/// The one time that stood in what is answered to, for a cancellation without a time.
pub(super) fn standing<'q>(new: &Piece, quoted: &'q Piece) -> Option<&'q Moment> {
    let ahead = offers(quoted);
    let by_day =
        new.reading.days.iter().find_map(|d| only(ahead.iter().filter(|m| m.date == d.date)));
    by_day.or_else(|| only(ahead.iter()))
}

/// The one time that a quotation asks for, beside others that it only names: "I am booked for ten, would two be possible?"
fn asked_for(quoted: &Piece) -> Option<&Moment> {
    let uses = super::clause::uses(quoted);
    let asked = quoted.reading.moments.iter().zip(&uses);
    let mut asked = asked.filter(|(m, u)| **u == Use::Offered && m.start >= quoted.sent);
    match (asked.next(), asked.next()) {
        (Some((one, _)), None) => Some(one),
        _ => None,
    }
}

/// The times of a quotation that lie ahead.
fn offers(quoted: &Piece) -> Vec<&Moment> {
    let uses = super::clause::uses(quoted);
    let ahead = |(m, u): &(&Moment, &Use)| {
        matches!(u, Use::Session | Use::Offered | Use::Arrival) && m.start >= quoted.sent
    };
    let mut out: Vec<&Moment> = Vec::new();
    for (moment, _) in quoted.reading.moments.iter().zip(&uses).filter(ahead) {
        match out.iter_mut().find(|m| m.start == moment.start) {
            Some(known) if known.end.is_none() => *known = moment,
            Some(_) => {}
            None => out.push(moment),
        }
    }
    super::rows::without_asides(quoted, out)
}

fn only<'a, 'q: 'a>(mut found: impl Iterator<Item = &'a &'q Moment>) -> Option<&'q Moment> {
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

/// "option 2", "#2", "slot B", "the second one".
pub(super) fn number(new: &Piece) -> Option<usize> {
    let after = new.signs.all(Cue::Option).find_map(|s| {
        let rest = new.text[s.range.end..].trim_start_matches([' ', '#', ':', '.', '(']);
        let word: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
        ordinal(&word)
    });
    let lower = new.text.to_lowercase();
    // "B it is"
    let letter = || {
        let word = new.text.split_whitespace().next()?.trim_matches([',', '.', '!', ')']);
        let mut chars = word.chars();
        match (chars.next(), chars.next()) {
            (Some(c @ 'A'..='H'), None) => ordinal(&c.to_string()),
            _ => None,
        }
    };
    after.or_else(letter).or_else(|| {
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .take(12)
            .collect();
        words.iter().find_map(|w| position(w))
    })
}

/// A number, a letter of a list, or a number in words.
fn ordinal(word: &str) -> Option<usize> {
    if let Ok(n @ 1..=9) = word.parse::<usize>() {
        return Some(n);
    }
    let mut chars = word.chars();
    match (chars.next().map(|c| c.to_ascii_lowercase()), chars.next()) {
        (Some(c @ 'a'..='h'), None) => Some(usize::from(c as u8 - b'a') + 1),
        _ => position(&word.to_lowercase()).or(match word.to_lowercase().as_str() {
            "one" | "eins" | "une" | "uno" | "één" => Some(1),
            "two" | "zwei" | "deux" | "dos" | "dois" | "due" | "twee" | "två" => Some(2),
            "three" | "drei" | "trois" | "tres" | "três" | "tre" | "drie" => Some(3),
            _ => None,
        }),
    }
}

/// An ordinal word.
fn position(word: &str) -> Option<usize> {
    match word {
        "first" | "1st" | "erste" | "ersten" | "erster" | "première" | "primera" | "primeira"
        | "prima" | "eerste" | "pierwszy" | "första" => Some(1),
        "second" | "2nd" | "zweite" | "zweiten" | "zweiter" | "deuxième" | "seconde"
        | "segunda" | "seconda" | "tweede" | "drugi" | "andra" => Some(2),
        "third" | "3rd" | "dritte" | "dritten" | "troisième" | "tercera" | "terceira" | "terza"
        | "derde" | "trzeci" | "tredje" => Some(3),
        "last" | "letzte" | "letzten" | "dernière" | "última" | "ultima" | "laatste"
        | "ostatni" | "sista" => Some(usize::MAX),
        _ => None,
    }
}

/// The offered time of that number: by the numbers that the list itself has, else by its order.
fn nth<'q>(quoted: &Piece, offered: &[&'q Moment], n: usize) -> Option<&'q Moment> {
    if n == usize::MAX {
        return offered.last().copied();
    }
    let marked = |m: &&&Moment| {
        let start = quoted.text[..m.range.start].rfind('\n').map_or(0, |i| i + 1);
        let head =
            quoted.text[start..m.range.start].trim().trim_start_matches(['>', ' ', '-', '*', '(']);
        let label: String = head.chars().filter(|c| c.is_alphanumeric()).collect();
        let last: String = head
            .split_whitespace()
            .last()
            .unwrap_or("")
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        ordinal(&label) == Some(n) || ordinal(&last) == Some(n)
    };
    only(offered.iter().filter(marked)).or_else(|| offered.get(n - 1).copied())
}

/// "yep, 4 works": a number that is an hour.
fn bare_hour(new: &Piece) -> Option<i8> {
    let numbers = new
        .text
        .split(|c: char| !c.is_alphanumeric())
        .take(14)
        .filter_map(|w| w.parse::<i8>().ok());
    numbers.into_iter().find(|n| (1..=12).contains(n))
}

fn same_hour(time: Time, hour: i8) -> bool {
    time.hour() % 12 == hour % 12 && time.minute() == 0
}
