//! A private Dovecot on loopback, for tests: `Dovecot::start(Variant::Plain)`.
//!
//! Everything lies in a temporary directory; the server ends when the value is dropped. It runs as root (mail belongs
//! to the user `mail`) and as anybody. Users are `alex` and `sam`, both with [`PASSWORD`]; mail is delivered by
//! writing into the user's Maildir, and drafts are looked at there, with the flags in their file names.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use afterword::imap::{Credentials, Endpoint, Limits, Security};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// The password of every user.
pub const PASSWORD: &str = "pass \"word\\";

/// What kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Drafts, Sent, Trash, Archive with special use.
    Plain,
    /// Entwürfe, Gesendet, Papierkorb with special use.
    Localised,
    /// Entwürfe, Gesendet, Papierkorb without special use.
    LocalisedByName,
    /// Everything below `INBOX.`, with special use.
    Prefix,
    /// Everything below `INBOX.`, without special use.
    PrefixByName,
    /// Drafts, Sent, Trash without special use.
    ByName,
    /// Nothing but INBOX.
    NoDrafts,
    /// As `Plain`, without IDLE.
    NoIdle,
    /// `IMAP4rev1` and nothing else: no IDLE, UIDPLUS, MOVE, SPECIAL-USE, SASL-IR.
    Minimal,
}

const CAPABILITIES: &str = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE NAMESPACE UIDPLUS LIST-EXTENDED UNSELECT MOVE \
    LITERAL+ SPECIAL-USE";

impl Variant {
    fn folders(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::NoDrafts => vec![],
            Self::Localised | Self::LocalisedByName => {
                vec![("Entwürfe", "\\Drafts"), ("Gesendet", "\\Sent"), ("Papierkorb", "\\Trash")]
            }
            _ => vec![
                ("Drafts", "\\Drafts"),
                ("Sent", "\\Sent"),
                ("Trash", "\\Trash"),
                ("Archive", "\\Archive"),
            ],
        }
    }

    fn marks(self) -> bool {
        !matches!(
            self,
            Self::LocalisedByName
                | Self::PrefixByName
                | Self::ByName
                | Self::NoDrafts
                | Self::Minimal
        )
    }

    fn prefix(self) -> &'static str {
        if matches!(self, Self::Prefix | Self::PrefixByName) { "INBOX." } else { "" }
    }

    fn capabilities(self) -> Option<String> {
        match self {
            Self::Minimal => Some("IMAP4rev1".to_owned()),
            Self::NoIdle => Some(CAPABILITIES.replace(" IDLE", "")),
            _ if !self.marks() => Some(CAPABILITIES.replace(" SPECIAL-USE", "")),
            _ => None,
        }
    }
}

/// A running server.
pub struct Dovecot {
    dir: tempfile::TempDir,
    variant: Variant,
    port: u16,
    tls_port: u16,
    child: Option<Child>,
}

impl Dovecot {
    /// Starts a server. Fails the test if there is no Dovecot.
    pub fn start(variant: Variant) -> Self {
        Self::start_with(variant, "")
    }

    /// Starts a server with further lines in its `dovecot.conf`.
    pub fn start_with(variant: Variant, extra: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("dovecot-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for sub in ["run", "state", "mail", "keys/default/HS256", "raw"] {
            fs::create_dir_all(dir.path().join(sub)).unwrap();
        }
        give_to_mail(&dir.path().join("mail"));
        let [port, tls_port] = free_ports();
        let mut server = Self { dir, variant, port, tls_port, child: None };
        server.configure(extra);
        server.start_again();
        server
    }

    fn configure(&self, extra: &str) {
        let dir = self.dir.path();
        let user = |name: &str| format!("{name}:{{PLAIN}}{PASSWORD}\n");
        fs::write(dir.join("users"), user("alex") + &user("sam")).unwrap();
        fs::write(dir.join("keys/default/HS256/default"), STANDARD.encode(JWT_KEY)).unwrap();
        let oauth2 = format!(
            "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/keys/\nusername_attribute = sub\nissuers = tests\nscope = mail\n",
            dir.display()
        );
        fs::write(dir.join("oauth2.conf"), oauth2).unwrap();
        fs::write(dir.join("dovecot.conf"), self.config(extra)).unwrap();
    }

