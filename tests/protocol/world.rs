//! Invitations as mail, and a mailbox that carries out the engine's actions and can be told to fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use afterword::address::{EmailAddress, Owner};
use afterword::draft::{Letters, Profile};
use afterword::engine::{Action, Engine, Input, Setup};
use afterword::extract::{Findings, Lexicon};
use afterword::folder::{Delivery, Draft, Drafts, Outcome, Position, Role};
use afterword::follow_up::Policy;
use afterword::ledger::{Entry, Ledger, State};
use afterword::message::Message;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A moment: minutes after noon (UTC) of the day of the interview.
pub fn at(minutes: i64) -> Timestamp {
    "2026-03-05T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

/// A VEVENT and the mail around it.
#[derive(Clone, Debug)]
pub struct Mail {
    pub uid: &'static str,
    pub method: &'static str,
    pub sequence: u32,
    /// DTSTAMP, in minutes as [`at`].
    pub stamp: i64,
    /// Start and end, in minutes as [`at`].
    pub time: (i64, i64),
    pub organizer: &'static str,
    pub from: &'static str,
    /// Guests besides the owner: local parts at `acme.example`.
    pub guests: Vec<&'static str>,
    /// Whether the owner is among the attendees, and as what.
    pub owner: Option<&'static str>,
}

/// An interview from noon to one, with Jane, sent the day before.
pub fn request() -> Mail {
    Mail {
        uid: "one@acme",
        method: "REQUEST",
        sequence: 0,
        stamp: -1440,
        time: (0, 60),
        organizer: "pat@acme.example",
        from: "pat@acme.example",
        guests: vec!["jane"],
        owner: Some("NEEDS-ACTION"),
    }
}

impl Mail {
    pub fn bytes(&self) -> Vec<u8> {
        let stamp = |minutes: i64| at(minutes).strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut attendees = String::new();
        for guest in &self.guests {
            write!(attendees, "ATTENDEE;CN={guest} Doerr:mailto:{guest}@acme.example\r\n").unwrap();
        }
        if let Some(partstat) = self.owner {
            write!(attendees, "ATTENDEE;PARTSTAT={partstat}:mailto:alex@example.org\r\n").unwrap();
        }
        let date = at(self.stamp).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let Self { uid, method, sequence, organizer, from, .. } = self;
        let to = if *from == "alex@example.org" { organizer } else { "alex@example.org" };
        format!(
            "Date: {date}\r\nFrom: {from}\r\nTo: {to}\r\nSubject: Interview: Backend Engineer at Acme\r\n\
             Message-ID: <{uid}.{method}.{sequence}.{}.{from}>\r\nContent-Type: text/calendar; method={method}\r\n\r\n\
             BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nSEQUENCE:{sequence}\r\nDTSTAMP:{}\r\n\
             DTSTART:{}\r\nDTEND:{}\r\nSUMMARY:Interview: Backend Engineer at Acme\r\nORGANIZER:mailto:{organizer}\r\n{attendees}\
             END:VEVENT\r\nEND:VCALENDAR\r\n",
            self.stamp,
            stamp(self.stamp),
            stamp(self.time.0),
            stamp(self.time.1)
        )
        .into_bytes()
    }
}

/// A plain mail of the owner's.
pub fn letter(to: &str, minutes: i64) -> Vec<u8> {
    let date = at(minutes).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    format!("Date: {date}\r\nFrom: alex@example.org\r\nTo: {to}\r\nSubject: Thank you\r\nMessage-ID: <own{minutes}@example.org>\r\n\r\nThank you!\r\n")
        .into_bytes()
}

pub fn setup() -> Setup {
    Setup {
        owner: Owner {
            name: "Alex Rivera".to_owned(),
            addresses: vec![EmailAddress::parse("alex@example.org").unwrap()],
            time_zone: TimeZone::UTC,
            phone: None,
        },
        policy: Policy {
            after: SignedDuration::from_mins(15),
            window: SignedDuration::from_hours(48),
            check_in: false,
        },
        lexicon: Lexicon::embedded(),
        letters: Letters::new(&BTreeMap::new(), "plain", Profile::default()).0,
        accounts: vec!["home".to_owned(), "work".to_owned()],
    }
}

/// How the server treats the next APPEND.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Append {
    Works,
    /// It says NO.
    Refused,
    /// The connection ends before anything is stored.
    CutBefore,
    /// It is stored, and the connection ends before the answer.
    CutAfter,
}

