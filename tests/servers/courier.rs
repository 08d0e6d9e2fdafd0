//! Courier's `imapd`, started for each connection when its user has logged in here: Courier's own login would need its paths of the
//! whole machine.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::unpacked;
use crate::dovecot::{give_to_mail, mail_owner};

/// A running server.
pub struct Courier {
    /// Holds the mail until the end.
    _dir: tempfile::TempDir,
    port: u16,
    ended: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
    children: Arc<Mutex<Vec<Child>>>,
}

impl Courier {
    /// Starts it, with INBOX.Drafts, INBOX.Sent and INBOX.Trash.
    pub fn start() -> Self {
        let root = unpacked("courier");
        let dir = tempfile::Builder::new().prefix("courier-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let maildir = dir.path().join("Maildir");
        for folder in ["", ".Drafts", ".Sent", ".Trash"] {
            let folder_dir = maildir.join(folder);
            for sub in ["cur", "new", "tmp"] {
                fs::create_dir_all(folder_dir.join(sub)).unwrap();
                give_to_mail(&folder_dir.join(sub));
            }
            if !folder.is_empty() {
                fs::write(folder_dir.join("maildirfolder"), "").unwrap();
            }
            give_to_mail(&folder_dir);
        }
        give_to_mail(dir.path());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ended = Arc::new(AtomicBool::new(false));
        let children = Arc::new(Mutex::new(Vec::new()));
        let acceptor = std::thread::spawn({
            let (ended, children, home) = (ended.clone(), children.clone(), dir.path().to_owned());
            move || {
                while let Ok((stream, _)) = listener.accept() {
                    if ended.load(Ordering::Relaxed) {
                        return;
                    }
                    // A connection that goes before it has logged in leaves nothing to serve.
                    if let Some(tag) = login(&stream) {
                        children.lock().unwrap().push(serve(&root, &home, stream, &tag));
                    }
                }
            }
        });
        Self { _dir: dir, port, ended, acceptor: Some(acceptor), children }
    }

    /// Where it listens, without TLS.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        for mut child in self.children.lock().unwrap().drain(..) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What Courier's `imaplogin` does: greets, and takes the secret, whatever it is. The tag of the command, which `imapd` answers.
fn login(mut stream: &TcpStream) -> Option<String> {
    // Nothing is sent to us before we have answered, so that nothing is lost in the buffer.
    let mut lines = BufReader::new(stream).lines();
    stream.write_all(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Courier-IMAP ready\r\n").ok()?;
    loop {
        let line = lines.next()?.ok()?;
        let (tag, command) = line.split_once(' ')?;
        if command.starts_with("AUTHENTICATE") {
            stream.write_all(b"+ \r\n").ok()?;
            lines.next()?.ok()?;
            return Some(tag.to_owned());
        }
        if command.starts_with("LOGIN") {
            return Some(tag.to_owned());
        }
        stream.write_all(format!("{tag} BAD log in first\r\n").as_bytes()).ok()?;
    }
}

/// One process for one connection, which begins with the answer to the login.
fn serve(root: &Path, home: &Path, stream: TcpStream, tag: &str) -> Child {
    let input = OwnedFd::from(stream.try_clone().unwrap());
    let (uid, gid) = mail_owner();
    let mut command = Command::new(root.join("usr/bin/imapd"));
    command
        .arg("Maildir")
        .current_dir(home)
        .env_clear()
        .env("LD_LIBRARY_PATH", libraries(root))
        .env("AUTHENTICATED", "alex")
        .env("IMAPLOGINTAG", tag)
        .env("TCPREMOTEIP", "127.0.0.1")
        .env("TCPREMOTEPORT", "1")
        .env("MAILDIRPATH", "Maildir")
        .env("IMAP_CAPABILITY", "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE IDLE")
        .env("IMAP_KEYWORDS", "1")
        .env("IMAP_USELOCKS", "1")
        .env("IMAP_TRASHFOLDERNAME", "Trash")
        // It looks for new mail this often during IDLE, in seconds.
        .env("IMAP_IDLE_TIMEOUT", "1")
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(OwnedFd::from(stream)))
        .stderr(Stdio::null());
    if crate::dovecot::is_root() {
        command.uid(uid).gid(gid);
    }
    command.spawn().unwrap_or_else(|error| panic!("cannot start Courier's `imapd`: {error}"))
}

/// Where the unpacked libraries are, as `LD_LIBRARY_PATH`.
pub fn libraries(root: &Path) -> String {
    let below =
        |dir: &str| fs::read_dir(root.join(dir)).into_iter().flatten().map(|e| e.unwrap().path());
    let triplets =
        below("usr/lib").chain(below("lib")).filter(|p| p.to_string_lossy().contains("-linux-"));
    let mut all: Vec<PathBuf> = triplets.collect();
    all.extend([root.join("usr/lib"), root.join("usr/lib/courier-authlib")]);
    all.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(":")
}
