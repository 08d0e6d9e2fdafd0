//! The few header fields this edge looks at itself: whose draft it is must not depend on how well a message can be read.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::address::EmailAddress;

/// The value of the first field of that name, unfolded (RFC 5322 section 2.2.3), trimmed.
pub(super) fn field(header: &[u8], name: &str) -> Option<String> {
    let header = String::from_utf8_lossy(header);
    let mut lines =
        header.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            return None;
        }
        let Some((found, value)) = line.split_once(':') else { continue };
        if !found.trim_end().eq_ignore_ascii_case(name) {
            continue;
        }
        let mut value = value.to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
            value.push_str(more);
        }
        return Some(value.trim().to_owned());
    }
    None
}

/// Message-ID without its angle brackets.
pub(super) fn message_id(header: &[u8]) -> Option<String> {
    let value = field(header, "Message-ID")?;
    let id = value
        .split_once('<')
        .map_or(value.as_str(), |(_, rest)| rest.split('>').next().unwrap_or(rest))
        .trim();
    (!id.is_empty()).then(|| id.to_owned())
}

/// The Date field.
pub(super) fn date(header: &[u8]) -> Option<Timestamp> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(field(header, "Date")?).ok()
}

/// The addresses in To, Cc and Bcc.
pub(super) fn recipients(header: &[u8]) -> Vec<EmailAddress> {
    let fields = ["To", "Cc", "Bcc"];
    fields
        .iter()
        .filter_map(|name| field(header, name))
        .flat_map(|value| addresses(&value))
        .collect()
}

/// The addresses of an address list (RFC 5322 section 3.4): names, comments and group names left out.
fn addresses(value: &str) -> Vec<EmailAddress> {
    let mut found = Vec::new();
    let mut one = String::new();
    let (mut quoted, mut comment, mut escaped) = (false, 0_u32, false);
    for c in value.chars().chain([',']) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if comment == 0 => quoted = !quoted,
            _ if quoted => {}
            '(' => comment += 1,
            ')' => comment = comment.saturating_sub(1),
            _ if comment > 0 => {}
            // A group's name is followed by a colon, its end is a semicolon.
            ':' if !one.contains('<') => one.clear(),
            ',' | ';' => {
                let inside = one
                    .rsplit_once('<')
                    .map_or(one.as_str(), |(_, rest)| rest.split('>').next().unwrap_or(rest));
                found.extend(EmailAddress::parse(inside));
                one.clear();
            }
            c => one.push(c),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_unfolded_and_end_with_the_header() {
        let header = b"subject: a\r\nMESSAGE-ID:\r\n <x@y>\r\nTo: a@b.example\r\n\r\nDate: no\r\n";
        assert_eq!(message_id(header).as_deref(), Some("x@y"));
        assert_eq!(field(header, "Subject").as_deref(), Some("a"));
        assert_eq!(field(header, "Date"), None);
        assert_eq!(message_id(b"Message-ID: <>\r\n\r\n"), None);
        assert_eq!(message_id(b"Message-ID: bare@id (why)\n\n").as_deref(), Some("bare@id (why)"));
        assert!(date(b"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\n\r\n").is_some());
    }

    #[test]
    fn addresses_of_all_kinds() {
        let all = |text: &str| addresses(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            all("\"Doe, Jane\" <j@x.example>, b@y.example (him, too)"),
            ["j@x.example", "b@y.example"]
        );
        assert_eq!(
            all("Team: a@x.example, B <b@x.example>;, c@x.example"),
            ["a@x.example", "b@x.example", "c@x.example"]
        );
        assert_eq!(all("undisclosed-recipients:;"), Vec::<String>::new());
        assert_eq!(all("\"unclosed <a@b.example>"), Vec::<String>::new());
    }
}
