//! The letters of an interview as they would be written now, for `afterword letter`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::status::{DraftStatus, InterviewStatus, draft, interview};
use crate::address::Person;
use crate::control::Which;
use crate::draft;
use crate::engine::{Engine, Shown};

/// The letters of one interview.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LettersTold {
    /// When it was asked.
    pub at: Timestamp,
    /// The interview.
    pub interview: InterviewStatus,
    /// Its letters; none where it does not take place, or nobody of it can be written to.
    pub letters: Vec<LetterTold>,
}

/// One letter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LetterTold {
    /// What it is for, as `preview --json` names it.
    pub kind: String,
    /// The style, where several were asked for.
    pub style: Option<String>,
    /// To whom.
    pub to: Vec<Person>,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The interview's id.
    pub interview: String,
    /// Whether it has, or would have, the star.
    pub flagged: bool,
    /// Why.
    pub because: Vec<String>,
    /// When it is, or was, due.
    pub due: Option<Timestamp>,
    /// What became of the one that was drafted; its text may have been another.
    pub draft: Option<DraftStatus>,
}

impl LettersTold {
    /// The letters of the interview that is or was called `id`, or whose draft has that Message-ID; `None` where there is
    /// none. An error where a letter cannot be written.
    pub fn of(
        engine: &Engine,
        id: &str,
        which: Which,
        now: Timestamp,
    ) -> Option<Result<Self, draft::Error>> {
        let found = engine.interview_or_of_draft(id)?;
        let told = |style: Option<&str>, shown: Vec<Shown>| -> Vec<LetterTold> {
            shown.into_iter().map(|one| letter(one, style)).collect()
        };
        let letters = match which {
            Which::Letters => engine.letters(found, None, now).map(|shown| told(None, shown)),
            Which::Scripts => engine.scripts(found, now).map(|shown| told(None, shown)),
            Which::Styles => {
                let styles = engine.styles().into_iter();
                let each = styles.map(|style| {
                    let shown = engine.letters(found, Some(&style), now)?;
                    Ok(told(Some(&style), shown))
                });
                each.collect::<Result<Vec<_>, _>>().map(|all| all.concat())
            }
        };
        Some(letters.map(|letters| Self { at: now, interview: interview(found, now), letters }))
    }
}

fn letter(shown: Shown, style: Option<&str>) -> LetterTold {
    let Shown { follow_up, written, entry } = shown;
    LetterTold {
        kind: follow_up.kind.as_str().to_owned(),
        style: style.map(str::to_owned),
        to: vec![written.to],
        subject: written.letter.subject,
        body: written.letter.body,
        interview: follow_up.interview.id,
        flagged: !written.doubts.is_empty(),
        because: written.doubts.iter().map(|doubt| format!("starred: {doubt}")).collect(),
        due: (follow_up.due != Timestamp::MAX).then_some(follow_up.due),
        draft: entry.as_ref().and_then(self::draft),
    }
}
