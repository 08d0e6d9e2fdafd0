//! What certain servers do that the standard does not say.

use std::time::Duration;

use afterword::folder::{Position, Role};
use afterword::imap::{Connection, Error, Why};

use super::scripted::{
    GREETING, STRUCTURE, Script, Scripted, connected, dial, endpoint, reading, script,
};
use super::{inbox, mail, open, run};
use crate::dovecot::{Dovecot, Variant, password};

/// A server that offers everything is asked for little: what others have lost mail by is not used.
#[test]
fn only_plain_commands_are_used() {
    const ALL: &str = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS IDLE MOVE CONDSTORE QRESYNC ENABLE ESEARCH \
        LITERAL+ NOTIFY NAMESPACE COMPRESS=DEFLATE SPECIAL-USE LIST-EXTENDED] hello\r\n";
    run(async {
        let script: Script = &[
            ("APPEND", "+\r\nTAG OK [APPENDUID 7 12] saved\r\n"),
            ("UID FETCH 10:*", "TAG OK\r\n"),
            (
                "FETCH 1:*",
                "* 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (MESSAGE-ID)]<0> {2}\r\n\r\n)\r\n\
                * 2 FETCH (UID 2 FLAGS () BODY[HEADER.FIELDS (MESSAGE-ID)]<0> {2}\r\n\r\n)\r\n\
                * 3 FETCH (UID 3 FLAGS () BODY[HEADER.FIELDS (MESSAGE-ID)]<0> {2}\r\n\r\n)\r\nTAG OK\r\n",
            ),
            ("IDLE", "+\r\nTAG OK\r\n"),
        ];
        let server = Scripted::serve(ALL, script).await;
        let mut connection = Connection::open(&endpoint(server.port), &password()).await.unwrap();
        connection.next_batch(&inbox(), &reading()).await.unwrap();
        connection.list_drafts().await.unwrap();
        connection.find(Role::Sent, "a@b", None).await.unwrap();
        connection.append(&mail("x"), true).await.unwrap();
        let from = Position { uid_validity: 7, uid_next: 10 };
        connection.wait(&inbox(), from, Duration::from_millis(100)).await.unwrap();
        let heard = server.heard();
        for command in &heard {
            let verb = command.trim_start_matches("UID ").split(' ').next().unwrap();
            let usual = [
                "AUTHENTICATE",
                "CAPABILITY",
                "LIST",
                "EXAMINE",
                "SEARCH",
                "FETCH",
                "APPEND",
                "NOOP",
                "IDLE",
            ];
            assert!(usual.contains(&verb), "{command}");
            for never in
                ["ENVELOPE", "SEARCH HEADER", "CONDSTORE", "CHANGEDSINCE", "RFC822 ", "BODY["]
            {
                assert!(!command.contains(never), "{command}");
            }
        }
        let append = heard.iter().find(|command| command.starts_with("APPEND")).unwrap();
        assert!(
            append.contains("(\\Draft \\Seen \\Flagged)"),
            "flags in the one command: {append}"
        );
    });
}

#[test]
fn capabilities_are_asked_for_after_login() {
    run(async {
        let script: Script = &[
            ("AUTHENTICATE", "TAG OK in\r\n"),
            ("CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE\r\nTAG OK\r\n"),
        ];
        let connection = dial(GREETING, script).await.unwrap();
        assert!(
            connection.capabilities().contains("MOVE")
                && !connection.capabilities().contains("IDLE")
        );
    });
}

