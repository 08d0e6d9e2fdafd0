//! Positions in titles: what is left when the meeting, the people and the company are taken away.

use super::Passage;
use super::lexicon::{Lexicon, List, is_unspaced, lower};
use super::posting::{Known, MAX_WORDS, has_noun, is_stage, tidied};
use super::words::{self, Word, capital};

/// A piece of a title that ends in a noun such as "Engineer", or has one, without what belongs to the meeting.
pub fn named(passage: &Passage, known: &Known, lexicon: &Lexicon) -> Option<String> {
    let title = known.cut_out(&without_hiring(passage, before_date(&passage.plain)));
    let pieces = pieces(&title, lexicon);
    let at = pieces.iter().position(|piece| has_noun(piece, lexicon))?;
    let mut text = pieces[at].clone();
    // "Senior Analyst, Model Risk".
    if let Some(next) = pieces.get(at + 1) {
        let joined = format!("{text}, {next}");
        let short = next.split(' ').count() < 4 && next.split(' ').all(|w| capital(w) || w == "&");
        if short
            && title.contains(&joined)
            && !has_stage(next, lexicon)
            && !next.chars().any(|c| c.is_ascii_digit())
        {
            text = joined;
        }
    }
    Some(text)
}

/// A title without the people of hiring: "Hiring manager" says who is met, not what for.
fn without_hiring(passage: &Passage, title: &str) -> String {
    let mut out = title.to_owned();
    for hit in passage.all(List::Hiring) {
        let words = passage.plain.get(hit.start..hit.end).unwrap_or("");
        if words.contains(' ') && hit.end <= out.len() && out.is_char_boundary(hit.end) {
            out.replace_range(hit.start..hit.end, &"|".repeat(hit.end - hit.start));
        }
    }
    out
}

/// What is left of a title that speaks of an interview when the meeting, the people and the company are taken away, where
/// that is one piece: "Boatbuilder interview - T. Vance".
pub fn left_over(passage: &Passage, known: &Known, lexicon: &Lexicon) -> Option<String> {
    if !passage.has(List::Interview) {
        return None;
    }
    let title = known.cut_out(before_date(&passage.plain));
    let initial = |p: &str| p.split(' ').any(|w| w.len() == 2 && w.ends_with('.'));
    let meeting = |p: &str| {
        let lower = lower(p);
        ["webex", "zoom", "teams", "meet", "uitnodiging", "einladung"]
            .iter()
            .any(|w| lower.contains(w))
    };
    let mut left = pieces(&title, lexicon)
        .into_iter()
        .filter(|p| !meeting(p))
        .filter(|p| !initial(p) && !p.chars().any(|c| c.is_ascii_digit()) && p.chars().count() > 3);
    let (one, more) = (left.next()?, left.next());
    let several = pieces(&title, lexicon).len()
        < title
            .split(['|', ':', '(', '-', '・', '、', '】', ' '])
            .filter(|p| !p.trim().is_empty())
            .count();
    let fits = more.is_none() && capital(&one) && one.split(' ').count() < 6 && several;
    fits.then_some(one)
}

/// A calendar's subject without the date that it puts behind the title.
fn before_date(title: &str) -> &str {
    let has_date = |tail: &str| tail.chars().filter(char::is_ascii_digit).count() >= 2;
    match title.rfind(" @ ") {
        Some(at) if has_date(&title[at..]) => &title[..at],
        _ => title,
    }
}

/// The pieces of a title between its marks, each without the words of a meeting around it.
fn pieces(title: &str, lexicon: &Lexicon) -> Vec<String> {
    let mut marked = title
        .replace(" - ", "|")
        .replace("- ", "|")
        .replace(" / ", "|")
        .replace("//", "|")
        .replace("<>", "|");
    for mark in [
        ':', ';', '(', ')', ',', '·', '・', '、', '：', '（', '）', '「', '」', '【', '】', '"',
        '“', '”', '„', '[', ']', '@', '<', '>', '«', '»', '→', '~',
    ] {
        marked = marked.replace(mark, "|");
    }
    marked.split('|').map(|piece| bare_piece(piece, lexicon)).filter(|p| !p.is_empty()).collect()
}

/// A piece without the words of a meeting before and behind it: "Interview for Nurse at" is Nurse.
fn bare_piece(piece: &str, lexicon: &Lexicon) -> String {
    if !piece.trim().is_ascii() && piece.chars().any(is_unspaced) {
        return bare_unspaced(piece.trim(), lexicon);
    }
    let words = words::split(piece);
    let (mut from, mut to) = (0, words.len());
    // A preposition that leads to a company, and all behind it.
    if let Some(at) = words.iter().skip(1).position(|w| lexicon.at.contains(&lower(w.text))) {
        to = at + 1;
    }
    let around = |word: &Word<'_>| {
        let folded = lower(word.text);
        lexicon.role_stops.contains(&folded)
            || lexicon.articles.contains(&folded)
            || lexicon.at.contains(&folded)
            || is_stage(word.text, lexicon)
            || lexicon.is(List::Job, &folded)
    };
    while from < to && around(&words[from]) {
        from += 1;
    }
    while to > from && around(&words[to - 1]) && !lexicon.is_role_noun(&lower(words[to - 1].text)) {
        to -= 1;
    }
    if from == to || to - from > MAX_WORDS {
        return String::new();
    }
    // "Interview for the Nurse": what leads to the position stands before the last such word.
    let inner = (from..to).rev().find(|&i| {
        let folded = lower(words[i].text);
        matches!(folded.as_str(), "for" | "als" | "as" | "como" | "come" | "som" | "jako" | "comme")
    });
    let from = inner.map_or(from, |i| i + 1);
    if from >= to {
        return String::new();
    }
    tidied(&piece[words[from].start..words[to - 1].end])
}

/// The same where words have no spaces between them; a piece that addresses somebody is none.
fn bare_unspaced(piece: &str, lexicon: &Lexicon) -> String {
    let mut bare = piece;
    if bare.ends_with(['様', '殿']) || bare.ends_with("さん") {
        return String::new();
    }
    let stages: Vec<&str> =
        lexicon.stages.iter().map(String::as_str).filter(|s| s.chars().any(is_unspaced)).collect();
    while let Some(shorter) =
        stages.iter().find_map(|s| bare.strip_prefix(s).or_else(|| bare.strip_suffix(s)))
    {
        bare = shorter.trim();
    }
    bare.to_owned()
}

fn has_stage(piece: &str, lexicon: &Lexicon) -> bool {
    piece.split(' ').any(|word| is_stage(word, lexicon))
}
