//! A peer that is gone without a word, wherever we are; and one that is only slow.

use std::time::{Duration, Instant};

use afterword::folder::Position;
use afterword::imap::{AppendError, Connection, Error, Limits, Wake};

use super::scripted::{GREETING, Script, Scripted, connected, endpoint, reading, script};
use super::{inbox, mail, run};
use crate::dovecot::password;

/// In every state a dead server is noticed within six minutes: this is the longest.
#[test]
fn the_usual_deadlines_are_short_enough() {
    let limits = Limits::default();
    assert!(limits.idle + limits.command < Duration::from_mins(6));
    assert!(limits.poll + limits.command < Duration::from_mins(6));
    assert!(limits.connect + limits.command < Duration::from_mins(6));
    assert!(
        limits.idle < Duration::from_mins(10),
        "some servers drop IDLE then, however it is kept alive"
    );
}

fn is_timeout(error: &Error) -> bool {
    match error {
        Error::Timeout { .. } => true,
        Error::Reading { source, .. } => is_timeout(source),
        _ => false,
    }
}

const NOTHING_NEW: (&str, &str) = ("UID FETCH 10:*", "* 3 FETCH (UID 9)\r\nTAG OK\r\n");
const FROM: Position = Position { uid_validity: 7, uid_next: 10 };

#[test]
fn silence_in_any_command_is_an_error_that_ends_the_connection() {
    run(async {
        for silent in ["EXAMINE", "UID SEARCH", "BODYSTRUCTURE", "BODY.PEEK[1]"] {
            let mut connection = connected(script(&[(silent, String::new())])).await;
            let started = Instant::now();
            let error = connection.next_batch(&inbox(), &reading()).await.unwrap_err();
            assert!(is_timeout(&error), "{silent}: {error}");
            assert!(started.elapsed() >= Duration::from_millis(390));
            assert!(!connection.is_usable());
        }
        // In the middle of a literal.
        let half = "* 3 FETCH (UID 9 BODY[HEADER]<0> {100}\r\nhalf".to_owned();
        let mut connection = connected(script(&[("BODYSTRUCTURE", half)])).await;
        let error = connection.next_batch(&inbox(), &reading()).await.unwrap_err();
        assert!(is_timeout(&error), "{error}");
        for (answer, may_be_stored) in [("", false), ("+\r\n", true)] {
            let mut connection = connected(script(&[("APPEND", answer.to_owned())])).await;
            match connection.append(&mail("x"), false).await.unwrap_err() {
                AppendError::Unknown(error) => {
                    assert!(may_be_stored && is_timeout(&error), "{error}");
                }
                AppendError::Refused(error) => {
                    assert!(!may_be_stored && is_timeout(&error), "{error}");
                }
            }
        }
    });
}

#[test]
fn silence_in_idle_is_noticed_when_it_is_renewed() {
    run(async {
        let deaf: Script = &[NOTHING_NEW, ("IDLE", "+ idling\r\n")];
        let mut connection = connected(deaf).await;
        let error = connection.wait(&inbox(), FROM, Duration::from_mins(1)).await.unwrap_err();
        assert!(is_timeout(&error), "{error}");
        // The proof that is asked for after a sleep of the machine.
        let mut connection = connected(&[("NOOP", "")]).await;
        assert!(is_timeout(&connection.prove_alive().await.unwrap_err()));
        assert!(!connection.is_usable());
        connected(&[]).await.prove_alive().await.unwrap();
    });
}

#[test]
fn signs_of_life_do_not_make_a_wait_longer() {
    run(async {
        let chatty = "+ idling\r\n* OK Still here\r\nDRIBBLE".to_owned();
        let mut connection =
            connected(script(&[(NOTHING_NEW.0, NOTHING_NEW.1.to_owned()), ("IDLE", chatty)])).await;
        // DONE is not heard in the middle of it: the wait ends with an error, and ends.
        connection.wait(&inbox(), FROM, Duration::from_mins(1)).await.unwrap_err();
        // Within a command they are heard for as long as a command may take, and no longer.
        for endless in ["* OK Still here\r\nFLOOD", "* 5 EXISTS\r\nFLOOD"] {
            connected(script(&[("NOOP", endless.to_owned())])).await.noop().await.unwrap_err();
        }
    });
}

#[test]
fn a_slow_line_is_no_silence() {
    run(async {
        let body = "x".repeat(100);
        let slow = format!("* 3 FETCH (UID 9 BODY[1]<0> {{100}}\r\n{body})\r\nTAG OK\r\nDRIBBLE");
        let server = Scripted::serve(GREETING, script(&[("BODY.PEEK[1]", slow)])).await;
        let mut endpoint = endpoint(server.port);
        // The answer takes three seconds.
        endpoint.limits.command = Duration::from_secs(1);
        endpoint.limits.whole = Duration::from_mins(1);
        let mut connection = Connection::open(&endpoint, &password()).await.unwrap();
        let batch = connection.next_batch(&inbox(), &reading()).await.unwrap();
        assert!(batch.deliveries[0].1.bytes.ends_with(body.as_bytes()));
    });
}

#[test]
fn what_came_before_idle_began_wakes_it() {
    run(async {
        let early: Script = &[NOTHING_NEW, ("IDLE", "* 4 EXISTS\r\n+\r\nTAG OK\r\n")];
        let mut connection = connected(early).await;
        // It looks again at once, finds nothing, and waits on; the end of the wait is the only thing that counts here.
        let most = Duration::from_millis(300);
        assert_eq!(connection.wait(&inbox(), FROM, most).await.unwrap(), Wake::Nothing);
        let server = Scripted::serve(GREETING, early).await;
        let mut connection = Connection::open(&endpoint(server.port), &password()).await.unwrap();
        connection.wait(&inbox(), FROM, most).await.unwrap();
        let looks = server.heard().iter().filter(|line| line.starts_with("UID FETCH 10:*")).count();
        assert!(looks >= 2, "{:?}", server.heard());
    });
}
