//! Which position the message is about, in its own words.

use super::Passage;
use super::display;
use super::lexicon::{Lexicon, List, fold, is_unspaced, lower};
use super::title;
use super::words::{self, Word, capital};

/// The longest name of a position, in words.
pub(super) const MAX_WORDS: usize = 9;

/// A conclusion, where it stands, and its line.
pub type Found = (String, &'static str, String);

/// What the title and the text may name besides positions: people and the company, folded.
#[derive(Default)]
pub struct Known {
    /// The company, folded.
    company: String,
    /// Folded names, the longest first.
    names: Vec<String>,
}

impl Known {
    /// Keeps names in the order in which they are taken out of a title.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>, company: Option<&str>) -> Self {
        let company = company.map(fold).unwrap_or_default();
        let mut names: Vec<String> =
            names.map(fold).chain([company.clone()]).filter(|n| n.chars().count() > 2).collect();
        names.sort_by_key(|n| std::cmp::Reverse(n.len()));
        names.dedup();
        Self { company, names }
    }

    /// A position without the employer that it is one of, before it: "Akçay Lojistik Muhasebe Uzmanı".
    fn without_company(&self, position: String, lexicon: &Lexicon) -> String {
        let at = Some(&self.company)
            .filter(|company| !company.is_empty())
            .and_then(|company| Some(fold(&position).find(company.as_str())? + company.len()));
        let Some(mut rest) = at.and_then(|at| position.get(at..)).map(str::trim_start) else {
            return position;
        };
        let joins = |f: &&String| f.chars().all(is_unspaced);
        let leads = || lexicon.legal_forms.iter().chain(&lexicon.role_stops).filter(joins);
        while let Some(shorter) = leads().find_map(|lead| rest.strip_prefix(lead.as_str())) {
            rest = shorter.trim_start();
        }
        if has_noun(rest, lexicon) && capital(rest) { rest.to_owned() } else { position }
    }

    /// Whether a text begins with one of the names.
    fn begins(&self, text: &str) -> bool {
        let folded = fold(text);
        self.names.iter().any(|n| folded.starts_with(n.as_str()))
    }

    fn has(&self, text: &str) -> bool {
        let folded = fold(text);
        self.names.contains(&folded)
    }

    /// The text with the names in it replaced by a mark that ends a piece.
    pub(super) fn cut_out(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for name in &self.names {
            while let Some(at) = words::position(&lower(&out), name) {
                out.replace_range(at..at + name.len(), "|");
            }
        }
        out
    }
}

/// The position: first where the text says that it is one ("the position of X", "the X role"), then in a title, then in a
/// sentence that speaks of an interview.
pub fn find(passages: &[Passage], known: &Known, lexicon: &Lexicon) -> Option<Found> {
    let from = |passage: &Passage, text: String, at: usize| {
        let line = passage.plain[passage.line(at)].trim();
        Some((text, passage.source, line.chars().take(160).collect()))
    };
    let headings = || passages.iter().filter(|p| p.title);
    let said = passages.iter().find_map(|p| {
        said_before(p, known, lexicon)
            .or_else(|| said_behind(p, known, lexicon))
            .or_else(|| behind_company(p, known, lexicon).filter(|_| !p.title))
            .and_then(|(text, at)| from(p, text, at))
    });
    let heading: Option<Found> =
        headings().find_map(|p| title::named(p, known, lexicon).and_then(|t| from(p, t, 0)));
    let Some(said) = said else {
        return heading.or_else(|| elsewhere(passages, known, lexicon, from));
    };
    let said = (known.without_company(said.0, lexicon), said.1, said.2);
    // A title often has the whole of it, in its proper case and uninflected.
    let whole = heading
        .filter(|heading| contains(&heading.0, &said.0) || is_inflected(&heading.0, &said.0));
    whole.or(Some(said))
}

/// Whether two names differ only in the ends of their words: "инженер-сметчик" and "инженера-сметчика".
fn is_inflected(plain: &str, inflected: &str) -> bool {
    const ENDING: usize = 3;
    const STEM: usize = 4;
    let words = |text: &str| -> Vec<Vec<char>> {
        fold(text).split([' ', '-']).map(|w| w.chars().collect()).collect()
    };
    let (a, b) = (words(plain), words(inflected));
    a.len() == b.len()
        && a.iter().zip(&b).all(|(a, b)| {
            let stem = a.iter().zip(b).take_while(|(x, y)| x == y).count();
            a == b || (stem >= STEM && a.len() - stem <= ENDING && b.len() - stem <= ENDING)
        })
}

