//! The position, as plain words name it: in any letter case and language, beside words of a job, an application, an interview.

mod japanese;
mod words;

use super::cues::Cue;
use super::lexicon::Lexicon;
use super::prose::Piece;
use words::{CONNECTORS, LEADS, STOPS};

/// How far around a word of a job its position is looked for, in bytes.
const AROUND: usize = 300;
/// The longest name of a position, in words.
const MAX_WORDS: usize = 7;

/// A position, and where it stands.
#[derive(Clone, Debug)]
pub struct Position {
    /// As written, without what only the advertisement says.
    pub text: String,
    /// Where it stands.
    pub source: &'static str,
    /// Its line.
    pub quote: String,
    score: i32,
}

/// The position that the texts name best, the first of equals.
pub(super) fn find(pieces: &[&Piece], lexicon: &Lexicon) -> Option<Position> {
    let mut best: Option<Position> = None;
    for piece in pieces {
        for found in in_piece(piece, lexicon) {
            if best.as_ref().is_none_or(|b| found.score > b.score) {
                best = Some(found);
            }
        }
    }
    best
}

fn in_piece(piece: &Piece, lexicon: &Lexicon) -> Vec<Position> {
    let mut out = Vec::new();
    for sign in &piece.signs.0 {
        let (weight, job) = match sign.cue {
            Cue::Job => (3, true),
            Cue::Interview | Cue::Apply => (2, false),
            Cue::As => (1, false),
            _ => continue,
        };
        // "puesto de", "como": the small word is a part of the sign.
        let words = &piece.text[sign.range.clone()];
        let last = words.rsplit(' ').next().unwrap_or("").to_lowercase();
        let led =
            sign.cue == Cue::As || (words.contains(' ') && CONNECTORS.contains(&last.as_str()));
        let behind = phrase_behind(&piece.text, sign.range.end, led, lexicon);
        if let Some((text, joined)) = behind {
            let noun = has_noun(&text, lexicon);
            if noun || (job && joined) {
                out.push(position(piece, sign.range.start, &text, weight + 2 * i32::from(noun)));
            }
        }
        let titles = job || sign.cue == Cue::Interview;
        if titles && let Some(text) = phrase_before(&piece.text, sign.range.start, lexicon) {
            let noun = has_noun(&text, lexicon);
            let capitals = text
                .split(' ')
                .all(|w| w.starts_with(|c: char| c.is_uppercase() || !c.is_alphabetic()));
            if noun && (job || capitals) || job && capitals {
                out.push(position(piece, sign.range.start, &text, weight + 2 * i32::from(noun)));
            }
        }
    }
    if let Some((text, at, score)) = japanese::find(&piece.text, |word| lexicon.is_role_word(word))
    {
        out.push(position(piece, at, &text, score));
    }
    if piece.source == "Subject" {
        out.extend(in_subject(piece, lexicon));
    }
    out
}

fn position(piece: &Piece, at: usize, text: &str, score: i32) -> Position {
    Position {
        text: text.to_owned(),
        source: piece.source,
        quote: super::quote(&piece.text, at, at, 120),
        score,
    }
}

fn has_noun(text: &str, lexicon: &Lexicon) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .any(|w| lexicon.is_role_word(&w.to_lowercase()))
}

/// The phrase behind a word of a job, and whether a small word joins it.
fn phrase_behind(text: &str, at: usize, led: bool, lexicon: &Lexicon) -> Option<(String, bool)> {
    let text = &text[at..text.floor_char_boundary(at + AROUND)];
    let mut rest = text.trim_start_matches([' ', '\u{3000}', '\n', '"', '“', '„', '«', '*', '_']);
    let mut joined = led;
    if let Some(after) = rest.strip_prefix([':', '：', '-', '–', '—', '|']) {
        rest = after.trim_start_matches([' ', '\u{3000}', '"', '“', '„', '«']);
        joined = true;
    }
    for _ in 0..4 {
        if let Some(after) = without_elision(rest) {
            rest = after;
            joined = true;
        }
        let word = rest.split_whitespace().next()?;
        let bare = word.to_lowercase();
        if !CONNECTORS.contains(&bare.trim_matches(['"', '“', '„'])) {
            break;
        }
        joined = true;
        rest = rest[word.len()..].trim_start_matches([' ', '\n', '"', '“', '„', '«']);
    }
    let phrase = take(rest, lexicon);
    let own = phrase.starts_with(char::is_uppercase)
        && phrase.split(' ').take(3).any(|w| lexicon.is_role_word(&w.to_lowercase()));
    (!phrase.is_empty() && (joined || own)).then_some((phrase, joined))
}

/// "d'éditeur", "dell'addetto": the small word that ends in an apostrophe taken off.
fn without_elision(text: &str) -> Option<&str> {
    const ELIDED: [&str; 10] = ["d", "l", "dell", "all", "un", "qu", "nell", "sull", "quest", "c"];
    let (word, rest) = text.split_once(['\'', '’'])?;
    let elided = ELIDED.contains(&word.to_lowercase().as_str());
    (elided && rest.starts_with(char::is_alphabetic)).then_some(rest)
}

