//! Whom the first words of a text greet.

use super::Mail;
use super::piece::Piece;
use crate::extract::lexicon::fold;
use crate::extract::people;

/// Whether a text begins with the greeting of the owner.
pub(super) fn greets_owner(piece: &Piece, mail: &Mail<'_>) -> bool {
    piece.source != "Subject"
        && greeted(piece).is_some_and(|name| is_called(&name, &mail.owner.name))
}

/// Whether a text begins with the greeting of somebody who is not the owner.
pub(super) fn greets_another(piece: &Piece, mail: &Mail<'_>) -> bool {
    greeted(piece).is_some_and(|name| !is_called(&name, &mail.owner.name))
}

/// Whether a name is that of somebody, as far as it is given.
pub(super) fn is_called(name: &str, full: &str) -> bool {
    let words = |text: &str| {
        let words = text.split_whitespace().map(people::squash);
        words.filter(|w| !w.is_empty()).collect::<Vec<_>>()
    };
    let parts = words(&fold(full));
    // "Gem" for Gemma, and the vocatives of Polish.
    let alike = |a: &str, b: &str| {
        let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
        let shorter = a.chars().count().min(b.chars().count());
        // An initial stands for any name that begins with it.
        common >= shorter.clamp(2, 4) || (shorter == 1 && common == 1)
    };
    words(name).iter().any(|w| parts.iter().any(|p| alike(w, p)))
}

/// The name behind the greeting: "Dear Jane Doe," is Jane Doe.
pub(super) fn greeted(piece: &Piece) -> Option<String> {
    const GREETINGS: [&str; 30] = [
        "hi ",
        "hello ",
        "hey ",
        "dear ",
        "good morning ",
        "good afternoon ",
        "hallo ",
        "liebe ",
        "lieber ",
        "sehr geehrte frau ",
        "sehr geehrter herr ",
        "guten tag ",
        "bonjour ",
        "chère ",
        "cher ",
        "hola ",
        "estimada ",
        "estimado ",
        "olá ",
        "oi ",
        "cara ",
        "caro ",
        "gentile ",
        "buongiorno ",
        "ciao ",
        "beste ",
        "hej ",
        "cześć ",
        "dag ",
        "hoi ",
    ];
    let lines: Vec<String> =
        piece.text.lines().filter(|l| !l.trim().is_empty()).take(9).map(fold).collect();
    let greeting =
        |line: &String| GREETINGS.iter().find_map(|g| line.strip_prefix(g).map(str::to_owned));
    // A forwarded text has its header before.
    let rest = match piece.source {
        "forwarded" => lines.iter().find_map(greeting)?,
        _ => lines.first().and_then(greeting)?,
    };
    let stops = rest.match_indices(". ").map(|(i, _)| i);
    let long = |i: &usize| rest[..*i].rsplit(' ').next().is_some_and(|w| w.chars().count() > 4);
    let end = rest.find([',', '!', ':', '(', ';']).unwrap_or(rest.len());
    let end = end.min(rest.find(" - ").unwrap_or(end));
    let end = end.min(stops.into_iter().find(long).unwrap_or(end));
    let name = rest[..end].trim();
    let general = [
        "all",
        "there",
        "team",
        "everyone",
        "candidate",
        "applicant",
        "sir",
        "madam",
        "both",
        "folks",
        "again",
        "friend",
        "colleague",
        "colleagues",
        "together",
        "zusammen",
        "tous",
        "a todos",
        "kandidat",
        "bewerber",
    ];
    let fine = !name.is_empty()
        && name.split(' ').count() <= 5
        && !general.iter().any(|g| name.split(' ').any(|w| w == *g))
        && name.chars().next().is_some_and(char::is_alphabetic);
    fine.then(|| name.to_owned())
}
