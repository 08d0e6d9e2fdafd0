//! Follow-ups when nothing is heard, and scripts for calls: each once, whatever happens, and ended by any answer.

use afterword::engine::Setup;
use afterword::folder::Role;
use afterword::message::Message;
use jiff::tz::TimeZone;

use super::world::{Append, Mail, World, at, letter, request, setup};

/// Minutes of a day.
const DAY: i64 = 24 * 60;
/// When the thanks are sent, and five business days later: the interview is on a Thursday.
const SENT: i64 = 90;
const FIRST: i64 = SENT + 7 * DAY;

/// An interview that is over, whose letters were saved and sent.
fn thanked(guests: Vec<&'static str>) -> World {
    let mut setup = setup();
    setup.policy.check_in = true;
    thanked_with(setup, guests)
}

fn thanked_with(setup: Setup, guests: Vec<&'static str>) -> World {
    let mut world = World::with(setup);
    world.deliver(Role::Inbox, Mail { guests, ..request() }.bytes(), -60);
    world.catch_up(75);
    world.catch_up(76);
    send_all(&mut world, SENT);
    world.catch_up(SENT + 1);
    world
}

/// The owner sends every draft: its Date is another then.
fn send_all(world: &mut World, minutes: i64) {
    let drafts = std::mem::take(&mut world.drafts);
    for id in drafts.into_iter().filter_map(|d| d.message_id) {
        let sent = world.letters.iter().rev().find(|l| text(l).contains(&id)).unwrap();
        let date = at(minutes).strftime("Date: %a, %d %b %Y %H:%M:%S +0000").to_string();
        let lines = text(sent);
        let lines = lines.split("\r\n").map(|l| if l.starts_with("Date: ") { &date } else { l });
        let bytes = lines.collect::<Vec<_>>().join("\r\n").into_bytes();
        world.deliver(Role::Sent, bytes, minutes);
    }
}

fn text(letter: &[u8]) -> String {
    String::from_utf8(letter.to_vec()).unwrap()
}

fn mail(from: &str, more: &str, subject: &str, body: &str, minutes: i64) -> Vec<u8> {
    let date = at(minutes).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    format!(
        "Date: {date}\r\nFrom: {from}\r\nTo: alex@example.org\r\nSubject: {subject}\r\n\
         Message-ID: <mail{minutes}@example>\r\n{more}\r\n{body}\r\n"
    )
    .into_bytes()
}

#[test]
fn after_five_business_days_one_follows_and_another_two_weeks_later_and_no_third() {
    let mut world = thanked(vec!["jane"]);
    assert_eq!(world.engine.wake(at(SENT + 2)), Some(at(FIRST)));
    world.catch_up(FIRST - 1);
    assert_eq!(world.recipients(), [""; 0]);
    world.catch_up(FIRST);
    world.catch_up(FIRST + 1);
    assert_eq!(world.recipients(), ["jane@acme.example"]);
    let (thanks, first) = (text(&world.letters[0]), text(&world.letters[1]));
    let id = |l: &str| Message::parse(l.as_bytes(), &TimeZone::UTC).message_id.unwrap();
    assert!(first.contains(&format!("In-Reply-To: <{}>", id(&thanks))), "{first}");
    assert!(first.contains("Subject: Re: Thank you - Backend Engineer interview"), "{first}");
    // It waits: nothing comes beside it.
    world.catch_up(FIRST + 30 * DAY);
    assert_eq!(world.drafts.len(), 1);
    let mut world = thanked(vec!["jane"]);
    world.catch_up(FIRST);
    world.catch_up(FIRST + 1);
    send_all(&mut world, FIRST + 60);
    let second = FIRST + 60 + 14 * DAY;
    for early in [FIRST + 61, second - 1] {
        world.catch_up(early);
        assert_eq!(world.drafts.len(), 0, "at {early}");
    }
    world.catch_up(second);
    world.catch_up(second + 1);
    assert_eq!(world.recipients(), ["jane@acme.example"]);
    send_all(&mut world, second + 60);
    for late in [second + 61, second + 15 * DAY, second + 40 * DAY] {
        world.catch_up(late);
    }
    assert_eq!((world.drafts.len(), world.letters.len()), (0, 3));
}

#[test]
fn nobody_asks_for_it_and_there_is_none() {
    let mut world = thanked_with(setup(), vec!["jane"]);
    world.catch_up(FIRST + 60);
    assert_eq!(world.letters.len(), 1);
    // Nor where the thanks were not sent.
    let mut asked = setup();
    asked.policy.check_in = true;
    let mut waiting = World::with(asked);
    waiting.deliver(Role::Inbox, request().bytes(), -60);
    for minutes in [75, 76, FIRST, FIRST + DAY] {
        waiting.catch_up(minutes);
    }
    assert_eq!(waiting.letters.len(), 1);
}

#[test]
fn a_panel_gets_one() {
    let mut world = thanked(vec!["jane", "grant", "mei"]);
    for minutes in [FIRST, FIRST + 1, FIRST + DAY] {
        world.catch_up(minutes);
    }
    assert_eq!(world.drafts.len(), 1);
}

#[test]
fn thanks_of_the_owners_own_words_count() {
    let mut asked = setup();
    asked.policy.check_in = true;
    let mut world = World::with(asked);
    world.deliver(Role::Inbox, request().bytes(), -60);
    world.deliver(Role::Sent, letter("jane@acme.example", SENT), SENT);
    for minutes in [SENT + 1, FIRST, FIRST + 1] {
        world.catch_up(minutes);
    }
    assert_eq!(
        (world.recipients(), world.letters.len()),
        (vec!["jane@acme.example".to_owned()], 1)
    );
    let first = text(&world.letters[0]);
    assert!(first.contains(&format!("In-Reply-To: <own{SENT}@example.org>")), "{first}");
}

