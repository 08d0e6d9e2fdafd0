//! What each time in a text is the time of: a conversation, an offer, a deadline, an old appointment, something else.

use std::ops::Range;

use super::Piece;
use crate::extract::cues::{Cue, Sign};
use crate::extract::times::{Moment, Nature};

/// What a time is the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A conversation that is to take place.
    Session,
    /// One that is called off.
    CalledOff,
    /// One of several that are offered, or one that is only asked for.
    Offered,
    /// An appointment that got another time.
    Old,
    /// When to be there before it begins.
    Arrival,
    /// Before the message was written.
    Past,
    /// A deadline, opening hours, a test.
    Else,
}

/// How far a word reaches to a time beside it, in bytes.
const BESIDE: usize = 14;
/// How far a word reaches to a time in its clause.
const NEAR: usize = 45;
/// What lies less than that ahead of a message is its own time, in seconds.
const GRACE: i64 = 120;

/// A range of so many seconds is one of opening hours.
const OPENING: i64 = 9 * 3600;

/// Says of each moment of a piece what it is.
pub(super) fn uses(piece: &Piece) -> Vec<Use> {
    let mut uses: Vec<Use> = piece.reading.moments.iter().map(|m| usage(piece, m)).collect();
    settle_signature(piece, &mut uses);
    settle_reach(piece, &mut uses);
    settle_ends(piece, &mut uses);
    settle_alternatives(piece, &mut uses);
    settle_moves(piece, &mut uses);
    settle_cancellation(piece, &mut uses);
    uses
}

fn usage(piece: &Piece, moment: &Moment) -> Use {
    let signs = &piece.signs;
    let sentence = piece.sentence(moment.time.start);
    let bounds = clause(piece, moment, &sentence);
    let (start, end) = (moment.range.start, moment.range.end);
    let hours = moment.end.is_some_and(|e| e.as_second() - moment.start.as_second() >= OPENING);
    if moment.nature == Nature::Vague || hours {
        return Use::Else;
    }
    if piece.source != "text"
        && piece.source != "Subject"
        && super::quotation::heads(&piece.text, moment.time.end)
    {
        return Use::Else;
    }
    if moment.start.as_second() < piece.sent.as_second() + GRACE {
        return Use::Past;
    }
    let lead = |cue| {
        let begins = |at: usize| at == start || at == moment.time.start;
        signs.all(cue).any(|s| begins(s.range.start))
    };
    let called = signs.within(Cue::Cancel, &sentence).is_some();
    // "Come by your shop Thursday": a word of a deadline inside of one of a visit.
    let visit = |s: &Sign| {
        // "By Webex, on Wednesday" is no deadline either.
        let parted = piece.text.get(s.range.end..start).is_some_and(|gap| gap.contains(','));
        parted
            || signs.all(Cue::Meet).any(|m| {
                m.range.len() > s.range.len()
                    && m.range.start <= s.range.start
                    && m.range.end >= s.range.end
            })
    };
    if !called
        && (signs.before(Cue::Due, start, BESIDE, &bounds).is_some_and(|s| !visit(s))
            || lead(Cue::Due)
            || signs.before(Cue::Due, moment.time.start, 1, &moment.range).is_some()
            || signs.behind(Cue::DueBehind, end, 4, &sentence).is_some())
    {
        return Use::Else;
    }
    if signs.within(Cue::Hours, &line(piece, moment)).is_some()
        && signs.within(Cue::Meet, &sentence).is_none()
    {
        return Use::Else;
    }
    if signs.before(Cue::Arrive, start, NEAR, &bounds).is_some() {
        return Use::Arrival;
    }
    if signs.within(Cue::Task, &bounds).is_some() && signs.within(Cue::Meet, &bounds).is_none() {
        return Use::Else;
    }
    if called {
        return Use::CalledOff;
    }
    let moved = signs.has(Cue::Move);
    let old = signs.before(Cue::OldBefore, start, 4, &sentence).is_some() || lead(Cue::OldBefore);
    let gone = signs.behind(Cue::OldBehind, end, 25, &sentence).filter(|s| s.range.len() > 2);
    if moved && (old || gone.is_some()) {
        return Use::Old;
    }
    if signs.within(Cue::Others, &sentence).is_some() {
        return Use::Else;
    }
    let open = lead(Cue::Open) || signs.before(Cue::Open, moment.time.start, 2, &bounds).is_some();
    if open || moment.nature == Nature::Window || piece.asks(&sentence) {
        return Use::Offered;
    }
    let dated = moment.day.as_ref().and_then(|d| piece.text.get(d.clone()));
    let exact = dated.is_some_and(|d| d.chars().any(|c| c.is_ascii_digit()));
    if !exact && signs.within(Cue::Held, &sentence).is_some() {
        return Use::Past;
    }
    Use::Session
}

