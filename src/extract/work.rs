//! What the position asks for, what was shown on site, and whether a conversation was cut short: as short phrases.

use std::collections::BTreeSet;

use super::lexicon::{Lexicon, List, fold};
use super::{Findings, Passage, Verdict, numbers, titles};
use crate::message::Message;

/// How many names of a message are looked for in its text.
const MAX_NAMES: usize = 60;
/// How many phrases of one message are kept.
const MAX_ASKS: usize = 40;
const MAX_TOURS: usize = 6;
/// The longest phrase, in characters: what is longer is cut at a word.
const MAX_PHRASE: usize = 140;
/// How many lines behind a heading ("Requirements:") belong to it.
const MAX_SECTION: usize = 15;
/// How many characters of a quoted or attached text are looked at.
const MAX_TEXT: usize = 60_000;

/// What a message tells of the work and of the conversation.
#[derive(Default)]
struct Work {
    /// Duties, skills and technologies, each a phrase.
    asks: Vec<String>,
    /// What somebody shows: "I will show you the ward".
    tours: Vec<String>,
    /// The writer says that it ended too early.
    cut_short: bool,
}

/// What a letter may later say: of an interview, or of a mail by hand that speaks of work.
pub fn tell(findings: &mut Findings, message: &Message, passages: &[Passage], lexicon: &Lexicon) {
    let of_work = |p: &Passage| p.has(List::Job) || p.has(List::Hiring) || p.has(List::Interview);
    let by_hand = findings.origin.by_hand && !findings.origin.by_owner;
    if findings.verdict == Verdict::None && !(by_hand && passages.iter().any(of_work)) {
        findings.cut_short = by_hand && passages.iter().any(|p| p.has(List::CutShort));
        return;
    }
    let work = find(message, passages, lexicon);
    findings.asks = work.asks;
    findings.tours = work.tours;
    findings.cut_short = work.cut_short;
    let held = findings.sessions.iter().flat_map(|s| &s.interviewers);
    let invited = findings.objects.iter().flat_map(|o| &o.interviewers);
    let all = held.chain(invited).chain(&findings.people).filter_map(|p| p.name.clone());
    let names: BTreeSet<String> = all.take(MAX_NAMES).collect();
    let held = findings.sessions.iter().flat_map(|s| &s.interviewers);
    let met: BTreeSet<&str> = held.filter_map(|p| p.name.as_deref()).take(MAX_NAMES).collect();
    findings.numbers = numbers::find(message, met.into_iter());
    findings.titles = titles::find(message, passages, &names, lexicon);
}

/// Reads titles and texts; of quoted and attached ones only what the position asks for.
fn find(message: &Message, passages: &[Passage], lexicon: &Lexicon) -> Work {
    let mut out = Work::default();
    for passage in passages.iter().filter(|p| p.source != "signature") {
        if passage.title {
            keep(&mut out.asks, &passage.text, MAX_ASKS);
            continue;
        }
        out.cut_short |= passage.has(List::CutShort);
        asks_of(&passage.text, lexicon, &mut out.asks);
        for sentence in sentences(&passage.text).filter(|s| lexicon.says(List::Tour, &fold(s))) {
            keep(&mut out.tours, sentence, MAX_TOURS);
        }
    }
    for text in [&message.text.quoted, &message.text.attached] {
        let end = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(at, _)| at);
        asks_of(&text[..end], lexicon, &mut out.asks);
    }
    out
}

/// Lines in a section about the position, points of a list, and sentences that say what is looked for.
fn asks_of(text: &str, lexicon: &Lexicon, out: &mut Vec<String>) {
    let mut section = 0_usize;
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.contains("://")) {
        let point = line
            .strip_prefix(['-', '*', '\u{2022}', '\u{b7}', '\u{25cf}', '\u{2013}', '\u{25e6}'])
            .map(str::trim);
        let asks = lexicon.says(List::Asks, &fold(line));
        if asks && (line.ends_with(':') || line.split(' ').count() <= 4) {
            section = MAX_SECTION;
            keep(out, line, MAX_ASKS);
        } else if section > 0 && point.is_none() && line.ends_with([':', ',']) {
            section = 0;
        } else if section > 0 {
            section -= 1;
            keep(out, point.unwrap_or(line), MAX_ASKS);
        } else if let Some(point) = point.filter(|p| !p.contains('@')) {
            keep(out, point, MAX_ASKS);
        } else if asks || names_position(line, lexicon) {
            let telling =
                |s: &&str| lexicon.says(List::Asks, &fold(s)) || names_position(s, lexicon);
            sentences(line).filter(telling).for_each(|s| keep(out, s, MAX_ASKS));
        }
    }
}

/// Whether a word of a line ends a position's name.
fn names_position(line: &str, lexicon: &Lexicon) -> bool {
    let capital = |w: &&str| w.chars().next().is_some_and(char::is_uppercase);
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '-').filter(capital);
    words.map(str::to_lowercase).any(|word| lexicon.is_role_noun(&word))
}

/// The sentences of a text, line by line.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|l| l.split_inclusive(['.', '!', '?', ';']))
        .map(str::trim)
        .filter(|s| !s.is_empty())
}

fn keep(out: &mut Vec<String>, phrase: &str, most: usize) {
    let mut kept = String::new();
    for word in phrase.split_whitespace() {
        if kept.chars().count() + word.chars().count() >= MAX_PHRASE {
            break;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
    }
    if out.len() < most && kept.chars().any(char::is_alphabetic) && !out.contains(&kept) {
        out.push(kept);
    }
}
