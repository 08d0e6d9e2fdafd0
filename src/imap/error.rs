//! What can go wrong between us and the server, in one line each.

use std::path::PathBuf;

/// How much of a server's own words is repeated.
const MAX_TEXT: usize = 300;
/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// Everything that can fail at this edge. Server texts in it are bounded and free of control characters; secrets never are in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No address for the host name, or nothing that answers there.
    #[error("`{server}`: cannot connect: {reason}")]
    Unreachable {
        /// Host and port.
        server: String,
        /// What the system says.
        reason: String,
    },
    /// An unencrypted connection to another machine was asked for.
    #[error(
        "`{host}`: refusing to log in without TLS to a host that is not this machine\nhint: use `imaps://` or `imap+starttls://`"
    )]
    Plaintext {
        /// The host as configured.
        host: String,
    },
    /// The file with additional certificates cannot be used.
    #[error("`{}`: cannot read certificates: {reason}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS could not be set up, or the certificate was not accepted.
    #[error("`{server}`: {reason}")]
    Tls {
        /// Host and port.
        server: String,
        /// Which check failed, with a hint where there is a remedy.
        reason: String,
    },
    /// The server does not offer what logging in needs.
    #[error("`{server}`: cannot log in: {reason}")]
    NoLogin {
        /// Host and port.
        server: String,
        /// What is missing.
        reason: String,
    },
    /// The server refused the user name, password or token.
    #[error("`{server}`: login of `{user}` refused: {text}")]
    Login {
        /// Host and port.
        server: String,
        /// The user name.
        user: String,
        /// The server's words, with a hint.
        text: String,
        /// Whether it sounds as if the same login may work later (RFC 5530 `UNAVAILABLE`, `INUSE`, `LIMIT`).
        temporary: bool,
    },
    /// A command was answered NO or BAD.
    #[error("`{command}` was answered {status}: {text}")]
    Refused {
        /// The command, without its arguments.
        command: &'static str,
        /// `NO` or `BAD`.
        status: &'static str,
        /// The server's words.
        text: String,
        /// Whether it asked for the folder to be created first (RFC 9051 section 7.1, TRYCREATE).
        try_create: bool,
    },
    /// The server said goodbye.
    #[error("the server ended the connection: {0}")]
    Bye(String),
    /// The connection ended in the middle of something.
    #[error("the connection broke off during `{command}`: {reason}")]
    Closed {
        /// The command, without its arguments.
        command: &'static str,
        /// What the system says.
        reason: String,
    },
    /// No answer within the deadline.
    #[error("no answer to `{command}` within {seconds} s")]
    Timeout {
        /// The command, without its arguments.
        command: &'static str,
        /// The deadline.
        seconds: u64,
    },
    /// An answer that cannot be understood or is missing something; it is never taken for an empty one.
    #[error("`{command}` was answered with something that cannot be understood: {text}")]
    Garbage {
        /// The command, without its arguments.
        command: &'static str,
        /// What came.
        text: String,
    },
    /// An earlier failure left the connection in an unknown state.
    #[error("the connection is no longer usable after an earlier failure")]
    Broken,
    /// A folder is needed that is not there.
    #[error("{0}")]
    NoFolder(String),
    /// A failure while these messages were being read.
    #[error("reading {}: {source}", if uids.len() == 1 { format!("the message with UID {}", uids[0]) } else { format!("{} messages", uids.len()) })]
    Reading {
        /// UIDVALIDITY of their folder.
        uid_validity: u32,
        /// Their UIDs.
        uids: Vec<u32>,
        /// What happened.
        source: Box<Error>,
    },
    /// Something that cannot be put into a command (CR, LF or NUL).
    #[error("{0} contains a line break or a NUL, which cannot be sent")]
    Unsendable(&'static str),
}

impl Error {
    /// Whether the server rejected the user name, password or token for good: asking again will not help before the owner does something.
    pub fn is_refused_login(&self) -> bool {
        matches!(self, Self::Login { temporary: false, .. })
    }

    /// The messages that were being read at the failure, with their UIDVALIDITY: if there is but one and it happens too
    /// often, it is best set aside. [`Error::is_passing`] tells whether the server only had no time.
    pub fn suspects(&self) -> Option<(u32, &[u32])> {
        match self {
            Self::Reading { uid_validity, uids, .. } => Some((*uid_validity, uids)),
            _ => None,
        }
    }

