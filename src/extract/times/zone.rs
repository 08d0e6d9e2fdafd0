//! Time zones as people name them beside a time.

use jiff::tz::{Offset, TimeZone};

use super::reader::Reader;
use super::token::{Gap, Kind};
use super::words::Meaning;

/// A zone in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// A region with its summer time.
    Region(TimeZone),
    /// An offset from UTC.
    Fixed(Offset),
    /// "GMT", by which people in London mean their own time all the year.
    Gmt,
    /// "your time".
    Yours,
    /// "our time".
    Ours,
}

/// What people mean by an abbreviation: a region, whatever the season ("EST" in July is New York's local time).
const ABBREVIATIONS: [(&str, &str); 58] = [
    ("ET", "America/New_York"),
    ("EST", "America/New_York"),
    ("EDT", "America/New_York"),
    ("CT", "America/Chicago"),
    ("CST", "America/Chicago"),
    ("CDT", "America/Chicago"),
    ("MT", "America/Denver"),
    ("MST", "America/Denver"),
    ("MDT", "America/Denver"),
    ("PT", "America/Los_Angeles"),
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
    ("AKT", "America/Anchorage"),
    ("AKST", "America/Anchorage"),
    ("AKDT", "America/Anchorage"),
    ("HST", "Pacific/Honolulu"),
    ("AST", "America/Halifax"),
    ("ADT", "America/Halifax"),
    ("NST", "America/St_Johns"),
    ("NDT", "America/St_Johns"),
    ("BRT", "America/Sao_Paulo"),
    ("ART", "America/Argentina/Buenos_Aires"),
    ("CLT", "America/Santiago"),
    ("COT", "America/Bogota"),
    ("PET", "America/Lima"),
    ("BST", "Europe/London"),
    ("WET", "Europe/Lisbon"),
    ("WEST", "Europe/Lisbon"),
    ("CET", "Europe/Berlin"),
    ("CEST", "Europe/Berlin"),
    ("MEZ", "Europe/Berlin"),
    ("MESZ", "Europe/Berlin"),
    ("EET", "Europe/Helsinki"),
    ("EEST", "Europe/Helsinki"),
    ("MSK", "Europe/Moscow"),
    ("TRT", "Europe/Istanbul"),
    ("SAST", "Africa/Johannesburg"),
    ("WAT", "Africa/Lagos"),
    ("CAT", "Africa/Harare"),
    ("EAT", "Africa/Nairobi"),
    ("GST", "Asia/Dubai"),
    ("PKT", "Asia/Karachi"),
    ("IST", "Asia/Kolkata"),
    ("ICT", "Asia/Bangkok"),
    ("WIB", "Asia/Jakarta"),
    ("SGT", "Asia/Singapore"),
    ("HKT", "Asia/Hong_Kong"),
    ("PHT", "Asia/Manila"),
    ("AWST", "Australia/Perth"),
    ("JST", "Asia/Tokyo"),
    ("KST", "Asia/Seoul"),
    ("ACST", "Australia/Adelaide"),
    ("ACDT", "Australia/Adelaide"),
    ("AET", "Australia/Sydney"),
    ("AEST", "Australia/Sydney"),
    ("AEDT", "Australia/Sydney"),
    ("NZST", "Pacific/Auckland"),
    ("NZDT", "Pacific/Auckland"),
];

/// Abbreviations that are also written small, right behind a time.
const SMALL: [&str; 12] =
    ["est", "edt", "pst", "pdt", "cst", "cdt", "bst", "cet", "cest", "ist", "gmt", "utc"];

/// Where the names of the zones of cities begin.
const REGIONS: [&str; 7] =
    ["Europe", "America", "Asia", "Australia", "Africa", "Pacific", "Atlantic"];

/// How many words a city's name has.
const CITY_WORDS: usize = 3;

