//! Interviews in plain words: the verdict of a mail without a calendar object, its sessions and their people.
//!
//! A mail is taken for an interview only where several things agree: words of an application or an interview, a time that
//! lies ahead, a sentence that makes it an appointment, and an owner to whom the mail is addressed as the candidate.

mod answer;
mod aside;
mod choice;
mod clause;
mod greeting;
mod met;
mod piece;
mod place;
mod proof;
mod quotation;
mod rows;
mod sentence;

use jiff::{SignedDuration, Timestamp};

pub(super) use met::{Met, met, role};
pub(super) use piece::Piece;

use clause::Use;
use piece::Setting;
use quotation::{first_level, heads};

use super::aside::Aside;
use super::cues::Cue;
use super::lexicon::Lexicon;
use super::partners::{People, push};
use super::roster::Roster;
use super::turn::{Choice, Turn};
use super::{Evidence, Medium, Passage, Session, Verdict, house, position, senders};
use crate::address::{Owner, Person};
use crate::message::Message;

/// What a mail says in plain words.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a finding of its own")]
pub(super) struct Spoken {
    pub verdict: Verdict,
    pub sessions: Vec<Session>,
    pub turn: Turn,
    pub aside: Aside,
    /// It is about an application of the owner, whatever the verdict.
    pub own: bool,
    /// It turns the owner down.
    pub rejects: bool,
    pub company: Option<String>,
    /// It is written for another house, whose name may not be told.
    pub agency: bool,
    /// The company is one of several names that it could be.
    guessed: bool,
    pub role: Option<String>,
    /// How it is held, where no word of the lists says it.
    pub medium: Option<Medium>,
    pub evidence: Vec<Evidence>,
}

/// Everything that the rules look at.
pub(super) struct Mail<'a> {
    pub message: &'a Message,
    pub passages: &'a [Passage],
    pub owner: &'a Owner,
    pub lexicon: &'a Lexicon,
    pub company: Option<&'a str>,
    pub sent: Timestamp,
}

impl Mail<'_> {
    /// Whether the owner wrote it.
    fn is_by_owner(&self) -> bool {
        let from = self.message.from.as_ref().and_then(|p| p.address.as_ref());
        from.is_some_and(|a| self.owner.has(a))
    }
}

/// The texts of a mail.
struct Texts {
    subject: Piece,
    /// What was written now.
    new: Piece,
    /// What was passed on, where that is what the mail is about.
    forwarded: Option<Piece>,
    /// What is answered to.
    quoted: Option<Piece>,
    /// The last of several mails that are answered to.
    earlier: Option<Piece>,
}

/// Reads a mail.
pub(super) fn read(mail: &Mail<'_>) -> Spoken {
    let texts = texts(mail);
    let proof = proof::weigh(
        mail,
        &texts.subject,
        &texts.new,
        texts.forwarded.as_ref(),
        texts.quoted.as_ref(),
    );
    let turn = answer::turn(mail, &texts.new);
    let mut spoken = Spoken { own: proof.own, rejects: proof.rejects(), turn, ..Spoken::default() };
    if let Some((source, why)) = &proof.never {
        spoken.say(Verdict::None, source, why);
        return spoken;
    }
    // What surely is a company's name is nobody's; whom the mail names as met is no company.
    let mut first = Spoken::default();
    first.name(mail, &texts, &[]);
    let sure = first.company.as_deref().filter(|_| !first.guessed);
    let found = decide(mail, &texts, &proof, sure);
    spoken.name(mail, &texts, &found.sessions);
    let (source, why) = proof.because.clone();
    spoken.verdict = found.verdict;
    spoken.turn = spoken.turn.with(found.turn);
    spoken.aside = found.aside;
    if found.verdict == Verdict::None {
        let (source, why) = proof.against.unwrap_or((source, "no time of an interview".to_owned()));
        spoken.say(Verdict::None, &source, &why);
        return spoken;
    }
    spoken.say(found.verdict, &source, &why);
    spoken.hold(&texts);
    spoken.sessions = found.sessions;
    spoken.evidence.extend(found.evidence);
    spoken
}

