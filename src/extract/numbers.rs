//! Telephone numbers beside a name: "Jane Doe, tel. +1 555 0144", "call Jane Doe on 555-0144".

use serde::{Deserialize, Serialize};

use crate::message::Message;

/// The telephone number of somebody who talks with the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// Whose it is, as the message writes the name.
    pub name: String,
    /// The number, as the message writes it.
    pub number: String,
}

/// What may stand between a name and its number, besides marks. Whatever else stands there ("Jane will call you on ...") may
/// make it the owner's own, or no telephone's.
const LABELS: [&str; 38] = [
    "phone",
    "telephone",
    "tel",
    "mobile",
    "cell",
    "direct",
    "dial",
    "ext",
    "office",
    "t",
    "m",
    "p",
    "at",
    "on",
    "telefon",
    "mobil",
    "handy",
    "durchwahl",
    "unter",
    "téléphone",
    "portable",
    "au",
    "teléfono",
    "móvil",
    "al",
    "telefone",
    "telemóvel",
    "celular",
    "no",
    "telefono",
    "cellulare",
    "telefoon",
    "mobiel",
    "op",
    "number",
    "nummer",
    "numéro",
    "número",
];
/// The shortest and the longest number, in digits (E.164 has at most 15).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// How many numbers of one message are kept.
const MAX_NUMBERS: usize = 20;
/// How many characters of a text are looked at.
const MAX_TEXT: usize = 60_000;

/// The numbers that stand behind one of these names on its line.
pub(super) fn find<'n>(message: &Message, names: impl Iterator<Item = &'n str>) -> Vec<Number> {
    let events = message.calendars.iter().flat_map(|c| &c.events);
    let texts: Vec<&str> = events
        .flat_map(|e| [e.description.as_str(), e.location.as_str()])
        .chain([message.text.new.as_str()])
        .collect();
    let mut out: Vec<Number> = Vec::new();
    for name in names.filter(|n| n.chars().count() > 2) {
        let lines = texts.iter().flat_map(|text| head(text).lines());
        let number =
            lines.filter_map(|line| line.split_once(name)).find_map(|(_, rest)| behind(rest));
        let known = out.iter().any(|n| n.name == name);
        if let Some(number) = number.filter(|_| !known && out.len() < MAX_NUMBERS) {
            out.push(Number { name: name.to_owned(), number });
        }
    }
    out
}

fn head(text: &str) -> &str {
    text.char_indices().nth(MAX_TEXT).map_or(text, |(end, _)| &text[..end])
}

/// The number that a line begins with, but for marks and labels.
fn behind(rest: &str) -> Option<String> {
    let start = rest.find(|c: char| c.is_ascii_digit())?;
    let start = rest[..start].trim_end_matches(['+', '(']).len();
    let words = rest[..start].split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty());
    if !words.map(str::to_lowercase).all(|w| LABELS.contains(&w.as_str())) {
        return None;
    }
    let fine = |c: char| c.is_ascii_digit() || "+()-./\u{a0} ".contains(c);
    let end = rest[start..].find(|c| !fine(c)).map_or(rest.len(), |at| start + at);
    let number = rest[start..end].trim_end_matches(|c: char| !c.is_ascii_digit());
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let time = rest[end..].starts_with(':');
    (DIGITS.contains(&digits) && !time && !is_date(number)).then(|| number.replace('\u{a0}', " "))
}

/// "05.03.2026", "2026-03-05", "5/3/2026": three parts, one of them a year.
fn is_date(number: &str) -> bool {
    let first = number.split(' ').next().unwrap_or(number);
    let parts: Vec<&str> = first.split(['.', '-', '/']).collect();
    let year = |p: &&str| p.len() == 4 && (p.starts_with("19") || p.starts_with("20"));
    parts.len() == 3 && parts.iter().any(year) && parts.iter().all(|p| p.len() <= 4)
}
