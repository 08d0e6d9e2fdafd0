//! Header fields (RFC 5322, RFC 2045), read by mail-parser and cleaned: nothing with a line break or a control in it
//! leaves here, since a name or an id ends up in the header of a draft.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, ContentType, Header, HeaderName, HeaderValue, MessageParser};

use super::{Message, charset, guarded, text};
use crate::address::{EmailAddress, Person};

/// How many ids are kept (RFC 5322 section 3.6.4 has no limit of its own).
const MAX_REFERENCES: usize = 100;
/// How many addresses of one field are kept.
const MAX_ADDRESSES: usize = 1_000;
/// The longest id that is kept: what fits on a line (RFC 5322 section 2.1.1).
const MAX_ID: usize = 998;
/// How many bytes of a name or a subject are kept.
const MAX_LINE: usize = 2_000;

/// What a part's own fields say about its body (RFC 2045, RFC 2183).
#[derive(Clone, Debug, Default)]
pub(super) struct PartHeader {
    /// Type and subtype in lower case; empty where there is no Content-Type.
    pub kind: String,
    /// `charset`.
    pub charset: Option<String>,
    /// `method` (RFC 6047 section 2.4).
    pub method: Option<String>,
    /// `boundary`.
    pub boundary: Option<String>,
    /// `filename` of Content-Disposition, else `name`.
    pub name: Option<String>,
    /// Whether the text is format=flowed (RFC 3676).
    pub flowed: bool,
    /// `DelSp=yes`.
    pub delete_space: bool,
    /// Content-Transfer-Encoding in lower case.
    pub encoding: String,
    /// Whether it is to be shown apart from the text.
    pub attachment: bool,
}

/// Reads a header section: the message's fields, and those about its body.
pub(super) fn read(section: &[u8]) -> (Message, PartHeader) {
    with_fields(section, |fields| (message(fields), part_header(fields))).unwrap_or_else(|| {
        let mut message = Message::default();
        message.note("the header could not be read");
        (message, PartHeader::default())
    })
}

/// Reads a part's header section.
pub(super) fn read_part(section: &[u8]) -> PartHeader {
    with_fields(section, part_header).unwrap_or_default()
}