impl Spoken {
    /// Company and position, from the texts; nobody whom the owner meets is a company.
    fn name(&mut self, mail: &Mail<'_>, texts: &Texts, sessions: &[Session]) {
        let live: Vec<&Piece> = [Some(&texts.new), texts.forwarded.as_ref(), Some(&texts.subject)]
            .into_iter()
            .flatten()
            .collect();
        let all: Vec<&Piece> = live.iter().copied().chain(&texts.quoted).collect();
        let from = mail.message.from.as_ref().and_then(|p| p.address.as_ref());
        self.agency = all.iter().any(|p| p.signs.has(Cue::Client));
        let by_agency = from.is_some_and(|a| {
            senders::is_of_agency(a) && !senders::is_shared(a) && !senders::is_no_reply(a)
        });
        let met: Vec<&str> = sessions
            .iter()
            .flat_map(|s| &s.interviewers)
            .filter_map(|p| p.name.as_deref())
            .collect();
        let client = || house::of_client(mail.message, &all, &met, mail.lexicon);
        let own = || house::by_domain(mail.message, &all, mail.lexicon);
        let machine = from.is_some_and(senders::is_no_reply);
        let of_job = || {
            let named = house::behind_job(&live, mail.lexicon)?;
            (!met.iter().any(|person| person.contains(&named.0))).then_some(named)
        };
        let company = match (self.agency, by_agency, machine) {
            (true, ..) => client().or_else(of_job),
            (_, true, _) => of_job().filter(|(name, _)| name.contains(' ')).or_else(client),
            (_, _, true) => of_job().or_else(own),
            _ => own(),
        };
        self.guessed = (self.agency || by_agency) && company.is_some();
        let company = company.or_else(|| {
            let signed = || house::by_signature(mail.message, &live, mail.lexicon);
            if mail.company.is_none() && !self.agency { signed() } else { None }
        });
        let known = company.as_ref().map(|(name, _)| name.as_str()).or(mail.company);
        let whole = if self.agency || by_agency {
            None
        } else {
            house::by_kind(known, mail.message, &all, mail.lexicon)
        };
        let company = whole.or(company);
        if let Some((name, source)) = company {
            self.evidence.push(Evidence {
                field: "company".into(),
                value: name.clone(),
                source: source.into(),
                quote: name.clone(),
            });
            self.company = Some(name);
        }
        if let Some(found) = position::find(&all, mail.lexicon) {
            self.evidence.push(Evidence {
                field: "role".into(),
                value: found.text.clone(),
                source: found.source.into(),
                quote: found.quote,
            });
            self.role = Some(found.text);
        }
    }

    /// How it is held, by the words that are no terms of the lists.
    fn hold(&mut self, texts: &Texts) {
        let pieces: Vec<&Piece> =
            [Some(&texts.new), texts.forwarded.as_ref(), texts.quoted.as_ref()]
                .into_iter()
                .flatten()
                .collect();
        let Some((medium, source, quote)) = place::medium(&pieces) else { return };
        self.medium = Some(medium);
        let value = super::medium::name(medium).to_owned();
        self.evidence.push(Evidence {
            field: "medium".into(),
            value,
            source: source.into(),
            quote,
        });
    }

    fn say(&mut self, verdict: Verdict, source: &str, why: &str) {
        self.evidence.push(Evidence {
            field: "verdict".into(),
            value: super::verdict::name(verdict).into(),
            source: source.into(),
            quote: why.into(),
        });
    }
}

/// Cuts a mail into its texts, each with its times.
fn texts(mail: &Mail<'_>) -> Texts {
    let message = mail.message;
    let base = Setting {
        sent: mail.sent,
        offset: message.date_offset,
        zone: &mail.owner.time_zone,
        day: None,
        same: None,
    };
    let piece =
        |source, text: &str, setting: &Setting<'_>| Piece::new(source, text, setting, mail.lexicon);
    let subject = piece("Subject", &message.subject, &base);
    let older = |source, text: &str| {
        let first = piece(source, text, &base);
        // What was quoted was written before: its own date, where it has one, is what its weekdays count from.
        let written =
            first.reading.moments.iter().find(|m| {
                m.start < mail.sent && m.time.start < 400 && heads(&first.text, m.time.end)
            });
        let sent = written
            .map_or(mail.sent, |m| m.start.max(mail.sent - SignedDuration::from_hours(24 * 60)));
        if sent == mail.sent { first } else { first.written(sent, &base, mail.lexicon) }
    };
    let attached: Vec<&str> =
        message.forwarded.iter().map(|m| m.text.new.as_str()).filter(|t| !t.is_empty()).collect();
    let passed_on =
        is_forward(&message.subject) || !attached.is_empty() || message.text.new.trim().len() < 3;
    let forwarded = match attached.first() {
        Some(_) => Some(older("forwarded", &attached.join("\n\n"))),
        None => (passed_on && !message.text.quoted.is_empty())
            .then(|| older("forwarded", &message.text.quoted)),
    };
    let quoted = (forwarded.is_none() && !message.text.quoted.is_empty())
        .then(|| older("quoted", &message.text.quoted));
    let earlier = quoted.as_ref().and_then(|q| {
        let words = first_level(&q.text)?;
        Some(piece("quoted", words, &Setting { sent: q.sent, ..base.clone() }))
    });
    let day = only_day(&subject);
    let same = quoted
        .as_ref()
        .and_then(|q| q.reading.moments.iter().find(|m| m.start >= q.sent))
        .map(|m| m.local);
    let new = piece("text", &message.text.new, &Setting { day, same, ..base.clone() });
    Texts { subject, new, forwarded, quoted, earlier }
}

