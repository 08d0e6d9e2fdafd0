//! Addresses and the people behind them (RFC 5322 section 3.4): comparing, normalising, classifying.

use std::cmp::Ordering;
use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The longest address that is accepted, in bytes (RFC 5321 section 4.5.3.1.3 allows 254 in a path).
const MAX_ADDRESS: usize = 254;

/// An `addr-spec` (RFC 5322 section 3.4.1), kept as its owner writes it and compared without regard to case.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address, with or without `mailto:` and angle brackets. `None` where it could not stand in a header
    /// field as it is: no `@`, an empty side, white space, controls, or more than 254 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = match text.get(..7) {
            Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &text[7..],
            _ => text,
        };
        let text = text.trim_start_matches('<').trim_end_matches('>').trim();
        let (local, domain) = text.rsplit_once('@')?;
        let bad = |c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')' | '\\')
        };
        if local.is_empty() || domain.is_empty() || text.len() > MAX_ADDRESS || text.contains(bad) {
            return None;
        }
        if local.contains('@')
            || local.starts_with('.')
            || local.ends_with('.')
            || local.contains("..")
        {
            return None;
        }
        let labels_fine =
            domain.split('.').all(|l| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-'));
        let domain_chars = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
        (labels_fine && domain.chars().all(domain_chars)).then(|| Self(text.to_owned()))
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The form that addresses are compared by: lower case. (RFC 5321 lets a server tell `A` from `a` before the `@`; none does.)
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// Whether mail to another address reaches the same mailbox: a `+tag` and letter case do not matter.
    pub fn reaches(&self, other: &Self) -> bool {
        same(self.untagged(), other.untagged()) && same(self.domain(), other.domain())
    }

    /// [`Self::local`] without a `+tag`.
    fn untagged(&self) -> &str {
        let local = self.local();
        match local.split_once('+') {
            Some((before, _)) if !before.is_empty() => before,
            _ => local,
        }
    }

    /// The domain somebody registered (`acme.example` of `mail.acme.example`), by the public suffix list, in lower case.
    pub fn registered_domain(&self) -> String {
        registered_domain(self.domain())
    }
}

/// The registered part of a host name, by the public suffix list, in lower case; the name itself where the list knows none.
pub fn registered_domain(host: &str) -> String {
    let host = host.to_lowercase();
    psl::domain_str(&host).map_or_else(|| host.clone(), str::to_owned)
}

/// Whether two texts are the same but for letter case. Addresses are compared far more often than they are kept: those in
/// ASCII, which nearly all are, without being copied.
fn same(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.to_lowercase() == b.to_lowercase()
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for EmailAddress {}

impl PartialOrd for EmailAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EmailAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0.is_ascii() && other.0.is_ascii() {
            let lower = |b: u8| b.to_ascii_lowercase();
            return self.0.bytes().map(lower).cmp(other.0.bytes().map(lower));
        }
        self.key().cmp(&other.key())
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
            .ok_or_else(|| format!("`{}` is not an e-mail address", text.escape_debug()))
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

/// Somebody, as a message names them. Either half may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    /// The display name, decoded, with its own spelling.
    pub name: Option<String>,
    /// Where mail reaches them.
    pub address: Option<EmailAddress>,
}

/// The owner of the mailbox: the candidate.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The name under the letters.
    pub name: String,
    /// Every address at which mail reaches the owner; the first is the preferred one.
    pub addresses: Vec<EmailAddress>,
    /// Where times without a zone are read, and what "that day" means.
    pub time_zone: TimeZone,
    /// A telephone number for the end of a letter.
    pub phone: Option<String>,
}

impl Owner {
    /// Whether mail to this address reaches the owner; a `+tag` and letter case do not matter.
    pub fn has(&self, address: &EmailAddress) -> bool {
        self.addresses.iter().any(|own| own.reaches(address))
    }
}
