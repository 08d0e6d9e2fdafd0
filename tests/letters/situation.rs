//! A situation in a file, and the letters that it gets.
//!
//! ```toml
//! [owner]             # name, phone, zone
//! [profile]           # summary, strengths
//! [interview]         # company, role, medium, language, first_names, contact, sessions = [{ start, end, with, subject }]
//! [[mail]]            # from, subject, text, days_before: what the messages of the process say
//! [letter]            # kind, style, to (an address), notes, and what else decides
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use afterword::address::{EmailAddress, Owner, Person};
use afterword::draft::{self, Letters, Matter, Profile, Strength};
use afterword::extract::{self, Findings, Lexicon, Medium, Place};
use afterword::folder::Role;
use afterword::follow_up::FollowUp;
use afterword::interview::note::Forgotten;
use afterword::interview::{Interview, Meeting, Session, Standing};
use afterword::ledger::Kind;
use afterword::message::Message;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use serde::Deserialize;

/// What is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    /// What is shown by it.
    pub shows: String,
    pub owner: Own,
    #[serde(default)]
    pub profile: Strong,
    pub interview: Held,
    #[serde(default)]
    pub mail: Vec<Mail>,
    #[serde(default)]
    pub letter: Wanted,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    pub name: String,
    pub phone: Option<String>,
    #[serde(default = "new_york")]
    pub zone: String,
}

