//! Whether every account's loop still turns. A loop that blocks the thread stops the watchdog's food by itself; one that waits
//! for something that never comes is noticed here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// No step of a loop takes longer than this between two signs of life: a single command on a slow line has ten minutes.
const PATIENCE: Duration = Duration::from_hours(1);

/// Until when each account has to be heard of, by a clock that stands still while the machine sleeps.
#[derive(Debug, Default)]
pub(super) struct Vigil {
    until: RefCell<BTreeMap<String, Instant>>,
}

impl Vigil {
    /// A sign of life of an account, which will now wait on purpose for `wait`.
    pub(super) fn heard(&self, account: &str, wait: Duration) {
        let until = Instant::now() + wait + PATIENCE;
        self.until.borrow_mut().insert(account.to_owned(), until);
    }

    /// An account that ought to have been heard of at `now` and was not.
    pub(super) fn silent(&self, now: Instant) -> Option<String> {
        self.until.borrow().iter().find(|(_, until)| **until < now).map(|(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_is_not_heard_of_is_noticed_and_one_that_waits_is_not() {
        let vigil = Vigil::default();
        let now = Instant::now();
        assert_eq!(vigil.silent(now + PATIENCE * 9), None, "nobody is expected");
        vigil.heard("waits", Duration::from_hours(2));
        vigil.heard("hangs", Duration::ZERO);
        assert_eq!(vigil.silent(now + PATIENCE / 2), None);
        let later = now + PATIENCE + Duration::from_mins(1);
        assert_eq!(vigil.silent(later).as_deref(), Some("hangs"));
        vigil.heard("hangs", Duration::from_hours(1));
        assert_eq!(vigil.silent(later), None);
        assert_eq!(vigil.silent(now + PATIENCE * 4).as_deref(), Some("hangs"));
    }
}
