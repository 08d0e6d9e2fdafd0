//! Secrets: read from where they are, and never shown.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use afterword::config::SecretSource;
use secrecy::ExposeSecret as _;

use super::{OWNER, account_refused, load, loaded};

fn secret(source: &SecretSource) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(source.read())
        .map(|secret| secret.expose_secret().to_owned())
        .map_err(|error| error.to_string())
}

#[test]
fn secrets_from_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    let read = |content: &[u8]| {
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        secret(&SecretSource::File(path.clone()))
    };
    assert_eq!(read(b"hunter2\n").as_deref(), Ok("hunter2"));
    assert_eq!(read(b"hunter2\r\n").as_deref(), Ok("hunter2"));
    assert_eq!(read(b" with spaces \n\n").as_deref(), Ok(" with spaces \n"));
    let failed = |content: &[u8], why: &str| {
        assert_eq!(read(content), Err(format!("secret from the file `{}`: {why}", path.display())));
    };
    failed(b"\n", "it is empty");
    failed(b"hunter\xff", "it is not UTF-8");
    failed(&vec![b'x'; 100_000], "it is too long to be a secret");
    let gone = secret(&SecretSource::File(directory.path().join("gone"))).unwrap_err();
    assert!(
        gone.ends_with("gone`: cannot open it: No such file or directory (os error 2)"),
        "{gone}"
    );
}

#[test]
fn secrets_from_commands() {
    let run = |command: &str| secret(&SecretSource::Command(command.to_owned()));
    assert_eq!(run("printf 'hunter2\\nuser: alex\\n'").as_deref(), Ok("hunter2"));
    // A command that complains at length and succeeds is not cut short by a full or closed pipe.
    assert_eq!(
        run("head -c 300000 /dev/zero >&2; echo hunter2; head -c 300000 /dev/zero").as_deref(),
        Ok("hunter2")
    );
    assert_eq!(run("cat; echo end").as_deref(), Ok("end"), "standard input is empty");
    assert_eq!(run("true"), Err("secret from a command: it is empty".to_owned()));
    assert_eq!(
        run("exit 3"),
        Err("secret from a command: it ended with exit status: 3".to_owned())
    );
    let said =
        run("echo hunter2; echo 'gpg: no key' >&2; echo 'was: hunter2' >&2; exit 1").unwrap_err();
    assert_eq!(
        said,
        "secret from a command: it ended with exit status: 1: gpg: no key; was: [hidden]"
    );
    let said = run("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1").unwrap_err();
    assert!(said.len() < 1200, "{} bytes", said.len());
    let said = run("kill -9 $$").unwrap_err();
    assert!(said.contains("signal: 9"), "{said}");
}

#[test]
fn a_command_that_hangs_is_ended_with_all_it_started() {
    let directory = tempfile::tempdir().unwrap();
    let pid = directory.path().join("pid");
    let source = SecretSource::Command(format!("sleep 300 & echo $! > '{}'; wait", pid.display()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reading = source.read_within(std::time::Duration::from_secs(1));
    let said = runtime.block_on(reading).unwrap_err().to_string();
    assert_eq!(said, "secret from a command: no answer within 1 seconds");
    let pid = std::fs::read_to_string(pid).unwrap();
    let proc = PathBuf::from(format!("/proc/{}/stat", pid.trim()));
    let gone = || std::fs::read_to_string(&proc).map_or(true, |stat| stat.contains(") Z "));
    assert!((0..100).any(|_| gone() || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        false
    }));
}

#[test]
fn secrets_from_credentials() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("full"), "hunter2\n").unwrap();
    std::fs::write(directory.path().join("empty"), "\n").unwrap();
    let read = |name: &str, directory: Option<&Path>| {
        secret(&SecretSource::Credential {
            name: name.to_owned(),
            directory: directory.map(Path::to_owned),
        })
    };
    assert_eq!(read("full", Some(directory.path())).as_deref(), Ok("hunter2"));
    let failed = |name: &str, directory: Option<&Path>, expected: &str| {
        let said = read(name, directory).unwrap_err();
        assert!(
            said.starts_with(&format!("secret from the credential `{name}`: {expected}\nhint: ")),
            "{said}"
        );
    };
    failed("full", None, "$CREDENTIALS_DIRECTORY is not set");
    failed("other", Some(directory.path()), "systemd did not pass it");
    failed("empty", Some(directory.path()), "it is empty");
}

#[test]
fn debug_shows_no_secret() {
    let settings = loaded(
        "[[accounts]]\nname = \"a\"\nserver = \"imaps://h\"\nuser = \"u\"\npassword = { command = \"echo hunter2\" }",
        &[],
    );
    let shown = format!("{settings:?} {settings:#?}");
    assert!(!shown.contains("hunter2") && shown.contains("secret from a command"), "{shown}");
}

#[test]
fn a_literal_secret_is_refused_and_not_repeated() {
    for literal in ["\"hunter2\"", "[\"hunter2\"]", "4711"] {
        for key in ["password", "token"] {
            let text = format!("{OWNER}[[accounts]]\nname = \"a\"\n{key} = {literal}");
            let error = load(&text, &[]).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(said.contains("holds a secret itself"), "{said}");
            assert!(said.contains(&format!("hint: `{key} = {{ file = ")), "{said}");
            assert!(!said.contains("hunter2") && !said.contains("4711"), "{said}");
        }
    }
    let url = "[[accounts]]\nname = \"a\"\nserver = \"imaps://alex:hunter2@h\"";
    let error = load(&format!("{OWNER}{url}"), &[]).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    account_refused(
        "password = { file = \"a\", command = \"b\" }\nserver = \"imaps://h\"\nuser = \"u\"",
        "c.toml:7:12: a secret comes from one of",
    );
    account_refused(
        "password = {}\nserver = \"imaps://h\"\nuser = \"u\"",
        "c.toml:7:12: a secret comes from one of",
    );
    account_refused(
        "password = { credential = \"../x\" }\nserver = \"imaps://h\"\nuser = \"u\"",
        "c.toml:7:27: `../x` is not the name of a credential",
    );
}
