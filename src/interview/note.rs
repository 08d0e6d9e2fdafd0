//! What the owner forgot to say in an interview: told by command or by mail, and put beside the interview it is about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Interview;

/// A note told by command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When it was told.
    pub at: Timestamp,
    /// The words, on one line.
    pub text: String,
    /// The interview's name when it was told.
    pub interview: String,
    /// The Message-IDs of the messages that spoke of it then: they find it when its name is another.
    pub messages: Vec<String>,
}

impl Note {
    /// A note about an interview.
    pub fn about(interview: &Interview, text: String, at: Timestamp) -> Self {
        Self { at, text, interview: interview.id.clone(), messages: interview.messages.clone() }
    }

    fn is_about(&self, interview: &Interview) -> bool {
        interview.is_called(&self.interview)
            || self.messages.iter().any(|m| interview.messages.contains(m))
    }
}

/// Something to say, as an interview knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// When it was told.
    pub at: Timestamp,
    /// The words, on one line.
    pub text: String,
    /// Where they come from.
    pub source: String,
}

/// How many notes of one interview are heeded, the newest.
const MAX_NOTES: usize = 10;

/// Puts every note beside its interview, in the order in which they were told. Of several interviews that a note may be
/// about it is the one that was called so.
pub fn attach<'n>(interviews: &mut [Interview], notes: impl Iterator<Item = &'n Note>) {
    for note in notes {
        let named = interviews.iter().position(|i| i.is_called(&note.interview));
        let found = named.or_else(|| interviews.iter().position(|i| note.is_about(i)));
        let Some(interview) = found.map(|index| &mut interviews[index]) else { continue };
        interview.notes.push(Forgotten {
            at: note.at,
            text: note.text.clone(),
            source: "`afterword note`".to_owned(),
        });
    }
    for interview in interviews {
        let notes = &mut interview.notes;
        notes.sort_by(|a, b| (a.at, &a.text).cmp(&(b.at, &b.text)));
        notes.dedup_by(|a, b| a.text == b.text);
        notes.drain(..notes.len().saturating_sub(MAX_NOTES));
    }
}
