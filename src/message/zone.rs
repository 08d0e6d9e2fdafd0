//! Which zone a TZID means (RFC 5545 section 3.2.19), and the instants of its local times.
//!
//! In this order: an IANA name, whose rules are better kept than any file's; a name of Windows' (CLDR's table, as calcard
//! carries it), unless the object's own VTIMEZONE contradicts it; the VTIMEZONE; an offset in the name; the owner's zone.

use std::str::FromStr;

use calcard::common::timezone::Tz;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use super::guarded;
use super::vtimezone::{self, Rules};

/// A DATE or DATE-TIME value, before its zone is known (RFC 5545 sections 3.3.4 and 3.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// A date alone.
    Day(Date),
    /// A local time.
    Local(DateTime),
    /// A local time with its offset: `Z`, or as ISO 8601 writes it.
    Offset(DateTime, Offset),
}

/// An instant and the name it was resolved by.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    /// The instant.
    pub at: Timestamp,
    /// The name for [`super::Event::tzid`].
    pub name: Option<String>,
    /// What was odd about it.
    pub problem: Option<String>,
}

/// The zones that the names of one object can mean.
pub(super) struct Zones<'a> {
    /// The owner's zone.
    pub owner: &'a TimeZone,
    /// The object's own.
    pub own: &'a [Rules],
}

impl Zones<'_> {
    /// The instant of a local time in the zone of that name.
    pub fn resolve(&self, at: DateTime, tzid: &str) -> Option<Resolved> {
        let tzid = tzid.trim().trim_matches(['"', '\'']).trim();
        let own = self.own(tzid);
        if let Some(zone) = abbreviation(tzid).filter(|_| own.is_none()).or_else(|| iana(tzid)) {
            return known(at, &zone, None);
        }
        let by_rules = own.and_then(|rules| rules.instant(at));
        if let Some(zone) = windows(tzid) {
            let by_name = known(at, &zone, None)?;
            return match by_rules {
                Some(ruled) if ruled != by_name.at => {
                    Some(custom(ruled, tzid, Some(contradicted(tzid))))
                }
                _ => Some(by_name),
            };
        }
        if let Some(ruled) = by_rules {
            return Some(custom(ruled, tzid, None));
        }
        if let Some(zone) = own.and_then(|rules| rules.location.as_deref()).and_then(iana) {
            return known(at, &zone, None);
        }
        if let Some(offset) = named_offset(tzid) {
            return Some(custom(offset.to_timestamp(at).ok()?, tzid, None));
        }
        // Outlook writes names that it has not defined beside the zone that it means.
        let mut local = self.own.iter().filter(|rules| !is_utc(rules.name.trim()));
        if let (Some(only), None) = (local.next(), local.next())
            && let Some(ruled) = only.instant(at)
        {
            let problem =
                format!("no VTIMEZONE is called `{tzid}`: the only one there is was used");
            return Some(custom(ruled, tzid, Some(problem)));
        }
        let problem = format!("unknown time zone `{tzid}`: read in the owner's");
        known(at, self.owner, Some(problem)).map(|resolved| Resolved { name: None, ..resolved })
    }

    /// The object's own zone of that name.
    fn own(&self, tzid: &str) -> Option<&Rules> {
        let same = |rules: &&Rules| rules.name.trim_matches(['"', '\'']).trim() == tzid;
        let alike =
            |rules: &&Rules| rules.name.trim_matches(['"', '\'']).trim().eq_ignore_ascii_case(tzid);
        self.own.iter().find(same).or_else(|| self.own.iter().find(alike))
    }
}

/// An instant by the object's own rules.
fn custom(at: Timestamp, tzid: &str, problem: Option<String>) -> Resolved {
    Resolved { at, name: Some(tzid.to_owned()), problem }
}

/// What is noted where a VTIMEZONE wins over its name.
fn contradicted(tzid: &str) -> String {
    format!("the VTIMEZONE of `{tzid}` contradicts its name: the VTIMEZONE was used")
}

/// The instant of a local time in a zone that jiff knows; gaps and folds as RFC 5545 section 3.3.5 wants them.
pub(super) fn known(at: DateTime, zone: &TimeZone, problem: Option<String>) -> Option<Resolved> {
    let name = zone.iana_name().map(|name| if is_utc(name) { "UTC" } else { name }.to_owned());
    let at = zone.to_ambiguous_timestamp(at).compatible().ok()?;
    Some(Resolved { at, name, problem })
}

/// Whether a name is one of UTC's.
fn is_utc(name: &str) -> bool {
    const NAMES: [&str; 8] =
        ["UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"];
    NAMES.iter().any(|utc| utc.eq_ignore_ascii_case(name))
}

