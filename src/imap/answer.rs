//! What a status response says: the verdict on a command, and the capabilities that may come with it.

use std::collections::BTreeSet;

use imap_proto::rfc4315::UidSetMember;
use imap_proto::{Capability, Outcome, ResponseCode, Status};

use super::error::{Error, explained, plain};

/// How many capabilities are remembered. Servers have some forty.
const MAX_CAPABILITIES: usize = 500;
/// How long a capability may be.
const MAX_CAPABILITY: usize = 100;

/// The tagged OK of a command.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// UIDVALIDITY and UID of an APPENDUID (RFC 4315 section 3).
    pub append_uid: Option<(u32, u32)>,
    /// Whether it carried READ-WRITE.
    pub read_write: bool,
    /// The capabilities, where it carried them.
    pub capabilities: Option<BTreeSet<String>>,
    /// Untagged responses that could not be read: their beginnings.
    pub passed_over: Vec<String>,
}

pub(super) fn bye(outcome: &Outcome<'_>) -> Error {
    Error::Bye(plain(outcome.information.as_deref().unwrap_or_default()))
}

/// The verdict on a tagged response (RFC 9051 section 7.1).
pub(super) fn judge(
    command: &'static str,
    status: &Status,
    outcome: &Outcome<'_>,
) -> Result<Answer, Error> {
    let text = explained(outcome.information.as_deref().unwrap_or_default());
    let status = match status {
        Status::Ok => {
            let mut answer = Answer { capabilities: capabilities_of(outcome), ..Answer::default() };
            match &outcome.code {
                Some(ResponseCode::AppendUid(validity, uids)) => {
                    answer.append_uid = single(uids).map(|u| (*validity, u));
                }
                Some(ResponseCode::ReadWrite) => answer.read_write = true,
                _ => {}
            }
            return Ok(answer);
        }
        Status::No => "NO",
        Status::Bad => "BAD",
        Status::PreAuth | Status::Bye => return Err(Error::Garbage { command, text }),
    };
    let try_create = matches!(outcome.code, Some(ResponseCode::TryCreate));
    Err(Error::Refused { command, status, text, try_create })
}

fn single(uids: &[UidSetMember]) -> Option<u32> {
    match uids {
        [UidSetMember::Uid(uid)] => Some(*uid),
        [UidSetMember::UidRange(range)] if range.start() == range.end() => Some(*range.start()),
        _ => None,
    }
}

pub(super) fn capabilities_of(outcome: &Outcome<'_>) -> Option<BTreeSet<String>> {
    match &outcome.code {
        Some(ResponseCode::Capabilities(list)) => Some(named(list)),
        _ => None,
    }
}

/// The names of capabilities, in upper case: as many and as long as make sense.
pub(super) fn named(list: &[Capability<'_>]) -> BTreeSet<String> {
    let fits = |name: &String| name.len() <= MAX_CAPABILITY;
    list.iter().take(MAX_CAPABILITIES).map(name_of).filter(fits).collect()
}

fn name_of(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_uppercase()),
        Capability::Atom(name) => name.to_uppercase(),
    }
}
