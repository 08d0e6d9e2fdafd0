//! The message that findings come from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Place, hex, senders};
use crate::address::{EmailAddress, Owner, Person};
use crate::folder::Role;
use crate::message::Message;

/// The message that findings come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// What the message is known by: Message-ID and content, since an id alone can be forged to hide another mail.
    pub key: String,
    /// Message-ID without its angle brackets.
    pub message_id: Option<String>,
    /// References and In-Reply-To: the thread from its beginning.
    pub references: Vec<String>,
    /// The account it came to.
    pub account: String,
    /// The folder it was found in.
    pub role: Role,
    /// When it arrived.
    pub arrived: Timestamp,
    /// Its Date field, else when it arrived.
    pub date: Timestamp,
    /// Subject.
    pub subject: String,
    /// From.
    pub from: Option<Person>,
    /// To, Cc and Bcc.
    pub recipients: Vec<EmailAddress>,
    /// Whether the owner wrote it.
    pub by_owner: bool,
    /// Whether a machine wrote it (RFC 3834).
    pub automatic: bool,
    /// Whether a person wrote it by hand: no invitation, no machine, no list.
    pub by_hand: bool,
}

impl Origin {
    /// Where a message comes from.
    pub(super) fn of(message: &Message, place: &Place<'_>, owner: &Owner) -> Self {
        // What lies in Sent is the owner's under whatever address: aliases are forgotten in a configuration.
        let by_owner = place.role == Role::Sent
            || message.from.as_ref().and_then(|p| p.address.as_ref()).is_some_and(|a| owner.has(a));
        let recipients: Vec<EmailAddress> = [&message.to, &message.cc, &message.bcc]
            .into_iter()
            .flatten()
            .filter_map(|p| p.address.clone())
            .take(MAX_RECIPIENTS)
            .collect();
        Self {
            key: key(message),
            message_id: message.message_id.clone(),
            references: message.references.clone(),
            account: place.account.to_owned(),
            role: place.role,
            arrived: place.arrived,
            date: message.date.unwrap_or(place.arrived),
            subject: message.subject.chars().take(MAX_SUBJECT).collect(),
            from: message.from.clone(),
            recipients,
            by_owner,
            automatic: message.auto_submitted.is_some(),
            by_hand: senders::by_hand(message),
        }
    }
}

/// How many recipients of a message are kept.
const MAX_RECIPIENTS: usize = 100;
/// How many characters of a subject are kept.
const MAX_SUBJECT: usize = 300;

/// Message-ID and content in one short hash: of the calendar all of it, since two objects may differ in the method or a
/// guest only. The folder and the transport headers do not take part: the copy in another folder is the same message.
fn key(message: &Message) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    };
    part(message.message_id.as_deref().unwrap_or(""));
    part(&message.date.map(|d| d.to_string()).unwrap_or_default());
    part(message.from.as_ref().and_then(|p| p.address.as_ref()).map_or("", |a| a.as_str()));
    part(&message.subject);
    part(&message.text.new);
    for person in message.to.iter().chain(&message.cc) {
        part(person.address.as_ref().map_or("", |a| a.as_str()));
    }
    for calendar in &message.calendars {
        part(calendar.method.as_deref().unwrap_or(""));
        for event in &calendar.events {
            part(&format!("{event:?}"));
        }
    }
    hex(&hash.finalize()[..12])
}
