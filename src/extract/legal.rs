//! Legal forms of companies: a name without its own, and the name beside one.

use super::Passage;
use super::lexicon::{Lexicon, List, lower};
use super::posting::Found;
use super::words::{self, capital};

/// A company's name without `GmbH`, `Inc.` and the like.
pub fn strip_legal(name: &str, lexicon: &Lexicon) -> String {
    let is_form = |word: &str| {
        let folded = lower(word.trim_matches([',', '(', ')']));
        lexicon.legal_forms.contains(&folded)
            || lexicon.legal_forms.contains(folded.trim_end_matches('.'))
    };
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|w| is_form(w) || *w == "&" || *w == "+") {
        words.pop();
    }
    let joined = words.join(" ");
    let mut bare = joined.trim_matches([',', ' ']);
    for form in lexicon.legal_forms.iter().filter(|f| is_joined(f)) {
        bare = bare.strip_prefix(form.as_str()).unwrap_or(bare);
        bare = bare.strip_suffix(form.as_str()).unwrap_or(bare);
    }
    unshouted(bare.trim())
}

/// "TRENT VALE HOSPITALS" as one writes it; initials and single words stay.
fn unshouted(name: &str) -> String {
    let shouts = name.contains(' ')
        && !name.contains(char::is_lowercase)
        && name.split(' ').any(|w| w.chars().count() > 4 && w.chars().all(char::is_uppercase));
    if !shouts {
        return name.to_owned();
    }
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter();
        match word.chars().count() {
            0..=2 => word.to_owned(),
            _ => first.chain(letters.flat_map(char::to_lowercase)).collect(),
        }
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// "Moorhof Baumschulen AG", "株式会社ヒカリ": what stands beside a legal form.
pub(super) fn by_legal_form(passages: &[Passage], lexicon: &Lexicon) -> Option<Found> {
    let agency = |line: &str| lexicon.says(List::Hiring, &lower(line)) && line.contains("client");
    passages
        .iter()
        .flat_map(|p| p.plain_lines().map(move |line| (p, line)))
        .filter(|(_, line)| !agency(line))
        .find_map(|(passage, line)| {
            let unspaced = lexicon.legal_forms.iter().filter(|f| is_joined(f)).find_map(|form| {
                let at = line.find(form.as_str())?;
                beside_form(&line[..at], &line[at + form.len()..], lexicon)
            });
            let name = unspaced
                .or_else(|| before_legal_form(line, lexicon))
                .or_else(|| behind_legal_form(line, lexicon))?;
            Some((name, passage.source, super::employer::quoted(line)))
        })
}

/// Whether a legal form may be written together with the name: in scripts without capitals.
fn is_joined(form: &str) -> bool {
    !form.is_ascii() && !form.chars().any(char::is_lowercase)
}

/// The name that a legal form stands at or, with a blank between them, that a line or a clause begins with.
fn beside_form(before: &str, behind: &str, lexicon: &Lexicon) -> Option<String> {
    let is_name = |c: &char| c.is_alphanumeric() || *c == 'ー';
    let first = |text: &str| text.chars().take_while(is_name).collect::<String>();
    let last = |text: &str| {
        let length: usize = text.chars().rev().take_while(is_name).map(char::len_utf8).sum();
        let name = &text[text.len() - length..];
        // "感谢您应聘清河科技": words to the candidate run into the name.
        let hits = lexicon.scan(&lower(name));
        let spoken = hits.iter().filter(|hit| hit.list == List::ToCandidate).map(|hit| hit.end);
        name.get(spoken.max().unwrap_or(0)..).unwrap_or(name).to_owned()
    };
    let begins = !before.trim_end().ends_with(char::is_alphanumeric);
    let apart = if begins { first(behind.trim_start()) } else { last(before.trim_end()) };
    [last(before), first(behind), apart].into_iter().find(|n| n.chars().count() > 1)
}

/// "ООО «Северный ветер»", "ТОВ Зерно": the name behind a legal form in capitals, in its quotes or alone.
fn behind_legal_form(line: &str, lexicon: &Lexicon) -> Option<String> {
    let words = words::split(line);
    words.iter().find_map(|form| {
        let shouted = form.text.chars().all(char::is_uppercase) && form.text.chars().count() > 1;
        if !shouted || !lexicon.legal_forms.contains(&form.text.to_lowercase()) {
            return None;
        }
        let rest = line[form.end..].trim_start();
        if let Some(quoted) = rest.strip_prefix(['«', '"', '“', '„']) {
            let end = quoted.find(['»', '"', '”', '“'])?;
            return Some(quoted[..end].trim().to_owned()).filter(|name| name.chars().count() > 1);
        }
        let name = words::split(rest).first().map(|word| word.text.to_owned())?;
        let fits = !form.text.is_ascii() && rest.starts_with(&name) && capital(&name);
        fits.then_some(name)
    })
}

/// Capitalised words before a legal form.
fn before_legal_form(line: &str, lexicon: &Lexicon) -> Option<String> {
    const SURE: [&str; 16] = [
        "gmbh", "ltd", "inc", "llc", "sas", "sarl", "ab", "oy", "b.v", "bv", "s.r.l", "srl",
        "s.p.a", "plc", "ltda", "ag",
    ];
    let words: Vec<&str> = line.split_whitespace().collect();
    for at in 1..words.len() {
        let form = words[at].trim_matches([',', '.', '(', ')', ';']).to_lowercase();
        if !SURE.contains(&form.as_str()) || !words[at].starts_with(char::is_uppercase) {
            continue;
        }
        let belongs = |w: &&&str| capital(w) && !w.ends_with(['.', ':', ';']) || **w == "&";
        let count = words[..at].iter().rev().take_while(belongs).take(5).count();
        if count > 0 {
            let name = words[at - count..at].join(" ");
            let name = name.rsplit(", ").next().unwrap_or(&name);
            return Some(strip_legal(name, lexicon));
        }
    }
    None
}
