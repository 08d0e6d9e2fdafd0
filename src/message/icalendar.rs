//! iCalendar objects (RFC 5545, iTIP of RFC 5546) as [`Calendar`] and [`Event`].

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::content_line::{self, Line};
use super::event;
use super::vtimezone::Rules;
use super::zone::Zones;
use crate::address::EmailAddress;

/// How deep components are nested before they are left out.
const MAX_DEPTH: usize = 16;
/// How many VCALENDARs of one part are read.
const MAX_OBJECTS: usize = 50;
/// How many VTIMEZONEs of one object are read.
const MAX_ZONES: usize = 100;

/// One VCALENDAR.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// METHOD of the object, else of the Content-Type, in upper case.
    pub method: Option<String>,
    /// PRODID: which generator wrote it.
    pub product: Option<String>,
    /// Its VEVENTs, in order.
    pub events: Vec<Event>,
}

/// When an event starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// A definite instant, its zone resolved.
    Instant(Timestamp),
    /// A whole day (VALUE=DATE).
    Day(Date),
}

/// One VEVENT, resolved to instants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// UID.
    pub uid: String,
    /// RECURRENCE-ID: which occurrence of a series this is.
    pub recurrence_id: Option<When>,
    /// SEQUENCE; a missing one is 0.
    pub sequence: u32,
    /// DTSTAMP.
    pub dtstamp: Option<Timestamp>,
    /// STATUS in upper case.
    pub status: Option<String>,
    /// SUMMARY.
    pub summary: String,
    /// DESCRIPTION, as text (HTML of X-ALT-DESC only where DESCRIPTION is missing).
    pub description: String,
    /// LOCATION.
    pub location: String,
    /// DTSTART; `None` where missing or unreadable.
    pub start: Option<When>,
    /// DTEND, or DTSTART + DURATION; `None` where unknown (missing, or equal to the start).
    pub end: Option<When>,
    /// The TZID that DTSTART is resolved in: an IANA name where there is one, `UTC` for UTC, `None` for floating times.
    pub tzid: Option<String>,
    /// Whether DTSTART was floating (no zone at all): read in the owner's zone.
    pub floating: bool,
    /// Whether it recurs (RRULE or RDATE).
    pub recurring: bool,
    /// ORGANIZER.
    pub organizer: Option<Attendee>,
    /// ATTENDEEs, in order.
    pub attendees: Vec<Attendee>,
    /// A link to a video conference (X-GOOGLE-CONFERENCE, X-MICROSOFT-SKYPETEAMSMEETINGURL, CONFERENCE).
    pub conference: Option<String>,
    /// What was wrong with it and how it was read, one line each.
    pub problems: Vec<String>,
    /// The unfolded DTSTART line, for evidence.
    pub start_line: String,
}

/// An ATTENDEE or ORGANIZER with its parameters (RFC 5545 section 3.8.4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// CN, as written; `None` where missing or just the address again.
    pub name: Option<String>,
    /// The address: of the EMAIL parameter where there is one (RFC 7986), else of the `mailto:` URI.
    pub address: Option<EmailAddress>,
    /// PARTSTAT in upper case.
    pub partstat: Option<String>,
    /// ROLE in upper case.
    pub role: Option<String>,
    /// CUTYPE in upper case.
    pub cutype: Option<String>,
    /// SENT-BY.
    pub sent_by: Option<EmailAddress>,
    /// DELEGATED-TO.
    pub delegated_to: Option<EmailAddress>,
}

/// What one part held.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Its VCALENDARs.
    pub calendars: Vec<Calendar>,
    /// What was passed over.
    pub problems: Vec<String>,
}

/// Reads every VCALENDAR of a part. `method` is the Content-Type's, for an object that names none (RFC 6047 section 2.4);
/// at most `max_events` events are read.
pub(super) fn read(
    bytes: &[u8],
    charset: Option<&str>,
    method: Option<&str>,
    owner: &TimeZone,
    max_events: usize,
) -> Objects {
    let text = content_line::unfolded(bytes, charset);
    let mut reader = Reader { room: max_events, ..Reader::default() };
    if content_line::too_many(&text) {
        reader.note("more lines than are read: the rest of the calendar was passed over");
    }
    for line in content_line::lines(&text) {
        reader.line(line);
    }
    reader.finish();
    let build = |object: Object<'_>| object.build(method, owner);
    Objects { calendars: reader.done.into_iter().map(build).collect(), problems: reader.problems }
}

