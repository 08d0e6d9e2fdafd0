//! What holds for every letter, in every language, style and kind, whatever is known.

use std::collections::{BTreeMap, BTreeSet};

use afterword::draft::facts::Facts;
use afterword::draft::fit::Fit;
use afterword::draft::part::Part;
use afterword::draft::{Letter, Letters, Profile, examples, proofread};
use afterword::extract::Medium;

pub const LANGUAGES: [&str; 7] = ["de", "en", "es", "fr", "it", "nl", "pt"];
pub const KINDS: [&str; 4] = ["thanks", "pass-on", "check-in", "call"];
const STYLES: [&str; 3] = ["formal", "plain", "warm"];

fn letters(style: &str) -> Letters {
    let (letters, refused) = Letters::new(&BTreeMap::new(), style, Profile::default());
    assert!(refused.is_empty(), "{refused:?}");
    letters
}

/// The examples, each with every part, medium, round and seed: what decides between wordings.
pub fn varied() -> Vec<Facts> {
    let parts =
        [None, Some(Part::Manager), Some(Part::Peer), Some(Part::Recruiter), Some(Part::Executive)];
    let media = [None, Some(Medium::Phone), Some(Medium::Video), Some(Medium::Onsite)];
    let mut out = Vec::new();
    for (nth, example) in examples::all().into_iter().enumerate() {
        for seed in 0..24 {
            let fit = (0..seed % 3).map(|n| Fit {
                skill: "Kafka".to_owned(),
                sentence: (n + seed % 2 == 0).then(|| "I know it.".to_owned()),
            });
            out.push(Facts {
                seed: seed * 7 + nth,
                part: parts[(seed + nth) % 5],
                medium: media[(seed + nth) % 4],
                informal: seed % 2 == 0,
                fit: fit.collect(),
                notes: if seed % 5 == 0 {
                    vec!["I can start in May.".to_owned()]
                } else {
                    Vec::new()
                },
                reminder: 1 + seed % 2,
                ..example.clone()
            });
        }
    }
    out
}

/// Every sentence of a letter between greeting and closing.
fn sentences(letter: &Letter) -> BTreeSet<String> {
    let paragraphs: Vec<&str> = letter.body.split("\n\n").collect();
    let inner = &paragraphs[1..paragraphs.len() - 1];
    let marked = inner.join(" ").replace("Dr. ", "Dr ").replace("St. ", "St ");
    let ends = marked.split_inclusive(['.', '!', '?']).map(|s| s.trim().to_owned());
    ends.filter(|s| s.split(' ').count() > 2).collect()
}

#[test]
fn every_letter_is_fit_to_send() {
    for style in STYLES {
        let letters = letters(style);
        for language in LANGUAGES {
            for kind in KINDS {
                for facts in varied() {
                    let letter = letters.write(kind, language, &facts).unwrap();
                    let told =
                        format!("{style} {language} {kind}:\n{}\n{}", letter.subject, letter.body);
                    assert_eq!(proofread::unfit(&letter), None, "{told}");
                    assert_eq!(
                        proofread::findings(&letter, kind, &facts),
                        Vec::<String>::new(),
                        "{told}"
                    );
                    shaped(&letter, kind, &facts, &told);
                }
            }
        }
    }
}

/// Greeting, short paragraphs, closing; one subject that never says "following up"; no doubled marks.
fn shaped(letter: &Letter, kind: &str, facts: &Facts, told: &str) {
    let paragraphs: Vec<&str> = letter.body.trim_end().split("\n\n").collect();
    let (greeting, closing) = (paragraphs[0], paragraphs[paragraphs.len() - 1]);
    assert!(
        !letter.subject.to_lowercase().contains("follow") && letter.subject.chars().count() < 120,
        "{told}"
    );
    for wrong in
        ["  ", " .", " ,", ",,", "..", ". .", "?.", " None", " none", "hopes? this", "TODO"]
    {
        assert!(!letter.body.contains(wrong), "`{wrong}` in {told}");
    }
    for paragraph in &paragraphs[..paragraphs.len() - 1] {
        assert!(!paragraph.contains('\n'), "{told}");
        assert!(paragraph.split(' ').count() <= 110, "{told}");
    }
    if kind == "call" {
        return;
    }
    assert!(greeting.ends_with([',', ':']) && greeting.split(' ').count() <= 7, "{told}");
    assert!((3..=7).contains(&paragraphs.len()), "{told}");
    let lines: Vec<&str> = closing.lines().collect();
    assert_eq!(lines[1], facts.owner.name, "{told}");
    assert_eq!(lines.get(2).copied(), facts.owner.phone.as_deref(), "{told}");
    // The day stands in the first paragraph of the letter, with its number.
    if kind != "check-in" || facts.reminder == 1 {
        assert!(paragraphs[1].contains(&facts.day.day.to_string()), "{told}");
    }
    for wrong in ["salary", "Gehalt", "LinkedIn", "finds you well", "touch base", "passionate"] {
        assert!(!letter.body.contains(wrong), "{told}");
    }
}

/// A letter of each member of a panel.
fn panel(letters: &Letters, language: &str, facts: &Facts, size: usize) -> Vec<Letter> {
    let write =
        |place| letters.write("thanks", language, &Facts { place, ..facts.clone() }).unwrap();
    (0..size).map(write).collect()
}

