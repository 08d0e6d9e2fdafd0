//! Calendar objects: syntax, times, people.

use super::{calendar, event, owner, read, shown};
use afterword::address::EmailAddress;
use afterword::message::{MAX_EVENTS, Message};

/// What an event's lines give as start and end.
fn check(lines: &str, start: &str, end: &str) {
    let event = event(lines);
    assert_eq!((shown(event.start).as_str(), shown(event.end).as_str()), (start, end), "{lines}");
}

#[test]
fn starts_and_ends() {
    let utc = "2026-03-05T19:30:00Z";
    check("DTSTART:20260305T193000Z\nDTEND:20260305T201500Z", utc, "2026-03-05T20:15:00Z");
    check("DTSTART:20260305T193000Z\nDURATION:PT45M", utc, "2026-03-05T20:15:00Z");
    check("DTSTART:20260305T193000Z\nDURATION:P1DT1H", utc, "2026-03-06T20:30:00Z");
    check("DTSTART:20260305T193000Z\nDURATION:P1W", utc, "2026-03-12T19:30:00Z");
    check("DTSTART:20260305T193000Z", utc, "-");
    check("DTSTART:20260305T193000Z\nDTEND:20260305T193000Z", utc, "-");
    check("DTSTART:20260305T193000Z\nDTEND:20260305T180000Z", utc, "-");
    check("DTSTART:20260305T193000Z\nDURATION:-PT45M", utc, "-");
    check("DTSTART:20260305T193000Z\nDURATION:P99999999999999999D", utc, "-");
    check("DTSTART:20260305T193000Z\nDURATION:PT999999999H", utc, "-");
    check("DTSTART:20260305T193000Z\nDTEND:29990101T000000Z", utc, "-");
    check("DTSTART:2026-03-05T19:30:00Z", utc, "-");
    check("DTSTART:2026-03-05T20:30:00+01:00", utc, "-");
    check("DTSTART:20260305T1930Z", utc, "-");
    check("DTSTART:20260305T193060Z", "2026-03-05T19:30:59Z", "-");
    check("DTSTART:20260305T240000Z", "2026-03-06T00:00:00Z", "-");
    check("DTSTART:20260231T100000Z", "-", "-");
    check("DTSTART:tomorrow", "-", "-");
    check("SUMMARY:no start", "-", "-");
}

#[test]
fn days() {
    check("DTSTART;VALUE=DATE:20260416\nDTEND;VALUE=DATE:20260417", "2026-04-16", "2026-04-17");
    check("DTSTART;TZID=Europe/Berlin;VALUE=DATE:20260416", "2026-04-16", "-");
    check("DTSTART:20260416\nDURATION:P2D", "2026-04-16", "2026-04-18");
    check("DTSTART;VALUE=DATE:20260416\nDURATION:PT24H", "2026-04-16", "2026-04-17");
    check("DTSTART;VALUE=DATE:20260416\nDTEND;VALUE=DATE:20260416", "2026-04-16", "-");
    assert!(!event("DTSTART;VALUE=DATE:20260416").floating);
}

#[test]
fn floating_times_are_the_owners() {
    let event = event("DTSTART:20260723T113000\nDTEND:20260723T123000");
    assert_eq!(shown(event.start), "2026-07-23T15:30:00Z");
    assert_eq!(shown(event.end), "2026-07-23T16:30:00Z");
    assert!(event.floating && event.tzid.is_none());
}

#[test]
fn a_floating_end_is_in_the_zone_of_the_start() {
    check(
        "DTSTART;TZID=Europe/Paris:20260605T103000\nDTEND:20260605T113000",
        "2026-06-05T08:30:00Z",
        "2026-06-05T09:30:00Z",
    );
}

