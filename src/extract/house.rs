//! The company, as plain words name it: under the mail, in the sender's name, behind "at", measured against the domain.

mod client;
mod kind;

use client::SMALL;
pub(super) use client::{behind_job, of_client};
pub(super) use kind::by_kind;

use super::cues::Cue;
use super::legal;
use super::lexicon::Lexicon;
use super::names;
use super::people::squash;
use super::prose::Piece;
use super::senders;
use crate::message::Message;

/// How many lines under the writer's name are read.
const SIGNED: usize = 6;
/// How many lines of an older mail are read.
const MAX_LINES: usize = 200;
/// The longest name, in words.
const MAX_WORDS: usize = 6;

/// A company's name that the texts give, where its letters are those of the sender's domain.
pub(super) fn by_domain(
    message: &Message,
    pieces: &[&Piece],
    lexicon: &Lexicon,
) -> Option<(String, &'static str)> {
    let address = message.from.as_ref()?.address.as_ref()?;
    if senders::is_free_mail(address) || senders::is_service(address) {
        return None;
    }
    let domain = address.registered_domain();
    let label: String = squash(domain.split('.').next().unwrap_or(""));
    let alike = |name: &str| similar(&squash(name), &label);
    let mut best: Option<(usize, String, &'static str)> = None;
    let quoted = pieces.iter().filter(|p| p.source == "quoted").flat_map(|p| {
        let lines = p.text.lines().take(MAX_LINES).flat_map(parts);
        lines.filter_map(|part| Some((cleaned(part, lexicon)?, p.source)))
    });
    for (name, source) in candidates(message, pieces, lexicon).into_iter().chain(quoted) {
        let points = alike(&name);
        if points > 0 && best.as_ref().is_none_or(|(known, ..)| points > *known) {
            best = Some((points, name, source));
        }
    }
    best.map(|(_, name, source)| (name, source))
}

/// A company's name that is signed with, or that sends.
pub(super) fn by_signature(
    message: &Message,
    pieces: &[&Piece],
    lexicon: &Lexicon,
) -> Option<(String, &'static str)> {
    let japanese = pieces.iter().find_map(|p| japanese(&p.text).map(|name| (name, p.source)));
    japanese.or_else(|| {
        let all = candidates(message, pieces, lexicon);
        all.into_iter().find(|(name, source)| {
            *source == "From" || (*source == "signature" && name.contains(' '))
        })
    })
}

/// "株式会社ほしぞら食品 人事部": the name before or behind the legal form.
fn japanese(text: &str) -> Option<String> {
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                'の' | 'は'
                    | '、'
                    | '。'
                    | '（'
                    | '('
                    | '【'
                    | '】'
                    | '「'
                    | '」'
                    | '◆'
                    | '■'
                    | '：'
                    | ':'
            )
    };
    let form = ["株式会社", "有限会社", "合同会社", "医療法人", "社会福祉法人", "学校法人"]
        .iter()
        .find_map(|f| text.find(f).map(|i| (i, i + f.len())));
    let Some(form) = form else { return introduced(text) };
    let behind: String = text[form.1..].chars().take_while(|c| !ends(*c)).take(24).collect();
    let before: String = text[..form.0].chars().rev().take_while(|c| !ends(*c)).take(24).collect();
    let name = if behind.is_empty() { before.chars().rev().collect() } else { behind };
    (!name.is_empty()).then_some(name)
}

/// "ひだまり珈琲店の野田です。": whom somebody writes for who says who they are.
fn introduced(text: &str) -> Option<String> {
    let says = ["です", "と申します", "でございます"];
    let departments = ['部', '課', '室', '係', '局'];
    text.lines().take(12).find_map(|line| {
        let line = line.trim();
        let (house, rest) = line.split_once('の')?;
        let house = house.rsplit([' ', '\u{3000}', '、']).next().unwrap_or(house);
        let person = says.iter().find_map(|s| rest.find(s).map(|i| &rest[..i]))?;
        let fine = (2..=16).contains(&house.chars().count())
            && (1..=8).contains(&person.chars().count())
            && !person.contains(['、', '。', 'を', 'は', 'が'])
            && !house.contains(['は', 'を', 'が', 'に', '採'])
            && !house.ends_with(departments);
        fine.then(|| house.to_owned())
    })
}

/// How many letters a name and a label share from the first on; 0 where they are too few to tell.
fn similar(name: &str, label: &str) -> usize {
    if name.is_empty() || label.is_empty() {
        return 0;
    }
    let common = name.chars().zip(label.chars()).take_while(|(a, b)| a == b).count();
    let inside =
        label.len() >= 4 && name.contains(label) || name.len() >= 4 && label.contains(name);
    match () {
        () if name == label => 100,
        () if common >= 5.min(label.chars().count()) && common >= 3 => 10 + common,
        () if inside => 10,
        () => 0,
    }
}

