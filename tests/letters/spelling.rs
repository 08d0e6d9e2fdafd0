//! Spelling, against the dictionaries of this machine (`tests/run` installs them).

use std::collections::BTreeMap;
use std::sync::Arc;

use afterword::dictionary::Dictionaries;
use afterword::draft::facts::Facts;
use afterword::draft::spelling::Spelling;
use afterword::draft::{Letters, Profile, Speller, Strength, examples};

fn misspelled(language: &str, text: &str) -> Option<String> {
    let dictionaries = Dictionaries::of_system();
    assert!(dictionaries.has(language), "no dictionary for `{language}`; hint: run tests/run");
    let known = ["Alex Rivera", "Quillstone", "event streaming with Kafka"];
    let spelling = Spelling::new(&dictionaries, language, known.into_iter());
    spelling.misspelled(text).map(str::to_owned)
}

#[test]
fn a_word_that_no_dictionary_has_is_found() {
    for (language, text, wrong) in [
        ("en", "I have six years of expereince with wards.", "expereince"),
        ("en", "Definately the work that I like.", "Definately"),
        ("de", "Ich habe sechs Jahre Erfahrnug auf Station.", "Erfahrnug"),
        ("fr", "J'ai six ans d'expérience dans la menuiserrie.", "menuiserrie"),
        ("es", "Tengo seis años de experienzia.", "experienzia"),
        ("pt", "Tenho seis anos de experiênsia.", "experiênsia"),
        ("nl", "Ik heb zes jaar ervarring.", "ervarring"),
        ("it", "Ho sei anni di esperiensa.", "esperiensa"),
    ] {
        assert_eq!(misspelled(language, text).as_deref(), Some(wrong), "{text}");
    }
}

#[test]
fn what_is_right_or_a_name_is_left_alone() {
    for (language, text) in [
        (
            "en",
            "At Quillstone's request I moved order processing to Kafka, and the team's on-call load fell by half.",
        ),
        (
            "en",
            "I colour-coded the wards’ stock; see https://example.org/list or ask me at a.b@example.org.",
        ),
        (
            "en",
            "I worked with Grzegorz at Siemens on PostgreSQL, HACCP and JavaScript for 3½ years.",
        ),
        (
            "de",
            "Die Medikamentengabe und die Wundversorgung übernahm ich selbst, auch im Nachtdienst.",
        ),
        ("de", "Als Backend Engineer habe ich das Deployment von Kafka betreut."),
        ("fr", "Aujourd'hui j'encadre l'équipe de l’atelier, c'est-à-dire trois apprentis."),
        ("it", "Dall'anno scorso seguo l’organizzazione dell'officina."),
        ("nl", "Ik heb 's nachts de wondverzorging gedaan."),
        ("xx", "Qwrtz is in no language."),
    ] {
        let dictionaries = Dictionaries::of_system();
        let known = ["Alex Rivera", "Quillstone", "event streaming with Kafka"];
        let spelling = Spelling::new(&dictionaries, language, known.into_iter());
        assert_eq!(spelling.misspelled(text), None, "{text}");
    }
}

/// In our own words a slip would be a bug.
#[test]
fn our_own_words_are_spelled_as_the_dictionaries_have_them() {
    let dictionaries = Dictionaries::of_system();
    let mut wrong = BTreeMap::new();
    for style in ["formal", "plain", "warm"] {
        let (letters, _) = Letters::new(&BTreeMap::new(), style, Profile::default());
        for facts in super::rules::varied() {
            for language in super::rules::LANGUAGES {
                for kind in super::rules::KINDS {
                    let letter = letters.write(kind, language, &facts).unwrap();
                    let names = [
                        &facts.owner.name,
                        facts.person.name.as_ref().unwrap_or(&facts.owner.name),
                    ];
                    let names = names
                        .into_iter()
                        .chain(&facts.company)
                        .chain(&facts.role)
                        .chain(&facts.also_to_thank);
                    let skills = facts.fit.iter().map(|f| &f.skill).chain(&facts.notes);
                    let known = names.chain(skills).map(String::as_str);
                    let spelling =
                        Spelling::new(&dictionaries, language, known.chain(["I know it."]));
                    if let Some(word) = spelling.misspelled(&letter.body) {
                        wrong.insert((language, word.to_owned()), format!("{style} {kind}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_slip_of_the_owners_stars_the_letter_and_a_missing_dictionary_never_fails() {
    let strength = |sentence: &str| Strength {
        skill: "event streaming".to_owned(),
        keywords: vec!["Kafka".to_owned()],
        sentence: sentence.to_owned(),
    };
    let profile =
        Profile { summary: None, strengths: vec![strength("I have moved a system to Kafka.")] };
    let told = |dictionaries: Dictionaries, note: &str| {
        let (letters, _) = Letters::new(&BTreeMap::new(), "plain", profile.clone());
        let letters = letters.with_speller(Arc::new(dictionaries));
        let facts = Facts { notes: vec![note.to_owned()], ..examples::office() };
        let letter = letters.write("thanks", "en", &facts).unwrap();
        letters.misspellings(&letter, "en", &facts)
    };
    let slip = "I forgot to say that I have led the migraton of Kafka.";
    let found = told(Dictionaries::of_system(), slip);
    assert!(found.len() == 1 && found[0].contains("`migraton`"), "{found:?}");
    assert_eq!(
        told(Dictionaries::of_system(), "I forgot to say that I like Kafka."),
        Vec::<String>::new()
    );
    let none = || Dictionaries::of(vec!["/nowhere".into()]);
    assert_eq!(told(none(), slip), Vec::<String>::new());
    assert_eq!((none().has("en"), none().knows("en", "word")), (false, None));
}
