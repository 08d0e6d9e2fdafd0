//! What a message consists of (BODYSTRUCTURE, RFC 9051 section 7.5.2), and which of its parts are worth fetching.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imap_proto::{BodyContentCommon, BodyContentSinglePart, BodyStructure, ContentEncoding};

use crate::message::MAX_PART;

/// How many levels of parts are looked into.
const MAX_LEVELS: usize = 24;
/// How many parts of one multipart are looked at.
const MAX_PARTS: usize = 200;
/// How many bytes tell whether a part of no telling type is a calendar or a card.
pub(super) const SNIFF: usize = 200;

/// A part of a message, numbered as in RFC 9051 section 6.4.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// `1.2`; empty for the multipart that is the message itself.
    pub number: String,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Leaf(Leaf),
    /// Its subtype, in lower case, and its parts.
    Multi(String, Vec<Part>),
    /// message/rfc822: the body of the message in it; its header is `number.HEADER`.
    Message(Box<Part>),
}

/// A part that holds no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// `type/subtype` in lower case.
    pub kind: String,
    /// Whatever the parameters call the file, in lower case, one line each.
    names: String,
    pub encoding: Encoding,
    /// Its size as it is encoded.
    pub octets: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Base64,
    QuotedPrintable,
}

/// Whether a part is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Text for people, cut where it is too long.
    Text,
    /// A calendar or a card: whole or not at all.
    Object,
    /// Nothing tells but its first bytes.
    Sniff,
    No,
}

impl Part {
    /// The structure of a message; `None` where it is too deep to be believed.
    pub(super) fn of_message(structure: &BodyStructure<'_>) -> Option<Self> {
        Self::of_body("", structure, 0)
    }

    /// The body of a message that is numbered `prefix`: its parts, or itself as part 1.
    fn of_body(prefix: &str, structure: &BodyStructure<'_>, level: usize) -> Option<Self> {
        match structure {
            BodyStructure::Multipart { .. } => Self::new(prefix.to_owned(), structure, level),
            _ => Self::new(below(prefix, 1), structure, level),
        }
    }

    fn new(number: String, structure: &BodyStructure<'_>, level: usize) -> Option<Self> {
        if level > MAX_LEVELS {
            return None;
        }
        let body = match structure {
            BodyStructure::Basic { common, other, .. }
            | BodyStructure::Text { common, other, .. } => Body::Leaf(Leaf::new(common, other)),
            BodyStructure::Message { body, .. } => {
                Body::Message(Box::new(Self::of_body(&number, body, level + 1)?))
            }
            BodyStructure::Multipart { common, bodies, .. } => {
                let parts = bodies.iter().take(MAX_PARTS).zip(1..);
                let parts: Option<Vec<Self>> =
                    parts.map(|(part, n)| Self::new(below(&number, n), part, level + 1)).collect();
                Body::Multi(token(&common.ty.subtype), parts?)
            }
        };
        Some(Self { number, body })
    }

    /// Every leaf with its number, in order.
    pub(super) fn leaves(&self) -> Vec<(&str, &Leaf)> {
        match &self.body {
            Body::Leaf(leaf) => vec![(&self.number, leaf)],
            Body::Multi(_, parts) => parts.iter().flat_map(Self::leaves).collect(),
            Body::Message(body) => body.leaves(),
        }
    }

    /// The numbers of all attached messages.
    pub(super) fn messages(&self) -> Vec<&str> {
        match &self.body {
            Body::Leaf(_) => Vec::new(),
            Body::Multi(_, parts) => parts.iter().flat_map(Self::messages).collect(),
            Body::Message(body) => {
                [self.number.as_str()].into_iter().chain(body.messages()).collect()
            }
        }
    }
}

fn below(prefix: &str, n: usize) -> String {
    if prefix.is_empty() { n.to_string() } else { format!("{prefix}.{n}") }
}

/// A subtype that can stand in a header field as it is.
fn token(text: &str) -> String {
    let fine = !text.is_empty()
        && text.len() < 60
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(&b));
    if fine { text.to_ascii_lowercase() } else { "mixed".to_owned() }
}

