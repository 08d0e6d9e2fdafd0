//! Text as tokens: words, numbers and marks with the bytes that they stand at.

use std::collections::BTreeMap;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A run of letters; in scripts without spaces a single character.
    Word,
    /// A run of digits: its value, and how many digits it is written with.
    Number(u32, u8),
    /// Any other character, dashes and quotes in their plain form.
    Mark(char),
}

/// What parts a token from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Nothing.
    None,
    /// Blanks.
    Blank,
    /// The end of a line.
    Line,
    /// An empty line.
    Paragraph,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// What parts it from the one before.
    pub gap: Gap,
    /// Its number among the words that are known, 0 where it is none of them.
    pub id: u32,
    /// Whether it begins with a capital.
    pub capital: bool,
}

/// The numbers that known words go by.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(BTreeMap<String, u32>);

impl Known {
    /// The numbers of a phrase's tokens; new ones where a word was not known.
    pub fn intern(&mut self, phrase: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        for token in tokens(phrase, &Self::default(), usize::MAX) {
            let word = bare(&phrase[token.start..token.end]);
            let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX - 1) + 1;
            ids.push(*self.0.entry(word).or_insert(next));
        }
        ids
    }

    /// The number of a word in its bare form; 0 where it is not known.
    pub fn id(&self, word: &str) -> u32 {
        self.0.get(word).copied().unwrap_or(0)
    }
}

/// The tokens of a text, at most `most`.
pub(super) fn tokens(text: &str, known: &Known, most: usize) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut gap = Gap::None;
    let mut word = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() {
            gap = wider(gap, c);
            continue;
        }
        if out.len() == most {
            break;
        }
        if (gap != Gap::None || start == 0)
            && let Some(end) = address(&text[start..]).map(|length| start + length)
        {
            while chars.next_if(|(at, _)| *at < end).is_some() {}
            out.push(Token { kind: Kind::Mark('@'), start, end, gap, id: 0, capital: false });
            gap = Gap::None;
            continue;
        }
        let mut end = start + c.len_utf8();
        let more: fn(char) -> bool = match plain(c) {
            d if d.is_ascii_digit() => |c| plain(c).is_ascii_digit(),
            c if c.is_alphabetic() && !is_unspaced(c) => {
                |c| c.is_alphabetic() && !is_unspaced(c) || is_accent(c)
            }
            _ => |_| false,
        };
        while let Some((at, next)) = chars.next_if(|(_, c)| more(*c)) {
            end = at + next.len_utf8();
        }
        word.clear();
        bare_into(&text[start..end], &mut word);
        let kind = match plain(c) {
            d if d.is_ascii_digit() => {
                let digits = u8::try_from(word.len()).unwrap_or(u8::MAX);
                Kind::Number(word.parse().unwrap_or(u32::MAX), digits)
            }
            c if c.is_alphabetic() => Kind::Word,
            c => Kind::Mark(c),
        };
        out.push(Token { kind, start, end, gap, id: known.id(&word), capital: c.is_uppercase() });
        gap = Gap::None;
    }
    out
}

/// How long the link or e-mail address is that a text begins with: what stands in it is no time. 0 bytes are none.
fn address(text: &str) -> Option<usize> {
    let word = text.split(|c: char| c.is_whitespace() || is_unspaced(c)).next().unwrap_or("");
    let is_one = word.contains("://")
        || word.starts_with("www.")
        || word.contains('@') && word.contains('.');
    let kept = word.trim_end_matches([',', '.', ';', ')', '>', ']', '!', '?']);
    (is_one && !kept.is_empty()).then_some(kept.len())
}

fn wider(gap: Gap, c: char) -> Gap {
    match (c, gap) {
        ('\n', Gap::Line | Gap::Paragraph) => Gap::Paragraph,
        ('\n', _) => Gap::Line,
        (_, Gap::None) => Gap::Blank,
        (_, gap) => gap,
    }
}

/// A character in its plain form: full-width forms, dashes and quotes.
fn plain(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{301c}' | '\u{ff5e}' | '\u{ff0d}' | '~' => '-',
        '\u{ff01}'..='\u{ff5d}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2018}' | '\u{2019}' | '\u{02bc}' => '\'',
        '\u{3001}' => ',',
        c => c,
    }
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Han and the Japanese syllables: words without spaces between them.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// A word as it is looked up: small letters without accents.
pub(super) fn bare(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    bare_into(word, &mut out);
    out
}

/// The same, onto the end of a text.
fn bare_into(word: &str, out: &mut String) {
    if word.is_ascii() {
        out.extend(word.chars().map(|c| plain(c).to_ascii_lowercase()));
        return;
    }
    for c in word.chars().map(plain).flat_map(char::to_lowercase) {
        match c {
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ą' | 'ä' => out.push('a'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' => out.push('n'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' => out.push('o'),
            'ś' | 'š' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ú' | 'ù' | 'û' | 'ü' => out.push('u'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            c if is_accent(c) => {}
            c => out.push(c),
        }
    }
}
