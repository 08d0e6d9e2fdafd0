//! The one place that reads the time.

use std::time::Duration;

use jiff::Timestamp;

/// The wall clock, in UTC.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// How long it is until an instant by the wall clock; nothing where it has passed.
pub fn until(at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now())).unwrap_or_default()
}