impl Leaf {
    fn new(common: &BodyContentCommon<'_>, other: &BodyContentSinglePart<'_>) -> Self {
        let of_type = common.ty.params.iter().flatten();
        let of_disposition = common.disposition.iter().flat_map(|d| d.params.iter().flatten());
        // RFC 2231 splits and marks the parameter: `filename*0*`.
        let is_name = |key: &str| {
            let key = key.split('*').next().unwrap_or(key).to_ascii_lowercase();
            key == "name" || key == "filename"
        };
        let parameters = of_type.chain(of_disposition).filter(|(key, _)| is_name(key));
        let names: Vec<String> = parameters.map(|(_, value)| value.to_lowercase()).collect();
        let encoding = match &other.transfer_encoding {
            ContentEncoding::Base64 => Encoding::Base64,
            ContentEncoding::QuotedPrintable => Encoding::QuotedPrintable,
            _ => Encoding::Plain,
        };
        let kind = format!("{}/{}", common.ty.ty, common.ty.subtype).to_lowercase();
        Self {
            kind,
            names: names.join("\n"),
            encoding,
            octets: usize::try_from(other.octets).unwrap_or(usize::MAX),
        }
    }

    /// Whether it is fetched, by its type and names.
    pub(super) fn want(&self) -> Want {
        let says = |what: &str| self.kind.contains(what);
        if says("calendar")
            || says("/ics")
            || says("vcard")
            || says("x-vcal")
            || self.is_named(&[".ics", ".vcs", ".vcf", ".ical"])
        {
            return Want::Object;
        }
        let (class, subtype) = self.kind.split_once('/').unwrap_or((&self.kind, ""));
        match class {
            // A message that is only pointed at is not there; bounces and the like are for people too.
            "text" => Want::Text,
            "message" if !matches!(subtype, "partial" | "external-body") => Want::Text,
            _ if self.is_document(class, subtype) => Want::No,
            _ => Want::Sniff,
        }
    }

    /// Whether its type or name leaves no doubt that it is nothing to read.
    fn is_document(&self, class: &str, subtype: &str) -> bool {
        let no_text = ["image", "audio", "video", "font", "model", "multipart", "message"];
        no_text.contains(&class)
            || class == "application" && is_known_application(subtype)
            || self.is_named(DOCUMENTS)
    }

    fn is_named(&self, endings: &[&str]) -> bool {
        self.names.lines().any(|name| {
            endings
                .iter()
                .any(|ending| name.trim_end_matches(['"', '?', '=', ' ']).ends_with(ending))
        })
    }

    /// How many of its encoded bytes are asked for: about [`MAX_PART`] once decoded.
    pub(super) fn cap(&self) -> usize {
        match self.encoding {
            Encoding::Plain => MAX_PART,
            Encoding::Base64 => MAX_PART / 5 * 7,
            Encoding::QuotedPrintable => MAX_PART * 2,
        }
    }
}

/// Types that hold documents, archives and signatures.
fn is_known_application(subtype: &str) -> bool {
    let exact = ["pdf", "msword", "rtf", "zip", "gzip", "ms-tnef", "json", "xml", "postscript"];
    let starts =
        ["vnd.", "pgp-", "pkcs", "x-pkcs", "x-zip", "x-gzip", "x-7z", "x-rar", "x-tar", "x-pdf"];
    exact.contains(&subtype) || starts.iter().any(|start| subtype.starts_with(start))
}

/// File names that leave no doubt.
const DOCUMENTS: &[&str] = &[
    ".pdf", ".doc", ".docx", ".odt", ".xls", ".xlsx", ".ppt", ".pptx", ".zip", ".gz", ".7z",
    ".rar", ".png", ".jpg", ".jpeg", ".gif", ".heic", ".webp", ".svg", ".mp3", ".mp4", ".mov",
    ".m4a", ".wav", ".exe", ".p7s", ".p7m", ".asc", ".sig",
];

