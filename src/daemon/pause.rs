//! How long to wait before trying a mailbox again: growing, jittered, never for ever.

use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_secs(5);
/// The longest pause after a failed connection.
const LONGEST: Duration = Duration::from_mins(10);
/// The first pause after a refused login: asking often locks accounts.
const FIRST_REFUSED: Duration = Duration::from_mins(5);
/// The longest pause after a refused login.
const LONGEST_REFUSED: Duration = Duration::from_hours(1);

/// Pauses between attempts.
#[derive(Debug, Default)]
pub(super) struct Pause {
    failures: u32,
    refusals: u32,
}

impl Pause {
    /// It works again.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The pause after one more failure. `jitter` is any number: it moves the pause by up to a quarter.
    pub(super) fn after_failure(&mut self, jitter: u64) -> Duration {
        self.failures += 1;
        jittered(grown(FIRST, LONGEST, self.failures), jitter)
    }

    /// The pause after one more refused login.
    pub(super) fn after_refusal(&mut self, jitter: u64) -> Duration {
        self.refusals += 1;
        jittered(grown(FIRST_REFUSED, LONGEST_REFUSED, self.refusals), jitter)
    }
}

fn grown(first: Duration, longest: Duration, attempt: u32) -> Duration {
    first.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(longest)
}

/// Up to a quarter longer, so that many clients of one server do not come back together.
fn jittered(pause: Duration, jitter: u64) -> Duration {
    pause + pause.mul_f64(f64::from(u32::try_from(jitter % 1000).unwrap_or(0)) / 4000.0)
}
