//! Connecting, TLS, logging in, finding folders.

use afterword::folder::Role;
use afterword::imap::{Connection, Credentials, Error, MayAppend, Security, Why};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{open, run};
use crate::dovecot::{Dovecot, PASSWORD, Variant, certificates, password, token};

#[test]
fn every_way_to_log_in() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        for security in [Security::Plain, Security::StartTls, Security::Tls] {
            let connection = open(&server.endpoint_by("alex", security)).await;
            assert!(connection.capabilities().contains("UIDPLUS"), "asked again after login");
            assert!(connection.greeting().contains("Dovecot"));
            connection.logout().await.unwrap();
        }
        Connection::open(&server.endpoint("alex"), &token("alex", 600)).await.unwrap();
    });
    let only = |mechanism: &str| {
        Dovecot::start_with(Variant::Plain, &format!("auth_mechanisms = {mechanism}"))
    };
    run(async {
        Connection::open(&only("oauthbearer").endpoint("alex"), &token("alex", 600)).await.unwrap()
    });
    run(async {
        Connection::open(&only("xoauth2").endpoint("alex"), &token("alex", 600)).await.unwrap()
    });
    // No SASL-IR: the exchange takes a continuation.
    run(async { open(&Dovecot::start(Variant::Minimal).endpoint("alex")).await });
}

/// Dovecot offers AUTH=PLAIN wherever it takes LOGIN, so that something in between has to hide it.
async fn hiding_plain(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (near, _) = listener.accept().await.unwrap();
        let (mut from_client, mut to_client) = near.into_split();
        let (mut from_server, mut to_server) =
            TcpStream::connect(("127.0.0.1", port)).await.unwrap().into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
        let mut buffer = vec![0; 64 << 10];
        while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
            let text = String::from_utf8_lossy(&buffer[..n]).replace("AUTH=PLAIN", "AUTH=OTHER");
            to_client.write_all(text.as_bytes()).await.unwrap();
        }
    });
    own
}

#[test]
fn without_authenticate_plain_it_is_login() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let mut endpoint = server.endpoint("alex");
        endpoint.port = hiding_plain(server.ports().0).await;
        // The password needs quoting.
        open(&endpoint).await;
        endpoint.port = hiding_plain(server.ports().0).await;
        let beyond_ascii = Credentials::Password("pässword".into());
        let error = Connection::open(&endpoint, &beyond_ascii).await.unwrap_err();
        assert!(error.is_refused_login(), "sent as a literal, and refused: {error}");
    });
}

#[test]
fn a_refused_login_says_so_and_holds_no_secret() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let wrong = Credentials::Password("not-the-password".into());
        for credentials in [wrong, token("alex", -1000), token("sam", 600)] {
            let error = Connection::open(&server.endpoint("alex"), &credentials).await.unwrap_err();
            assert!(error.is_refused_login(), "{error}");
            let text = format!("{error} {error:?}");
            assert!(
                text.contains("hint:")
                    && !text.contains("not-the-password")
                    && !text.contains("Bearer ey"),
                "{text}"
            );
        }
        let bearer = Dovecot::start_with(Variant::Plain, "auth_mechanisms = plain oauthbearer");
        let error =
            Connection::open(&bearer.endpoint("alex"), &token("alex", -1000)).await.unwrap_err();
        assert!(error.is_refused_login(), "{error}");
        let plain = Dovecot::start_with(Variant::Plain, "auth_mechanisms = plain");
        let error =
            Connection::open(&plain.endpoint("alex"), &token("alex", 600)).await.unwrap_err();
        assert!(error.to_string().contains("neither XOAUTH2 nor OAUTHBEARER"), "{error}");
    });
}

#[test]
fn certificates_are_verified() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        for security in [Security::Tls, Security::StartTls] {
            let mut endpoint = server.endpoint_by("alex", security);
            endpoint.ca_file = Some(certificates().join("other.pem"));
            let error = Connection::open(&endpoint, &password()).await.unwrap_err().to_string();
            assert!(
                error.contains("authority that is not known") && error.contains("`ca_file`"),
                "{error}"
            );
            endpoint.ca_file = Some(certificates().join("ca.pem"));
            endpoint.host = "127.0.0.1".to_owned();
            let error = Connection::open(&endpoint, &password()).await.unwrap_err().to_string();
            assert!(error.contains("not made out to `127.0.0.1`"), "{error}");
            // The very certificate, named by the owner, is enough.
            endpoint.ca_file = Some(certificates().join("server.pem"));
            open(&endpoint).await;
        }
        let mut endpoint = server.endpoint_by("alex", Security::Tls);
        endpoint.ca_file = Some("/nonexistent.pem".into());
        assert!(matches!(
            Connection::open(&endpoint, &password()).await,
            Err(Error::CaFile { .. })
        ));
        endpoint.ca_file = None;
        endpoint.port = server.ports().0;
        let error = Connection::open(&endpoint, &password()).await.unwrap_err().to_string();
        assert!(error.contains("TLS") || error.contains("certificates"), "{error}");
    });
    drop(server);
}

#[test]
fn nobody_there_is_told() {
    let mut server = Dovecot::start(Variant::Plain);
    server.stop();
    let error = run(Connection::open(&server.endpoint("alex"), &password())).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(!error.to_string().contains(PASSWORD));
}

#[test]
fn folders_are_found_on_every_kind_of_server() {
    use Variant::{
        ByName, Localised, LocalisedByName, Minimal, NoIdle, Plain, Prefix, PrefixByName,
    };
    for (variant, drafts, sent, trash, why) in [
        (Plain, "Drafts", "Sent", "Trash", Why::SpecialUse),
        (NoIdle, "Drafts", "Sent", "Trash", Why::SpecialUse),
        (Localised, "Entwürfe", "Gesendet", "Papierkorb", Why::SpecialUse),
        (LocalisedByName, "Entwürfe", "Gesendet", "Papierkorb", Why::Name),
        (Prefix, "INBOX.Drafts", "INBOX.Sent", "INBOX.Trash", Why::SpecialUse),
        (PrefixByName, "INBOX.Drafts", "INBOX.Sent", "INBOX.Trash", Why::Name),
        (ByName, "Drafts", "Sent", "Trash", Why::Name),
        (Minimal, "Drafts", "Sent", "Trash", Why::Name),
    ] {
        let server = Dovecot::start(variant);
        run(async {
            let mut connection = open(&server.endpoint("alex")).await;
            let found = |role| {
                connection
                    .folders()
                    .of(role)
                    .map(|found| (found.folder.name().to_owned(), found.why))
            };
            assert_eq!(found(Role::Drafts), Some((drafts.to_owned(), why)), "{variant:?}");
            assert_eq!(found(Role::Sent), Some((sent.to_owned(), why)), "{variant:?}");
            assert_eq!(found(Role::Trash), Some((trash.to_owned(), why)), "{variant:?}");
            assert!(matches!(connection.may_append().await.unwrap(), MayAppend::Yes(_)));
            connection.list_drafts().await.unwrap();
        });
    }
}

#[test]
fn opening_and_checking_create_nothing() {
    let server = Dovecot::start(Variant::NoDrafts);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        assert!(connection.folders().of(Role::Drafts).is_none());
        assert!(matches!(connection.may_append().await.unwrap(), MayAppend::AfterCreating(_)));
        assert!(connection.list_drafts().await.unwrap().drafts.is_empty());
        assert!(!server.maildir("alex", ".Drafts").exists());
    });
}