/// What may be the company's name: the parts of the lines under the writer's name, the sender's own name, the subject's parts.
fn candidates(
    message: &Message,
    pieces: &[&Piece],
    lexicon: &Lexicon,
) -> Vec<(String, &'static str)> {
    let mut out: Vec<(String, &'static str)> = Vec::new();
    let mut add = |text: &str, source| {
        if let Some(name) = cleaned(text, lexicon) {
            out.push((name, source));
        }
    };
    let from = message.from.as_ref();
    let writer = from.and_then(|p| p.name.as_deref()).unwrap_or("");
    let text = pieces.iter().find(|p| p.source == "text").map_or("", |p| p.text.as_str());
    // "Interviewer: Jane Doe" ends a notice without a signature, and names no house.
    let signed = signed(text, &message.text.signature, writer);
    let shared = from
        .and_then(|p| p.address.as_ref())
        .is_some_and(|a| senders::is_shared(a) || senders::is_no_reply(a));
    let label = from
        .and_then(|p| p.address.as_ref())
        .map(|a| squash(a.registered_domain().split('.').next().unwrap_or("")))
        .unwrap_or_default();
    let person = |line: &str| {
        // Who signs is no house.
        let whole = |n: &names::Name| n.range == (0..line.len()) && n.words() > 1;
        similar(&squash(line), &label) == 0 && names::find(line, lexicon).iter().any(whole)
    };
    let signed: Vec<&str> = signed.into_iter().filter(|line| !line.contains(": ")).collect();
    let first_person = signed.iter().position(|line| person(line));
    for (index, line) in signed.into_iter().enumerate() {
        if first_person == Some(index) {
            continue;
        }
        for part in parts(line).rev() {
            if !is_own_name(part, writer) {
                add(part, "signature");
            }
        }
    }
    if shared {
        let ends = [
            "bewerbung",
            "bewerbungen",
            "bewerbermanagement",
            "karriere",
            "personal",
            "recrutement",
            "candidatures",
            "rh",
            "rrhh",
            "selección",
            "empleo",
            "seleção",
            "recrutamento",
            "vagas",
            "selezione",
            "personale",
            "vacatures",
            "sollicitaties",
            "kadry",
            "rekrutacja",
            "rekrytering",
            "jobb",
            "採用担当",
            "採用事務局",
            "採用チーム",
            "人事部",
            "人事",
            "recruiting",
            "recruitment",
            "careers",
            "talent",
            "hiring",
            "team",
            "jobs",
            "hr",
            "via",
            "people",
            "personalabteilung",
            "personnel",
            "interviews",
            "notifications",
            "attorney",
        ];
        let words: Vec<&str> = writer
            .split_whitespace()
            .filter(|w| {
                !ends.contains(&w.to_lowercase().trim_matches(['-', '|', ',']))
                    && *w != "-"
                    && *w != "–"
            })
            .collect();
        add(&words.join(" "), "From");
    }
    for piece in pieces {
        for name in behind_at(&piece.text).into_iter().chain(before_wish(piece)) {
            add(&name, piece.source);
        }
    }
    let subject = pieces.iter().find(|p| p.source == "Subject").map_or("", |p| p.text.as_str());
    for part in parts(subject) {
        add(part, "Subject");
    }
    out
}

/// The lines under the writer's name at the end of a mail, and its signature.
fn signed<'t>(text: &'t str, signature: &'t str, writer: &str) -> Vec<&'t str> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let first = squash(writer.split_whitespace().next().unwrap_or(""));
    let last = squash(writer.split_whitespace().last().unwrap_or(""));
    let names_writer = |line: &&str| {
        let words: Vec<String> =
            line.split(|c: char| !c.is_alphanumeric()).take(4).map(squash).collect();
        line.len() < 90 && words.iter().any(|w| !w.is_empty() && (*w == first || *w == last))
    };
    let tail = lines.len().saturating_sub(12);
    let start = lines
        .iter()
        .enumerate()
        .skip(tail)
        .find(|(_, l)| names_writer(l))
        .map_or(lines.len().saturating_sub(3), |(i, _)| i);
    let own = lines[start..].iter().take(SIGNED).copied().filter(|l| l.len() < 110);
    own.chain(
        signature.lines().map(str::trim).filter(|l| !l.is_empty() && l.len() < 110).take(SIGNED),
    )
    .collect()
}

fn parts(line: &str) -> impl DoubleEndedIterator<Item = &str> {
    let all: Vec<&str> = line
        .split([',', '|', '·', '•', '@', '/', '(', ')', ':', ';'])
        .flat_map(|p| p.split(" - "))
        .flat_map(|p| p.split(" – "))
        .flat_map(|p| p.split(" — "))
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect();
    all.into_iter()
}

