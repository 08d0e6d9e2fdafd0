//! Japanese names: written without spaces around them, known by what stands beside them.

use super::names::Name;

/// Behind a name.
const BEHIND: [&str; 8] = ["さん", "氏", "（", "(", "が", "より", "と", "の"];
/// Right before a name: a department's or a title's last characters, or a label.
const BEFORE: [&str; 20] = [
    "部長",
    "課長",
    "室長",
    "社長",
    "本部長",
    "リーダー",
    "マネージャー",
    "マネジャー",
    "エンジニア",
    "主任",
    "担当",
    "取締役",
    "ディレクター",
    "面接官：",
    "面接官:",
    "参加者：",
    "担当：",
    "部の",
    "課の",
    "人事",
];

/// The names of a text in Han characters.
pub(super) fn find(text: &str) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    if !text.chars().any(is_kana) {
        return found;
    }
    let mut start = 0;
    while let Some(offset) = text[start..].find(is_han) {
        let from = start + offset;
        let to = text[from..].find(|c| !is_han(c)).map_or(text.len(), |i| from + i);
        start = to;
        let run = &text[from..to];
        let mut end = to;
        // "佐藤 健一": a family name and a given one, a blank between them.
        let rest = &text[to..];
        if let Some(given) = rest.strip_prefix([' ', '\u{3000}']) {
            let length = given.find(|c| !is_han(c)).unwrap_or(given.len());
            let given = &given[..length];
            let fits = (1..=3).contains(&given.chars().count()) && run.chars().count() <= 8;
            if fits && !given.starts_with('様') && !is_function(run) && !is_function(given) {
                end = to + 1 + length;
                start = end;
            }
        }
        if let Some(name) = cut(text, from, to, end) {
            found.push(name);
        }
    }
    found
}

/// The name at the end of a run of characters, its title taken off.
fn cut(text: &str, from: usize, to: usize, end: usize) -> Option<Name> {
    let mut at = from;
    for title in BEFORE {
        if let Some(i) = text[from..to].rfind(title) {
            at = at.max(from + i + title.len());
        }
    }
    let name = &text[at..end];
    let count = name.chars().filter(|c| is_han(*c)).count();
    let honoured = text[end..].starts_with("さん") || text[end..].starts_with('氏');
    let before = text[..at].trim_end_matches([' ', '\u{3000}']);
    let rest = text[end..].trim_start_matches([' ', '\u{3000}']);
    let titled = at > from || BEFORE.iter().any(|t| before.ends_with(t)) || is_function(before);
    let revered = rest.starts_with('様') && (titled || spaced_off(before));
    let spaced = end > to;
    let behind = BEHIND.iter().any(|b| text[end..].starts_with(b))
        || text[end..].starts_with(['\n', '、'])
        || text[end..].is_empty();
    let fine = (2..=6).contains(&count)
        && !is_function(name)
        && (honoured || revered || (!rest.starts_with('様') && (titled || spaced) && behind));
    fine.then(|| Name {
        text: name.replace('\u{3000}', " "),
        range: at..end,
        titled: honoured || titled || revered,
    })
}

/// "総務部", "課長": a department, or what somebody is.
fn is_function(text: &str) -> bool {
    text.ends_with(['部', '課', '室', '局', '係', '長', '科'])
}

/// Whether a label or a mark of a list stands before a name: a greeting stands alone.
fn spaced_off(before: &str) -> bool {
    before.ends_with(['：', ':', '、', '，', '・', '／', '/', 'と'])
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '々')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}')
}
