//! Which zone a TZID means.

use super::{calendar, event, shown};

/// What a local time with this TZID is, and what is said about its zone.
fn check(tzid: &str, local: &str, instant: &str, name: &str) {
    let event = event(&format!("DTSTART;TZID={tzid}:{local}"));
    assert_eq!(shown(event.start), instant, "{tzid}");
    assert_eq!(event.tzid.as_deref().unwrap_or("-"), name, "{tzid}");
    assert!(!event.floating, "{tzid}");
    assert_eq!(event.problems.is_empty(), name != "-", "{tzid}: {:?}", event.problems);
}

#[test]
fn iana_names() {
    let (winter, summer) = ("20260115T100000", "20260715T100000");
    check("Europe/Berlin", winter, "2026-01-15T09:00:00Z", "Europe/Berlin");
    check("Europe/Berlin", summer, "2026-07-15T08:00:00Z", "Europe/Berlin");
    check("europe/berlin", summer, "2026-07-15T08:00:00Z", "Europe/Berlin");
    check("America/New York", summer, "2026-07-15T14:00:00Z", "America/New_York");
    check(
        "America/Argentina/Buenos_Aires",
        summer,
        "2026-07-15T13:00:00Z",
        "America/Argentina/Buenos_Aires",
    );
    check(
        "/freeassociation.sourceforge.net/Tzfile/Europe/London",
        summer,
        "2026-07-15T09:00:00Z",
        "Europe/London",
    );
    check("/mozilla.org/20050126_1/Europe/Berlin", summer, "2026-07-15T08:00:00Z", "Europe/Berlin");
    check("UTC", summer, "2026-07-15T10:00:00Z", "UTC");
    check("Etc/UTC", summer, "2026-07-15T10:00:00Z", "UTC");
    check("tzone://Microsoft/Utc", summer, "2026-07-15T10:00:00Z", "UTC");
}

#[test]
fn names_of_windows_and_outlook() {
    let (winter, summer) = ("20260115T100000", "20260715T100000");
    check("Pacific Standard Time", summer, "2026-07-15T17:00:00Z", "America/Los_Angeles");
    check("Pacific Standard Time", winter, "2026-01-15T18:00:00Z", "America/Los_Angeles");
    check("W. Europe Standard Time", summer, "2026-07-15T08:00:00Z", "Europe/Berlin");
    check("GMT Standard Time", summer, "2026-07-15T09:00:00Z", "Europe/London");
    check(
        "\"(UTC-08:00) Pacific Time (US & Canada)\"",
        summer,
        "2026-07-15T17:00:00Z",
        "America/Los_Angeles",
    );
    // Nobody quoted the colon in it.
    check(
        "(UTC-08:00) Pacific Time (US & Canada)",
        summer,
        "2026-07-15T17:00:00Z",
        "America/Los_Angeles",
    );
    check("Eastern", summer, "2026-07-15T14:00:00Z", "America/New_York");
    check("EST", summer, "2026-07-15T14:00:00Z", "America/New_York");
}

#[test]
fn offsets_in_the_name() {
    check("GMT+0200", "20260715T100000", "2026-07-15T08:00:00Z", "GMT+0200");
    check("\"UTC-05:30\"", "20260715T100000", "2026-07-15T15:30:00Z", "UTC-05:30");
}

#[test]
fn an_unknown_name_is_read_in_the_owners_zone() {
    check("Nowhere/Land", "20260715T100000", "2026-07-15T14:00:00Z", "-");
    let event = event("DTSTART;TZID=Nowhere/Land:20260715T100000");
    assert_eq!(event.problems, ["unknown time zone `Nowhere/Land`: read in the owner's"]);
}

#[test]
fn gaps_and_folds() {
    // Half past two does not exist on 8 March 2026; half past one comes twice on 1 November.
    check("America/New_York", "20260308T023000", "2026-03-08T07:30:00Z", "America/New_York");
    check("America/New_York", "20261101T013000", "2026-11-01T05:30:00Z", "America/New_York");
    check_own("20260308T023000", "2026-03-08T07:30:00Z");
    check_own("20261101T013000", "2026-11-01T05:30:00Z");
}

/// New York's rules as Exchange writes them, under a name that means nothing.
const CUSTOM: &str = "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE";

