//! What a letter may know: [`Facts`], each of them stated by the mailbox or by the owner.
//!
//! Everything that a sender controls comes in here as plain, bounded text; a template gets nothing else.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::fit::{Fit, Profile};
use super::name::{self, Addressee};
use super::part::Part;
use crate::address::Owner;
use crate::extract::{Findings, Medium};
use crate::follow_up::FollowUp;
use crate::interview::Interview;

/// The longest company or position that a letter names, in characters.
const MAX_NAME: usize = 80;
/// How many notes of the owner go into a letter, and how long each may be, in characters.
const MAX_NOTES: usize = 10;
const MAX_NOTE: usize = 500;
/// How many names are asked to be thanked.
const MAX_NAMES: usize = 20;

/// All that is known besides the follow-up itself.
#[derive(Clone, Debug, Default)]
pub struct Matter<'a> {
    /// The newest mail that the person wrote by hand: what the letter answers.
    pub answers: Option<&'a Findings>,
    /// What the messages of the whole process say.
    pub messages: Vec<&'a Findings>,
    /// Which follow-up without an answer it is, from 1.
    pub reminder: usize,
    /// A telephone number of the person: for a script.
    pub number: Option<String>,
}

/// What a template knows. Unknown is none, never an empty text.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Facts {
    /// Who writes.
    pub owner: Writer,
    /// To whom.
    pub person: Addressee,
    /// Whether the conversation is on first names.
    pub informal: bool,
    /// The company, as the messages spell it.
    pub company: Option<String>,
    /// The position, likewise.
    pub role: Option<String>,
    /// `phone`, `video` or `onsite`.
    pub medium: Option<Medium>,
    /// The day of the conversation.
    pub day: Day,
    /// Titles and words of what was talked about with this person: for `phrase`.
    pub subjects: Vec<String>,
    /// Words of what was shown on site: for `phrase`.
    pub tours: Vec<String>,
    /// What this person is in the process.
    pub part: Option<Part>,
    /// Which interview with the company it is; 1 is the first.
    pub round: usize,
    /// Whether this person was met in an earlier one.
    pub met_before: bool,
    /// Whether the time had to be changed.
    pub moved: bool,
    /// Whether it ended early.
    pub cut_short: bool,
    /// Names of those whom this person is asked to thank.
    pub also_to_thank: Vec<String>,
    /// The owner's strengths that the position asks for, at most two.
    pub fit: Vec<Fit>,
    /// The owner's general sentence, in the one letter of a panel that has it.
    pub summary: Option<String>,
    /// What the owner forgot to say, each a sentence.
    pub notes: Vec<String>,
    /// The person's telephone number, for a script.
    pub number: Option<String>,
    /// Which follow-up without an answer it is: 1 or 2.
    pub reminder: usize,
    /// Decides between wordings, together with `place`.
    pub seed: usize,
    /// Which of the interviewers this is, from 0.
    pub place: usize,
}

/// The owner.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Writer {
    /// As it stands under the letter.
    pub name: String,
    /// A telephone number.
    pub phone: Option<String>,
}

/// A day as a letter names it, in the owner's zone.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Day {
    /// From 0, Monday.
    pub weekday: i8,
    /// Of the month, from 1.
    pub day: i8,
    /// From 1.
    pub month: i8,
    /// With all digits.
    pub year: i16,
    /// `morning`, `afternoon` or `evening`, where the day had several conversations and this person one of them.
    pub part: Option<&'static str>,
}

impl Day {
    fn of(start: &Zoned, with_part: bool) -> Self {
        let part = match start.hour() {
            0..12 => "morning",
            12..18 => "afternoon",
            _ => "evening",
        };
        Self {
            weekday: start.weekday().to_monday_zero_offset(),
            day: start.day(),
            month: start.month(),
            year: start.year(),
            part: with_part.then_some(part),
        }
    }
}

impl Facts {
    /// Puts together what the letter of a follow-up may say, in `language`.
    pub fn new(
        follow_up: &FollowUp,
        owner: &Owner,
        profile: &Profile,
        matter: &Matter<'_>,
        language: &str,
    ) -> Self {
        let interview = &follow_up.interview;
        let addressee = name::addressee(&follow_up.person, &matter.messages, owner);
        let titles = || matter.messages.iter().flat_map(|f| &f.titles);
        let asks: Vec<&str> =
            matter.messages.iter().flat_map(|f| &f.asks).map(String::as_str).collect();
        let panel = panel(interview).len();
        let dealt = profile.deal(&asks, language, follow_up.place, panel);
        let with = |f: &Findings| happened(f, follow_up);
        Self {
            owner: Writer { name: owner.name.clone(), phone: owner.phone.clone() },
            informal: interview.first_names,
            company: interview.company.as_deref().and_then(|c| plain(c, MAX_NAME)),
            role: interview.role.as_deref().and_then(position),
            medium: interview.medium,
            day: day(follow_up, &owner.time_zone),
            subjects: subjects(follow_up, &matter.messages),
            tours: matter.messages.iter().flat_map(|f| f.tours.clone()).collect(),
            part: Part::of(&addressee, titles()),
            round: 1 + interview.earlier.len(),
            met_before: met_before(follow_up),
            moved: moved(follow_up, &matter.messages),
            cut_short: matter.messages.iter().any(|f| f.cut_short && with(f)),
            also_to_thank: also_to_thank(follow_up),
            number: matter.number.as_deref().and_then(phone),
            fit: dealt.fit,
            summary: dealt.summary,
            notes: interview.notes.iter().take(MAX_NOTES).filter_map(|n| note(&n.text)).collect(),
            reminder: matter.reminder.max(1),
            seed: seed(&interview.id),
            place: follow_up.place,
            person: addressee,
        }
    }
}

