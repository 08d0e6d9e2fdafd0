//! The tree of parts: calendars in every alternative, messages in messages, cards, and what is damaged.

use super::{owner, read};
use afterword::address::EmailAddress;
use afterword::message::{MAX_FORWARDED, MAX_PART, Message};

const EVENT: &str =
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDTSTART:20260305T193000Z\nEND:VEVENT\nEND:VCALENDAR\n";

#[test]
fn calendars_in_nested_alternatives() {
    let message = read(&format!(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b2\n\n--b2\n\nplain\n--b2\nContent-Type: text/html\n\n<p>plain</p>\n--b2\nContent-Type: text/calendar; method=REQUEST\n\n{EVENT}\n--b2--\n--b\nContent-Type: text/plain\n\nfooter\n--b--\nepilogue\n"
    ));
    assert_eq!(message.calendars.len(), 1);
    assert_eq!(message.text.new, "plain\n\nfooter");
    assert_eq!(message.problems, Vec::<String>::new());
}

#[test]
fn boundaries_that_begin_alike() {
    let message = read(
        "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\none\n--bb\n\ntwo\n--bb--\n--b\n\nthree --b\n--b--\n",
    );
    assert_eq!(message.text.new, "one\n\ntwo\n\nthree --b");
}

#[test]
fn messages_inside_keep_their_calendars() {
    let message = read(&format!(
        "Subject: outer\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\nContent-Type: message/rfc822\n\nSubject: inner\nFrom: a@x.example\nContent-Type: text/calendar\n\n{EVENT}\n--b--\n"
    ));
    assert_eq!((message.subject.as_str(), message.text.new.as_str()), ("outer", "see below"));
    assert!(message.calendars.is_empty());
    assert_eq!(message.forwarded.len(), 1);
    assert_eq!(message.forwarded[0].subject, "inner");
    assert_eq!(message.forwarded[0].calendars.len(), 1);
}

#[test]
fn messages_inside_have_a_limit() {
    let part = "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nx\n";
    let message =
        read(&format!("Content-Type: multipart/mixed; boundary=b\n\n{}--b--\n", part.repeat(20)));
    assert_eq!(message.forwarded.len(), MAX_FORWARDED);
    assert_eq!(message.problems.len(), 1, "{:?}", message.problems);
}

#[test]
fn cards() {
    let message = read(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: application/octet-stream; name=jane.vcf\n\nBEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane\nFN:Jane Doe\nORG:Acme\\, Inc.;Platform\nTITLE:CTO\nitem1.EMAIL;TYPE=INTERNET:jane@acme.example\nEMAIL;WORK:j@acme.example\nTEL;CELL:+1 555 0100\nEND:VCARD\n--b--\n",
    );
    let card = &message.cards[0];
    assert_eq!(card.name.as_deref(), Some("Jane Doe"));
    assert_eq!(card.organization.as_deref(), Some("Acme, Inc."));
    assert_eq!(card.title.as_deref(), Some("CTO"));
    assert_eq!(
        card.addresses.iter().map(EmailAddress::as_str).collect::<Vec<_>>(),
        ["jane@acme.example", "j@acme.example"]
    );
    assert_eq!(card.phones, ["+1 555 0100"]);
    assert_eq!(message.text.new, "hi");
}

#[test]
fn damaged_structure_keeps_its_text() {
    let new = |mail: &str| read(mail).text.new;
    // No end, no delimiter, no boundary, no blank line after the header.
    assert_eq!(
        new("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo"),
        "one\n\ntwo"
    );
    assert_eq!(new("Content-Type: multipart/mixed; boundary=b\n\nonly text"), "only text");
    assert_eq!(new("Content-Type: multipart/mixed\n\nonly text"), "only text");
    assert_eq!(
        new("Subject: x\nHello there, no blank line\nmore"),
        "Hello there, no blank line\nmore"
    );
    assert_eq!(new("From jane Thu Mar  5 19:30:00 2026\nSubject: x\n\nbody"), "body");
    assert_eq!(new("\n\nSubject: x\n\nbody"), "body");
    assert_eq!(
        Message::parse(b"Subject: x\nContent-Type: text/plain\n\nLF only", &owner()).text.new,
        "LF only"
    );
}

#[test]
fn a_bare_calendar_is_read_as_one() {
    assert!(Message::is_calendar(b"\xef\xbb\xbf\r\n begin:vcalendar\r\n"));
    assert!(!Message::is_calendar(b"Subject: BEGIN:VCALENDAR"));
    let message = Message::parse(EVENT.as_bytes(), &owner());
    assert_eq!(message, Message::from_calendar(EVENT.as_bytes(), &owner()));
    assert_eq!(message.calendars.len(), 1);
}

#[test]
fn what_is_too_large_is_passed_over_with_a_note() {
    let long = format!("DESCRIPTION:{}", "x".repeat(MAX_PART));
    let message = super::calendar(&format!("BEGIN:VEVENT\n{long}\nEND:VEVENT"));
    assert!(message.calendars.is_empty());
    assert_eq!(message.problems.len(), 1);
    let message = read(&format!("Subject: x\n\n{}", "word ".repeat(MAX_PART / 2)));
    assert!(message.text.new.len() <= MAX_PART);
    assert_eq!(message.problems, ["a long text was cut"]);
}
