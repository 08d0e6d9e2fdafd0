//! UID FETCH, read into records; and opening folders.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use imap_proto::{
    AttributeValue, MailboxDatum, MessageSection, Response, ResponseCode, SectionPath, Status,
};
use jiff::Timestamp;
use jiff::fmt::strtime;

use super::client::{Client, SMALL};
use super::error::{Error, plain};
use super::reassemble::Sections;
use super::structure::Part;
use super::{Connection, FolderName};
use crate::folder::Position;

/// What FETCH told of one message.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// Flags as the server spells them, `\Recent` left out.
    pub flags: Vec<String>,
    pub size: Option<u64>,
    pub arrived: Option<Timestamp>,
    pub structure: Option<Part>,
    pub sections: Sections,
}

/// Records by UID.
pub(super) type Records = BTreeMap<u32, Fetched>;

/// What was fetched, and the answers that could not be read.
pub(super) struct Reply {
    pub records: Records,
    pub passed_over: Vec<String>,
}

/// A folder that has just been opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    /// UIDVALIDITY and UIDNEXT.
    pub position: Position,
    /// How many messages are in it.
    pub exists: u32,
    pub read_write: bool,
}

/// Fetches `items` (UID among them) of the messages in `set`; an answer about a message that `asked` does not know is dropped.
pub(super) async fn fetch(
    client: &mut Client,
    command: &str,
    budget: usize,
    asked: impl Fn(u32) -> bool + Send + Sync,
) -> Result<Reply, Error> {
    let mut records = Records::new();
    let answer = client
        .exec("UID FETCH", command, budget, &mut |response| {
            let Response::Fetch(_, values) = response else { return };
            let uid = values.iter().find_map(|value| match value {
                AttributeValue::Uid(uid) => Some(*uid),
                _ => None,
            });
            if let Some(uid) = uid.filter(|uid| asked(*uid)) {
                records.entry(uid).or_default().take(values);
            }
        })
        .await?;
    let passed_over = answer
        .passed_over
        .into_iter()
        .filter(|line| line.to_ascii_uppercase().contains(" FETCH "))
        .collect();
    Ok(Reply { records, passed_over })
}

/// [`fetch`] of everything from a UID on. `n:*` names the last message even where its UID is below n (RFC 9051 section
/// 9, seq-range), so that what lies below is dropped. An answer that cannot be read is an error.
pub(super) async fn fetch_from(
    client: &mut Client,
    from: u32,
    items: &str,
    budget: usize,
) -> Result<Records, Error> {
    let reply =
        fetch(client, &format!("UID FETCH {from}:* ({items})"), budget, |uid| uid >= from).await?;
    reply.all_readable()
}

impl Reply {
    /// The records, if there was nothing besides them.
    pub(super) fn all_readable(self) -> Result<Records, Error> {
        match self.passed_over.first() {
            Some(line) => Err(Error::Garbage { command: "UID FETCH", text: plain(line) }),
            None => Ok(self.records),
        }
    }
}

