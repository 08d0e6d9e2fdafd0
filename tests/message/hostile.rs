//! Mail that was damaged, or written to do harm: nothing panics, everything has a limit.

use super::corpus::messages;
use super::{calendar, owner, read};
use afterword::message::{MAX_EVENTS, MAX_FORWARDED, Message};

/// Whatever was read keeps what the rest of the program relies on.
fn check(bytes: &[u8]) -> Message {
    let message = Message::parse(bytes, &owner());
    invariants(&message);
    message
}

/// No control characters in what goes on one line, and no more of anything than its limit.
pub(super) fn invariants(message: &Message) {
    let people = message.to.iter().chain(&message.cc).chain(&message.from).chain(&message.reply_to);
    let names = people.filter_map(|p| p.name.as_deref());
    let ids = message.message_id.iter().chain(&message.references).map(String::as_str);
    let events = || message.calendars.iter().flat_map(|c| &c.events);
    let attendees = events()
        .flat_map(|e| e.attendees.iter().chain(&e.organizer))
        .filter_map(|a| a.name.as_deref());
    for line in names.chain(ids).chain([message.subject.as_str()]).chain(attendees) {
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    assert!(message.references.len() <= 100);
    assert!(events().count() <= MAX_EVENTS);
    assert!(message.forwarded.len() <= MAX_FORWARDED);
    assert!(message.problems.len() <= 50);
}

#[test]
fn truncated_anywhere() {
    for (_, bytes, _) in messages().into_iter().step_by(6) {
        for end in (0..bytes.len()).step_by(23) {
            check(&bytes[..end]);
        }
    }
}

#[test]
fn nested_multiparts() {
    let level = |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
    let mail: String = (0..10_000).map(level).collect();
    let message = check(mail.as_bytes());
    assert_eq!(message.problems, ["multiparts nested too deep were passed over"]);
}

#[test]
fn nested_messages() {
    let mail = "Content-Type: message/rfc822\n\n".repeat(50_000);
    let mut message = &check(mail.as_bytes());
    let mut depth = 0;
    while let Some(inner) = message.forwarded.first() {
        (message, depth) = (inner, depth + 1);
    }
    assert!(depth <= MAX_FORWARDED);
    assert_eq!(message.problems.len(), 1);
}

#[test]
fn many_parts() {
    let mail =
        format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(100_000));
    assert!(check(mail.as_bytes()).problems.iter().any(|p| p.contains("more parts")));
}

#[test]
fn crowds() {
    let people: Vec<String> =
        (0..50_000).map(|n| format!("ATTENDEE:mailto:a{n}@x.example")).collect();
    let people = people.join("\n");
    let message = calendar(&format!(
        "BEGIN:VEVENT\nUID:u\nDTSTART:20260305T193000Z\n{}\nEND:VEVENT",
        &people[..900_000]
    ));
    assert!(message.calendars[0].events[0].attendees.len() <= 500);
    let to: Vec<String> = (0..50_000).map(|n| format!("a{n}@x.example")).collect();
    let to = format!("To: {}", to.join(",\n "));
    assert!(check(format!("{to}\n\nx").as_bytes()).to.len() <= 1_000);
}

#[test]
fn long_lines() {
    let line = "x".repeat(5 << 20);
    for head in [
        "Subject: ",
        "",
        "Content-Type: text/html\n\n<p>",
        "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nSUMMARY:",
    ] {
        check(format!("{head}{line}").as_bytes());
    }
    check("=?utf-8?Q?".repeat(100_000).as_bytes());
    check(format!("Subject: {}\n\nx", "=?utf-8?Q?a?= ".repeat(15_000)).as_bytes());
    check(format!("From: {}\n\nx", "(".repeat(200_000)).as_bytes());
    check(format!("From: {}\n\nx", "\"a\" <".repeat(40_000)).as_bytes());
}

#[test]
fn deep_html() {
    for tag in [
        "<div>",
        "<b id=x>",
        "<table><tr><td>",
        "<blockquote>",
        "<ul><li>",
        "<a href=x>",
        "<svg><td>",
        "<p>",
        "<font>",
        "</x><i>",
    ] {
        let message = read(&format!("Content-Type: text/html\n\nstart {}end", tag.repeat(20_000)));
        assert!(
            message.text.new.contains("start") || message.text.quoted.contains("start"),
            "{tag}"
        );
    }
    let unclosed = format!("Content-Type: text/html\n\n{}", "<".repeat(500_000));
    read(&unclosed);
    read(&format!("Content-Type: text/html\n\n{}", "<td".repeat(100_000)));
    let attributes: Vec<String> = (0..50_000).map(|n| format!("a{n}=b")).collect();
    read(&format!("Content-Type: text/html\n\n<p {}>x", attributes.join(" ")));
    let quotations = "<blockquote>".repeat(100);
    read(&format!("Content-Type: text/html\n\n{quotations}{}", "<br>a".repeat(50_000)));
    let layout = "<table><tr><td>x</td><td>".repeat(70);
    read(&format!("Content-Type: text/html\n\n{layout}{}", "word ".repeat(100_000)));
    read(&format!("Content-Type: text/html\n\n{}", "&amp".repeat(100_000)));
}

#[test]
fn absurd_calendars() {
    calendar(&"BEGIN:VEVENT\n".repeat(50_000));
    calendar(&"BEGIN:X\n".repeat(50_000));
    calendar(&"END:VEVENT\n".repeat(50_000));
    calendar(&format!(
        "BEGIN:VEVENT\nDTSTART{}:20260305T193000Z\nEND:VEVENT",
        ";X=\"".repeat(50_000)
    ));
    let observance = "BEGIN:STANDARD\nDTSTART:00010101T000000\nTZOFFSETFROM:+2359\nTZOFFSETTO:-2359\nRRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;INTERVAL=32767;COUNT=32767\nEND:STANDARD\n";
    let events = "BEGIN:VEVENT\nUID:u\nDTSTART;TZID=X:99991231T235959\nDTEND;TZID=X:99991231T235959\nDURATION:P1D\nEND:VEVENT\n";
    for year in ["00010101", "99991231", "20260305"] {
        let events = events.replace("99991231", year).repeat(50);
        calendar(&format!(
            "BEGIN:VTIMEZONE\nTZID:X\n{}END:VTIMEZONE\n{events}",
            observance.repeat(300)
        ));
    }
}
