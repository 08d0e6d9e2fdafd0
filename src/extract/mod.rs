//! What one message says: [`Message`] and [`Owner`] to [`Findings`], with the evidence for each conclusion.
//!
//! A message is read by itself. That an invitation was later moved or called off is the business of
//! [`crate::interview`], which looks at all findings together.

pub mod agenda;
pub mod aside;
pub mod contact;
pub mod cues;
pub mod display;
pub mod employer;
mod house;
pub mod itip;
mod kanji;
mod legal;
pub mod lexicon;
pub mod medium;
pub mod names;
pub mod note;
pub mod numbers;
mod origin;
mod partners;
pub mod passage;
pub mod people;
mod position;
pub mod posting;
mod prose;
mod roster;
pub mod senders;
pub mod side;
mod spelled;
pub mod times;
pub mod title;
pub mod titles;
pub mod told;
pub mod turn;
pub mod verdict;
pub mod words;
mod work;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::{Owner, Person};
use crate::folder::Role;
use crate::message::Message;

pub use aside::{Aside, House};
pub use itip::Object;
pub use lexicon::Lexicon;
pub use numbers::Number;
pub use origin::Origin;
pub use passage::Passage;
pub use titles::Titled;
pub use turn::{Choice, Turn};
pub use words::quote;

/// Raised whenever the rules read the same message differently: the store then reads the window again.
pub const RULES: u32 = 5;

/// What a message is, on the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It establishes, confirms or changes a definite interview of the owner as candidate.
    Scheduled,
    /// It calls a definite interview off.
    Cancelled,
    /// It offers times or holds a day; nothing definite yet.
    Proposed,
    /// Everything else.
    #[default]
    None,
}

/// How the interview is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// By telephone.
    Phone,
    /// By video.
    Video,
    /// In person.
    Onsite,
}

/// One conversation, as a message gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Session {
    /// When it starts.
    pub start: Timestamp,
    /// When it ends, if that is known.
    pub end: Option<Timestamp>,
    /// Whom the owner will have talked with.
    pub interviewers: Vec<Person>,
}

/// What a conclusion rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was concluded: `verdict`, `company`, `sessions[0].start`.
    pub field: String,
    /// The conclusion.
    pub value: String,
    /// Where the words stand: `text/calendar SUMMARY`, `Subject`, `text`.
    pub source: String,
    /// The words.
    pub quote: String,
}

/// Everything one message says. No bodies: only what was concluded, and the words it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a finding of its own")]
pub struct Findings {
    /// Which message.
    pub origin: Origin,
    /// What it is.
    pub verdict: Verdict,
    /// The sessions it schedules or calls off.
    pub sessions: Vec<Session>,
    /// The company, as the message calls it, without its legal form.
    pub company: Option<String>,
    /// The position.
    pub role: Option<String>,
    /// How it is held.
    pub medium: Option<Medium>,
    /// Who arranges it.
    pub contact: Option<Person>,
    /// The words that all this rests on.
    pub evidence: Vec<Evidence>,
    /// The language it is written in, as its words of an interview show: `en`, `de`.
    pub language: String,
    /// Whether it calls the owner by the first name: then its writer may be addressed so too.
    pub first_names: bool,
    /// Whether it thanks for a conversation that was held.
    #[serde(default)]
    pub thanks: bool,
    /// Every calendar object that matters to the fold, whatever the verdict.
    pub objects: Vec<Object>,
    /// Everybody whom it names together with an address.
    #[serde(default)]
    pub people: Vec<Person>,
    /// What it does to what was said before.
    #[serde(default)]
    pub turn: Turn,
    /// What it says of an interview without showing one by itself.
    #[serde(default)]
    pub aside: Aside,
    /// Companies' names that spell the domain of somebody in it.
    #[serde(default)]
    pub houses: Vec<House>,
    /// What the owner reminds himself of in it.
    #[serde(default)]
    pub note: Option<String>,
    /// What the people of it are called.
    #[serde(default)]
    pub titles: Vec<Titled>,
    /// What the position asks for: duties, skills and technologies, as short phrases.
    #[serde(default)]
    pub asks: Vec<String>,
    /// What is shown on site, as short phrases.
    #[serde(default)]
    pub tours: Vec<String>,
    /// Whether it says that a conversation ended early.
    #[serde(default)]
    pub cut_short: bool,
    /// Telephone numbers of those who talk with the owner.
    #[serde(default)]
    pub numbers: Vec<Number>,
    /// Whether it is about an application of the owner's, whatever the verdict: also what turns it down.
    #[serde(default)]
    pub own: bool,
}

impl Findings {
    /// For an explanation: which message.
    pub fn name(&self) -> String {
        match &self.origin.message_id {
            Some(id) => format!("<{id}>"),
            None => format!("a message of {}", self.origin.date),
        }
    }

