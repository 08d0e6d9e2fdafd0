//! How long something takes, in words and numbers.

use super::reader::Reader;
use super::token::Gap;
use super::words::Meaning;

/// Longer than any meeting, in minutes.
const LONGEST: i32 = 10 * 60;

/// A length in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct LengthAt {
    pub minutes: i32,
    /// It is no length of a meeting, or an uncertain one: a notice, a walk, "3-4 hours".
    pub apart: bool,
    /// The token behind it.
    pub to: usize,
}

impl Reader<'_> {
    /// The length that begins at a token.
    pub fn length(&self, at: usize) -> Option<LengthAt> {
        let (minutes, to) = self.length_phrase(at).or_else(|| self.counted(at))?;
        let (minutes, to) = match self.counted(self.skip(to, Meaning::And)) {
            Some((more, behind)) if more < 60 && minutes % 60 == 0 => (minutes + more, behind),
            _ => (minutes, to),
        };
        let open = at.checked_sub(1).is_some_and(|i| {
            let joined = self.mark(i) == Some('-') || self.is(i, Meaning::To).is_some();
            joined && i.checked_sub(1).is_some_and(|n| self.number(n).is_some())
        });
        let behind = (to..to + 3)
            .take_while(|&i| self.mark(i).is_none_or(|c| c == '-') && self.gap(i) < Gap::Paragraph);
        let apart = open
            || behind.into_iter().any(|i| self.is(i, Meaning::Apart).is_some())
            || (1..=2).any(|n| {
                at.checked_sub(n)
                    .is_some_and(|i| self.is(i, Meaning::Apart).is_some_and(|next| next <= at))
            });
        (5..=LONGEST).contains(&minutes).then_some(LengthAt { minutes, apart, to })
    }

    /// "an hour and a half", "eine Dreiviertelstunde".
    fn length_phrase(&self, at: usize) -> Option<(i32, usize)> {
        self.means(at, |m| match m {
            Meaning::Length(minutes) => Some(i32::from(minutes)),
            _ => None,
        })
    }

    /// "45 minutes", "45-minute", "1.5 hours", "two hours", "1h30".
    fn counted(&self, at: usize) -> Option<(i32, usize)> {
        let word = |m| match m {
            Meaning::Number(n) => Some(i32::from(n)),
            _ => None,
        };
        let (tenths, next) = match self.number(at) {
            Some((whole, 1..=3)) => {
                let whole = i32::try_from(whole).ok()? * 10;
                let point = matches!(self.mark(at + 1), Some('.' | ','))
                    && self.glued(at + 1)
                    && self.glued(at + 2);
                match self.number(at + 2).filter(|(_, digits)| point && *digits == 1) {
                    Some((part, _)) => (whole + i32::try_from(part).ok()?, at + 3),
                    None => (whole, at + 1),
                }
            }
            Some(_) => return None,
            None => self.means(at, word).map(|(n, next)| (n * 10, next))?,
        };
        let next = if self.mark(next) == Some('-') && self.glued(next) { next + 1 } else { next };
        let (unit, to) = self.means(next, |m| match m {
            Meaning::Unit(minutes) => Some(i32::from(minutes)),
            _ => None,
        })?;
        if self.gap(next) >= Gap::Paragraph {
            return None;
        }
        let minutes = tenths * unit / 10;
        match self.small(to, 0, 59) {
            Some(more) if unit == 60 && self.glued(to) => Some((minutes + i32::from(more), to + 1)),
            _ => Some((minutes, to)),
        }
    }
}
