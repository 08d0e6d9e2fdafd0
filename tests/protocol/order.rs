//! The same messages in any order of arrival, in one account or two, found in one folder or two, give the same interviews.

use std::collections::BTreeMap;
use std::{fmt, fs};

use afterword::address::EmailAddress;
use afterword::engine::{Action, Engine, Input};
use afterword::extract::Findings;
use afterword::folder::{Delivery, Role};
use afterword::interview::{Interview, Standing};
use afterword::ledger::Ledger;
use proptest::prelude::*;
use serde_json::Value;

use super::world::{Mail, at, request, setup};

/// A message; a failing test prints it as text.
#[derive(Clone)]
struct Bytes(Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// A message, the account and the folder it is found in, and when it came there (minutes as [`at`]).
type Found = (Bytes, &'static str, Role, i64);

fn read(found: &[Found], stored: &mut BTreeMap<String, Findings>) -> Vec<Interview> {
    read_as(&setup().owner.addresses, found, stored)
}

/// Reads all of it, by an engine that knows `stored`; what is to be stored goes there, as the store would keep it.
fn read_as(
    addresses: &[EmailAddress],
    found: &[Found],
    stored: &mut BTreeMap<String, Findings>,
) -> Vec<Interview> {
    let mut setup = setup();
    setup.owner.addresses = addresses.to_vec();
    let mut engine = Engine::new(setup, stored.clone(), Ledger::default());
    for (bytes, account, role, arrived) in found {
        let delivery = Delivery { role: *role, arrived: at(*arrived), bytes: bytes.0.clone() };
        let told = Input::Delivered { account: (*account).to_owned(), delivery };
        for action in engine.handle(told, at(0)) {
            let Action::Keep(key, findings) = action else { panic!("{action:?}") };
            let json = serde_json::to_string(&findings).unwrap();
            stored.insert(key, serde_json::from_str(&json).unwrap());
        }
    }
    engine.interviews().to_vec()
}

fn interviews(found: &[Found]) -> Vec<Interview> {
    read(found, &mut BTreeMap::new())
}

/// A life of one appointment as it really happens: versions whose SEQUENCE and DTSTAMP rise or stay, with what is forged or
/// answered in between; the same mail in both accounts, and filed away.
fn life() -> impl Strategy<Value = Vec<Found>> {
    let step = (0_usize..8, 0_u32..2, 0_i64..2, 0_i64..4, 0_usize..3, 0_usize..4);
    proptest::collection::vec(step, 1..8).prop_map(|steps| {
        let (mut sequence, mut stamp) = (0, -1440);
        let mut found = Vec::new();
        for (kind, raise, pass, hour, guests, copies) in steps {
            sequence += raise;
            stamp += pass * 30;
            let base = Mail {
                sequence,
                stamp,
                time: (hour * 90, hour * 90 + 45),
                guests: ["jane", "grant"][..guests].to_vec(),
                ..request()
            };
            let reply =
                Mail { method: "REPLY", from: "alex@example.org", guests: vec![], ..base.clone() };
            let stranger = "eve@evil.example";
            let mail = match kind {
                0..=2 => base,
                3 => Mail { method: "CANCEL", ..base },
                // Guests are taken off: the owner is not among those it is sent to.
                4 => Mail { method: "CANCEL", owner: None, ..base },
                5 => Mail { owner: Some("DECLINED"), ..reply },
                6 => Mail { owner: Some("ACCEPTED"), ..reply },
                _ => Mail { organizer: stranger, from: stranger, ..base },
            };
            let role = if mail.method == "REPLY" { Role::Sent } else { Role::Inbox };
            let bytes = Bytes(mail.bytes());
            found.push((bytes.clone(), "home", role, stamp));
            // The copy in the other account comes later; the one in the archive has an earlier time, but a lesser folder.
            match copies {
                1 => found.push((bytes, "work", role, stamp + 3)),
                2 => found.push((bytes, "home", Role::Archive, stamp - 5)),
                // A second folder that is read like the inbox.
                3 => found.push((bytes, "home", role, stamp + 7)),
                _ => {}
            }
        }
        found
    })
}

fn shuffled() -> impl Strategy<Value = (Vec<Found>, Vec<Found>)> {
    life().prop_flat_map(|found| (Just(found.clone()), Just(found).prop_shuffle()))
}

/// The labelled messages, and every address that reaches one of their owners: only the order matters here.
fn corpus() -> (Vec<Found>, Vec<EmailAddress>) {
    let mut files: Vec<_> =
        fs::read_dir("tests/corpus/messages").unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "eml"));
    files.sort();
    assert!(files.len() >= 60, "the corpus is there");
    let owners = files.iter().flat_map(|f| {
        let label: Value =
            serde_json::from_slice(&fs::read(f.with_extension("json")).unwrap()).unwrap();
        let addresses = label["owner"]["addresses"].as_array().unwrap().clone();
        addresses.into_iter().map(|a| EmailAddress::parse(a.as_str().unwrap()).unwrap())
    });
    let found = files.iter().map(|f| (Bytes(fs::read(f).unwrap()), "home", Role::Inbox, 0));
    (found.collect(), owners.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_life_in_any_order((found, shuffled) in shuffled()) {
        prop_assert_eq!(interviews(&found), interviews(&shuffled));
    }

    /// What is read twice, as after a lost position, changes nothing.
    #[test]
    fn a_life_told_twice((found, shuffled) in shuffled()) {
        let twice = [found.clone(), shuffled].concat();
        prop_assert_eq!(interviews(&found), interviews(&twice));
    }

    /// An engine that starts in the middle of it from what was stored ends where the others do.
    #[test]
    fn a_life_with_a_restart((found, shuffled) in shuffled(), step in 0_usize..20) {
        let (before, after) = shuffled.split_at(step.min(shuffled.len()));
        let mut stored = BTreeMap::new();
        read(before, &mut stored);
        prop_assert_eq!(interviews(&found), read(after, &mut stored));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_corpus_in_any_order(shuffled in Just(corpus().0).prop_shuffle()) {
        let (found, owners) = corpus();
        let read = |found| read_as(&owners, found, &mut BTreeMap::new());
        let ordered = read(&found);
        prop_assert!(ordered.len() >= 15, "{}", ordered.len());
        prop_assert!(ordered == read(&shuffled));
    }
}

#[test]
fn an_interview_in_two_accounts_is_one_and_belongs_to_the_first_listed() {
    let bytes = Bytes(request().bytes());
    let found: [Found; 2] =
        [(bytes.clone(), "work", Role::Inbox, -1440), (bytes, "home", Role::Inbox, -1430)];
    let interviews = interviews(&found);
    assert_eq!(interviews.len(), 1);
    assert_eq!((interviews[0].sessions.len(), interviews[0].account.as_str()), (1, "home"));
}

/// Two mails may differ only in what the calendar object asks, or of whom: one must not hide the other, whichever came
/// first.
#[test]
fn a_mail_is_known_by_all_that_its_calendar_says() {
    let text = String::from_utf8(request().bytes()).unwrap();
    for (from, to) in [
        ("METHOD:REQUEST", "METHOD:CANCEL"),
        ("DTEND:20260305T130000Z", "DTEND:20260305T150000Z"),
        ("mailto:jane@acme", "mailto:grant@acme"),
        ("ORGANIZER:mailto:pat@acme.example", "ORGANIZER:mailto:eve@evil.example"),
        ("PARTSTAT=NEEDS-ACTION", "PARTSTAT=DECLINED"),
        ("DTSTAMP:20260304T120000Z", "DTSTAMP:20260304T130000Z"),
    ] {
        let other = text.replace(from, to);
        assert_ne!(text, other, "{from}");
        let found = |t: &String| (Bytes(t.clone().into_bytes()), "home", Role::Inbox, -1440);
        let one_way = interviews(&[found(&text), found(&other)]);
        assert_eq!(one_way, interviews(&[found(&other), found(&text)]), "{from}");
        if to == "METHOD:CANCEL" {
            assert_eq!(one_way[0].sessions[0].standing, Standing::CalledOff);
        }
    }
}
