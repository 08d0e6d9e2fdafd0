//! A private Cyrus: its own master with configuration, mail and sockets in a temporary directory.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::courier::libraries;
use super::unpacked;
use crate::dovecot::{PASSWORD, free_ports, give_to_mail, is_root, mail_owner};

/// A running server.
pub struct Cyrus {
    /// Holds everything until the end.
    dir: tempfile::TempDir,
    port: u16,
    master: Child,
}

impl Cyrus {
    /// Starts it, with Drafts, Sent, Trash and Archive, all with special use.
    pub fn start() -> Self {
        let root = unpacked("cyrus");
        let dir = tempfile::Builder::new().prefix("cyrus-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for sub in ["conf/db", "conf/socket", "conf/proc", "conf/log", "conf/lock", "spool", "tmp"]
        {
            fs::create_dir_all(dir.path().join(sub)).unwrap();
        }
        let [port, _] = free_ports();
        configure(&root, dir.path(), port);
        make_user(&root, dir.path());
        give_all_to_mail(dir.path());
        let master = start_master(&root, dir.path());
        let mut server = Self { dir, port, master };
        server.wait_until_it_answers();
        server
    }

    /// Where it listens, without TLS.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn wait_until_it_answers(&mut self) {
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.master.try_wait().unwrap();
            let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            assert!(
                ended.is_none() && Instant::now() < end,
                "Cyrus does not start: {ended:?}\n{log}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Cyrus {
    fn drop(&mut self) {
        // All of its processes are in one group of their own.
        let _ =
            Command::new("kill").args(["-KILL", "--", &format!("-{}", self.master.id())]).status();
        let _ = self.master.wait();
    }
}

fn configure(root: &Path, dir: &Path, port: u16) {
    let bin = root.join("usr/lib/cyrus/bin").display().to_string();
    let conf = dir.join("imapd.conf").display().to_string();
    let dir = dir.display();
    let folders = "Drafts | Sent | Trash | Archive";
    fs::write(
        &conf,
        format!(
            "configdirectory: {dir}/conf\ndefaultpartition: default\npartition-default: {dir}/spool\nservername: localhost\n\
             allowplaintext: yes\nsasl_mech_list: PLAIN\nsasl_pwcheck_method: auxprop\nsasl_auxprop_plugin: sasldb\n\
             sasl_sasldb_path: {dir}/sasldb2\nunixhierarchysep: yes\naltnamespace: yes\nautocreate_quota: 0\nautocreate_post: yes\n\
             autocreate_inbox_folders: {folders}\nautocreate_subscribe_folders: {folders}\n\
             xlist-drafts: Drafts\nxlist-sent: Sent\nxlist-trash: Trash\nxlist-archive: Archive\nduplicatesuppression: no\n\
             idlesocket: {dir}/conf/socket/idle\nlmtpsocket: {dir}/conf/socket/lmtp\nnotifysocket: {dir}/conf/socket/notify\n\
             imapidlepoll: 1\ntemp_path: {dir}/tmp\nproc_path: {dir}/conf/proc\nmboxname_lockpath: {dir}/conf/lock\n"
        ),
    )
    .unwrap();
    fs::write(
        Path::new(&conf).with_file_name("cyrus.conf"),
        format!(
            "START {{\n recover cmd=\"{bin}/ctl_cyrusdb -C {conf} -r\"\n idled cmd=\"{bin}/idled -C {conf}\"\n}}\n\
             SERVICES {{\n imap cmd=\"{bin}/imapd -C {conf}\" listen=\"127.0.0.1:{port}\" prefork=1\n}}\nEVENTS {{\n}}\n"
        ),
    )
    .unwrap();
}

/// A tool that is in the machine's own packages, or among what was unpacked.
fn tool(root: &Path, name: &str) -> PathBuf {
    let own = root.join("usr/sbin").join(name);
    if own.exists() { own } else { Path::new("/usr/sbin").join(name) }
}

fn make_user(root: &Path, dir: &Path) {
    let child = Command::new(tool(root, "saslpasswd2"))
        .args(["-p", "-c", "-u", "localhost", "-f"])
        .arg(dir.join("sasldb2"))
        .arg("alex")
        .env("LD_LIBRARY_PATH", libraries(root))
        .env("SASL_PATH", plugins(root))
        .stdin(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| {
        panic!("cannot start `saslpasswd2`: {error}\nhint: apt-get install sasl2-bin")
    });
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// Where SASL finds its mechanisms and its database: in what was unpacked.
fn plugins(root: &Path) -> String {
    libraries(root).split(':').map(|dir| format!("{dir}/sasl2")).collect::<Vec<_>>().join(":")
}

fn give_all_to_mail(path: &Path) {
    give_to_mail(path);
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_all_to_mail(&entry.unwrap().path());
        }
    }
}

fn start_master(root: &Path, dir: &Path) -> Child {
    let bin = root.join("usr/lib/cyrus/bin");
    let log = fs::File::create(dir.join("log")).unwrap();
    let mut command = Command::new(bin.join("master"));
    command
        .arg("-D")
        .args(["-C".as_ref(), dir.join("imapd.conf").as_os_str()])
        .args(["-M".as_ref(), dir.join("cyrus.conf").as_os_str()])
        .args(["-p".as_ref(), dir.join("master.pid").as_os_str()])
        .current_dir(dir)
        .env("LD_LIBRARY_PATH", libraries(root))
        .env("SASL_PATH", plugins(root))
        .env("CYRUS_USER", user_name())
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log);
    if is_root() {
        let (uid, gid) = mail_owner();
        command.uid(uid).gid(gid);
    }
    command.spawn().unwrap_or_else(|error| panic!("cannot start Cyrus' `master`: {error}"))
}

/// Whom the server is to run as: us, or `mail` where we are root.
fn user_name() -> String {
    if is_root() {
        return "mail".to_owned();
    }
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
