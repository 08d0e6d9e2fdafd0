//! Whether a mail is about an interview of the owner as candidate: what speaks for it, and what against it.

use std::collections::BTreeSet;

use super::Mail;
use super::clause::Use;
use super::greeting::{greeted, greets_another, greets_owner, is_called};
use super::piece::Piece;
use crate::address::EmailAddress;
use crate::extract::cues::{Cue, Signs};
use crate::extract::lexicon::{Lexicon, List, fold};
use crate::extract::times::{self, Moment};
use crate::extract::{people, posting, quote, senders, side};

/// What speaks for an interview of the owner, and against it.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    /// Points for, less those against.
    pub total: i32,
    /// The words that speak for it most.
    pub because: (String, String),
    /// The words that speak against it most.
    pub against: Option<(String, String)>,
    /// What no points outweigh.
    pub never: Option<(String, String)>,
    /// It is about an application of the owner.
    pub own: bool,
    /// It has a link at which times are chosen.
    pub links: bool,
    /// It asks for a test or a recording.
    pub task: bool,
    /// How many kinds of words speak for it.
    kinds: usize,
    against_points: i32,
    /// Those of words that turn the application down, or ask for a recording: it is the owner's own all the same.
    turned_down: i32,
    worst: i32,
    manner: Manner,
}

/// How a mail is written.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a finding of its own")]
struct Manner {
    /// Its subject names an interview.
    titled: bool,
    /// It turns somebody down, to whom it was written.
    rejects: bool,
    /// People are to talk with each other.
    meets: bool,
    /// Only a position is named, and nobody says that they will call or come.
    vague: bool,
    /// Its text names an interview, not the subject alone.
    told: bool,
    /// It went to few, and to no list.
    personal: bool,
    /// Somebody of the owner's own house wrote it.
    colleague: bool,
}

/// Hosts and paths at which times are chosen.
const BOOKING: [&str; 16] = [
    "calendly.com",
    "cal.com/",
    "doodle.com",
    "savvycal.com",
    "goodtime.io",
    "hubspot.com/meetings",
    "meetings.hubspot",
    "youcanbook.me",
    "outlook.office365.com/owa/calendar",
    "outlook.office.com/bookwithme",
    "bookings",
    "calendar.app.google",
    "schedule",
    "self-schedule",
    "booking",
    "zcal.co",
];

/// Weighs a mail.
pub(super) fn weigh(
    mail: &Mail<'_>,
    subject: &Piece,
    new: &Piece,
    forwarded: Option<&Piece>,
    quoted: Option<&Piece>,
) -> Proof {
    let mut proof = Proof { never: never(mail, subject, new, forwarded), ..Proof::default() };
    let live: Vec<&Piece> = [Some(subject), Some(new), forwarded].into_iter().flatten().collect();
    let signature = times::signs(&mail.message.text.signature, &mail.lexicon.times);
    proof.speak_for(mail, &live, quoted, &signature);
    proof.manner.meets = live.iter().any(|p| p.signs.has(Cue::Meet));
    if proof.kinds > 0 {
        let sure = |p: &&Piece| p.signs.has(Cue::Confirm) || p.signs.has(Cue::Leads);
        let confirms = live.iter().any(sure);
        proof.total += i32::from(proof.manner.meets) + i32::from(proof.manner.meets && confirms);
    }
    let message = mail.message;
    proof.manner.personal = !message.bulk && message.to.len() + message.cc.len() <= MAX_GUESTS;
    proof.own = proof.kinds > 1 && proof.total >= 3;
    proof.task = new.signs.has(Cue::Task);
    let links = mail.message.text.links.iter().map(|l| l.target.to_lowercase());
    let words = new.text.to_lowercase();
    let written = words.split_whitespace().filter(|w| w.contains("://")).map(str::to_owned);
    proof.links = links.chain(written).any(|l| is_booking(&l));
    proof.speak_against(mail, &live);
    let rejected = live.iter().any(|p| p.signs.has(Cue::Reject));
    proof.manner.rejects = rejected && proof.manner.personal;
    proof.own |= rejected && proof.kinds > 0;
    let most = if proof.kinds > 2 { 4 } else { 2 };
    proof.own &= proof.never.is_none() && (proof.against_points - proof.turned_down) <= most;
    proof
}

fn is_booking(link: &str) -> bool {
    BOOKING.iter().any(|b| link.contains(b)) && !link.contains("unsubscribe")
}

/// How often a text shows something, each word once.
fn distinct(piece: &Piece, cue: Cue) -> i32 {
    let words: BTreeSet<String> =
        piece.signs.all(cue).map(|s| fold(&piece.text[s.range.clone()])).collect();
    i32::try_from(words.len()).unwrap_or(9)
}

