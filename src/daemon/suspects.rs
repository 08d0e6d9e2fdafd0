//! Messages that end the connection, or that a server has no time for. One that does it too often is set aside, so that it
//! cannot hold up all others.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::folder::Position;

/// How many messages set aside are remembered of a folder, the newest.
const MAX_SET_ASIDE: usize = 100;
/// How much it takes to be set aside: ending the connection twice, or being refused with a promise of later ten times, which with
/// growing pauses takes more than half an hour.
const TOO_MUCH: u32 = 10;

/// The suspects of one folder. Stored with its position: a daemon that lives for one round at a time gets past them too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspects {
    /// With another one all UIDs are void.
    uid_validity: u32,
    /// Being read together when a connection ended: from now on one by one.
    together: BTreeSet<u32>,
    /// Being read alone then, and how much speaks against each.
    alone: BTreeMap<u32, u32>,
    /// Against which there is too much.
    set_aside: BTreeSet<u32>,
}

impl Suspects {
    /// These were being read when the connection ended, or when the server said that it has no time (`passing`).
    pub(super) fn note(&mut self, uid_validity: u32, uids: &[u32], passing: bool) {
        self.adopt(uid_validity);
        let [uid] = uids else {
            self.together.extend(uids);
            return;
        };
        let against = self.alone.entry(*uid).or_default();
        *against += if passing { 1 } else { TOO_MUCH / 2 };
        if *against < TOO_MUCH {
            return;
        }
        self.alone.remove(uid);
        self.together.remove(uid);
        self.set_aside.insert(*uid);
        while self.set_aside.len() > MAX_SET_ASIDE {
            self.set_aside.pop_first();
        }
    }

    /// Everything below a position was read: nothing there is suspect any more.
    pub(super) fn clear(&mut self, position: Position) {
        self.adopt(position.uid_validity);
        self.together = self.together.split_off(&position.uid_next);
        self.alone = self.alone.split_off(&position.uid_next);
    }

    /// Which messages are not to be read.
    pub(super) fn set_aside(&self) -> &BTreeSet<u32> {
        &self.set_aside
    }

    /// Whether each message is to be read alone, which tells which one ends the connection.
    pub(super) fn one_by_one(&self) -> bool {
        !self.together.is_empty() || !self.alone.is_empty()
    }

    fn adopt(&mut self, uid_validity: u32) {
        if self.uid_validity != uid_validity {
            *self = Self { uid_validity, ..Self::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(uid_next: u32) -> Position {
        Position { uid_validity: 1, uid_next }
    }

    #[test]
    fn twice_alone_is_set_aside() {
        let mut suspects = Suspects::default();
        assert!(!suspects.one_by_one());
        suspects.note(1, &[7, 8, 9], false);
        assert!(suspects.one_by_one() && suspects.set_aside().is_empty());
        suspects.note(1, &[8], false);
        assert!(suspects.set_aside().is_empty(), "once may be chance");
        suspects.note(1, &[8], false);
        assert_eq!(suspects.set_aside().iter().copied().collect::<Vec<_>>(), [8]);
        suspects.clear(at(10));
        assert!(!suspects.one_by_one());
        assert_eq!(suspects.set_aside().len(), 1);
    }

    #[test]
    fn what_was_read_after_all_is_no_suspect() {
        let mut suspects = Suspects::default();
        suspects.note(1, &[8], false);
        suspects.clear(at(9));
        suspects.note(1, &[8], false);
        assert!(suspects.set_aside().is_empty());
        suspects.note(2, &[8], false);
        assert!(suspects.set_aside().is_empty(), "other UIDVALIDITY, other message");
        assert!(suspects.one_by_one());
    }

    #[test]
    fn a_server_without_time_has_to_say_so_often() {
        let mut suspects = Suspects::default();
        for _ in 0..9 {
            suspects.note(1, &[8], true);
            assert!(suspects.set_aside().is_empty() && suspects.one_by_one());
        }
        suspects.note(1, &[8], true);
        assert!(suspects.set_aside().contains(&8));
    }

    #[test]
    fn the_number_is_bounded() {
        let mut suspects = Suspects::default();
        for uid in 1..=1000 {
            suspects.note(1, &[uid], false);
            suspects.note(1, &[uid], false);
        }
        assert_eq!(suspects.set_aside().len(), MAX_SET_ASIDE);
        assert!(suspects.set_aside().contains(&1000) && !suspects.one_by_one());
    }
}
