//! `afterword letter`, on a running daemon and on the store without one.

use afterword::maildir::Maildir;

use super::ask::{interview, json, refusal, text};
use super::harness::{Home, Invitation, field, wait};

#[test]
fn the_letters_of_an_interview_are_printed_and_saved_nowhere() {
    let home = Home::on_disk();
    let panel = Invitation { guests: &["jane", "omar"], ..Invitation::just_over("one@acme") };
    Maildir::deliver(&home.mail(), &panel.bytes()).unwrap();
    home.once();
    let id = interview(&home);
    let told = json(&home, &["letter", "--json", &id]);
    let letters = told["letters"].as_array().unwrap();
    assert_eq!(letters.len(), 2);
    let saved = super::ask::letters(&home);
    for letter in letters {
        assert_eq!(
            (&letter["kind"], &letter["draft"]["state"]),
            (&"thanks".into(), &"waiting".into())
        );
        let to = letter["to"][0]["address"].as_str().unwrap();
        let draft = saved.iter().find(|d| field(d, "To").unwrap().contains(to)).unwrap();
        assert_eq!(field(draft, "Subject").as_deref(), letter["subject"].as_str());
    }
    let of_draft = letters[0]["draft"]["message_id"].as_str().unwrap();
    assert_eq!(json(&home, &["letter", "--json", of_draft])["letters"], told["letters"]);
    let printed = text(&home, &["letter", &id]);
    for words in ["Dear Jane Doerr", "Dear Omar Doerr", "in Drafts", "Subject: Thank you - "] {
        assert!(printed.contains(words), "`{words}` is missing in\n{printed}");
    }
    let script = text(&home, &["letter", "--call", &id]);
    for words in
        ["For your call to Jane Doerr", "For a voicemail", "To: Alex Rivera <alex@example.org>"]
    {
        assert!(script.contains(words), "`{words}` is missing in\n{script}");
    }
    let styles = text(&home, &["letter", "--examples", &id]);
    assert!(styles.contains("formal style") && styles.contains("warm style"), "{styles}");
    let unknown = refusal(&home, &["letter", "nothing"]);
    assert!(unknown.contains("`nothing`") && unknown.contains("hint:"), "{unknown}");
    assert_eq!(super::ask::letters(&home), saved);
}

#[test]
fn a_running_daemon_tells_them_and_examples_need_none() {
    let home = Home::on_disk();
    Maildir::deliver(&home.mail(), &Invitation::just_over("one@acme").bytes()).unwrap();
    let daemon = home.start();
    let saved = || (!super::ask::letters(&home).is_empty()).then_some(());
    wait("the letter", saved, || daemon.log());
    let id = interview(&home);
    assert!(text(&home, &["letter", &id]).contains("Dear Jane Doerr"));
    daemon.kill();
    let examples = json(&home, &["letter", "--examples", "--json"]);
    let examples = examples["examples"].as_array().unwrap();
    let of = |name: &str| examples.iter().filter(|e| e["template"] == name).count();
    assert_eq!(
        (of("plain/en/thanks.txt"), of("warm/de/thanks.txt"), of("plain/it/call.txt")),
        (3, 3, 1)
    );
    assert_eq!(home.command(&["letter"]).status.code(), Some(2));
}
