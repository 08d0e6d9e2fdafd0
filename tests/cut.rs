//! Cut everywhere: a whole life with the daemon on a real Dovecot, harmed at every point of the conversation.
//!
//! In reading order: `proxy` sees every word and does harm, `law` says which words must never be said, `mailbox` is the owner's other client,
//! `life` what happens. `points` harms a single round at each point, `waiting` the daemon that waits in IDLE, `late` has the server carry out
//! late what it was given, `faults` breaks the store, the server's numbers and the disk. `AFTERWORD_CUTS=all` plays every case of all of them.

mod faults;
mod late;
mod law;
mod life;
mod mailbox;
mod points;
pub mod proxy;
mod waiting;
