//! The control socket: who may ask, what is refused, and that nobody who asks can hold the daemon.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::harness::{Home, SOON};

fn socket(home: &Home) -> PathBuf {
    home.path().join("state/control")
}

fn connect(home: &Home) -> UnixStream {
    let stream = UnixStream::connect(socket(home)).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.set_write_timeout(Some(SOON)).unwrap();
    stream
}

/// Everything that comes back for a question, however it ends.
fn ask(home: &Home, question: &[u8]) -> Vec<u8> {
    let mut stream = connect(home);
    // It may hang up before all is written.
    let _ = stream.write_all(question);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    answer
}

#[test]
fn the_socket_is_for_its_user_alone_and_goes_with_the_daemon() {
    let home = Home::on_disk();
    let daemon = home.start();
    daemon.wait_for("maildir opened");
    let found = fs::metadata(socket(&home)).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
    let directory = fs::metadata(home.path().join("state")).unwrap();
    assert_eq!(directory.permissions().mode() & 0o777, 0o700);
    assert!(daemon.terminate() < Duration::from_secs(2));
    assert!(!socket(&home).exists());
}

#[test]
fn a_socket_that_was_left_behind_is_replaced_and_nothing_else_is() {
    let home = Home::on_disk();
    let daemon = home.start();
    daemon.wait_for("maildir opened");
    daemon.kill();
    assert!(socket(&home).exists(), "a killed daemon leaves its socket");
    let daemon = home.start();
    daemon.wait_for("maildir opened");
    assert!(home.command(&["status"]).status.success());
    drop(daemon);
    fs::remove_file(socket(&home)).unwrap();
    fs::write(socket(&home), "somebody's file").unwrap();
    let daemon = home.start();
    daemon.wait_for("no socket is in its place");
    daemon.wait_for("maildir opened");
    assert_eq!(fs::read(socket(&home)).unwrap(), b"somebody's file");
}

#[test]
fn questions_that_nobody_understands_are_refused() {
    let home = Home::on_disk();
    let daemon = home.start();
    daemon.wait_for("maildir opened");
    for question in [
        &b"{\"request\":\"frobnicate\"}\n"[..],
        b"status\n",
        b"[[[[[[[[\n",
        b"\xff\xfe\n",
        b"\n",
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        let answer: Value = serde_json::from_slice(&ask(&home, question)).unwrap();
        let refused = answer["Err"].as_str().unwrap();
        assert!(refused.contains("does not understand") && refused.contains("hint:"), "{refused}");
    }
    // An end instead of a line feed ends the question too.
    let answer: Value = serde_json::from_slice(&ask(&home, b"{\"request\":\"status\"}")).unwrap();
    assert!(answer["Ok"]["daemon"]["process"].is_u64(), "{answer}");
    // Longer than any question: nothing of it is answered.
    assert!(ask(&home, &b"{\"request\": ".repeat(20_000)).is_empty());
    assert!(home.command(&["status"]).status.success());
}

#[test]
fn those_who_ask_and_say_nothing_hold_nobody_up() {
    let home = Home::on_disk();
    let daemon = home.start();
    daemon.wait_for("maildir opened");
    let silent: Vec<UnixStream> = (0..40).map(|_| connect(&home)).collect();
    // Some ask and do not listen.
    for stream in &silent[..4] {
        (&*stream).write_all(b"{\"request\":\"status\"}\n").unwrap();
    }
    assert!(home.command(&["status"]).status.success());
    drop(silent);
    assert!(home.command(&["status"]).status.success());
    assert!(daemon.terminate() < Duration::from_secs(2));
}

/// A socket in the daemon's place that does `what` with the first connection.
fn impostor(home: &Home, what: impl FnOnce(UnixStream) + Send + 'static) {
    let state = home.path().join("state");
    fs::create_dir_all(&state).unwrap();
    let _ = fs::remove_file(socket(home));
    let listener = UnixListener::bind(socket(home)).unwrap();
    std::thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        let mut question = String::new();
        BufReader::new(&stream).read_line(&mut question).unwrap();
        what(stream);
    });
}

#[track_caller]
fn check_told(home: &Home, words: &str) {
    let output = home.command(&["status"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(words) && told.contains("hint:"), "{told}");
}

#[test]
fn a_daemon_that_does_not_answer_rightly_is_told() {
    let home = Home::on_disk();
    impostor(&home, drop);
    check_told(&home, "it hung up");
    impostor(&home, |mut stream| stream.write_all(b"{\"Ok\": {}}\n").unwrap());
    check_told(&home, "cannot be read");
    impostor(&home, |mut stream| stream.write_all(b"what?\n").unwrap());
    check_told(&home, "cannot be read");
    impostor(&home, |mut stream| stream.write_all(b"{\"Err\": \"no; hint: yes\"}\n").unwrap());
    check_told(&home, "error: no");
}

#[test]
fn a_path_that_is_too_long_is_told_and_the_daemon_runs() {
    let home = Home::on_disk();
    let config = home.path().join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let long = home.path().join("x".repeat(100));
    fs::write(&config, text.replace(&socket_directory(&home), &long.display().to_string()))
        .unwrap();
    let daemon = home.start();
    daemon.wait_for("the path is longer than 107 bytes");
    daemon.wait_for("maildir opened");
    check_told(&home, "does not listen");
    drop(daemon);
    assert!(home.command(&["status"]).status.success());
}

fn socket_directory(home: &Home) -> String {
    Path::new(&socket(home)).parent().unwrap().display().to_string()
}