/// Words up to a mark or a word that ends a position's name.
fn take(text: &str, lexicon: &Lexicon) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut line_ends = text.split('\n').next().map_or(0, str::len);
    if line_ends > 45 {
        line_ends = text.len();
    }
    for word in text[..line_ends].split_whitespace().take(MAX_WORDS + 2) {
        let opens = word.starts_with(['(', '[', '"', '“', '|', '#', '<']);
        let bare = word
            .trim_end_matches([',', '.', ';', ':', '!', '?', ')', '"', '”', '“', '»', '*', '_']);
        let lower = bare.to_lowercase();
        // "ingénieur en mécanique", "técnico en electrónica"
        let field = lower == "en"
            && words.iter().any(|w| lexicon.leads_role(&w.to_lowercase()))
            && text[word.as_ptr() as usize - text.as_ptr() as usize + word.len()..]
                .split_whitespace()
                .next()
                .is_some_and(|next| is_tail(next.trim_end_matches(['.', ',', ';']), lexicon));
        let number = bare.chars().filter(char::is_ascii_digit).count() > 2;
        if opens
            || bare.is_empty()
            || number
            || (STOPS.contains(&lower.as_str()) && !field)
            || matches!(bare, "-" | "–" | "—")
            || words.len() >= MAX_WORDS
        {
            break;
        }
        words.push(if word == "ds." { word } else { bare });
        let mark = bare.len() < word.len() && word != "ds.";
        if mark && !(word.ends_with(',') && goes_on(text, word)) {
            break;
        }
    }
    trimmed(&words, lexicon)
}

/// "Manager, Payments": capitals behind the comma, and then the end or a word that ends a position's name.
fn goes_on(text: &str, word: &str) -> bool {
    let Some(at) = text.find(word) else { return false };
    let rest = text[at + word.len()..].trim_start_matches([' ', '\n']);
    let end = rest.find([',', '.', '\n', '(', ')', ';', '*', '"', '”', '!', '?']);
    let more = rest[..end.unwrap_or(rest.len())].split(' ');
    let more: Vec<&str> =
        more.take_while(|w| !STOPS.contains(&w.to_lowercase().as_str())).collect();
    !more.is_empty() && more.len() <= 2 && more.iter().all(|w| is_capital(w))
}

fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '-')
}

/// Small words at the ends belong to the sentence; behind the noun only what is written with a capital, or joined by "of", stays.
fn trimmed(words: &[&str], lexicon: &Lexicon) -> String {
    let mut words: Vec<&str> = words.to_vec();
    if words.iter().any(|w| w.ends_with(',')) || words.is_empty() {
        words.retain(|w| !w.is_empty());
    }
    let leads = |w: &str| {
        let lower = w.to_lowercase();
        let lower = lower.trim_matches([',', ':', '*', '"']);
        CONNECTORS.contains(&lower) || LEADS.contains(&lower)
    };
    while words.len() > 1 && leads(words[0]) {
        words.remove(0);
    }
    if let Some(comma) = words.iter().position(|w| w.ends_with(',')) {
        let named = |part: &[&str]| {
            part.iter().any(|w| lexicon.is_role_word(&w.trim_matches(',').to_lowercase()))
        };
        if !named(&words[..=comma]) && named(&words[comma + 1..]) {
            words.drain(..=comma);
        }
    }
    let noun =
        words.iter().rposition(|w| lexicon.is_role_word(&w.trim_matches(',').to_lowercase()));
    let joins = |w: &str| {
        // "in unserer Geriatrie" says where.
        let ours = words.iter().skip_while(|x| **x != w).nth(1).is_some_and(|next| {
            matches!(
                next.to_lowercase().as_str(),
                "unserer"
                    | "unserem"
                    | "unser"
                    | "our"
                    | "your"
                    | "ihrer"
                    | "onze"
                    | "vår"
                    | "vårt"
            )
        });
        !ours
            && matches!(
                w,
                "of" | "de"
                    | "di"
                    | "da"
                    | "do"
                    | "del"
                    | "d'"
                    | "en"
                    | "in"
                    | "für"
                    | "ds."
                    | "ds"
                    | "for"
                    | "em"
                    | "von"
                    | "&"
                    | "et"
                    | "à"
                    | "i"
                    | "y"
                    | "e"
                    | "la"
                    | "des"
                    | "du"
            )
    };
    if let Some(noun) = noun {
        let head = words[noun].rsplit(['\'', '’']).next().unwrap_or(words[noun]);
        let goes_behind = lexicon.leads_role(&head.to_lowercase());
        let mut end = noun + 1;
        while end < words.len() {
            let word = words[end];
            let kept = word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
                || joins(word)
                || (end > 0 && joins(words[end - 1]))
                || (goes_behind && is_tail(word, lexicon) && end <= noun + TAIL);
            if !kept {
                break;
            }
            end += 1;
        }
        while end > noun + 1 && joins(words[end - 1]) {
            end -= 1;
        }
        words.truncate(end);
    }
    words.join(" ").trim_matches([',', '.', ' ', '-', '–']).to_owned()
}

