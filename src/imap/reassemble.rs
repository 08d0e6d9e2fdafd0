//! The fetched parts of a message, put together again as RFC 5322 bytes that the core reads like any other message.
//!
//! Each part keeps its own MIME header and its raw, still encoded body; each multipart gets a boundary of ours; parts
//! that were not fetched are missing.

use std::collections::{BTreeMap, BTreeSet};

use super::structure::{Body, Encoding, Leaf, Part};

/// What was fetched of one message, by section (`HEADER`, `1.2`, `1.2.MIME`, `3.HEADER`; empty for the whole).
pub(super) type Sections = BTreeMap<String, Vec<u8>>;

/// The message that `sections` hold the parts of.
pub(super) fn message(part: &Part, sections: &Sections) -> Vec<u8> {
    let header = sections.get("HEADER").map(Vec::as_slice).unwrap_or_default();
    entity(header, part, sections)
}

/// A message: its header, fitted to what is left of its body.
fn entity(header: &[u8], part: &Part, sections: &Sections) -> Vec<u8> {
    let (mut out, body) = if let Body::Leaf(leaf) = &part.body {
        let body = sections.get(&part.number).map(|body| whole_lines(body, leaf));
        (complete(header), body.unwrap_or_default())
    } else {
        let (content, body) = content(part, sections)
            .unwrap_or_else(|| (b"Content-Type: text/plain\r\n".to_vec(), Vec::new()));
        let mut own = without_content(&complete(header));
        own.extend_from_slice(&content);
        (own, body)
    };
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&body);
    out
}

/// The header fields that describe a part, and its body; `None` where nothing of it was fetched.
fn content(part: &Part, sections: &Sections) -> Option<(Vec<u8>, Vec<u8>)> {
    match &part.body {
        Body::Leaf(leaf) => {
            let body = whole_lines(sections.get(&part.number)?, leaf);
            let mime = sections
                .get(&format!("{}.MIME", part.number))
                .filter(|mime| !mime.trim_ascii().is_empty());
            Some((mime.map_or_else(|| described(leaf), |mime| complete(mime)), body))
        }
        Body::Message(inner) => {
            let header = sections.get(&format!("{}.HEADER", part.number))?;
            Some((b"Content-Type: message/rfc822\r\n".to_vec(), entity(header, inner, sections)))
        }
        Body::Multi(subtype, parts) => {
            let parts: Vec<Vec<u8>> = parts
                .iter()
                .filter_map(|part| content(part, sections))
                .map(|(mut header, body)| {
                    header.extend_from_slice(b"\r\n");
                    header.extend_from_slice(&body);
                    header
                })
                .collect();
            if parts.is_empty() {
                return None;
            }
            let boundary = boundary(&parts);
            let mut body = Vec::new();
            for part in parts {
                body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                body.extend_from_slice(&part);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            let header =
                format!("Content-Type: multipart/{subtype};\r\n boundary=\"{boundary}\"\r\n");
            Some((header.into_bytes(), body))
        }
    }
}

/// A header section with all of its lines whole and without the empty line that ends it.
fn complete(header: &[u8]) -> Vec<u8> {
    let ends_well = header.ends_with(b"\n");
    let end = if ends_well {
        header.len()
    } else {
        header.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1)
    };
    // A header without any line break at all is one line.
    let lines = if end == 0 { header } else { &header[..end] };
    let mut out = lines.trim_ascii_end().to_vec();
    if !out.is_empty() {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// A header section without the fields that say how the body is built.
fn without_content(header: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len());
    let mut dropping = false;
    for line in header.split_inclusive(|&b| b == b'\n') {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|&b| b == b':').next().unwrap_or_default().trim_ascii_end();
            dropping = name.eq_ignore_ascii_case(b"Content-Type")
                || name.eq_ignore_ascii_case(b"Content-Transfer-Encoding");
        }
        if !dropping {
            out.extend_from_slice(line);
        }
    }
    out
}

/// The MIME header of a part whose own one the server did not give.
fn described(leaf: &Leaf) -> Vec<u8> {
    let encoding = match leaf.encoding {
        Encoding::Plain => "8bit",
        Encoding::Base64 => "base64",
        Encoding::QuotedPrintable => "quoted-printable",
    };
    let kind: String = leaf.kind.chars().filter(char::is_ascii_graphic).collect();
    format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n").into_bytes()
}

