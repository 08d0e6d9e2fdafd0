//! The parts of a message put together: which text is read, which parts are calendars, cards or messages of their own.

use jiff::tz::TimeZone;

use super::header::{self, PartHeader};
use super::mime::{self, Limits, Node};
use super::text::{self, Text};
use super::{Calendar, Event, MAX_EVENTS, MAX_FORWARDED, MAX_MESSAGE, MAX_PART, Message};
use super::{charset, content_line, html, icalendar, quote, transfer, vcard};

/// How many bytes of a part are looked at to see what it is.
const SNIFFED: usize = 600;
/// How deep messages are attached to each other before they are left out.
const MAX_DEPTH: usize = 4;

/// What is left of the limits, over all levels of attached messages.
struct Budget {
    forwarded: usize,
    bytes: usize,
}

/// Reads a message.
pub(super) fn message(bytes: &[u8], zone: &TimeZone) -> Message {
    let mut budget = Budget { forwarded: MAX_FORWARDED, bytes: MAX_MESSAGE };
    if content_line::begins(bytes, "VCALENDAR") {
        return calendar_file(bytes, zone);
    }
    read(bytes, zone, 0, &mut budget)
}

/// Reads a bare calendar.
pub(super) fn calendar_file(bytes: &[u8], zone: &TimeZone) -> Message {
    let mut budget = Budget { forwarded: 0, bytes: MAX_MESSAGE };
    let mut reader =
        Reader { message: Message::default(), zone, depth: 0, events: 0, budget: &mut budget };
    reader.calendar(&PartHeader::default(), bytes);
    reader.message
}

fn read(bytes: &[u8], zone: &TimeZone, depth: usize, budget: &mut Budget) -> Message {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let blank = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let (section, body) = mime::split_header(bytes.get(blank..).unwrap_or_default());
    let (message, mut head) = header::read(section);
    if head.kind.is_empty() {
        "text/plain".clone_into(&mut head.kind);
    }
    let mut limits = Limits::default();
    let tree = mime::tree(head, body, &mut limits);
    let mut reader = Reader { message, zone, depth, events: 0, budget };
    if let Some(problem) = limits.problem {
        reader.message.note(problem);
    }
    for piece in reader.body(tree) {
        reader.add_text(&piece.text);
    }
    reader.message
}

/// A text of one part.
struct Piece {
    text: String,
    html: bool,
    struck: bool,
}

struct Reader<'a> {
    message: Message,
    zone: &'a TimeZone,
    depth: usize,
    events: usize,
    budget: &'a mut Budget,
}