impl Proof {
    /// Words of an interview, of an application, of a position; a sender whose trade it is: the more of these kinds, the surer.
    fn speak_for(
        &mut self,
        mail: &Mail<'_>,
        live: &[&Piece],
        quoted: Option<&Piece>,
        signature: &Signs,
    ) {
        let from = mail.message.from.as_ref().and_then(|p| p.address.as_ref());
        let trade = from.is_some_and(|a| senders::is_of_recruiters(a) || senders::is_service(a));
        let role = |piece: &Piece| {
            let passage = mail.passages.iter().find(|p| p.source == piece.source);
            passage.is_some_and(|p| posting::is_named(p, &posting::Known::default(), mail.lexicon))
        };
        let points = |cue: Cue, title: i32, most: i32| {
            let of_live = live.iter().map(|p| match p.source {
                "Subject" => title * distinct(p, cue).min(1),
                _ => distinct(p, cue).min(most),
            });
            of_live.sum::<i32>() + quoted.map_or(0, |q| distinct(q, cue).min(2))
        };
        let interview = points(Cue::Interview, 3, 2);
        let apply = points(Cue::Apply, 2, 3) + i32::from(signature.has(Cue::Apply));
        let roles: i32 = live
            .iter()
            .filter(|p| role(p))
            .map(|p| if p.source == "Subject" { 2 } else { 1 })
            .sum();
        let job = points(Cue::Job, 2, 1) + roles;
        let named = live.iter().copied().chain(quoted).any(|p| names_position(p, mail.lexicon))
            || live.iter().any(|p| p.source == "Subject" && has_position(&p.text, mail.lexicon));
        let trade = 2 * i32::from(trade);
        let all = [interview, apply, job, 2 * i32::from(named), trade];
        let meant = |p: &&Piece| p.signs.has(Cue::Myself) || p.signs.has(Cue::Leads);
        let only_job = interview == 0 && apply == 0 && trade == 0;
        // An answer to offered times of a conversation need not say again what it is.
        let offered = |q: &Piece| {
            q.signs.has(Cue::Offer) && q.signs.has(Cue::Meet) && !q.reading.moments.is_empty()
        };
        self.manner.vague = only_job
            && !live.iter().copied().chain(quoted).any(|p| meant(&p))
            && !quoted.is_some_and(offered);
        let told = |p: &Piece| p.source != "Subject" && p.signs.has(Cue::Interview);
        self.manner.told = live.iter().copied().chain(quoted).any(told);
        self.kinds = all.iter().filter(|points| **points > 0).count();
        self.total = all.iter().sum();
        self.manner.titled =
            live.iter().any(|p| p.source == "Subject" && p.signs.has(Cue::Interview));
        let best = [Cue::Interview, Cue::Apply, Cue::Job].into_iter().find_map(|cue| {
            live.iter().copied().chain(quoted).find_map(|p| p.signs.all(cue).next().map(|s| (p, s)))
        });
        if let Some((piece, sign)) = best {
            let words = quote(&piece.text, sign.range.start, sign.range.end, 100);
            self.because = (piece.source.to_owned(), words);
        }
    }

    /// Words of something else, each kind more the more of them there are, and most in a title.
    fn speak_against(&mut self, mail: &Mail<'_>, live: &[&Piece]) {
        for (cue, title, each) in [
            (Cue::Elsewhere, 5, 2),
            (Cue::Alert, 4, 2),
            (Cue::Alone, 5, 3),
            (Cue::Scam, 4, 3),
            (Cue::Reject, 6, 6),
        ] {
            for piece in live {
                let Some(first) = piece.signs.all(cue).next() else { continue };
                let count = distinct(piece, cue).min(4);
                let points = if piece.source == "Subject" { title } else { each * count };
                let words = quote(&piece.text, first.range.start, first.range.end, 80);
                let still_own = matches!(cue, Cue::Reject | Cue::Alone);
                self.turned_down += if still_own { points } else { 0 };
                self.lose(points, piece.source, words);
            }
        }
        let passages = || mail.passages.iter().filter(|p| p.source != "signature");
        for (number, reason) in (0..).zip(&mail.lexicon.reasons) {
            let list = List::Other(number);
            let Some((passage, hit)) = passages().find_map(|p| p.first(list).map(|h| (p, h)))
            else {
                continue;
            };
            let words: BTreeSet<&str> =
                passages().flat_map(|p| p.all(list).map(|h| &p.folded[h.start..h.end])).collect();
            let more = i32::try_from(words.len()).unwrap_or(9).min(3) - 1;
            let title = if self.manner.titled { 3 } else { 5 };
            let points = if passage.title { title } else { 2 } + 2 * more;
            // An offer is about the application as well.
            self.turned_down += if reason == "an offer" { points } else { 0 };
            self.lose(points, passage.source, format!("{reason}: {}", passage.quote(hit, 80)));
        }
        let from = mail.message.from.as_ref().and_then(|p| p.address.as_ref());
        if mail.message.bulk && !from.is_some_and(senders::is_service) {
            let points = if names_owner(mail, live) {
                1
            } else if live.iter().any(|p| greets_owner(p, mail)) {
                3
            } else {
                5
            };
            self.lose(points, "List-Unsubscribe", "it went to many".to_owned());
        }
        if from.is_some_and(|a| is_colleague(a, mail)) {
            self.manner.colleague = true;
            self.lose(6, "From", "it comes from the owner's own house".to_owned());
        }
        if live.get(1).is_some_and(|new| greets_another(new, mail)) {
            self.lose(5, "text", "it greets somebody else".to_owned());
        }
    }

