//! Tests of `maildir`, on real directories.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the other programs in these tests take their time")]

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use afterword::folder::{Outcome, Role, Saved};
use afterword::maildir::{Batch, Error, Maildir, UID_VALIDITY, Why, Withdrawal};
use jiff::Timestamp;
use tempfile::TempDir;

const LETTER: &str = "From: alex@example.org\r\nTo: Jane Doe <jane@acme.example>\r\nSubject: Thank you\r\n\
    Date: Thu, 5 Mar 2026 16:00:00 -0500\r\nMessage-ID: <thanks.1@example.org>\r\n\r\nDear Jane,\r\n\r\nthank you.\r\n";

/// Folders with `cur`, `new` and `tmp`; an empty name is the root itself.
fn tree(folders: &[&str]) -> TempDir {
    let home = TempDir::new().unwrap();
    for folder in folders {
        for sub in ["cur", "new", "tmp"] {
            fs::create_dir_all(home.path().join(folder).join(sub)).unwrap();
        }
    }
    home
}

fn open(home: &TempDir) -> Maildir {
    Maildir::open(home.path(), None, None).unwrap()
}

fn path_of(maildir: &Maildir, home: &TempDir, role: Role) -> Option<String> {
    let folder = maildir.folders().iter().find(|folder| folder.role == role)?;
    Some(folder.path.strip_prefix(home.path()).unwrap().to_str().unwrap().to_owned())
}

/// Writes a message of that many hours of age.
fn put(path: PathBuf, id: &str, hours: u64) -> PathBuf {
    fs::write(&path, format!("Message-ID: <{id}@x.example>\nSubject: {id}\n\nHello\n")).unwrap();
    let age = Duration::from_hours(hours);
    let file = File::options().write(true).open(&path).unwrap();
    let time = file.metadata().unwrap().modified().unwrap() - age;
    file.set_modified(time).unwrap();
    path
}

fn batch(maildir: &mut Maildir, limit: usize) -> Batch {
    maildir.next_batch(Role::Inbox, Timestamp::UNIX_EPOCH, &|_| false, limit).unwrap()
}

fn names(batch: &Batch) -> Vec<&str> {
    batch.deliveries.iter().map(|(name, _)| name.as_str()).collect()
}

fn files(dir: PathBuf) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn folders_are_found_in_every_layout() {
    for (folders, expected) in [
        (
            &["", ".Drafts", ".Sent", ".Trash", ".Archive"][..],
            ["", ".Drafts", ".Sent", ".Trash", ".Archive"],
        ),
        (
            &["INBOX", "Drafts", "Sent", "Trash", "Archive"],
            ["INBOX", "Drafts", "Sent", "Trash", "Archive"],
        ),
        (
            &["", "Drafts", "Sent Items", "Deleted Items", "Archives"],
            ["", "Drafts", "Sent Items", "Deleted Items", "Archives"],
        ),
        (
            &["", ".Entw&APw-rfe", ".Gesendet", ".Papierkorb", ".Archiv"],
            ["", ".Entw&APw-rfe", ".Gesendet", ".Papierkorb", ".Archiv"],
        ),
        (
            &["inbox", "下書き", "送信済み", "ゴミ箱", "アーカイブ"],
            ["inbox", "下書き", "送信済み", "ゴミ箱", "アーカイブ"],
        ),
        (
            &["", ".INBOX.Drafts", ".INBOX.Sent", ".INBOX.Trash", ".INBOX.Archive"],
            ["", ".INBOX.Drafts", ".INBOX.Sent", ".INBOX.Trash", ".INBOX.Archive"],
        ),
        (
            &["INBOX", "[Gmail]/Drafts", "[Gmail]/Sent Mail", "[Gmail]/Bin", "[Gmail]/All Mail"],
            ["INBOX", "[Gmail]/Drafts", "[Gmail]/Sent Mail", "[Gmail]/Bin", "[Gmail]/All Mail"],
        ),
        (
            &[
                "INBOX",
                "INBOX/Drafts",
                "INBOX/Sent",
                "INBOX/Trash",
                "INBOX/Archive",
                "Lists/Drafts/Sent",
            ],
            ["INBOX", "INBOX/Drafts", "INBOX/Sent", "INBOX/Trash", "INBOX/Archive"],
        ),
    ] {
        let home = tree(folders);
        let maildir = open(&home);
        let roles = [Role::Inbox, Role::Drafts, Role::Sent, Role::Trash, Role::Archive];
        let found = roles.map(|role| path_of(&maildir, &home, role));
        assert_eq!(found, expected.map(|path| Some(path.to_owned())));
    }
}

