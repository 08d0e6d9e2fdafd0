//! How long to wait before trying a mailbox again: growing, jittered, never for ever; and waiting by the wall clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::account_state::Trouble;
use crate::clock;

/// The first pause.
const FIRST: Duration = Duration::from_secs(5);
/// The longest pause after a failed connection.
const LONGEST: Duration = Duration::from_mins(10);
/// The first pause after a refused login: asking often locks accounts.
const FIRST_REFUSED: Duration = Duration::from_mins(5);
/// The longest pause after a refused login.
const LONGEST_REFUSED: Duration = Duration::from_hours(1);
/// How often the wall clock is looked at during a wait: timers stand still while the machine sleeps.
const STEP: Duration = Duration::from_secs(10);
/// By how much the wall clock may differ from our timers before the machine must have slept (or its clock was set).
const JUMP: SignedDuration = SignedDuration::from_secs(10);

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

    /// One more failure: `what` happened, in one line and a hint. Tells when to try again.
    pub(super) fn after(&mut self, what: String, login_refused: bool) -> Trouble {
        let at = clock::now();
        // Any number will do for jitter.
        let jitter = at.subsec_nanosecond().unsigned_abs() / 1000;
        let pause = self.grow(login_refused, jitter);
        Trouble { at, what, login_refused, next_try: at.saturating_add(pause).unwrap_or(at) }
    }

    /// The pause after one more failure. `jitter` is any number: it makes the pause longer by up to a quarter.
    fn grow(&mut self, login_refused: bool, jitter: u32) -> Duration {
        if login_refused {
            self.refusals += 1;
            // Not beyond an hour, jitter or not.
            let grown = jittered(grown(FIRST_REFUSED, LONGEST_REFUSED, self.refusals), jitter);
            return grown.min(LONGEST_REFUSED);
        }
        self.failures += 1;
        jittered(grown(FIRST, LONGEST, self.failures), jitter)
    }
}

fn grown(first: Duration, longest: Duration, attempt: u32) -> Duration {
    first.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(longest)
}

/// Up to a quarter longer, so that many clients of one server do not come back together.
fn jittered(pause: Duration, jitter: u32) -> Duration {
    pause + pause.mul_f64(f64::from(jitter % 1000) / 4000.0)
}

/// The wall clock beside the timers: tells whether the machine slept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    wall: Timestamp,
    timer: Instant,
}

impl Watch {
    /// From now on.
    pub(super) fn start() -> Self {
        Self { wall: clock::now(), timer: Instant::now() }
    }

    /// How long it has been by the wall clock; by the timers where that was set back.
    pub(super) fn age(self) -> Duration {
        let wall = clock::now().duration_since(self.wall);
        Duration::try_from(wall).unwrap_or_default().max(self.timer.elapsed())
    }

    /// Whether the wall clock went on by more than the timers since [`Self::start`], as after a sleep of the machine.
    pub(super) fn slept(self) -> bool {
        has_jumped(clock::now().duration_since(self.wall), self.timer.elapsed())
    }
}

fn has_jumped(wall: SignedDuration, timer: Duration) -> bool {
    wall - SignedDuration::try_from(timer).unwrap_or(SignedDuration::MAX) > JUMP
}

/// Waits until an instant of the wall clock. A clock that is set back does not make the wait longer than it was meant to be.
pub(super) async fn until(at: Timestamp) {
    let end = Instant::now() + clock::until(at);
    loop {
        let left = clock::until(at).min(end.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return;
        }
        sleep(left.min(STEP)).await;
    }
}

/// Ends when the machine seems to have been away: it slept, or this process was stopped. For ever pending otherwise.
pub(super) async fn until_back_from_sleep() {
    loop {
        let watch = Watch::start();
        sleep(STEP).await;
        // Against the length of the step and not the timer alone: a stopped process is away as well.
        if has_jumped(SignedDuration::try_from(watch.age()).unwrap_or_default(), STEP) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_at_their_longest() {
        let mut pause = Pause::default();
        let failures: Vec<u64> = (0..10).map(|_| pause.grow(false, 0).as_secs()).collect();
        assert_eq!(failures, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
        let refusals: Vec<u64> = (0..6).map(|_| pause.grow(true, 999).as_secs()).collect();
        assert_eq!(refusals, [374, 749, 1499, 2999, 3600, 3600]);
        pause.reset();
        assert_eq!(pause.grow(false, 0), FIRST);
        assert!((0..2000).all(|jitter| {
            let pause = Pause::default().grow(false, jitter);
            pause >= FIRST && pause < FIRST.mul_f64(1.25)
        }));
        // However long nothing works, it is tried again.
        let mut pause = Pause { failures: u32::MAX - 1, refusals: u32::MAX - 1 };
        assert_eq!((pause.grow(false, 0), pause.grow(true, 0)), (LONGEST, LONGEST_REFUSED));
    }

    #[test]
    fn a_jump_is_more_than_a_slow_machine() {
        let step = Duration::from_secs(10);
        for (wall, jumped) in
            [(10, false), (19, false), (21, true), (40_000, true), (-40_000, false)]
        {
            assert_eq!(has_jumped(SignedDuration::from_secs(wall), step), jumped, "{wall}");
        }
    }

    #[tokio::test]
    async fn what_has_passed_is_not_waited_for() {
        until(clock::now() - SignedDuration::from_hours(1)).await;
    }
}