#[test]
fn days_of_a_duration_are_days_of_the_calendar() {
    // The clock goes forward on 8 March 2026 in New York: a day later is 23 hours later, 24 hours later are not.
    check(
        "DTSTART;TZID=America/New_York:20260307T120000\nDURATION:P1D",
        "2026-03-07T17:00:00Z",
        "2026-03-08T16:00:00Z",
    );
    check(
        "DTSTART;TZID=America/New_York:20260307T120000\nDURATION:PT24H",
        "2026-03-07T17:00:00Z",
        "2026-03-08T17:00:00Z",
    );
}

/// Both ways of ending lines and of folding give the same summary.
fn check_folding(object: &[u8]) {
    let message = Message::from_calendar(object, &owner());
    let event = &message.calendars[0].events[0];
    assert_eq!(event.summary, "Café à Lévêque", "{:?}", String::from_utf8_lossy(object));
    assert_eq!(shown(event.start), "2026-03-05T19:30:00Z");
}

#[test]
fn folding() {
    let lines = b"BEGIN:VCALENDAR|BEGIN:VEVENT|DTSTART| :20260305T193000Z|SUMMARY:Caf\xc3| \xa9 \xc3\xa0 L\xc3\xa9v|\t\xc3\xaaque|END:VEVENT|END:VCALENDAR|";
    for end in ["\r\n", "\n", "\r\r\n", "\r"] {
        let object: Vec<u8> = lines
            .iter()
            .flat_map(|&b| if b == b'|' { end.as_bytes().to_vec() } else { vec![b] })
            .collect();
        check_folding(&object);
        check_folding(&[b"\xef\xbb\xbf \r\n".as_slice(), &object].concat());
    }
}

#[test]
fn character_sets() {
    let object = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260305T193000Z\nSUMMARY:Caf\xe9 \xe0 L\xe9v\xeaque\nEND:VEVENT\nEND:VCALENDAR\n";
    check_folding(object);
    let wide: Vec<u8> = "\u{feff}BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260305T193000Z\nSUMMARY:Café à Lévêque\nEND:VEVENT\nEND:VCALENDAR"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    check_folding(&wide);
}

#[test]
fn text() {
    let event = event(
        "SUMMARY:One\\, two\\; three\\\\four\\nfive\nLOCATION:Suite 5\\nBerlin\nDESCRIPTION:first\\Nsecond\nhttps is not a property\nDTSTART:20260305T193000Z",
    );
    assert_eq!(event.summary, "One, two; three\\four five");
    assert_eq!(event.location, "Suite 5\nBerlin");
    assert_eq!(event.description, "first\nsecond\nhttps is not a property");
    assert_eq!(shown(event.start), "2026-03-05T19:30:00Z");
}

#[test]
fn html_in_a_description() {
    let text = |lines: &str| event(lines).description;
    assert_eq!(text("DESCRIPTION:<html><body><p>One</p><p>Two</p></body></html>"), "One\n\nTwo");
    assert_eq!(
        text("DESCRIPTION:Panel:<br><ul><li>Ann</li><li>Bob</li></ul>"),
        "Panel:\n\n- Ann\n- Bob"
    );
    assert_eq!(text("DESCRIPTION:<b>At 3</b>\\nwith Ann"), "At 3\nwith Ann");
    assert_eq!(text("DESCRIPTION:1 < 2 and 3 > 2"), "1 < 2 and 3 > 2");
    assert_eq!(text("X-ALT-DESC;FMTTYPE=text/html:<p>One</p>"), "One");
    assert_eq!(text("X-ALT-DESC;FMTTYPE=text/html:<p>One</p>\nDESCRIPTION:Two"), "Two");
}

/// What an ATTENDEE line gives as name and address.
fn check_person(line: &str, name: &str, address: &str) {
    let event = event(line);
    let person = event.attendees.first().or(event.organizer.as_ref()).unwrap();
    assert_eq!(person.name.as_deref().unwrap_or("-"), name, "{line}");
    assert_eq!(person.address.as_ref().map_or("-", EmailAddress::as_str), address, "{line}");
}