/// Yahoo's comes and goes, Gmail's and Exchange's are for those who ask too much: no message is passed over for it.
#[test]
fn a_server_without_time_is_asked_again_later() {
    run(async {
        for told in [
            "TAG NO [UNAVAILABLE] UID FETCH Server error - Please try again later\r\n",
            "TAG BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n",
            "TAG NO System Error (Failure)\r\n",
            "TAG NO [INUSE] in use\r\n",
        ] {
            for part in ["BODYSTRUCTURE", "UID SEARCH", "EXAMINE"] {
                let mut connection = connected(script(&[(part, told.to_owned())])).await;
                let error = connection.next_batch(&inbox(), &reading()).await.unwrap_err();
                assert!(error.is_passing(), "{error}");
                assert!(!error.is_closed_folder(), "{error}");
            }
            let error =
                dial(GREETING, script(&[("AUTHENTICATE", told.to_owned())])).await.unwrap_err();
            assert!(!error.is_refused_login(), "{error}");
        }
        for gone in ["TAG NO [NOPERM] no\r\n", "TAG NO [NONEXISTENT] no\r\n"] {
            let mut connection = connected(script(&[("EXAMINE", gone.to_owned())])).await;
            let error = connection.next_batch(&inbox(), &reading()).await.unwrap_err();
            assert!(error.is_closed_folder() && !error.is_passing(), "{error}");
        }
        let wrong =
            "TAG NO [AUTHENTICATIONFAILED] Server busy or not, wrong password\r\n".to_owned();
        let error = dial(GREETING, script(&[("AUTHENTICATE", wrong)])).await.unwrap_err();
        assert!(error.is_refused_login(), "{error}");
        let many = "TAG NO [ALERT] Too many simultaneous connections. (Failure)\r\n".to_owned();
        let error = dial(GREETING, script(&[("AUTHENTICATE", many)])).await.unwrap_err();
        assert!(!error.is_refused_login(), "{error}");
    });
}

#[test]
fn exchange_says_connected_and_means_switched_off() {
    run(async {
        let off = "TAG BAD User is authenticated but not connected.\r\n".to_owned();
        for part in ["LIST", "EXAMINE"] {
            let error = match dial(GREETING, script(&[(part, off.clone())])).await {
                Err(error) => error,
                Ok(mut connection) => connection.list_drafts().await.unwrap_err(),
            };
            assert!(
                error.to_string().contains("hint: Exchange says this when IMAP is switched off"),
                "{error}"
            );
        }
    });
}

async fn roles(list: &str) -> Vec<Option<(String, Why)>> {
    let connection = connected(script(&[("LIST", format!("{list}TAG OK\r\n"))])).await;
    let of = |role| connection.folders().of(role).map(|f| (f.folder.name().to_owned(), f.why));
    [Role::Drafts, Role::Sent, Role::Trash, Role::Archive].map(of).to_vec()
}

#[test]
fn folders_of_the_large_providers() {
    run(async {
        let marked = |name: &str| Some((name.to_owned(), Why::SpecialUse));
        let named = |name: &str| Some((name.to_owned(), Why::Name));
        // Gmail in German.
        let gmail = "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\n* LIST (\\HasChildren \\Noselect) \"/\" \"[Gmail]\"\r\n\
            * LIST (\\All \\HasNoChildren) \"/\" \"[Gmail]/Alle Nachrichten\"\r\n\
            * LIST (\\Drafts \\HasNoChildren) \"/\" \"[Gmail]/Entw&APw-rfe\"\r\n\
            * LIST (\\HasNoChildren \\Sent) \"/\" \"[Gmail]/Gesendet\"\r\n\
            * LIST (\\Flagged \\HasNoChildren) \"/\" \"[Gmail]/Markiert\"\r\n\
            * LIST (\\HasNoChildren \\Trash) \"/\" \"[Gmail]/Papierkorb\"\r\n";
        let found = roles(gmail).await;
        assert_eq!(
            found,
            [
                marked("[Gmail]/Entwürfe"),
                marked("[Gmail]/Gesendet"),
                marked("[Gmail]/Papierkorb"),
                marked("[Gmail]/Alle Nachrichten")
            ]
        );
        // Exchange Online marks nothing.
        let exchange = "* LIST (\\Marked \\HasNoChildren) \"/\" Archive\r\n* LIST (\\HasChildren) \"/\" Calendar\r\n\
            * LIST (\\HasNoChildren) \"/\" \"Deleted Items\"\r\n* LIST (\\HasNoChildren) \"/\" Drafts\r\n\
            * LIST (\\Marked \\HasNoChildren) \"/\" INBOX\r\n* LIST (\\HasNoChildren) \"/\" \"Sent Items\"\r\n";
        let found = roles(exchange).await;
        assert_eq!(
            found,
            [named("Drafts"), named("Sent Items"), named("Deleted Items"), named("Archive")]
        );
        // iCloud lists what cannot be selected.
        let icloud = "* LIST (\\Noselect) \"/\" \"Drafts\"\r\n* LIST (\\NonExistent) \"/\" \"Archive\"\r\n\
            * LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\n* LIST () \"/\" \"Sent Messages\"\r\n* LIST () \"/\" \"Deleted Messages\"\r\n";
        let found = roles(icloud).await;
        assert_eq!(found, [None, named("Sent Messages"), named("Deleted Messages"), None]);
    });
}

