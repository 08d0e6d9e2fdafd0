//! The one place that reads the time.

use jiff::Timestamp;

/// The wall clock, in UTC.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