/// What people mean by an abbreviation: a region, with its summer time (IANA's own `EST` has none).
fn abbreviation(tzid: &str) -> Option<TimeZone> {
    let name = match tzid.to_ascii_uppercase().as_str() {
        "EST" | "EDT" | "ET" | "EST5EDT" => "America/New_York",
        "CST" | "CDT" | "CT" | "CST6CDT" => "America/Chicago",
        "MST" | "MDT" | "MT" | "MST7MDT" => "America/Denver",
        "PST" | "PDT" | "PT" | "PST8PDT" => "America/Los_Angeles",
        "BST" => "Europe/London",
        "IST" => "Asia/Kolkata",
        "JST" => "Asia/Tokyo",
        "AEST" | "AEDT" => "Australia/Sydney",
        "CEST" => "Europe/Berlin",
        "EEST" => "Europe/Helsinki",
        "Z" => "UTC",
        _ => return None,
    };
    TimeZone::get(name).ok()
}

/// A zone by its IANA name, in any letter case, with a space for `_`, after a vendor's prefix
/// (`/freeassociation.sourceforge.net/Tzfile/Europe/London`).
fn iana(tzid: &str) -> Option<TimeZone> {
    let name = tzid.replace(' ', "_");
    let mut rest = name.trim_start_matches('/');
    for _ in 0..8 {
        // `tzone://Microsoft/Utc`; any other single word after a prefix is too little to trust.
        let whole = rest.len() == name.len() || rest.contains('/') || is_utc(rest);
        if whole && let Ok(zone) = TimeZone::get(rest) {
            return zone.iana_name().is_some().then_some(zone);
        }
        rest = rest.split_once('/')?.1;
    }
    None
}

/// A zone by a name of Windows' or a label of Outlook's, whose offset is only a part of the name: it is a region.
fn windows(tzid: &str) -> Option<TimeZone> {
    let label = tzid.replace("&amp;", "&");
    let bare = label
        .strip_prefix('(')
        .and_then(|l| l.split_once(')'))
        .map_or(label.as_str(), |(_, name)| name.trim());
    [label.as_str(), bare].into_iter().find_map(table)
}

/// Looks a name up in calcard's table.
fn table(name: &str) -> Option<TimeZone> {
    match guarded(|| Tz::from_str(name).ok())?? {
        Tz::Tz(zone) => TimeZone::get(zone.name()).ok(),
        Tz::Fixed(_) | Tz::Floating => None,
    }
}

/// An offset that is all a name says: `GMT+0200`, `UTC-05:00`, `(UTC+01:00) Somewhere`.
fn named_offset(tzid: &str) -> Option<Offset> {
    let text = tzid
        .strip_prefix('(')
        .and_then(|t| t.split_once(')'))
        .map_or(tzid, |(offset, _)| offset)
        .trim();
    let text = text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim();
    let text = text.replace('.', ":");
    if text.starts_with(['+', '-']) { vtimezone::offset(&text) } else { None }
}

/// Reads a DATE or a DATE-TIME. Separators as in ISO 8601 are accepted, seconds may be missing, a leap second is the
/// second before it, and hour 24 is the next day's midnight.
pub(super) fn clock(text: &str) -> Option<Clock> {
    let text = text.trim();
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, ""),
    };
    let date: String = date.chars().filter(|c| *c != '-').collect();
    let day = calendar_day(&date)?;
    if time.is_empty() {
        return Some(Clock::Day(day));
    }
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at_checked(zone_at)?;
    let at = time_of_day(day, time)?;
    match zone {
        "" => Some(Clock::Local(at)),
        "Z" | "z" => Some(Clock::Offset(at, Offset::UTC)),
        zone => vtimezone::offset(zone).map(|offset| Clock::Offset(at, offset)),
    }
}

/// Eight digits as a date.
fn calendar_day(digits: &str) -> Option<Date> {
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number =
        |range: std::ops::Range<usize>| digits.get(range).and_then(|d| d.parse::<i16>().ok());
    Date::new(number(0..4)?, i8::try_from(number(4..6)?).ok()?, i8::try_from(number(6..8)?).ok()?)
        .ok()
}

/// `HHMMSS` or `HHMM` on a day; fractions of a second are left out.
fn time_of_day(day: Date, time: &str) -> Option<DateTime> {
    let whole = time.split(['.', ',']).next().unwrap_or(time);
    let digits: String = whole.chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).and_then(|d| d.parse::<i8>().ok()).unwrap_or(0);
    let (hour, minute, second) = (part(0), part(2), part(4).min(59));
    if (hour, minute, second) == (24, 0, 0) {
        return Some(day.tomorrow().ok()?.to_datetime(Time::midnight()));
    }
    Some(day.to_datetime(Time::new(hour, minute, second, 0).ok()?))
}