/// In running text without a word that says so, or what is left over of a title.
fn elsewhere(
    passages: &[Passage],
    known: &Known,
    lexicon: &Lexicon,
    from: impl Fn(&Passage, String, usize) -> Option<Found>,
) -> Option<Found> {
    let mut texts = passages.iter().filter(|p| !p.title);
    let in_texts =
        texts.find_map(|p| in_text(p, known, lexicon).and_then(|(t, at)| from(p, t, at)));
    in_texts.or_else(|| {
        let mut headings = passages.iter().filter(|p| p.title);
        headings.find_map(|p| title::left_over(p, known, lexicon).and_then(|t| from(p, t, 0)))
    })
}

/// Whether a passage names a position at all; in running text only where it says that it is one.
pub fn is_named(passage: &Passage, known: &Known, lexicon: &Lexicon) -> bool {
    if passage.title {
        return title::named(passage, known, lexicon).is_some();
    }
    said_before(passage, known, lexicon).is_some()
        || said_behind(passage, known, lexicon).is_some()
        || behind_company(passage, known, lexicon).is_some()
        || in_text(passage, known, lexicon).is_some()
}

fn contains(long: &str, short: &str) -> bool {
    words::position(&fold(long), &fold(short)).is_some()
}

/// "the position of X", "Stelle als X", "Vacante: X".
fn said_before(passage: &Passage, known: &Known, lexicon: &Lexicon) -> Option<(String, usize)> {
    passage.all(List::BeforeRole).find_map(|hit| {
        let line = passage.line(hit.start);
        let rest = &passage.plain[hit.end..line.end.max(hit.end)];
        let labelled = passage.folded[hit.start..hit.end].ends_with([':', '：']);
        let text = captured(rest, labelled, known, lexicon)?;
        let first_capital = capital(&text);
        let fits = first_capital || has_noun(&text, lexicon);
        (fits && !known.has(&text)).then_some((text, hit.start))
    })
}

/// "your schedule with Acme for X", "your day at Acme (X)": a position right behind the company's name.
fn behind_company(passage: &Passage, known: &Known, lexicon: &Lexicon) -> Option<(String, usize)> {
    if known.company.is_empty() {
        return None;
    }
    passage.folded.match_indices(&known.company).find_map(|(at, name)| {
        let end = at + name.len();
        let line = passage.line(at);
        let rest = passage.plain.get(end..line.end.max(end))?;
        let folded = lower(rest);
        let lead = [
            " for the ",
            " for ",
            " as ",
            " als ",
            " como ",
            " come ",
            " som ",
            " (",
            ", ",
            ": ",
            " - ",
        ]
        .iter()
        .find(|lead| folded.starts_with(**lead))?;
        let text = captured(&rest[lead.len()..], false, known, lexicon)?;
        let fits = has_noun(&text, lexicon) && capital(&text) && !known.has(&text);
        fits.then_some((text, at))
    })
}

/// "the X role", "X position".
fn said_behind(passage: &Passage, known: &Known, lexicon: &Lexicon) -> Option<(String, usize)> {
    let of_company =
        |end: usize| !known.company.is_empty() && passage.folded[..end].ends_with(&known.company);
    passage.all(List::Job).filter(|hit| !of_company(hit.end)).find_map(|hit| {
        let line = passage.line(hit.start);
        let before = passage.plain[line.start..hit.start].trim_end();
        let before = before.strip_suffix(['"', '”', '“', '»', '\'']).unwrap_or(before);
        let words = words::split(before);
        let mut from = words.len();
        while from > 0 && words.len() - from < MAX_WORDS && belongs(before, &words, from, lexicon) {
            from -= 1;
        }
        while from < words.len() && !capital(words[from].text) {
            from += 1;
        }
        let first = words.get(from)?;
        let text = tidied(&before[first.start..]);
        let introduced = from > 0
            && ["the", "a", "an", "our", "your", "this", "for", "de", "het", "die", "der"]
                .contains(&lower(words[from - 1].text).as_str());
        let behind = lower(&passage.plain[hit.start..hit.end]);
        let plainly = !matches!(behind.as_str(), "post" | "opportunity" | "search");
        let fits = has_noun(&text, lexicon) || (introduced && (words.len() - from > 1 || plainly));
        (fits && !known.has(&text) && !text.is_empty()).then_some((text, hit.start))
    })
}

