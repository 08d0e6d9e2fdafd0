//! vCards (RFC 6350) attached to a message: who somebody is, in their own spelling.

use super::content_line::{self, Line};
use super::header;
use crate::address::EmailAddress;

/// One card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// FN.
    pub name: Option<String>,
    /// Every EMAIL.
    pub addresses: Vec<EmailAddress>,
    /// TITLE.
    pub title: Option<String>,
    /// ORG, its first component.
    pub organization: Option<String>,
    /// Every TEL.
    pub phones: Vec<String>,
}

/// How many cards of one part are read.
const MAX_CARDS: usize = 20;
/// How many addresses or numbers of one card are read.
const MAX_VALUES: usize = 20;

/// Reads every card of a part.
pub(super) fn read(bytes: &[u8], charset: Option<&str>) -> Vec<Card> {
    let text = content_line::unfolded(bytes, charset);
    let mut cards: Vec<Card> = Vec::new();
    for line in content_line::lines(&text) {
        if line.name == "BEGIN" && line.value.trim().eq_ignore_ascii_case("VCARD") {
            if cards.len() == MAX_CARDS {
                break;
            }
            cards.push(Card::default());
        } else if let Some(card) = cards.last_mut() {
            card.line(&line);
        }
    }
    cards.retain(|card| *card != Card::default());
    cards
}

impl Card {
    /// Reads one property (RFC 6350 section 6).
    fn line(&mut self, line: &Line<'_>) {
        let text = || Some(header::name_text(&line.text())).filter(|t| !t.is_empty());
        match &*line.name {
            "FN" if self.name.is_none() => self.name = text(),
            "TITLE" if self.title.is_none() => self.title = text(),
            "ORG" if self.organization.is_none() => {
                self.organization = components(line.value)
                    .map(|org| header::name_text(&org))
                    .filter(|t| !t.is_empty());
            }
            "EMAIL" if self.addresses.len() < MAX_VALUES => {
                self.addresses.extend(EmailAddress::parse(&line.text()));
            }
            "TEL" if self.phones.len() < MAX_VALUES => {
                self.phones.extend(text().map(|t| t.trim_start_matches("tel:").to_owned()));
            }
            _ => {}
        }
    }
}

/// The first component of a structured value: up to a `;` that is not escaped.
fn components(value: &str) -> Option<String> {
    let mut escaped = false;
    let end = value.bytes().position(|b| {
        let ends = b == b';' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    });
    value.get(..end.unwrap_or(value.len())).map(content_line::unescape)
}
