//! What the ledger remembers: each fault of a server, of the power or of the clock, and what is made of it afterwards.

use afterword::folder::{Draft, Role};
use afterword::ledger::{Decision, Entry, State};

use super::world::{Append, Mail, World, at, letter, request};

const JANE: [&str; 1] = ["jane@acme.example"];
const NOBODY: [&str; 0] = [];

fn begun() -> World {
    let mut world = World::new();
    world.deliver(Role::Inbox, request().bytes(), -60);
    world
}

/// The interview with Jane is over, her letter saved, and seen in Drafts.
fn saved() -> World {
    let mut world = begun();
    world.catch_up(75);
    world.catch_up(76);
    assert_eq!(world.recipients(), JANE);
    world
}

fn entry(world: &World) -> Entry {
    world.engine.ledger().entries().next().unwrap().clone()
}

fn cancel(stamp: i64) -> Vec<u8> {
    Mail { method: "CANCEL", sequence: 1, stamp, ..request() }.bytes()
}

#[test]
fn an_edit_while_the_answer_was_lost_is_an_edit() {
    // The size, or only the Date that every editor writes anew.
    for (more, later) in [(20, 0), (0, 1)] {
        let mut world = begun();
        world.append = Append::CutAfter;
        world.catch_up(75);
        let draft = world.drafts.remove(0);
        let date = draft.date.map(|d| d + jiff::SignedDuration::from_mins(later));
        world.put(Draft { size: draft.size + more, date, ..draft });
        world.restart();
        world.catch_up(76);
        assert!(matches!(entry(&world).state, State::Decided { how: Decision::Edited, .. }));
        world.deliver(Role::Inbox, cancel(-10), 80);
        world.catch_up(81);
        assert_eq!(world.recipients(), JANE, "it is the owner's now");
    }
}

#[test]
fn a_letter_made_before_our_memory_begins_is_never_taken_back() {
    let mut world = saved();
    world.lose_the_database();
    world.deliver(Role::Inbox, request().bytes(), 80);
    world.catch_up(81);
    world.deliver(Role::Inbox, cancel(-10), 90);
    world.catch_up(91);
    assert_eq!(world.recipients(), JANE, "nothing proves that nobody touched it");
}

#[test]
fn a_withdrawal_whose_record_is_lost_is_no_decision_of_the_owner() {
    for steps in 0..6 {
        let mut world = saved();
        world.deliver(Role::Inbox, cancel(-10), 80);
        world.power = Some(steps);
        world.catch_up(81);
        world.power = None;
        world.catch_up(82);
        assert_eq!(world.recipients(), NOBODY, "{steps} steps");
        assert!(matches!(entry(&world).state, State::Withdrawn { .. }), "{steps} steps");
        // It takes place after all: the letter is owed again, under another Message-ID.
        world.deliver(Role::Inbox, Mail { sequence: 2, stamp: -5, ..request() }.bytes(), 90);
        world.catch_up(91);
        assert_eq!(world.recipients(), JANE, "{steps} steps");
    }
}

#[test]
fn a_copy_that_comes_late_is_looked_for_after_one_and_ten_minutes() {
    let mut world = begun();
    world.append = Append::CutBefore;
    world.catch_up(75);
    world.catch_up(76);
    assert_eq!(world.recipients(), JANE);
    world.catch_up(77);
    assert_eq!(world.engine.wake(at(76)), Some(at(77)));
    assert_eq!(world.engine.wake(at(77)), Some(at(86)));
    let late = world.late.remove(0);
    world.put(late);
    world.catch_up(86);
    assert_eq!(world.recipients(), JANE);
    assert_eq!(world.engine.wake(at(86)), None);
}

