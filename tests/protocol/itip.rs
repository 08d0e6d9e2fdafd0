//! Versions, cancellations and answers (RFC 5546), whatever the order in which they arrive.

use afterword::engine::Engine;
use afterword::engine::Input;
use afterword::folder::{Delivery, Role};
use afterword::interview::{Interview, Standing};
use afterword::ledger::Ledger;
use proptest::prelude::*;

use super::world::{Mail, at, request, setup};

/// The interviews after these mails, all read at once.
fn interviews(mails: &[Mail]) -> Vec<Interview> {
    let mut engine = Engine::new(setup(), std::collections::BTreeMap::new(), Ledger::default());
    for mail in mails {
        let role = if mail.from == "alex@example.org" { Role::Sent } else { Role::Inbox };
        let delivery = Delivery { role, arrived: at(mail.stamp), bytes: mail.bytes() };
        engine.handle(Input::Delivered { account: "home".to_owned(), delivery }, at(0));
    }
    engine.interviews().to_vec()
}

/// What becomes of the one session: where it stands, when it starts, with whom, and whether there is a doubt.
fn check(what: &str, mails: &[Mail], standing: Standing, start: i64, people: &[&str], doubt: bool) {
    for reversed in [false, true] {
        let mut mails = mails.to_vec();
        if reversed {
            mails.reverse();
        }
        let found = interviews(&mails);
        assert_eq!(found.len(), 1, "{what}");
        let session = &found[0].sessions[0];
        let names: Vec<&str> = session
            .interviewers
            .iter()
            .filter_map(|p| p.address.as_ref())
            .map(afterword::address::EmailAddress::local)
            .collect();
        assert_eq!(
            (session.standing, session.start),
            (standing, at(start)),
            "{what}, reversed: {reversed}"
        );
        assert_eq!(names, people, "{what}");
        assert_eq!(!session.doubts.is_empty(), doubt, "{what}: {:?}", session.doubts);
    }
}

#[test]
fn the_newest_version_of_the_organizer_counts() {
    use Standing::{CalledOff, Declined, Stands};
    let moved = Mail { sequence: 1, stamp: -1000, time: (120, 180), ..request() };
    let cancel = Mail { method: "CANCEL", sequence: 1, stamp: -900, ..request() };
    let decline = Mail {
        method: "REPLY",
        stamp: -950,
        from: "alex@example.org",
        guests: vec![],
        owner: Some("DECLINED"),
        ..request()
    };
    let accept = Mail { owner: Some("ACCEPTED"), stamp: -940, ..decline.clone() };
    let stranger = "eve@evil.example";
    check("one request", &[request()], Stands, 0, &["jane"], false);
    check("the same twice", &[request(), request()], Stands, 0, &["jane"], false);
    check("a higher SEQUENCE", &[request(), moved.clone()], Stands, 120, &["jane"], false);
    check(
        "a later DTSTAMP",
        &[request(), Mail { sequence: 0, ..moved.clone() }],
        Stands,
        120,
        &["jane"],
        false,
    );
    check("a CANCEL", &[request(), cancel.clone()], CalledOff, 0, &["jane"], false);
    check(
        "a CANCEL of the same SEQUENCE",
        &[request(), Mail { sequence: 0, ..cancel.clone() }],
        CalledOff,
        0,
        &["jane"],
        false,
    );
    check(
        "a CANCEL older than the move",
        &[request(), cancel.clone(), Mail { sequence: 2, ..moved.clone() }],
        Stands,
        120,
        &["jane"],
        false,
    );
    check(
        "a CANCEL of a stranger",
        &[request(), Mail { organizer: stranger, from: stranger, ..cancel.clone() }],
        Stands,
        0,
        &["jane"],
        true,
    );
    check(
        "a move by a stranger",
        &[request(), Mail { organizer: stranger, from: stranger, ..moved.clone() }],
        Stands,
        0,
        &["jane"],
        true,
    );
    check(
        "a CANCEL after the end",
        &[request(), Mail { stamp: 61, ..cancel.clone() }],
        Stands,
        0,
        &["jane"],
        true,
    );
    check("declined", &[request(), decline.clone()], Declined, 0, &["jane"], false);
    check(
        "declined, then accepted",
        &[request(), decline.clone(), accept],
        Stands,
        0,
        &["jane"],
        false,
    );
    check(
        "declined, then moved",
        &[request(), decline, Mail { stamp: -900, ..moved }],
        Stands,
        120,
        &["jane"],
        false,
    );
    check(
        "declined, says an update",
        &[request(), Mail { stamp: -900, owner: Some("DECLINED"), ..request() }],
        Declined,
        0,
        &["jane"],
        false,
    );
    let panel = Mail { guests: vec!["jane", "grant"], ..request() };
    let uninvited = Mail { guests: vec!["jane"], owner: None, ..cancel };
    check("a guest is taken off", &[panel, uninvited], Stands, 0, &["grant"], false);
}