#[test]
fn any_answer_ends_it_and_an_absence_note_does_not() {
    let rejection = "we decided to move forward with other candidates for the Backend Engineer position at Acme. \
        Thank you for interviewing with us.";
    for (what, from, more, subject, body, ends) in [
        (
            "the interviewer",
            "jane@acme.example",
            "",
            "Re: Thank you",
            "Thank you, Alex! More soon.",
            true,
        ),
        ("a colleague", "omar@acme.example", "", "next steps", "We will be in touch.", true),
        ("a rejection", "no-reply@hire.example", "", "Your application at Acme", rejection, true),
        (
            "a rejection by a machine",
            "no-reply@hire.example",
            "Auto-Submitted: auto-generated\r\n",
            "Your application for Backend Engineer at Acme",
            rejection,
            true,
        ),
        (
            "an absence note",
            "jane@acme.example",
            "Auto-Submitted: auto-replied\r\n",
            "Away",
            "I am away.",
            false,
        ),
        ("a stranger", "kim@other.example", "", "lunch", "Shall we have lunch?", false),
    ] {
        let answer =
            |minutes| mail(from, more, subject, &format!("Dear Alex,\r\n\r\n{body}"), minutes);
        let mut before = thanked(vec!["jane"]);
        before.deliver(Role::Inbox, answer(SENT + DAY), SENT + DAY);
        let mut after = thanked(vec!["jane"]);
        after.catch_up(FIRST);
        after.catch_up(FIRST + 1);
        assert_eq!(after.drafts.len(), 1);
        after.deliver(Role::Inbox, answer(FIRST + 60), FIRST + 60);
        for world in [&mut before, &mut after] {
            for minutes in [FIRST + 61, FIRST + 62, FIRST + 4 * DAY] {
                world.catch_up(minutes);
            }
            assert_eq!(world.drafts.is_empty(), ends, "{what}");
        }
    }
}

#[test]
fn what_the_owner_does_with_it_is_final() {
    let first = || {
        let mut world = thanked(vec!["jane"]);
        world.catch_up(FIRST);
        world.catch_up(FIRST + 1);
        world
    };
    let mut deleted = first();
    deleted.drafts.clear();
    let mut edited = first();
    edited.drafts[0].size += 1;
    let mut written = first();
    written.deliver(Role::Sent, letter("jane@acme.example", FIRST + 30), FIRST + 30);
    for world in [&mut deleted, &mut edited, &mut written] {
        for minutes in [FIRST + 60, FIRST + 61, FIRST + 3 * DAY, FIRST + 6 * DAY] {
            world.catch_up(minutes);
        }
        assert_eq!(world.letters.len(), 2);
    }
    assert_eq!((deleted.drafts.len(), edited.drafts.len(), written.drafts.len()), (0, 1, 0));
}

#[test]
fn cut_lost_or_restarted_it_is_there_once() {
    for append in [Append::Works, Append::Refused, Append::CutBefore, Append::CutAfter] {
        for lost in [false, true] {
            let mut world = thanked(vec!["jane"]);
            world.append = append;
            world.catch_up(FIRST);
            if lost {
                world.lose_the_database();
                world.deliver(Role::Inbox, request().bytes(), -60);
                let thanks = world.letters[0].clone();
                world.deliver(Role::Sent, thanks, SENT);
            } else {
                world.restart();
            }
            for minutes in [FIRST + 2, FIRST + 3, FIRST + 20, FIRST + DAY] {
                world.catch_up(minutes);
            }
            assert_eq!(world.recipients(), ["jane@acme.example"], "{append:?}, lost: {lost}");
        }
    }
}

fn by_phone(world: &mut World) {
    let body = "Dear Alex,\r\n\r\nyour interview for the position of Backend Engineer at Acme is confirmed for \
        Thursday, March 5, 2026, 12:00 to 13:00.\r\n\r\nInterviewer: Jane Doerr, tel. +1 555 010 0144\r\n\r\nThis mailbox is not read.";
    let mail = mail(
        "Acme Careers <no-reply@acme.example>",
        "",
        "Interview confirmed: Backend Engineer at Acme",
        body,
        -1000,
    );
    world.deliver(Role::Inbox, mail, -1000);
}

#[test]
fn where_there_is_only_a_telephone_number_the_owner_gets_a_script_once() {
    let mut world = World::new();
    by_phone(&mut world);
    world.append = Append::CutAfter;
    for minutes in [74, 75, 77, 90, 600] {
        world.catch_up(minutes);
    }
    assert_eq!(world.recipients(), ["alex@example.org"]);
    let script = text(&world.letters[0]);
    assert!(script.contains("Jane Doerr") && script.contains("+1 555 010 0144"), "{script}");
    // What the owner writes to himself is no thanks to anybody.
    world.deliver(Role::Sent, letter("alex@example.org", 700), 700);
    world.catch_up(701);
    assert_eq!(world.drafts.len(), 1);
    // Deleted, it is done with: she is not thanked a second time when her address turns up.
    world.drafts.clear();
    world.catch_up(800);
    world.deliver(
        Role::Inbox,
        mail("Jane Doerr <jane@acme.example>", "", "hello", "Hello Alex", 900),
        900,
    );
    world.catch_up(901);
    world.catch_up(902);
    assert_eq!(world.recipients(), [""; 0]);
}