    fn config(&self, extra: &str) -> String {
        let dir = self.dir.path().display();
        let (port, tls_port) = (self.port, self.tls_port);
        let prefix = self.variant.prefix();
        let separator = if prefix.is_empty() { "/" } else { "." };
        let mut folders = String::new();
        for (name, mark) in self.variant.folders() {
            let mark =
                if self.variant.marks() { format!("special_use = {mark}") } else { String::new() };
            write!(folders, "mailbox \"{name}\" {{\n auto = subscribe\n {mark}\n }}\n").unwrap();
        }
        let capabilities = self
            .variant
            .capabilities()
            .map_or_else(String::new, |all| format!("imap_capability = {all}"));
        let (uid, gid) = mail_owner();
        let (as_user, no_chroot) = if is_root() {
            (String::new(), "")
        } else {
            let (me, group) = (id("-un"), id("-gn"));
            let services = "service anvil {\n chroot =\n}\nservice stats {\n chroot =\n}\n";
            let users = format!(
                "default_internal_user = {me}\ndefault_login_user = {me}\ndefault_internal_group = {group}\n"
            );
            (users + services, "chroot =")
        };
        let certificates = certificates();
        let (cert, key) = (certificates.join("server.pem"), certificates.join("server.key"));
        format!(
            "base_dir = {dir}/run\nstate_dir = {dir}/state\nlog_path = {dir}/dovecot.log\nlisten = 127.0.0.1\nprotocols = imap\n\
             mail_location = maildir:{dir}/mail/%u/Maildir\nmail_uid = {uid}\nmail_gid = {gid}\nfirst_valid_uid = 0\nfirst_valid_gid = 0\n\
             mail_home = {dir}/mail/%u\n{as_user}\n\
             namespace inbox {{\n inbox = yes\n separator = {separator}\n prefix = {prefix}\n {folders} }}\n\
             ssl = yes\nssl_cert = <{cert}\nssl_key = <{key}\nssl_dh =\ndisable_plaintext_auth = no\nauth_verbose = yes\n\
             auth_mechanisms = plain login oauthbearer xoauth2\nauth_failure_delay = 0\n\
             passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {dir}/oauth2.conf\n}}\n\
             passdb {{\n driver = passwd-file\n mechanisms = plain login\n args = scheme=PLAIN username_format=%u {dir}/users\n}}\n\
             userdb {{\n driver = static\n args = uid={uid} gid={gid} home={dir}/mail/%u allow_all_users=yes\n}}\n\
             service imap-login {{\n {no_chroot}\n service_count = 0\n inet_listener imap {{\n address = 127.0.0.1\n port = {port}\n }}\n \
             inet_listener imaps {{\n address = 127.0.0.1\n port = {tls_port}\n ssl = yes\n }}\n}}\n\
             service anvil {{\n unix_listener anvil-auth-penalty {{\n mode = 0\n }}\n}}\n\
             service auth {{\n unix_listener auth-userdb {{\n mode = 0666\n }}\n}}\n\
             service stats {{\n unix_listener stats-writer {{\n mode = 0666\n }}\n}}\n\
             mail_max_userip_connections = 1000\nmaildir_very_dirty_syncs = no\nmail_save_crlf = yes\nimap_logout_format = in=%i out=%o\n\
             {capabilities}\n{extra}\n",
            cert = cert.display(),
            key = key.display(),
        )
    }

