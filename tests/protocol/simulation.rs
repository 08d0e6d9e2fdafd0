//! Lives of a mailbox made up by chance: power failures, cut connections, copies that come late, and an owner at work.

use afterword::folder::Role;
use proptest::prelude::*;

use super::world::{Append, Mail, World, at, letter, request};

/// One thing that happens, a minute after the one before.
#[derive(Clone, Debug)]
enum Event {
    /// Everything is read; that began so many minutes ago.
    CatchUp(i64),
    Restart,
    /// The power fails after so many actions.
    Power(usize),
    Append(Append),
    /// The server stores what a cut APPEND left on its way.
    Late,
    /// Mail is read again, as after a lost position.
    Again,
    /// News: it lasts until then.
    Extend(i64),
    Delete,
    Edit,
    Send,
    Write,
}

fn trouble() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0_i64..4).prop_map(Event::CatchUp),
        1 => (61_i64..66).prop_map(Event::Extend),
        1 => Just(Event::Restart),
        2 => (0_usize..12).prop_map(Event::Power),
        1 => Just(Event::Append(Append::Refused)),
        1 => Just(Event::Append(Append::CutBefore)),
        2 => Just(Event::Append(Append::CutAfter)),
        1 => Just(Event::Late),
        1 => Just(Event::Again),
    ]
}

fn owner() -> impl Strategy<Value = Event> {
    prop_oneof![Just(Event::Delete), Just(Event::Edit), Just(Event::Send), Just(Event::Write)]
}

fn panel() -> Mail {
    Mail { guests: vec!["jane", "grant"], ..request() }
}

/// The first draft to Jane, if there is one.
fn janes(world: &World) -> Option<usize> {
    world.drafts.iter().position(|d| d.to.iter().any(|a| a.local() == "jane"))
}

fn happen(world: &mut World, event: &Event, now: i64) {
    match event {
        Event::CatchUp(lag) => world.catch_up_since(at(now - lag), at(now)),
        Event::Restart => world.restart(),
        Event::Power(left) => world.power = Some(*left),
        Event::Append(how) => world.append = *how,
        Event::Late => std::mem::take(&mut world.late).into_iter().for_each(|d| world.put(d)),
        Event::Again => world.deliver(Role::Inbox, panel().bytes(), now),
        Event::Extend(end) => {
            let longer = Mail { sequence: 1, stamp: now - 60, time: (0, *end), ..panel() };
            world.deliver(Role::Inbox, longer.bytes(), now);
        }
        Event::Write => world.deliver(Role::Sent, letter("jane@acme.example", now), now),
        Event::Delete | Event::Edit | Event::Send => {
            let Some(place) = janes(world) else { return };
            // An editor saves a new message; sending moves it out of Drafts, with the Message-ID that it had.
            let draft = world.drafts.remove(place);
            match event {
                Event::Edit => {
                    world.put(afterword::folder::Draft { size: draft.size + 9, ..draft });
                }
                Event::Send => {
                    let sent = String::from_utf8(letter("jane@acme.example", now)).unwrap();
                    let id = draft.message_id.unwrap();
                    let sent = sent.replace(&format!("own{now}@example.org"), &id);
                    world.deliver(Role::Sent, sent.into_bytes(), now);
                }
                _ => {}
            }
        }
    }
}

/// A quiet time: the power holds, every connection too, and what was on its way has come.
fn calm(world: &mut World, from: i64) {
    world.power = None;
    world.append = Append::Works;
    happen(world, &Event::Late, from);
    for minute in 0..5 {
        world.catch_up(from + minute);
    }
}

fn begun() -> World {
    let mut world = World::new();
    world.deliver(Role::Inbox, panel().bytes(), -60);
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_letter_once_whatever_fails(events in proptest::collection::vec(trouble(), 0..20)) {
        let mut world = begun();
        for (minute, event) in (70..).zip(&events) {
            happen(&mut world, event, minute);
        }
        calm(&mut world, 100);
        prop_assert_eq!(world.recipients(), ["grant@acme.example", "jane@acme.example"], "{:?}", world.log);
    }

    #[test]
    fn what_the_owner_did_is_final_whatever_fails(
        before in proptest::collection::vec(trouble(), 0..10),
        did in owner(),
        after in proptest::collection::vec(trouble(), 0..10),
    ) {
        let mut world = begun();
        for (minute, event) in (70..).zip(&before) {
            happen(&mut world, event, minute);
        }
        calm(&mut world, 90);
        prop_assert!(janes(&world).is_some());
        world.letters.clear();
        happen(&mut world, &did, 100);
        let there = usize::from(matches!(did, Event::Edit));
        for (minute, event) in (101..).zip(&after) {
            happen(&mut world, event, minute);
        }
        calm(&mut world, 120);
        prop_assert_eq!(world.letters.len(), 0, "no letter was made again: {:?}", world.log);
        prop_assert_eq!(world.drafts.len(), 1 + there, "{:?}", world.log);
    }
}

/// The power fails after every single action in turn: what was stored until then is enough to end in one draft each.
#[test]
fn a_restart_after_any_step_ends_in_one_draft() {
    for append in [Append::Works, Append::CutBefore, Append::CutAfter, Append::Refused] {
        for steps in 0..30 {
            let mut world = begun();
            world.append = append;
            world.power = Some(steps);
            world.catch_up(75);
            calm(&mut world, 76);
            let to = ["grant@acme.example", "jane@acme.example"];
            assert_eq!(world.recipients(), to, "{append:?}, {steps} steps: {:?}", world.log);
        }
    }
}