#[test]
fn a_configured_name_wins_however_it_is_written() {
    let home = tree(&["", ".Drafts", ".Sent", ".Work.Entw&APw-rfe", ".Post"]);
    for name in ["Work/Entwürfe", "Work.Entwürfe", ".Work.Entw&APw-rfe", "work/entwürfe", "INBOX/x"]
    {
        let maildir = Maildir::open(home.path(), Some(name), Some("Post")).unwrap();
        assert_eq!(path_of(&maildir, &home, Role::Sent).as_deref(), Some(".Post"));
        let drafts = path_of(&maildir, &home, Role::Drafts);
        assert_eq!(
            drafts.as_deref(),
            (name != "INBOX/x").then_some(".Work.Entw&APw-rfe"),
            "{name}"
        );
        assert!(
            maildir
                .folders()
                .iter()
                .all(|folder| folder.role != Role::Drafts || folder.why == Why::Configured)
        );
    }
    let error = Maildir::open(home.path(), None, Some("Missing")).unwrap_err();
    assert!(matches!(error, Error::NoFolder { .. }), "{error}");
    assert!(
        error.to_string().contains("`Missing`; hint: there are `Drafts`, `Post`, `Sent`"),
        "{error}"
    );
}

#[test]
fn what_is_no_maildir_is_one_clear_error() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    for path in [home.path().to_path_buf(), home.path().join("missing"), home.path().join("file")] {
        let text = Maildir::open(&path, None, None).unwrap_err().to_string();
        assert!(text.starts_with(&format!("maildir `{}`: ", path.display())), "{text}");
        assert!(text.contains("; hint: ") && !text.contains('\n'), "{text}");
    }
}

#[test]
fn a_message_is_delivered_once_wherever_it_moves() {
    let home = tree(&[""]);
    let mut maildir = open(&home);
    let (new, cur) = (home.path().join("new"), home.path().join("cur"));
    put(new.join("2.b.host"), "b", 2);
    put(new.join("1.a.host"), "a", 3);
    put(cur.join("3.c.host,S=40:2,S"), "c", 1);
    let first = batch(&mut maildir, 2);
    assert_eq!(names(&first), ["1.a.host", "2.b.host"]);
    assert_eq!(first.remaining, 1);
    assert!(first.deliveries[0].1.bytes.starts_with(b"Message-ID: <a@x.example>"));
    assert!(first.deliveries[0].1.arrived < first.deliveries[1].1.arrived);
    fs::rename(new.join("1.a.host"), cur.join("1.a.host:2,")).unwrap();
    let second = batch(&mut maildir, 2);
    assert_eq!((names(&second), second.remaining), (vec!["3.c.host"], 0));
    // Flags, and what sync programs write into names.
    fs::rename(cur.join("1.a.host:2,"), cur.join("1.a.host,U=7:2,FS")).unwrap();
    fs::rename(cur.join("3.c.host,S=40:2,S"), cur.join("3.c.host,S=40:2,RS")).unwrap();
    assert!(names(&batch(&mut maildir, 9)).is_empty());
    put(new.join("4.d.host"), "d", 0);
    assert_eq!(names(&batch(&mut maildir, 9)), ["4.d.host"]);
    maildir.rewind(Role::Inbox);
    assert_eq!(batch(&mut maildir, 9).deliveries.len(), 4);
}

