//! Names of people: as one would write them in a greeting, and where a text lists them.

use super::lexicon::{Lexicon, fold};
use crate::address::{EmailAddress, Person};

/// Titles before or behind a name; kept out of the name itself. Lower case, without full stops.
const TITLES: [&str; 72] = [
    "avv",
    "me",
    "maître",
    "maitre",
    "lic",
    "arq",
    "mag",
    "dipl",
    "capt",
    "captain",
    "col",
    "lt",
    "rabbi",
    "don",
    "doña",
    "fr",
    "hr",
    "fru",
    "dr",
    "prof",
    "professor",
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "sir",
    "dame",
    "rev",
    "hon",
    "eng",
    "ing",
    "dipl-ing",
    "phd",
    "md",
    "mba",
    "msc",
    "bsc",
    "rn",
    "esq",
    "frau",
    "herr",
    "herrn",
    "dott",
    "dottssa",
    "dra",
    "sra",
    "sr",
    "srta",
    "señor",
    "señora",
    "senhor",
    "senhora",
    "monsieur",
    "madame",
    "mme",
    "mlle",
    "pan",
    "pani",
    "pana",
    "panią",
    "dhr",
    "mevr",
    "mw",
    "mevrouw",
    "meneer",
    "signor",
    "signora",
    "mgr",
    "inż",
    "bey",
    "hanım",
];

/// Small words inside a name.
const PARTICLES: [&str; 22] = [
    "de", "da", "do", "dos", "das", "del", "della", "di", "du", "van", "von", "der", "den", "ten",
    "ter", "la", "le", "el", "al", "bin", "y", "zu",
];

/// Parts of names that are written short.
const ABBREVIATIONS: [&str; 6] = ["St", "Ste", "Jr", "Sr", "Mt", "Fr"];

/// Words that greet: what follows is no part of a name's list.
const GREETINGS: [&str; 30] = [
    "hi", "hello", "dear", "hey", "hallo", "liebe", "lieber", "sehr", "guten", "bonjour", "cher",
    "chère", "hola", "estimado", "estimada", "olá", "caro", "cara", "ciao", "gentile", "beste",
    "hej", "hei", "dzień", "cześć", "kära", "good", "oi", "thanks", "thank",
];

/// What stands between two names.
const BETWEEN: [&str; 28] = [
    " and ", " und ", " et ", " y ", " e ", " i ", " och ", " en ", " oraz ", " og ", " ja ",
    " a ", " и ", " та ", " і ", " ve ", " și ", " és ", " και ", " & ", " + ", " sowie ", " com ",
    " with ", " / ", " | ", " – ", " - ",
];

