//! Times and ranges of times: which numbers are times at all, and which half of the day they are in.

use jiff::civil::Time;

use super::clock::{Clock, Shape};
use super::reader::Reader;
use super::token::{Gap, Kind};
use super::words::{Meaning, Part};
use super::zone::Zone;

/// A time or a range of times in a text.
#[derive(Clone, Debug)]
pub(super) struct TimeAt {
    pub start: Time,
    pub end: Option<Time>,
    /// The zone that stands with it.
    pub zone: Option<Zone>,
    /// The range is one within which something lies.
    pub between: bool,
    /// The time is that which was named before.
    pub same: bool,
    /// Its tokens.
    pub from: usize,
    /// The token behind it.
    pub to: usize,
}

impl Reader<'_> {
    /// The time or range that begins at a token. `dated`: a date ends right before it, so that bare hours may be meant.
    pub fn time(&self, at: usize, dated: bool) -> Option<TimeAt> {
        let (lead, first_at) = self.lead(at);
        if let Some(to) = self.is(first_at, Meaning::Same) {
            let time = TimeAt {
                start: Time::midnight(),
                end: None,
                zone: None,
                between: false,
                same: true,
                from: at,
                to,
            };
            return Some(time);
        }
        let first = self.clock(first_at)?;
        let (zone, next) = self.zone_behind(first.to);
        let range = self.second(next, lead == Some(Meaning::Between));
        let Some((second, zone_end)) =
            range.and_then(|second| self.ranged(first, second, lead, dated))
        else {
            return self.single(at, first, zone, next, lead.is_some(), dated);
        };
        let (end_zone, to) = zone_end;
        let (start, end) = halves(first, second);
        Some(TimeAt {
            start: clock_time(start)?,
            end: clock_time(end),
            zone: end_zone.or(zone),
            between: lead == Some(Meaning::Between),
            same: false,
            from: at,
            to,
        })
    }

    /// The words that lead a time: "at", "from", "at around".
    fn lead(&self, at: usize) -> (Option<Meaning>, usize) {
        let word = |m| matches!(m, Meaning::At | Meaning::From | Meaning::Between).then_some(m);
        let Some((lead, mut next)) = self.means(at, word) else { return (None, at) };
        let mut strongest = lead;
        for _ in 0..2 {
            let Some((more, behind)) = self.means(next, word) else { break };
            next = behind;
            if more != Meaning::At {
                strongest = more;
            }
        }
        (Some(strongest), next)
    }

    /// The second time of a range, behind its sign.
    fn second(&self, at: usize, between: bool) -> Option<Clock> {
        let dash = (self.mark(at) == Some('-')).then_some(at + 1);
        let word =
            self.means(at, |m| (m == Meaning::To || (between && m == Meaning::And)).then_some(()));
        let next = dash.or(word.map(|((), next)| next))?;
        let next = self.skip(next, Meaning::At);
        (self.gap(next) < Gap::Paragraph).then(|| self.clock(next)).flatten()
    }

    /// Whether two times make a range, with what stands behind it.
    fn ranged(
        &self,
        first: Clock,
        second: Clock,
        lead: Option<Meaning>,
        dated: bool,
    ) -> Option<(Clock, (Option<Zone>, usize))> {
        let sure = first.shape == Shape::Sure
            || second.shape >= Shape::Dotted && first.shape >= Shape::Dotted;
        // "10-11am" begins with a bare number; "3 - 45 minutes" and "2-3 people" do not.
        let marked = second.shape == Shape::Sure
            || dated
            || matches!(lead, Some(Meaning::From | Meaning::Between));
        let counted = self
            .means(second.to, |m| matches!(m, Meaning::Unit(_) | Meaning::Month(_)).then_some(()))
            .is_some();
        if !(sure || marked) || counted || (second.shape == Shape::Bare && self.goes_on(second.to))
        {
            return None;
        }
        Some((second, self.zone_behind(second.to)))
    }

    /// Whether a bare number goes on as something else: a part of a word, an amount, a telephone number.
    fn goes_on(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        let mark = matches!(token.kind, Kind::Mark('%' | '€' | '$' | '+' | '/' | '\u{b0}' | '#'));
        let number = matches!(token.kind, Kind::Number(..)) && token.gap <= Gap::Blank;
        let more = matches!(token.kind, Kind::Mark('-' | '.' | ',' | ':'))
            && self.glued(at + 1)
            && self.number(at + 1).is_some();
        mark || number || more || (token.gap == Gap::None && !matches!(token.kind, Kind::Mark(_)))
    }

    /// A time that is no range.
    fn single(
        &self,
        at: usize,
        clock: Clock,
        zone: Option<Zone>,
        to: usize,
        led: bool,
        dated: bool,
    ) -> Option<TimeAt> {
        let fine = match clock.shape {
            Shape::Sure => true,
            Shape::Dotted => led || dated || zone.is_some(),
            Shape::Bare => {
                led && (1..=23).contains(&clock.hour)
                    && self.ends_sense(clock.to)
                    && !self.goes_on(clock.to)
            }
        };
        let start = clock_time(guess(clock))?;
        fine.then_some(TimeAt { start, end: None, zone, between: false, same: false, from: at, to })
    }

    /// Whether a bare hour may end here: before a mark, the end of a line, or a word that goes on about time. A noun would
    /// be counted, a capital a street.
    fn ends_sense(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return true };
        if token.gap >= Gap::Line {
            return true;
        }
        match token.kind {
            Kind::Mark(c) => !matches!(c, '%' | '/' | '&' | '@'),
            Kind::Number(..) => false,
            Kind::Word => {
                let unit =
                    self.means(at, |m| matches!(m, Meaning::Unit(_)).then_some(())).is_some();
                let known = self.knows(at, |m| !matches!(m, Meaning::Unit(_) | Meaning::Number(_)));
                known && !unit && self.word(at) != "of"
            }
        }
    }
}