/// One account's mailbox and the engine that looks after it, with what the engine stored.
pub struct World {
    pub engine: Engine,
    setup: Arc<Setup>,
    findings: BTreeMap<String, Findings>,
    ledger: BTreeMap<String, Entry>,
    pub drafts: Vec<Draft>,
    pub trash: Vec<String>,
    pub append: Append,
    /// What a cut APPEND left on its way: the server may yet store it.
    pub late: Vec<Draft>,
    /// The bytes of every letter that was handed to the server.
    pub letters: Vec<Vec<u8>>,
    /// After so many more actions the power fails.
    pub power: Option<usize>,
    next_uid: u32,
    /// When the last catch-up on this connection began.
    since: Option<Timestamp>,
    /// How many minutes pass before a look into the bin is answered.
    pub sleep: i64,
    /// What was told in the log.
    pub told: Vec<String>,
    /// Every action, in short, for a test that looks at their order.
    pub log: Vec<String>,
}

impl World {
    pub fn new() -> Self {
        Self::with(setup())
    }

    pub fn with(setup: Setup) -> Self {
        let setup = Arc::new(setup);
        Self {
            engine: Engine::new(Arc::clone(&setup), BTreeMap::new(), Ledger::default()),
            setup,
            findings: BTreeMap::new(),
            ledger: BTreeMap::new(),
            drafts: Vec::new(),
            trash: Vec::new(),
            append: Append::Works,
            late: Vec::new(),
            letters: Vec::new(),
            power: None,
            next_uid: 1,
            since: None,
            sleep: 0,
            told: Vec::new(),
            log: Vec::new(),
        }
    }

    /// A new engine that knows only what was stored.
    pub fn restart(&mut self) {
        self.since = None;
        let mut ledger = Ledger::default();
        self.ledger.values().cloned().for_each(|e| ledger.record(e));
        self.engine = Engine::new(Arc::clone(&self.setup), self.findings.clone(), ledger);
    }

    /// Forgets everything stored.
    pub fn lose_the_database(&mut self) {
        self.findings.clear();
        self.ledger.clear();
        self.restart();
    }

    pub fn deliver(&mut self, role: Role, bytes: Vec<u8>, now: i64) {
        let delivery = Delivery { role, arrived: at(now), bytes };
        let actions =
            self.engine.handle(Input::Delivered { account: "home".to_owned(), delivery }, at(now));
        self.carry_out(actions, at(now));
    }

    /// Everything is read, and what the engine asks for is done.
    pub fn catch_up(&mut self, now: i64) {
        self.catch_up_since(at(now), at(now));
    }

    pub fn catch_up_since(&mut self, since: Timestamp, now: Timestamp) {
        let drafts = Drafts {
            position: Position { uid_validity: 7, uid_next: self.next_uid },
            drafts: self.drafts.clone(),
        };
        self.since = Some(since);
        let caught_up = Input::CaughtUp { account: "home".to_owned(), since, drafts };
        let actions = self.engine.handle(caught_up, now);
        self.carry_out(actions, now);
    }

