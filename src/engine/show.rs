//! Letters to be looked at: written from what is known now, and saved nowhere.

use jiff::Timestamp;

use super::Engine;
use crate::draft::{self, Letters, Written};
use crate::follow_up::{self, FollowUp};
use crate::interview::Interview;
use crate::ledger::Entry;

/// A letter as it would be written now.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is written for.
    pub follow_up: FollowUp,
    /// Its text.
    pub written: Written,
    /// What became of the one that was drafted, if one was.
    pub entry: Option<Entry>,
}

impl Engine {
    /// The letters to the people of an interview, settled or not, in a style; the owner's where that is none.
    pub fn letters(
        &self,
        interview: &Interview,
        style: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Shown>, draft::Error> {
        let letters = self.in_style(style);
        let owed = self.ask(&self.ledger, |known| follow_up::of_interview(known, interview));
        let shown = owed.into_iter().map(|(follow_up, settled)| {
            let kind = follow_up.kind.as_str();
            let written = self.written(&follow_up, kind, &letters, now)?;
            let entry = settled.and_then(|id| self.ledger.entry(&id)).cloned();
            Ok(Shown { follow_up, written, entry })
        });
        shown.collect()
    }

    /// A script for a call to each of an interview's people.
    pub fn scripts(
        &self,
        interview: &Interview,
        now: Timestamp,
    ) -> Result<Vec<Shown>, draft::Error> {
        let calls = self.ask(&self.ledger, |known| follow_up::calls(known, interview));
        let shown = calls.into_iter().map(|follow_up| {
            let written = self.written(&follow_up, "call", &self.setup.letters, now)?;
            Ok(Shown { follow_up, written, entry: None })
        });
        shown.collect()
    }

    /// The styles that letters can be written in.
    pub fn styles(&self) -> Vec<String> {
        self.setup.letters.styles()
    }

    fn in_style(&self, style: Option<&str>) -> Letters {
        match style {
            Some(style) => self.setup.letters.in_style(style),
            None => self.setup.letters.clone(),
        }
    }

    fn written(
        &self,
        follow_up: &FollowUp,
        kind: &str,
        letters: &Letters,
        now: Timestamp,
    ) -> Result<Written, draft::Error> {
        let matter = self.matter(follow_up, now);
        draft::write(follow_up, kind, &self.setup.owner, letters, &matter)
    }
}