fn is_own_name(part: &str, writer: &str) -> bool {
    let (part, writer) = (squash(part), squash(writer));
    part == writer
        || (!writer.is_empty()
            && part.len() > 2
            && writer.contains(&part)
            && part.len() * 2 > writer.len())
}

/// A part without legal forms; `None` where it is a title, a department, an address or a number.
fn cleaned(text: &str, lexicon: &Lexicon) -> Option<String> {
    let text = text.trim_matches(['*', '_', '-', '–', '"', ' ', '.', '>', '<']);
    let name = without_form(&legal::strip_legal(text, lexicon));
    let words: Vec<&str> = name.split_whitespace().collect();
    let small = SMALL;
    let fine = |w: &&str| {
        small.contains(w)
            || w.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || !c.is_ascii())
    };
    let plain = |w: &&str| {
        !lexicon.no_names.contains(&w.to_lowercase())
            && !lexicon.is_role_word(&w.to_lowercase())
            && !small.contains(w)
            && !lexicon.times.is_date_word(w)
    };
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let shape = !words.is_empty()
        && words.len() <= MAX_WORDS
        && words.iter().all(fine)
        && digits < 3
        && !name.contains('@')
        && !name.contains("http")
        && name.len() > 1
        && name.chars().any(char::is_alphabetic)
        && !name.contains(['。', 'を', '「', '【'])
        && !japanese_person(&name);
    let title = words.iter().any(|w| lexicon.is_role_word(&w.to_lowercase()));
    let telling = words.iter().any(plain);
    (shape && !title && telling).then_some(name)
}

/// "Penwick Foods would like to meet you": several capitalised words before a verb of those who want somebody.
fn before_wish(piece: &Piece) -> Vec<String> {
    let capital = |w: &&str| w.starts_with(char::is_uppercase) || matches!(*w, "&" | "of" | "and");
    let wishes = piece.signs.all(Cue::Wishes);
    let names = wishes.map(|s| {
        let before = piece.text[..s.range.start].trim_end();
        let words: Vec<&str> = before.split_whitespace().rev().take(MAX_WORDS).collect();
        let count =
            words.iter().take_while(|w| capital(w) && !w.ends_with([',', '.', '!'])).count();
        let name: Vec<&str> = words[..count].iter().rev().copied().collect();
        name.join(" ")
    });
    names.filter(|name| name.contains(' ')).collect()
}

/// Capitalised words behind "at", "with", "bei" and the like.
fn behind_at(text: &str) -> Vec<String> {
    const LEADS: [&str; 17] = [
        "at", "with", "w/", "@", "bei", "chez", "bij", "hos", "presso", "en", "join", "at the",
        "na", "von", "der", "w", "på",
    ];
    let words: Vec<&str> = text.split_whitespace().take(400).collect();
    let mut out = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if !LEADS.contains(&word.to_lowercase().as_str()) {
            continue;
        }
        let mut name: Vec<&str> = Vec::new();
        for next in words[i + 1..].iter().take(MAX_WORDS) {
            let bare = next.trim_end_matches([',', '.', ';', ':', '!', '?', ')']);
            let small = matches!(bare, "&" | "of" | "and" | "the") && !name.is_empty();
            if !(bare.starts_with(char::is_uppercase) || small) {
                break;
            }
            name.push(bare);
            if bare.len() < next.len() {
                break;
            }
        }
        while name.last().is_some_and(|w| matches!(*w, "&" | "of" | "and" | "the")) {
            name.pop();
        }
        if !name.is_empty() {
            out.push(name.join(" "));
        }
    }
    out
}

/// A name without the legal forms of all countries, with or without their full stops.
fn without_form(name: &str) -> String {
    const FORMS: [&str; 44] = [
        "gmbh",
        "co",
        "kg",
        "sas",
        "sa",
        "sarl",
        "srl",
        "spa",
        "ab",
        "ltda",
        "sal",
        "pte",
        "oy",
        "as",
        "aps",
        "spzoo",
        "zoo",
        "bv",
        "nv",
        "plc",
        "inc",
        "ltd",
        "llc",
        "llp",
        "sl",
        "slu",
        "ev",
        "ag",
        "kgaa",
        "ug",
        "eireli",
        "sasu",
        "snc",
        "sp",
        "z",
        "oo",
        "limited",
        "pty",
        "lda",
        "de cv",
        "k",
        "j",
        "spk",
        "komandytowa",
    ];
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.len() > 1 {
        let last = words.last().map_or(String::new(), |w| {
            w.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
        });
        if !(FORMS.contains(&last.as_str()) || last.is_empty()) {
            break;
        }
        words.pop();
    }
    words.join(" ").trim_matches([',', ' ', '.']).to_owned()
}

fn japanese_person(name: &str) -> bool {
    let han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}');
    name.chars().any(han) && name.contains([' ', '\u{3000}'])
}
