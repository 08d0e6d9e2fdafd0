//! The header fields of a letter, whatever people are called: each survives the way through a mail program.

use std::collections::BTreeMap;

use afterword::address::EmailAddress;
use afterword::draft::Draft;
use afterword::engine::{Action, Engine, Input};
use afterword::folder::{Delivery, Drafts, Role};
use afterword::ledger::Ledger;
use afterword::message::Message;
use jiff::tz::TimeZone;

use super::world::{Mail, at, request, setup};

/// The letters that an owner of this name and address owes for an invitation.
fn letters(owner: &str, address: &str, invitation: &str) -> Vec<Draft> {
    let mut setup = setup();
    owner.clone_into(&mut setup.owner.name);
    setup.owner.addresses.push(EmailAddress::parse(address).unwrap());
    let mut engine = Engine::new(setup, BTreeMap::new(), Ledger::default());
    let account = || "home".to_owned();
    let bytes = invitation.replace("alex@example.org", address).into_bytes();
    let delivery = Delivery { role: Role::Inbox, arrived: at(-60), bytes };
    engine.handle(Input::Delivered { account: account(), delivery }, at(-60));
    let caught_up =
        Input::CaughtUp { account: account(), since: at(75), drafts: Drafts::default() };
    let mut letters = Vec::new();
    for action in engine.handle(caught_up, at(75)) {
        let Action::Look { message_id, .. } = action else { continue };
        for action in engine.handle(Input::Looked { message_id, in_trash: false }, at(75)) {
            match action {
                Action::Append { draft, .. } => letters.push(*draft),
                Action::Unwritten { reason, .. } => panic!("{reason}"),
                _ => {}
            }
        }
    }
    letters
}

fn invitation() -> String {
    String::from_utf8(request().bytes()).unwrap()
}

/// What holds of every letter's bytes, and the message that a mail program reads from them.
#[track_caller]
fn check(draft: &Draft) -> Message {
    let whole = std::str::from_utf8(&draft.bytes).unwrap();
    let (header, _) = whole.split_once("\r\n\r\n").unwrap();
    assert!(header.is_ascii(), "{header}");
    assert!(!whole.replace("\r\n", "").contains(['\n', '\r']), "a bare line end: {whole:?}");
    assert!(whole.split("\r\n").all(|l| l.len() <= 998), "{whole}");
    let allowed = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];
    let mut names: Vec<&str> = Vec::new();
    for line in header.split("\r\n").filter(|l| !l.starts_with([' ', '\t'])) {
        names.push(line.split(':').next().unwrap());
    }
    assert!(names.iter().all(|n| allowed.contains(n)), "{names:?}");
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "each field once: {names:?}");
    let message = Message::parse(&draft.bytes, &TimeZone::UTC);
    assert_eq!(message.problems, Vec::<String>::new());
    assert_eq!((message.to.len(), message.cc.len(), message.bcc.len()), (1, 0, 0), "{header}");
    assert_eq!(message.message_id.as_deref(), Some(draft.message_id.as_str()));
    assert_eq!(message.subject, draft.subject);
    // What a reader sees is what was composed, each paragraph one line.
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let shown = [message.text.new.as_str(), message.text.signature.as_str()].join("\n");
    assert_eq!(words(&shown), words(&draft.body));
    assert!(draft.body.lines().all(|l| l.is_empty() || !l.ends_with(' ')));
    message
}

#[test]
fn the_reader_keeps_their_name() {
    for (written, shown) in [
        ("Jane Doerr", "Jane Doerr"),
        ("Zoë O\u{2019}Brien-Łoś", "Zoë O\u{2019}Brien-Łoś"),
        ("Doerr, Jane", "Jane Doerr"),
        ("Doerr, Jane (Risk; EMEA)", "Jane Doerr"),
        ("王小明", "王小明"),
        ("Јелена Петровић", "Јелена Петровић"),
        ("Jane D. Doerr: Team A", "Jane D. Doerr: Team A"),
    ] {
        let text = invitation().replace("CN=jane Doerr", &format!("CN=\"{written}\""));
        let letters = letters("Alex Rivera", "alex@example.org", &text);
        let message = check(&letters[0]);
        assert_eq!(message.to[0].name.as_deref(), Some(shown), "{written}");
        assert_eq!(message.to[0].address.as_ref().unwrap().as_str(), "jane@acme.example");
    }
}

#[test]
fn a_name_of_any_length_is_folded() {
    for (unit, times) in [("Jane ", 60), ("Łoś ", 60), ("x", 300), ("ж", 300)] {
        let name = unit.repeat(times);
        let text = invitation().replace("CN=jane Doerr", &format!("CN=\"{}\"", name.trim()));
        let letters = letters("Alex Rivera", "alex@example.org", &text);
        let message = check(&letters[0]);
        assert_eq!(message.to[0].name.as_deref(), Some(name.trim()));
    }
}

#[test]
fn the_owner_keeps_their_name_and_the_address_that_was_invited() {
    for (name, address) in [
        ("Łukasz Wójcik", "lukasz@example.org"),
        ("Sam O'Connor", "sam@example.org"),
        ("Rivera, Alex", "a.rivera@example.net"),
        ("Alex \"Al\" Rivera", "al@example.org"),
        ("Alex (they/them) Rivera", "alex@example.org"),
        ("李雷", "li.lei@example.org"),
        ("Alex Rivera", "alex+jobs@example.org"),
    ] {
        let letters = letters(name, address, &invitation());
        let from = check(&letters[0]).from.unwrap();
        assert_eq!(from.name.as_deref(), Some(name));
        // A tag brings mail to the owner, but it is not what the owner writes from where the address is listed without it.
        let listed = address.replace("+jobs", "");
        assert_eq!(from.address.unwrap().as_str(), listed, "{name}");
        assert!(
            letters[0].body.contains(name)
                && letters[0].message_id.ends_with(address.split('@').next_back().unwrap())
        );
    }
}

