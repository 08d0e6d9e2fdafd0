//! The readable text of a message.

/// What a reader of the message sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// What the sender wrote now: no quotation, no signature; odd spaces normalised. A paragraph of format=flowed or HTML
    /// is one line, as is a table's row, its cells parted by ` | `; plain text keeps the line breaks that it has.
    pub new: String,
    /// The signature block under the new words, if one was marked.
    pub signature: String,
    /// Quoted and forwarded-inline history, without its `>`.
    pub quoted: String,
    /// Plain text that was attached as a file: a job advertisement, say.
    pub attached: String,
    /// The links of the HTML part, in order, each once: their targets stay out of the text. Also there where the plain
    /// text was read, which does not show whose name was an address.
    pub links: Vec<Link>,
}

/// One link (`<a href>`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The words that were linked, on one line.
    pub text: String,
    /// `http:`, `https:`, `mailto:` or `tel:`, as written.
    pub target: String,
}

/// Spaces and invisible marks as a reader means them, one kind of line break, no more than one empty line in a row, no
/// spaces at the ends of lines but in the signature's `-- ` (RFC 3676 section 4.3).
pub(super) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty_lines = 0;
    let mut add = |line: &str| {
        let line = if line == "-- " { line } else { line.trim_end() };
        empty_lines = if line.is_empty() { empty_lines + 1 } else { 0 };
        if empty_lines < 2 {
            out.push_str(line);
            out.push('\n');
        }
    };
    for line in text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)) {
        // Most lines are what they seem.
        if line.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            add(line);
        } else {
            line.chars().filter_map(character).collect::<String>().split('\n').for_each(&mut add);
        }
    }
    out.truncate(out.trim_end_matches('\n').len());
    let blank = out.len() - out.trim_start_matches('\n').len();
    out.drain(..blank);
    out
}

/// One character, normalised; `None` for what is not seen: controls, soft hyphens, zero-width and direction marks.
pub(super) fn character(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Some(' '),
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {
            None
        }
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// Undoes format=flowed (RFC 3676): a line that ends in a space goes on with the next of the same quotation depth; with
/// `DelSp=yes` that space was added too.
pub(super) fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.split('\n').map(|l| l.trim_end_matches('\r')) {
        let depth = line.bytes().take_while(|&b| b == b'>').count();
        let content = line.get(depth..).unwrap_or_default();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        if open.is_none_or(|before| before != depth || signature) {
            if open.is_some() {
                out.push('\n');
            }
            if depth > 0 {
                out.extend(std::iter::repeat_n('>', depth));
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && !signature;
        let kept = if flows && delete_space {
            content.strip_suffix(' ').unwrap_or(content)
        } else {
            content
        };
        out.push_str(kept);
        open = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    out
}

/// How much there is to read in a text: letters and digits, those of bare links left out.
pub(super) fn weight(text: &str) -> usize {
    let words = text.split_whitespace().filter(|word| !word.contains("://"));
    words.map(|word| word.chars().filter(|c| c.is_alphanumeric()).count()).sum()
}

/// Whether a plain text only stands in for the HTML beside it: it says so, or has much less to read.
pub(super) fn stands_in(plain: &str, html: &str) -> bool {
    const EXCUSES: [&str; 8] = [
        "html version",
        "html email",
        "html-",
        "view this email",
        "view this message",
        "in your browser",
        "does not support",
        "html-ansicht",
    ];
    let (plain_weight, html_weight) = (weight(plain), weight(html));
    if plain_weight * 3 < html_weight || flattens(plain, html) {
        return true;
    }
    let lower = plain.to_lowercase();
    plain_weight < 300
        && plain_weight * 3 < html_weight * 2
        && EXCUSES.iter().any(|excuse| lower.contains(excuse))
}

/// Whether a plain text has lost the cells of a table of times: a name and a title next to it cannot be told apart there.
fn flattens(plain: &str, html: &str) -> bool {
    let is_row = |line: &&str| {
        let timed = line.bytes().filter(u8::is_ascii_digit).count() > 2;
        timed && line.contains(" | ")
    };
    let parted = |line: &&str| line.contains(['|', '\t']) || line.trim().contains("   ");
    html.lines().filter(is_row).count() > 2 && plain.lines().filter(parted).count() < 3
}