/// Has mail-parser read a section. Bytes that are no UTF-8 (RFC 6532) are some old client's windows-1252.
fn with_fields<T>(section: &[u8], work: impl FnOnce(&[Header<'_>]) -> T) -> Option<T> {
    let mut section = charset::decode(section, None);
    // mail-parser wants an end to the last field.
    section.push_str("\r\n\r\n");
    guarded(|| {
        let parsed = MessageParser::default().parse_headers(section.as_bytes());
        work(parsed.as_ref().and_then(|m| m.parts.first()).map_or(&[], |part| &part.headers))
    })
}

fn message(fields: &[Header<'_>]) -> Message {
    let from = people(fields, &HeaderName::From);
    let senders = people(fields, &HeaderName::Sender);
    let from = from.into_iter().next();
    let own = from.as_ref().and_then(|p| p.address.clone());
    let date =
        first(fields, &HeaderName::Date).and_then(HeaderValue::as_datetime).and_then(instant);
    Message {
        message_id: ids(fields, &HeaderName::MessageId).into_iter().next(),
        references: references(fields),
        date: date.map(|(at, _)| at),
        date_offset: date.and_then(|(_, offset)| offset),
        received: received(fields),
        sender: senders.into_iter().next().filter(|p| p.address.is_some() && p.address != own),
        from,
        reply_to: people(fields, &HeaderName::ReplyTo),
        to: people(fields, &HeaderName::To),
        cc: people(fields, &HeaderName::Cc),
        bcc: people(fields, &HeaderName::Bcc),
        delivered_to: delivered_to(fields),
        subject: texts(fields, "subject").next().map(|s| name_text(&s)).unwrap_or_default(),
        auto_submitted: auto_submitted(fields),
        bulk: is_bulk(fields),
        ..Message::default()
    }
}

/// The first field of that name that is not empty.
fn first<'a, 'b>(fields: &'a [Header<'b>], name: &HeaderName<'_>) -> Option<&'a HeaderValue<'b>> {
    fields
        .iter()
        .filter(|f| f.name == *name)
        .map(|f| &f.value)
        .find(|v| !matches!(v, HeaderValue::Empty))
}

/// The text of every field of that name.
fn texts<'a>(fields: &'a [Header<'_>], name: &'static str) -> impl Iterator<Item = String> + 'a {
    let same = move |f: &&Header<'_>| f.name().eq_ignore_ascii_case(name);
    fields.iter().filter(same).filter_map(|f| match &f.value {
        HeaderValue::Text(text) => Some(text.to_string()),
        HeaderValue::TextList(list) => Some(list.join(", ")),
        _ => None,
    })
}

/// Everybody named in the fields of that name; groups are opened (RFC 5322 section 3.4).
fn people(fields: &[Header<'_>], name: &HeaderName<'_>) -> Vec<Person> {
    let mut found = Vec::new();
    for value in fields.iter().filter(|f| f.name == *name).map(|f| &f.value) {
        let Some(addresses) = value.as_address() else { continue };
        // `Doe, Jane <jane@acme.example>` without quotes reads as somebody without an address and another one.
        let mut family: Option<String> = None;
        for entry in addresses.iter().take(MAX_ADDRESSES) {
            let person = person(entry, family.take());
            if person.address.is_none() {
                family.clone_from(&person.name);
            }
            found.extend((person.address.is_some() || family.is_none()).then_some(person));
        }
        found.extend(family.map(|name| Person { name: Some(name), address: None }));
    }
    found.retain(|person| *person != Person::default());
    found.truncate(MAX_ADDRESSES);
    found
}

/// One entry of an address field; `family` is a name before it that a comma cut off.
fn person(entry: &Addr<'_>, family: Option<String>) -> Person {
    let address = entry.address.as_deref().and_then(EmailAddress::parse);
    let name = entry.name.as_deref().map(name_text).filter(|n| !n.is_empty());
    let (name, address) = match (name, address) {
        // A bare name can be an address that the parser took for a word.
        (Some(name), None) => {
            EmailAddress::parse(&name).map_or((Some(name), None), |a| (None, Some(a)))
        }
        (Some(name), Some(address)) if EmailAddress::parse(&name).as_ref() == Some(&address) => {
            (None, Some(address))
        }
        other => other,
    };
    let name = match (family, name) {
        (Some(family), Some(name)) => Some(format!("{family}, {name}")),
        (family, name) => name.or(family),
    };
    Person { name, address }
}

/// A name or subject as a reader sees it: encoded words decoded, one line, no quotes around it.
pub(super) fn name_text(text: &str) -> String {
    let text = one_line(&decode_words(super::event::clipped(text, MAX_LINE * 4)));
    let inner = |quote: char| {
        text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)).filter(|t| !t.contains(quote))
    };
    let text = inner('"').or_else(|| inner('\'')).map_or(text.as_str(), str::trim);
    super::event::clipped(text, MAX_LINE).to_owned()
}

/// One line: breaks, controls and odd spaces are single spaces, what is invisible is left out.
pub(super) fn one_line(text: &str) -> String {
    // A control parts words here; in running text it would not.
    let visible =
        text.chars().filter_map(|c| if c.is_control() { Some(' ') } else { text::character(c) });
    visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Decodes encoded words (RFC 2047), also where none may stand: in quoted strings and parameters.
fn decode_words(text: &str) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let line = format!("{}\n", text.replace(['\r', '\n'], " "));
    let read = guarded(|| {
        MessageStream::new(line.as_bytes())
            .parse_unstructured()
            .into_text()
            .map(std::borrow::Cow::into_owned)
    });
    read.flatten().unwrap_or_else(|| text.to_owned())
}

/// The ids of every field of that name (RFC 5322 section 3.6.4), without brackets, white space and controls.
fn ids(fields: &[Header<'_>], name: &HeaderName<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for value in fields.iter().filter(|f| f.name == *name).map(|f| &f.value) {
        match value {
            HeaderValue::Text(text) => found.push(clean_id(text)),
            HeaderValue::TextList(list) => found.extend(list.iter().map(|text| clean_id(text))),
            _ => {}
        }
    }
    found.retain(|id| !id.is_empty() && id.len() <= MAX_ID);
    found
}

fn clean_id(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>'))
        .collect()
}