#[test]
fn what_is_older_does_not_count() {
    use Standing::{CalledOff, Stands};
    let moved = Mail { sequence: 1, stamp: -1000, time: (120, 180), ..request() };
    let cancel = Mail { method: "CANCEL", sequence: 1, stamp: -900, ..request() };
    check(
        "a CANCEL of the same SEQUENCE and DTSTAMP",
        &[request(), Mail { sequence: 0, stamp: -1440, ..cancel.clone() }],
        CalledOff,
        0,
        &["jane"],
        false,
    );
    check(
        "a CANCEL of the same SEQUENCE but older",
        &[request(), Mail { sequence: 0, stamp: -1500, ..cancel.clone() }],
        Stands,
        0,
        &["jane"],
        false,
    );
    check(
        "a CANCEL of nothing known",
        std::slice::from_ref(&cancel),
        CalledOff,
        0,
        &["jane"],
        false,
    );
    check(
        "called off, and then on again",
        &[request(), cancel, Mail { sequence: 2, stamp: -800, ..request() }],
        Stands,
        0,
        &["jane"],
        false,
    );
    check(
        "an older SEQUENCE with a later DTSTAMP",
        &[Mail { sequence: 2, ..request() }, Mail { sequence: 1, ..moved }],
        Stands,
        0,
        &["jane"],
        false,
    );
}

#[test]
fn sessions_of_one_company_on_one_day_are_one_interview() {
    let second = Mail { uid: "two@acme", guests: vec!["grant"], time: (180, 240), ..request() };
    let next_day = Mail { uid: "three@acme", time: (1440, 1500), ..request() };
    let other = Mail {
        uid: "four@else",
        organizer: "kim@else.example",
        from: "kim@else.example",
        guests: vec![],
        time: (300, 330),
        ..request()
    };
    assert_eq!(interviews(&[request(), second.clone()]).len(), 1);
    assert_eq!(interviews(&[request(), second.clone(), next_day.clone()]).len(), 2);
    let all = interviews(&[request(), second, next_day, other]);
    assert!(all.iter().map(|i| i.sessions.len()).sum::<usize>() == 4);
}

/// Any step of an interview's life, also forged and contradictory ones.
fn step() -> impl Strategy<Value = Mail> {
    let method = prop_oneof![3 => Just("REQUEST"), 1 => Just("CANCEL"), 1 => Just("REPLY")];
    let sender = prop_oneof![4 => Just("pat@acme.example"), 1 => Just("sam@acme.example"), 1 => Just("eve@evil.example")];
    let uid = prop_oneof![3 => Just("one@acme"), 1 => Just("two@acme")];
    (method, sender, uid, 0_u32..4, -2000_i64..90, 0_i64..6, 0_usize..4).prop_map(
        |(method, sender, uid, sequence, stamp, hour, guests)| {
            let reply = method == "REPLY";
            Mail {
                uid,
                method,
                sequence,
                stamp,
                time: (hour * 60, hour * 60 + 45),
                organizer: if reply { "pat@acme.example" } else { sender },
                from: if reply { "alex@example.org" } else { sender },
                guests: if reply {
                    vec![]
                } else {
                    ["jane", "grant", "mei"][..guests.min(3)].to_vec()
                },
                owner: if reply {
                    Some(if hour % 2 == 0 { "DECLINED" } else { "ACCEPTED" })
                } else {
                    Some("NEEDS-ACTION")
                },
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_gives_the_same_interviews(
        (mails, shuffled) in proptest::collection::vec(step(), 1..9)
            .prop_flat_map(|mails| (Just(mails.clone()), Just(mails).prop_shuffle()))
    ) {
        prop_assert_eq!(interviews(&mails), interviews(&shuffled));
    }
}