/// The halves of the day of a range's times, each by the other.
fn halves(first: Clock, second: Clock) -> (Clock, Clock) {
    let order = |c: Clock| i16::from(c.hour) * 60 + i16::from(c.minute);
    let with = |c: Clock, half| resolved(Clock { half: Some(half), ..c });
    match (first.half, second.half) {
        (None, Some(half)) if !first.exact => {
            let end = guess(second);
            let same = with(first, half);
            let start = if order(same) < order(end) { same } else { with(first, other(half)) };
            (start, end)
        }
        (Some(half), None) if !second.exact => {
            let start = guess(first);
            let same = with(second, half);
            let end = if order(same) > order(start) { same } else { with(second, other(half)) };
            (start, end)
        }
        _ => {
            let (start, mut end) = (guess(first), guess(second));
            if order(end) <= order(start) && end.hour < 12 && !second.exact {
                end.hour += 12;
            }
            (start, end)
        }
    }
}

fn other(half: Part) -> Part {
    match half {
        Part::Morning => Part::Afternoon,
        Part::Afternoon => Part::Morning,
    }
}

/// The hour of 24 where the half is known.
fn resolved(clock: Clock) -> Clock {
    let hour = match (clock.half, clock.hour) {
        (Some(Part::Morning), 12) => 0,
        (Some(Part::Afternoon), 1..=11) => clock.hour + 12,
        (_, hour) => hour,
    };
    Clock { hour, ..clock }
}

/// The hour of 24 that is meant: "at 3" is in the afternoon, "at 9" in the morning.
fn guess(clock: Clock) -> Clock {
    match clock.half {
        Some(_) => resolved(clock),
        None if !clock.exact && (1..=6).contains(&clock.hour) => {
            Clock { hour: clock.hour + 12, ..clock }
        }
        None => clock,
    }
}

fn clock_time(clock: Clock) -> Option<Time> {
    Time::new(if clock.hour == 24 { 0 } else { clock.hour }, clock.minute, 0, 0).ok()
}
