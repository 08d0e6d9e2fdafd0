//! Reading: batches, positions, what is fetched and what is not, and that nothing is changed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use afterword::folder::{Position, Role};
use afterword::imap::{Connection, Filter, Reading};

use super::{contains, inbox, mail, open, run};
use crate::dovecot::{Dovecot, Variant};

/// Everything in a folder, batch after batch.
async fn all(connection: &mut Connection, mut reading: Reading) -> (Vec<(u32, Vec<u8>)>, Position) {
    let mut found = Vec::new();
    loop {
        let batch = connection.next_batch(&inbox(), &reading).await.unwrap();
        assert!(batch.skipped.is_empty(), "{:?}", batch.skipped);
        assert!(batch.deliveries.len() <= 50);
        found.extend(batch.deliveries.into_iter().map(|(uid, delivery)| (uid, delivery.bytes)));
        reading.from = Some(batch.position);
        if batch.remaining == 0 {
            return (found, batch.position);
        }
    }
}

fn from_start() -> Reading {
    Reading::new(Role::Inbox, None, None)
}

#[test]
fn many_messages_come_in_batches_that_resume_by_position() {
    let server = Dovecot::start(Variant::Plain);
    for n in 0..120 {
        server.deliver("alex", &mail(&format!("m{n}")));
    }
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let first = connection.next_batch(&inbox(), &from_start()).await.unwrap();
        assert_eq!((first.total, first.deliveries.len(), first.remaining), (120, 50, 70));
        // Another connection goes on where this one ended.
        let mut connection = open(&server.endpoint("alex")).await;
        let rest = Reading::new(Role::Inbox, Some(first.position), None);
        let (found, position) = all(&mut connection, rest).await;
        assert_eq!(found.len(), 70);
        let uids: BTreeSet<u32> = first
            .deliveries
            .iter()
            .map(|(uid, _)| *uid)
            .chain(found.iter().map(|(uid, _)| *uid))
            .collect();
        assert_eq!(uids.len(), 120);
        assert_eq!(found[0].1, mail("m50"));
        // Nothing new: `n:*` names the last message all the same.
        let (none, same) =
            all(&mut connection, Reading::new(Role::Inbox, Some(position), None)).await;
        assert_eq!((none.len(), same), (0, position));
        server.deliver("alex", &mail("late"));
        let (new, _) = all(&mut connection, Reading::new(Role::Inbox, Some(position), None)).await;
        assert_eq!(new.len(), 1);
        assert!(contains(&new[0].1, "hello late"));
    });
    for file in server.files("alex", "") {
        assert!(!file.to_string_lossy().ends_with('S'), "{}", file.display());
    }
}

#[test]
fn another_uidvalidity_starts_anew_and_old_mail_is_left_out() {
    let server = Dovecot::start(Variant::Plain);
    server.deliver("alex", &mail("one"));
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let (_, position) = all(&mut connection, from_start()).await;
        let stale = Position { uid_validity: position.uid_validity ^ 1, uid_next: 900 };
        let (found, _) = all(&mut connection, Reading::new(Role::Inbox, Some(stale), None)).await;
        assert_eq!(found.len(), 1);
        let tomorrow = jiff::Timestamp::now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date()
            .saturating_add(jiff::Span::new().days(3));
        let (found, _) =
            all(&mut connection, Reading::new(Role::Inbox, None, Some(tomorrow))).await;
        assert_eq!(found.len(), 0);
    });
}

/// A message with text, a PDF, a calendar that says it is something else, and a forwarded message.
fn mixed(pdf_bytes: usize) -> Vec<u8> {
    let line = format!("{}\r\n", "JVBERi0x".repeat(9));
    let pdf = line.repeat(pdf_bytes / line.len() + 1);
    format!(
        "From: a@b.example\r\nSubject: all\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n\
         --x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n\
         --y\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=A9\r\n\
         --y\r\nContent-Type: text/html\r\n\r\n<p>caf&eacute;</p>\r\n--y--\r\n\
         --x\r\nContent-Type: application/pdf; name=cv.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{pdf}\r\n\
         --x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         QkVHSU46VkNBTEVOREFSDQpWRVJTSU9OOjIuMA0KRU5EOlZDQUxFTkRBUg0K\r\n\
         --x\r\nContent-Type: application/octet-stream\r\n\r\nnothing in here\r\n\
         --x\r\nContent-Type: message/rfc822\r\n\r\nFrom: inner@b.example\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n\
         --z\r\n\r\ninner text\r\n--z\r\nContent-Type: image/png\r\n\r\ninner picture\r\n--z--\r\n\
         --x--\r\n"
    )
    .into_bytes()
}

