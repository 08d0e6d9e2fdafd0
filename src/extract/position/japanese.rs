//! Positions in Japanese mail: behind a label, or before the words for an application.

/// Labels before a position.
const LABELS: [&str; 10] = [
    "応募職種",
    "募集職種",
    "ご応募職種",
    "職種",
    "応募ポジション",
    "募集ポジション",
    "ポジション",
    "求人名",
    "職位",
    "業務内容",
];
/// What stands right behind a position.
const BEHIND: [&str; 12] = [
    "職へ",
    "職に",
    "職の",
    "職として",
    "のポジション",
    "ポジション",
    "の募集",
    "の求人",
    "の職",
    "求人へ",
    "の面接",
    "の選考",
];
/// What stands before a position without belonging to it.
const BEFORE: [&str; 9] = ["弊社", "当社", "当院", "当店", "当園", "貴殿", "一次", "二次", "最終"];
/// The longest position, in characters.
const MAX_CHARS: usize = 30;

/// The position that a text names, and how sure that is.
pub(super) fn find(text: &str, is_role: impl Fn(&str) -> bool) -> Option<(String, usize, i32)> {
    if !text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}')) {
        return None;
    }
    labelled(text).map(|(name, at)| (name, at, 7)).or_else(|| {
        BEHIND.iter().find_map(|mark| {
            text.match_indices(mark).take(20).find_map(|(at, _)| {
                let name = before(&text[..at])?;
                let sure = mark.starts_with('職') || is_role(&name);
                sure.then_some((name, at, 6))
            })
        })
    })
}

/// "応募職種：経理"
fn labelled(text: &str) -> Option<(String, usize)> {
    for line in text.lines() {
        let head = line.trim_start_matches(|c: char| !c.is_alphanumeric());
        let Some(rest) = LABELS.iter().find_map(|l| head.strip_prefix(l)) else { continue };
        let rest = rest.trim_start_matches([' ', '\u{3000}', '】', ']']);
        let name = rest.strip_prefix([':', '：', '|']).unwrap_or("").trim();
        if !name.is_empty() && name.chars().count() <= MAX_CHARS {
            return Some((name.to_owned(), line.as_ptr() as usize - text.as_ptr() as usize));
        }
    }
    None
}

/// The run of Han and Katakana characters at the end of a text, with a bracket of its own.
fn before(text: &str) -> Option<String> {
    let (core, bracket) = match text.char_indices().next_back() {
        Some((at, c @ ('）' | ')'))) => {
            let open = text[..at].rfind(if c == '）' { '（' } else { '(' })?;
            (&text[..open], &text[open..at + c.len_utf8()])
        }
        _ => (text, ""),
    };
    let is_part = |c: char| matches!(c, '\u{30a1}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
    let run = core
        .rfind(|c| !is_part(c))
        .map_or(0, |i| i + core[i..].chars().next().map_or(0, char::len_utf8));
    let name = BEFORE.iter().find_map(|b| core[run..].strip_prefix(b)).unwrap_or(&core[run..]);
    let count = name.chars().count();
    (2..=MAX_CHARS).contains(&count).then(|| format!("{name}{bracket}"))
}
