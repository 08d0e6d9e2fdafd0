//! Which server an account is on: `imaps://imap.example.org:993`.

use std::net::IpAddr;

/// Whether and how the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// From the first byte (`imaps://`, RFC 8314).
    Tls,
    /// After `STARTTLS` (`imap+starttls://`); there is no going on without it.
    StartTls,
    /// Not at all (`imap://`): to this machine only.
    Plain,
}

/// What is wrong with the text of a server, and what would be right.
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) hint: Option<String>,
}

/// Reads `scheme://host[:port]`. No message repeats the text whole, since some people write a password into it.
pub(super) fn parse(text: &str) -> Result<(String, u16, Security), Wrong> {
    let wrong = |what: String, hint: &str| Wrong {
        what,
        hint: (!hint.is_empty()).then(|| hint.to_owned()),
    };
    let Some((scheme, rest)) = text.split_once("://") else {
        let hint = "`imaps://imap.example.org`, or `imap+starttls://imap.example.org`";
        return Err(wrong("a server is written as a URL".to_owned(), hint));
    };
    let (security, default_port) = match scheme.to_ascii_lowercase().as_str() {
        "imaps" => (Security::Tls, 993),
        "imap+starttls" => (Security::StartTls, 143),
        "imap" => (Security::Plain, 143),
        _ => {
            let what = format!("unknown scheme `{}://`", scheme.escape_debug());
            return Err(wrong(
                what,
                "`imaps://`, `imap+starttls://`, or `imap://` to this machine only",
            ));
        }
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('@') {
        return Err(wrong(
            "a server is given without a user".to_owned(),
            "use the keys `user` and `password`",
        ));
    }
    let (host, port) = split_port(rest);
    let port = match port.map(str::parse::<u16>) {
        None => default_port,
        Some(Ok(port)) if port != 0 => port,
        Some(_) => return Err(wrong("the port is not a number from 1 to 65535".to_owned(), "")),
    };
    let Some(host) = check_host(host) else {
        return Err(wrong(
            "this is not the name or address of a host".to_owned(),
            "`imaps://imap.example.org:993`",
        ));
    };
    if security == Security::Plain && !is_loopback(&host) {
        let what = format!("`imap://` would send the password unencrypted to `{host}`");
        return Err(wrong(what, "use `imaps://` or `imap+starttls://`"));
    }
    Ok((host, port, security))
}

/// Takes the port off; the colons of an IPv6 address stand in brackets (RFC 3986 section 3.2.2).
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    }
}

/// The host as the resolver wants it: an address without brackets, a name in ASCII.
fn check_host(host: &str) -> Option<String> {
    if let Some(inner) = host.strip_prefix('[') {
        let address: std::net::Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
        return Some(address.to_string());
    }
    let ascii = idna::domain_to_ascii(host).ok()?;
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let labels_fine =
        ascii.trim_end_matches('.').split('.').all(|label| !label.is_empty() && label.len() <= 63);
    (labels_fine && ascii.len() <= 253 && ascii.chars().all(fine)).then_some(ascii)
}

fn is_loopback(host: &str) -> bool {
    // RFC 6761 section 6.3: `localhost` never leaves the machine.
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