    /// Whether the server said that it cannot now, and may be able to later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused { text, .. } => is_passing(text),
            Self::Login { temporary, .. } => *temporary,
            Self::Reading { source, .. } => source.is_passing(),
            _ => false,
        }
    }

    /// Whether a folder is there and cannot be opened, by the server's own words.
    pub fn is_closed_folder(&self) -> bool {
        matches!(self, Self::Refused { command: "EXAMINE", .. }) && !self.is_passing()
    }

    /// The same without these secrets in the server's words.
    pub(super) fn without(mut self, secrets: &[&str]) -> Self {
        match &mut self {
            Self::Refused { text, .. } | Self::Garbage { text, .. } | Self::Bye(text) => {
                *text = without(text, secrets);
            }
            _ => {}
        }
        self
    }

    /// Whether the server answered NO or BAD: the connection itself is sound.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// Whether a server's words mean that the same may work later: the codes of RFC 5530, and what large providers say when they
/// are asked too much.
pub(super) fn is_passing(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let told = |words: &[&str]| words.iter().any(|word| text.contains(word));
    told(&["[unavailable]", "[inuse]", "[limit]", "[throttled]"])
        || told(&["throttled", "server unavailable", "server busy", "temporar"])
        || told(&["too many simultaneous", "bandwidth limit", "system error"])
}

/// Why an APPEND did not end with OK.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Nothing was stored: the server said so, or the message was never sent.
    #[error("the draft was not saved: {0}")]
    Refused(#[source] Error),
    /// The message was sent and the answer is missing: it may be stored or not. Look before trying again.
    #[error("the draft may or may not have been saved: {0}")]
    Unknown(#[source] Error),
}

/// A server's words, fit for a terminal and a log: one line, no control characters, not too long.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.trim().chars() {
        if out.len() >= MAX_TEXT {
            out.push('…');
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    if out.is_empty() { "(no text)".to_owned() } else { out }
}

/// A server's words without these secrets: some servers repeat a command that they do not like.
pub(super) fn without(text: &str, secrets: &[&str]) -> String {
    let secrets: Vec<&str> = secrets.iter().copied().filter(|secret| secret.len() >= 3).collect();
    let whole = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN));
    // What was cut in the middle: longer words that a secret contains, or the beginning of one.
    let is_part = |word: &str| {
        let word = word.trim_end_matches('…');
        word.len() >= 6 && secrets.iter().any(|secret| secret.contains(word))
    };
    let hide = |word: &str| {
        let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_part(word) || is_part(core) { HIDDEN.to_owned() } else { word.to_owned() }
    };
    whole.split(' ').map(hide).collect::<Vec<_>>().join(" ")
}

/// [`plain`], with what is known about a few famous answers.
pub(super) fn explained(text: &str) -> String {
    let mut out = plain(text);
    if text.to_ascii_lowercase().contains("authenticated but not connected") {
        out.push_str(
            "\nhint: Exchange says this when IMAP is switched off for the mailbox, or the token's scope or user does not fit it",
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_a_server_repeats_are_hidden() {
        let secrets = ["correct horse", "AGFsZXgAY29ycmVjdCBob3JzZQ=="];
        for (told, shown) in [
            ("bad command: LOGIN alex correct horse", "bad command: LOGIN alex ***"),
            ("A1 AUTHENTICATE PLAIN AGFsZXgAY29ycmVjdCBob3JzZQ==", "A1 AUTHENTICATE PLAIN ***"),
            ("cut: AGFsZXgAY29ycm…", "cut: ***"),
            ("\"AGFsZXgAY29\"?", "***"),
            ("wrong password", "wrong password"),
        ] {
            assert_eq!(without(told, &secrets), shown);
        }
        assert_eq!(without("a b", &["a", ""]), "a b");
    }

    #[test]
    fn what_passes_is_told_from_what_stays() {
        for text in [
            "[UNAVAILABLE] UID FETCH Server error - Please try again later",
            "[INUSE] mailbox locked",
            "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
            "Server Unavailable. 15",
            "Too many simultaneous connections. (Failure)",
            "Account exceeded command or bandwidth limits. (Failure)",
            "System Error (Failure)",
        ] {
            assert!(is_passing(text), "{text}");
        }
        for text in
            ["[AUTHENTICATIONFAILED] Invalid credentials", "[SERVERBUG] cannot", "no such message"]
        {
            assert!(!is_passing(text), "{text}");
        }
    }

    #[test]
    fn server_text_is_bounded_and_harmless() {
        assert_eq!(plain(" a\u{1b}[31mb\r\nc "), "a\\u{1b}[31mb\\r\\nc");
        assert_eq!(plain(""), "(no text)");
        assert!(plain(&"x".repeat(10_000)).len() < 310);
        assert!(
            explained("BAD User is authenticated but not connected.").contains("hint: Exchange")
        );
    }
}