#[test]
fn what_is_seen_or_old_is_left_out() {
    let home = tree(&[""]);
    let mut maildir = open(&home);
    put(home.path().join("new/1.old"), "old", 100);
    put(home.path().join("new/2.seen"), "seen", 2);
    put(home.path().join("cur/3.fresh:2,"), "fresh", 1);
    let now = Timestamp::try_from(fs::metadata(home.path()).unwrap().modified().unwrap()).unwrap();
    let since = now - jiff::SignedDuration::from_hours(50);
    let found = maildir.next_batch(Role::Inbox, since, &|name| name == "2.seen", 9).unwrap();
    assert_eq!((names(&found), found.remaining), (vec!["3.fresh"], 0));
    // An earlier bound brings back what was too old.
    let found = maildir
        .next_batch(Role::Inbox, Timestamp::UNIX_EPOCH, &|name| name == "2.seen", 9)
        .unwrap();
    assert_eq!(names(&found), ["1.old"]);
}

#[test]
fn odd_files_are_passed_over_and_told_once() {
    let home = tree(&[""]);
    let mut maildir = open(&home);
    let cur = home.path().join("cur");
    fs::create_dir(cur.join("1.directory")).unwrap();
    std::os::unix::fs::symlink("2.loop", cur.join("2.loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", cur.join("3.dangling")).unwrap();
    std::os::unix::fs::symlink("..", home.path().join(".Loop")).unwrap();
    File::create(cur.join("4.huge")).unwrap().set_len(65 << 20).unwrap();
    put(cur.join(std::ffi::OsStr::from_bytes(b"5.\xff\xfe.host:2,S")), "odd", 0);
    put(cur.join(".hidden"), "hidden", 0);
    let first = batch(&mut maildir, 9);
    assert_eq!((first.deliveries.len(), first.remaining), (1, 0), "{first:?}");
    assert!(first.deliveries[0].0.starts_with("5."));
    assert_eq!(first.skipped.len(), 4, "{:?}", first.skipped);
    let second = batch(&mut maildir, 9);
    assert!(second.deliveries.is_empty() && second.skipped.is_empty(), "{second:?}");
    // What could not be read is tried again.
    fs::remove_file(cur.join("3.dangling")).unwrap();
    put(cur.join("3.dangling"), "back", 0);
    assert_eq!(names(&batch(&mut maildir, 9)), ["3.dangling"]);
}

#[test]
fn a_file_that_vanishes_is_seen_again_where_it_went() {
    let home = tree(&[""]);
    let mut maildir = open(&home);
    let (new, cur) = (home.path().join("new"), home.path().join("cur"));
    for number in 1..=4 {
        put(new.join(format!("{number}.m")), "m", 10 - number);
    }
    assert_eq!(names(&batch(&mut maildir, 1)), ["1.m"]);
    fs::rename(new.join("2.m"), cur.join("2.m:2,S")).unwrap();
    fs::remove_file(new.join("3.m")).unwrap();
    let mut rest = Vec::new();
    loop {
        let found = batch(&mut maildir, 1);
        assert!(found.skipped.is_empty());
        rest.extend(found.deliveries.into_iter().map(|(name, _)| name));
        if found.remaining == 0 {
            break;
        }
    }
    rest.sort();
    assert_eq!(rest, ["2.m", "4.m"]);
}

#[test]
fn a_large_attachment_is_left_out_and_what_follows_it_is_kept() {
    let home = tree(&[""]);
    let mut maildir = open(&home);
    let mut text =
        "Message-ID: <big@x>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\n"
            .to_owned();
    text += "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n";
    let line = "QUJD".repeat(19) + "\n";
    text += &line.repeat((50 << 20) / line.len());
    text += "--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--b--\n";
    fs::write(home.path().join("new/1.big"), &text).unwrap();
    let found = batch(&mut maildir, 1);
    let bytes = &found.deliveries[0].1.bytes;
    assert!(bytes.len() < 3 << 20, "{}", bytes.len());
    assert!(bytes.ends_with(b"\n--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--b--\n"));
    // One endless line cannot fill the memory either.
    fs::write(home.path().join("new/2.line"), "x ".repeat(25 << 20)).unwrap();
    assert!(batch(&mut maildir, 1).deliveries[0].1.bytes.len() < 17 << 20);
}

#[test]
fn further_folders_are_read_like_the_inbox() {
    let home = tree(&["", ".Jobs"]);
    let mut maildir = open(&home);
    put(home.path().join(".Jobs/new/1.job"), "job", 0);
    assert!(batch(&mut maildir, 9).deliveries.is_empty());
    maildir.read_also(&["INBOX".to_owned(), "Jobs".to_owned()]).unwrap();
    assert_eq!(names(&batch(&mut maildir, 9)), ["1.job"]);
    assert!(maildir.read_also(&["Missing".to_owned()]).is_err());
}

#[test]
fn a_draft_is_written_as_maildir_demands() {
    for (layout, drafts) in [
        (&[""][..], ".Drafts"),
        (&["INBOX", "Sent"], "Drafts"),
        (&["", ".Entw&APw-rfe"], ".Entw&APw-rfe"),
    ] {
        let home = tree(layout);
        let mut maildir = open(&home);
        let (validity, uid) = maildir.append(LETTER.as_bytes(), false).unwrap();
        maildir.append(LETTER.as_bytes(), true).unwrap();
        let folder = home.path().join(drafts);
        let found = files(folder.join("cur"));
        assert_eq!(found.len(), 2, "{found:?}");
        for name in &found {
            let (unique, info) = name.split_once(':').unwrap();
            assert!(matches!(info, "2,DS" | "2,DFS"), "{name}");
            let parts: Vec<_> = unique.splitn(3, '.').collect();
            assert!(parts[0].parse::<u64>().unwrap() > 1_700_000_000, "{name}");
            assert!(parts[1].starts_with(&format!("{}_", std::process::id())), "{name}");
            assert!(!parts[2].is_empty() && !unique.contains(['/', ',']), "{name}");
        }
        assert!(files(folder.join("tmp")).is_empty() && files(folder.join("new")).is_empty());
        assert_eq!(folder.join("maildirfolder").exists(), drafts == ".Drafts");
        // Lines end as on disk, sizes are told as on a server.
        assert_eq!(
            fs::read_to_string(folder.join("cur").join(&found[0])).unwrap(),
            LETTER.replace('\r', "")
        );
        let listed = maildir.list_drafts().unwrap();
        assert_eq!(validity, UID_VALIDITY);
        assert_eq!(listed.drafts.len(), 2);
        let ours = listed.drafts.iter().find(|draft| draft.uid == uid).unwrap();
        assert_eq!(ours.size, LETTER.len() as u64);
        assert_eq!(ours.message_id.as_deref(), Some("thanks.1@example.org"));
        assert_eq!(ours.flags, ["\\Draft", "\\Seen"]);
        assert!(ours.date.is_some());
    }
}

#[test]
fn a_configured_drafts_folder_is_made_under_its_own_name() {
    for (layout, made) in
        [(&["", ".Sent"][..], ".Work.Entw&APw-rfe"), (&["INBOX", "Sent"], "Work/Entw&APw-rfe")]
    {
        let home = tree(layout);
        let mut maildir = Maildir::open(home.path(), Some("Work/Entwürfe"), None).unwrap();
        assert!(maildir.list_drafts().unwrap().drafts.is_empty());
        maildir.append(LETTER.as_bytes(), false).unwrap();
        assert_eq!(files(home.path().join(made).join("cur")).len(), 1);
        let again = Maildir::open(home.path(), Some("Work/Entwürfe"), None).unwrap();
        assert_eq!(again.list_drafts().unwrap(), maildir.list_drafts().unwrap());
    }
}

#[test]
fn a_message_is_found_by_its_id_in_every_role() {
    let home = tree(&["", ".Drafts", ".Sent"]);
    let mut maildir = open(&home);
    let (_, uid) = maildir.append(LETTER.as_bytes(), false).unwrap();
    assert_eq!(maildir.find(Role::Drafts, "thanks.1@example.org").unwrap(), [uid]);
    assert!(maildir.find(Role::Sent, "thanks.1@example.org").unwrap().is_empty());
    assert!(maildir.find(Role::Trash, "thanks.1@example.org").unwrap().is_empty());
    fs::write(home.path().join(".Sent/cur/9.sent:2,S"), LETTER).unwrap();
    assert_eq!(maildir.find(Role::Sent, "thanks.1@example.org").unwrap().len(), 1);
    fs::remove_file(home.path().join(".Sent/cur/9.sent:2,S")).unwrap();
    assert!(maildir.find(Role::Sent, "thanks.1@example.org").unwrap().is_empty());
    // A look that failed is not an empty one.
    fs::remove_dir_all(home.path().join(".Sent")).unwrap();
    assert!(maildir.find(Role::Sent, "thanks.1@example.org").is_err());
}

fn saved(maildir: &mut Maildir, flagged: bool) -> Saved {
    let (uid_validity, uid) = maildir.append(LETTER.as_bytes(), flagged).unwrap();
    let message_id = "thanks.1@example.org".to_owned();
    Saved { message_id, uid_validity, uid, size: LETTER.len() as u64, flagged }
}

#[test]
fn an_untouched_draft_is_withdrawn_to_the_bin_or_removed() {
    for (layout, bin) in [(&["", ".Trash"][..], true), (&[""], false)] {
        let home = tree(layout);
        let mut maildir = open(&home);
        for flagged in [false, true] {
            let saved = saved(&mut maildir, flagged);
            // A sync program gave it a UID: that is no touch.
            let cur = home.path().join(".Drafts/cur");
            let name = files(cur.clone()).remove(0);
            fs::rename(cur.join(&name), cur.join(name.replace(':', ",U=12:"))).unwrap();
            assert_eq!(maildir.withdraw(&saved).unwrap(), Withdrawal::Withdrawn);
            assert!(files(cur).is_empty());
            assert_eq!(maildir.withdraw(&saved).unwrap(), Withdrawal::Gone);
        }
        if bin {
            let binned = files(home.path().join(".Trash/cur"));
            assert_eq!(binned.len(), 2);
            assert!(binned.iter().all(|name| !name.contains(",U=")), "{binned:?}");
        }
    }
}

#[test]
fn an_untouched_draft_is_starred_and_stays_the_same_message() {
    let home = tree(&["", ".Trash"]);
    let mut maildir = open(&home);
    let saved = saved(&mut maildir, false);
    assert_eq!(maildir.star(&saved).unwrap(), Outcome::Done);
    let draft = maildir.list_drafts().unwrap().drafts.remove(0);
    assert!(draft.has_flag("\\Flagged"));
    assert_eq!(draft.uid, saved.uid);
    assert_eq!(maildir.star(&saved).unwrap(), Outcome::Touched);
    let starred = Saved { flagged: true, ..saved };
    assert_eq!(maildir.withdraw(&starred).unwrap(), Withdrawal::Withdrawn);
    assert_eq!(maildir.star(&starred).unwrap(), Outcome::Gone);
}

#[test]
fn a_touched_draft_stays() {
    let touches: [fn(&Path); 4] = [
        |path| {
            let name = path.to_str().unwrap().replace(":2,DS", ":2,DFS");
            fs::rename(path, name).unwrap();
        },
        |path| fs::rename(path, path.to_str().unwrap().replace(":2,DS", ":2,DRS")).unwrap(),
        |path| fs::write(path, LETTER.replace("thank you.", "thank you!!")).unwrap(),
        |path| fs::write(path, LETTER.replace("thanks.1", "thanks.2")).unwrap(),
    ];
    for touch in touches {
        let home = tree(&["", ".Trash"]);
        let mut maildir = open(&home);
        let saved = saved(&mut maildir, false);
        let cur = home.path().join(".Drafts/cur");
        touch(&cur.join(files(cur.clone()).remove(0)));
        assert!(matches!(maildir.withdraw(&saved).unwrap(), Withdrawal::Touched(_)));
        assert_eq!(files(cur).len(), 1);
        assert!(files(home.path().join(".Trash/cur")).is_empty());
    }
}

#[test]
fn no_draft_is_missed_while_flags_change() {
    let home = tree(&["", ".Drafts"]);
    let cur = home.path().join(".Drafts/cur");
    for number in 0..300 {
        put(cur.join(format!("{number}.draft:2,DS")), "draft", 0);
    }
    let maildir = open(&home);
    let stop = Arc::new(AtomicBool::new(false));
    let (flag, folder) = (Arc::clone(&stop), cur.clone());
    let other = std::thread::spawn(move || {
        for round in 0_u32.. {
            if flag.load(Ordering::Relaxed) {
                break;
            }
            let number = round / 2 * 7 % 300;
            let names = [format!("{number}.draft:2,DS"), format!("{number}.draft:2,DFS")];
            let (from, to) = if round % 2 == 0 { (0, 1) } else { (1, 0) };
            fs::rename(folder.join(&names[from]), folder.join(&names[to])).unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    for _ in 0..40 {
        match maildir.list_drafts() {
            Ok(listed) => assert_eq!(listed.drafts.len(), 300),
            Err(error) => assert!(matches!(error, Error::Unsettled { .. }), "{error}"),
        }
    }
    stop.store(true, Ordering::Relaxed);
    other.join().unwrap();
}

#[tokio::test]
async fn a_delivery_ends_the_wait() {
    let home = tree(&["", ".Drafts"]);
    let mut maildir = open(&home);
    assert!(batch(&mut maildir, 9).deliveries.is_empty());
    assert!(!maildir.wait(Duration::from_millis(50)).await.unwrap());
    let root = home.path().to_path_buf();
    let delivery = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(100));
        Maildir::deliver(&root, LETTER.as_bytes()).unwrap()
    });
    let waited =
        tokio::time::timeout(Duration::from_secs(5), maildir.wait(Duration::from_mins(1))).await;
    assert!(waited.expect("woken at once").unwrap());
    let name = delivery.await.unwrap();
    assert_eq!(names(&batch(&mut maildir, 9)), [name]);
}

#[tokio::test]
async fn what_comes_between_the_listing_and_the_wait_is_not_missed() {
    let home = tree(&[""]);
    let mut maildir = open(&home);
    assert!(batch(&mut maildir, 9).deliveries.is_empty());
    Maildir::deliver(home.path(), LETTER.as_bytes()).unwrap();
    let waited =
        tokio::time::timeout(Duration::from_secs(5), maildir.wait(Duration::from_mins(1))).await;
    assert!(waited.expect("woken at once").unwrap());
    assert_eq!(batch(&mut maildir, 9).deliveries.len(), 1);
    // A draft that is removed by its owner wakes too, in a folder that was made later.
    maildir.append(LETTER.as_bytes(), false).unwrap();
    while maildir.wait(Duration::from_millis(50)).await.unwrap() {}
    let cur = home.path().join(".Drafts/cur");
    fs::remove_file(cur.join(files(cur.clone()).remove(0))).unwrap();
    let waited =
        tokio::time::timeout(Duration::from_secs(5), maildir.wait(Duration::from_mins(1))).await;
    assert!(waited.expect("woken at once").unwrap());
}

#[test]
fn an_account_can_be_made() {
    let home = TempDir::new().unwrap();
    let root = home.path().join("demo/Mail");
    Maildir::create(&root).unwrap();
    Maildir::deliver(&root, LETTER.as_bytes()).unwrap();
    let mut maildir = Maildir::open(&root, None, None).unwrap();
    assert_eq!(batch(&mut maildir, 9).deliveries.len(), 1);
}
