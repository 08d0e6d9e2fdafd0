//! Everything that a server controls has an end.

use std::fmt::Write as _;
use std::time::Duration;

use afterword::folder::{Position, Role};
use afterword::imap::{Connection, Error};

use super::scripted::{GREETING, Script, Scripted, connected, endpoint, patient, reading, script};
use super::{inbox, mail, run};
use crate::dovecot::password;

/// What a refused excess looks like.
fn is_too_much(error: &Error) -> bool {
    match error {
        Error::Garbage { text, .. } => text.contains("more than") || text.contains("a literal of"),
        Error::Reading { source, .. } => is_too_much(source),
        _ => false,
    }
}

async fn patiently(greeting: &'static str, script: Script) -> Result<Connection, Error> {
    let server = Scripted::serve(greeting, script).await;
    Connection::open(&patient(server.port), &password()).await
}

async fn batch(part: &'static str, answer: String) -> Result<usize, Error> {
    let mut connection = patiently(GREETING, script(&[(part, answer)])).await?;
    connection.next_batch(&inbox(), &reading()).await.map(|batch| batch.deliveries.len())
}

#[test]
fn lines_literals_and_floods_end() {
    run(async {
        for (part, answer) in [
            // A line without an end.
            ("UID SEARCH", "* SEARCH 1 1 1 1 1 1 1 1 FLOOD".to_owned()),
            ("EXAMINE", "xFLOOD".to_owned()),
            // Untagged responses without an end.
            ("EXAMINE", "* FLAGS (\\Seen)\r\nFLOOD".to_owned()),
            ("UID SEARCH", "* SEARCH 9\r\nFLOOD".to_owned()),
            ("BODYSTRUCTURE", "* 3 FETCH (UID 9 FLAGS ())\r\nFLOOD".to_owned()),
            ("UID SEARCH", "* XUNKNOWN what\r\nFLOOD".to_owned()),
            // Literals larger than anything that was asked for.
            ("BODYSTRUCTURE", "* 3 FETCH (UID 9 BODY[HEADER]<0> {99999999}\r\n".to_owned()),
            (
                "BODYSTRUCTURE",
                "* 3 FETCH (UID 9 BODY[HEADER]<0> {18446744073709551616}\r\n".to_owned(),
            ),
        ] {
            let error = batch(part, answer.clone()).await.unwrap_err();
            assert!(is_too_much(&error), "{part} {answer}: {error}");
        }
        let greeting = "* OK hello helloFLOOD";
        assert!(is_too_much(&patiently(greeting, &[]).await.unwrap_err()));
    });
}

#[test]
fn a_flood_of_keep_alives_in_idle_ends_it() {
    run(async {
        let script: Script = &[
            ("UID FETCH 10:*", "TAG OK\r\n"),
            ("IDLE", "+ idling\r\n* OK Still here, and here, and here\r\nFLOOD"),
        ];
        let mut connection = patiently(GREETING, script).await.unwrap();
        let from = Position { uid_validity: 7, uid_next: 10 };
        let error = connection.wait(&inbox(), from, Duration::from_mins(5)).await.unwrap_err();
        assert!(is_too_much(&error), "{error}");
    });
}

#[test]
fn more_folders_and_longer_names_than_anybody_has() {
    run(async {
        let mut list = "* LIST (\\Drafts) \"/\" Drafts\r\n".to_owned();
        for n in 0..20_100 {
            write!(list, "* LIST () \"/\" f{n}\r\n").unwrap();
        }
        let list = script(&[("LIST", list + "TAG OK\r\n")]);
        let connection = patiently(GREETING, list).await.unwrap();
        assert_eq!(connection.folders().all().len(), 20_000);
        assert!(connection.folders().notes().iter().any(|note| note.contains("too many folders")));

        let long = "x".repeat(5000);
        let list = format!(
            "* LIST () \"/\" {long}\r\n* LIST () \"/\" \"a\\\"b\"\r\n* LIST () \"/\" {{4}}\r\nc\r\nd\r\n\
             * LIST () \"/\" \"\x1b[31mred\"\r\n* LIST (\\Drafts) \"/\" Drafts\r\nTAG OK\r\n"
        );
        let mut connection = patiently(GREETING, script(&[("LIST", list)])).await.unwrap();
        let names: Vec<String> =
            connection.folders().all().iter().map(ToString::to_string).collect();
        assert!(!names.contains(&long));
        assert!(names.iter().all(|name| !name.contains(['\x1b', '\r', '\n'])), "{names:?}");
        // A name with a line break cannot become a command.
        if let Some(split) = connection.folders().named("c\r\nd") {
            let error = connection.next_batch(&split, &reading()).await.unwrap_err();
            assert!(matches!(error, Error::Unsendable(_)), "{error}");
        }
        connection.noop().await.unwrap();

        let endless = "* LIST () \"/\" again\r\nFLOOD".to_owned();
        let error = patiently(GREETING, script(&[("LIST", endless)])).await.unwrap_err();
        assert!(is_too_much(&error), "{error}");
    });
}

#[test]
fn more_and_longer_capabilities_than_any_server_has() {
    run(async {
        let mut many = "* CAPABILITY IMAP4rev1".to_owned();
        for n in 0..5000 {
            write!(many, " X{n}").unwrap();
        }
        let script = script(&[
            ("AUTHENTICATE", "TAG OK in\r\n".to_owned()),
            ("CAPABILITY", format!("{many} {}\r\nTAG OK\r\n", "Y".repeat(10_000))),
        ]);
        let connection = patiently(GREETING, script).await.unwrap();
        assert!(connection.capabilities().contains("IMAP4REV1"));
        assert!(connection.capabilities().len() <= 500);
        assert!(connection.capabilities().iter().all(|name| name.len() <= 100));
    });
}

#[test]
fn numbers_as_large_as_they_get() {
    run(async {
        let opened = "* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 4294967295] .\r\n* OK [UIDNEXT 4294967295] .\r\nTAG OK\r\n";
        let opened = || ("EXAMINE", opened.to_owned());
        let mut connection = connected(script(&[
            opened(),
            ("UID SEARCH", "* SEARCH 4294967295 0 4294967295\r\nTAG OK\r\n".to_owned()),
            ("BODYSTRUCTURE", "TAG OK\r\n".to_owned()),
        ]))
        .await;
        let batch = connection.next_batch(&inbox(), &reading()).await.unwrap();
        assert_eq!((batch.deliveries.len(), batch.position.uid_next), (0, u32::MAX));
        // Not all of them are told: an error, and not four billion messages to wait for.
        let mut connection =
            connected(script(&[opened(), ("FETCH", "TAG OK\r\n".to_owned())])).await;
        connection.list_drafts().await.unwrap_err();
        connection.find(Role::Drafts, "a@b", None).await.unwrap_err();
        let server = Scripted::serve(
            GREETING,
            script(&[("APPEND", "+\r\nTAG OK [APPENDUID 7 1:4294967295] saved\r\n".to_owned())]),
        )
        .await;
        let mut connection = Connection::open(&endpoint(server.port), &password()).await.unwrap();
        let told = connection.append(&mail("x"), false).await.unwrap();
        assert_eq!(told, None, "a range is no answer to one message");
        let beyond = "* SEARCH 4294967296\r\nTAG OK\r\n".to_owned();
        let mut connection = connected(script(&[("UID SEARCH", beyond)])).await;
        connection.next_batch(&inbox(), &reading()).await.unwrap_err();
    });
}
