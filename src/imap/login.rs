//! Logging in: AUTHENTICATE (RFC 9051 section 6.2.2) with PLAIN, XOAUTH2 or OAUTHBEARER, else LOGIN.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use super::answer::Answer;
use super::client::{Client, Piece, SMALL};
use super::connect::server;
use super::error::{Error, is_passing, plain};
use super::{Credentials, Endpoint};

/// Logs in, and asks anew what the server can do: it differs before and after.
pub(super) async fn login(
    client: &mut Client,
    endpoint: &Endpoint,
    credentials: &Credentials,
) -> Result<(), Error> {
    if client.capabilities().is_empty() {
        client.ask_capabilities(None).await?;
    }
    let answer = match credentials {
        Credentials::Password(password) => with_password(client, endpoint, password).await,
        Credentials::Token(token) => with_token(client, endpoint, token).await,
    };
    let answer = answer.map_err(|error| {
        let secrets = spoken(endpoint, credentials);
        let secrets: Vec<&str> = secrets.iter().map(SecretString::expose_secret).collect();
        refused(endpoint, credentials, error.without(&secrets))
    })?;
    client.ask_capabilities(answer.capabilities).await
}

/// Everything that is sent of a secret, in all of its forms: what a server may repeat in its complaint.
fn spoken(endpoint: &Endpoint, credentials: &Credentials) -> Vec<SecretString> {
    let user = endpoint.user.as_str();
    match credentials {
        Credentials::Password(password) => {
            let secret = password.expose_secret();
            let quoted = quoted(secret).unwrap_or_default();
            vec![password.clone(), quoted.into(), plain_response(user, secret).into()]
        }
        Credentials::Token(token) => {
            let secret = token.expose_secret();
            let bearer = bearer_response(endpoint, secret).into();
            vec![token.clone(), xoauth2_response(user, secret).into(), bearer]
        }
    }
}

/// RFC 4616: no authorization identity, the user name, the password.
fn plain_response(user: &str, secret: &str) -> String {
    STANDARD.encode(format!("\0{user}\0{secret}"))
}

fn xoauth2_response(user: &str, token: &str) -> String {
    STANDARD.encode(format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"))
}

/// RFC 7628 section 3.1; in the name `=` and `,` are escaped (RFC 5801 section 4).
fn bearer_response(endpoint: &Endpoint, token: &str) -> String {
    let Endpoint { host, port, user, .. } = endpoint;
    let name = user.replace('=', "=3D").replace(',', "=2C");
    STANDARD.encode(format!(
        "n,a={name},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}"
    ))
}

async fn with_password(
    client: &mut Client,
    endpoint: &Endpoint,
    password: &SecretString,
) -> Result<Answer, Error> {
    let (user, secret) = (endpoint.user.as_str(), password.expose_secret());
    if user.contains('\0') || secret.contains('\0') {
        return Err(Error::Unsendable("the user name or password"));
    }
    if client.can("AUTH=PLAIN") {
        let response = plain_response(user, secret);
        return authenticate(client, "AUTHENTICATE PLAIN", &response, &mut String::new()).await;
    }
    if client.can("LOGINDISABLED") {
        let reason = "the server takes no passwords on this connection (LOGINDISABLED)\nhint: use TLS, or a `token`";
        return Err(Error::NoLogin { server: server(endpoint), reason: reason.to_owned() });
    }
    let mut pieces = vec![Piece::Text("LOGIN ")];
    let (quoted_user, quoted_secret) = (quoted(user), quoted(secret));
    pieces.push(string(quoted_user.as_deref(), user));
    pieces.push(Piece::Text(" "));
    pieces.push(string(quoted_secret.as_deref(), secret));
    client.run("LOGIN", &pieces, SMALL, &mut |_| {}, None).await
}

async fn with_token(
    client: &mut Client,
    endpoint: &Endpoint,
    token: &SecretString,
) -> Result<Answer, Error> {
    let (user, token) = (endpoint.user.as_str(), token.expose_secret());
    if user.contains('\u{1}') || token.contains('\u{1}') {
        return Err(Error::Unsendable("the user name or token"));
    }
    let mut reason = String::new();
    let result = if client.can("AUTH=XOAUTH2") {
        let response = xoauth2_response(user, token);
        authenticate(client, "AUTHENTICATE XOAUTH2", &response, &mut reason).await
    } else if client.can("AUTH=OAUTHBEARER") {
        let response = bearer_response(endpoint, token);
        authenticate(client, "AUTHENTICATE OAUTHBEARER", &response, &mut reason).await
    } else {
        let reason = "the server offers neither XOAUTH2 nor OAUTHBEARER\nhint: use a `password`";
        return Err(Error::NoLogin { server: server(endpoint), reason: reason.to_owned() });
    };
    result.map_err(|error| match error {
        Error::Refused { command, status, text, try_create } if !reason.is_empty() => {
            Error::Refused {
                command,
                status,
                text: format!("{text} ({})", plain(&reason)),
                try_create,
            }
        }
        other => other,
    })
}

/// One AUTHENTICATE whose client speaks first, in the command itself where SASL-IR (RFC 4959) allows it. The challenge
/// of a failed OAuth login holds the reason as JSON; the exchange must be ended with an answer to it (RFC 7628 section 3.2.3).
async fn authenticate(
    client: &mut Client,
    command: &'static str,
    response: &str,
    reason: &mut String,
) -> Result<Answer, Error> {
    let at_once = client.can("SASL-IR");
    let line = if at_once { format!("{command} {response}") } else { command.to_owned() };
    let mut spoken = at_once;
    let mut reply = |challenge: &str| {
        if !spoken {
            spoken = true;
            return response.as_bytes().to_vec();
        }
        if let Ok(told) = STANDARD.decode(challenge) {
            *reason = String::from_utf8_lossy(&told).into_owned();
        }
        // What ends a failed exchange: a lone ^A in OAUTHBEARER, nothing in the others.
        if command.ends_with("OAUTHBEARER") { b"AQ==".to_vec() } else { Vec::new() }
    };
    client.run(command, &[Piece::Text(&line)], SMALL, &mut |_| {}, Some(&mut reply)).await
}

/// A quoted string (RFC 9051 section 4.3) where the text allows one.
fn quoted(text: &str) -> Option<String> {
    let fits = text.len() < 1000 && text.chars().all(|c| matches!(c, ' '..='~'));
    fits.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn string<'a>(quoted: Option<&'a str>, text: &'a str) -> Piece<'a> {
    quoted.map_or(Piece::Literal(text.as_bytes()), Piece::Text)
}

fn refused(endpoint: &Endpoint, credentials: &Credentials, error: Error) -> Error {
    let Error::Refused { text, .. } = error else { return error };
    let upper = text.to_ascii_uppercase();
    // What says that it is the password is believed, whatever else it says.
    let temporary = !upper.contains("[AUTHENTICATIONFAILED]")
        && (is_passing(&text)
            || ["[SERVERBUG]", "[CONTACTADMIN]"].iter().any(|code| upper.contains(code)));
    let hint = match credentials {
        _ if temporary => "hint: the server may accept it later",
        Credentials::Password(_) => {
            "hint: check `user` and `password`; many providers want an app password for IMAP"
        }
        Credentials::Token(_) => "hint: the token may have expired, or lack the scope for IMAP",
    };
    let text = format!("{text}\n{hint}");
    Error::Login { server: server(endpoint), user: plain(&endpoint.user), text, temporary }
}
