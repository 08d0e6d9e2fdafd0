//! A scripted server that answers NO, BAD, BYE, garbage, half of something, or nothing.

use std::time::{Duration, Instant};

use afterword::folder::{Position, Role, Saved};
use afterword::imap::{AppendError, Error, Reading, Wake};

use super::scripted::{GREETING, STRUCTURE, Script, connected, dial, reading};
use super::{inbox, mail, run};

#[test]
fn bad_beginnings() {
    run(async {
        for (greeting, expected) in [
            ("* BYE [UNAVAILABLE] too busy\r\n", "ended the connection: [UNAVAILABLE] too busy"),
            ("HTTP/1.1 400 Bad Request\r\n", "cannot be understood: HTTP/1.1"),
            ("* NO go away\r\n", "not an IMAP greeting"),
            ("", "no answer to `greeting`"),
            ("* OK half", "no answer to `greeting`"),
        ] {
            let error = dial(greeting, &[]).await.unwrap_err().to_string();
            assert!(error.contains(expected), "{greeting}: {error}");
        }
        let disabled = "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hello\r\n";
        assert!(matches!(dial(disabled, &[]).await, Err(Error::NoLogin { .. })));
        let logged_in = "* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n";
        let script: Script = &[
            ("AUTHENTICATE", "TAG BAD already\r\n"),
            ("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK\r\n"),
        ];
        let connection = dial(logged_in, script).await.unwrap();
        assert!(connection.capabilities().contains("IDLE"), "asked after the login");
    });
}

#[test]
fn refused_logins_are_told_from_passing_troubles() {
    run(async {
        for (answer, for_good) in [
            ("TAG NO [AUTHENTICATIONFAILED] wrong\r\n", true),
            ("TAG NO [UNAVAILABLE] comes and goes\r\n", false),
            ("* BYE shutting down\r\nHANGUP", false),
        ] {
            let script: Script = Box::leak(Box::new([("AUTHENTICATE", answer)]));
            let error = dial(GREETING, script).await.unwrap_err();
            assert_eq!(error.is_refused_login(), for_good, "{error}");
        }
        let error =
            connected(&[("EXAMINE", "TAG BAD User is authenticated but not connected.\r\n")])
                .await
                .list_drafts()
                .await;
        assert!(error.unwrap_err().to_string().contains("hint: Exchange"));
    });
}

#[test]
fn a_failed_look_is_never_an_empty_one() {
    run(async {
        for (part, answer) in [
            ("EXAMINE", "TAG NO gone\r\n"),
            ("EXAMINE", "TAG OK but nothing told\r\n"),
            ("UID SEARCH", "TAG NO not now\r\n"),
            ("UID SEARCH", "TAG BAD what\r\n"),
            ("UID SEARCH", "* BYE later\r\n"),
            ("UID SEARCH", "HANGUP"),
            ("UID SEARCH", "* SEARCH 1 2"),
            ("UID SEARCH", "* SEARCH 1 2 x\r\nTAG OK\r\n"),
            ("UID SEARCH", "A9999 OK\r\n"),
            ("BODYSTRUCTURE", "* 3 FETCH (UID 9 BODY[HEADER]<0> {100}\r\nhalfHANGUP"),
            ("BODYSTRUCTURE", "* 3 FETCH (UID 9 BODY[HEADER]<0> {4000000000}\r\n"),
            ("BODYSTRUCTURE", "* 3 FETCH (UID 9 RFC822.SIZE 3)\r\n"),
        ] {
            let script: Script = Box::leak(Box::new([(part, answer)]));
            let mut connection = connected(script).await;
            let started = Instant::now();
            let result = connection.next_batch(&inbox(), &reading()).await;
            assert!(result.is_err(), "{part} {answer}: {result:?}");
            assert!(started.elapsed() < Duration::from_secs(2));
            let usable = result.unwrap_err().is_refusal()
                || answer.contains("told")
                || answer.contains("x\r\n");
            assert_eq!(connection.is_usable(), usable, "{answer}");
            assert_eq!(connection.noop().await.is_ok(), usable, "{answer}");
        }
        for answer in [
            "TAG NO\r\n",
            "* 1 FETCH (UID 4 FLAGS ())\r\nTAG OK\r\n",
            "HANGUP",
            "* 1 FETCH (UID 4 FLAGS !\r\nTAG OK\r\n",
        ] {
            let script: Script = Box::leak(Box::new([("FETCH", answer)]));
            connected(script).await.list_drafts().await.unwrap_err();
            connected(script).await.find(Role::Drafts, "a@b", None).await.unwrap_err();
            let from = Some(Position { uid_validity: 7, uid_next: 4 });
            connected(script).await.find(Role::Drafts, "a@b", from).await.unwrap_err();
        }
    });
}