/// The one day that a subject names.
fn only_day(subject: &Piece) -> Option<jiff::civil::Date> {
    let days = subject.reading.days.iter().map(|d| d.date);
    let mut all: Vec<_> = days.chain(subject.reading.moments.iter().map(|m| m.date)).collect();
    all.dedup();
    match all.as_slice() {
        [day] => Some(*day),
        _ => None,
    }
}

fn is_forward(subject: &str) -> bool {
    let lower = subject.trim_start().to_lowercase();
    ["fwd:", "fw:", "wg:", "tr:", "rv:", "i:", "enc:", "doorst:", "vb:", "pd:", "fs:", "vs:"]
        .iter()
        .any(|p| lower.starts_with(p))
}

/// What was concluded of times and people.
#[derive(Default)]
struct Decision {
    verdict: Verdict,
    sessions: Vec<Session>,
    turn: Turn,
    aside: Aside,
    evidence: Vec<Evidence>,
}

fn decide(mail: &Mail<'_>, texts: &Texts, proof: &proof::Proof, company: Option<&str>) -> Decision {
    let live: Vec<&Piece> = [Some(&texts.new), texts.forwarded.as_ref(), Some(&texts.subject)]
        .into_iter()
        .flatten()
        .collect();
    let roster_texts: Vec<&str> =
        [&texts.new.text, &mail.message.text.signature, &mail.message.text.quoted]
            .into_iter()
            .map(String::as_str)
            .chain(texts.forwarded.as_ref().map(|f| f.text.as_str()))
            .collect();
    let roster = Roster::new(mail.message, &roster_texts, mail.owner, mail.lexicon);
    let people = People {
        message: mail.message,
        owner: mail.owner,
        roster: &roster,
        lexicon: mail.lexicon,
        company: company.or(mail.company),
    };
    let mut decision = judge(&live, texts, proof, &people);
    decision.aside = aside::read(mail, texts, proof, &people, decision.verdict);
    decision
}

/// Times and verdict.
fn judge(live: &[&Piece], texts: &Texts, proof: &proof::Proof, people: &People<'_>) -> Decision {
    let mut decision = Decision::default();
    decision.turn.moves = texts.new.moves();
    for piece in live {
        let uses = clause::uses(piece);
        for (moment, usage) in piece.reading.moments.iter().zip(&uses) {
            match usage {
                Use::Old => decision.turn.from = decision.turn.from.or(Some(moment.start)),
                Use::Offered => decision.turn.offers.push(Session {
                    start: moment.start,
                    end: moment.end,
                    interviewers: Vec::new(),
                }),
                _ => {}
            }
        }
        let held = rows::sessions(piece, &uses, people, Use::Session);
        if !held.is_empty()
            && proof.schedules(is_schedule(&held))
            && (is_schedule(&held) || proof.appoints(piece, &uses))
        {
            decision.verdict = Verdict::Scheduled;
            decision.settle(held, piece, texts, people);
            return decision;
        }
        let off = rows::sessions(piece, &uses, people, Use::CalledOff);
        if !off.is_empty() && proof.concerns() {
            decision.verdict = Verdict::Cancelled;
            decision.settle(off, piece, texts, people);
            return decision;
        }
    }
    conclude(texts, proof, people, decision)
}

/// Whether several sessions have people of their own.
fn is_schedule(found: &[rows::Found]) -> bool {
    found.iter().filter(|f| !f.people.is_empty()).count() > 1
}