fn new_york() -> String {
    "America/New_York".to_owned()
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Strong {
    pub summary: Option<String>,
    pub strengths: Vec<Talent>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talent {
    pub skill: String,
    pub keywords: Vec<String>,
    pub sentence: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    pub company: Option<String>,
    pub role: Option<String>,
    pub medium: Option<Medium>,
    #[serde(default = "english")]
    pub language: String,
    #[serde(default)]
    pub first_names: bool,
    pub contact: Option<String>,
    pub sessions: Vec<Conversation>,
    /// How many interviews there were before, and whom the owner met there.
    #[serde(default)]
    pub earlier: Vec<Vec<String>>,
}

fn english() -> String {
    "en".to_owned()
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    /// A local date and time in the owner's zone.
    pub start: civil::DateTime,
    #[serde(default = "hour")]
    pub minutes: i64,
    /// `Name <address>`, or a name alone.
    pub with: Vec<String>,
    pub subject: Option<String>,
    /// When it was to be before it was moved.
    pub before: Option<civil::DateTime>,
}

fn hour() -> i64 {
    60
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub from: String,
    #[serde(default)]
    pub subject: String,
    pub text: String,
    #[serde(default)]
    pub attached: Option<String>,
    /// After the interview's start instead of before it.
    #[serde(default)]
    pub afterwards: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// `thanks` where nothing is said.
    pub kind: Option<String>,
    pub style: Option<String>,
    /// One address; all interviewers where nothing is said.
    pub to: Option<String>,
    pub notes: Vec<String>,
    pub reminder: usize,
    pub number: Option<String>,
}

/// `Name <address>`.
fn person(text: &str) -> Person {
    match text.split_once('<') {
        Some((name, address)) => Person {
            name: Some(name.trim().to_owned()).filter(|n| !n.is_empty()),
            address: EmailAddress::parse(address),
        },
        None => Person { name: Some(text.to_owned()), address: None },
    }
}

impl Situation {
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub fn own(&self) -> Owner {
        Owner {
            name: self.owner.name.clone(),
            addresses: vec![EmailAddress::parse("owner@example.org").unwrap()],
            time_zone: TimeZone::get(&self.owner.zone).unwrap(),
            phone: self.owner.phone.clone(),
        }
    }

    pub fn strong(&self) -> Profile {
        let strengths = self.profile.strengths.iter().map(|s| Strength {
            skill: s.skill.clone(),
            keywords: s.keywords.clone(),
            sentence: s.sentence.clone(),
        });
        Profile { summary: self.profile.summary.clone(), strengths: strengths.collect() }
    }

    pub fn interview(&self) -> Interview {
        let zone = self.own().time_zone;
        let at = |t: civil::DateTime| t.to_zoned(zone.clone()).unwrap().timestamp();
        let sessions = self.interview.sessions.iter().enumerate().map(|(n, s)| Session {
            uid: format!("{n}@example"),
            recurrence_id: None,
            also: Vec::new(),
            start: at(s.start),
            end: Some(at(s.start) + SignedDuration::from_mins(s.minutes)),
            interviewers: s.with.iter().map(|w| person(w)).collect(),
            standing: Standing::Stands,
            doubts: Vec::new(),
            because: Vec::new(),
            told: Timestamp::UNIX_EPOCH,
            sent: Timestamp::UNIX_EPOCH,
            threads: Vec::new(),
        });
        let earlier = self.interview.earlier.iter().map(|people| Meeting {
            interview: "earlier".to_owned(),
            over: Timestamp::UNIX_EPOCH,
            people: people.iter().map(|p| person(p)).collect(),
        });
        let notes = self.letter.notes.iter().map(|text| Forgotten {
            at: Timestamp::UNIX_EPOCH,
            text: text.clone(),
            source: "the owner".to_owned(),
        });
        Interview {
            id: self.shows.clone(),
            ids: Vec::new(),
            company: self.interview.company.clone(),
            role: self.interview.role.clone(),
            medium: self.interview.medium,
            contact: self.interview.contact.as_deref().map(person),
            sessions: sessions.collect(),
            account: "home".to_owned(),
            invited_as: None,
            language: self.interview.language.clone(),
            first_names: self.interview.first_names,
            earlier: earlier.collect(),
            messages: Vec::new(),
            members: Vec::new(),
            notes: notes.collect(),
            numbers: Vec::new(),
        }
    }

    /// The messages of the process: a calendar object for each session, and the mails.
    pub fn findings(&self) -> Vec<Findings> {
        let interview = self.interview();
        let owner = self.own();
        let lexicon = Lexicon::embedded();
        let start = interview.sessions[0].start;
        let read = |text: String, arrived: Timestamp| {
            let message = Message::parse(text.as_bytes(), &owner.time_zone);
            let place = Place { account: "home", role: Role::Inbox, arrived };
            extract::read(&message, &place, &owner, &lexicon)
        };
        let mut out = Vec::new();
        for (session, told) in interview.sessions.iter().zip(&self.interview.sessions) {
            let before =
                told.before.map(|b| b.to_zoned(owner.time_zone.clone()).unwrap().timestamp());
            for (sequence, begins) in before.into_iter().chain([session.start]).enumerate() {
                let stamp = begins.strftime("%Y%m%dT%H%M%SZ");
                let summary = told.subject.as_deref().unwrap_or("Interview");
                let mut guests = String::new();
                for who in session.interviewers.iter().filter(|p| p.address.is_some()) {
                    let name = who.name.as_deref().unwrap_or("");
                    write!(
                        guests,
                        "ATTENDEE;CN=\"{name}\":mailto:{}\r\n",
                        who.address.as_ref().unwrap()
                    )
                    .unwrap();
                }
                let text = format!(
                    "From: office@company.example\r\nTo: owner@example.org\r\nSubject: Interview\r\n\
                     Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n\
                     UID:{}\r\nSEQUENCE:{sequence}\r\nDTSTART:{stamp}\r\nSUMMARY:{summary}\r\n{guests}END:VEVENT\r\nEND:VCALENDAR\r\n",
                    session.uid
                );
                out.push(read(text, start - SignedDuration::from_hours(48)));
            }
        }
        for mail in &self.mail {
            let hours = SignedDuration::from_hours(if mail.afterwards { -2 } else { 72 });
            let date = start - hours;
            let body = mail.text.trim();
            let (kind, body) = match &mail.attached {
                None => ("text/plain; charset=utf-8".to_owned(), body.to_owned()),
                Some(attached) => (
                    "multipart/mixed; boundary=b".to_owned(),
                    format!(
                        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
                         Content-Disposition: attachment; filename=position.txt\r\n\r\n{attached}\r\n--b--\r\n"
                    ),
                ),
            };
            let text = format!(
                "From: {}\r\nTo: owner@example.org\r\nSubject: {}\r\nDate: {}\r\nContent-Type: {kind}\r\n\r\n{body}\r\n",
                mail.from,
                mail.subject,
                date.strftime("%a, %d %b %Y %H:%M:%S +0000"),
            );
            out.push(read(text, date));
        }
        out
    }

    /// The follow-ups, one for each interviewer with an address, or for the contact.
    pub fn follow_ups(&self) -> Vec<FollowUp> {
        let interview = self.interview();
        let mut people: Vec<Person> = Vec::new();
        for one in interview.sessions.iter().flat_map(|s| &s.interviewers) {
            if one.address.is_some() && !people.contains(one) {
                people.push(one.clone());
            }
        }
        if self.kind() != "thanks" {
            people = interview.contact.clone().into_iter().chain(people).take(1).collect();
        }
        let absent = interview.sessions.iter().flat_map(|s| &s.interviewers);
        let absent: Vec<Person> = absent.filter(|p| p.address.is_none()).cloned().collect();
        let contact = interview.contact.clone();
        let follow_up = |(place, one): (usize, &Person)| {
            let asked = contact.as_ref().is_some_and(|c| c.address == one.address);
            let on_behalf = if asked { absent.clone() } else { Vec::new() };
            let with = |s: &&Session| s.interviewers.contains(one);
            let mut sessions: Vec<Session> =
                interview.sessions.iter().filter(with).cloned().collect();
            if sessions.is_empty() {
                sessions.clone_from(&interview.sessions);
            }
            FollowUp {
                kind: Kind::Thanks,
                interview: interview.clone(),
                person: one.clone(),
                address: one.address.clone().unwrap(),
                on_behalf,
                sessions,
                place,
                due: Timestamp::UNIX_EPOCH,
                doubts: Vec::new(),
                revision: 0,
                replaces: None,
            }
        };
        let wanted =
            |f: &FollowUp| self.letter.to.as_deref().is_none_or(|a| f.address.as_str() == a);
        people.iter().enumerate().map(follow_up).filter(wanted).collect()
    }

    fn kind(&self) -> &str {
        self.letter.kind.as_deref().unwrap_or("thanks")
    }

    /// The letters as a reader sees them; a star and its reasons where they have one.
    pub fn written(&self) -> String {
        let style = self.letter.style.as_deref().unwrap_or("plain");
        let (letters, refused) = Letters::new(&BTreeMap::new(), style, self.strong());
        assert!(refused.is_empty(), "{refused:?}");
        let findings = self.findings();
        let mut out = String::new();
        for follow_up in self.follow_ups() {
            let matter = Matter {
                answers: None,
                messages: findings.iter().collect(),
                reminder: self.letter.reminder,
                number: self.letter.number.clone(),
            };
            let written =
                draft::write(&follow_up, self.kind(), &self.own(), &letters, &matter).unwrap();
            let to = written.to.name.clone().unwrap_or_else(|| follow_up.address.to_string());
            let stars: String =
                written.doubts.iter().fold(String::new(), |out, d| out + "* " + d + "\n");
            write!(
                out,
                "To: {to}\nSubject: {}\n{stars}\n{}\n---\n",
                written.letter.subject, written.letter.body
            )
            .unwrap();
        }
        out
    }
}
