//! Bytes to [`Message`]: header fields, readable text, calendar objects and cards.
//!
//! Nothing here fails: what cannot be read is noted in [`Message::problems`] and passed over. Everything has a limit.
//!
//! mail-parser reads the header fields, the encoded words and the character sets. The tree of parts is walked here
//! (`mime`), since a calendar part is needed as bytes (lines are folded in the middle of a character, and the declared
//! character set is often wrong), and since the depth of attached messages has to have a limit.

mod assemble;
mod charset;
mod content_line;
mod duration;
mod event;
mod header;
mod html;
pub mod icalendar;
mod mime;
mod quote;
pub mod text;
mod transfer;
pub mod vcard;
mod vtimezone;
mod zone;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::address::{EmailAddress, Person};

pub use icalendar::{Attendee, Calendar, Event, When};
pub use text::Text;
pub use vcard::Card;

/// One message, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Message-ID without its angle brackets.
    pub message_id: Option<String>,
    /// References from the thread's beginning, then In-Reply-To, each without angle brackets, each once, at most 100.
    pub references: Vec<String>,
    /// The Date field.
    pub date: Option<Timestamp>,
    /// The offset that the Date field was written in: the sender's zone at that moment. `None` for `-0000`, which says
    /// that the zone is unknown (RFC 5322 section 3.3).
    pub date_offset: Option<Offset>,
    /// The newest Received field's time.
    pub received: Option<Timestamp>,
    /// From.
    pub from: Option<Person>,
    /// Sender, where it differs from From.
    pub sender: Option<Person>,
    /// Reply-To.
    pub reply_to: Vec<Person>,
    /// To.
    pub to: Vec<Person>,
    /// Cc.
    pub cc: Vec<Person>,
    /// Bcc (a draft or sent mail may carry it).
    pub bcc: Vec<Person>,
    /// Delivered-To, X-Original-To and Envelope-To: where it reached the owner.
    pub delivered_to: Vec<EmailAddress>,
    /// Subject, decoded, on one line.
    pub subject: String,
    /// Auto-Submitted (RFC 3834) in lower case, parameters left out; `None` where absent or `no`.
    pub auto_submitted: Option<String>,
    /// Whether List-Id, List-Unsubscribe or Precedence: bulk/list/junk is there: a hint, never a gate.
    pub bulk: bool,
    /// The readable text.
    pub text: text::Text,
    /// Every calendar object of every part, in order, the same object twice left out.
    pub calendars: Vec<Calendar>,
    /// Every vCard.
    pub cards: Vec<Card>,
    /// Messages attached as message/rfc822, outermost first, at most [`MAX_FORWARDED`].
    pub forwarded: Vec<Message>,
    /// What was passed over, and why; one line each.
    pub problems: Vec<String>,
}

/// How many attached messages are read, over all levels.
pub const MAX_FORWARDED: usize = 8;
/// How many bytes of one part are read, after its transfer encoding is undone.
pub const MAX_PART: usize = 1 << 20;
/// How many bytes of a message's readable parts are read together.
pub const MAX_MESSAGE: usize = 4 << 20;
/// How many bytes of a header section are read.
pub const MAX_HEADER: usize = 256 << 10;
/// How many events of one message are read.
pub const MAX_EVENTS: usize = 200;
/// How many problems of one message are noted.
const MAX_PROBLEMS: usize = 50;

impl Message {
    /// Reads a message. `zone` is the owner's: floating times in calendar objects are in it (RFC 5545 section 3.3.5).
    pub fn parse(bytes: &[u8], zone: &TimeZone) -> Self {
        assemble::message(bytes, zone)
    }

    /// Reads a bare calendar file (`.ics`) as a message without header and text, so that both are inspected alike.
    pub fn from_calendar(bytes: &[u8], zone: &TimeZone) -> Self {
        assemble::calendar_file(bytes, zone)
    }

    /// Whether these are the first bytes of a calendar object and not of a message (RFC 5545 section 3.4).
    /// A component that stands alone counts, too; a card does not.
    pub fn is_calendar(bytes: &[u8]) -> bool {
        content_line::begins(bytes, "") && !content_line::begins(bytes, "VCARD")
    }

    /// Whether it carries an event.
    pub fn has_events(&self) -> bool {
        self.calendars.iter().any(|c| !c.events.is_empty())
    }

    /// Notes what was passed over.
    fn note(&mut self, problem: impl Into<String>) {
        let problem = problem.into();
        if self.problems.len() < MAX_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Runs a piece of a library that may panic on mail that its authors never saw; `None` if it did.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    // What `work` borrows is only read, or thrown away with it.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).ok()
}