/// Whether the word before `from` belongs to the position that goes on there.
fn belongs(line: &str, words: &[Word<'_>], from: usize, lexicon: &Lexicon) -> bool {
    let word = &words[from - 1];
    let behind = words.get(from).map_or(line.len(), |next| next.start);
    let gap = line[word.end..behind].trim();
    let joins = matches!(gap, "" | "&" | "/" | ",");
    let small = matches!(word.text, "of" | "and" | "de" | "für" | "in" | "der" | "for")
        && from < words.len()
        && from > 1
        && capital(words[from - 2].text);
    // A comma belongs to a position only in "Analyst, Model Risk".
    let comma_fits = gap != "," || lexicon.is_role_noun(&lower(word.text));
    joins
        && comma_fits
        && (small || capital(word.text) || word.text.starts_with(|c: char| c.is_ascii_digit()))
        && !is_stage(word.text, lexicon)
        && (word.text != "for" || small)
}

/// What stands behind "position of" up to where something else begins.
fn captured(rest: &str, labelled: bool, known: &Known, lexicon: &Lexicon) -> Option<String> {
    let rest = rest.trim_start_matches([' ', ':', '：', '-', '#']).trim_start();
    if let Some(quoted) = rest.strip_prefix(['"', '“', '„', '«', '「', '『', '”', '\'']) {
        let end = quoted.find(['"', '“', '”', '»', '」', '』'])?;
        return Some(tidied(&quoted[..end])).filter(|t| !t.is_empty());
    }
    let words = words::split(rest);
    let mut end = 0;
    for (index, word) in words.iter().enumerate().take(MAX_WORDS) {
        let folded = lower(word.text);
        let gap = rest[end..word.start].trim();
        let article = index == 0 && lexicon.articles.contains(&folded);
        if article {
            continue;
        }
        let comma = gap == ","
            && capital(word.text)
            && continues_behind_comma(rest, &words[index..], known, lexicon);
        if !(gap.is_empty() || gap == "&" || gap == "/" || comma || end == 0) {
            break;
        }
        let next_small = words.get(index + 1).is_some_and(|next| !capital(next.text));
        let strong =
            matches!(folded.as_str(), "at" | "with" | "bei" | "chez" | "hos" | "bij" | "presso");
        let stops = (lexicon.role_stops.contains(&folded) && (!labelled || strong))
            || (lexicon.is(List::Job, &folded) && !labelled)
            || (folded == "in" && next_small);
        if stops {
            break;
        }
        end = word.end;
    }
    let first = words.iter().find(|w| !lexicon.articles.contains(&lower(w.text)))?;
    let text = tidied(rest.get(first.start..end)?);
    (!text.is_empty()).then_some(text)
}

/// ", Model Risk" behind "Senior Analyst": capitalised words that end with the piece, and are no place or company's form.
fn continues_behind_comma(
    rest: &str,
    words: &[Word<'_>],
    known: &Known,
    lexicon: &Lexicon,
) -> bool {
    let mut end = 0;
    let behind = words.first().map_or("", |w| &rest[w.start..]);
    if known.begins(behind) {
        return false;
    }
    for (index, word) in words.iter().enumerate() {
        if index > 0 && !rest[end..word.start].trim().trim_matches('&').is_empty() {
            return rest[end..].trim_start().starts_with(['.', ')', '"', '(']) && index < 4;
        }
        if index > 2 || !capital(word.text) {
            return lexicon.is(List::Job, &lower(word.text)) && index > 0;
        }
        end = word.end;
    }
    rest[end..].trim().is_empty() || rest[end..].trim_start().starts_with(['.', '(', ')'])
}

/// A position named in a sentence that speaks of an interview or an application, where it is not what somebody is.
fn in_text(passage: &Passage, known: &Known, lexicon: &Lexicon) -> Option<(String, usize)> {
    passage.lines.iter().find_map(|line| {
        let about =
            [List::Interview, List::Job, List::Hiring].iter().any(|l| passage.has_in(*l, line));
        if !about {
            return None;
        }
        let text = &passage.plain[line.clone()];
        spans(text, lexicon).into_iter().find_map(|(from, to)| {
            let span = Some(tidied(&text[from..to])).filter(|s| s != "Owner").unwrap_or_default();
            let before = lower(&text[..from]);
            let of_company = !known.company.is_empty()
                && (before.trim_end_matches([' ', '(']).ends_with(&known.company)
                    || before.starts_with(&known.company) && before.trim_end().ends_with('-'));
            let fits = (of_company || !of_a_person(&text[..from], &text[to..]))
                && !known.has(&span)
                && !span.is_empty();
            fits.then_some((span, line.start))
        })
    })
}

/// Capitalised words that end in a noun such as "Engineer", with what belongs behind it.
fn spans(line: &str, lexicon: &Lexicon) -> Vec<(usize, usize)> {
    let words = words::split(line);
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if !capital(word.text) || !lexicon.is_role_noun(&lower(word.text)) {
            continue;
        }
        let mut from = index;
        while from > 0 && index - from < MAX_WORDS && belongs(line, &words, from, lexicon) {
            from -= 1;
        }
        while from < index && !capital(words[from].text) {
            from += 1;
        }
        let to = end_of(line, &words, index, lexicon);
        let (start, end) = (words[from].start, words[to].end);
        if out.last().is_some_and(|(_, known)| *known >= start) {
            out.pop();
        }
        out.push((start, end));
    }
    out
}

/// "Engineer II", "Head of Data": what goes on behind the noun.
fn end_of(line: &str, words: &[Word<'_>], noun: usize, lexicon: &Lexicon) -> usize {
    let mut to = noun;
    while to + 1 < words.len() && to - noun < MAX_WORDS {
        let next = &words[to + 1];
        if !line[words[to].end..next.start].trim().is_empty() {
            break;
        }
        let folded = lower(next.text);
        let level = lexicon.role_levels.contains(&folded);
        let joins = matches!(next.text, "of" | "de" | "für" | "di" | "van")
            && words.get(to + 2).is_some_and(|w| capital(w.text));
        let more = to > noun
            && capital(next.text)
            && matches!(words[to].text, "of" | "de" | "für" | "di" | "van");
        if !(level || joins || more) {
            break;
        }
        to += 1;
    }
    to
}

/// In brackets, behind a name and a comma, or under a name: what somebody is, not what the owner would be.
fn of_a_person(before: &str, behind: &str) -> bool {
    let before = before.trim_end();
    let our = [
        "our",
        "unser",
        "unsere",
        "unserem",
        "unserer",
        "notre",
        "nuestro",
        "nuestra",
        "nosso",
        "nossa",
        "onze",
        "vår",
        "nasz",
        "il nostro",
        "my",
    ];
    let last = before.rsplit([' ', '(', ',']).next().unwrap_or("");
    let behind_name = before
        .strip_suffix([',', '-'])
        .is_some_and(|b| b.trim_end().rsplit(' ').next().is_some_and(display::is_name_word));
    let before_name = behind
        .trim_start_matches([' ', ','])
        .split([' ', ',', '.'])
        .next()
        .is_some_and(display::is_name_word)
        && !behind.starts_with('.');
    before.ends_with('(') || behind_name || before_name || our.contains(&lower(last).as_str())
}

pub(super) fn has_noun(text: &str, lexicon: &Lexicon) -> bool {
    words::split(text).iter().any(|w| lexicon.is_role_noun(&lower(w.text)))
}

/// A word that says which meeting it is: "interview", "panel", "final".
pub(super) fn is_stage(word: &str, lexicon: &Lexicon) -> bool {
    let folded = lower(word);
    lexicon.stages.contains(&folded) || lexicon.is(List::Interview, &folded)
}

/// A position without requisition numbers, marks of gender and loose ends.
pub(super) fn tidied(text: &str) -> String {
    let mut kept = text.to_owned();
    for mark in [
        "(m/w/d)",
        "(w/m/d)",
        "(m/f/d)",
        "(f/m/d)",
        "(f/m/x)",
        "(m/f/x)",
        "(d/m/w)",
        "(H/F)",
        "(F/H)",
        "(h/f)",
        "m/w/d",
        "w/m/d",
        "H/F",
        "F/H",
        "(M/F)",
        "(m/k)",
        "(k/m)",
        "(m/v)",
        "(v/m)",
        "(all genders)",
    ] {
        kept = kept.replace(mark, " ");
    }
    let number = |w: &&str| w.chars().filter(char::is_ascii_digit).count() >= 3;
    let words: Vec<&str> = kept.split_whitespace().filter(|w| !number(w)).collect();
    let joined = words.join(" ");
    let trimmed =
        joined.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '+' | '#' | ')' | '('));
    let small =
        [" of", " de", " and", " for", " at", " the", " in", " -", " &", " Req", " req", " ID"];
    let mut out = trimmed;
    while let Some(shorter) = small.iter().find_map(|s| out.strip_suffix(s)) {
        out = shorter.trim_end();
    }
    out.to_owned()
}
