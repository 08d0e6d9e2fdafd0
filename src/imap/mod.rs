//! The IMAP edge: from a server's folders to [`Delivery`](crate::folder::Delivery)s, and from a letter's bytes to a draft.
//!
//! What it promises: nothing but Drafts is ever opened for writing, nothing but our own untouched draft is ever moved
//! or marked, and every failed look is an error, never an empty result. It reads with EXAMINE and BODY.PEEK alone.
//!
//! In reading order: `wire` frames the bytes, `client` runs commands and `answer` judges what comes back, `connect` and `login` lead to an open connection,
//! `folders` finds out which folder is which, `structure` and `reassemble` decide what of a message is fetched and put
//! it together again, `inbox` reads batches, `drafts` lists, saves, looks for and withdraws, `wait` waits for new mail.
//!
//! async-imap is used for its response stream only: see `wire` for what is kept from it, and `client` for what is
//! done here instead.

mod answer;
mod client;
mod connect;
mod drafts;
mod error;
mod fetch;
mod folders;
mod header;
mod inbox;
mod login;
mod names;
mod reassemble;
mod structure;
mod utf7;
mod wait;
mod wire;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;

use client::Client;

pub use drafts::{MayAppend, Withdrawal};
pub use error::{AppendError, Error};
pub use folders::{FolderName, Folders, Found, Why};
pub use inbox::{Batch, Filter, Reading};
pub use wait::Wake;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS after STARTTLS.
    StartTls,
    /// None: only to this machine.
    Plain,
}

/// Where a mailbox is reached, and how.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Host name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Certificates (PEM) that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The user name.
    pub user: String,
    /// The configured name of Drafts, as people write it.
    pub drafts: Option<String>,
    /// The configured name of Sent, as people write it.
    pub sent: Option<String>,
    /// How long things may take.
    pub limits: Limits,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connecting and the TLS handshake, each.
    pub connect: Duration,
    /// The longest silence while an answer is due.
    pub command: Duration,
    /// The same, where nothing but a sign of life is asked for.
    pub proof: Duration,
    /// One command from its first byte to its last.
    pub whole: Duration,
    /// One round of IDLE; RFC 2177 allows 29 minutes, routers less. With `command` after it this is how long a dead server
    /// may go unnoticed.
    pub idle: Duration,
    /// Between two looks where IDLE is not offered.
    pub poll: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            command: Duration::from_mins(1),
            proof: Duration::from_secs(10),
            whole: Duration::from_mins(10),
            idle: Duration::from_secs(270),
            poll: Duration::from_mins(1),
        }
    }
}

/// What proves that we may read this mailbox.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A password, for AUTHENTICATE PLAIN (RFC 4616) or LOGIN.
    Password(SecretString),
    /// An OAuth 2 access token, for OAUTHBEARER (RFC 7628) or XOAUTH2, whichever is offered.
    Token(SecretString),
}

impl Credentials {
    /// When a token expires, where it is a JWT (RFC 7519 section 4.1.4) and says so.
    pub fn expires(&self) -> Option<Timestamp> {
        let Self::Token(token) = self else { return None };
        let claims = token.expose_secret().split('.').nth(1)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
        Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
    }
}

/// An open, logged-in connection. After an error that is no plain refusal it fails fast: open a new one.
///
/// Every method but [`Connection::wait`] must be awaited to its end, or the connection is given up.
#[derive(Debug)]
pub struct Connection {
    client: Client,
    greeting: String,
    folders: Folders,
    limits: Limits,
    /// Which folder EXAMINE has opened.
    examined: Option<FolderName>,
    /// Whether IDLE was refused although it is offered.
    no_idle: bool,
}

impl Connection {
    /// Connects, protects the connection, logs in and finds the folders. Changes nothing on the server.
    pub async fn open(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self, Error> {
        let (mut client, greeting, logged_in) = connect::connect(endpoint).await?;
        if logged_in {
            client.ask_capabilities(None).await?;
        } else {
            login::login(&mut client, endpoint, credentials).await?;
        }
        let folders = folders::find(&mut client, endpoint).await?;
        Ok(Self {
            client,
            greeting,
            folders,
            limits: endpoint.limits,
            examined: None,
            no_idle: false,
        })
    }

    /// What the server says it can do, in upper case.
    pub fn capabilities(&self) -> &BTreeSet<String> {
        self.client.capabilities()
    }

    /// The text the server greeted us with.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// Which folder is which, and why.
    pub fn folders(&self) -> &Folders {
        &self.folders
    }

    /// Whether it can still be used. After a failure that is not a plain refusal it cannot.
    pub fn is_usable(&self) -> bool {
        self.client.is_usable()
    }

    /// Proves that the server still answers.
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.client.exec_plain("NOOP", "NOOP").await.map(drop)
    }

    /// [`Self::noop`] with little patience, for a connection that may have died while this machine slept.
    pub async fn prove_alive(&mut self) -> Result<(), Error> {
        let proof = self.limits.proof;
        let answer = timeout(proof, self.noop()).await;
        answer.unwrap_or(Err(Error::Timeout { command: "NOOP", seconds: proof.as_secs() }))
    }

    /// Says goodbye.
    pub async fn logout(mut self) -> Result<(), Error> {
        self.client.exec_plain("LOGOUT", "LOGOUT").await.map(drop)
    }
}
