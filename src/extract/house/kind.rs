//! Houses by the nouns that their names begin with: "Hospital", "Stadtwerke", "Szkoła".

use super::client::run;
use super::{similar, without_form};
use crate::extract::lexicon::Lexicon;
use crate::extract::people::squash;
use crate::extract::prose::Piece;
use crate::extract::{legal, senders};
use crate::message::Message;

/// A name that begins with what kind of house it is: "Hospital Santa Rita", "Szkoła Podstawowa nr 4". `known`: the company
/// as found otherwise, which such a name has to contain.
pub fn by_kind(
    known: Option<&str>,
    message: &Message,
    pieces: &[&Piece],
    lexicon: &Lexicon,
) -> Option<(String, &'static str)> {
    let address = message.from.as_ref().and_then(|p| p.address.as_ref())?;
    let domain = address.registered_domain();
    let own = !senders::is_free_mail(address) && !senders::is_service(address);
    let inside = |name: &str| {
        let whole = squash(name);
        let holds = known.is_some_and(|known| {
            known.split_whitespace().map(squash).all(|w| w.len() < 3 || whole.contains(&w))
        });
        // Its letters are those of the domain, where the domain is a house's own.
        let parts = domain.split(['.', '-']).map(squash);
        holds
            || (!own && known.is_none())
            || parts.into_iter().any(|part| part.len() > 4 && whole.contains(&part))
            || similar(&whole, &squash(domain.split('.').next().unwrap_or(""))) > 0
    };
    let all =
        pieces.iter().flat_map(|p| of_kind(&p.text, lexicon).into_iter().map(|n| (n, p.source)));
    all.filter(|(name, _)| inside(name)).max_by_key(|(name, _)| name.len())
}

/// The names in a text that begin with the kind of a house.
fn of_kind(text: &str, lexicon: &Lexicon) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines().take(400) {
        let words: Vec<&str> = line.split_whitespace().take(60).collect();
        for (i, word) in words.iter().enumerate() {
            let kind = word.trim_start_matches(['(', '"', '„', '«', '*', '|']);
            let bare = kind.trim_end_matches(['*', '|']);
            if !kind.starts_with(char::is_uppercase)
                || !lexicon.house_kinds.contains(&bare.to_lowercase())
            {
                continue;
            }
            // "Centre hospitalier", "Szkoła Podstawowa": an adjective belongs to the kind.
            let adjective = words.get(i + 1).filter(|w| {
                w.chars().count() > 4
                    && w.chars().all(char::is_lowercase)
                    && !lexicon.tail_stops.contains(**w)
            });
            let from = i + 1 + usize::from(adjective.is_some());
            let joined = [bare].into_iter().chain(adjective.copied());
            let own = run(std::iter::once(bare).chain(words[from..].iter().copied()));
            let Some(own) =
                own.strip_prefix(bare).map(str::trim).filter(|n| n.chars().any(char::is_uppercase))
            else {
                continue;
            };
            let name = format!("{} {own}", joined.collect::<Vec<_>>().join(" "));
            out.push(without_form(&legal::strip_legal(&name, lexicon)));
        }
    }
    out
}