impl Reader<'_> {
    /// The texts under a part; calendars and the like are taken out on the way, of every alternative.
    fn body(&mut self, node: Node<'_>) -> Vec<Piece> {
        match node {
            Node::Leaf(head, body) => self.leaf(&head, body).into_iter().collect(),
            Node::Multipart { alternative, parts } => {
                let pieces = parts.into_iter().flat_map(|part| self.body(part)).collect();
                if alternative { best(pieces) } else { pieces }
            }
        }
    }

    fn leaf(&mut self, head: &PartHeader, body: &[u8]) -> Option<Piece> {
        let name = head.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        if is_message(&head.kind, &name) {
            self.forwarded(head, body);
            return None;
        }
        if ["image/", "audio/", "video/", "font/"].iter().any(|media| head.kind.starts_with(media))
        {
            return None;
        }
        let sniffed =
            transfer::decode(body.get(..body.len().min(SNIFFED)).unwrap_or(body), &head.encoding);
        if is_calendar(&head.kind, &name) || content_line::begins(&sniffed, "VCALENDAR") {
            if let Some(bytes) = self.decoded(head, body, "a calendar") {
                self.calendar(head, &bytes);
            }
            return None;
        }
        if is_card(&head.kind, &name) || content_line::begins(&sniffed, "VCARD") {
            let bytes = self.decoded(head, body, "a card")?;
            self.message.cards.extend(vcard::read(&bytes, head.charset.as_deref()));
            return None;
        }
        if name == "winmail.dat" || head.kind == "application/ms-tnef" {
            self.message.note("winmail.dat was passed over: what it holds is not read");
        }
        if head.attachment && head.name.is_some() {
            if matches!(head.kind.as_str(), "text/plain" | "text/markdown") {
                let text = self.text(head, body)?;
                self.message.text.attached.push_str(&(text::normalise(&text) + "\n"));
            }
            return None;
        }
        match head.kind.as_str() {
            "text/plain" => self.plain(head, body),
            "text/html" | "application/xhtml+xml" => self.html(head, body),
            _ => None,
        }
    }

    /// A part's bytes, its transfer encoding undone; `None` and a note where it is too large.
    fn decoded(&mut self, head: &PartHeader, body: &[u8], what: &str) -> Option<Vec<u8>> {
        // Nothing shrinks to less than a third, so what is far too long need not be decoded to know it.
        let bytes = (body.len() <= 4 * MAX_PART)
            .then(|| transfer::decode(body, &head.encoding).into_owned());
        let bytes = bytes.filter(|bytes| bytes.len() <= MAX_PART && self.spend(bytes.len()));
        if bytes.is_none() {
            self.message.note(format!("{what} of {} bytes was passed over", body.len()));
        }
        bytes
    }

    /// Takes bytes from the budget; whether there were enough left.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.budget.bytes.checked_sub(bytes);
        self.budget.bytes = left.unwrap_or(self.budget.bytes);
        left.is_some()
    }

    /// The text of a part, cut where it is too long.
    fn text(&mut self, head: &PartHeader, body: &[u8]) -> Option<String> {
        let raw = body.get(..body.len().min(4 * MAX_PART)).unwrap_or(body);
        let bytes = transfer::decode(raw, &head.encoding);
        let kept = bytes.get(..bytes.len().min(MAX_PART)).unwrap_or(&bytes);
        if kept.len() < bytes.len() || raw.len() < body.len() {
            self.message.note("a long text was cut");
        }
        if !self.spend(kept.len()) {
            self.message.note("more text than is read: the rest was passed over");
            return None;
        }
        Some(charset::decode(kept, head.charset.as_deref()))
    }

    fn plain(&mut self, head: &PartHeader, body: &[u8]) -> Option<Piece> {
        let text = self.text(head, body)?;
        let text = if head.flowed { text::unflow(&text, head.delete_space) } else { text };
        Some(Piece { text: text::normalise(&text), html: false, struck: false })
    }

    fn html(&mut self, head: &PartHeader, body: &[u8]) -> Option<Piece> {
        let source = self.text(head, body)?;
        let rendered = html::render(&source);
        if rendered.flattened {
            self.message.note("HTML too involved: its structure was given up");
        }
        let links = &mut self.message.text.links;
        links.extend(rendered.links);
        Some(Piece { text: rendered.text, html: true, struck: rendered.struck })
    }

    fn add_text(&mut self, piece: &str) {
        let Text { new, signature, quoted, .. } = quote::split(piece);
        let all = &mut self.message.text;
        for (whole, more) in
            [(&mut all.new, new), (&mut all.signature, signature), (&mut all.quoted, quoted)]
        {
            if !whole.is_empty() && !more.is_empty() {
                whole.push_str("\n\n");
            }
            whole.push_str(&more);
        }
    }

    fn calendar(&mut self, head: &PartHeader, bytes: &[u8]) {
        if bytes.len() > MAX_PART {
            return self
                .message
                .note(format!("a calendar of {} bytes was passed over", bytes.len()));
        }
        let room = MAX_EVENTS.saturating_sub(self.events);
        let objects = icalendar::read(
            bytes,
            head.charset.as_deref(),
            head.method.as_deref(),
            self.zone,
            room,
        );
        objects.problems.into_iter().for_each(|problem| self.message.note(problem));
        if objects.calendars.is_empty() {
            self.message.note("a calendar part without a calendar object was passed over");
        }
        for mut calendar in objects.calendars {
            let empty = calendar.events.is_empty();
            self.events += calendar.events.len();
            let method = calendar.method.clone();
            let known = &self.message.calendars;
            calendar.events.retain(|event| {
                !known.iter().any(|c| same_method(c, method.as_ref()) && holds(c, event))
            });
            if empty || !calendar.events.is_empty() {
                self.message.calendars.push(calendar);
            }
        }
    }

    /// A message inside the message (RFC 2046 section 5.2.1).
    fn forwarded(&mut self, head: &PartHeader, body: &[u8]) {
        if self.budget.forwarded == 0 || self.depth == MAX_DEPTH {
            return self
                .message
                .note("more attached messages than are read: the rest was passed over");
        }
        self.budget.forwarded -= 1;
        let bytes = transfer::decode(body, &head.encoding);
        self.message.forwarded.push(read(&bytes, self.zone, self.depth + 1, self.budget));
    }
}

/// Whether two copies can be of one object: their methods are the same, or one copy names none.
fn same_method(calendar: &Calendar, method: Option<&String>) -> bool {
    calendar.method.is_none() || method.is_none() || calendar.method.as_ref() == method
}

/// Whether a calendar holds this revision of this event already: it comes inline and as a file (RFC 5546 section 2.1.5).
fn holds(calendar: &Calendar, event: &Event) -> bool {
    let key = |e: &Event| (e.recurrence_id, e.sequence, e.dtstamp, e.start);
    calendar.events.iter().any(|known| known.uid == event.uid && key(known) == key(event))
}

/// Of alternatives the plain text, unless the HTML says more: it only stands in, or it cannot show what was struck out.
fn best(pieces: Vec<Piece>) -> Vec<Piece> {
    let all = |html: bool| {
        let texts: Vec<&str> =
            pieces.iter().filter(|p| p.html == html).map(|p| p.text.as_str()).collect();
        texts.join("\n")
    };
    let (plain, rich) = (all(false), all(true));
    let struck = pieces.iter().any(|p| p.struck);
    let wanted = text::weight(&rich) > 0 && (struck || text::stands_in(&plain, &rich));
    pieces.into_iter().filter(|piece| piece.html == wanted).collect()
}

/// Whether a part is a message of its own.
fn is_message(kind: &str, name: &str) -> bool {
    let named = extension(name) == "eml" && !kind.starts_with("text/");
    matches!(kind, "message/rfc822" | "message/global") || named
}

/// Whether a part says that it is a calendar (RFC 5545 section 8.1, and what is seen instead).
fn is_calendar(kind: &str, name: &str) -> bool {
    const KINDS: [&str; 5] = [
        "text/calendar",
        "application/ics",
        "text/x-vcalendar",
        "application/calendar",
        "text/ics",
    ];
    KINDS.contains(&kind) || matches!(extension(name), "ics" | "ical" | "vcs")
}

/// Whether a part says that it is a card (RFC 6350 section 10.1, and what is seen instead).
fn is_card(kind: &str, name: &str) -> bool {
    matches!(kind, "text/vcard" | "text/x-vcard" | "text/directory") || extension(name) == "vcf"
}

/// What follows the last dot of a file's name (in lower case here).
fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension.trim())
}