/// A display name as one would write it in a greeting: "Okonkwo, Adaeze (Risk)" is Adaeze Okonkwo, "Dr. Anna Meyer" Anna
/// Meyer, "LE GALL Yannick" Yannick Le Gall.
pub fn plain_name(name: &str) -> String {
    let mut bare = String::new();
    let mut depth = 0_u32;
    for c in name.chars() {
        match c {
            '(' | '[' | '（' => depth += 1,
            ')' | ']' | '）' => depth = depth.saturating_sub(1),
            // Marks of templates and of addresses are in no name.
            '"' | '{' | '}' | '<' | '>' | '%' => {}
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    let bare = bare.split(" | ").next().unwrap_or(&bare).trim();
    let bare = [" - ", " on behalf of ", " im Auftrag von ", " via ", "/"]
        .iter()
        .fold(bare, |bare, mark| bare.split_once(mark).map_or(bare, |(name, _)| name.trim()));
    // A lecturer's "PD Dr." is no family name in capitals.
    let bare = bare.strip_prefix("PD ").filter(|rest| rest.starts_with("Dr")).unwrap_or(bare);
    // "Meyer, Anna, Prof. Dr.": what is but titles is no part of the name.
    let parts: Vec<&str> = bare.split(',').map(str::trim).collect();
    let named = |part: &&str| !part.is_empty() && !is_title_list(part);
    let turned = match parts.iter().copied().filter(named).collect::<Vec<_>>().as_slice() {
        [name] if parts.len() == 1 => capitals_last(name),
        [last, first, ..] if *last == parts[0] => format!("{first} {last}"),
        [name, ..] => (*name).to_owned(),
        [] => parts[0].to_owned(),
    };
    let words: Vec<&str> = turned.split_whitespace().filter(|w| !is_title(w)).collect();
    let kept = if words.is_empty() { turned } else { words.join(" ") };
    if is_shouted(&kept) {
        kept.split(' ').map(lowered).collect::<Vec<_>>().join(" ")
    } else {
        kept
    }
}

/// "VASSEUR Corinne": a family name in capitals that stands first goes last, as it is said.
fn capitals_last(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let family = words.iter().take_while(|w| is_shouted(w)).count();
    if family == 0 || family == words.len() {
        let given = words.iter().take_while(|w| !is_shouted(w)).count();
        let (given, family) = words.split_at(given);
        let turned = family.iter().all(|w| is_shouted(w)) && !given.is_empty();
        if !turned {
            return name.to_owned();
        }
        let family = family.iter().map(|w| lowered(w));
        return given.iter().map(|w| (*w).to_owned()).chain(family).collect::<Vec<_>>().join(" ");
    }
    let (family, given) = words.split_at(family);
    let family = family.iter().map(|w| lowered(w));
    given.iter().map(|w| (*w).to_owned()).chain(family).collect::<Vec<_>>().join(" ")
}

/// Whether all letters are capitals, and enough of them that it is no initial.
fn is_shouted(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    letters().count() > 1 && letters().all(char::is_uppercase) && !text.contains('.')
}

/// A word in capitals as names are written: "O'NEILL" is O'Neill, "SAINT-JUST" Saint-Just.
fn lowered(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut first = true;
    for c in word.chars() {
        if first {
            out.push(c);
        } else {
            out.extend(c.to_lowercase());
        }
        first = !c.is_alphabetic();
    }
    out
}

fn is_title(word: &str) -> bool {
    let bare: String = word.to_lowercase().chars().filter(|c| *c != '.' && *c != ',').collect();
    TITLES.contains(&bare.as_str()) || is_faculty(word) || is_joined_title(word)
}

/// "med.", "rer.", "nat.", "h.c.": small letters and a full stop, as no name has them.
pub fn is_faculty(word: &str) -> bool {
    word.ends_with('.') && word.chars().all(|c| c.is_lowercase() || c == '.') && word.len() > 3
}

/// "Prof.Dr.", "Univ.-Prof.", "Dr.-Ing.": titles written as one word.
fn is_joined_title(word: &str) -> bool {
    let lower = word.to_lowercase();
    let mut parts = lower.split(['.', '-']).filter(|part| !part.is_empty());
    let whole = lower.contains('.') && parts.clone().any(|part| part == "dr" || part == "prof");
    whole && parts.all(|part| TITLES.contains(&part) || ["univ", "ing", "hon"].contains(&part))
}

fn is_title_list(words: &str) -> bool {
    words.split_whitespace().all(is_title)
}

/// The first name of a display name that is in Western order; the whole name where it is a single word.
pub fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// A name of two to four capitalised words in the text whose letters make up the local part of the address: `mzhao`,
/// `mei-ling.zhao` and `zhaom` are Mei-Ling Zhao. Never guessed from the address alone.
pub fn name_for(address: &EmailAddress, text: &str) -> Option<String> {
    let local = squash(address.local().split('+').next().unwrap_or(""));
    if local.len() < 3 {
        return None;
    }
    for line in text.lines() {
        let words: Vec<&str> =
            line.split(|c: char| c.is_whitespace() || ",;:()<>/[]\"".contains(c)).collect();
        for size in [3, 2] {
            let hit = words
                .windows(size)
                .find(|w| w.iter().all(|x| is_name_word(x)) && spells(&local, w));
            if let Some(w) = hit {
                return Some(plain_name(&w.join(" ")));
            }
        }
    }
    None
}

/// Whether a word can be part of a name: a capital first, letters only.
pub fn is_name_word(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
        && word.chars().all(|c| c.is_alphabetic() || "-'.\u{2019}".contains(c))
}

fn spells(local: &str, words: &[&str]) -> bool {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let all: String = words.iter().map(|w| squash(w)).collect();
    let (first, last) = (squash(first), squash(last));
    let (Some(f), Some(l)) = (first.chars().next(), last.chars().next()) else { return false };
    [
        all,
        format!("{first}{last}"),
        format!("{f}{last}"),
        format!("{first}{l}"),
        format!("{last}{f}"),
        format!("{last}{first}"),
    ]
    .iter()
    .any(|s| s == local)
}

/// Letters only, in lower case, the common accents off.
pub fn squash(word: &str) -> String {
    let mut out = String::new();
    for c in word.to_lowercase().chars().filter(|c| c.is_alphanumeric()) {
        match c {
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ą' | 'ă' => out.push('a'),
            'ä' | 'æ' => out.push_str("ae"),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ď' => out.push('d'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => out.push('e'),
            'ğ' => out.push('g'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ő' => out.push('o'),
            'ö' | 'ø' => out.push_str("oe"),
            'ř' => out.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ť' | 'ţ' | 'ț' => out.push('t'),
            'ú' | 'ù' | 'û' | 'ů' | 'ű' => out.push('u'),
            'ü' => out.push_str("ue"),
            'ý' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            c => out.push(c),
        }
    }
    out
}

/// Reads the people whom a text begins with: "Rhonda Beck, Terminal Manager (rbeck@x.example) and Dr Malik Farrow". What
/// somebody is, behind a comma or in brackets, is passed over; the list ends with the sentence.
pub fn listed(text: &str, lexicon: &Lexicon) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let line = text.trim_start().lines().next().unwrap_or("");
    let sentence = sentence(line);
    for part in parts(behind_job(&sentence, lexicon)) {
        let (bare, address) = without_brackets(&part);
        let address = address.or_else(|| bare.split_whitespace().find_map(EmailAddress::parse));
        match name_at_start(&bare, lexicon) {
            Some((name, whole)) => {
                people.push(Person { name: Some(name), address });
                if !whole {
                    break;
                }
            }
            None if people.is_empty() => break,
            None => {
                // The address belongs to the name before it.
                if let Some(last) = people.last_mut().filter(|p| p.address.is_none()) {
                    last.address = address;
                }
            }
        }
    }
    people
}

/// A list without what the first of it is: "unsere Leiterin Frau Anja Sommer" begins with Frau.
fn behind_job<'t>(text: &'t str, lexicon: &Lexicon) -> &'t str {
    let mut rest = text.trim_start();
    for _ in 0..4 {
        let Some((word, behind)) = rest.split_once(' ') else { break };
        let folded = fold(word);
        let leads = lexicon.articles.contains(&folded)
            || lexicon.departments.contains(&folded)
            || lexicon.is_role_noun(&folded)
            || matches!(
                folded.as_str(),
                "unsere"
                    | "unserer"
                    | "unserem"
                    | "our"
                    | "notre"
                    | "nuestra"
                    | "nuestro"
                    | "vår"
                    | "la"
                    | "el"
                    | "head"
            );
        if !leads {
            break;
        }
        rest = behind.trim_start();
    }
    rest
}