    /// Whether they are worth keeping: they speak of an interview or an application, carry a
    /// calendar object, or are correspondence by hand.
    pub fn say_something(&self) -> bool {
        self.verdict != Verdict::None
            || !self.objects.is_empty()
            || self.origin.by_owner
            || self.origin.by_hand
            || self.own
    }
}

/// Where a message was found: what the message itself does not tell.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The account.
    pub account: &'a str,
    /// The folder.
    pub role: Role,
    /// When it came there.
    pub arrived: Timestamp,
}

/// Reads what a message says.
pub fn read(message: &Message, place: &Place<'_>, owner: &Owner, lexicon: &Lexicon) -> Findings {
    let mut findings = judged(message, place, owner, lexicon);
    if findings.say_something() {
        findings.houses = spelled::houses(message, owner);
        work::tell(&mut findings, message, &passages(message, lexicon), lexicon);
    }
    findings
}

/// What it schedules, calls off or offers: by its calendar objects, else in words.
fn judged(message: &Message, place: &Place<'_>, owner: &Owner, lexicon: &Lexicon) -> Findings {
    let origin = Origin::of(message, place, owner);
    let whole = with_forwarded(message);
    let message = whole.as_ref();
    let mut passages = passages(message, lexicon);
    let mut evidence = Vec::new();
    let employer = employer_of(message, &passages, owner, lexicon, &mut evidence);
    let role = employer.role.iter().filter(|role| posting::has_noun(role, lexicon));
    for name in employer.company.iter().chain(&employer.called).chain(role) {
        for passage in &mut passages {
            passage.mask(name);
        }
    }
    let circle =
        people::Circle::new(message, &passages, owner, employer.company.as_deref(), lexicon);
    let objects = itip::objects(message, &circle, owner, lexicon);
    let agenda = itip::only(message)
        .map_or_else(Vec::new, |event| agenda::sessions(message, event, &circle, owner, lexicon));
    let mut ruling = verdict::judge(
        message,
        &objects,
        &passages,
        &circle,
        &employer,
        owner,
        lexicon,
        &mut evidence,
    );
    // A day that is only held, and laid out in the text, is settled.
    if ruling.verdict == Verdict::Proposed
        && !agenda.is_empty()
        && objects.iter().all(|o| o.all_day)
    {
        ruling.verdict = Verdict::Scheduled;
        evidence.retain(|e| e.field != "verdict");
    }
    let verdict = ruling.verdict;
    let findings = Findings {
        origin,
        verdict,
        sessions: Vec::new(),
        company: None,
        role: None,
        medium: None,
        contact: None,
        evidence,
        language: lexicon.language(passages.iter().flat_map(|p| &p.hits)),
        first_names: people::calls_by_first_name(&passages, owner),
        thanks: thanks(&passages),
        objects: objects
            .into_iter()
            .map(|o| Object { interview: verdict != Verdict::None, ..o })
            .collect(),
        people: people::named_with_address(message, owner, lexicon),
        turn: Turn::default(),
        aside: Aside::default(),
        houses: Vec::new(),
        note: note::read(message, owner),
        titles: Vec::new(),
        asks: Vec::new(),
        tours: Vec::new(),
        cut_short: false,
        numbers: Vec::new(),
        own: verdict != Verdict::None,
    };
    if message.calendars.iter().all(|c| c.events.is_empty()) {
        return in_words(message, &passages, owner, lexicon, employer, findings);
    }
    in_objects(message, &passages, lexicon, employer, &circle, (ruling, agenda), findings)
}

/// What a mail with a calendar object says, by how it was judged and the sessions that its text lays out.
fn in_objects(
    message: &Message,
    passages: &[Passage],
    lexicon: &Lexicon,
    employer: employer::Employer,
    circle: &people::Circle<'_>,
    (ruling, agenda): (verdict::Ruling, Vec<Session>),
    mut findings: Findings,
) -> Findings {
    let verdict = findings.verdict;
    let reason = ruling.reason.as_deref();
    // What comes after an interview is about the owner's own application, too.
    let offered = reason == Some("an offer");
    let own = offered || matches!(reason, Some("a first day" | "a check of the background"));
    findings.own |= own;
    if verdict == Verdict::None && !own {
        findings.evidence.retain(|e| e.field == "verdict");
        return findings;
    }
    findings.company = employer.company;
    let named = |role: &String| posting::has_noun(role, lexicon) && words::capital(role);
    let certain = |role: &String| verdict != Verdict::None || named(role);
    findings.role = employer.role.filter(certain);
    if verdict == Verdict::None && !offered {
        return findings;
    }
    findings.medium = medium::find(message, passages, &mut findings.evidence);
    let asks = match verdict {
        Verdict::Scheduled => Some(itip::Method::Request),
        Verdict::Cancelled => Some(itip::Method::Cancel),
        _ => None,
    };
    if let Some(asks) = asks {
        findings.sessions = if agenda.is_empty() {
            itip::sessions(&findings.objects, asks, &mut findings.evidence)
        } else {
            itip::laid_out(agenda, &mut findings.evidence)
        };
    }
    if let [only] = findings.sessions.as_mut_slice() {
        only.end = only
            .end
            .or_else(|| agenda::stated_end(only.start, passages, lexicon, &mut findings.evidence));
    }
    let interviewers: Vec<Person> =
        findings.objects.iter().flat_map(|o| o.interviewers.clone()).collect();
    findings.contact = circle.contact(&interviewers, &mut findings.evidence);
    findings
}

