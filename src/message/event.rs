//! The lines of one VEVENT (RFC 5545 section 3.6.1) as an [`Event`].

use jiff::civil::Time;
use jiff::{Span, Timestamp};

use super::content_line::Line;
use super::icalendar::{Attendee, Event, When};
use super::zone::{self, Clock, Zones};
use super::{duration, header, html, text};
use crate::address::EmailAddress;

/// How many lines of one event are read.
pub(super) const MAX_LINES: usize = 2_000;
/// How many attendees of one event are read.
const MAX_ATTENDEES: usize = 500;
/// How many bytes of a text property are read.
const MAX_TEXT: usize = 64 << 10;
/// How many problems of one event are noted.
const MAX_PROBLEMS: usize = 10;
/// The longest event that is believed, in days: what is longer is a mistake of its generator.
const MAX_DAYS: i32 = 400;
/// Where Apple's invitations go through: the address at it is a token of theirs, not the person's.
const RELAY: &str = "imip.me.com";

/// Reads an event.
pub(super) fn read(lines: &[Line<'_>], zones: &Zones<'_>) -> Event {
    let mut reader = Reader { lines, zones, problems: Vec::new() };
    let start_line = reader.line("DTSTART");
    let start = start_line.and_then(|line| reader.when(line));
    let end = start.as_ref().and_then(|start| reader.end(start));
    let recurrence_id = reader.line("RECURRENCE-ID").and_then(|line| reader.when(line));
    let dtstamp = reader
        .line("DTSTAMP")
        .and_then(|line| reader.when(line))
        .and_then(|read| read.instant(zones));
    let attendees = reader.attendees();
    if start_line.is_none() {
        reader.note("no DTSTART".to_owned());
    }
    Event {
        uid: reader.text("UID"),
        recurrence_id: recurrence_id.map(|read| read.when),
        sequence: reader.line("SEQUENCE").and_then(|l| l.value.trim().parse().ok()).unwrap_or(0),
        dtstamp,
        status: reader.line("STATUS").map(|l| upper(l.value)).filter(|s| !s.is_empty()),
        summary: header::one_line(&reader.text("SUMMARY")),
        description: reader.description(),
        location: reader.text("LOCATION"),
        end,
        tzid: start.as_ref().and_then(|read| read.tzid.clone()),
        floating: start.as_ref().is_some_and(|read| read.floating),
        recurring: lines.iter().any(|l| matches!(&*l.name, "RRULE" | "RDATE")),
        organizer: reader.line("ORGANIZER").map(person),
        attendees,
        conference: reader.conference(),
        start_line: start_line.map(|l| clipped(l.raw, 500).to_owned()).unwrap_or_default(),
        start: start.map(|read| read.when),
        problems: reader.problems,
    }
}

/// A DATE or DATE-TIME, resolved.
#[derive(Clone, Debug)]
struct Read {
    when: When,
    /// The local time that was written, with the line that it was read from: DURATION's days are counted in it.
    clock: Clock,
    zone: Option<String>,
    tzid: Option<String>,
    floating: bool,
}

impl Read {
    /// The instant; a day's is its first moment at the owner's.
    fn instant(&self, zones: &Zones<'_>) -> Option<Timestamp> {
        match self.when {
            When::Instant(at) => Some(at),
            When::Day(day) => {
                zone::known(day.to_datetime(Time::midnight()), zones.owner, None).map(|r| r.at)
            }
        }
    }
}

struct Reader<'a> {
    lines: &'a [Line<'a>],
    zones: &'a Zones<'a>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    /// The first line of that name.
    fn line(&self, name: &str) -> Option<&'a Line<'a>> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// The text of the first line of that name that has one.
    fn text(&self, name: &str) -> String {
        let found = self
            .lines
            .iter()
            .filter(|l| l.name == name)
            .map(Line::text)
            .find(|t| !t.trim().is_empty());
        text::normalise(clipped(&found.unwrap_or_default(), MAX_TEXT)).trim().to_owned()
    }

    fn note(&mut self, problem: String) {
        if self.problems.len() < MAX_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// DESCRIPTION, as text where it is HTML; X-ALT-DESC where it is missing.
    fn description(&self) -> String {
        let plain = self
            .lines
            .iter()
            .filter(|l| l.name == "DESCRIPTION")
            .map(Line::text)
            .find(|t| !t.trim().is_empty());
        let found = plain.or_else(|| self.line("X-ALT-DESC").map(Line::text)).unwrap_or_default();
        let found = clipped(&found, MAX_TEXT);
        if html::looks_like_html(found) {
            return html::render_fragment(found).trim().to_owned();
        }
        text::normalise(found).trim().to_owned()
    }

    /// A date property; noted where it cannot be read.
    fn when(&mut self, line: &Line<'_>) -> Option<Read> {
        let read = self.read_when(line);
        if read.is_none() {
            self.note(format!("unreadable {}: `{}`", line.name, clipped(line.value.trim(), 100)));
        }
        read
    }

    fn read_when(&mut self, line: &Line<'_>) -> Option<Read> {
        let (value, tzid) = value_and_zone(line);
        let clock = zone::clock(value)?;
        let day_only = line.parameter("VALUE").is_some_and(|v| v.eq_ignore_ascii_case("DATE"));
        let (clock, tzid) = match (clock, day_only) {
            (Clock::Local(at), true) if at.time() == Time::midnight() => {
                (Clock::Day(at.date()), None)
            }
            (Clock::Day(_), _) => (clock, None),
            _ => (clock, tzid),
        };
        let (when, resolved, floating) = match clock {
            Clock::Day(day) => (When::Day(day), None, false),
            Clock::Offset(at, offset) => {
                let name = if offset.is_zero() { "UTC".to_owned() } else { offset.to_string() };
                (When::Instant(offset.to_timestamp(at).ok()?), Some(name), false)
            }
            Clock::Local(at) => match &tzid {
                Some(name) => {
                    let resolved = self.zones.resolve(at, name)?;
                    resolved.problem.into_iter().for_each(|problem| self.note(problem));
                    (When::Instant(resolved.at), resolved.name, false)
                }
                None => (When::Instant(zone::known(at, self.zones.owner, None)?.at), None, true),
            },
        };
        Some(Read { when, clock, zone: tzid, tzid: resolved, floating })
    }

    /// DTEND, else DTSTART + DURATION; none where that is unknown, not after the start, or absurd.
    fn end(&mut self, start: &Read) -> Option<When> {
        let end = match self.line("DTEND") {
            Some(line) => self.when(line).and_then(|end| self.like(&end, start)),
            None => self.line("DURATION").and_then(|line| self.after(start, line)),
        }?;
        let (days, later) = match (start.when, end) {
            (When::Day(a), When::Day(b)) => (a.until(b).map_or(0, |s| s.get_days()), b > a),
            (When::Instant(a), When::Instant(b)) => (days_between(a, b), b > a),
            _ => return None,
        };
        if later && days > MAX_DAYS {
            self.note(format!("an end {days} days after the start is not believed"));
        }
        (later && days <= MAX_DAYS).then_some(end)
    }

    /// The end in the start's kind: a day for a day, an instant for an instant. A floating end of a start that has a zone
    /// is in that zone: its generator has left TZID out once.
    fn like(&mut self, end: &Read, start: &Read) -> Option<When> {
        let local = match (start.when, end.when, end.clock) {
            (When::Day(_), _, Clock::Local(at) | Clock::Offset(at, _)) => {
                return Some(When::Day(at.date()));
            }
            (When::Instant(_), When::Day(day), _) => day.to_datetime(Time::midnight()),
            (_, _, Clock::Local(at)) if end.floating && !start.floating => at,
            _ => return Some(end.when),
        };
        match (&start.zone, start.clock) {
            (Some(name), _) => self.zones.resolve(local, name).map(|r| When::Instant(r.at)),
            (None, Clock::Offset(_, offset)) => offset.to_timestamp(local).ok().map(When::Instant),
            (None, _) => zone::known(local, self.zones.owner, None).map(|r| When::Instant(r.at)),
        }
    }

    /// The end by DURATION: days are days of the calendar, hours are exact (RFC 5545 section 3.3.6).
    fn after(&mut self, start: &Read, line: &Line<'_>) -> Option<When> {
        let Some(length) = duration::parse(line.value) else {
            self.note(format!(
                "a DURATION of `{}` is not believed",
                clipped(line.value.trim(), 50)
            ));
            return None;
        };
        let days = Span::new().days(length.get_days());
        let exact = Span::new().seconds(length.get_seconds());
        match start.clock {
            Clock::Day(day) => {
                Some(When::Day(day.checked_add(days).ok()?.checked_add(whole_days(exact)).ok()?))
            }
            Clock::Offset(..) => {
                let When::Instant(at) = start.when else { return None };
                let exact = Span::new()
                    .seconds(length.get_seconds() + i64::from(length.get_days()) * 86_400);
                Some(When::Instant(at.checked_add(exact).ok()?))
            }
            Clock::Local(at) => {
                let at = at.checked_add(days).ok()?;
                let at = match &start.zone {
                    Some(name) => self.zones.resolve(at, name)?.at,
                    None => zone::known(at, self.zones.owner, None)?.at,
                };
                Some(When::Instant(at.checked_add(exact).ok()?))
            }
        }
    }

    fn attendees(&mut self) -> Vec<Attendee> {
        let all = || self.lines.iter().filter(|l| l.name == "ATTENDEE");
        if all().count() > MAX_ATTENDEES {
            self.note(format!("more than {MAX_ATTENDEES} attendees: the rest was passed over"));
        }
        all().take(MAX_ATTENDEES).map(person).collect()
    }

    /// A link to the video conference, by the properties that generators keep for it (CONFERENCE: RFC 7986 section 5.11).
    fn conference(&self) -> Option<String> {
        const NAMES: [&str; 4] = [
            "CONFERENCE",
            "X-GOOGLE-CONFERENCE",
            "X-MICROSOFT-SKYPETEAMSMEETINGURL",
            "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
        ];
        let mut links = self
            .lines
            .iter()
            .filter(|l| NAMES.contains(&&*l.name))
            .map(|l| header::one_line(&l.text()));
        links.find(|link| link.starts_with("http")).map(|link| clipped(&link, 2_000).to_owned())
    }
}

