//! Header fields.

use super::with_header;
use afterword::address::{EmailAddress, Person};

/// A person as text: `name <address>`.
fn shown(person: &Person) -> String {
    let address = person.address.as_ref().map_or("-", EmailAddress::as_str);
    format!("{} <{address}>", person.name.as_deref().unwrap_or("-"))
}

/// How a From field is read.
fn check(field: &str, person: &str) {
    let message = with_header(&format!("From: {field}"));
    assert_eq!(message.from.as_ref().map(shown).as_deref(), Some(person), "{field}");
}

#[test]
fn people() {
    check("Jane Doe <jane@acme.example>", "Jane Doe <jane@acme.example>");
    check("\"Doe, Jane\" <jane@acme.example>", "Doe, Jane <jane@acme.example>");
    check("Doe, Jane <jane@acme.example>", "Doe, Jane <jane@acme.example>");
    check("jane@acme.example", "- <jane@acme.example>");
    check("<jane@acme.example>", "- <jane@acme.example>");
    check("\"\" <jane@acme.example>", "- <jane@acme.example>");
    check("\"jane@acme.example\" <jane@acme.example>", "- <jane@acme.example>");
    check("'Jane Doe' <jane@acme.example>", "Jane Doe <jane@acme.example>");
    check("=?utf-8?Q?Jos=C3=A9?= <j@acme.example>", "José <j@acme.example>");
    check("\"=?utf-8?B?Sm9zw6k=?=\" <j@acme.example>", "José <j@acme.example>");
    check("=?iso-2022-jp?B?GyRCTmtMWhsoQg==?= <s@acme.example>", "鈴木 <s@acme.example>");
    check(
        "=?utf-8?Q?Jane=0D=0ABcc:_x@y.example?= <j@acme.example>",
        "Jane Bcc: x@y.example <j@acme.example>",
    );
    check("Jane <not an address>", "Jane <->");
}

#[test]
fn bytes_that_are_no_utf8() {
    let mail = b"From: Ren\xe9 <r@acme.example>\r\nSubject: Caf\xe9\r\n\r\nx";
    let message = afterword::message::Message::parse(mail, &super::owner());
    assert_eq!(message.from.as_ref().map(shown).as_deref(), Some("René <r@acme.example>"));
    assert_eq!(message.subject, "Café");
}

#[test]
fn lists_of_people() {
    let message = with_header(
        "To: Ann <a@x.example>, b@x.example,\n \"C, D\" <c@x.example>\nCc: Panel: e@x.example, f@x.example;\nReply-To: r@x.example\nBcc: z@x.example\nSender: s@x.example\nFrom: a@x.example",
    );
    let all = |people: &[Person]| people.iter().map(shown).collect::<Vec<_>>();
    assert_eq!(all(&message.to), ["Ann <a@x.example>", "- <b@x.example>", "C, D <c@x.example>"]);
    assert_eq!(all(&message.cc), ["- <e@x.example>", "- <f@x.example>"]);
    assert_eq!(all(&message.reply_to), ["- <r@x.example>"]);
    assert_eq!(all(&message.bcc), ["- <z@x.example>"]);
    assert_eq!(message.sender.as_ref().map(shown).as_deref(), Some("- <s@x.example>"));
    assert_eq!(with_header("From: A <a@x.example>\nSender: B <A@x.example>").sender, None);
}

#[test]
fn ids() {
    let message =
        with_header("Message-ID: <a@x>\nIn-Reply-To: <b@x>\nReferences: <c@x> <b@x>\n <d@x>");
    assert_eq!(message.message_id.as_deref(), Some("a@x"));
    assert_eq!(message.references, ["c@x", "b@x", "d@x"], "from the beginning of the thread");
    assert_eq!(with_header("Message-ID: a@x").message_id.as_deref(), Some("a@x"));
    assert_eq!(with_header("Message-ID:\n <folded\n @x>").message_id.as_deref(), Some("folded@x"));
    assert_eq!(with_header("Message-ID: <a\u{1}b@x>").message_id.as_deref(), Some("ab@x"));
    assert_eq!(with_header("Message-ID: <>").message_id, None);
    let many: Vec<String> = (0..5000).map(|n| format!("<{n}@x>")).collect();
    let message = with_header(&format!("References: {}\n <last@x>", many.join("\n ")));
    assert_eq!(message.references.len(), 100);
    assert_eq!(message.references.last().map(String::as_str), Some("last@x"));
}

#[test]
fn dates() {
    let date = |field: &str| {
        let message = with_header(&format!("Date: {field}"));
        (
            message.date.map(|t| t.to_string()).unwrap_or_default(),
            message.date_offset.map(jiff::tz::Offset::seconds),
        )
    };
    let at = "2026-03-05T19:30:00Z".to_owned();
    assert_eq!(date("Thu, 5 Mar 2026 14:30:00 -0500"), (at.clone(), Some(-18_000)));
    assert_eq!(date("5 Mar 2026 19:30:00 +0000"), (at.clone(), Some(0)));
    assert_eq!(date("Thu, 5 Mar 2026 19:30:00 -0000"), (at.clone(), None));
    assert_eq!(date("Thu, 5 Mar 2026 14:30:00 EST"), (at, Some(-18_000)));
    assert_eq!(date("Thu, 99 Mar 2026 14:30:00 -0500"), (String::new(), None));
    assert_eq!(date("yesterday"), (String::new(), None));
}

#[test]
fn the_newest_received() {
    let message = with_header(
        "Received: from a by b; Thu, 5 Mar 2026 19:30:05 +0000\nReceived: from c by d;\n Thu, 5 Mar 2026 20:30:01 +0100\nReceived: nonsense",
    );
    assert_eq!(message.received.map(|t| t.to_string()).as_deref(), Some("2026-03-05T19:30:05Z"));
}

#[test]
fn marks_of_machines() {
    let auto = |field: &str| with_header(field).auto_submitted;
    assert_eq!(
        auto("Auto-Submitted: Auto-Replied; owner-email=\"x\"").as_deref(),
        Some("auto-replied")
    );
    assert_eq!(auto("Auto-Submitted: no"), None);
    assert_eq!(auto("Subject: x"), None);
    assert!(with_header("List-Unsubscribe: <https://x.example/u>").bulk);
    assert!(with_header("List-Id: Jobs <jobs.x.example>").bulk);
    assert!(with_header("Precedence: BULK").bulk);
    assert!(!with_header("Precedence: normal").bulk);
    let message = with_header(
        "Delivered-To: a@x.example\nX-Original-To: A@x.example\nEnvelope-To: b@x.example",
    );
    assert_eq!(
        message.delivered_to.iter().map(EmailAddress::as_str).collect::<Vec<_>>(),
        ["a@x.example", "b@x.example"]
    );
}

#[test]
fn subjects() {
    let subject = |field: &str| with_header(&format!("Subject: {field}")).subject;
    assert_eq!(subject("=?utf-8?B?w6k=?=\n =?utf-8?B?w6k=?= x"), "éé x");
    assert_eq!(subject("At 2:30\u{202f}pm\n  today"), "At 2:30 pm today");
    assert_eq!(subject("=?utf-8?Q?a=0D=0ABcc:_b?="), "a Bcc: b");
    assert_eq!(subject("=?utf-8?Q?broken"), "=?utf-8?Q?broken");
}
