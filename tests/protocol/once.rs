//! Each letter once, through lost answers, restarts and a lost database; and what the owner decides is final.

use afterword::folder::Role;

use super::world::{Append, Mail, World, at, letter, request};

const JANE: [&str; 1] = ["jane@acme.example"];

/// A world in which the interview with Jane is over and her letter saved.
fn saved() -> World {
    let mut world = World::new();
    world.deliver(Role::Inbox, request().bytes(), -60);
    world.catch_up(75);
    assert_eq!(world.recipients(), JANE);
    world.catch_up(76);
    world
}

#[test]
fn a_letter_is_saved_when_it_is_due_and_not_before() {
    let mut world = World::new();
    world.deliver(Role::Inbox, request().bytes(), -60);
    for early in [-30, 30, 60, 74] {
        world.catch_up(early);
        assert_eq!(world.recipients(), [""; 0], "at {early}");
    }
    assert_eq!(world.engine.wake(at(30)), Some(at(75)));
    // What was read before it fell due is stale knowledge.
    world.catch_up_since(at(74), at(80));
    assert_eq!(world.recipients(), [""; 0]);
    world.catch_up(80);
    assert_eq!(world.recipients(), JANE);
    assert_eq!(world.log[..4], ["record intended", "record intended", "append", "record saved"]);
}

#[test]
fn after_two_days_it_is_too_late() {
    let mut world = World::new();
    world.deliver(Role::Inbox, request().bytes(), -60);
    world.catch_up(60 + 48 * 60 + 1);
    assert_eq!(world.recipients(), [""; 0]);
}

#[test]
fn an_append_that_is_cut_or_refused_ends_in_one_draft() {
    for append in [Append::Refused, Append::CutBefore, Append::CutAfter] {
        for restart in [false, true] {
            let mut world = World::new();
            world.deliver(Role::Inbox, request().bytes(), -60);
            world.append = append;
            world.catch_up(75);
            if restart {
                world.restart();
            }
            for later in [76, 77, 90, 600] {
                world.catch_up(later);
            }
            assert_eq!(world.recipients(), JANE, "{append:?}, restart: {restart}");
        }
    }
}

#[test]
fn a_cut_append_that_is_not_owed_any_more_is_not_repeated() {
    let mut world = World::new();
    world.deliver(Role::Inbox, request().bytes(), -60);
    world.append = Append::CutBefore;
    world.catch_up(75);
    world.deliver(Role::Sent, letter("jane@acme.example", 70), 76);
    world.catch_up(77);
    assert_eq!(world.recipients(), [""; 0]);
    assert_eq!(world.log.last().unwrap(), "record written");
    // The server stores it after all.
    let late = world.late.remove(0);
    world.put(late);
    world.catch_up(87);
    assert_eq!(world.recipients(), [""; 0]);
}

#[test]
fn restarts_and_a_lost_database_double_nothing() {
    let mut world = saved();
    for later in [80, 90, 100] {
        world.restart();
        world.catch_up(later);
    }
    world.lose_the_database();
    world.deliver(Role::Inbox, request().bytes(), 110);
    world.catch_up(111);
    assert_eq!(world.recipients(), JANE);
}

#[test]
fn a_copy_that_the_server_stored_late_is_taken_back() {
    let mut world = saved();
    let mut copy = world.drafts[0].clone();
    copy.uid = 50;
    world.drafts.push(copy);
    world.catch_up(80);
    world.catch_up(81);
    assert_eq!(world.recipients(), JANE);
    assert_eq!(world.drafts[0].uid, 1);
}

#[test]
fn what_the_owner_deleted_edited_or_sent_is_never_made_again() {
    // Deleted, with and without the bin, with and without our memory of it.
    for forget in [false, true] {
        let mut world = saved();
        let draft = world.drafts.remove(0);
        world.catch_up(80);
        if forget {
            world.trash.push(draft.message_id.unwrap());
            world.lose_the_database();
            world.deliver(Role::Inbox, request().bytes(), 81);
        }
        world.catch_up(90);
        world.restart();
        world.catch_up(100);
        assert_eq!(world.recipients(), [""; 0], "forget: {forget}");
    }
    // Edited: another size, or another message in its place.
    let mut world = saved();
    world.drafts[0].size += 20;
    world.catch_up(80);
    world.deliver(
        Role::Inbox,
        Mail { method: "CANCEL", sequence: 1, stamp: 20, ..request() }.bytes(),
        90,
    );
    world.catch_up(91);
    assert_eq!(world.recipients(), JANE, "it is the owner's now");
    world.drafts[0].message_id = Some("new@client".to_owned());
    world.catch_up(92);
    assert_eq!(world.recipients(), JANE);
}

