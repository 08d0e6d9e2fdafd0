//! The daemon, as its binary, on a real Dovecot.

mod equal;
mod harness;
mod life;
mod trouble;
