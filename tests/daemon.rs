//! The daemon, as its binary, on a real Dovecot.

mod ask;
mod citizen;
mod connections;
mod control;
mod equal;
pub mod harness;
mod letter;
mod life;
mod notify;
mod service;
mod status;
mod trouble;
