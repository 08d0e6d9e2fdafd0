//! `afterword` watches a job seeker's mailbox and, when an interview is over, leaves one ready-made thank-you note per
//! interviewer in Drafts. It never sends anything.
//!
//! # From bytes to a saved draft
//!
//! One direction. The middle is pure: no clock, no I/O, no async, no randomness; the same input gives the same output. The
//! edges turn the world into the core's types, and carry out what it decides.
//!
//! ```text
//!           edges                      pure core                                   edges
//! IMAP / Maildir ─bytes─> message ─> extract ─Findings─> interview ─> follow_up ─> draft ─bytes─> Drafts
//!                                               │            ▲            ▲
//!                                               └── store ───┘   ledger ──┘        clock, config, systemd, control
//! ```
//!
//! In reading order, each module of the core using only those before it:
//!
//! 1. [`address`]: e-mail addresses, people, the owner.
//! 2. [`folder`]: what is known of a folder, on a server or on disk.
//! 3. [`message`]: bytes to a [`message::Message`]: header fields, readable text, calendar objects, cards.
//! 4. [`extract`]: what one message says, as [`extract::Findings`], with the words that each conclusion rests on.
//! 5. [`interview`]: all findings to interviews, by a fold: any order of arrival gives the same interviews.
//! 6. [`ledger`]: what became of each draft.
//! 7. [`follow_up`]: interviews, ledger and the time to what is due, and when to look again.
//! 8. [`draft`]: a follow-up to a letter, and to RFC 5322 bytes.
//! 9. [`engine`]: [`engine::Engine::handle`] takes what happened and answers with what is to be done.
//!
//! The edges, none of which uses another: [`clock`], [`config`], [`store`] (sled), [`imap`], [`maildir`], [`systemd`],
//! [`control`] (the socket by which `status` reaches the daemon), [`dictionary`] (the system's, for spelling).
//! [`daemon`] and [`commands`] tie everything together.
//!
//! # What holds
//!
//! - Nothing here speaks SMTP. Mail is read with EXAMINE and BODY.PEEK; what is written are drafts, and what is removed are
//!   drafts of our own that nobody has touched and whose reason is gone.
//! - Interviews are never stored: they are computed from the findings each time, so nothing can drift.
//! - A letter is saved only after every folder of its account was read on a live connection after the letter fell due; and
//!   only after the intention was written down and flushed. After a crash the ledger says what to look for.
//! - A decision of the owner (sent, edited, deleted, answered otherwise) is final.
//! - Only [`clock`] reads the time, only [`config`] and [`systemd`] the environment. Each third-party crate that speaks a
//!   format or a protocol is used in one module. Tests hold these rules.
//! - Whatever a server or a sender controls has a limit.

pub mod address;
pub mod draft;
pub mod engine;
pub mod extract;
pub mod folder;
pub mod follow_up;
pub mod interview;
pub mod ledger;
pub mod message;

pub mod clock;
pub mod config;
pub mod control;
pub mod dictionary;
pub mod imap;
pub mod maildir;
pub mod store;
pub mod systemd;

pub mod commands;
pub mod daemon;
