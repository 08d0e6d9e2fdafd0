//! The simulated server: three folders and a bin, a second client at work in them, and whose each draft is.

use std::rc::Rc;

use afterword::address::EmailAddress;
use afterword::folder::{Draft, Drafts, Outcome, Position, Saved};

use super::moment;
use super::month::Seconds;

/// A message in a folder that is read.
pub struct Message {
    pub uid: u32,
    pub arrived: Seconds,
    pub bytes: Rc<Vec<u8>>,
}

/// A folder that is read.
pub struct Folder {
    pub position: Position,
    pub messages: Vec<Message>,
}

impl Folder {
    pub fn new(uid_validity: u32) -> Self {
        Self { position: Position { uid_validity, uid_next: 1 }, messages: Vec::new() }
    }

    pub fn deliver(&mut self, arrived: Seconds, bytes: Rc<Vec<u8>>) {
        self.messages.push(Message { uid: self.position.uid_next, arrived, bytes });
        self.position.uid_next += 1;
    }

    /// All UIDs become others.
    pub fn renumber(&mut self) {
        self.position = Position { uid_validity: self.position.uid_validity + 1, uid_next: 1 };
        for message in &mut self.messages {
            message.uid = self.position.uid_next;
            self.position.uid_next += 1;
        }
    }
}

/// A message in Drafts.
#[derive(Clone, Debug)]
pub struct Copy {
    pub uid: u32,
    /// From when on it is listed.
    pub shown: Seconds,
    pub message_id: String,
    pub size: u64,
    pub date: Seconds,
    pub flags: Vec<String>,
    pub to: String,
    /// Which letter of ours it is, or was before the owner edited it.
    pub letter: Option<usize>,
    /// Whether the owner's hand was on it.
    pub touched: bool,
}

impl Copy {
    pub fn is_deleted(&self) -> bool {
        self.flags.iter().any(|f| f == "\\Deleted")
    }
}

/// Drafts and the bin.
pub struct Shelf {
    pub position: Position,
    pub copies: Vec<Copy>,
    /// Message-IDs.
    pub bin: Vec<String>,
    /// Whether it knows MOVE; else a draft is only marked.
    pub moves: bool,
}

impl Shelf {
    pub fn put(&mut self, copy: Copy) -> u32 {
        let uid = self.position.uid_next;
        self.position.uid_next += 1;
        self.copies.push(Copy { uid, ..copy });
        uid
    }

    pub fn take(&mut self, uid: u32) -> Option<Copy> {
        let place = self.copies.iter().position(|c| c.uid == uid)?;
        Some(self.copies.remove(place))
    }

    pub fn renumber(&mut self) {
        self.position = Position { uid_validity: self.position.uid_validity + 1, uid_next: 1 };
        for copy in &mut self.copies {
            copy.uid = self.position.uid_next;
            self.position.uid_next += 1;
        }
    }

    /// What a client sees: Drafts as it was before what is not shown yet came into it.
    pub fn list(&self, now: Seconds) -> Drafts {
        let hidden = self.copies.iter().filter(|c| c.shown > now).map(|c| c.uid).min();
        let uid_next = hidden.unwrap_or(self.position.uid_next);
        let shown = self.copies.iter().filter(|c| c.uid < uid_next);
        let drafts = shown.map(|c| Draft {
            uid: c.uid,
            size: c.size,
            flags: c.flags.clone(),
            message_id: Some(c.message_id.clone()),
            to: EmailAddress::parse(&c.to).into_iter().collect(),
            date: Some(moment(c.date)),
        });
        Drafts { position: Position { uid_next, ..self.position }, drafts: drafts.collect() }
    }

    /// What the edge finds where a draft was saved: whether it is as it was.
    pub fn as_saved(&self, saved: &Saved) -> (Outcome, Option<&Copy>) {
        if self.position.uid_validity != saved.uid_validity {
            return (Outcome::Touched, None);
        }
        let Some(copy) = self.copies.iter().find(|c| c.uid == saved.uid) else {
            return (Outcome::Gone, None);
        };
        let same = copy.message_id == saved.message_id
            && copy.size == saved.size
            && copy.flags == flags(saved.flagged);
        (if same { Outcome::Done } else { Outcome::Touched }, Some(copy))
    }
}

/// The flags that a draft of ours has.
pub fn flags(starred: bool) -> Vec<String> {
    let star = starred.then_some("\\Flagged");
    ["\\Draft", "\\Seen"].into_iter().chain(star).map(str::to_owned).collect()
}
