//! From a host name to a protected connection that has greeted us.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::client::Client;
use super::error::{Error, plain};
use super::wire::Transport;
use super::{Endpoint, Security};

/// How many addresses of a server are tried.
const MAX_ADDRESSES: usize = 8;

/// Connects and reads the greeting: the client, the greeting's text, and whether the server has logged us in by itself (PREAUTH).
pub(super) async fn connect(endpoint: &Endpoint) -> Result<(Client, String, bool), Error> {
    // Read first: a mistake in the configuration should not need a server to be found.
    let tls = match endpoint.security {
        Security::Plain => None,
        Security::Tls | Security::StartTls => Some(tls_config(endpoint)?),
    };
    let tcp: Box<dyn Transport> = Box::new(tcp(endpoint).await?);
    match (endpoint.security, tls) {
        (Security::Tls, Some(tls)) => {
            let mut client = Client::new(handshake(endpoint, tls, tcp).await?, endpoint.limits);
            let (greeting, logged_in) = client.greeting().await?;
            Ok((client, greeting, logged_in))
        }
        (Security::StartTls, Some(tls)) => start_tls(endpoint, tls, tcp).await,
        _ => {
            let mut client = Client::new(tcp, endpoint.limits);
            let (greeting, logged_in) = client.greeting().await?;
            Ok((client, greeting, logged_in))
        }
    }
}

/// STARTTLS (RFC 9051 section 6.2.1): nothing that came before the handshake is believed, the capabilities least of all.
async fn start_tls(
    endpoint: &Endpoint,
    tls: Arc<ClientConfig>,
    tcp: Box<dyn Transport>,
) -> Result<(Client, String, bool), Error> {
    let failed = |reason: &str| Error::Tls { server: server(endpoint), reason: reason.to_owned() };
    let mut client = Client::new(tcp, endpoint.limits);
    let (greeting, logged_in) = client.greeting().await?;
    if logged_in {
        return Err(failed(
            "the server logs in before STARTTLS, so that the connection cannot be protected",
        ));
    }
    client.exec_plain("STARTTLS", "STARTTLS").await.map_err(|error| match error {
        Error::Refused { text, .. } => {
            failed(&format!("STARTTLS refused: {text}\nhint: try `imaps://`"))
        }
        other => other,
    })?;
    let tcp = client
        .into_transport()
        .ok_or_else(|| failed("the server sent more before the TLS handshake"))?;
    let client = Client::new(handshake(endpoint, tls, tcp).await?, endpoint.limits);
    Ok((client, greeting, false))
}

async fn tcp(endpoint: &Endpoint) -> Result<TcpStream, Error> {
    let unreachable = |reason: String| Error::Unreachable { server: server(endpoint), reason };
    let within = endpoint.limits.connect;
    let found = timeout(within, lookup_host((endpoint.host.as_str(), endpoint.port))).await;
    let found: Vec<SocketAddr> = match found {
        Ok(Ok(found)) => found.take(MAX_ADDRESSES).collect(),
        Ok(Err(error)) => return Err(unreachable(plain(&error.to_string()))),
        Err(_) => {
            return Err(unreachable(format!("no address found within {} s", within.as_secs())));
        }
    };
    let addresses = allowed(&found, endpoint)?;
    let mut last = "the name has no address".to_owned();
    for address in addresses {
        match timeout(within, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                keep_alive(&stream).map_err(|error| unreachable(error.to_string()))?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = plain(&error.to_string()),
            Err(_) => last = format!("no answer within {} s", within.as_secs()),
        }
    }
    Err(unreachable(last))
}

/// The addresses that may be connected to: without TLS only those of this machine, by what the name resolved to.
fn allowed(found: &[SocketAddr], endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Error> {
    if endpoint.security != Security::Plain {
        return Ok(found.to_vec());
    }
    let local: Vec<SocketAddr> =
        found.iter().copied().filter(|address| address.ip().to_canonical().is_loopback()).collect();
    if local.is_empty() && !found.is_empty() {
        return Err(Error::Plaintext { host: endpoint.host.clone() });
    }
    Ok(local)
}

/// Finds out about a peer that is gone without a word, also while nothing is being said.
fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    rustix::net::sockopt::set_socket_keepalive(stream, true)?;
    rustix::net::sockopt::set_tcp_keepidle(stream, Duration::from_mins(1))?;
    rustix::net::sockopt::set_tcp_keepintvl(stream, Duration::from_secs(20))?;
    rustix::net::sockopt::set_tcp_keepcnt(stream, 3)?;
    Ok(())
}