#[test]
fn people() {
    check_person("ATTENDEE;CN=Jane Doe:mailto:jane@acme.example", "Jane Doe", "jane@acme.example");
    check_person(
        "ATTENDEE;CN=\"Doe, Jane\":MAILTO:Jane@acme.example",
        "Doe, Jane",
        "Jane@acme.example",
    );
    check_person(
        "ATTENDEE;CN=Doe, Jane:mailto:jane@acme.example",
        "Doe, Jane",
        "jane@acme.example",
    );
    check_person("ATTENDEE;CN=\"A: B\":mailto:a@acme.example", "A: B", "a@acme.example");
    check_person("ATTENDEE;CN=\"Jane:mailto:jane@acme.example", "Jane", "jane@acme.example");
    check_person(
        "ATTENDEE;CN=Jane ^'JD^' Doe:mailto:j@acme.example",
        "Jane \"JD\" Doe",
        "j@acme.example",
    );
    check_person(
        "ATTENDEE;CN=\"Jane^nBcc: x\":mailto:j@acme.example",
        "Jane Bcc: x",
        "j@acme.example",
    );
    check_person(
        "ATTENDEE;CN==?utf-8?Q?Jos=C3=A9?=:mailto:j@acme.example",
        "José",
        "j@acme.example",
    );
    check_person(
        "ATTENDEE;CN=jane@acme.example:mailto:jane@acme.example",
        "-",
        "jane@acme.example",
    );
    check_person("ATTENDEE:jane@acme.example", "-", "jane@acme.example");
    check_person("ATTENDEE;CN=Jane:invalid:nomail", "Jane", "-");
    check_person("ORGANIZER;CN=Jane:mailto:jane%2Bx@acme.example", "Jane", "jane+x@acme.example");
    check_person(
        "ATTENDEE;CN=Marta;EMAIL=marta@olivar.example:mailto:2_GEZT@imip.me.com",
        "Marta",
        "marta@olivar.example",
    );
    check_person("ATTENDEE;CN=m@olivar.example:mailto:2_GEZT@imip.me.com", "-", "m@olivar.example");
}

#[test]
fn parameters_of_people() {
    let event = event(
        "ATTENDEE;ROLE=opt-participant;PARTSTAT=Declined;CUTYPE=room;SENT-BY=\"mailto:a@acme.example\";DELEGATED-TO=\"mailto:b@acme.example\":mailto:c@acme.example",
    );
    let person = &event.attendees[0];
    assert_eq!(person.role.as_deref(), Some("OPT-PARTICIPANT"));
    assert_eq!(person.partstat.as_deref(), Some("DECLINED"));
    assert_eq!(person.cutype.as_deref(), Some("ROOM"));
    assert_eq!(person.sent_by.as_ref().map(EmailAddress::as_str), Some("a@acme.example"));
    assert_eq!(person.delegated_to.as_ref().map(EmailAddress::as_str), Some("b@acme.example"));
}

#[test]
fn identity_and_links() {
    let event = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260305T100000\nSEQUENCE:3\nDTSTAMP:20260301T080000Z\nSTATUS:confirmed\nRRULE:FREQ=WEEKLY\nX-GOOGLE-CONFERENCE:https://meet.google.com/abc\nDTSTART:20260305T193000Z",
    );
    assert_eq!(event.uid, "u");
    assert_eq!(shown(event.recurrence_id), "2026-03-05T09:00:00Z");
    assert_eq!(event.sequence, 3);
    assert_eq!(event.dtstamp.map(|t| t.to_string()).as_deref(), Some("2026-03-01T08:00:00Z"));
    assert_eq!(event.status.as_deref(), Some("CONFIRMED"));
    assert!(event.recurring);
    assert_eq!(event.conference.as_deref(), Some("https://meet.google.com/abc"));
    assert_eq!(event.start_line, "DTSTART:20260305T193000Z");
}

