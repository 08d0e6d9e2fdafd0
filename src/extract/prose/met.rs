//! What the words of an invitation say besides its calendar objects: who is met, and for which position.

use std::ops::Range;

use jiff::Timestamp;

use super::piece::Piece;
use crate::address::{Owner, Person};
use crate::extract::lexicon::Lexicon;
use crate::extract::partners::{People, push};
use crate::extract::roster::Roster;
use crate::extract::{Evidence, position, posting};
use crate::message::Message;

/// Whom the words of an invitation name.
#[derive(Clone, Debug, Default)]
pub(in crate::extract) struct Met {
    /// Those whom the owner will talk with.
    pub people: Vec<Person>,
    /// Whether the one who wrote them says that they take part.
    pub writer: bool,
}

/// Reads whom the words of an invitation name: what its objects describe, and what the mail says.
pub(in crate::extract) fn met(
    message: &Message,
    owner: &Owner,
    lexicon: &Lexicon,
    company: Option<&str>,
) -> Met {
    let described =
        message.calendars.iter().flat_map(|c| &c.events).map(|e| e.description.as_str());
    let mut texts: Vec<&str> = described.filter(|d| !d.is_empty()).take(MAX_DESCRIBED).collect();
    texts.push(&message.text.new);
    let roster = Roster::new(message, &texts, owner, lexicon);
    let people = People { message, owner, roster: &roster, lexicon, company };
    let sent = message.date.unwrap_or(Timestamp::UNIX_EPOCH);
    let mut met = Met::default();
    for text in texts {
        let piece = Piece::spoken("text", text, sent, lexicon);
        let mut names = people.names(&piece.text);
        names.retain(|n| !piece.speaks_of_interview(&n.range) && !is_of_notice(text, &n.range));
        for person in people.partners(&piece, &names, &(0..piece.text.len()), false) {
            let whole = person.address.is_some()
                || person.name.as_deref().is_some_and(|n| n.split_whitespace().count() > 1);
            // In the notices of calendars a single word with a capital is rarely a name.
            if whole {
                push(&mut met.people, person);
            }
        }
        met.writer |= People::joins(&piece, &names);
    }
    met
}

/// Whether what looks like a name is of a calendar's notice: a label, or a time zone.
fn is_of_notice(text: &str, name: &Range<usize>) -> bool {
    const ZONES: [&str; 9] =
        ["time", "hora", "tiempo", "heure", "zeit", "tijd", "tid", "ora", "horário"];
    let zone = |word: &str| {
        let lower = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
        ZONES.contains(&lower.as_str())
    };
    let behind = text.get(name.end..).unwrap_or("");
    let line = text[..name.start].rfind('\n').map_or(0, |i| i + 1);
    let open = text[line..name.start].rfind('(').map_or(line, |i| line + i);
    let inside = !text[open..name.start].contains(')');
    behind.trim_start().starts_with(':')
        || behind.split_whitespace().next().is_some_and(zone)
        || (inside && text[open..name.start].split_whitespace().any(zone))
}

/// The position that the words of an invitation name.
pub(in crate::extract) fn role(
    message: &Message,
    lexicon: &Lexicon,
    evidence: &mut Vec<Evidence>,
) -> Option<String> {
    message.calendars.iter().find(|c| !c.events.is_empty())?;
    let sent = message.date.unwrap_or(Timestamp::UNIX_EPOCH);
    let described =
        message.calendars.iter().flat_map(|c| &c.events).map(|e| e.description.as_str());
    let described = described.filter(|d| !d.is_empty()).take(MAX_DESCRIBED);
    let pieces: Vec<Piece> = described
        .map(|d| Piece::spoken("text/calendar DESCRIPTION", d, sent, lexicon))
        .chain([Piece::spoken("text", &message.text.new, sent, lexicon)])
        .collect();
    let found = position::find(&pieces.iter().collect::<Vec<_>>(), lexicon)
        .filter(|found| posting::has_noun(&found.text, lexicon))?;
    evidence.retain(|e| e.field != "role");
    evidence.push(Evidence {
        field: "role".into(),
        value: found.text.clone(),
        source: found.source.into(),
        quote: found.quote,
    });
    Some(found.text)
}

/// How many descriptions of one message are read for people.
const MAX_DESCRIBED: usize = 8;