/// The company and the position, by the rules for titles and, where they find no certain one, those for plain words.
fn employer_of(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
    lexicon: &Lexicon,
    evidence: &mut Vec<Evidence>,
) -> employer::Employer {
    let mut employer = employer::find(message, passages, owner, lexicon, evidence);
    let sure = employer.role.as_ref().is_some_and(|role| posting::has_noun(role, lexicon));
    if !sure && let Some(role) = prose::role(message, lexicon, evidence) {
        employer.named.1 = true;
        employer.role = Some(role);
    }
    // "Phone interview Mirela K." names the candidate.
    employer.role.take_if(|role| side::is_owners_name(role, owner));
    employer
}

/// Whether the running text thanks for a conversation. A subject may be that of a mail that is only answered.
fn thanks(passages: &[Passage]) -> bool {
    let texts = passages.iter().filter(|p| p.source == "text");
    texts.flat_map(|p| &p.hits).any(|hit| hit.list == lexicon::List::Thanks)
}

/// What a mail without a calendar object says.
fn in_words(
    message: &Message,
    passages: &[Passage],
    owner: &Owner,
    lexicon: &Lexicon,
    employer: employer::Employer,
    mut findings: Findings,
) -> Findings {
    let sent = findings.origin.date;
    let mail = prose::Mail {
        message,
        passages,
        owner,
        lexicon,
        company: employer.company.as_deref(),
        sent,
    };
    let spoken = prose::read(&mail);
    findings.verdict = spoken.verdict;
    findings.turn = spoken.turn;
    findings.own = spoken.own || spoken.rejects || spoken.verdict != Verdict::None;
    findings.aside = spoken.aside;
    if spoken.verdict == Verdict::None && !spoken.own {
        findings.evidence = spoken.evidence;
        return findings;
    }
    findings.evidence.retain(|e| e.field != "verdict");
    findings.evidence.splice(0..0, spoken.evidence);
    findings.sessions = spoken.sessions;
    let writers = if spoken.agency { None } else { employer.company };
    findings.company = spoken.company.or(writers);
    findings.role = spoken.role;
    let met: Vec<Person> = findings.sessions.iter().flat_map(|s| s.interviewers.clone()).collect();
    let circle =
        people::Circle::new(message, passages, owner, findings.company.as_deref(), lexicon);
    findings.contact = circle.contact(&met, &mut findings.evidence);
    if spoken.verdict != Verdict::None {
        let said = medium::find(message, passages, &mut findings.evidence);
        findings.medium = said.or(spoken.medium);
    }
    findings
}

/// The message together with those that it forwards, where it has no calendar of its own and they have one.
fn with_forwarded(message: &Message) -> Cow<'_, Message> {
    let inner = message.forwarded.iter().find(|m| !m.calendars.is_empty());
    let Some(inner) = inner.filter(|_| message.calendars.is_empty()) else {
        return Cow::Borrowed(message);
    };
    let mut whole = message.clone();
    whole.calendars.clone_from(&inner.calendars);
    whole.text.new = format!("{}\n\n{}", message.text.new, inner.text.new);
    // Whom it was sent to first says whose it is.
    whole.to.clone_from(&inner.to);
    whole.cc.clone_from(&inner.cc);
    whole.delivered_to.clear();
    Cow::Owned(whole)
}

/// What was written, title first.
fn passages(message: &Message, lexicon: &Lexicon) -> Vec<Passage> {
    let mut out = vec![Passage::new("Subject", &message.subject, true, lexicon)];
    for event in message.calendars.iter().flat_map(|c| &c.events) {
        out.push(Passage::new("text/calendar SUMMARY", &event.summary, true, lexicon));
    }
    for event in message.calendars.iter().flat_map(|c| &c.events) {
        if !event.description.is_empty() {
            out.push(Passage::new("text/calendar DESCRIPTION", &event.description, false, lexicon));
        }
    }
    out.push(Passage::new("text", &message.text.new, false, lexicon));
    if !message.text.signature.is_empty() {
        out.push(Passage::new("signature", &message.text.signature, false, lexicon));
    }
    out
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
