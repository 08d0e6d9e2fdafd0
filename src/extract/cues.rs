//! What the words around a time or a name show: a deadline, an offer, an old appointment, a person who takes part.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;

/// What a word or phrase shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cue {
    /// Of an interview.
    Interview,
    /// Of an application, or of people whose work is hiring.
    Apply,
    /// Of a position.
    Job,
    /// A definite appointment.
    Confirm,
    /// Several times, or none yet.
    Offer,
    /// One or the other.
    Or,
    /// An appointment gets another time.
    Move,
    /// It only may happen: "if you need to reschedule".
    Could,
    /// An appointment is called off.
    Cancel,
    /// The application is turned down.
    Reject,
    /// A conversation that was held.
    Held,
    /// Before a deadline.
    Due,
    /// Behind a deadline.
    DueBehind,
    /// Opening hours, journeys.
    Hours,
    /// When to be there, or when a link is sent.
    Arrive,
    /// Before the time from which on somebody could: "Wednesday after 3".
    Open,
    /// Other candidates are met.
    Others,
    /// Before a time that does not hold any more.
    OldBefore,
    /// Behind a time that does not hold any more.
    OldBehind,
    /// People talk with each other.
    Meet,
    /// A test, or something to hand in.
    Task,
    /// An interview without anybody: answers are recorded.
    Alone,
    /// Somebody is away.
    Absent,
    /// Advertisements of jobs, newsletters.
    Alert,
    /// What swindlers write.
    Scam,
    /// Somebody else's conversation, or none about a job.
    Elsewhere,
    /// Before the name of somebody who talks with the owner.
    With,
    /// The label of a list of such names.
    Panel,
    /// Behind such names.
    Leads,
    /// Beside the name of somebody who does not talk with the owner.
    NotThere,
    /// Behind the name of a house: it wants to see the owner.
    Wishes,
    /// What may come after this conversation, with people who are not in it.
    Later,
    /// What somebody is to the writer, before their name: "my partner".
    Relation,
    /// Behind the name of somebody who was to talk with the owner, and cannot.
    Away,
    /// The writer takes part.
    Myself,
    /// The writer may take part.
    Hopes,
    /// Before the number of an offered time.
    Option,
    /// The writer takes their leave; the signature follows.
    Closing,
    /// Beside the time at which a conversation is over.
    Ends,
    /// Before what somebody is to work as.
    As,
    /// Before the name of the house for which an agency writes.
    Client,
}

/// The `[cues]` table of a language's file.
pub(super) type File = BTreeMap<Cue, Vec<String>>;

/// A place where a cue stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What it shows.
    pub cue: Cue,
    /// Its bytes.
    pub range: Range<usize>,
}

/// The signs of a text, in order.
#[derive(Clone, Debug, Default)]
pub struct Signs(pub Vec<Sign>);

impl Signs {
    /// Those that show one thing.
    pub fn all(&self, cue: Cue) -> impl DoubleEndedIterator<Item = &Sign> {
        self.0.iter().filter(move |s| s.cue == cue)
    }

    /// Whether one shows it at all.
    pub fn has(&self, cue: Cue) -> bool {
        self.all(cue).next().is_some()
    }

    /// How many different places show it.
    pub fn count(&self, cue: Cue) -> usize {
        self.all(cue).count()
    }

    /// The first within a range that shows it.
    pub fn within(&self, cue: Cue, range: &Range<usize>) -> Option<&Sign> {
        self.all(cue).find(|s| s.range.start >= range.start && s.range.end <= range.end)
    }

    /// Whether one that shows it ends at most so many bytes before a place, within the bounds.
    pub fn before(&self, cue: Cue, at: usize, most: usize, bounds: &Range<usize>) -> Option<&Sign> {
        self.all(cue).rfind(|s| {
            s.range.start >= bounds.start && s.range.end <= at && at - s.range.end <= most
        })
    }

    /// Whether one that shows it begins at most so many bytes behind a place, within the bounds.
    pub fn behind(&self, cue: Cue, at: usize, most: usize, bounds: &Range<usize>) -> Option<&Sign> {
        self.all(cue).find(|s| {
            s.range.end <= bounds.end && s.range.start >= at && s.range.start - at <= most
        })
    }
}