/// What a mail without a definite time of its own says: an answer to offered times, a cancellation, an offer.
fn conclude(
    texts: &Texts,
    proof: &proof::Proof,
    people: &People<'_>,
    mut decision: Decision,
) -> Decision {
    let signs = &texts.new.signs;
    if proof.schedules(false)
        && let Some(quoted) = &texts.quoted
        && let Some(chosen) = choice::chosen(&texts.new, texts.earlier.as_ref(), quoted)
    {
        decision.verdict = Verdict::Scheduled;
        decision.turn.agrees = Some(Choice::At(chosen.start));
        decision.settle(vec![rows::found(chosen)], quoted, texts, people);
        return decision;
    }
    let off =
        signs.has(Cue::Cancel) && !signs.has(Cue::Reject) && texts.new.speaks_of_meeting_off();
    if off && proof.concerns() {
        decision.verdict = Verdict::Cancelled;
        if let Some(quoted) = &texts.quoted
            && let Some(moment) = choice::standing(&texts.new, quoted)
        {
            decision.settle(vec![rows::found(moment)], quoted, texts, people);
        }
        return decision;
    }
    let asks = texts.new.asks_which() || proof.links || !decision.turn.offers.is_empty();
    if asks && proof.proposes() && !signs.has(Cue::Reject) && !proof.task {
        decision.verdict = Verdict::Proposed;
        decision.complete_offers(texts, people);
    }
    decision
}

impl Decision {
    /// Offered times with what the mail says of the conversation: who is met, how long it takes.
    fn complete_offers(&mut self, texts: &Texts, people: &People<'_>) {
        let met = whole_text(&texts.new, texts, people, Verdict::Scheduled);
        let length = rows::length(&[&texts.new], true);
        for offer in &mut self.turn.offers {
            offer.interviewers.clone_from(&met);
            let end = length.map(|minutes| SignedDuration::from_mins(i64::from(minutes)));
            offer.end = offer.end.or_else(|| offer.start.checked_add(end?).ok());
        }
    }

    /// Takes over sessions, with lengths and people from the texts around them.
    fn settle(
        &mut self,
        found: Vec<rows::Found>,
        piece: &Piece,
        texts: &Texts,
        people: &People<'_>,
    ) {
        let single = found.len() == 1;
        let bare = found.iter().all(|f| f.people.is_empty());
        let whole = if bare { whole_text(piece, texts, people, self.verdict) } else { Vec::new() };
        for (index, session) in found.into_iter().enumerate() {
            let length = || rows::length(&[piece, &texts.new], single);
            let end = session.end.or_else(|| {
                length().and_then(|minutes| {
                    session.start.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok()
                })
            });
            let mut interviewers = session.people;
            if bare {
                interviewers.clone_from(&whole);
            }
            self.explain(index, session.start, piece, &session.place, &interviewers);
            self.sessions.push(Session { start: session.start, end, interviewers });
        }
    }

    fn explain(
        &mut self,
        index: usize,
        start: Timestamp,
        piece: &Piece,
        place: &std::ops::Range<usize>,
        people: &[Person],
    ) {
        self.evidence.push(Evidence {
            field: format!("sessions[{index}].start"),
            value: start.to_string(),
            source: piece.source.to_owned(),
            quote: super::quote(&piece.text, place.start, place.end, 80),
        });
        for person in people {
            let name = person.name.clone().unwrap_or_default();
            self.evidence.push(Evidence {
                field: format!("sessions[{index}].interviewers"),
                value: person.address.as_ref().map_or_else(|| name.clone(), ToString::to_string),
                source: piece.source.to_owned(),
                quote: name,
            });
        }
    }
}

/// The people of a mail with one appointment: those whom the text names, and the writer where they say so.
fn whole_text(piece: &Piece, texts: &Texts, people: &People<'_>, verdict: Verdict) -> Vec<Person> {
    let mut out: Vec<Person> = Vec::new();
    let mut from_piece = |piece: &Piece| {
        let names = people.names(&piece.text);
        for person in people.partners(piece, &names, &piece.body(), false) {
            push(&mut out, person);
        }
    };
    from_piece(&texts.new);
    if let Some(forwarded) = &texts.forwarded {
        from_piece(forwarded);
    }
    let names = people.names(&texts.new.text);
    if let Some(writer) = people.writer(&texts.new, &names, false) {
        push(&mut out, writer);
    }
    if out.is_empty() {
        if let Some(quoted) = &texts.quoted {
            let names = people.names(&quoted.text);
            out = people.partners(quoted, &names, &(0..quoted.text.len()), false);
            if piece.source == "quoted"
                && let Some(writer) = people.writer(quoted, &names, false)
            {
                push(&mut out, writer);
            }
        }
        if piece.source == "Subject" && out.is_empty() {
            let names = people.names(&piece.text);
            out = people.partners(piece, &names, &(0..piece.text.len()), false);
        }
    }
    if out.is_empty() && verdict == Verdict::Scheduled {
        let put_off = people.put_off(&texts.new, &names);
        out.extend(put_off.or_else(|| people.writer(&texts.new, &names, true)));
    }
    out
}