    fn lose(&mut self, points: i32, source: &str, why: String) {
        self.total -= points;
        self.against_points += points;
        if points > self.worst {
            self.worst = points;
            self.against = Some((source.to_owned(), why));
        }
    }

    /// Whether it turns down whom it was written to.
    pub fn rejects(&self) -> bool {
        self.manner.rejects
    }

    /// Whether all this is enough for an interview at a definite time. The more speaks against it, the more kinds of words
    /// have to speak for it. A schedule with people in its rows speaks for itself.
    pub fn schedules(&self, rows: bool) -> bool {
        let (least, most) = match self.kinds + usize::from(rows) {
            0 => return false,
            1 => (ENOUGH + 1, i32::from(self.manner.personal)),
            2 => (ENOUGH, 2),
            3 => (ENOUGH, 4),
            _ => (ENOUGH, 6),
        };
        let alone = self.kinds == 1 && !self.manner.told;
        if !rows && (alone || self.manner.vague) {
            return false;
        }
        let total = self.total + 2 * i32::from(rows);
        total >= least && self.against_points <= most && (self.kinds > 1 || self.manner.personal)
    }

    /// Whether it was written to one or a few.
    pub fn is_personal(&self) -> bool {
        self.manner.personal
    }

    /// Whether it may be about an interview all the same: hardly anything speaks against it.
    pub fn leaves_open(&self) -> bool {
        self.never.is_none() && self.against_points <= 2
    }

    /// Whether it is enough for what makes no letter: an offer, a cancellation.
    pub fn concerns(&self) -> bool {
        let least = if self.manner.colleague { ENOUGH } else { ENOUGH - 1 };
        self.kinds > 0 && self.total >= least && self.against_points <= 6
    }

    /// Whether it is enough for an offer of times to the owner: no advertisement, no list.
    pub fn proposes(&self) -> bool {
        let sure = self.kinds > 1 && (self.manner.told || self.manner.titled || self.kinds > 2);
        let own = self.manner.personal || self.against_points < 2;
        self.concerns() && own && (sure || self.manner.personal && self.against_points < 3)
    }

    /// Whether a sentence makes the time an appointment to talk.
    pub fn appoints(&self, piece: &Piece, uses: &[Use]) -> bool {
        let held = |(_, u): &(&Moment, &Use)| matches!(u, Use::Session | Use::Arrival);
        let near = piece.reading.moments.iter().zip(uses).filter(held).any(|(m, _)| {
            let sentence = piece.sentence(m.time.start);
            [Cue::Meet, Cue::Confirm].iter().any(|c| piece.signs.within(*c, &sentence).is_some())
        });
        near || self.manner.titled
            || (self.manner.meets && piece.signs.has(Cue::Confirm))
            || self.total >= 7
    }
}

/// A mail to more people than that is nobody's own.
const MAX_GUESTS: usize = 8;
/// How much speaks for an interview before its times are believed.
const ENOUGH: i32 = 4;

/// Whether a subject has the noun of a position, written with a capital or alone: "Seawall Mutual - Claims Adjuster".
fn has_position(subject: &str, lexicon: &Lexicon) -> bool {
    let mut words = subject.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    words.any(|w| w.starts_with(char::is_uppercase) && lexicon.is_role_noun(&w.to_lowercase()))
}

/// Whether a text says what a position is called: "the ops lead job", "the post of caretaker".
fn names_position(piece: &Piece, lexicon: &Lexicon) -> bool {
    let is_role = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        !bare.is_empty() && lexicon.is_role_word(&bare)
    };
    piece.signs.all(Cue::Job).any(|s| {
        let before = piece.text[..s.range.start].split_whitespace().rev().take(3);
        let behind = piece.text[s.range.end..].split_whitespace().take(6);
        before.into_iter().any(is_role) || behind.into_iter().any(is_role)
    })
}