#[test]
fn in_english_two_letters_of_a_panel_share_no_sentence() {
    for style in STYLES {
        let letters = letters(style);
        for mut facts in varied() {
            facts.notes.clear();
            facts.also_to_thank.clear();
            for fit in &mut facts.fit {
                fit.sentence = None;
            }
            facts.fit.truncate(1);
            for size in 1..=6 {
                let all: Vec<BTreeSet<String>> =
                    panel(&letters, "en", &facts, size).iter().map(sentences).collect();
                for (i, one) in all.iter().enumerate() {
                    for other in &all[..i] {
                        let shared: Vec<&String> = one.intersection(other).collect();
                        assert!(shared.is_empty(), "{style}, seed {}: {shared:?}", facts.seed);
                    }
                }
            }
        }
    }
}

#[test]
fn in_every_language_opening_and_fit_differ_in_a_panel() {
    let letters = letters("plain");
    for language in LANGUAGES {
        for facts in varied().into_iter().filter(|f| !f.fit.is_empty()) {
            let facts = Facts { summary: None, notes: Vec::new(), ..facts };
            let all = panel(&letters, language, &facts, 6);
            for (i, one) in all.iter().enumerate() {
                for other in &all[..i] {
                    let part = |letter: &Letter, n: usize| {
                        letter.body.split("\n\n").nth(n).unwrap().to_owned()
                    };
                    let first = |text: String| text.split(". ").next().unwrap().to_owned();
                    assert_ne!(first(part(one, 1)), first(part(other, 1)), "{language}");
                    assert_ne!(part(one, 2), part(other, 2), "{language}");
                }
            }
        }
    }
}

#[test]
fn the_same_facts_give_the_same_letter_and_other_interviews_other_words() {
    let letters = letters("plain");
    let openings: BTreeSet<String> = (0..60)
        .map(|seed| {
            let facts = Facts { seed, ..examples::office() };
            let letter = letters.write("thanks", "en", &facts).unwrap();
            assert_eq!(letter, letters.write("thanks", "en", &facts).unwrap());
            letter.body.split("\n\n").nth(1).unwrap().to_owned()
        })
        .collect();
    assert!(openings.len() > 12, "{}", openings.len());
}

#[test]
fn what_is_not_known_is_not_said() {
    let letters = letters("plain");
    for language in LANGUAGES {
        let known = examples::ward();
        let bare = Facts {
            owner: known.owner.clone(),
            person: known.person.clone(),
            day: known.day.clone(),
            round: 1,
            ..Facts::default()
        };
        let letter = letters.write("thanks", language, &bare).unwrap().body;
        for word in ["St. Elisabeth", "Staff Nurse", "Jonas", "Kafka"] {
            assert!(!letter.contains(word), "{letter}");
        }
        let full = letters.write("thanks", language, &known).unwrap().body;
        for word in ["St. Elisabeth", "Staff Nurse", "Jonas Brandt", "Mira Vogt"] {
            assert!(full.contains(word), "{language}: {full}");
        }
    }
}

#[test]
fn a_title_stands_before_a_name_only_where_a_message_writes_it() {
    let letters = letters("plain");
    let mut person = examples::ward().person;
    person.form = None;
    person.degree = None;
    for language in LANGUAGES {
        let facts = Facts { person: person.clone(), ..examples::ward() };
        let greeting = |facts: &Facts| {
            letters
                .write("thanks", language, facts)
                .unwrap()
                .body
                .lines()
                .next()
                .unwrap()
                .to_owned()
        };
        let neutral = greeting(&facts);
        assert!(neutral.contains("Anna Weber"), "{neutral}");
        for title in
            ["Frau", "Ms", "Madame", "Sra", "signora", "mevrouw", "geehrte", "Estimada", "Cara"]
        {
            assert!(!neutral.contains(title), "{neutral}");
        }
        let female = greeting(&examples::ward());
        assert_ne!(female, neutral);
        let first = greeting(&Facts { informal: true, ..facts });
        assert!(first.contains("Anna") && !first.contains("Weber"), "{first}");
    }
}

/// The voicemail of the script takes less than 30 seconds: at most 75 words.
#[test]
fn the_voicemail_is_short() {
    let letters = letters("plain");
    for language in LANGUAGES {
        for facts in examples::all() {
            let body = letters.write("call", language, &facts).unwrap().body;
            let paragraphs: Vec<&str> = body.trim().split("\n\n").collect();
            let voicemail = paragraphs[paragraphs.len() - 2];
            let words = voicemail.split(' ').count();
            assert!((20..=75).contains(&words), "{language}, {words}: {voicemail}");
        }
    }
}

#[test]
fn a_sentence_is_known_by_its_language() {
    let letters = letters("plain");
    for (language, text) in [
        ("en", "I have worked as a registered nurse on surgical wards for six years."),
        ("de", "Seit sechs Jahren arbeite ich als Pflegefachkraft auf chirurgischen Stationen."),
        ("fr", "Je suis menuisier depuis onze ans et j'ai formé trois apprentis."),
        ("es", "Llevo once años como carpintero y he formado a tres aprendices."),
        ("pt", "Trabalho há onze anos como carpinteiro e formei três aprendizes."),
        ("nl", "Ik werk sinds elf jaar als timmerman en heb drie leerlingen opgeleid."),
        ("it", "Da undici anni sono falegname e ho formato tre apprendisti."),
    ] {
        assert_eq!(letters.language_of(text), Some(language), "{text}");
    }
    assert_eq!(letters.language_of("Kafka!"), None);
}
