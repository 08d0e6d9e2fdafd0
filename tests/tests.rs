//! All tests, in one binary.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(clippy::disallowed_methods, reason = "tests run in the real world")]
mod cli;
mod config;
mod cut;
mod daemon;
mod dovecot;
mod imap;
mod inspect;
mod letters;
mod maildir;
mod message;
mod package;
mod prose;
mod protocol;
mod scenarios;
mod servers;
mod store;
mod systemd_units;
mod tidy;
mod times;