impl Reader<'_> {
    /// The zone that stands behind a time, in brackets or not, and the place behind it.
    pub fn zone_behind(&self, at: usize) -> (Option<Zone>, usize) {
        if self.gap(at) >= Gap::Line {
            return (None, at);
        }
        let open = self.skip_mark(at, &['(', '[', ',']);
        let found =
            self.zone(open).or_else(|| self.small_zone(at)).or_else(|| self.bracketed_place(at));
        match found {
            Some((zone, to)) => (Some(zone), self.skip_mark(to, &[')', ']'])),
            None => (None, at),
        }
    }

    /// The zone that begins at a token.
    pub fn zone(&self, at: usize) -> Option<(Zone, usize)> {
        self.utc(at)
            .or_else(|| self.abbreviation(at))
            .or_else(|| self.said(at, Meaning::Yours, &Zone::Yours))
            .or_else(|| self.said(at, Meaning::Ours, &Zone::Ours))
            .or_else(|| self.named(at))
            .or_else(|| self.of_place(at))
    }

    fn said(&self, at: usize, meaning: Meaning, zone: &Zone) -> Option<(Zone, usize)> {
        self.is(at, meaning).map(|to| (zone.clone(), to))
    }

    /// "UTC", "GMT+1", "UTC-05:30".
    fn utc(&self, at: usize) -> Option<(Zone, usize)> {
        let word = self.word(at);
        if !matches!(word, "UTC" | "GMT" | "Z") || (word == "Z" && !self.glued(at)) {
            return None;
        }
        let sign = match self.mark(at + 1) {
            Some('+') => 1,
            Some('-') => -1,
            _ => 0,
        };
        let hours = self.small(at + 2, 0, 14).filter(|_| {
            sign != 0 && self.gap(at + 1) <= Gap::Blank && self.gap(at + 2) <= Gap::Blank
        });
        let bare = if word == "GMT" { Zone::Gmt } else { Zone::Fixed(Offset::UTC) };
        let Some(hours) = hours else {
            return Some((bare, self.skip(at + 1, Meaning::ZoneBehind)));
        };
        let minutes = self
            .small(at + 4, 0, 59)
            .filter(|_| self.mark(at + 3) == Some(':') && self.glued(at + 4));
        let seconds = sign * (i32::from(hours) * 3600 + i32::from(minutes.unwrap_or(0)) * 60);
        let to = at + if minutes.is_some() { 5 } else { 3 };
        // "2pm GMT - 3pm GMT" has no offset.
        let time = self.mark(to) == Some(':')
            || self.means(to, |m| matches!(m, Meaning::Am | Meaning::Pm).then_some(())).is_some();
        if time {
            return Some((bare, at + 1));
        }
        Some((Zone::Fixed(Offset::from_seconds(seconds).ok()?), to))
    }

    /// "ET", "CEST", with "time" behind it or not.
    fn abbreviation(&self, at: usize) -> Option<(Zone, usize)> {
        let word = self.word(at);
        let zone = region(ABBREVIATIONS.iter().find(|(name, _)| *name == word)?.1)?;
        Some((zone, self.skip(at + 1, Meaning::ZoneBehind)))
    }

    /// "2pm est": small letters, where a half of the day or minutes stand before.
    fn small_zone(&self, at: usize) -> Option<(Zone, usize)> {
        let word = self.word(at);
        let timed = self.tokens.get(at.checked_sub(1)?).is_some_and(|t| {
            matches!(t.kind, Kind::Number(_, 2))
                || self
                    .means(at - 1, |m| matches!(m, Meaning::Am | Meaning::Pm).then_some(()))
                    .is_some()
        });
        if !timed
            || !SMALL.contains(&word.to_lowercase().as_str())
            || self.is(at, Meaning::Common).is_some()
        {
            return None;
        }
        let upper = word.to_uppercase();
        match upper.as_str() {
            "GMT" => return Some((Zone::Gmt, at + 1)),
            "UTC" => return Some((Zone::Fixed(Offset::UTC), at + 1)),
            _ => {}
        }
        Some((region(ABBREVIATIONS.iter().find(|(name, _)| *name == upper)?.1)?, at + 1))
    }

    /// "Eastern", "Pacific time", "ora italiana".
    fn named(&self, at: usize) -> Option<(Zone, usize)> {
        let (number, to) = self.means(at, |m| match m {
            Meaning::Zone(number) => Some(number),
            _ => None,
        })?;
        Some((region(self.words.zone(number))?, self.skip(to, Meaning::ZoneBehind)))
    }

    /// "Stockholm time", "heure de Paris", "New York local time".
    fn of_place(&self, at: usize) -> Option<(Zone, usize)> {
        if let Some(place_at) = self.is(at, Meaning::ZoneBefore) {
            return self
                .place(place_at, CITY_WORDS)
                .filter(|_| self.gap(place_at) < Gap::Paragraph);
        }
        if !self.tokens.get(at).is_some_and(|t| t.capital) {
            return None;
        }
        (1..=CITY_WORDS).rev().find_map(|words| {
            let (zone, to) = self.place(at, words).filter(|(_, to)| *to == at + words)?;
            Some((zone, self.is(to, Meaning::ZoneBehind)?))
        })
    }

    /// "14:00 (London)".
    fn bracketed_place(&self, at: usize) -> Option<(Zone, usize)> {
        if self.mark(at) != Some('(') {
            return None;
        }
        self.place(at + 1, CITY_WORDS).filter(|(_, to)| self.mark(*to) == Some(')'))
    }

    /// A place of at most so many words that names a zone.
    pub fn place(&self, at: usize, words: usize) -> Option<(Zone, usize)> {
        let known = self.means(at, |m| match m {
            Meaning::Place(number) => Some(number),
            _ => None,
        });
        if let Some((number, to)) = known {
            return Some((region(self.words.zone(number))?, to));
        }
        (1..=words).rev().find_map(|n| {
            let range = at..at + n;
            let whole = range.clone().all(|i| {
                self.tokens.get(i).is_some_and(|t| {
                    t.kind == Kind::Word && t.capital && (i == at || t.gap == Gap::Blank)
                })
            });
            if !whole {
                return None;
            }
            let name = range.map(|i| self.word(i)).collect::<Vec<_>>().join("_");
            if name.len() < 4 || !name.is_ascii() {
                return None;
            }
            let zone = REGIONS.iter().find_map(|r| region(&format!("{r}/{name}")))?;
            Some((zone, at + n))
        })
    }
}

fn region(name: &str) -> Option<Zone> {
    TimeZone::get(name).ok().map(Zone::Region)
}