    /// Says whether there is anything left that could go on: no cut connection, no failed power.
    fn carry_out(&mut self, actions: Vec<Action>, now: Timestamp) -> bool {
        for action in actions {
            if self.power == Some(0) {
                self.power = None;
                self.restart();
                return false;
            }
            self.power = self.power.map(|left| left - 1);
            let answer = match action {
                Action::Keep(key, findings) => {
                    self.findings.insert(key, *findings);
                    continue;
                }
                Action::Forget(key) => {
                    self.findings.remove(&key);
                    continue;
                }
                Action::Record(entry) => {
                    let state = match &entry.state {
                        State::Intended { .. } => "intended".to_owned(),
                        State::Saved { .. } => "saved".to_owned(),
                        State::Decided { how, .. } => format!("{how:?}").to_lowercase(),
                        State::Withdrawing { .. } => "withdrawing".to_owned(),
                        State::Withdrawn { .. } => "withdrawn".to_owned(),
                        State::Missed { .. } => "missed".to_owned(),
                    };
                    self.log.push(format!("record {state}"));
                    self.ledger.insert(entry.message_id.clone(), *entry);
                    continue;
                }
                Action::Note(..) => continue,
                Action::Drop(id) => {
                    self.log.push("drop".to_owned());
                    self.ledger.remove(&id);
                    continue;
                }
                Action::Look { message_id, .. } => {
                    Input::Looked { in_trash: self.trash.contains(&message_id), message_id }
                }
                Action::Append { draft, .. } => {
                    let Some(answer) = self.append(&draft) else {
                        // The connection is gone: whatever was still to be done is not done.
                        self.since = None;
                        self.engine.disconnected("home");
                        return false;
                    };
                    answer
                }
                Action::Withdraw { copy, why, .. } => {
                    self.log.push("withdraw".to_owned());
                    let before = self.drafts.len();
                    self.drafts.retain(|d| d.uid != copy.uid || d.size != copy.size);
                    let gone = self.drafts.len() < before;
                    let outcome = if gone { Outcome::Done } else { Outcome::Touched };
                    Input::Withdrawn { copy, outcome, why }
                }
                Action::Star { copy, .. } => {
                    self.log.push("star".to_owned());
                    let found = self.drafts.iter_mut().find(|d| d.uid == copy.uid);
                    let outcome = match found {
                        Some(draft) if draft.size == copy.size => {
                            draft.flags.push("\\Flagged".to_owned());
                            Outcome::Done
                        }
                        Some(_) => Outcome::Touched,
                        None => Outcome::Gone,
                    };
                    Input::Starred { message_id: copy.message_id, outcome }
                }
                Action::Unwritten { reason, .. } => {
                    self.told.push(reason);
                    continue;
                }
            };
            let slept = SignedDuration::from_mins(self.sleep);
            let now = if matches!(answer, Input::Looked { .. }) { now + slept } else { now };
            let more = self.engine.handle(answer, now);
            if !self.carry_out(more, now) {
                return false;
            }
        }
        true
    }

    /// What holds whenever a letter is handed to the server: the intention was stored before, and everything was read on
    /// this connection after the letter fell due.
    fn assert_may_append(&self, message_id: &str) {
        let stored = self.ledger.get(message_id).map(|e| &e.state);
        assert!(matches!(stored, Some(State::Intended { .. })), "{stored:?}");
        let interview = &self.ledger[message_id].interview;
        let over = self.engine.interviews().iter().find(|i| i.id == *interview).unwrap().over();
        let due = over.unwrap() + self.setup.policy.after;
        assert!(self.since.is_some_and(|since| since >= due), "{:?} is before {due}", self.since);
    }

    fn append(&mut self, draft: &afterword::draft::Draft) -> Option<Input> {
        self.assert_may_append(&draft.message_id);
        self.log.push("append".to_owned());
        self.letters.push(draft.bytes.clone());
        let message_id = draft.message_id.clone();
        let how = std::mem::replace(&mut self.append, Append::Works);
        if how == Append::Refused {
            return Some(Input::NotAppended { message_id });
        }
        let copy = Draft {
            uid: self.next_uid,
            size: draft.bytes.len() as u64,
            flags: vec!["\\Draft".to_owned(), "\\Seen".to_owned()],
            message_id: Some(message_id.clone()),
            to: draft.to.address.iter().cloned().collect(),
            date: Message::parse(&draft.bytes, &TimeZone::UTC).date,
        };
        if how == Append::CutBefore {
            self.late.push(copy);
        } else {
            self.put(copy);
        }
        (how == Append::Works)
            .then_some(Input::Appended { message_id, uid: Some((7, self.next_uid - 1)) })
    }

    /// Puts a message into Drafts, under a new UID.
    pub fn put(&mut self, draft: Draft) {
        self.drafts.push(Draft { uid: self.next_uid, ..draft });
        self.next_uid += 1;
    }

    /// To whom the drafts in the mailbox are.
    pub fn recipients(&self) -> Vec<String> {
        let mut to: Vec<String> =
            self.drafts.iter().flat_map(|d| &d.to).map(ToString::to_string).collect();
        to.sort();
        to
    }
}
