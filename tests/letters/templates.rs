//! The owner's own templates: taken where they work, refused with file, line and reason where they do not.

use std::collections::BTreeMap;

use afterword::draft::{Letters, Profile, examples};

fn with(name: &str, text: &str, style: &str) -> (Letters, Vec<String>) {
    let files = BTreeMap::from([(name.to_owned(), text.to_owned())]);
    let (letters, refused) = Letters::new(&files, style, Profile::default());
    (letters, refused.iter().map(ToString::to_string).collect())
}

fn body(letters: &Letters, language: &str) -> String {
    letters.write("thanks", language, &examples::office()).unwrap().body
}

#[test]
fn a_template_of_the_owners_is_used() {
    let own = "Subject: Thanks\n\nHello {{ person.first or \"there\" }},\n\nthis is mine.\n\nBye\n{{ owner.name }}\n";
    let (letters, refused) = with("plain/en/thanks.txt", own, "plain");
    assert_eq!(refused, Vec::<String>::new());
    assert_eq!(body(&letters, "en"), "Hello Greta,\n\nthis is mine.\n\nBye\nAlex Rivera\n");
    // A style of the owner's own has what it has, and the rest of the plain one.
    let (letters, _) = with("mine/en/thanks.txt", own, "mine");
    assert!(letters.has_style("mine") && !letters.has_style("yours"));
    assert!(body(&letters, "en").contains("this is mine"));
    assert!(body(&letters, "de").contains("Hallo Greta"));
    // A new language is a new folder.
    let (letters, _) = with("plain/xx/thanks.txt", own, "plain");
    assert_eq!((letters.language("xx"), letters.language("yy")), ("xx", "en"));
}

#[test]
fn a_broken_template_is_refused_and_the_built_in_one_stands_in() {
    let built_in = body(&Letters::new(&BTreeMap::new(), "plain", Profile::default()).0, "en");
    for (text, line, reason) in [
        ("Subject: x\n\n{% if owner.name %}\n", "", "unexpected end of input"),
        ("Subject: x\n\nHello\n{{ person.nickname }}\n", ":4", "undefined"),
        ("Subject: x\n\n{{ owner.name | shout }}\n", ":3", "shout"),
        ("{% set x = 1 %}Hello,\n\nno subject\n", ":1", "`Subject: `"),
        ("Subject: x\n\n{{ pick(\"a\", []) }}\n", ":3", "empty list"),
        (
            "Subject: x\n\n{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}\n",
            ":3",
            "fuel",
        ),
        ("Subject: x\n\n{% include \"../../../etc/passwd\" %}\n", ":3", "passwd"),
    ] {
        let (letters, refused) = with("plain/en/thanks.txt", text, "plain");
        assert_eq!(refused.len(), 1, "{text}: {refused:?}");
        let told = &refused[0];
        assert!(told.contains(&format!("plain/en/thanks.txt{line}")), "{told}");
        assert!(told.contains(reason), "{told}");
        assert_eq!(body(&letters, "en"), built_in, "{text}");
    }
    // Broken words break every letter that rests on them, and are given up as a whole.
    let (letters, refused) =
        with("plain/en/words.txt", "{% macro date() %}x{% endmacro %}", "plain");
    assert!(!refused.is_empty(), "greeting is missing");
    assert_eq!(body(&letters, "en"), built_in);
    // Where there is no built-in one, the style goes without.
    let (letters, refused) = with("mine/de/thanks.txt", "{{ nonsense", "mine");
    assert_eq!(refused.len(), 1);
    assert!(body(&letters, "de").contains("Hallo Greta"));
}

#[test]
fn what_a_sender_wrote_is_never_a_template() {
    let mut facts = examples::office();
    facts.company = Some("{{ owner.phone }}".to_owned());
    let (letters, _) = Letters::new(&BTreeMap::new(), "plain", Profile::default());
    let letter = letters.write("thanks", "en", &facts).unwrap();
    assert!(letter.body.contains("{{ owner.phone }}"), "a value stays as it is");
    assert!(afterword::draft::proofread::unfit(&letter).is_some(), "and stops the letter");
}