/// The part of a sentence around a time, from the last comma or "and" that is no part of its date.
fn clause(piece: &Piece, moment: &Moment, sentence: &Range<usize>) -> Range<usize> {
    let start = moment.range.start.max(sentence.start);
    let before = piece.text.get(sentence.start..start).unwrap_or("");
    let cut = [" - ", " – ", "; "]
        .iter()
        .filter_map(|mark| before.rfind(mark).map(|i| i + mark.len()))
        .max();
    sentence.start + cut.unwrap_or(0).min(before.len())..sentence.end
}

fn line(piece: &Piece, moment: &Moment) -> Range<usize> {
    let at = moment.time.start;
    let start = piece.text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = piece.text[at..].find('\n').map_or(piece.text.len(), |i| at + i);
    let sentence = piece.sentence(at);
    start.max(sentence.start)..end.min(sentence.end)
}

/// Times below the signature are hours and events, where the text above it has its own.
fn settle_signature(piece: &Piece, uses: &mut [Use]) {
    let above = |(m, u): (&Moment, &Use)| {
        m.time.start < piece.closing && !matches!(u, Use::Else | Use::Past)
    };
    if !piece.reading.moments.iter().zip(uses.iter()).any(above) {
        return;
    }
    for (moment, usage) in piece.reading.moments.iter().zip(uses) {
        if moment.time.start >= piece.closing {
            *usage = Use::Else;
        }
    }
}

/// "Ring 0555 123 456 (Fri 8-12)": when somebody is at their telephone is no appointment, where another time is one.
fn settle_reach(piece: &Piece, uses: &mut [Use]) {
    let moments = &piece.reading.moments;
    let telephones = telephones(piece);
    let absent = [Cue::Hours, Cue::NotThere].iter().all(|c| !piece.signs.has(*c));
    if telephones.is_empty() && absent {
        return;
    }
    let reach: Vec<bool> = moments.iter().map(|m| is_reach(piece, m, &telephones)).collect();
    let other = |(i, u): (usize, &Use)| matches!(u, Use::Session | Use::Offered) && !reach[i];
    if !uses.iter().enumerate().any(other) {
        return;
    }
    for (usage, _) in uses.iter_mut().zip(&reach).filter(|(_, reach)| **reach) {
        *usage = Use::Else;
    }
}

/// "At half past one you are done": the end of the last session in a sentence of its own is no session.
fn settle_ends(piece: &Piece, uses: &mut [Use]) {
    let moments = &piece.reading.moments;
    let says = [Cue::Meet, Cue::Leads, Cue::Interview];
    for (i, moment) in moments.iter().enumerate().filter(|(_, m)| m.end.is_none()) {
        let sentence = piece.sentence(moment.time.start);
        let ends = moments[..i].iter().any(|m| m.end == Some(moment.start))
            && moments[..i].iter().all(|m| m.start < moment.start);
        let called = || {
            piece.signs.before(Cue::Ends, moment.range.start, BESIDE, &sentence).is_some()
                || piece.signs.behind(Cue::Ends, moment.range.end, BESIDE, &sentence).is_some()
        };
        if i > 0 && uses[..i].contains(&Use::Session) && called() {
            uses[i] = Use::Else;
        }
        if ends && !says.iter().any(|c| piece.signs.within(*c, &sentence).is_some()) {
            uses[i] = Use::Else;
        }
    }
}

/// Whether a sentence says when somebody is at their desk or away, or has a telephone number beside a time, and nobody
/// says that they will call then.
fn is_reach(piece: &Piece, moment: &Moment, telephones: &[usize]) -> bool {
    // The rows of a table make one sentence, and "Lunch" in one of them says nothing of the others.
    let start = piece.text[..moment.time.start].rfind('\n').map_or(0, |i| i + 1);
    let end = piece.text[start..].find('\n').map_or(piece.text.len(), |i| start + i);
    let rowed = !piece.text[start..moment.time.start].contains(char::is_alphabetic);
    let sentence = if rowed { start..end } else { piece.sentence(moment.time.start) };
    let calls = [Cue::Myself, Cue::Leads, Cue::Confirm, Cue::Interview];
    let dated = moment.day.as_ref().and_then(|d| piece.text.get(d.clone()));
    let exact = dated.is_some_and(|d| d.chars().any(|c| c.is_ascii_digit()));
    let fixed = exact && moment.together;
    !fixed
        && !calls.iter().any(|c| piece.signs.within(*c, &sentence).is_some())
        && (telephones.iter().any(|at| sentence.contains(at))
            || [Cue::Hours, Cue::NotThere]
                .iter()
                .any(|c| piece.signs.within(*c, &sentence).is_some()))
}

/// The fewest digits of a telephone number.
const DIGITS: usize = 8;

/// How many telephone numbers of one text are looked at.
const MAX_TELEPHONES: usize = 20;

