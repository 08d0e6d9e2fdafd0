//! What a message does to what was said before it: moves, offers, agrees, withdraws.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Session;

/// Which of the times offered before is agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// The one that there was.
    Only,
    /// The one of this place in the list, from 0.
    Nth(usize),
    /// The one of this start.
    At(Timestamp),
    /// The one on this day.
    On(Date),
}

/// A message as a turn of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// It changes a time that stood.
    pub moves: bool,
    /// That time, where it is named.
    pub from: Option<Timestamp>,
    /// The times that it offers, in their order.
    pub offers: Vec<Session>,
    /// The days that it names without a time: "Thursday instead, same time?"
    #[serde(default)]
    pub days: Vec<Date>,
    /// It agrees to a time that was offered before.
    pub agrees: Option<Choice>,
    /// Its writer does not want the interview, or the position, any more.
    pub withdraws: bool,
}

impl Turn {
    /// What this and another reading of the same message say together; the other is the closer one.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            moves: self.moves || other.moves,
            from: other.from.or(self.from),
            offers: if other.offers.is_empty() { self.offers } else { other.offers },
            days: if other.days.is_empty() { self.days } else { other.days },
            agrees: other.agrees.or(self.agrees),
            withdraws: self.withdraws || other.withdraws,
        }
    }
}