/// A number that is the same for all letters of an interview.
fn seed(id: &str) -> usize {
    let hash = Sha256::digest(id.as_bytes());
    usize::from(u16::from_le_bytes([hash[0], hash[1]]))
}

/// A telephone number that is nothing else.
fn phone(text: &str) -> Option<String> {
    let fine = |c: char| c.is_ascii_digit() || " +-()./".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    ((5..=20).contains(&digits) && text.chars().all(fine)).then(|| text.trim().to_owned())
}

/// Text of a sender's as a letter may have it: one line, without controls, marks of templates, of HTML and of direction;
/// `None` where nothing is left or it is longer than `most` characters.
pub fn plain(text: &str, most: usize) -> Option<String> {
    let text = without(&without(&without(text, "{{", "}}"), "{%", "%}"), "<", ">");
    let visible = |c: char| {
        !matches!(c, '{' | '}' | '<' | '>' | '%' | '`' | '\u{fffd}' | '\u{ad}' | '\u{feff}')
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}')
    };
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| visible(*c))
        .collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !line.is_empty() && line.chars().count() <= most;
    (fits && line.chars().any(char::is_alphabetic) && !line.contains("://")).then_some(line)
}

/// A text without what stands between two marks, and the marks.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(open) {
        let Some((_, after)) = behind.split_once(close) else { break };
        out.push_str(before);
        out.push(' ');
        rest = after;
    }
    out + rest
}

/// A position without the marks that say that everybody may apply: "(m/w/d)", "(f/m/x)", "H/F".
fn position(role: &str) -> Option<String> {
    let is_mark = |word: &str| {
        let bare = word.trim_matches(['(', ')', '[', ']']);
        bare.contains(['/', '|'])
            && bare.len() <= 9
            && bare
                .split(['/', '|'])
                .all(|part| part.chars().count() == 1 || part == "gn" || part == "all")
    };
    let words: Vec<&str> = role.split_whitespace().filter(|w| !is_mark(w)).collect();
    plain(&words.join(" "), MAX_NAME)
}

/// A note as a sentence: with its full stop, which nobody types in a hurry.
fn note(text: &str) -> Option<String> {
    let line = plain(text, MAX_NOTE)?;
    let ended = line.ends_with(['.', '!', '?', '…', '"', '”', ')']);
    Some(if ended { line } else { line + "." })
}

/// The day of the last conversation with the person.
fn day(follow_up: &FollowUp, zone: &TimeZone) -> Day {
    let last = follow_up.sessions.iter().map(|s| s.start).max().unwrap_or_default();
    let one_of_several =
        follow_up.sessions.len() == 1 && follow_up.interview.standing().count() > 1;
    Day::of(&last.to_zoned(zone.clone()), one_of_several)
}

/// Everybody who talked with the owner in an interview, by address or name.
fn panel(interview: &Interview) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for person in interview.standing().flat_map(|s| &s.interviewers) {
        let key = person.address.as_ref().map(crate::address::EmailAddress::key);
        let Some(key) = key.or_else(|| person.name.clone()) else { continue };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// Titles of this person's sessions.
fn subjects(follow_up: &FollowUp, messages: &[&Findings]) -> Vec<String> {
    let uids: Vec<&str> = follow_up.sessions.iter().map(|s| s.uid.as_str()).collect();
    let objects = messages.iter().flat_map(|f| &f.objects);
    let mut out: Vec<String> = objects
        .filter(|o| uids.contains(&o.uid.as_str()) && !o.summary.is_empty())
        .map(|o| o.summary.clone())
        .collect();
    out.dedup();
    out
}

/// Whether a session of theirs stood at another time in an earlier invitation.
fn moved(follow_up: &FollowUp, messages: &[&Findings]) -> bool {
    follow_up.sessions.iter().any(|session| {
        let mut versions =
            messages.iter().flat_map(|f| &f.objects).filter(|o| o.uid == session.uid);
        versions.any(|o| o.start.is_some_and(|start| start != session.start) && !o.recurring)
    })
}

/// Whether a message came after the conversation began: one that tells how it went.
fn happened(findings: &Findings, follow_up: &FollowUp) -> bool {
    findings.origin.date >= follow_up.start()
}

fn met_before(follow_up: &FollowUp) -> bool {
    let earlier = follow_up.interview.earlier.iter().flat_map(|m| &m.people);
    earlier.into_iter().any(|p| p.address.as_ref() == Some(&follow_up.address))
}

/// Names of those whom the reader is asked to thank.
fn also_to_thank(follow_up: &FollowUp) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in follow_up.on_behalf.iter().filter_map(|p| name::possible(p.name.as_deref()?)) {
        if !names.contains(&name) && names.len() < MAX_NAMES {
            names.push(name);
        }
    }
    names
}