#[test]
fn damaged_objects() {
    let cut = Message::from_calendar(
        b"BEGIN:VCALENDAR\nMETHOD:request\nBEGIN:VEVENT\nUID:a\nDTSTART:20260305T193000Z\nBEGIN:VALARM\nDESCRIPTION:x\nBEGIN:VEVENT\nUID:b",
        &owner(),
    );
    let events = &cut.calendars[0].events;
    assert_eq!(cut.calendars[0].method.as_deref(), Some("REQUEST"));
    assert_eq!(events.iter().map(|e| e.uid.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(events[0].description, "");
    assert_eq!(cut.problems, ["a calendar object was cut short"]);

    let two = calendar(
        "END:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nUID:c\nEND:VEVENT",
    );
    assert_eq!(two.calendars.last().unwrap().method.as_deref(), Some("CANCEL"));
    assert_eq!(two.calendars.last().unwrap().events[0].uid, "c");
}

#[test]
fn events_have_a_limit() {
    let many =
        "BEGIN:VEVENT\nUID:x\nDTSTART:20260305T193000Z\nEND:VEVENT\n".repeat(MAX_EVENTS + 50);
    let number = |(n, line): (usize, &str)| line.replace("UID:x", &format!("UID:{n}"));
    let numbered: Vec<String> = many.lines().enumerate().map(number).collect();
    let message = calendar(&numbered.join("\n"));
    assert_eq!(message.calendars[0].events.len(), MAX_EVENTS);
    assert!(message.problems.iter().any(|p| p.contains("more events")));
}

/// A mail with these calendar parts.
fn invitation(parts: &[(&str, &str)]) -> Message {
    let part = |(head, lines): &(&str, &str)| {
        format!("--b\n{head}\n\nBEGIN:VCALENDAR\n{lines}\nEND:VCALENDAR\n")
    };
    let mail: String = parts.iter().map(part).collect();
    read(&format!("Content-Type: multipart/mixed; boundary=b\n\n{mail}--b--\n"))
}

#[test]
fn the_same_object_twice_is_one() {
    let one = "METHOD:REQUEST\nBEGIN:VEVENT\nUID:u\nSEQUENCE:1\nDTSTAMP:20260301T080000Z\nDTSTART:20260305T193000Z\nEND:VEVENT";
    let inline = ("Content-Type: text/calendar; method=REQUEST", one);
    let file = ("Content-Type: application/ics; name=invite.ics", one);
    assert_eq!(invitation(&[inline, file]).calendars.len(), 1);
    let newer = one.replace("SEQUENCE:1", "SEQUENCE:2");
    let update = ("Content-Type: text/calendar", newer.as_str());
    assert_eq!(invitation(&[inline, update]).calendars.len(), 2);
}

#[test]
fn the_method_of_the_object_wins() {
    let method =
        |head: &str, lines: &str| invitation(&[(head, lines)]).calendars[0].method.clone().unwrap();
    let event = "BEGIN:VEVENT\nUID:u\nEND:VEVENT";
    assert_eq!(method("Content-Type: text/calendar; method=request", event), "REQUEST");
    let cancel = format!("METHOD:CANCEL\n{event}");
    assert_eq!(method("Content-Type: text/calendar; method=REQUEST", &cancel), "CANCEL");
}

#[test]
fn calendars_under_other_names() {
    for head in [
        "Content-Type: application/octet-stream; name=invite.ics",
        "Content-Type: application/octet-stream",
        "Content-Type: application/ics",
        "Content-Type: text/plain; name=\"Interview.ICS\"",
        "Content-Type: text/plain",
        "Content-Type: text/calendar; charset=us-ascii\nContent-Disposition: attachment; filename=x",
    ] {
        let message = invitation(&[(head, "BEGIN:VEVENT\nUID:u\nEND:VEVENT")]);
        assert_eq!(message.calendars.len(), 1, "{head}");
        assert_eq!(message.text.new, "", "{head}");
    }
}
