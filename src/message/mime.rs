//! The tree of a message's parts (RFC 2046 section 5.1).
//!
//! A delimiter is a whole line: boundaries of which one begins another are told apart. What a part promises and does not
//! keep (no delimiter, no end, no blank line after the header) costs that part's structure, never its text.

use super::MAX_HEADER;
use super::header::{self, PartHeader};

/// How deep multiparts are nested before they are left out.
const MAX_DEPTH: usize = 12;
/// How many parts of one message are read.
const MAX_PARTS: usize = 500;

/// A part.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// One that holds no others.
    Leaf(PartHeader, &'a [u8]),
    /// A multipart; whether its parts are alternatives of each other (RFC 2046 section 5.1.4).
    Multipart { alternative: bool, parts: Vec<Node<'a>> },
}

/// Whether the whole tree was read.
#[derive(Debug, Default)]
pub(super) struct Limits {
    parts: usize,
    /// What was left out.
    pub problem: Option<&'static str>,
}

/// A message's or a part's header section and its body. The section ends at an empty line, or where a line can be no
/// field: some generators forget the empty one.
pub(super) fn split_header(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let empty =
            line.trim_ascii_end().is_empty() && !line.starts_with(b" ") && !line.starts_with(b"\t");
        let part = |head: usize, body: usize| {
            (bytes.get(..head).unwrap_or(bytes), bytes.get(body..).unwrap_or_default())
        };
        if empty {
            return part(at, at + line.len());
        }
        if at + line.len() > MAX_HEADER || (at > 0 && !is_field(line)) {
            return part(at, at);
        }
        at += line.len();
    }
    (bytes, &[])
}

/// Whether a line can stand in a header: a field, a folded line, or an mbox's `From `.
fn is_field(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| b.is_ascii_graphic() && **b != b':').count();
    let named =
        name > 0 && line.get(name..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"));
    named
        || line.starts_with(b" ")
        || line.starts_with(b"\t")
        || line.starts_with(b"From ")
        || line.starts_with(b">From ")
}

/// The tree under a header that was read.
pub(super) fn tree<'a>(head: PartHeader, body: &'a [u8], limits: &mut Limits) -> Node<'a> {
    node(head, body, 0, limits)
}

fn node<'a>(mut head: PartHeader, body: &'a [u8], depth: usize, limits: &mut Limits) -> Node<'a> {
    if !head.kind.starts_with("multipart/") {
        return Node::Leaf(head, body);
    }
    let parts = match &head.boundary {
        Some(boundary) if depth < MAX_DEPTH => split(body, boundary.as_bytes()),
        Some(_) => {
            limits.problem = Some("multiparts nested too deep were passed over");
            return Node::Multipart { alternative: false, parts: Vec::new() };
        }
        None => Vec::new(),
    };
    if parts.is_empty() {
        // A multipart in name only: its text is all there is.
        "text/plain".clone_into(&mut head.kind);
        return Node::Leaf(head, body);
    }
    let inner = if head.kind == "multipart/digest" { "message/rfc822" } else { "text/plain" };
    let mut read = Vec::new();
    for part in parts {
        limits.parts += 1;
        if limits.parts > MAX_PARTS {
            limits.problem = Some("more parts than are read: the rest was passed over");
            break;
        }
        let (section, body) = split_header(part);
        let mut head = header::read_part(section);
        if head.kind.is_empty() {
            inner.clone_into(&mut head.kind);
        }
        read.push(node(head, body, depth + 1, limits));
    }
    Node::Multipart { alternative: head.kind == "multipart/alternative", parts: read }
}

/// The parts between delimiter lines; the last one may lack its end.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut begun: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive(|&b| b == b'\n') {
        if let Some(last) = delimiter(line, boundary) {
            parts.extend(begun.and_then(|from| body.get(from..at)).map(without_break));
            begun = (!last).then_some(at + line.len());
            if last || parts.len() > MAX_PARTS {
                return parts;
            }
        }
        at += line.len();
    }
    parts.extend(begun.and_then(|from| body.get(from..)));
    parts
}

/// Whether a line is a delimiter, and whether it is the last one.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// A part without the line break before its delimiter, which belongs to that.
fn without_break(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}