#[test]
fn who_was_thanked_already_gets_no_draft() {
    for (role, draft) in [(Role::Sent, false), (Role::Sent, true)] {
        let mut world = World::new();
        world.deliver(
            Role::Inbox,
            Mail { guests: vec!["jane", "grant"], ..request() }.bytes(),
            -60,
        );
        if draft {
            world.drafts.push(afterword::folder::Draft {
                uid: 90,
                size: 1,
                flags: vec![],
                message_id: Some("own@client".to_owned()),
                to: vec![afterword::address::EmailAddress::parse("Jane@acme.example").unwrap()],
                date: Some(at(65)),
            });
        } else {
            world.deliver(role, letter("JANE@acme.example", 65), 66);
        }
        world.catch_up(75);
        let ours: Vec<String> =
            world.recipients().into_iter().filter(|r| r != "Jane@acme.example").collect();
        assert_eq!(ours, ["grant@acme.example"], "draft: {draft}");
    }
    // A mail from before the interview is no thanks.
    let mut world = World::new();
    world.deliver(Role::Inbox, request().bytes(), -60);
    world.deliver(Role::Sent, letter("jane@acme.example", -30), -30);
    world.catch_up(75);
    assert_eq!(world.recipients(), JANE);
}

#[test]
fn an_untouched_draft_goes_when_its_reason_goes() {
    // The owner writes to her, although the draft is there.
    let mut world = saved();
    world.deliver(Role::Sent, letter("jane@acme.example", 80), 81);
    world.catch_up(82);
    assert_eq!(world.recipients(), [""; 0]);
    // It turns out that it was called off before, or declined.
    for news in [
        Mail { method: "CANCEL", sequence: 1, stamp: -10, ..request() },
        Mail {
            method: "REPLY",
            stamp: -5,
            from: "alex@example.org",
            guests: vec![],
            owner: Some("DECLINED"),
            ..request()
        },
    ] {
        let mut world = saved();
        let role = if news.method == "REPLY" { Role::Sent } else { Role::Inbox };
        world.deliver(role, news.bytes(), 80);
        world.catch_up(81);
        assert_eq!(world.recipients(), [""; 0], "{}", news.method);
    }
    // It was moved to the evening: the letter comes then, with another Message-ID.
    let mut world = saved();
    let before = world.drafts[0].message_id.clone();
    world.deliver(
        Role::Inbox,
        Mail { sequence: 1, stamp: -10, time: (300, 360), ..request() }.bytes(),
        80,
    );
    world.catch_up(81);
    assert_eq!(world.recipients(), [""; 0]);
    world.catch_up(375);
    assert_eq!(world.recipients(), JANE);
    assert_ne!(world.drafts[0].message_id, before);
}

#[test]
fn a_cancellation_after_the_end_is_tidying_and_a_strangers_one_a_doubt() {
    for cancel in [
        Mail { method: "CANCEL", sequence: 1, stamp: 61, ..request() },
        Mail {
            method: "CANCEL",
            sequence: 1,
            stamp: 10,
            organizer: "eve@evil.example",
            from: "eve@evil.example",
            ..request()
        },
    ] {
        let mut world = World::new();
        world.deliver(Role::Inbox, request().bytes(), -60);
        world.deliver(Role::Inbox, cancel.bytes(), 62);
        world.catch_up(75);
        assert_eq!(world.recipients(), JANE);
        let entry = world.engine.ledger().entries().next().unwrap();
        assert!(entry.flagged, "the owner is asked to look: {}", cancel.from);
    }
}

#[test]
fn a_second_round_in_the_same_appointment_is_a_new_debt() {
    let mut world = saved();
    let day = 24 * 60;
    let second = Mail { sequence: 1, stamp: 200, time: (7 * day, 7 * day + 60), ..request() };
    world.drafts.clear();
    world.catch_up(190);
    world.deliver(Role::Inbox, second.bytes(), 200);
    world.catch_up(201);
    assert_eq!(world.recipients(), [""; 0]);
    world.catch_up(7 * day + 75);
    assert_eq!(world.recipients(), JANE);
}

#[test]
fn a_draft_that_the_owner_touched_stays_whatever_becomes_of_its_reason() {
    let cancel = Mail { method: "CANCEL", sequence: 1, stamp: -10, ..request() };
    let moved = Mail { sequence: 1, stamp: -10, time: (300, 360), ..request() };
    let off = Mail { sequence: 1, stamp: -10, guests: vec!["grant"], ..request() };
    for news in [cancel, moved, off] {
        // The touch is seen in the same look that brings the news, or was seen before.
        for seen_before in [false, true] {
            let mut world = saved();
            let edited = world.drafts.remove(0);
            world.put(afterword::folder::Draft { size: edited.size + 20, ..edited });
            if seen_before {
                world.catch_up(79);
            }
            world.deliver(Role::Inbox, news.bytes(), 80);
            world.catch_up(81);
            assert!(world.drafts.iter().any(|d| d.uid == 2), "{news:?}, {seen_before}");
        }
    }
}
