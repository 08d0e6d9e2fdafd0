//! Content lines (RFC 5545 section 3.1, RFC 6350 section 3.2): unfolding, names, parameters, values.
//!
//! Read here and not by calcard, which reads as much of what generators write: a line has to be unfolded as bytes (some
//! fold in the middle of a character) and decoded as what it is, the DTSTART line is wanted as it stands, as evidence, and
//! a crowd of lines needs a limit before it takes memory. From calcard comes the table of Windows' zone names.

use std::borrow::Cow;

use super::{charset, transfer};

/// How many lines of one object are read.
const MAX_LINES: usize = 100_000;
/// How many parameters of one line are read.
const MAX_PARAMETERS: usize = 64;

/// One unfolded line, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Line<'t> {
    /// The property's name, in upper case, without a group (`item1.`).
    pub name: Cow<'t, str>,
    /// Parameters: names in upper case, values without quotes, RFC 6868 undone.
    pub parameters: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// The value, not unescaped.
    pub value: &'t str,
    /// The line as it stood, unfolded.
    pub raw: &'t str,
}

impl Line<'_> {
    /// The first parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| &**value)
    }

    /// The value as TEXT (RFC 5545 section 3.3.11), vCalendar 1.0's quoted-printable undone.
    pub fn text(&self) -> String {
        if self.parameter("ENCODING").is_some_and(|e| e.eq_ignore_ascii_case("QUOTED-PRINTABLE")) {
            let bytes = transfer::quoted_printable(self.value.as_bytes());
            return charset::decode(&bytes, self.parameter("CHARSET")).replace("\r\n", "\n");
        }
        unescape(self.value)
    }
}

/// Whether an object of this kind begins here, after a byte order mark and white space.
pub(super) fn begins(bytes: &[u8], kind: &str) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let Some(rest) = text.get(..6).filter(|t| t.eq_ignore_ascii_case(b"BEGIN:")).and(text.get(6..))
    else {
        return utf16_begins(bytes);
    };
    rest.trim_ascii_start()
        .get(..kind.len())
        .is_some_and(|k| k.eq_ignore_ascii_case(kind.as_bytes()))
}

/// Whether UTF-16 text with a byte order mark begins with `BEGIN`.
fn utf16_begins(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfeB\0E\0G\0I\0N\0") || bytes.starts_with(b"\xfe\xff\0B\0E\0G\0I\0N")
}

/// An object's text, each content line on one line.
pub(super) fn unfolded(bytes: &[u8], declared: Option<&str>) -> String {
    let bytes: Cow<'_, [u8]> = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Cow::Owned(charset::decode(bytes, declared).into_bytes())
        }
        _ => Cow::Borrowed(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()),
    };
    // One decision for the whole object: a single line may be too short to tell.
    charset::decode(&with_breaks(unfold(&bytes)), declared)
}

/// Whether an object has more lines than are read.
pub(super) fn too_many(text: &str) -> bool {
    text.split('\n').nth(MAX_LINES).is_some()
}

/// Every content line of an [`unfolded`] object.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.split('\n').take(MAX_LINES).filter_map(parse)
}

/// Undoes folding on bytes: LF, CR LF and CR CR LF end a line, as does CR where there is no LF at all; a space or a tab
/// goes on with it.
fn unfold(bytes: &[u8]) -> Vec<u8> {
    let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut last: Option<usize> = None;
    for line in bytes.split(|&b| b == end).map(trim_returns) {
        let begun = last.and_then(|at| out.get(at..));
        match (line, begun) {
            (_, Some(begun)) if quoted_printable_goes_on(begun) => {
                out.pop();
                out.extend_from_slice(line);
            }
            ([b' ' | b'\t', rest @ ..], Some(_)) => out.extend_from_slice(rest),
            ([], _) => {}
            _ => {
                begin_line(&mut out, last.is_some());
                last = Some(out.len());
                out.extend_from_slice(line);
            }
        }
    }
    out
}

/// Gives a line that can be no property to the text before it, whose generator has not escaped its breaks.
fn with_breaks(text: Vec<u8>) -> Vec<u8> {
    if text.split(|&b| b == b'\n').all(has_name) {
        return text;
    }
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut last: Option<usize> = None;
    for line in text.split(|&b| b == b'\n') {
        if has_name(line) {
            begin_line(&mut out, last.is_some());
            last = Some(out.len());
        } else if last.and_then(|at| out.get(at..)).is_some_and(is_running_text) {
            out.extend_from_slice(b"\\n");
        } else {
            continue;
        }
        out.extend_from_slice(line);
    }
    out
}