#[test]
fn one_message_that_cannot_be_read_does_not_hide_the_others() {
    run(async {
        let whole = ("BODY.PEEK[]", "* 3 FETCH (UID 9 BODY[]<0> {7}\r\nA: b\r\n\r)\r\nTAG OK\r\n");
        let unreadable = ("BODYSTRUCTURE", "* 3 FETCH (UID 9 BODYSTRUCTURE [[[)\r\nTAG OK\r\n");
        let batch = connected(Box::leak(Box::new([unreadable, whole])))
            .await
            .next_batch(&inbox(), &reading())
            .await
            .unwrap();
        assert_eq!(batch.deliveries.len(), 1);
        let nothing = ("BODY.PEEK[]", "* 3 FETCH (UID 9 !\r\nTAG OK\r\n");
        let batch = connected(Box::leak(Box::new([unreadable, nothing])))
            .await
            .next_batch(&inbox(), &reading())
            .await
            .unwrap();
        assert_eq!(
            (batch.deliveries.len(), batch.skipped.len(), batch.position.uid_next),
            (0, 1, 10)
        );
        let refused = ("BODYSTRUCTURE", "TAG NO [SERVERBUG] cannot\r\n");
        let batch = connected(Box::leak(Box::new([refused])))
            .await
            .next_batch(&inbox(), &reading())
            .await
            .unwrap();
        assert_eq!(batch.skipped[0].0, 9);
        // One that breaks the connection is named, and can be set aside.
        let breaks = ("BODYSTRUCTURE", "* 3 FETCH (UIDHANGUP");
        let error = connected(Box::leak(Box::new([breaks])))
            .await
            .next_batch(&inbox(), &reading())
            .await
            .unwrap_err();
        assert_eq!(error.suspects(), Some((7, &[9][..])));
        let mut aside = reading();
        aside.set_aside.insert(9);
        let batch = connected(Box::leak(Box::new([breaks])))
            .await
            .next_batch(&inbox(), &aside)
            .await
            .unwrap();
        assert_eq!((batch.skipped.len(), batch.remaining), (1, 0));
    });
}

#[test]
fn odd_but_harmless_answers() {
    run(async {
        let odd = "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n* ESEARCHX\r\n* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 5 EXISTS\r\n";
        let answer: &'static str = Box::leak(format!("{odd}{STRUCTURE}").into_boxed_str());
        let mut connection = connected(Box::leak(Box::new([("BODYSTRUCTURE", answer)]))).await;
        let batch = connection.next_batch(&inbox(), &reading()).await.unwrap();
        assert_eq!(batch.deliveries.len(), 1, "a message nobody asked for is no delivery");
        assert_eq!(batch.deliveries[0].1.bytes, b"Subject: x\r\n\r\nhello");
        // `n:*` returns the last message although it is below n.
        let from = Position { uid_validity: 7, uid_next: 10 };
        let batch = connection
            .next_batch(&inbox(), &Reading::new(Role::Inbox, Some(from), None))
            .await
            .unwrap();
        assert_eq!((batch.total, batch.position), (0, from));
    });
}

#[test]
fn an_append_says_what_is_known() {
    run(async {
        for (answer, may_be_stored) in [
            ("TAG NO [OVERQUOTA] full\r\n", false),
            ("+\r\nTAG NO [OVERQUOTA] full\r\n", false),
            ("HANGUP", false),
            ("+\r\nHANGUP", true),
            ("+\r\n", true),
            ("+\r\n* BYE\r\n", true),
        ] {
            let script: Script = Box::leak(Box::new([("APPEND", answer)]));
            let error = connected(script).await.append(&mail("x"), false).await.unwrap_err();
            assert_eq!(
                matches!(error, AppendError::Unknown(_)),
                may_be_stored,
                "{answer}: {error}"
            );
        }
        let saved = "+\r\n* 4 EXISTS\r\nTAG OK [APPENDUID 7 12] saved\r\n";
        let mut connection = connected(Box::leak(Box::new([("APPEND", saved)]))).await;
        assert_eq!(connection.append(&mail("x"), false).await.unwrap(), Some((7, 12)));
        connection.append(b"a\0b", false).await.unwrap_err();
        let mut connection = connected(&[("APPEND", "+\r\nTAG OK saved\r\n")]).await;
        assert_eq!(connection.append(&mail("x"), false).await.unwrap(), None);
    });
}

#[test]
fn nothing_is_withdrawn_on_a_failed_look() {
    run(async {
        let saved = Saved {
            message_id: "a@b".to_owned(),
            uid_validity: 7,
            uid: 9,
            size: 3,
            flagged: false,
        };
        for answer in ["TAG NO\r\n", "* 1 FETCH (UID 9 FLAGS !\r\nTAG OK\r\n", "HANGUP"] {
            let script: Script = Box::leak(Box::new([("UID FETCH", answer)]));
            connected(script).await.withdraw(&saved).await.unwrap_err();
        }
    });
}

#[test]
fn idle_refused_hanging_or_ended() {
    run(async {
        let none = ("UID FETCH 10:*", "* 3 FETCH (UID 9)\r\nTAG OK\r\n");
        let from = Position { uid_validity: 7, uid_next: 10 };
        let most = Duration::from_millis(900);
        let refused = ("IDLE", "TAG NO not today\r\n");
        let mut connection = connected(Box::leak(Box::new([none, refused]))).await;
        assert_eq!(connection.wait(&inbox(), from, most).await.unwrap(), Wake::Nothing);
        let alive = ("IDLE", "+\r\nTAG OK\r\n");
        let mut connection = connected(Box::leak(Box::new([none, alive]))).await;
        assert_eq!(connection.wait(&inbox(), from, most).await.unwrap(), Wake::Nothing);
        for answer in
            ["* OK nothing more\r\n", "+ idling\r\n", "+ idling\r\nHANGUP", "+ idling\r\n* BYE\r\n"]
        {
            let script: Script = Box::leak(Box::new([none, ("IDLE", answer)]));
            let started = Instant::now();
            connected(script).await.wait(&inbox(), from, most).await.unwrap_err();
            assert!(started.elapsed() < Duration::from_secs(3), "{answer}");
        }
    });
}