/// Whether a mail to the owner alone has the owner's whole name in its text, as newsletters seldom do.
fn names_owner(mail: &Mail<'_>, live: &[&Piece]) -> bool {
    let alone = mail.message.to.len() + mail.message.cc.len() < 2;
    let mut texts = live.iter().filter(|p| p.source != "Subject");
    alone && texts.any(|p| side::names_owner_fully(&fold(&p.text), mail.owner))
}

/// Whether an address is of a house that the owner's addresses are of, too.
fn is_colleague(address: &EmailAddress, mail: &Mail<'_>) -> bool {
    let house = address.registered_domain();
    let own = |a: &EmailAddress| !senders::is_free_mail(a) && a.registered_domain() == house;
    !senders::is_free_mail(address) && mail.owner.addresses.iter().any(own)
}

/// What no words outweigh: nobody wrote it to the owner, the owner is on the other side, it is an answering machine.
fn never(
    mail: &Mail<'_>,
    subject: &Piece,
    new: &Piece,
    forwarded: Option<&Piece>,
) -> Option<(String, String)> {
    let message = mail.message;
    let told = |source: &str, why: &str| Some((source.to_owned(), why.to_owned()));
    let from = message.from.as_ref().and_then(|p| p.address.as_ref());
    if from.is_some_and(|a| mail.owner.has(a)) {
        return told("From", "the owner wrote it");
    }
    if from.is_some_and(|a| {
        matches!(a.local().to_lowercase().as_str(), "mailer-daemon" | "postmaster")
    }) {
        return told("From", "a mail system wrote it");
    }
    let answered = message.auto_submitted.as_deref() == Some("auto-replied");
    if answered || subject.signs.has(Cue::Absent) {
        return told("Auto-Submitted", "an answering machine wrote it");
    }
    if new.signs.has(Cue::Absent) && new.signs.count(Cue::Absent) > 1 && new.text.len() < 1200 {
        return told("text", "somebody is away");
    }
    if is_answer(&message.subject) {
        return told("Subject", "the answer to an invitation");
    }
    if !is_addressed(mail, new) {
        return told("To", "it is not addressed to the owner");
    }
    if let Some((source, why)) = side::in_text(message, mail.passages, mail.owner) {
        return Some((source.to_owned(), why));
    }
    if let Some(forwarded) = forwarded
        && passed_on_by_candidate(mail, new, forwarded)
    {
        return told("forwarded", "it was passed on by somebody who is invited");
    }
    if new.signs.count(Cue::Scam) > 2 {
        return told("text", "it has the marks of a fraud");
    }
    None
}

/// "Accepted: Interview", as calendars answer.
fn is_answer(subject: &str) -> bool {
    let lower = subject.trim_start().to_lowercase();
    [
        "accepted:",
        "declined:",
        "tentative:",
        "tentatively accepted:",
        "zugesagt:",
        "abgelehnt:",
        "angenommen:",
        "accepté",
        "refusé",
        "aceptado:",
        "aceptada:",
        "rechazado:",
        "aceito:",
        "geaccepteerd:",
        "accettato:",
        "accepterat:",
        "zaakceptowano:",
        "undeliverable",
        "delivery status",
        "mail delivery",
        "returned mail",
        "failure notice",
        "read:",
        "not read:",
        "unzustellbar",
        "automatic reply",
        "automatische antwort",
    ]
    .iter()
    .any(|p| lower.starts_with(p))
}

fn is_addressed(mail: &Mail<'_>, new: &Piece) -> bool {
    let message = mail.message;
    let header =
        message.to.iter().chain(&message.cc).chain(&message.bcc).filter_map(|p| p.address.as_ref());
    if header.chain(&message.delivered_to).any(|a| mail.owner.has(a)) {
        return true;
    }
    let head: String = new.text.chars().take(200).collect();
    let name = fold(&mail.owner.name);
    let first = people::first_name(&name);
    fold(&head).split(|c: char| !c.is_alphanumeric()).any(|w| w == first)
}

/// Whether the invited themselves passed an invitation on: it greets the writer, who is no recruiter.
fn passed_on_by_candidate(mail: &Mail<'_>, new: &Piece, forwarded: &Piece) -> bool {
    let Some(writer) = mail.message.from.as_ref().and_then(|p| p.name.as_deref()) else {
        return false;
    };
    let greets_writer = greeted(forwarded)
        .is_some_and(|name| is_called(&name, writer) && !is_called(&name, &mail.owner.name));
    let from = mail.message.from.as_ref().and_then(|p| p.address.as_ref());
    let arranges = new.signs.has(Cue::Apply) || from.is_some_and(senders::is_of_recruiters);
    greets_writer && !arranges
}
