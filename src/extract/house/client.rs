//! The house that an agency writes for, and the house whose position it is.

use super::{MAX_WORDS, behind_at, candidates, cleaned, japanese, similar};
use crate::extract::cues::Cue;
use crate::extract::lexicon::Lexicon;
use crate::extract::names;
use crate::extract::people::squash;
use crate::extract::prose::Piece;
use crate::message::Message;

/// The client of an agency: a name that is not the agency's own.
pub(in crate::extract) fn of_client(
    message: &Message,
    pieces: &[&Piece],
    met: &[&str],
    lexicon: &Lexicon,
) -> Option<(String, &'static str)> {
    let address = message.from.as_ref()?.address.as_ref()?;
    let domain = address.registered_domain();
    let label = squash(domain.split('.').next().unwrap_or(""));
    if let Some(told) = pieces.iter().find_map(|p| behind_client(p, lexicon)) {
        return Some(told);
    }
    let mut found = candidates(message, pieces, lexicon);
    found.retain(|(name, _)| !met.iter().any(|person| squash(person) == squash(name)));
    found.retain(|(name, source)| {
        *source != "signature"
            && *source != "From"
            && similar(&squash(name), &label) == 0
            && name.contains(' ')
    });
    let forwarded = |(_, source): &&(String, &'static str)| *source == "forwarded";
    found.iter().find(forwarded).or(found.first()).cloned()
}

/// "our client, the Northgate Press": the capitals behind the words for a client.
fn behind_client(piece: &Piece, lexicon: &Lexicon) -> Option<(String, &'static str)> {
    piece.signs.all(Cue::Client).find_map(|sign| {
        let rest = piece.text[sign.range.end..]
            .trim_start_matches([' ', '\u{3000}', '\n', ',', ':', '：', '"', '„', '“', '«']);
        // "A client of mine near Athlone" is called otherwise.
        let near = |w: &&str| PLACED.contains(w);
        if rest
            .split_whitespace()
            .take(4)
            .take_while(|w| !w.contains(char::is_uppercase))
            .any(|w| near(&w))
        {
            return None;
        }
        let mut words = rest.split_whitespace().take(2 * MAX_WORDS).peekable();
        while words
            .next_if(|w| {
                !w.starts_with(char::is_uppercase) && w.len() < 6 && !w.ends_with(['.', ',', ';'])
            })
            .is_some()
        {}
        let first = words.peek().map(|w| w.to_lowercase()).unwrap_or_default();
        if names::is_title_word(&first) {
            return None;
        }
        let name = if rest
            .starts_with(|c: char| !c.is_ascii() && !c.is_lowercase() && !c.is_uppercase())
        {
            japanese(rest.lines().next().unwrap_or(""))?
        } else {
            run(words)
        };
        cleaned(&name, lexicon).map(|name| (name, piece.source))
    })
}

/// What leads to a place, and to no name.
const PLACED: [&str; 14] = [
    "near", "in", "around", "outside", "based", "located", "bei", "nahe", "près", "cerca", "perto",
    "vicino", "nabij", "nära",
];

/// Capitalised words, and the small ones between them, up to a mark.
pub(super) fn run<'t>(words: impl Iterator<Item = &'t str>) -> String {
    let mut name: Vec<&str> = Vec::new();
    for word in words.take(MAX_WORDS + 2) {
        let bare = word.trim_end_matches([',', ';', ':', '!', '?', ')', '»', '”', '“', '"']);
        let small = !name.is_empty() && SMALL.contains(&bare);
        if !(small || bare.starts_with(|c: char| c.is_uppercase() || c.is_numeric())) {
            break;
        }
        name.push(bare);
        if bare.len() < word.len() || (bare.ends_with('.') && bare.chars().count() > 5) {
            break;
        }
    }
    while name.last().is_some_and(|w| SMALL.contains(w)) {
        name.pop();
    }
    name.join(" ")
}

/// Small words inside the names of houses.
pub(super) const SMALL: [&str; 38] = [
    "of", "and", "the", "&", "de", "der", "du", "la", "le", "del", "di", "do", "da", "van", "von",
    "für", "et", "y", "e", "und", "i", "w", "en", "het", "for", "on", "los", "las", "des", "dos",
    "das", "della", "dei", "im", "am", "nr", "nr.", "och",
];

/// The house whose position or interview it is: "the Front Office Manager opening at Alder House Hotel".
pub(in crate::extract) fn behind_job(
    pieces: &[&Piece],
    lexicon: &Lexicon,
) -> Option<(String, &'static str)> {
    pieces.iter().find_map(|piece| {
        let signs = piece.signs.0.iter().filter(|s| matches!(s.cue, Cue::Job | Cue::Interview));
        let named = signs.filter_map(|s| {
            let rest = piece.text.get(s.range.end..)?;
            let rest = rest.get(..rest.floor_char_boundary(80)).unwrap_or("");
            let sentence = rest.split(['.', '!', '?', ';']).next().unwrap_or("");
            let led = piece.text[s.range.clone()].ends_with(" at");
            let led = if led { format!("at{sentence}") } else { sentence.to_owned() };
            // Whom one talks with is no house.
            let led = led.replace(" with ", " | ");
            behind_at(&led).into_iter().find_map(|name| cleaned(&name, lexicon))
        });
        named.into_iter().next().map(|name| (name, piece.source))
    })
}