/// One VCALENDAR as it was written.
#[derive(Debug, Default)]
struct Object<'t> {
    method: Option<String>,
    product: Option<String>,
    zones: Vec<Rules>,
    events: Vec<Vec<Line<'t>>>,
}

impl Object<'_> {
    fn build(self, method: Option<&str>, owner: &TimeZone) -> Calendar {
        let zones = Zones { owner, own: &self.zones };
        let upper = |text: &str| Some(text.trim().to_ascii_uppercase()).filter(|t| !t.is_empty());
        Calendar {
            method: self.method.as_deref().and_then(upper).or_else(|| method.and_then(upper)),
            product: self.product,
            events: self.events.iter().map(|lines| event::read(lines, &zones)).collect(),
        }
    }
}

/// Sorts lines into components. An END that is missing is made up for, one too many is passed over.
#[derive(Debug, Default)]
struct Reader<'t> {
    open: Vec<String>,
    object: Object<'t>,
    done: Vec<Object<'t>>,
    problems: Vec<String>,
    /// How many more events are read.
    room: usize,
    /// Whether the lines of the event at hand are passed over.
    full: bool,
}

impl<'t> Reader<'t> {
    fn line(&mut self, line: Line<'t>) {
        match &*line.name {
            "BEGIN" => self.begin(&line.value.trim().to_ascii_uppercase()),
            "END" => self.end(&line.value.trim().to_ascii_uppercase()),
            _ => self.property(line),
        }
    }

    fn begin(&mut self, kind: &str) {
        match kind {
            "VCALENDAR" => self.finish(),
            // These stand in a VCALENDAR and nowhere else: what is still open in it was never closed.
            "VEVENT" | "VTIMEZONE" | "VTODO" | "VJOURNAL" | "VFREEBUSY" => {
                self.open.retain(|open| open == "VCALENDAR");
            }
            _ => {}
        }
        if self.open.len() == MAX_DEPTH {
            return self.note("components nested too deep were passed over");
        }
        self.open.push(kind.to_owned());
        match kind {
            "VEVENT" => self.begin_event(),
            "VTIMEZONE" if self.object.zones.len() < MAX_ZONES => {
                self.object.zones.push(Rules::default());
            }
            "STANDARD" | "DAYLIGHT" if self.inside("VTIMEZONE") => {
                if let Some(zone) = self.object.zones.last_mut() {
                    zone.begin(kind == "DAYLIGHT");
                }
            }
            _ => {}
        }
    }

    fn begin_event(&mut self) {
        self.full = self.room == 0;
        if self.full {
            return self.note("more events than are read: the rest was passed over");
        }
        self.room -= 1;
        self.object.events.push(Vec::new());
    }

    fn end(&mut self, kind: &str) {
        let Some(at) = self.open.iter().rposition(|open| open == kind) else { return };
        self.open.truncate(at);
        if self.open.is_empty() {
            self.finish();
        }
    }

    fn property(&mut self, line: Line<'t>) {
        match self.open.last().map(String::as_str) {
            Some("VEVENT") if !self.full => {
                if let Some(event) =
                    self.object.events.last_mut().filter(|lines| lines.len() < event::MAX_LINES)
                {
                    event.push(line);
                }
            }
            Some("VTIMEZONE") => {
                if let Some(zone) = self.object.zones.last_mut() {
                    zone.line(&line);
                }
            }
            Some("STANDARD" | "DAYLIGHT") if self.inside("VTIMEZONE") => {
                if let Some(zone) = self.object.zones.last_mut() {
                    zone.observance_line(&line);
                }
            }
            Some("VCALENDAR") => match &*line.name {
                "METHOD" => self.object.method = Some(line.value.to_owned()),
                "PRODID" => self.object.product = Some(line.text().trim().to_owned()),
                _ => {}
            },
            _ => {}
        }
    }

    /// Whether a component of that kind is open.
    fn inside(&self, kind: &str) -> bool {
        self.open.iter().any(|open| open == kind)
    }

    /// Ends the VCALENDAR at hand, whether it was closed or not.
    fn finish(&mut self) {
        let closed = !self.inside("VCALENDAR");
        self.open.clear();
        let object = std::mem::take(&mut self.object);
        let bare = object.method.is_none() && object.product.is_none() && object.zones.is_empty();
        if bare && object.events.is_empty() {
            return;
        }
        if !closed {
            self.note("a calendar object was cut short");
        }
        if self.done.len() < MAX_OBJECTS {
            self.done.push(object);
        }
    }

    fn note(&mut self, problem: &str) {
        if !self.problems.iter().any(|known| known == problem) {
            self.problems.push(problem.to_owned());
        }
    }
}
