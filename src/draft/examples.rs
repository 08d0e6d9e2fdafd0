//! Situations as examples: what templates are tried out with, and what `afterword letter --examples` shows.

use super::facts::{Day, Facts, Writer};
use super::fit::Fit;
use super::name::Addressee;
use super::part::Part;
use crate::extract::Medium;

/// Every example, the most telling first.
pub fn all() -> Vec<Facts> {
    vec![office(), ward(), workshop(), unknown()]
}

/// Templates (`STYLE/LANGUAGE/KIND.txt`), each with the examples that show what it is for; none with words only.
pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> Vec<(&'n str, Facts)> {
    let shown = |name: &'n str| {
        let facts = match name.rsplit('/').next() {
            Some("thanks.txt") => vec![office(), ward(), workshop()],
            Some("pass-on.txt") => vec![ward()],
            Some("check-in.txt") => vec![Facts { reminder: 1, ..office() }, workshop()],
            Some("call.txt") => vec![Facts { number: Some("+1 555 0144".to_owned()), ..office() }],
            _ => Vec::new(),
        };
        facts.into_iter().map(move |facts| (name, facts))
    };
    names.flat_map(shown).collect()
}

fn writer(name: &str) -> Writer {
    Writer { name: name.to_owned(), phone: Some("+1 555 0100".to_owned()) }
}

fn person(first: &str, last: &str) -> Addressee {
    Addressee {
        name: Some(format!("{first} {last}")),
        first: Some(first.to_owned()),
        last: Some(last.to_owned()),
        ..Addressee::default()
    }
}

/// A video call about an engineer's position, on first names, with a strength that is asked for.
pub fn office() -> Facts {
    Facts {
        owner: writer("Alex Rivera"),
        person: person("Greta", "Holm"),
        informal: true,
        company: Some("Quillstone".to_owned()),
        role: Some("Senior Backend Engineer".to_owned()),
        medium: Some(Medium::Video),
        day: Day { weekday: 3, day: 12, month: 3, year: 2026, part: Some("morning") },
        subjects: vec!["System design".to_owned()],
        part: Some(Part::Peer),
        round: 2,
        fit: vec![Fit { skill: "event streaming".to_owned(), sentence: None }],
        ..Facts::default()
    }
}

/// On site, formal, with a note, somebody to thank through the reader, and a time that was changed.
pub fn ward() -> Facts {
    Facts {
        owner: writer("Hannah Keller"),
        person: Addressee {
            form: Some("female"),
            degree: Some("Dr.".to_owned()),
            ..person("Anna", "Weber")
        },
        company: Some("St. Elisabeth".to_owned()),
        role: Some("Staff Nurse".to_owned()),
        medium: Some(Medium::Onsite),
        day: Day { weekday: 0, day: 4, month: 5, year: 2026, part: None },
        tours: vec!["I will show you the ward".to_owned()],
        part: Some(Part::Manager),
        round: 1,
        moved: true,
        also_to_thank: vec!["Jonas Brandt".to_owned(), "Mira Vogt".to_owned()],
        ..Facts::default()
    }
}

/// By telephone, with somebody met before, cut short.
pub fn workshop() -> Facts {
    Facts {
        owner: Writer { phone: None, ..writer("Devon Park") },
        person: Addressee { form: Some("male"), ..person("Marcus", "Wray") },
        company: Some("Larkspur Joinery".to_owned()),
        medium: Some(Medium::Phone),
        day: Day { weekday: 4, day: 31, month: 7, year: 2026, part: Some("afternoon") },
        part: Some(Part::Executive),
        round: 3,
        met_before: true,
        cut_short: true,
        reminder: 2,
        place: 1,
        ..Facts::default()
    }
}

/// Where hardly anything is known.
pub fn unknown() -> Facts {
    Facts {
        owner: Writer { phone: None, ..writer("Wei Chen") },
        day: Day { weekday: 1, day: 1, month: 12, year: 2026, part: None },
        part: Some(Part::Recruiter),
        round: 1,
        reminder: 1,
        place: 2,
        ..Facts::default()
    }
}