/// Where the numbers end that are no dates or times and long enough for a telephone's.
fn telephones(piece: &Piece) -> Vec<usize> {
    let mut of_time = vec![false; piece.text.len()];
    let moments = piece.reading.moments.iter().map(|m| &m.range);
    for range in moments.chain(piece.reading.days.iter().map(|d| &d.range)) {
        if let Some(part) = of_time.get_mut(range.clone()) {
            part.fill(true);
        }
    }
    let mut found = Vec::new();
    let mut digits = 0;
    for (at, c) in piece.text.char_indices() {
        match c {
            '0'..='9' if !of_time[at] => digits += 1,
            ' ' | '.' | '-' | '/' | '(' | ')' | '+' | '\u{a0}' => {}
            _ => digits = 0,
        }
        if digits == DIGITS && found.len() < MAX_TELEPHONES {
            found.push(at);
            digits = 0;
        }
    }
    found
}

/// "Tuesday at 10 or Wednesday at 2": both are offered. So are all where the text asks which.
fn settle_alternatives(piece: &Piece, uses: &mut [Use]) {
    let moments = &piece.reading.moments;
    let live: Vec<usize> = (0..uses.len()).filter(|&i| uses[i] == Use::Session).collect();
    for pair in live.windows(2) {
        let between = moments[pair[0]].range.end..moments[pair[1]].range.start;
        let near = between.end.saturating_sub(between.start) < 80 && between.start <= between.end;
        if near && piece.signs.within(Cue::Or, &between).is_some() {
            uses[pair[0]] = Use::Offered;
            uses[pair[1]] = Use::Offered;
        }
    }
    let several = live.len() > 1 && moments[live[0]].start != moments[live[live.len() - 1]].start;
    let listed: Vec<&Moment> = live.iter().map(|&i| &moments[i]).collect();
    let asked = || {
        if is_timetable(&listed) {
            piece.signs.within(Cue::Offer, &surroundings(piece, &listed)).is_some()
        } else {
            piece.asks_which()
        }
    };
    if several && asked() {
        for i in live {
            uses[i] = Use::Offered;
        }
    }
}

/// Whether times can be the parts of one day: one after the other, none within another, each with its end.
fn is_timetable(moments: &[&Moment]) -> bool {
    let follows = |pair: &[&Moment]| {
        pair[0].date == pair[1].date && pair[0].end.is_some_and(|end| end <= pair[1].start)
    };
    moments.windows(2).all(follows)
}

/// Times with the paragraph before them and the one behind.
fn surroundings(piece: &Piece, moments: &[&Moment]) -> Range<usize> {
    let text = &piece.text;
    let first = moments.first().map_or(0, |m| m.range.start);
    let last = moments.last().map_or(0, |m| m.range.end);
    let above = text[..first].rmatch_indices("\n\n").nth(1).map_or(0, |(at, _)| at);
    let below = text[last..].match_indices("\n\n").nth(1).map_or(text.len(), |(at, _)| last + at);
    above..below
}

/// Where an appointment is moved, the time that is named last is the new one, unless one is said to be old.
fn settle_moves(piece: &Piece, uses: &mut [Use]) {
    let live: Vec<usize> = (0..uses.len()).filter(|&i| uses[i] == Use::Session).collect();
    if live.len() < 2
        || !piece.moves()
        || uses.contains(&Use::Old)
        || uses.contains(&Use::CalledOff)
    {
        return;
    }
    let moments = &piece.reading.moments;
    let signs = &piece.signs;
    // The sentence that speaks of the change names the old time first.
    let Some(change) = signs.all(Cue::Move).find(|s| signs_length(s.range.len())) else { return };
    let sentence = piece.sentence(change.range.start);
    let first = live[0];
    // "Tuesday at three it is. The clocks will have changed": what is agreed to is not what changes.
    let own = piece.sentence(moments[first].time.start);
    if own.end <= sentence.start && signs.within(Cue::Confirm, &own).is_some() {
        return;
    }
    if moments[first].time.start < sentence.end
        && live[1..].iter().all(|&i| moments[i].start != moments[first].start)
        && live.len() == 2
    {
        uses[first] = Use::Old;
    }
}

/// "The following interview has been cancelled:" calls off what stands below it, unless another time is set.
fn settle_cancellation(piece: &Piece, uses: &mut [Use]) {
    if piece.moves() && uses.contains(&Use::Session) {
        uses.iter_mut().filter(|u| **u == Use::CalledOff).for_each(|u| *u = Use::Old);
    }
    let set = uses.contains(&Use::CalledOff) || uses.contains(&Use::Old) || piece.moves();
    if set || !piece.speaks_of_meeting_off() {
        return;
    }
    let first = piece.signs.all(Cue::Cancel).next().map_or(0, |s| s.range.start);
    for (usage, moment) in uses.iter_mut().zip(&piece.reading.moments) {
        if *usage == Use::Session && moment.range.start > first {
            *usage = Use::CalledOff;
        }
    }
}

/// "now" and "new" alone change nothing.
fn signs_length(bytes: usize) -> bool {
    bytes > 3
}
