//! Saving, listing, finding and withdrawing drafts.

use std::fs;

use afterword::folder::{Outcome, Position, Role, Saved};
use afterword::imap::{Connection, Why, Withdrawal};

use super::{mail, open, run};
use crate::dovecot::{Dovecot, Variant};

/// Saves a draft and says where it lies.
async fn save(connection: &mut Connection, subject: &str, flagged: bool) -> Saved {
    let bytes = mail(subject);
    let told = connection.append(&bytes, flagged).await.unwrap();
    let listed = connection.list_drafts().await.unwrap();
    let id = format!("{subject}@acme.example");
    let draft =
        listed.drafts.iter().find(|draft| draft.message_id.as_deref() == Some(&id)).unwrap();
    if let Some(told) = told {
        assert_eq!(told, (listed.position.uid_validity, draft.uid));
    }
    assert_eq!(draft.size, bytes.len() as u64);
    let uid_validity = listed.position.uid_validity;
    Saved { message_id: id, uid_validity, uid: draft.uid, size: draft.size, flagged }
}

#[test]
fn a_draft_is_saved_byte_for_byte_with_its_flags() {
    for variant in [Variant::Plain, Variant::Localised, Variant::Minimal] {
        let server = Dovecot::start(variant);
        run(async {
            let mut connection = open(&server.endpoint("alex")).await;
            save(&mut connection, "plain", false).await;
            assert_eq!(server.drafts("alex"), [mail("plain")]);
            let name = |n: usize| {
                server.files("alex", server.drafts_folder())[n].to_string_lossy().into_owned()
            };
            assert!(name(0).ends_with(":2,DS"), "{}", name(0));
            save(&mut connection, "starred", true).await;
            assert!((0..2).any(|n| name(n).ends_with(":2,DFS")));
            let drafts = connection.list_drafts().await.unwrap().drafts;
            assert_eq!(drafts.len(), 2);
            assert_eq!(drafts[0].to[0].as_str(), "alex@example.org");
            assert_eq!(drafts[0].date.unwrap().to_string(), "2026-03-02T10:00:00Z");
        });
    }
}

#[test]
fn drafts_is_created_where_there_is_none() {
    let server = Dovecot::start(Variant::NoDrafts);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        save(&mut connection, "first", false).await;
        assert_eq!(connection.folders().of(Role::Drafts).unwrap().why, Why::Created);
        assert_eq!(server.drafts("alex").len(), 1);
        // Another connection finds it by its name.
        let mut connection = open(&server.endpoint("alex")).await;
        assert_eq!(connection.list_drafts().await.unwrap().drafts.len(), 1);
    });
    // Removed behind our back: the server asks for it (TRYCREATE).
    let server = Dovecot::start(Variant::NoDrafts);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        connection.create_drafts().await.unwrap();
        fs::remove_dir_all(server.maildir("alex", ".Drafts")).unwrap();
        connection.append(&mail("again"), false).await.unwrap();
        assert_eq!(server.drafts("alex").len(), 1);
    });
}

#[test]
fn a_message_is_found_by_its_id_among_the_new_ones() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let old = save(&mut connection, "old", false).await;
        let position = connection.list_drafts().await.unwrap().position;
        let new = save(&mut connection, "new", false).await;
        let stale = Position { uid_validity: position.uid_validity ^ 1, ..position };
        for (id, from, expected) in [
            (&new.message_id, Some(position), vec![new.uid]),
            (&old.message_id, Some(position), vec![]),
            (&old.message_id, None, vec![old.uid]),
            (&old.message_id, Some(stale), vec![old.uid]),
            (&"ghost@x".to_owned(), None, vec![]),
        ] {
            assert_eq!(connection.find(Role::Drafts, id, from).await.unwrap(), expected, "{id}");
        }
        assert_eq!(connection.find(Role::Sent, &new.message_id, None).await.unwrap(), [0_u32; 0]);
    });
}

#[test]
fn an_untouched_draft_is_withdrawn_and_only_that() {
    for (variant, expected) in
        [(Variant::Plain, Withdrawal::Moved), (Variant::Minimal, Withdrawal::Marked)]
    {
        let server = Dovecot::start(variant);
        run(async {
            let mut connection = open(&server.endpoint("alex")).await;
            let first = save(&mut connection, "first", false).await;
            save(&mut connection, "second", true).await;
            assert_eq!(connection.withdraw(&first).await.unwrap(), expected);
            let left = server.files("alex", ".Drafts");
            assert_eq!(left.len(), if expected == Withdrawal::Moved { 1 } else { 2 });
            let again = connection.withdraw(&first).await.unwrap();
            assert_eq!(
                again,
                if expected == Withdrawal::Moved { Withdrawal::Gone } else { Withdrawal::Touched }
            );
            assert!(left.iter().any(|file| file.to_string_lossy().ends_with(":2,DFS")), "{left:?}");
        });
    }
    // UIDPLUS, but no MOVE: the owner's own deleted message stays when ours is expunged.
    let server = Dovecot::start_with(Variant::Plain, "imap_capability = IMAP4rev1 UIDPLUS");
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let ours = save(&mut connection, "ours", false).await;
        server.deliver_to("alex", ".Drafts", "DT", &mail("deleted-by-owner"));
        assert_eq!(connection.withdraw(&ours).await.unwrap(), Withdrawal::Removed);
        assert_eq!(server.drafts("alex"), [mail("deleted-by-owner")]);
    });
}

#[test]
fn an_untouched_draft_is_starred_and_only_that() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let ours = save(&mut connection, "ours", false).await;
        save(&mut connection, "other", false).await;
        for expected in [Outcome::Done, Outcome::Touched] {
            // The second time the star is not what it was saved with.
            assert_eq!(connection.star(&ours).await.unwrap(), expected);
            let listed = connection.list_drafts().await.unwrap().drafts;
            let starred = listed.iter().filter(|d| d.has_flag("\\Flagged"));
            assert_eq!(starred.map(|d| d.uid).collect::<Vec<_>>(), [ours.uid]);
        }
        let starred = Saved { flagged: true, ..ours };
        assert_eq!(connection.withdraw(&starred).await.unwrap(), Withdrawal::Moved);
        assert_eq!(connection.star(&starred).await.unwrap(), Outcome::Gone);
    });
}

#[test]
fn a_touched_draft_stays() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let saved = save(&mut connection, "draft", false).await;
        for other in [
            Saved { size: saved.size + 1, ..saved.clone() },
            Saved { flagged: true, ..saved.clone() },
            Saved { message_id: "other@x".to_owned(), ..saved.clone() },
            Saved { uid_validity: saved.uid_validity ^ 1, ..saved.clone() },
        ] {
            assert_eq!(
                connection.withdraw(&other).await.unwrap(),
                Withdrawal::Touched,
                "{other:?}"
            );
        }
        let elsewhere = Saved { uid: saved.uid + 5, ..saved.clone() };
        assert_eq!(connection.withdraw(&elsewhere).await.unwrap(), Withdrawal::Gone);
        // The owner stars it.
        let file = &server.files("alex", ".Drafts")[0];
        let starred = file.to_string_lossy().replace(":2,DS", ":2,DFS");
        fs::rename(file, &starred).unwrap();
        assert_eq!(connection.withdraw(&saved).await.unwrap(), Withdrawal::Touched);
        assert_eq!(server.drafts("alex").len(), 1);
        // The owner deletes it.
        fs::remove_file(starred).unwrap();
        assert_eq!(connection.withdraw(&saved).await.unwrap(), Withdrawal::Gone);
    });
}