/// A server that stores what it is given and finds nothing of it by SEARCH HEADER is asked by FETCH alone.
#[test]
fn a_missing_answer_about_a_message_is_no_empty_message() {
    run(async {
        let fetch_without_body = "* 3 FETCH (UID 9 FLAGS ())\r\nTAG OK\r\n".to_owned();
        let mut connection = connected(script(&[("FETCH", fetch_without_body)])).await;
        connection.find(Role::Drafts, "a@b", None).await.unwrap_err();
        // An answer about another message in between is not ours.
        let other = format!("* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 9 EXPUNGE\r\n{STRUCTURE}");
        let mut connection = connected(script(&[("BODYSTRUCTURE", other)])).await;
        assert_eq!(connection.next_batch(&inbox(), &reading()).await.unwrap().deliveries.len(), 1);
    });
}

#[test]
fn status_tells_of_new_mail_in_another_folder() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let archive = connection.folders().named("Archive").unwrap();
        let from = connection.next_batch(&archive, &reading()).await.unwrap().position;
        connection.noop().await.unwrap();
        connection.next_batch(&inbox(), &reading()).await.unwrap();
        assert!(!connection.has_new(&archive, from).await.unwrap());
        server.deliver_to("alex", ".Archive", "", &mail("new"));
        assert!(connection.has_new(&archive, from).await.unwrap());
        let other = Position { uid_validity: from.uid_validity ^ 1, ..from };
        assert!(connection.has_new(&archive, other).await.unwrap(), "another UIDVALIDITY");
    });
    // What cannot be told counts as new, and a server that is gone is an error.
    run(async {
        let from = Position { uid_validity: 7, uid_next: 10 };
        for (answer, expected) in [
            ("* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 10)\r\nTAG OK\r\n", Some(false)),
            ("* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 11)\r\nTAG OK\r\n", Some(true)),
            ("TAG OK\r\n", Some(true)),
            ("TAG NO not now\r\n", Some(true)),
            ("HANGUP", None),
        ] {
            let mut connection = connected(script(&[("STATUS", answer.to_owned())])).await;
            assert_eq!(connection.has_new(&inbox(), from).await.ok(), expected, "{answer}");
        }
    });
}

#[test]
fn a_token_tells_when_it_expires() {
    use afterword::imap::Credentials;
    let now = jiff::Timestamp::now().as_second();
    let expires = crate::dovecot::token("alex", 600).expires().unwrap().as_second();
    assert!((now + 599..=now + 610).contains(&expires));
    for opaque in ["ya29.a0AfH6SMBx", "a.b.c", "", "..", "a.eyJleHAiOiJ4In0.c"] {
        assert_eq!(Credentials::Token(opaque.into()).expires(), None, "{opaque}");
    }
    assert_eq!(password().expires(), None);
    assert!(matches!(dial_error(), Error::NoLogin { .. }));
}

/// A token for a server that takes none.
fn dial_error() -> Error {
    run(async {
        let server = Scripted::serve(GREETING, &[]).await;
        let token = crate::dovecot::token("alex", 600);
        Connection::open(&endpoint(server.port), &token).await.unwrap_err()
    })
}
