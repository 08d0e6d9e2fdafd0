//! How somebody is addressed: by what messages write, never by what a name sounds like.

use serde::Serialize;

use super::facts::plain;
use crate::address::{Owner, Person};
use crate::extract::titles::{Honorific, Titled};
use crate::extract::{Findings, people};

/// The longest name, in characters, and the most words of one.
const MAX_NAME: usize = 60;
const MAX_WORDS: usize = 6;

/// Words that belong to the family name behind them.
const PARTICLES: [&str; 24] = [
    "van", "von", "vom", "zu", "zur", "der", "den", "de", "del", "della", "di", "da", "dos", "das",
    "do", "du", "des", "la", "le", "ter", "ten", "bin", "al", "el",
];

/// The reader of a letter.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Addressee {
    /// The full name, without titles.
    pub name: Option<String>,
    /// The first name, where the name's order is known.
    pub first: Option<String>,
    /// The family name, likewise.
    pub last: Option<String>,
    /// `female` or `male`, only where a message says Frau, Mr., Madame or the like.
    pub form: Option<&'static str>,
    /// "Dr.", "Prof. Dr.", as a message writes it.
    pub degree: Option<String>,
}

/// The reader, with what messages call them.
pub fn addressee(person: &Person, messages: &[&Findings], owner: &Owner) -> Addressee {
    let Some(name) = person.name.as_deref().and_then(possible) else { return Addressee::default() };
    let eastern = !is_western(&name) || name.split(' ').count() < 2;
    let (mut first, mut last) = (None, None);
    if !eastern {
        first = Some(people::first_name(&name).to_owned());
        last = Some(family_name(&name));
    } else if is_western(&name) {
        first = Some(name.clone());
    }
    let called: Vec<&Titled> = messages
        .iter()
        .flat_map(|f| &f.titles)
        .filter(|t| is_called(t, &name, last.as_deref(), owner))
        .collect();
    // "Sra. García": a message that leaves words of the name out shows which of them is the family name.
    let shown = called.iter().find(|t| t.honorific.is_some() && t.name != name);
    if let Some(shown) =
        shown.filter(|t| last.is_some() && !t.name.contains(&first.clone().unwrap_or_default()))
    {
        last = Some(shown.name.clone());
    }
    let form = called.iter().find_map(|t| t.honorific).map(|h| match h {
        Honorific::Female => "female",
        Honorific::Male => "male",
    });
    let degree = called.iter().find_map(|t| t.degree.as_deref()).and_then(|d| plain(d, 20));
    Addressee { name: Some(name), first, last, form, degree }
}

/// Whether what a message calls somebody means this person; a family name that is also the owner's proves nothing.
fn is_called(titled: &Titled, name: &str, last: Option<&str>, owner: &Owner) -> bool {
    let own = owner.name.split(' ').next_back() == Some(titled.name.as_str());
    let part = !titled.name.contains(' ') && name.split(' ').skip(1).any(|w| w == titled.name);
    titled.name == name || (!own && (part || Some(titled.name.as_str()) == last))
}

/// A name as it may stand in a letter; `None` for what cannot be one: with digits, marks or too many words.
pub fn possible(name: &str) -> Option<String> {
    let name = plain(&people::plain_name(name), MAX_NAME)?;
    let fine = |c: char| {
        c.is_alphabetic()
            || c.is_whitespace()
            || "-'’.·‧ʻ´`\u{300}\u{301}\u{302}\u{303}\u{308}\u{327}".contains(c)
    };
    let words = name.split(' ').count();
    let shouts = |w: &str| w.chars().count() > 20;
    (words <= MAX_WORDS && name.chars().all(fine) && !name.split(' ').any(shouts)).then_some(name)
}

/// Chinese, Japanese and Korean names begin with the family name, and are not taken apart.
fn is_western(name: &str) -> bool {
    !name.chars().any(|c| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'))
}

/// The last word with the particles before it: "van der Berg", "de Souza".
fn family_name(name: &str) -> String {
    let words: Vec<&str> = name.split(' ').collect();
    let mut from = words.len() - 1;
    while from > 1 && PARTICLES.contains(&words[from - 1].to_lowercase().as_str()) {
        from -= 1;
    }
    words[from..].join(" ")
}
