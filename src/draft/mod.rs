//! A [`FollowUp`] to a letter, and the letter to RFC 5322 bytes.

pub mod examples;
pub mod facts;
pub mod fit;
pub mod letter;
pub mod name;
pub mod part;
pub mod proofread;
pub mod spelling;
pub mod templates;
mod words;

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest, Sha256};

use crate::address::{EmailAddress, Owner, Person};
use crate::extract::{Findings, hex};
use crate::follow_up::FollowUp;
use crate::ledger::Kind;

pub use facts::{Facts, Matter};
pub use fit::{Profile, Strength};
pub use letter::{Letter, Letters};
pub use spelling::Speller;
pub use templates::Refused;

/// A letter that is ready to be saved.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// The one recipient.
    pub to: Person,
    /// Subject.
    pub subject: String,
    /// The text, one paragraph a line.
    pub body: String,
    /// Message-ID of the mail that it answers, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Whether it carries the star, since the owner should look at something first.
    pub flagged: bool,
    /// Why it exists and is what it is, one line each.
    pub because: Vec<String>,
    /// The message.
    pub bytes: Vec<u8>,
}

/// Why a letter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template failed.
    #[error("{0}")]
    Template(Refused),
    /// The letter would not be fit to send.
    #[error("the letter to {to} is not fit to send: {reason}")]
    Unfit {
        /// The recipient.
        to: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An address that cannot stand in a header field.
    #[error("`{0}` cannot be written into a header field")]
    Address(String),
    /// The message could not be built.
    #[error("the letter could not be put into RFC 5322 form: {0}")]
    Build(String),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Template(refused)
    }
}

/// The Message-ID of the letter that a follow-up asks for: the same for the same person, session, kind and revision, and
/// nothing in it that names this program.
pub fn message_id(follow_up: &FollowUp, owner: &Owner) -> String {
    let mut hash = Sha256::new();
    let start = follow_up.start().to_string();
    let revision = follow_up.revision.to_string();
    let (person, kind) = match follow_up.kind {
        // Scripts all go to the owner.
        Kind::Call => (follow_up.person.name.clone().unwrap_or_default(), "call"),
        Kind::CheckInAgain => (follow_up.address.key(), "check-in-again"),
        kind => (follow_up.address.key(), kind.as_str()),
    };
    for part in [person.as_str(), &start, kind, &revision] {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    let domain = sender(follow_up, owner)
        .and_then(|a| ascii_domain(a.domain()))
        .unwrap_or_else(|| "localhost".to_owned());
    format!("{}@{domain}", hex(&hash.finalize()[..16]))
}

/// From whom: the owner's address that was invited, else the first one.
fn sender<'a>(follow_up: &'a FollowUp, owner: &'a Owner) -> Option<&'a EmailAddress> {
    follow_up.interview.invited_as.as_ref().or_else(|| owner.addresses.first())
}

/// The longest display name, in characters: what is longer is left out.
const MAX_DISPLAY: usize = 320;

/// A letter, before it is put into RFC 5322 form.
#[derive(Clone, Debug)]
pub struct Written {
    /// To whom: with the name as it may stand in a header field.
    pub to: Person,
    /// Its text.
    pub letter: Letter,
    /// What the owner should look at first: reasons for the star.
    pub doubts: Vec<String>,
}

/// Writes a letter of a kind (`thanks`, `pass-on`, `check-in`, `call`) in the language of the conversation.
pub fn write(
    follow_up: &FollowUp,
    kind: &str,
    owner: &Owner,
    letters: &Letters,
    matter: &Matter<'_>,
) -> Result<Written, Error> {
    let wanted = follow_up.interview.language.as_str();
    let language = letters.language(wanted);
    let facts = Facts::new(follow_up, owner, &letters.profile(language), matter, language);
    let letter = letters.write(kind, language, &facts)?;
    if let Some(reason) = proofread::unfit(&letter) {
        return Err(Error::Unfit { to: follow_up.address.to_string(), reason });
    }
    let mut doubts = follow_up.doubts.clone();
    if language != wanted {
        doubts.push(format!("the conversation is in `{wanted}`, the letter in English"));
    }
    doubts.extend(proofread::findings(&letter, kind, &facts));
    doubts.extend(letters.misspellings(&letter, language, &facts));
    let own = owner.has(&follow_up.address);
    let own_name = || Some(owner.name.clone());
    let theirs = || facts::plain(follow_up.person.name.as_deref()?, MAX_DISPLAY);
    let name = if own { own_name() } else { theirs() };
    let to = Person { name, address: Some(follow_up.address.clone()) };
    Ok(Written { to, letter, doubts })
}

/// Makes the draft of a follow-up; `now` becomes its Date.
pub fn compose(
    follow_up: &FollowUp,
    owner: &Owner,
    letters: &Letters,
    matter: &Matter<'_>,
    now: Timestamp,
) -> Result<Draft, Error> {
    let Written { to, letter, doubts } =
        write(follow_up, follow_up.kind.as_str(), owner, letters, matter)?;
    let answers = matter.answers;
    let letter = match answers {
        // In a thread of the owner's own the subject is that of the thread.
        Some(answered) if follow_up.kind.is_check_in() => {
            Letter { subject: reply_subject(answered).unwrap_or(letter.subject), ..letter }
        }
        _ => letter,
    };
    let message_id = message_id(follow_up, owner);
    let from = sender(follow_up, owner).ok_or_else(|| Error::Address(owner.name.clone()))?;
    let answered = answers.and_then(|f| f.origin.message_id.clone()).filter(|id| is_message_id(id));
    let mut builder = Message::builder()
        .from(mailbox(Some(&owner.name), from)?)
        .to(mailbox(to.name.as_deref(), &follow_up.address)?)
        .subject(letter.subject.clone())
        .date(SystemTime::from(now))
        .message_id(Some(format!("<{message_id}>")));
    if let Some(id) = &answered {
        builder = builder.in_reply_to(format!("<{id}>")).references(references(answers, id));
    }
    let message = builder.singlepart(
        SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.replace('\n', "\r\n")),
    );
    let message = message.map_err(|e| Error::Build(e.to_string()))?;
    Ok(Draft {
        message_id,
        to,
        subject: letter.subject,
        body: letter.body,
        in_reply_to: answered,
        flagged: !doubts.is_empty(),
        because: because(follow_up, &doubts),
        bytes: message.formatted(),
    })
}