    /// Stops the server at once; connections break.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // All of its processes are in one group of their own; a polite end would take a second.
            let _ =
                Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
            let _ = child.wait();
        }
        // A process of it may still hold the ports for a moment after it was killed.
        let end = Instant::now() + Duration::from_secs(5);
        let answers = |port: u16| TcpStream::connect(("127.0.0.1", port)).is_ok();
        while (answers(self.port) || answers(self.tls_port)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts it again, on the same ports with the same mail.
    pub fn start_again(&mut self) {
        let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
        let log = fs::File::create(self.dir.path().join("stderr.log")).unwrap();
        let child = Command::new("dovecot")
            .arg("-F")
            .arg("-c")
            .arg(self.dir.path().join("dovecot.conf"))
            .env("PATH", path)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let child = child.unwrap_or_else(|error| {
            panic!("cannot start `dovecot`: {error}\nhint: these tests need it: `apt-get install dovecot-imapd openssl`")
        });
        self.child = Some(child);
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(
                ended.is_none() && Instant::now() < end,
                "dovecot does not start:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// How to reach it, without TLS.
    pub fn endpoint(&self, user: &str) -> Endpoint {
        self.endpoint_by(user, Security::Plain)
    }

    /// How to reach it, with the certificate's authority as `ca_file`.
    pub fn endpoint_by(&self, user: &str, security: Security) -> Endpoint {
        let command = Duration::from_secs(10);
        Endpoint {
            host: "localhost".to_owned(),
            port: if security == Security::Tls { self.tls_port } else { self.port },
            security,
            ca_file: (security != Security::Plain).then(|| certificates().join("ca.pem")),
            user: user.to_owned(),
            drafts: None,
            sent: None,
            limits: Limits {
                connect: command,
                command,
                poll: Duration::from_millis(200),
                ..Limits::default()
            },
        }
    }

    /// The port without TLS (STARTTLS is offered), and the port with it.
    pub fn ports(&self) -> (u16, u16) {
        (self.port, self.tls_port)
    }

    /// Delivers a message into INBOX.
    pub fn deliver(&self, user: &str, bytes: &[u8]) -> PathBuf {
        self.deliver_to(user, "", "", bytes)
    }

    /// Delivers into a folder by its Maildir++ name (`.Sent`; empty for INBOX) with Maildir flags (`S`). Log in once
    /// before, or the folder is not there.
    pub fn deliver_to(&self, user: &str, folder: &str, flags: &str, bytes: &[u8]) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let maildir = self.maildir(user, folder);
        for sub in ["tmp", "new", "cur"] {
            let path = maildir.join(sub);
            fs::create_dir_all(&path).unwrap();
            let own = path.ancestors().take_while(|path| *path != self.dir.path().join("mail"));
            own.for_each(give_to_mail);
        }
        // Names sort in the order of delivery, and so do the UIDs that Dovecot gives.
        let name = format!(
            "1700000000.M{:08}P{}.tests",
            COUNT.fetch_add(1, Ordering::Relaxed),
            std::process::id()
        );
        let tmp = maildir.join("tmp").join(&name);
        fs::write(&tmp, bytes).unwrap();
        give_to_mail(&tmp);
        let target = if flags.is_empty() {
            maildir.join("new").join(name)
        } else {
            maildir.join("cur").join(format!("{name}:2,{flags}"))
        };
        fs::rename(tmp, &target).unwrap();
        target
    }

    /// The Maildir of a folder.
    pub fn maildir(&self, user: &str, folder: &str) -> PathBuf {
        self.dir.path().join("mail").join(user).join("Maildir").join(folder)
    }

    /// The files of a folder by name: in `new` and `cur`, flags after `:2,` in the name.
    pub fn files(&self, user: &str, folder: &str) -> Vec<PathBuf> {
        let maildir = self.maildir(user, folder);
        let mut files: Vec<PathBuf> = ["new", "cur"]
            .iter()
            .filter_map(|sub| fs::read_dir(maildir.join(sub)).ok())
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }

    /// The bytes of every message in Drafts.
    pub fn drafts(&self, user: &str) -> Vec<Vec<u8>> {
        self.files(user, self.drafts_folder()).iter().map(|path| fs::read(path).unwrap()).collect()
    }

    /// The Maildir++ name of Drafts.
    pub fn drafts_folder(&self) -> &'static str {
        match self.variant {
            Variant::Localised | Variant::LocalisedByName => ".Entw&APw-rfe",
            _ => ".Drafts",
        }
    }

    /// The server's log.
    pub fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        read("dovecot.log") + &read("stderr.log")
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The right password.
pub fn password() -> Credentials {
    Credentials::Password(PASSWORD.into())
}

const JWT_KEY: &[u8] = b"a key that is only good for tests";

/// A token (JWT, HS256) that the server accepts for this user until so many seconds from now.
pub fn token(user: &str, seconds: i64) -> Credentials {
    let now = jiff::Timestamp::now().as_second();
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let (issued, expires) = (now - 5000, now + seconds);
    let body = format!(
        r#"{{"iss":"tests","sub":"{user}","iat":{issued},"nbf":{issued},"exp":{expires},"scope":"mail"}}"#
    );
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(body));
    let mac = URL_SAFE_NO_PAD.encode(hmac_sha256(JWT_KEY, signed.as_bytes()));
    Credentials::Token(format!("{signed}.{mac}").into())
}

/// HMAC (RFC 2104) for keys of up to 64 bytes.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| -> Vec<u8> {
        (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ byte).collect()
    };
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

/// An authority (`ca.pem`), a certificate of it for `localhost` (`server.pem`, `server.key`) and an unrelated authority
/// (`other.pem`), made once for all tests.
pub fn certificates() -> &'static Path {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = tempfile::Builder::new().prefix("certificates-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let openssl = |args: &str| {
            let output = Command::new("openssl").args(args.split(' ')).current_dir(dir.path()).output();
            let output = output.unwrap_or_else(|error| panic!("cannot run `openssl`: {error}\nhint: `apt-get install openssl`"));
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        for name in ["ca", "other"] {
            openssl(&format!("req -x509 {key} -keyout {name}.key -out {name}.pem -days 3650 -subj /CN={name} -addext keyUsage=critical,keyCertSign"));
        }
        openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"));
        let mut extensions = fs::File::create(dir.path().join("ext")).unwrap();
        writeln!(extensions, "subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth").unwrap();
        openssl("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 365 -extfile ext");
        dir
    })
    .path()
}

/// Ports below the range that the system hands out, so that nothing takes one while its server is stopped; each is
/// given once in a process.
pub fn free_ports() -> [u16; 2] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = || loop {
        let n =
            NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(std::process::id().wrapping_mul(97));
        let port = 20_000 + u16::try_from(n % 12_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    };
    [next(), next()]
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    id("-u") == "0"
}

fn id(what: &str) -> String {
    let output = Command::new("id").arg(what).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Whom mail belongs to: the system's `mail` where the server can change to it, else us.
pub fn mail_owner() -> (u32, u32) {
    static OWNER: OnceLock<(u32, u32)> = OnceLock::new();
    *OWNER.get_or_init(|| {
        if !is_root() {
            return (id("-u").parse().unwrap(), id("-g").parse().unwrap());
        }
        let of_mail = |what: &str| {
            let output = Command::new("id").args([what, "mail"]).output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
        };
        (of_mail("-u"), of_mail("-g"))
    })
}

/// Gives a file to whom mail belongs to.
pub fn give_to_mail(path: &Path) {
    if is_root_cached() {
        let (uid, gid) = mail_owner();
        chown(path, Some(uid), Some(gid)).unwrap();
    }
}

fn is_root_cached() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(is_root)
}
