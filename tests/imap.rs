//! Tests of `imap` against a real Dovecot, and against a scripted server that misbehaves.
//!
//! Known traps, and where they are: IDLE that is renewed, keep-alives, half-open sockets in `deadlines`; an EXISTS that was
//! swallowed in `waiting` and `deadlines`; losses and broken answers in `hostile`; UIDVALIDITY, `n:*` and positions in `batches`
//! and `hostile`; SPECIAL-USE, names, TRYCREATE in `opening`, `drafts`, `quirks`; APPENDUID, flags, looking without SEARCH HEADER in
//! `hostile`, `drafts`, `quirks`; what Gmail, Exchange, iCloud, Yahoo and Proton Bridge do in `quirks` and `opening`; floods and
//! giants in `limits`; TLS, STARTTLS and secrets in `security`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod batches;
mod deadlines;
mod drafts;
mod hostile;
mod limits;
mod opening;
mod quirks;
mod scripted;
mod security;
mod waiting;

use std::future::Future;

use afterword::imap::{Connection, Endpoint, FolderName};

use crate::dovecot::password;

/// Runs a test's future as the daemon does.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn open(endpoint: &Endpoint) -> Connection {
    Connection::open(endpoint, &password()).await.unwrap_or_else(|error| panic!("{error}"))
}

fn inbox() -> FolderName {
    FolderName::new("INBOX")
}

/// A small plain message.
fn mail(subject: &str) -> Vec<u8> {
    format!(
        "From: Ann <ann@acme.example>\r\nTo: alex@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@acme.example>\r\n\
         Date: Mon, 2 Mar 2026 10:00:00 +0000\r\n\r\nhello {subject}\r\n"
    )
    .into_bytes()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}
