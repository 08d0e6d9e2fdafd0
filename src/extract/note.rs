//! What the owner writes to himself about an interview: a line that was forgotten to be said, sent from wherever they are.

use crate::address::Owner;
use crate::message::Message;

/// How many characters of a note are kept.
pub const MAX_NOTE: usize = 1000;

/// The note of a message: from the owner, to the owner alone, in answer to something or with a subject that begins with
/// "note". What it is about is found by its conversation, or by the company that the subject names.
pub fn read(message: &Message, owner: &Owner) -> Option<String> {
    let own = |p: &crate::address::Person| p.address.as_ref().is_some_and(|a| owner.has(a));
    let from_owner = message.from.as_ref().is_some_and(own);
    let mut to = message.to.iter().chain(&message.cc).chain(&message.bcc).peekable();
    let to_owner = to.peek().is_some() && to.all(own);
    let answers = !message.references.is_empty();
    if !from_owner || !to_owner || !(answers || names_itself(&message.subject)) {
        return None;
    }
    text(&message.text.new)
}

/// Whether a subject begins with "note": "Note: Acme", "notes for Acme".
pub fn names_itself(subject: &str) -> bool {
    let first = subject.split(|c: char| !c.is_alphanumeric()).find(|w| !w.is_empty());
    first.is_some_and(|w| ["note", "notes"].iter().any(|n| w.eq_ignore_ascii_case(n)))
}

/// A note as it may go into a letter: one line, of a bounded length; `None` for an empty one.
pub fn text(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).take(MAX_NOTE).collect();
    (!line.is_empty()).then_some(line)
}