/// What a local time is by an object's own rules, wherever they stand in it.
fn check_rules(rules: &str, tzid: &str, local: &str, instant: &str, name: &str) {
    let event = format!("BEGIN:VEVENT\nUID:u\nDTSTART;TZID={tzid}:{local}\nEND:VEVENT");
    for object in [format!("{rules}\n{event}"), format!("{event}\n{rules}")] {
        let message = calendar(&object);
        let event = &message.calendars[0].events[0];
        assert_eq!(shown(event.start), instant, "{tzid} {local}");
        assert_eq!(event.tzid.as_deref(), Some(name));
    }
}

fn check_own(local: &str, instant: &str) {
    check_rules(CUSTOM, "\"Customized Time Zone\"", local, instant, "Customized Time Zone");
}

#[test]
fn own_rules() {
    check_own("20260115T100000", "2026-01-15T15:00:00Z");
    check_own("20260307T120000", "2026-03-07T17:00:00Z");
    check_own("20260309T120000", "2026-03-09T16:00:00Z");
    check_own("20260715T100000", "2026-07-15T14:00:00Z");
    check_own("20261031T120000", "2026-10-31T16:00:00Z");
    check_own("20261231T235900", "2027-01-01T04:59:00Z");
    check_own("20270101T000000", "2027-01-01T05:00:00Z");
}

#[test]
fn rules_of_other_shapes() {
    let zone = |daylight: &str, standard: &str| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:Z1\nBEGIN:DAYLIGHT\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n{daylight}\nEND:DAYLIGHT\nBEGIN:STANDARD\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n{standard}\nEND:STANDARD\nEND:VTIMEZONE"
        )
    };
    let check_zone = |daylight: &str, standard: &str| {
        let rules = zone(daylight, standard);
        check_rules(&rules, "Z1", "20260715T100000", "2026-07-15T08:00:00Z", "Z1");
        check_rules(&rules, "Z1", "20260115T100000", "2026-01-15T09:00:00Z", "Z1");
        check_rules(&rules, "Z1", "20260330T100000", "2026-03-30T08:00:00Z", "Z1");
        check_rules(&rules, "Z1", "20260328T100000", "2026-03-28T09:00:00Z", "Z1");
    };
    check_zone(
        "DTSTART:19810329T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "DTSTART:19961027T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    );
    check_zone(
        "DTSTART:19810329T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU",
        "DTSTART:19961027T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=SU;BYSETPOS=-1",
    );
    check_zone(
        "DTSTART:20250330T020000\nRDATE:20260329T020000,20270328T020000",
        "DTSTART:20251026T030000\nRDATE:20261025T030000",
    );
    check_zone(
        "DTSTART:19810329T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=29",
        "DTSTART:19961025T030000\nRRULE:FREQ=YEARLY;BYMONTH=10",
    );
}

#[test]
fn rules_that_ended() {
    // Moscow gave its summer time up for good: the last rule that ended still holds.
    let rules = "BEGIN:VTIMEZONE\nTZID:Z1\nBEGIN:DAYLIGHT\nDTSTART:19930328T020000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0400\nRRULE:FREQ=YEARLY;UNTIL=20100327T230000Z;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nBEGIN:STANDARD\nDTSTART:19961027T030000\nTZOFFSETFROM:+0400\nTZOFFSETTO:+0300\nRRULE:FREQ=YEARLY;UNTIL=20101030T230000Z;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE";
    check_rules(rules, "Z1", "20260715T100000", "2026-07-15T07:00:00Z", "Z1");
    check_rules(rules, "Z1", "20090715T100000", "2009-07-15T06:00:00Z", "Z1");
}

#[test]
fn who_wins() {
    let fixed = |name: &str, offset: &str| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:{name}\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE"
        )
    };
    let summer = "20260715T100000";
    // An IANA name is trusted over rules that were cut short.
    check_rules(
        &fixed("Europe/Berlin", "+0100"),
        "Europe/Berlin",
        summer,
        "2026-07-15T08:00:00Z",
        "Europe/Berlin",
    );
    // A name of Windows' is not, and the rules keep their name.
    let windows = "Pacific Standard Time";
    check_rules(&fixed(windows, "+0530"), windows, summer, "2026-07-15T04:30:00Z", windows);
    check_rules(
        &fixed(windows, "-0700"),
        windows,
        summer,
        "2026-07-15T17:00:00Z",
        "America/Los_Angeles",
    );
    // A name without rules beside the one zone there is.
    check_rules(
        &fixed("Other", "+0200"),
        "Customized",
        summer,
        "2026-07-15T08:00:00Z",
        "Customized",
    );
}
