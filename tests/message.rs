//! Tests of `message`: bytes in, what a reader of the mail sees out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calendar;
mod corpus;
mod header;
mod hostile;
mod mutation;
mod part;
mod text;
mod zone;

use afterword::message::{Event, Message, When};
use jiff::tz::TimeZone;

/// The owner's zone in these tests.
fn owner() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

/// Reads a message that is written with LF and comes with CR LF.
fn read(mail: &str) -> Message {
    Message::parse(mail.replace('\n', "\r\n").as_bytes(), &owner())
}

/// Reads a plain message with this header.
fn with_header(fields: &str) -> Message {
    read(&format!("{fields}\n\nbody\n"))
}

/// Reads a VCALENDAR with these lines.
fn calendar(lines: &str) -> Message {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//EN\n{lines}\nEND:VCALENDAR\n");
    Message::from_calendar(text.as_bytes(), &owner())
}

/// Reads a VEVENT with these lines.
fn event(lines: &str) -> Event {
    let message = calendar(&format!("BEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT"));
    message.calendars[0].events[0].clone()
}

/// An instant or a day, as text.
fn shown(when: Option<When>) -> String {
    match when {
        None => "-".to_owned(),
        Some(When::Instant(at)) => at.to_string(),
        Some(When::Day(day)) => day.to_string(),
    }
}