/// Ends the line before, where there is one.
fn begin_line(out: &mut Vec<u8>, further: bool) {
    if further {
        out.push(b'\n');
    }
}

/// Whether a line is of a property that holds text of several lines.
fn is_running_text(line: &[u8]) -> bool {
    const NAMES: [&[u8]; 5] = [b"DESCRIPTION", b"X-ALT-DESC", b"LOCATION", b"COMMENT", b"NOTE"];
    NAMES.iter().any(|name| line.get(..name.len()).is_some_and(|l| l.eq_ignore_ascii_case(name)))
}

/// A line without the carriage returns at its end.
fn trim_returns(line: &[u8]) -> &[u8] {
    let kept = line.iter().rposition(|&b| b != b'\r').map_or(0, |last| last + 1);
    line.get(..kept).unwrap_or_default()
}

/// Whether a line of vCalendar 1.0 ends in a soft break of quoted-printable.
fn quoted_printable_goes_on(line: &[u8]) -> bool {
    let head = line.get(..line.len().min(200)).unwrap_or(line);
    line.last() == Some(&b'=')
        && String::from_utf8_lossy(head).to_ascii_uppercase().contains("QUOTED-PRINTABLE")
}

/// Whether a line begins as a property does: a name, then `:` or `;`.
fn has_name(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let name = line
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        .count();
    name > 0 && matches!(line.get(name..).map(<[u8]>::trim_ascii_start), Some([b':' | b';', ..]))
}

/// Takes a line apart; `None` for one that is no property.
fn parse(raw: &str) -> Option<Line<'_>> {
    let text = raw.trim_start();
    let name_end = text.find([':', ';'])?;
    let name = text.get(..name_end)?.trim();
    let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
    let rest = text.get(name_end..)?;
    let (parameters, value) = parameters(rest, true).or_else(|| parameters(rest, false))?;
    let value = value.trim_end_matches('\r');
    Some(Line { name: upper(name), parameters, value, raw: text.trim_end() })
}

/// In upper case, as nearly all generators write it.
fn upper(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_lowercase()) {
        return Cow::Owned(name.to_ascii_uppercase());
    }
    Cow::Borrowed(name)
}

/// Parameters, and the value behind them.
type Parameters<'t> = (Vec<(Cow<'t, str>, Cow<'t, str>)>, &'t str);

/// Parameters and value. A quote that is never closed hides the colon: then quotes are read as any other character.
fn parameters(mut rest: &str, quotes: bool) -> Option<Parameters<'_>> {
    let mut found = Vec::new();
    loop {
        if let Some(value) = rest.strip_prefix(':') {
            return Some((found, value));
        }
        rest = rest.strip_prefix(';')?;
        let end = parameter_end(rest, quotes)?;
        let text = rest.get(..end)?;
        rest = rest.get(end..)?;
        if found.len() == MAX_PARAMETERS {
            continue;
        }
        // A parameter without a name is vCalendar's and vCard 2.1's way to write TYPE or ENCODING.
        let (name, value) = text.split_once('=').unwrap_or_else(|| bare(text));
        found.push((upper(name.trim()), parameter_value(value)));
    }
}

/// What a parameter without a name is about.
fn bare(text: &str) -> (&str, &str) {
    let encoding =
        ["QUOTED-PRINTABLE", "BASE64", "8BIT"].iter().any(|e| text.eq_ignore_ascii_case(e));
    (if encoding { "ENCODING" } else { "TYPE" }, text)
}

/// Where a parameter ends: at a `;` or `:` outside quotes.
fn parameter_end(text: &str, quotes: bool) -> Option<usize> {
    let mut inside = false;
    text.bytes().position(|b| {
        inside ^= quotes && b == b'"';
        !inside && matches!(b, b';' | b':')
    })
}

/// A parameter's value without its quotes, RFC 6868 undone.
fn parameter_value(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let bare = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    if !bare.contains(['"', '^']) {
        return Cow::Borrowed(bare);
    }
    let text = text.replace('"', "");
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('^', Some('n')) => Some('\n'),
            ('^', Some('^')) => Some('^'),
            ('^', Some('\'')) => Some('"'),
            _ => None,
        };
        out.push(meant.unwrap_or(c));
        if meant.is_some() {
            chars.next();
        }
    }
    Cow::Owned(out)
}

/// Undoes TEXT's escapes (RFC 5545 section 3.3.11); a backslash that begins none stays.
pub(super) fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('\\', Some('n' | 'N')) => Some('\n'),
            ('\\', Some(&next @ (',' | ';' | '\\' | '"' | ':'))) => Some(next),
            _ => None,
        };
        out.push(meant.unwrap_or(c));
        if meant.is_some() {
            chars.next();
        }
    }
    out
}