/// The body, ending with a whole line where it was cut: half a group of base64 or half an escape spoils more than it says.
fn whole_lines(body: &[u8], leaf: &Leaf) -> Vec<u8> {
    if body.len() < leaf.octets
        && let Some(end) = body.iter().rposition(|&b| b == b'\n')
    {
        return body[..=end].to_vec();
    }
    body.to_vec()
}

/// A boundary that no line of the parts begins with (RFC 2046 section 5.1.1).
fn boundary(parts: &[Vec<u8>]) -> String {
    // The numbers that are taken are gathered first: a message made of such lines must not cost a search for each.
    let number = |line: &[u8]| {
        let rest = line.strip_prefix(b"--=_")?;
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        std::str::from_utf8(&rest[..digits]).ok()?.parse::<u64>().ok()
    };
    let lines = parts.iter().flat_map(|part| part.split(|&b| b == b'\n'));
    let taken: BTreeSet<u64> = lines.filter_map(number).collect();
    let free = (0..=u64::MAX).find(|n| !taken.contains(n)).unwrap_or_default();
    format!("=_{free}_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::structure::tests::structure;

    fn sections(all: &[(&str, &str)]) -> Sections {
        all.iter()
            .map(|(section, bytes)| ((*section).to_owned(), bytes.as_bytes().to_vec()))
            .collect()
    }

    fn text(part: &Part, all: &[(&str, &str)]) -> String {
        String::from_utf8(message(part, &sections(all))).unwrap()
    }

    #[test]
    fn a_single_part_is_header_and_body() {
        let part = structure("(\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1)");
        let header = "Subject: x\r\nContent-Type: text/plain\r\n\r\n";
        assert_eq!(text(&part, &[("HEADER", header), ("1", "hello")]), format!("{header}hello"));
    }

    #[test]
    fn what_was_not_fetched_is_missing_and_the_rest_is_as_it_was() {
        let plain = "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 3 1)";
        let pdf = "(\"application\" \"pdf\" NIL NIL NIL \"base64\" 3000)";
        let part = structure(&format!("(({plain}{plain} \"alternative\"){pdf} \"mixed\")"));
        let header = "Content-Type: multipart/mixed;\r\n\tboundary=old\r\nSubject: x\r\nContent-transfer-encoding: 7bit\r\n\r\n";
        let got = text(
            &part,
            &[
                ("HEADER", header),
                ("1.1", "one"),
                ("1.1.MIME", "Content-Type: text/plain; charset=x\r\n\r\n"),
                ("1.2", "--=_0_ two"),
            ],
        );
        let want = "Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=\"=_0_\"\r\n\r\n--=_0_\r\n\
            Content-Type: multipart/alternative;\r\n boundary=\"=_1_\"\r\n\r\n\
            --=_1_\r\nContent-Type: text/plain; charset=x\r\n\r\none\r\n\
            --=_1_\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\n--=_0_ two\r\n--=_1_--\r\n\r\n--=_0_--\r\n";
        assert_eq!(
            got,
            want.replace("=_0_\"", "=_2_\"")
                .replace("--=_0_\r\n", "--=_2_\r\n")
                .replace("--=_0_--", "--=_2_--")
        );
    }

    #[test]
    fn an_attached_message_keeps_its_header() {
        let env = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
        let plain = "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1)";
        let part = structure(&format!(
            "({plain}(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 50 {env} {plain} 3) \"mixed\")"
        ));
        let got = text(
            &part,
            &[("HEADER", "A: b\r\n\r\n"), ("2.HEADER", "From: c\r\n\r\n"), ("2.1", "inner")],
        );
        assert!(
            got.contains("Content-Type: message/rfc822\r\n\r\nFrom: c\r\n\r\ninner\r\n--"),
            "{got}"
        );
    }

    #[test]
    fn cut_bodies_and_headers_end_with_whole_lines() {
        let part = structure("(\"text\" \"plain\" NIL NIL NIL \"base64\" 5000 70)");
        let got = text(&part, &[("HEADER", "A: b\r\nCut: of"), ("1", "QUJD\r\nQUJ")]);
        assert_eq!(got, "A: b\r\n\r\nQUJD\r\n");
    }

    #[test]
    fn nothing_wanted_leaves_the_header() {
        let part = structure("((\"application\" \"pdf\" NIL NIL NIL \"base64\" 3) \"mixed\")");
        assert_eq!(
            text(&part, &[("HEADER", "Subject: x\r\n\r\n")]),
            "Subject: x\r\nContent-Type: text/plain\r\n\r\n"
        );
    }
}