/// Whether the first bytes of a part, as it is encoded, begin a calendar or a card.
pub(super) fn looks_like_object(start: &[u8], encoding: Encoding) -> bool {
    let decoded = match encoding {
        Encoding::Plain => start.to_vec(),
        Encoding::QuotedPrintable => {
            String::from_utf8_lossy(start).replace("=3A", ":").into_bytes()
        }
        Encoding::Base64 => {
            let mut digits: Vec<u8> =
                start.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
            digits.truncate(digits.len() / 4 * 4);
            STANDARD.decode(digits).unwrap_or_default()
        }
    };
    let text = decoded.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&decoded).trim_ascii_start();
    [&b"BEGIN:VCALENDAR"[..], b"BEGIN:VCARD"]
        .iter()
        .any(|begin| text.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use imap_proto::{AttributeValue, Response};

    /// The structure in a FETCH answer.
    pub fn structure(text: &str) -> Part {
        let line = format!("* 1 FETCH (BODYSTRUCTURE {text})\r\n");
        let (_, response) = Response::parse(line.as_bytes()).unwrap();
        let Response::Fetch(_, values) = response else { panic!("{response:?}") };
        let [AttributeValue::BodyStructure(structure)] = &values[..] else { panic!("{values:?}") };
        Part::of_message(structure).unwrap()
    }

    fn leaf(kind: &str, name: &str, encoding: &str) -> Leaf {
        let (class, subtype) = kind.split_once('/').unwrap();
        let lines = if class == "text" { " 1" } else { "" };
        let part = structure(&format!(
            "(\"{class}\" \"{subtype}\" (\"name\" \"{name}\") NIL NIL \"{encoding}\" 10{lines})"
        ));
        let Body::Leaf(leaf) = part.body else { panic!() };
        leaf
    }

    #[test]
    fn what_is_wanted() {
        let want = |kind, name| leaf(kind, name, "base64").want();
        for (kind, name) in [
            ("text/plain", ""),
            ("text/html", ""),
            ("text/csv", "a.csv"),
            ("message/delivery-status", ""),
        ] {
            assert_eq!(want(kind, name), Want::Text, "{kind}");
        }
        for (kind, name) in [
            ("TEXT/Calendar", ""),
            ("application/ics", ""),
            ("application/octet-stream", "Invite.ICS"),
            ("application/x-whatever", "jane.vcf"),
            ("text/x-vcard", ""),
        ] {
            assert_eq!(want(kind, name), Want::Object, "{kind}");
        }
        for (kind, name) in [
            ("application/octet-stream", ""),
            ("application/octet-stream", "a.dat"),
            ("application/x-unknown", ""),
        ] {
            assert_eq!(want(kind, name), Want::Sniff, "{kind}");
        }
        for (kind, name) in [
            ("application/pdf", ""),
            ("image/png", ""),
            ("application/octet-stream", "cv.pdf"),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "cv"),
            ("application/pkcs7-signature", "smime.p7s"),
        ] {
            assert_eq!(want(kind, name), Want::No, "{kind}");
        }
    }

    #[test]
    fn names_split_by_rfc_2231_count() {
        let part = structure(
            "(\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 10 NIL (\"attachment\" (\"filename*0*\" \"utf-8''caf%C3%A9\" \"filename*1\" \"invite.ics\")))",
        );
        assert_eq!(part.leaves()[0].1.want(), Want::Object);
    }

    #[test]
    fn parts_are_numbered_as_the_rfc_says() {
        let text = "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1)";
        assert_eq!(structure(text).leaves()[0].0, "1");
        let env = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
        let single = format!("(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 50 {env} {text} 3)");
        let multi = format!(
            "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 50 {env} ({text}{text} \"alternative\") 3)"
        );
        let part =
            structure(&format!("({text}({text}{text} \"related\"){single}{multi} \"mixed\")"));
        let numbers: Vec<&str> = part.leaves().iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, ["1", "2.1", "2.2", "3.1", "4.1", "4.2"]);
        assert_eq!(part.messages(), ["3", "4"]);
    }

    #[test]
    fn first_bytes_tell() {
        assert!(looks_like_object(b"\xef\xbb\xbf\r\nbegin:vcalendar\r\nVERSION", Encoding::Plain));
        assert!(looks_like_object(b"BEGIN=3AVCARD", Encoding::QuotedPrintable));
        assert!(looks_like_object(b"QkVHSU46VkNB\r\nTEVOREFSDQpWRVJT", Encoding::Base64));
        assert!(!looks_like_object(b"%PDF-1.4 BEGIN:VCALENDAR", Encoding::Plain));
        assert!(!looks_like_object(b"QkVHSU46", Encoding::Base64));
        assert!(!looks_like_object(b"", Encoding::Base64));
    }
}