/// How many lower-case words may follow the noun of a position.
const TAIL: usize = 3;

/// Whether a lower-case word behind the noun tells more of the position: "éditeur jeunesse", "técnico de manutenção".
fn is_tail(word: &str, lexicon: &Lexicon) -> bool {
    let lower = word.to_lowercase();
    word.chars().all(|c| c.is_lowercase() || matches!(c, '-' | '\'' | '’'))
        && word.chars().count() > 2
        && !STOPS.contains(&lower.as_str())
        && !CONNECTORS.contains(&lower.as_str())
        && !lexicon.role_stops.contains(&lower)
        && !lexicon.tail_stops.contains(&lower)
        && !lexicon.times.is_date_word(word)
}

/// "the ops lead job": the words before, back to a small word.
fn phrase_before(text: &str, at: usize, lexicon: &Lexicon) -> Option<String> {
    let before = text[text.floor_char_boundary(at.saturating_sub(AROUND))..at].trim_end();
    let start =
        before.rfind(['.', ',', ';', ':', '!', '?', '(', '"', '“', '„']).map_or(0, |i| i + 1);
    let start = before.rfind("\n\n").map_or(start, |i| start.max(i));
    let start = if before.len() - before.rfind('\n').unwrap_or(0) > 30 {
        start.max(before.rfind('\n').map_or(0, |i| i + 1))
    } else {
        start
    };
    let start = (start..before.len()).find(|i| before.is_char_boundary(*i)).unwrap_or(before.len());
    let mut words: Vec<&str> = Vec::new();
    for word in before[start..].split_whitespace().rev().take(MAX_WORDS) {
        let lower = word.to_lowercase();
        if CONNECTORS.contains(&lower.as_str())
            || STOPS.contains(&lower.as_str())
            || matches!(
                lower.as_str(),
                "this" | "in" | "my" | "any" | "open" | "vacant" | "advertised" | "about"
            )
        {
            break;
        }
        words.push(word);
    }
    words.reverse();
    let phrase = trimmed(&words, lexicon);
    // "the Product Manager, Billing role": what stands behind the comma is the field.
    let field = !words.is_empty() && words.iter().all(|w| is_capital(w));
    let noun_before = before[..start]
        .strip_suffix(',')
        .filter(|_| field && !has_noun(&phrase, lexicon))
        .and_then(|head| phrase_before(head, head.len(), lexicon))
        .filter(|head| head.split(' ').next_back().is_some_and(|w| has_noun(w, lexicon)));
    match noun_before {
        Some(head) => Some(format!("{head}, {phrase}")),
        None => (!phrase.is_empty()).then_some(phrase),
    }
}

/// The part of a subject that names a position.
fn in_subject(piece: &Piece, lexicon: &Lexicon) -> Vec<Position> {
    let mut subject = piece.text.trim();
    while let Some((head, tail)) = subject.split_once(':') {
        if head.len() > 5 || head.contains(' ') {
            break;
        }
        subject = tail.trim_start();
    }
    let separators = [
        " - ", " – ", " — ", ": ", " | ", " / ", "(", ")", "[", "]", " @ ", " at ", " with ",
        " bei ", " chez ", " presso ", " bij ", " hos ", "\"", "'",
    ];
    let mut parts = vec![subject.to_owned()];
    for separator in separators {
        parts = parts
            .iter()
            .flat_map(|p| p.split(separator).map(str::to_owned).collect::<Vec<_>>())
            .collect();
    }
    let named = parts.iter().filter(|p| has_noun(p, lexicon));
    named
        .filter_map(|part| {
            let skip = |w: &&str| {
                let lower = w.to_lowercase();
                CONNECTORS.contains(&lower.as_str())
                    || STOPS.contains(&lower.as_str())
                    || is_of_interview(&lower, piece)
            };
            let words: Vec<&str> =
                part.split_whitespace().skip_while(skip).take(MAX_WORDS + 1).collect();
            let end = words
                .iter()
                .position(|w| STOPS.contains(&w.to_lowercase().as_str()))
                .unwrap_or(words.len());
            let text = trimmed(&words[..end], lexicon);
            (has_noun(&text, lexicon)).then(|| position(piece, 0, &text, 4))
        })
        .collect()
}

fn is_of_interview(lower: &str, piece: &Piece) -> bool {
    let of = [Cue::Interview, Cue::Apply, Cue::Job, Cue::Confirm, Cue::Meet];
    piece.signs.0.iter().any(|s| {
        of.contains(&s.cue)
            && piece.text[s.range.clone()].to_lowercase().split(' ').any(|w| w == lower)
    })
}