#[test]
fn a_large_message_costs_only_its_text() {
    let server = Dovecot::start(Variant::Plain);
    server.deliver("alex", &mixed(50 << 20));
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let (found, _) = all(&mut connection, from_start()).await;
        let [(_, bytes)] = &found[..] else { panic!("{}", found.len()) };
        assert!(bytes.len() < 4000, "{}", bytes.len());
        for wanted in [
            "caf=C3=A9",
            "<p>caf&eacute;</p>",
            "QkVHSU46VkNBTEVOREFS",
            "From: inner@b.example",
            "inner text",
            "quoted-printable",
        ] {
            assert!(contains(bytes, wanted), "{wanted}:\n{}", String::from_utf8_lossy(bytes));
        }
        for unwanted in ["JVBERi0x", "nothing in here", "inner picture", "preamble"] {
            assert!(!contains(bytes, unwanted), "{unwanted}");
        }
        connection.logout().await.unwrap();
    });
    // The server's own count: what it sent in the whole connection.
    let sent = |log: &str| {
        log.lines().rev().find_map(|line| line.split("out=").nth(1)?.trim().parse::<u64>().ok())
    };
    let end = Instant::now() + Duration::from_secs(5);
    while sent(&server.log()).is_none() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    let log = server.log();
    assert!(sent(&log).is_some_and(|sent| sent < 20_000), "{log}");
}

#[test]
fn long_texts_are_cut_and_giant_calendars_left_out() {
    let server = Dovecot::start(Variant::Plain);
    let text = "words and words\r\n".repeat(5 << 16);
    let calendar = "X-FILL:0123456789\r\n".repeat(5 << 16);
    let message = format!(
        "Subject: big\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n{text}\r\n\
         --x\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n{calendar}END:VCALENDAR\r\n--x--\r\n"
    );
    server.deliver("alex", message.as_bytes());
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let batch = connection.next_batch(&inbox(), &from_start()).await.unwrap();
        let bytes = &batch.deliveries[0].1.bytes;
        assert!(bytes.len() < (1 << 20) + 1000 && bytes.len() > 1 << 19);
        assert!(!contains(bytes, "X-FILL"));
        assert_eq!(batch.notes.len(), 2, "{:?}", batch.notes);
    });
}

#[test]
fn of_the_bin_only_calendars_are_read() {
    let server = Dovecot::start(Variant::Plain);
    server.deliver("alex", &mail("plain"));
    server.deliver("alex", &mixed(100));
    server.deliver(
        "alex",
        b"Subject: c\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    );
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let mut reading = from_start();
        reading.filter = Filter::CalendarOnly;
        let (found, _) = all(&mut connection, reading).await;
        assert_eq!(found.iter().map(|(uid, _)| *uid).collect::<Vec<_>>(), [2, 3]);
    });
}

#[test]
fn broken_messages_are_read_as_well_as_possible() {
    let server = Dovecot::start(Variant::Plain);
    let deep = |n: usize| {
        let mut open = String::new();
        for i in 0..n {
            write!(open, "Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n").unwrap();
        }
        format!("Subject: deep\r\n{open}\r\nend").into_bytes()
    };
    let broken: [&[u8]; 7] = [
        b"",
        b"no header at all",
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\nnot there",
        b"Subject: \xff\xfe\r\nContent-Type: text/plain; name=\"\xe9\x00.ics\"\r\n\r\nx",
        b"Message-ID: <a\r\n b@c>\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner",
        b"Subject: bare\nContent-Type: text/plain\n\nlines\n",
        &deep(300),
    ];
    for message in broken {
        server.deliver("alex", message);
    }
    server.deliver("alex", &mail("after"));
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let (found, _) = all(&mut connection, from_start()).await;
        assert!(contains(&found.last().unwrap().1, "hello after"));
        assert_eq!(found.len(), 8, "{:?}", found.iter().map(|(uid, _)| uid).collect::<Vec<_>>());
        assert!(contains(&found[4].1, "inner"));
    });
}

#[test]
fn reading_leaves_the_files_as_they_are() {
    let server = Dovecot::start(Variant::Plain);
    let file = server.deliver_to("alex", "", "F", &mixed(100));
    let before = fs::read(&file).unwrap();
    run(async { all(&mut open(&server.endpoint("alex")).await, from_start()).await });
    let files = server.files("alex", "");
    assert_eq!(files.len(), 1);
    assert!(files[0].to_string_lossy().ends_with(":2,F"), "{files:?}");
    assert_eq!(fs::read(&files[0]).unwrap(), before);
}