#[test]
fn an_international_domain_is_written_in_ascii() {
    let text = invitation().replace("jane@acme.example", "jane@münchen.example");
    let draft = &letters("Alex Rivera", "alex@example.org", &text)[0];
    let message = check(draft);
    assert_eq!(message.to[0].address.as_ref().unwrap().as_str(), "jane@xn--mnchen-3ya.example");
}

#[test]
fn nothing_in_an_invitation_becomes_a_header_field() {
    let eve = "Bcc: eve@evil.example";
    for (what, hostile) in [
        ("CN=jane Doerr", format!("CN=\"Jane^n{eve}\"")),
        ("CN=jane Doerr", format!("CN=\"Jane\\n{eve}\\n\"")),
        ("CN=jane Doerr", format!("CN=\"Jane\u{2028}{eve}\u{85}\"")),
        ("CN=jane Doerr", "CN=\"Jane\u{0}\u{7f}\u{1b}[2J\u{202e}Doerr\"".to_owned()),
        ("CN=jane Doerr", format!("CN=\"Jane=0D=0A{eve} =?utf-8?Q?=0D=0A{eve}?=\"")),
        (
            "SUMMARY:Interview: Backend Engineer at Acme",
            format!("SUMMARY:Interview: Backend Engineer\\n{eve} at Acme\\r\\n{eve}"),
        ),
        (
            "Subject: Interview",
            format!("Subject: =?utf-8?Q?Interview=0D=0A{}?= Interview", eve.replace(' ', "_")),
        ),
        ("mailto:jane@acme.example", "mailto:jane@acme.example?bcc=eve@evil.example".to_owned()),
        (
            "mailto:jane@acme.example",
            "mailto:jane@acme.example%0d%0aBcc:eve@evil.example".to_owned(),
        ),
    ] {
        let text = invitation();
        assert!(text.contains(what), "{what}");
        for draft in letters("Alex Rivera", "alex@example.org", &text.replace(what, &hostile)) {
            let message = check(&draft);
            let to = message.to[0].address.as_ref().unwrap();
            assert!(!to.as_str().contains("evil"), "{hostile}: {to}");
        }
    }
}

#[test]
fn each_of_a_panel_gets_another_letter_from_sixty_to_two_hundred_words() {
    let panel = Mail { guests: vec!["jane", "grant", "mei"], ..request() };
    let text = String::from_utf8(panel.bytes()).unwrap();
    let letters = letters("Alex Rivera", "alex@example.org", &text);
    assert_eq!(letters.len(), 3);
    for draft in &letters {
        check(draft);
        let words = draft.body.split_whitespace().count();
        assert!((60..=200).contains(&words), "{words} words");
    }
    // No paragraph but the last, which is the signature, stands in two of them.
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let paragraphs: Vec<&str> = letters[one].body.split("\n\n").collect();
        let (_, texts) = paragraphs.split_last().unwrap();
        assert!(texts.iter().all(|p| !letters[other].body.contains(p)), "{one} and {other}");
    }
}

/// White space and line ends within a Message-ID are a mail program's folding and are taken out; what is then no id is not
/// answered, and the letter is written without it.
#[test]
fn only_a_sane_message_id_is_answered() {
    for (id, answered) in [
        ("<hand@acme.example>", Some("hand@acme.example")),
        ("<hand\r\n @acme.example>", Some("hand@acme.example")),
        ("<a\r\n Bcc: eve@evil.example>", Some("aBcc:eve@evil.example")),
        ("<hand@acme.example\r\n\tBcc: eve@evil.example>", None),
        ("<no at sign>", None),
        ("<ünïcode@acme.example>", None),
        ("<\"quoted\"@acme.example>", Some("\"quoted\"@acme.example")),
    ] {
        let hand = format!(
            "Date: Wed, 4 Mar 2026 10:00:00 +0000\r\nFrom: jane@acme.example\r\nTo: alex@example.org\r\nSubject: tomorrow\r\n\
             Message-ID: {id}\r\nReferences: <one@acme.example> <bad\r\n id> <two@acme.example>\r\n\r\nSee you!\r\n"
        );
        let mut engine = Engine::new(setup(), BTreeMap::new(), Ledger::default());
        let account = || "home".to_owned();
        for bytes in [hand.into_bytes(), request().bytes()] {
            let delivery = Delivery { role: Role::Inbox, arrived: at(-60), bytes };
            engine.handle(Input::Delivered { account: account(), delivery }, at(-60));
        }
        let caught_up =
            Input::CaughtUp { account: account(), since: at(75), drafts: Drafts::default() };
        let look = engine.handle(caught_up, at(75)).into_iter().find_map(|a| match a {
            Action::Look { message_id, .. } => Some(message_id),
            _ => None,
        });
        let looked = Input::Looked { message_id: look.unwrap(), in_trash: false };
        let draft = engine.handle(looked, at(75)).into_iter().find_map(|a| match a {
            Action::Append { draft, .. } => Some(draft),
            _ => None,
        });
        let draft = draft.unwrap();
        check(&draft);
        assert_eq!(draft.in_reply_to.as_deref(), answered, "{id}");
    }
}
