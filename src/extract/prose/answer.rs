//! A mail as a turn of a conversation: what a short answer does to the times that stood in the mails before it, although it
//! may name none itself.

use super::clause::{self, Use};
use super::piece::Piece;
use super::{Mail, choice};
use crate::extract::Session;
use crate::extract::cues::Cue;
use crate::extract::times::{Moment, Nature};
use crate::extract::turn::{Choice, Turn};

/// An answer longer than this, in bytes, speaks of other things.
const SHORT: usize = 1500;
/// How many times or days of an answer are kept.
const MOST: usize = 12;

/// Reads an answer of either side, or a mail of the owner's own.
pub(super) fn turn(mail: &Mail<'_>, new: &Piece) -> Turn {
    let by_owner = mail.is_by_owner();
    let answers = by_owner || !mail.message.references.is_empty();
    let signs = &new.signs;
    if !answers || new.text.len() > SHORT || signs.has(Cue::Reject) {
        return Turn::default();
    }
    if signs.has(Cue::Cancel) {
        return Turn { withdraws: by_owner && leaves(new), ..Turn::default() };
    }
    let uses = clause::uses(new);
    let ahead = |wanted: &dyn Fn(&Moment, Use) -> bool| -> Vec<Session> {
        let moments = new.reading.moments.iter().zip(&uses);
        let ahead = moments.filter(|(m, u)| {
            **u != Use::Old && m.nature == Nature::Definite && m.start >= new.sent && wanted(m, **u)
        });
        ahead
            .take(MOST)
            .map(|(m, _)| Session { start: m.start, end: m.end, interviewers: Vec::new() })
            .collect()
    };
    let mut times = ahead(&|_, _| true);
    let mut days: Vec<jiff::civil::Date> = new
        .reading
        .days
        .iter()
        .filter(|d| d.nature == Nature::Definite)
        .map(|d| d.date)
        .take(MOST)
        .collect();
    days.dedup();
    let asks = new.asks_which() || new.text.contains(['?', '？']);
    // "The 24th at three it is. I'll be up at nine": what the words that agree stand beside.
    let beside =
        ahead(&|m, _| new.signs.within(Cue::Confirm, &new.sentence(m.time.start)).is_some());
    if !asks && beside.len() == 1 {
        times = beside;
    }
    let agrees = (!asks && signs.has(Cue::Confirm))
        .then(|| match (choice::number(new), times.as_slice(), days.as_slice()) {
            (_, [only], _) => Some(Choice::At(only.start)),
            (Some(n), [], _) => n.checked_sub(1).map(Choice::Nth),
            (_, [], [day]) => Some(Choice::On(*day)),
            (_, [], []) => Some(Choice::Only),
            _ => None,
        })
        .flatten();
    // "I am booked for ten; would half past two be possible?": what is asked for is offered, not what stands.
    let offered = ahead(&|_, u| u == Use::Offered);
    let times = if asks && !offered.is_empty() { offered } else { times };
    let offers = if asks || by_owner { times } else { Vec::new() };
    Turn { moves: new.moves(), offers, days, agrees, ..Turn::default() }
}

/// Whether what is called off is the conversation or the application.
fn leaves(new: &Piece) -> bool {
    let of_it = [Cue::Meet, Cue::Interview, Cue::Apply, Cue::Job];
    new.signs.all(Cue::Cancel).any(|sign| {
        let sentence = new.sentence(sign.range.start);
        of_it.iter().any(|cue| new.signs.within(*cue, &sentence).is_some())
            || new.text[sentence].to_lowercase().contains("application")
    })
}
