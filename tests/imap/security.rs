//! What somebody in between may try, and what must not be told to anybody.

use std::fs;
use std::path::Path;
use std::process::Command;

use afterword::imap::{Connection, Credentials, Error, Security};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::scripted::{GREETING, Script, Scripted, dial, endpoint, script};
use super::{open, run};
use crate::dovecot::{Dovecot, PASSWORD, Variant, certificates, password};

/// Certificates that must not be accepted, signed by the authority that is trusted where they are signed by one.
fn bad_certificates() -> tempfile::TempDir {
    let dir = tempfile::Builder::new().prefix("certificates-").tempdir().unwrap();
    let good = certificates();
    let openssl = |args: &str| {
        let output =
            Command::new("openssl").args(args.split(' ')).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let ca = format!("-cert {0}/ca.pem -keyfile {0}/ca.key", good.display());
    fs::write(dir.path().join("index"), "").unwrap();
    fs::write(
        dir.path().join("ca.cnf"),
        "[ca]\ndefault_ca=c\n[c]\ndatabase=index\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\npolicy=p\nunique_subject=no\n\
         [p]\ncommonName=supplied\n[localhost]\nsubjectAltName=DNS:localhost\n[other]\nsubjectAltName=DNS:mail.other.example\n",
    )
    .unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for (name, from, to, names) in [
        ("expired", "20200101000000Z", "20210101000000Z", "localhost"),
        ("early", "20900101000000Z", "20910101000000Z", "localhost"),
        ("elsewhere", "20200101000000Z", "20910101000000Z", "other"),
    ] {
        openssl(&format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(&format!(
            "ca -batch -notext -config ca.cnf -create_serial {ca} -in {name}.csr -out {name}.pem -extensions {names} -startdate {from} -enddate {to}"
        ));
    }
    openssl(&format!(
        "req -x509 {key} -keyout self.key -out self.pem -days 365 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    ));
    dir
}

fn server_with(certificate: &Path) -> Dovecot {
    let key = certificate.with_extension("key");
    Dovecot::start_with(
        Variant::Plain,
        &format!("ssl_cert = <{}\nssl_key = <{}", certificate.display(), key.display()),
    )
}

#[test]
fn bad_certificates_are_refused_in_one_clear_line_with_a_hint() {
    let bad = bad_certificates();
    for (name, reason) in [
        ("expired", "the certificate has expired\nhint: check this machine's date"),
        ("early", "the certificate is not valid yet\nhint: check this machine's date"),
        ("elsewhere", "the certificate is not made out to `localhost`, but to mail.other.example"),
        (
            "self",
            "signed by an authority that is not known here\nhint: for a server with its own authority",
        ),
    ] {
        let server = server_with(&bad.path().join(format!("{name}.pem")));
        run(async {
            for security in [Security::Tls, Security::StartTls] {
                let error =
                    Connection::open(&server.endpoint_by("alex", security), &password()).await;
                let error = error.unwrap_err();
                let text = error.to_string();
                let end: String = reason.chars().skip_while(|c| *c != '\n').collect();
                let flat = text.replace("DnsName(\"", "").replace("\")", "");
                assert!(flat.contains(reason), "{name}: {text} (looked for {end:?})");
                assert!(text.starts_with("`localhost:") && text.lines().count() == 2, "{text}");
                assert!(!error.is_refused_login());
            }
        });
        assert!(!server.log().contains("Login"), "nothing was said before: {}", server.log());
    }
}

/// The server's word for STARTTLS, and everything after it, without a server behind it.
async fn start_tls(greeting: &'static str, script: Script) -> (Error, Vec<String>) {
    let server = Scripted::serve(greeting, script).await;
    let mut endpoint = endpoint(server.port);
    endpoint.security = Security::StartTls;
    endpoint.ca_file = Some(certificates().join("ca.pem"));
    let error = Connection::open(&endpoint, &password()).await.unwrap_err();
    (error, server.heard())
}

#[test]
fn nothing_is_said_in_clear_when_starttls_does_not_come_about() {
    run(async {
        for (greeting, answer, reason) in [
            (GREETING, "TAG NO not here\r\n", "STARTTLS refused: not here\nhint: try `imaps://`"),
            (
                GREETING,
                "TAG OK begin\r\n* CAPABILITY IMAP4rev1\r\n",
                "sent more before the TLS handshake",
            ),
            (
                GREETING,
                "TAG OK begin\r\nA0002 OK logged in\r\n",
                "sent more before the TLS handshake",
            ),
            (GREETING, "TAG OK begin\r\n* OK half a line", "sent more before the TLS handshake"),
            (GREETING, "* BYE no\r\nHANGUP", "ended the connection"),
            ("* PREAUTH welcome\r\n", "TAG OK\r\n", "logs in before STARTTLS"),
        ] {
            let (error, heard) =
                start_tls(greeting, script(&[("STARTTLS", answer.to_owned())])).await;
            assert!(error.to_string().contains(reason), "{answer}: {error}");
            assert!(heard.iter().all(|command| command == "STARTTLS"), "{heard:?}");
        }
    });
}

/// Passes everything on, and puts a line of its own before the server's agreement to STARTTLS.
async fn injecting(port: u16) -> u16 {
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
            if String::from_utf8_lossy(&buffer[..n]).contains("Begin TLS") {
                to_client
                    .write_all(b"* CAPABILITY IMAP4rev1 XINJECTED LOGINDISABLED\r\n")
                    .await
                    .unwrap();
            }
            to_client.write_all(&buffer[..n]).await.unwrap();
        }
    });
    own
}

#[test]
fn what_was_told_before_the_handshake_is_forgotten() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let mut endpoint = server.endpoint_by("alex", Security::StartTls);
        endpoint.port = injecting(endpoint.port).await;
        let connection = open(&endpoint).await;
        assert!(!connection.capabilities().contains("XINJECTED"));
        assert!(connection.capabilities().contains("IDLE"));
    });
}

#[test]
fn a_secret_that_the_server_repeats_is_not_shown() {
    let response = STANDARD.encode(format!("\0alex\0{PASSWORD}"));
    let token = "ya29.a-token-that-nobody-may-see-0123456789";
    let bearer = STANDARD.encode(format!("user=alex\u{1}auth=Bearer {token}\u{1}\u{1}"));
    run(async {
        for (greeting, answer) in [
            (GREETING, "TAG BAD unknown: ECHO\r\n"),
            (GREETING, "* BYE what is ECHO\r\nHANGUP"),
            (GREETING, "ECHO\r\n"),
            ("* OK [CAPABILITY IMAP4rev1] hello\r\n", "TAG NO unknown: ECHO\r\n"),
            ("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hello\r\n", "TAG BAD ECHO\r\n"),
        ] {
            let credentials = if greeting.contains("XOAUTH2") {
                Credentials::Token(token.into())
            } else {
                password()
            };
            let script =
                script(&[("AUTHENTICATE", answer.to_owned()), ("LOGIN", answer.to_owned())]);
            let server = Scripted::serve(greeting, script).await;
            let error = Connection::open(&endpoint(server.port), &credentials).await.unwrap_err();
            let told = format!("{error}\n{error:?}");
            for secret in [PASSWORD, &response, &response[4..20], "word\\\\", token, &bearer] {
                assert!(!told.contains(secret), "{secret}: {told}");
            }
        }
        let debug = format!("{:?} {:?}", password(), Credentials::Token(token.into()));
        assert!(!debug.contains("word\\") && !debug.contains("ya29"), "{debug}");
        assert!(dial(GREETING, &[]).await.is_ok());
    });
}