impl Fetched {
    fn take(&mut self, values: &[AttributeValue<'_>]) {
        for value in values {
            match value {
                AttributeValue::Flags(flags) => {
                    let kept = flags.iter().filter(|flag| !flag.eq_ignore_ascii_case("\\Recent"));
                    self.flags = kept.map(ToString::to_string).collect();
                }
                AttributeValue::Rfc822Size(size) => self.size = Some(u64::from(*size)),
                AttributeValue::InternalDate(date) => self.arrived = internal_date(date),
                AttributeValue::BodyStructure(structure) => {
                    self.structure = Part::of_message(structure);
                }
                AttributeValue::BodySection {
                    section,
                    index: None | Some(0),
                    data: Some(data),
                } => {
                    self.sections.insert(section_name(section.as_ref()), data.to_vec());
                }
                _ => {}
            }
        }
    }
}

/// INTERNALDATE: ` 7-Jul-2026 02:44:25 -0700` (RFC 9051 section 9, date-time).
fn internal_date(text: &str) -> Option<Timestamp> {
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?.to_timestamp().ok()
}

/// A section as we ask for it.
fn section_name(section: Option<&SectionPath>) -> String {
    let text = |part: &MessageSection| match part {
        MessageSection::Header => "HEADER",
        MessageSection::Mime => "MIME",
        MessageSection::Text => "TEXT",
    };
    match section {
        None => String::new(),
        Some(SectionPath::Full(part)) => text(part).to_owned(),
        Some(SectionPath::Part(numbers, part)) => {
            let mut name = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
            if let Some(part) = part {
                name.push('.');
                name.push_str(text(part));
            }
            name
        }
    }
}

/// UIDs as a set: `1:3,7` (RFC 9051 section 9, sequence-set). They must be in order.
pub(super) fn uid_set(uids: &[u32]) -> String {
    let mut out = String::new();
    let mut rest = uids;
    while let Some((&first, _)) = rest.split_first() {
        let run = rest
            .iter()
            .zip(first..=u32::MAX)
            .take_while(|(uid, expected)| **uid == *expected)
            .count();
        if !out.is_empty() {
            out.push(',');
        }
        let last = rest[run - 1];
        // Writing to a String does not fail.
        let _ = if run == 1 { write!(out, "{first}") } else { write!(out, "{first}:{last}") };
        rest = &rest[run..];
    }
    out
}

impl Connection {
    /// Opens a folder for reading alone.
    pub(super) async fn examine(&mut self, folder: &FolderName) -> Result<Opened, Error> {
        let opened = self.open_folder("EXAMINE", folder).await?;
        self.examined = Some(folder.clone());
        Ok(opened)
    }

    /// Opens a folder for changes. Only Drafts is.
    pub(super) async fn select(&mut self, folder: &FolderName) -> Result<Opened, Error> {
        self.open_folder("SELECT", folder).await
    }

    async fn open_folder(
        &mut self,
        verb: &'static str,
        folder: &FolderName,
    ) -> Result<Opened, Error> {
        self.examined = None;
        let (mut validity, mut next, mut exists) = (None, None, None);
        let command = format!("{verb} {}", folder.quoted()?);
        let answer = self
            .client
            .exec(verb, &command, SMALL, &mut |response| match response {
                Response::MailboxData(MailboxDatum::Exists(n)) => exists = Some(*n),
                Response::Data { status: Status::Ok, outcome } => match outcome.code {
                    Some(ResponseCode::UidValidity(n)) => validity = Some(n),
                    Some(ResponseCode::UidNext(n)) => next = Some(n),
                    _ => {}
                },
                _ => {}
            })
            .await?;
        let missing = |what: &str| Error::Garbage {
            command: verb,
            text: format!("no {what} for `{folder}`"),
        };
        let uid_validity = validity.ok_or_else(|| missing("UIDVALIDITY"))?;
        let exists = exists.ok_or_else(|| missing("EXISTS"))?;
        let uid_next = match next {
            Some(next) => next,
            // RFC 3501 section 6.3.1: it may be missing, and is then to be found out.
            None if exists == 0 => 1,
            None => {
                let last = fetch(&mut self.client, "UID FETCH * (UID)", SMALL, |_| true)
                    .await?
                    .all_readable()?;
                last.last_key_value().ok_or_else(|| missing("UIDNEXT"))?.0.saturating_add(1)
            }
        };
        Ok(Opened {
            position: Position { uid_validity, uid_next },
            exists,
            read_write: answer.read_write,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_become_ranges() {
        assert_eq!(uid_set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(uid_set(&[u32::MAX]), "4294967295");
        assert_eq!(uid_set(&[]), "");
    }

    #[test]
    fn internal_dates() {
        let at = |text: &str| internal_date(text).map(|t| t.to_string());
        assert_eq!(at("17-Jul-2026 02:44:25 -0700").as_deref(), Some("2026-07-17T09:44:25Z"));
        assert_eq!(at(" 7-Jul-2026 02:44:25 +0000").as_deref(), Some("2026-07-07T02:44:25Z"));
        assert_eq!(at("yesterday"), None);
    }
}