/// The text up to the end of its sentence; a full stop behind an initial or a title ends none.
pub fn sentence(line: &str) -> String {
    for (at, mark) in line.match_indices(['.', '!', '?', '。']) {
        let ends = mark == "。" || line[at + 1..].is_empty() || line[at + 1..].starts_with(' ');
        let word = line[..at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        if ends && word.chars().count() > 1 && !is_title(word) && !ABBREVIATIONS.contains(&word) {
            return line[..at].to_owned();
        }
    }
    line.to_owned()
}

/// A list in its parts; brackets are left whole.
fn parts(text: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let mut marked = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' | '[' | '<' | '（' => depth += 1,
            ')' | ']' | '>' | '）' => depth -= 1,
            _ => {}
        }
        let between = depth <= 0 && matches!(c, ',' | ';' | '、' | '·' | '•' | '，');
        marked.push(if between { '\n' } else { c });
    }
    for word in BETWEEN {
        marked = marked.replace(word, "\n");
    }
    marked.split('\n').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// A part without what stands in brackets, and the address that did.
fn without_brackets(part: &str) -> (String, Option<EmailAddress>) {
    let mut bare = String::new();
    let mut inside = String::new();
    let mut depth = 0_i32;
    for c in part.chars() {
        match c {
            '(' | '[' | '<' | '（' => depth += 1,
            ')' | ']' | '>' | '）' => {
                depth -= 1;
                inside.push(' ');
            }
            c if depth > 0 => inside.push(c),
            c => bare.push(c),
        }
    }
    let address = inside.split([' ', ',', ';']).find_map(EmailAddress::parse);
    (bare.trim().to_owned(), address)
}

/// The name that a part begins with, and whether the part is nothing but that name.
fn name_at_start(part: &str, lexicon: &Lexicon) -> Option<(String, bool)> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let skipped = words.iter().take_while(|w| is_title(w)).count();
    let mut taken: Vec<&str> = Vec::new();
    for word in words.iter().skip(skipped) {
        let word = match word.trim_end_matches([':', '.', ',']) {
            bare if ABBREVIATIONS.contains(&bare) || bare.chars().count() == 1 => *word,
            bare => bare,
        };
        let particle = !taken.is_empty() && PARTICLES.contains(&word);
        if !(is_name_word(word) || particle) || taken.len() == 5 {
            break;
        }
        taken.push(word);
    }
    while taken.last().is_some_and(|w| PARTICLES.contains(w)) {
        taken.pop();
    }
    // "Dev" is a name as well as a short word for a job.
    let is_job = |w: &&str| {
        let lower = fold(w);
        (lexicon.is_role_noun(&lower) && w.chars().count() > 3)
            || lexicon.departments.contains(&lower)
    };
    let initials = |w: &&str| is_shouted(w) && w.chars().count() < 4;
    let greets = taken.first().is_some_and(|w| GREETINGS.contains(&fold(w).as_str()));
    let enough = !greets && (taken.len() >= 2 || (skipped > 0 && taken.len() == 1));
    let nothing_else = taken.iter().all(|w| lexicon.stages.contains(&fold(w)));
    if !enough || nothing_else || taken.iter().any(is_job) || taken.first().is_some_and(initials) {
        return None;
    }
    let whole = skipped + taken.len() == words.len();
    Some((plain_name(&taken.join(" ")), whole))
}

