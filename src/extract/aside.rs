//! What a mail says of an interview without showing one by itself: "You're on for Thursday at noon", "today is off",
//! "Ken is ill, Aditi takes his slot". Beside other mail of the same matter it counts; alone it is too little for a letter.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Session;
use crate::address::Person;

/// The half-said things of one mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Aside {
    /// Times that it speaks of as settled.
    pub sessions: Vec<Session>,
    /// The days that it names.
    pub days: Vec<Date>,
    /// A meeting does not take place.
    pub off: bool,
    /// Who will be met.
    pub met: Vec<Person>,
    /// Who was to be met, and cannot come.
    pub away: Vec<Person>,
}

impl Aside {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A company's name whose letters are those of a domain: the house of everybody with an address there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct House {
    /// The registered domain.
    pub domain: String,
    /// The name, as it is written.
    pub name: String,
}
