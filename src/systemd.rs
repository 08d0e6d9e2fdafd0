//! What systemd is told: ready, stopping, alive, and one line that a person understands. All of it does nothing elsewhere.

use std::time::Duration;

use sd_notify::NotifyState;

/// The longest status line. `systemctl status` shows one line of a terminal.
const MAX_STATUS: usize = 200;

/// Configuration and store are fine; the service is up.
pub fn ready() {
    tell(&NotifyState::Ready);
}

/// The `Status:` line of `systemctl status`.
pub fn status(line: &str) {
    // A line break would begin another assignment of the protocol.
    let line: String =
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_STATUS).collect();
    tell(&NotifyState::Status(&line));
}

/// The service is ending because it was asked to.
pub fn stopping() {
    tell(&NotifyState::Stopping);
}

/// How often [`alive`] is to be called: half of the time after which systemd loses patience. `None` where nobody waits for it.
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
        .map(|patience| patience / 2)
        .filter(|interval| !interval.is_zero())
}

/// Feeds the watchdog. To be called from the loop itself, so that a loop that hangs does not.
pub fn alive() {
    tell(&NotifyState::Watchdog);
}

/// Whether standard error goes to the journal, which adds the time itself (`$JOURNAL_STREAM`, see systemd.exec(5)).
#[expect(clippy::disallowed_methods, reason = "systemd tells it in the environment")]
pub fn is_journal() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some()
}

fn tell(state: &NotifyState<'_>) {
    // The service works as well when nobody hears of it.
    if let Err(error) = sd_notify::notify(std::slice::from_ref(state)) {
        tracing::debug!("systemd cannot be told: {error}");
    }
}
