//! What systemd is told, and the units: understood by it, and hardened. Needs `systemd-analyze` (Debian: `apt-get install systemd`).

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use afterword::systemd;

/// The exposure that neither unit goes beyond, of 10.
const EXPOSURE: f64 = 1.5;

const UNITS: [&str; 2] = ["afterword.service", "afterword@.service"];

fn source(unit: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(unit))
        .unwrap()
}

/// The unit with a program that is there, since systemd complains of one that is not installed.
fn copy(directory: &Path, unit: &str) -> PathBuf {
    let text = source(unit);
    assert!(text.contains("\nExecStart=/usr/bin/afterword run\n"), "{unit} starts the daemon");
    let path = directory.join(unit);
    std::fs::write(&path, text.replace("/usr/bin/afterword", "/bin/sh")).unwrap();
    path
}

fn analyze(arguments: &[&str], unit: &Path) -> Output {
    let run =
        Command::new("systemd-analyze").args(arguments).arg(unit).env("SYSTEMD_PAGER", "").output();
    run.expect("systemd-analyze is missing: `apt-get install systemd`, or run `tests/run`")
}

#[test]
fn systemd_has_nothing_to_complain_of() {
    let directory = tempfile::tempdir().unwrap();
    for unit in UNITS {
        let output = analyze(&["verify", "--man=no"], &copy(directory.path(), unit));
        let said = [output.stdout, output.stderr].concat();
        assert!(
            output.status.success() && said.is_empty(),
            "{unit}: {}",
            String::from_utf8_lossy(&said)
        );
    }
}

#[test]
fn the_units_are_hardened() {
    let directory = tempfile::tempdir().unwrap();
    for unit in UNITS {
        let output =
            analyze(&["security", "--offline=true", "--no-pager"], &copy(directory.path(), unit));
        let said = String::from_utf8_lossy(&output.stdout);
        let line = said.lines().find(|line| line.contains("Overall exposure level"));
        let line = line
            .unwrap_or_else(|| panic!("{unit}: {said}{}", String::from_utf8_lossy(&output.stderr)));
        let level = line.rsplit_once(": ").unwrap().1.split(' ').next().unwrap();
        assert!(level.parse::<f64>().unwrap() <= EXPOSURE, "{line}\n{said}");
    }
}

#[test]
fn both_units_restart_alike() {
    let lines = |unit| source(unit).lines().map(str::to_owned).collect::<Vec<_>>();
    for unit in UNITS {
        let lines = lines(unit);
        for expected in [
            "Type=notify",
            "Restart=always",
            "RestartPreventExitStatus=2",
            "StartLimitIntervalSec=0",
            "WatchdogSec=2min",
        ] {
            assert!(lines.iter().any(|line| line == expected), "{unit} lacks {expected}");
        }
    }
}

#[test]
fn the_service_starts_without_the_credential() {
    let text = source("afterword.service");
    let file = afterword::config::ANNOTATED.contains("{ credential = \"imap-password\" }");
    assert!(file && text.contains("\nLoadCredential=imap-password:/etc/afterword/imap-password\n"));
    // systemd refuses to start a service whose LoadCredential= file is missing, unless SetCredential= has one to fall back to.
    assert!(text.contains("\nSetCredential=imap-password:\\n\n"));
}

/// By itself it holds that nothing breaks without systemd; [`systemd_is_told`] runs it once more as a service.
#[test]
fn telling() {
    systemd::ready();
    systemd::status(&format!("2 drafts wait\nMAINPID=1{}", "x".repeat(1000)));
    systemd::alive();
    systemd::stopping();
    let patience = std::env::var("WATCHDOG_USEC")
        .ok()
        .and_then(|usec| usec.parse().ok())
        .map(Duration::from_micros);
    assert_eq!(systemd::watchdog(), patience.map(|patience| patience / 2));
}

#[test]
fn systemd_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let service = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "systemd_units::telling"])
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "120000000")
        .output()
        .unwrap();
    assert!(service.status.success(), "{}", String::from_utf8_lossy(&service.stdout));
    let next = || {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).trim_end().to_owned()
    };
    assert_eq!(next(), "READY=1");
    let status = next();
    assert!(
        status.starts_with("STATUS=2 drafts wait MAINPID=1xxx") && status.len() < 300,
        "{status}"
    );
    assert_eq!(next(), "WATCHDOG=1");
    assert_eq!(next(), "STOPPING=1");
}