#[test]
fn a_copy_that_comes_after_the_owner_decided_goes_too() {
    for how in ["sent", "removed", "edited"] {
        let mut world = begun();
        world.append = Append::CutBefore;
        world.catch_up(75);
        world.catch_up(76);
        world.catch_up(77);
        let draft = world.drafts.remove(0);
        let id = draft.message_id.clone().unwrap();
        match how {
            "sent" => {
                let sent = String::from_utf8(letter("jane@acme.example", 78)).unwrap();
                world.deliver(Role::Sent, sent.replace("own78@example.org", &id).into_bytes(), 78);
            }
            "edited" => world.put(Draft { size: draft.size + 9, ..draft.clone() }),
            _ => {}
        }
        world.catch_up(79);
        let late = world.late.remove(0);
        world.put(late);
        world.catch_up(80);
        let left = usize::from(how == "edited");
        assert_eq!(world.drafts.len(), left, "{how}");
        assert!(world.drafts.iter().all(|d| d.size == draft.size + 9), "{how}");
    }
}

#[test]
fn what_the_owner_fetches_back_from_the_bin_stays() {
    let mut world = saved();
    let draft = world.drafts.remove(0);
    world.catch_up(80);
    world.put(draft);
    world.catch_up(90);
    assert_eq!(world.recipients(), JANE);
}

#[test]
fn a_cancellation_that_comes_after_the_letter_stars_it() {
    for steps in 0..6 {
        let mut world = saved();
        world.deliver(Role::Inbox, cancel(61), 80);
        world.power = Some(steps);
        world.catch_up(81);
        world.power = None;
        world.catch_up(82);
        world.catch_up(83);
        assert!(world.drafts[0].has_flag("\\Flagged"), "{steps} steps");
        let stars = world.log.iter().filter(|l| *l == "star").count();
        world.catch_up(84);
        world.restart();
        world.catch_up(85);
        assert_eq!(stars, world.log.iter().filter(|l| *l == "star").count(), "it is told once");
        // Our star is no touch of the owner's: with another reason it still goes. Only where the answer to it was lost
        // nothing tells whose star it is.
        world.deliver(Role::Sent, letter("jane@acme.example", 90), 90);
        world.catch_up(91);
        let unproven = steps == 2;
        assert_eq!(world.drafts.len(), usize::from(unproven), "{steps} steps");
    }
}

#[test]
fn a_draft_that_the_owner_touched_is_not_starred() {
    let mut world = saved();
    let draft = world.drafts.remove(0);
    world.put(Draft { size: draft.size + 9, ..draft });
    world.deliver(Role::Inbox, cancel(61), 80);
    world.catch_up(81);
    assert!(!world.log.contains(&"star".to_owned()));
}

#[test]
fn an_appointment_moved_after_it_was_over_is_a_second_round() {
    let day = 24 * 60;
    let mut world = saved();
    let next = Mail { sequence: 1, stamp: 90, time: (day, day + 60), ..request() };
    world.deliver(Role::Inbox, next.bytes(), 90);
    world.catch_up(91);
    assert_eq!(world.recipients(), JANE);
    assert!(world.drafts[0].has_flag("\\Flagged"), "the owner is asked to look");
    world.catch_up(day + 75);
    assert_eq!(world.recipients(), ["jane@acme.example", "jane@acme.example"]);
}

#[test]
fn a_server_that_keeps_nothing_is_asked_ever_less_often() {
    let mut world = begun();
    for minute in 75..48 * 60 {
        world.append = Append::Refused;
        world.catch_up(minute);
    }
    let tries = world.letters.len();
    assert!((40..=55).contains(&tries), "{tries}");
    assert!(world.told.len() > 30, "it is told: {:?}", world.told);
    world.append = Append::Works;
    world.catch_up(48 * 60 + 55);
    assert_eq!(world.recipients(), JANE, "it works again before it is too late");
}

#[test]
fn thanks_may_come_before_the_scheduled_end() {
    let thanks = |minutes| {
        let text = String::from_utf8(letter("jane@acme.example", minutes)).unwrap();
        text.replace("Thank you!", "Thank you for taking the time to talk with me today.")
    };
    for (text, minutes, drafts) in [
        (thanks(25), 25, 0),
        (thanks(5), 5, 1),
        (
            thanks(25).replace("for taking the time to talk with me today", ", I am in the lobby"),
            25,
            1,
        ),
    ] {
        for late in [false, true] {
            let mut world = begun();
            if late {
                world.catch_up(75);
                world.catch_up(76);
            }
            world.deliver(Role::Sent, text.clone().into_bytes(), minutes);
            world.catch_up(77);
            assert_eq!(world.drafts.len(), drafts, "{text}, late: {late}");
        }
    }
}