async fn handshake(
    endpoint: &Endpoint,
    config: Arc<ClientConfig>,
    tcp: Box<dyn Transport>,
) -> Result<Box<dyn Transport>, Error> {
    let failed = |reason: String| Error::Tls { server: server(endpoint), reason };
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| {
        failed("this is not a host name that a certificate can be made out to".to_owned())
    })?;
    let within = endpoint.limits.connect;
    match timeout(within, TlsConnector::from(config).connect(name, tcp)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(failed(tls_reason(endpoint, &error))),
        Err(_) => Err(failed(format!("no TLS handshake within {} s", within.as_secs()))),
    }
}

fn tls_reason(endpoint: &Endpoint, error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let host = &endpoint.host;
    match inner {
        Some(rustls::Error::InvalidCertificate(bad)) => match bad {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                let names = match bad {
                    CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
                        format!(", but to {}", plain(&presented.join(", ")))
                    }
                    _ => String::new(),
                };
                format!("the certificate is not made out to `{host}`{names}\nhint: write the server's name as its certificate has it")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired\nhint: check this machine's date; else the server's owner has to renew it".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet\nhint: check this machine's date".to_owned()
            }
            CertificateError::UnknownIssuer | CertificateError::Other(_) => {
                "the certificate is signed by an authority that is not known here\nhint: for a server with its own \
                 authority, give that certificate as `ca_file`"
                    .to_owned()
            }
            other => format!("the certificate is not accepted: {}", plain(&other.to_string())),
        },
        Some(rustls::Error::InvalidMessage(_)) => {
            "this port does not speak TLS\nhint: `imap+starttls://` is for port 143, `imaps://` for port 993".to_owned()
        }
        Some(other) => format!("TLS failed: {}", plain(&other.to_string())),
        None => format!("TLS failed: {}", plain(&error.to_string())),
    }
}

fn tls_config(endpoint: &Endpoint) -> Result<Arc<ClientConfig>, Error> {
    let failed = |reason: String| Error::Tls { server: server(endpoint), reason };
    let own = endpoint.ca_file.as_deref().map(read_certificates).transpose()?.unwrap_or_default();
    // No process-wide provider is installed: the library leaves that choice to nobody else.
    let provider = Arc::new(ring::default_provider());
    let system =
        Verifier::new_with_extra_roots(own.clone(), Arc::clone(&provider)).map_err(|error| {
            let hint = "hint: install the system's certificates (Debian: `ca-certificates`)";
            failed(format!("no trusted certificates: {}\n{hint}", plain(&error.to_string())))
        })?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(plain(&error.to_string())))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(SystemOrNamed { system, named: own }))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let bad = |reason: String| Error::CaFile { path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if found.is_empty() => Err(bad("there is no PEM certificate in it".to_owned())),
        Ok(found) => Ok(found),
        Err(error) => Err(bad(plain(&error.to_string()))),
    }
}

/// The system's verdict, except that the very certificate the owner named in `ca_file` is accepted as it is: local
/// bridges present one that signs itself, which no chain can vouch for.
#[derive(Debug)]
struct SystemOrNamed {
    system: Verifier,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for SystemOrNamed {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.named.iter().any(|named| named == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        self.system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.system.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.system.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.system.supported_verify_schemes()
    }
}

/// Host and port, for messages.
pub(super) fn server(endpoint: &Endpoint) -> String {
    format!("{}:{}", plain(&endpoint.host), endpoint.port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::Limits;

    #[test]
    fn plaintext_stays_on_this_machine() {
        let endpoint = |security| Endpoint {
            host: "mail.example.org".to_owned(),
            port: 143,
            security,
            ca_file: None,
            user: String::new(),
            drafts: None,
            sent: None,
            limits: Limits::default(),
        };
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let (near, also_near) = (at("127.0.0.9:143"), at("[::ffff:127.0.0.1]:143"));
        let far =
            [at("192.0.2.1:143"), at("[2001:db8::1]:143"), at("10.0.0.1:143"), at("0.0.0.0:143")];
        let plain = endpoint(Security::Plain);
        for address in far {
            assert!(
                matches!(allowed(&[address], &plain), Err(Error::Plaintext { .. })),
                "{address}"
            );
            assert_eq!(allowed(&[address], &endpoint(Security::StartTls)).unwrap(), [address]);
        }
        assert_eq!(allowed(&[far[0], near, also_near, at("[::1]:143")], &plain).unwrap().len(), 3);
    }
}