/// References, whose first is where the thread began (RFC 5322 section 3.6.4), then In-Reply-To. Of too many the first and
/// the last stay.
fn references(fields: &[Header<'_>]) -> Vec<String> {
    let mut all = ids(fields, &HeaderName::References);
    all.extend(ids(fields, &HeaderName::InReplyTo));
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|id| seen.insert(id.clone()));
    if all.len() > MAX_REFERENCES {
        let end = all.len() - MAX_REFERENCES / 2;
        all.drain(MAX_REFERENCES / 2..end);
    }
    all
}

/// An instant and the offset it was written in.
fn instant(date: &mail_parser::DateTime) -> Option<(Timestamp, Option<Offset>)> {
    let small = |n: u8| i8::try_from(n).ok();
    let year = i16::try_from(date.year).ok()?;
    let (hour, minute, second) =
        (small(date.hour)?, small(date.minute)?, small(date.second.min(59))?);
    let local =
        DateTime::new(year, small(date.month)?, small(date.day)?, hour, minute, second, 0).ok()?;
    let seconds = i32::from(date.tz_hour) * 3600 + i32::from(date.tz_minute) * 60;
    let offset = Offset::from_seconds(if date.tz_before_gmt { -seconds } else { seconds }).ok()?;
    let unknown = date.tz_before_gmt && seconds == 0;
    Some((offset.to_timestamp(local).ok()?, (!unknown).then_some(offset)))
}

/// The newest Received field's time.
fn received(fields: &[Header<'_>]) -> Option<Timestamp> {
    let dates = fields.iter().filter(|f| f.name == HeaderName::Received).take(100);
    dates
        .filter_map(|f| f.value.as_received()?.date.as_ref().and_then(instant))
        .map(|(at, _)| at)
        .max()
}

/// Where the message reached the owner.
fn delivered_to(fields: &[Header<'_>]) -> Vec<EmailAddress> {
    let mut found: Vec<EmailAddress> = Vec::new();
    for name in ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to"] {
        for text in texts(fields, name) {
            for address in text.split(',').take(20).filter_map(EmailAddress::parse) {
                if !found.contains(&address) {
                    found.push(address);
                }
            }
        }
    }
    found
}

/// Auto-Submitted (RFC 3834 section 5), its parameters and comments left out.
fn auto_submitted(fields: &[Header<'_>]) -> Option<String> {
    let value = texts(fields, "auto-submitted").next()?;
    let value = value.split([';', '(']).next().unwrap_or_default();
    let value = one_line(value).to_ascii_lowercase();
    (!value.is_empty() && value != "no").then_some(value)
}

/// Whether a list or a mass mailing sent it (RFC 2919, RFC 2369).
fn is_bulk(fields: &[Header<'_>]) -> bool {
    let bulk = |value: String| {
        matches!(value.trim().to_ascii_lowercase().as_str(), "bulk" | "list" | "junk")
    };
    fields.iter().any(|f| matches!(f.name, HeaderName::ListId | HeaderName::ListUnsubscribe))
        || texts(fields, "precedence").any(bulk)
}

fn part_header(fields: &[Header<'_>]) -> PartHeader {
    let content = first(fields, &HeaderName::ContentType).and_then(HeaderValue::as_content_type);
    let disposition =
        first(fields, &HeaderName::ContentDisposition).and_then(HeaderValue::as_content_type);
    let of = |field: Option<&ContentType<'_>>, name: &str| {
        field.and_then(|f| f.attribute(name)).map(str::to_owned)
    };
    let is = |name: &str, value: &str| {
        of(content, name).is_some_and(|v| v.trim().eq_ignore_ascii_case(value))
    };
    let kind = content
        .map(|c| format!("{}/{}", c.ctype(), c.subtype().unwrap_or_default()).to_ascii_lowercase());
    let encoding =
        texts(fields, "content-transfer-encoding").next().unwrap_or_default().to_ascii_lowercase();
    PartHeader {
        kind: kind.unwrap_or_default(),
        charset: of(content, "charset"),
        method: of(content, "method"),
        boundary: of(content, "boundary").filter(|b| !b.is_empty()),
        name: of(disposition, "filename").or_else(|| of(content, "name")).map(|n| name_text(&n)),
        flowed: is("format", "flowed"),
        delete_space: is("delsp", "yes"),
        encoding: encoding.split([';', ' ', '(']).next().unwrap_or_default().trim().to_owned(),
        attachment: disposition.is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment")),
    }
}