/// The people whose names stand in a text, in order: two to four words that are no job, no department and no meeting.
pub fn in_text(text: &str, lexicon: &Lexicon) -> Vec<Person> {
    let opened = text.replace(['(', ')', '[', ']'], ", ");
    let mut out: Vec<Person> = Vec::new();
    for part in parts(&opened) {
        let (bare, address) = without_brackets(&part);
        let rest: Vec<&str> = bare.split_whitespace().skip_while(|w| !is_name_word(w)).collect();
        // Behind a name stands what the person is: "Ty Nakagawa, Chief Merchant".
        let title = rest.first().is_some_and(|w| lexicon.no_names.contains(&fold(w)));
        if title && !out.is_empty() {
            continue;
        }
        if let Some((name, true)) = name_at_start(&rest.join(" "), lexicon) {
            out.push(Person { name: Some(name), address });
        }
    }
    out
}

/// A name in the order in which it is said, by the address: "Sartori Mauro" at `m.sartori` is Mauro Sartori.
pub fn in_order(name: &str, address: &EmailAddress) -> String {
    let words: Vec<&str> = name.split(' ').collect();
    let local = address.local().to_lowercase();
    let Some((initial, rest)) = local.split_once(['.', '_', '-']) else { return name.to_owned() };
    match words.as_slice() {
        [family, given]
            if initial.chars().count() == 1
                && squash(given).starts_with(initial)
                && !squash(family).starts_with(initial)
                && squash(rest) == squash(family) =>
        {
            format!("{given} {family}")
        }
        _ => name.to_owned(),
    }
}