/// Why: the sessions and what they rest on, then the doubts.
fn because(follow_up: &FollowUp, doubts: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for session in &follow_up.sessions {
        out.push(format!("talked with the owner from {} to {}", session.start, session.over()));
        out.extend(session.because.iter().cloned());
    }
    out.extend(doubts.iter().map(|d| format!("starred: {d}")));
    out
}

/// The subject of a reply (RFC 5322 section 3.6.5).
fn reply_subject(answered: &Findings) -> Option<String> {
    let subject = facts::plain(&answered.origin.subject, MAX_DISPLAY)?;
    let bare = |s: &str| s.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("re:"));
    Some(if bare(&subject) { subject } else { format!("Re: {subject}") })
}

/// References of a reply (RFC 5322 section 3.6.4): those of the answered mail, and its own id, at most 20 of them.
fn references(answers: Option<&Findings>, id: &str) -> String {
    let earlier = answers.map(|f| f.origin.references.as_slice()).unwrap_or_default();
    let mut ids: Vec<&str> = Vec::new();
    for one in earlier.iter().map(String::as_str).filter(|i| is_message_id(i)).chain([id]) {
        ids.retain(|known| *known != one);
        ids.push(one);
    }
    let skip = ids.len().saturating_sub(20);
    ids[skip..].iter().map(|i| format!("<{i}>")).collect::<Vec<_>>().join(" ")
}

/// A Message-ID that can stand in a header field of ours: ASCII without spaces, controls and brackets, of a sane length.
fn is_message_id(id: &str) -> bool {
    id.matches('@').count() == 1
        && id.len() <= 400
        && id.chars().all(|c| c.is_ascii_graphic() && c != '<' && c != '>')
}

fn mailbox(name: Option<&str>, address: &EmailAddress) -> Result<Mailbox, Error> {
    let bad = || Error::Address(address.to_string());
    let domain = ascii_domain(address.domain()).ok_or_else(bad)?;
    let address = Address::new(address.local(), domain).map_err(|_| bad())?;
    Ok(Mailbox::new(name.map(one_line).filter(|n| !n.is_empty()), address))
}

/// An international domain in its ASCII form (RFC 5891).
fn ascii_domain(domain: &str) -> Option<String> {
    idna::domain_to_ascii(domain).ok().filter(|d| !d.is_empty())
}

/// A name without anything that could begin a header field.
fn one_line(name: &str) -> String {
    name.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