#[test]
fn what_was_missed_is_told_once() {
    let mut world = begun();
    let late = 60 + 48 * 60 + 1;
    for minute in [late, late + 1, late + 2] {
        world.catch_up(minute);
        world.restart();
    }
    assert_eq!(world.log, ["record missed"]);
}

#[test]
fn nothing_is_saved_on_stale_knowledge() {
    // The answer comes after a night's sleep.
    let mut world = begun();
    world.sleep = 600;
    world.catch_up(75);
    assert_eq!(world.recipients(), NOBODY);
    world.sleep = 0;
    world.deliver(Role::Inbox, cancel(-10), 676);
    world.catch_up(677);
    assert_eq!(world.recipients(), NOBODY);
    // The catch-up took all night.
    let mut world = begun();
    world.catch_up_since(at(75), at(675));
    assert_eq!(world.recipients(), NOBODY);
    world.catch_up(676);
    assert_eq!(world.recipients(), JANE);
    // The clock went back meanwhile.
    let mut world = begun();
    world.catch_up_since(at(90), at(80));
    assert_eq!(world.recipients(), NOBODY);
    world.catch_up(81);
    assert_eq!(world.recipients(), JANE);
}

#[test]
fn corrected_facts_renew_a_draft_that_nobody_touched() {
    let renamed = String::from_utf8(Mail { sequence: 1, stamp: -30, ..request() }.bytes()).unwrap();
    let renamed = renamed.replace("Backend Engineer", "Data Engineer");
    for steps in 0..14 {
        for touched in [false, true] {
            let mut world = saved();
            let before = world.drafts[0].clone();
            if touched {
                world.drafts[0].size += 9;
            }
            world.deliver(Role::Inbox, renamed.clone().into_bytes(), 80);
            world.power = Some(steps);
            for minute in 81..90 {
                world.catch_up(minute);
                world.power = None;
                assert!(!world.drafts.is_empty(), "at no moment is there none");
            }
            assert_eq!(world.recipients(), JANE, "{steps} steps: {:?}", world.log);
            assert_eq!(world.drafts[0].message_id == before.message_id, touched);
        }
    }
}

#[test]
fn without_any_memory_a_later_revision_is_recognised() {
    let mut world = saved();
    world.deliver(Role::Inbox, cancel(-10), 80);
    world.catch_up(81);
    let again = Mail { sequence: 2, stamp: -5, ..request() }.bytes();
    world.deliver(Role::Inbox, again.clone(), 90);
    world.catch_up(91);
    assert_eq!(world.recipients(), JANE);
    world.lose_the_database();
    world.deliver(Role::Inbox, again, 92);
    world.catch_up(93);
    assert_eq!(world.recipients(), JANE);
}

#[test]
fn old_entries_go_and_a_wrong_clock_costs_nothing() {
    let year = 400 * 24 * 60;
    let mut world = saved();
    world.catch_up(2 * year);
    assert_eq!(world.engine.ledger().entries().count(), 1, "no message is that new");
    world.deliver(Role::Sent, letter("kim@else.example", 2 * year), 2 * year);
    world.catch_up(2 * year);
    assert_eq!(world.engine.ledger().entries().count(), 0);
    assert_eq!(world.engine.interviews().len(), 0);
}

/// The power fails after every single action in turn: what was stored until then is enough to end in one draft each.
#[test]
fn a_restart_after_any_step_ends_in_one_draft() {
    for append in [Append::Works, Append::CutBefore, Append::CutAfter, Append::Refused] {
        for steps in 0..20 {
            let mut world = World::new();
            let panel = Mail { guests: vec!["jane", "grant"], ..request() };
            world.deliver(Role::Inbox, panel.bytes(), -60);
            world.append = append;
            world.power = Some(steps);
            world.catch_up(75);
            world.power = None;
            for late in std::mem::take(&mut world.late) {
                world.put(late);
            }
            for minute in 76..80 {
                world.catch_up(minute);
            }
            let to = ["grant@acme.example", "jane@acme.example"];
            assert_eq!(world.recipients(), to, "{append:?}, {steps} steps: {:?}", world.log);
        }
    }
}