/// Whole days in an exact span, for a day's DURATION of 24 hours.
fn whole_days(exact: Span) -> Span {
    Span::new().days(exact.get_seconds() / 86_400)
}

/// The days between two instants, rounded down.
fn days_between(a: Timestamp, b: Timestamp) -> i32 {
    i32::try_from((b.as_second() - a.as_second()) / 86_400).unwrap_or(i32::MAX)
}

/// A date property's value and TZID. A label with a colon that nobody quoted (`TZID=(UTC-08:00) Pacific:2026...`) splits
/// the line in the wrong place: the value is what follows the last colon.
fn value_and_zone<'t>(line: &Line<'t>) -> (&'t str, Option<String>) {
    let tzid = line.parameter("TZID").map(str::trim).filter(|t| !t.is_empty());
    let value = line.value.trim();
    if zone::clock(value).is_some() {
        return (value, tzid.map(str::to_owned));
    }
    match (value.rsplit_once(':'), tzid) {
        (Some((rest, value)), Some(tzid)) => (value.trim(), Some(format!("{tzid}:{rest}"))),
        (Some((_, value)), None) => (value.trim(), None),
        (None, tzid) => (value.split(',').next().unwrap_or(value), tzid.map(str::to_owned)),
    }
}

/// An ATTENDEE or ORGANIZER (RFC 5545 sections 3.8.4.1 and 3.8.4.3).
fn person(line: &Line<'_>) -> Attendee {
    let uri = address(mail_uri(line.value));
    let by_parameter = line.parameter("EMAIL").and_then(address);
    let cn = line.parameter("CN").map(header::name_text).unwrap_or_default();
    let cn_address = EmailAddress::parse(&cn);
    let relayed = uri.as_ref().is_some_and(|a| a.domain().eq_ignore_ascii_case(RELAY));
    let by_name = if relayed || uri.is_none() { cn_address.clone() } else { None };
    let upper_of = |name: &str| line.parameter(name).map(upper).filter(|v| !v.is_empty());
    Attendee {
        name: Some(cn).filter(|name| !name.is_empty() && cn_address.is_none()),
        address: by_parameter.or(by_name).or(uri),
        partstat: upper_of("PARTSTAT"),
        role: upper_of("ROLE"),
        cutype: upper_of("CUTYPE"),
        sent_by: line.parameter("SENT-BY").and_then(address),
        delegated_to: line.parameter("DELEGATED-TO").and_then(address),
    }
}

/// The address part of a value; a CN with a colon that nobody quoted leaves its rest before `mailto:`.
fn mail_uri(value: &str) -> &str {
    let at = value.to_ascii_lowercase().rfind("mailto:");
    at.and_then(|at| value.get(at..)).unwrap_or(value)
}

/// An address in a URI: `mailto:`, a query and percent signs taken off.
fn address(uri: &str) -> Option<EmailAddress> {
    let uri = uri.split([',', '?']).next().unwrap_or(uri).trim();
    EmailAddress::parse(uri)
        .filter(|a| !a.as_str().contains('%'))
        .or_else(|| EmailAddress::parse(&percent(uri)))
}

/// Undoes percent-encoding (RFC 6068 section 2).
fn percent(uri: &str) -> String {
    let marked = uri.replace('=', "=3D").replace('%', "=");
    String::from_utf8_lossy(&super::transfer::quoted_printable(marked.as_bytes())).into_owned()
}

/// Upper case, trimmed.
fn upper(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}

/// At most so many bytes of a text.
pub(super) fn clipped(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}
