//! The letters as bytes: RFC 5322 that a mail program sends as it stands, and nothing in it that could harm.

use afterword::folder::Role;
use afterword::message::Message;
use jiff::tz::TimeZone;

use super::world::{Mail, World, at, request};

/// The letters of an invitation whose text was changed, after `before` was delivered.
fn letters(mail: &Mail, change: impl Fn(&str) -> String, before: &[&str]) -> Vec<Vec<u8>> {
    let mut world = World::new();
    for text in before {
        world.deliver(Role::Inbox, text.as_bytes().to_vec(), -100);
    }
    let text = change(&String::from_utf8(mail.bytes()).unwrap());
    world.deliver(Role::Inbox, text.into_bytes(), -60);
    world.catch_up(75);
    world.letters
}

/// Header section as lines, long fields unfolded.
fn header(letter: &[u8]) -> Vec<String> {
    let text = String::from_utf8(letter.to_vec()).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    head.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn a_letter_is_ready_to_be_sent() {
    let letters = letters(&request(), str::to_owned, &[]);
    let header = header(&letters[0]);
    let names: Vec<&str> = header.iter().map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding"
        ],
        "no header that a program would leave"
    );
    let message = Message::parse(&letters[0], &TimeZone::UTC);
    let from = message.from.unwrap();
    assert_eq!(
        (from.name.as_deref(), from.address.unwrap().as_str()),
        (Some("Alex Rivera"), "alex@example.org")
    );
    assert_eq!(message.to[0].name.as_deref(), Some("jane Doerr"));
    assert_eq!(message.date, Some(at(75)));
    assert!(message.message_id.unwrap().ends_with("@example.org"));
    assert_eq!(message.subject, "Thank you - Backend Engineer interview");
    let text = message.text.new;
    assert!(text.starts_with("Dear jane Doerr,\n\n"), "{text}");
    assert!(
        ["Thursday, March 5", "Backend Engineer position", "Acme"].iter().all(|w| text.contains(w)),
        "{text}"
    );
    let words = text.split_whitespace().count();
    assert!((60..=200).contains(&words), "{words} words");
    assert!(text.lines().any(|l| l.len() > 120), "a paragraph is one line: {text}");
    let whole = String::from_utf8(letters[0].clone()).unwrap();
    assert!(!whole.to_lowercase().contains("afterword"));
    assert!(!whole.replace("\r\n", "").contains('\n'), "no bare line feed");
    assert!(whole.split("\r\n").all(|l| l.len() <= 998));
}

#[test]
fn letters_of_a_panel_differ_and_are_the_same_each_time() {
    let panel = Mail { guests: vec!["jane", "grant", "mei"], ..request() };
    let first = letters(&panel, str::to_owned, &[]);
    assert_eq!(first.len(), 3);
    assert_eq!(first, letters(&panel, str::to_owned, &[]));
    let second_paragraph =
        |l: &Vec<u8>| Message::parse(l, &TimeZone::UTC).text.new.lines().nth(2).unwrap().to_owned();
    let mut texts: Vec<String> = first.iter().map(second_paragraph).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 3);
}

#[test]
fn names_keep_their_spelling_and_never_become_header_fields() {
    let name = |cn: &str| {
        let letters =
            letters(&request(), |t| t.replace("CN=jane Doerr", &format!("CN=\"{cn}\"")), &[]);
        Message::parse(&letters[0], &TimeZone::UTC)
    };
    assert_eq!(name("Désirée Müller-Łoś").to[0].name.as_deref(), Some("Désirée Müller-Łoś"));
    assert_eq!(name("Doe, Jane (Risk)").to[0].name.as_deref(), Some("Jane Doe"));
    for hostile in
        ["Jane^nBcc: eve@evil.example", "Jane\\nBcc: eve@evil.example", "{{ owner.name }} Jane"]
    {
        let letters =
            letters(&request(), |t| t.replace("CN=jane Doerr", &format!("CN=\"{hostile}\"")), &[]);
        for letter in letters {
            assert!(header(&letter).iter().all(|l| !l.starts_with("Bcc")), "{hostile}");
        }
    }
}

#[test]
fn a_letter_answers_only_what_its_reader_wrote_by_hand() {
    let by_hand = "Date: Wed, 4 Mar 2026 10:00:00 +0000\r\nFrom: Jane Doerr <Jane@acme.example>\r\nTo: alex@example.org\r\n\
        Subject: see you tomorrow\r\nMessage-ID: <hand@acme.example>\r\nReferences: <earlier@acme.example>\r\n\r\nSee you tomorrow!\r\n";
    let answer = letters(&request(), str::to_owned, &[by_hand]);
    let header_lines = header(&answer[0]);
    assert!(
        header_lines.contains(&"In-Reply-To: <hand@acme.example>".to_owned()),
        "{header_lines:?}"
    );
    assert!(
        header_lines
            .iter()
            .any(|l| l.starts_with("References: <earlier@acme.example> <hand@acme.example>"))
    );
    for other in [
        by_hand.replace("Subject:", "Auto-Submitted: auto-replied\r\nSubject:"),
        by_hand.replace("Jane@acme", "pat@acme"),
        by_hand.replace("Subject:", "List-Unsubscribe: <mailto:x@acme.example>\r\nSubject:"),
    ] {
        let letter = letters(&request(), str::to_owned, &[&other]);
        assert!(header(&letter[0]).iter().all(|l| !l.starts_with("In-Reply-To")), "{other}");
    }
    let folded = by_hand
        .replace("<hand@acme.example>", "<ha\r\n nd@acme.example\r\n\tBcc: eve@evil.example>");
    let letter = letters(&request(), str::to_owned, &[&folded]);
    assert!(header(&letter[0]).iter().all(|l| !l.contains("evil")), "{:?}", header(&letter[0]));
}

#[test]
fn an_english_letter_for_a_conversation_in_another_language_is_starred() {
    for (title, starred, word) in [
        ("Rozmowa kwalifikacyjna: Acme, stanowisko programisty", true, "Dear"),
        ("Vorstellungsgespräch bei Acme, Stelle als Entwickler", false, "Guten Tag"),
        ("Interview: Backend Engineer at Acme", false, "Dear"),
    ] {
        let mut world = World::new();
        let text = String::from_utf8(request().bytes()).unwrap();
        let text = text.replace("Interview: Backend Engineer at Acme", title);
        world.deliver(Role::Inbox, text.into_bytes(), -60);
        world.catch_up(75);
        let entry = world.engine.ledger().entries().next().unwrap();
        assert_eq!(entry.flagged, starred, "{title}");
        let letter = Message::parse(&world.letters[0], &TimeZone::UTC).text.new;
        assert!(letter.starts_with(word), "{letter}");
    }
}
