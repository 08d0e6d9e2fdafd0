//! Drafts: the one folder that is written to. Listing it, saving into it, looking for what was saved, and taking back
//! what nobody has touched.

use super::client::{Piece, SMALL};
use super::error::{AppendError, Error};
use super::fetch::{Fetched, Opened, Records, fetch, fetch_from};
use super::{Connection, FolderName, header};
use crate::folder::{Draft, Drafts, Outcome, Position, Role, Saved};
use imap_proto::Response;
use imap_proto::rfc4314::AclRight;

/// How many drafts are listed, the newest.
const MAX_DRAFTS: u32 = 2000;
/// How many messages are looked through for a Message-ID where the noted UIDs are void, the newest.
const MAX_LOOKED_AT: u32 = 20_000;
/// How much of the address fields of a draft is read.
const MAX_FIELDS: usize = 16 << 10;

/// What became of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// It is in the bin.
    Moved,
    /// It is gone for good: the server has no bin, or cannot move.
    Removed,
    /// It is marked `\Deleted`: more cannot be done without touching the owner's messages.
    Marked,
    /// It is not as we left it, or might not be: nothing was changed.
    Touched,
    /// It was no longer there.
    Gone,
}

/// Whether drafts can be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MayAppend {
    /// They can, and what says so.
    Yes(String),
    /// They cannot, and what says so.
    No(String),
    /// The folder has to be created first.
    AfterCreating(FolderName),
}

impl Connection {
    /// All drafts, the newest 2,000 of them. Empty only if the folder is, or if there is none yet.
    pub async fn list_drafts(&mut self) -> Result<Drafts, Error> {
        let Some(folder) = self.folders.name_of(Role::Drafts) else { return Ok(Drafts::default()) };
        let opened = self.examine(&folder).await?;
        if opened.exists == 0 {
            return Ok(Drafts { position: opened.position, drafts: Vec::new() });
        }
        let items = format!(
            "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE TO CC BCC)]<0.{MAX_FIELDS}>"
        );
        let records = self.fetch_newest(opened, MAX_DRAFTS, &items, 16 * SMALL).await?;
        let drafts = records.into_iter().map(|(uid, record)| draft(uid, record)).collect();
        Ok(Drafts { position: opened.position, drafts })
    }

    /// The newest messages of a folder that has just been opened; an error if not all of them are told.
    async fn fetch_newest(
        &mut self,
        opened: Opened,
        most: u32,
        items: &str,
        budget: usize,
    ) -> Result<Records, Error> {
        let due = opened.exists.min(most);
        let first = opened.exists - due + 1;
        let command = format!("FETCH {first}:* ({items})");
        let records = fetch(&mut self.client, &command, budget, |_| true).await?.all_readable()?;
        if records.len() < due as usize {
            let text = format!("{due} messages are there, but only {} were told", records.len());
            return Err(Error::Garbage { command: "FETCH", text });
        }
        Ok(records)
    }

    /// The UIDs of the messages with this Message-ID (without angle brackets) in the folder of a role, from a noted
    /// position on. Where UIDVALIDITY has changed since, or nothing was noted, the newest 20,000 messages are looked at.
    ///
    /// The headers are fetched: some servers' SEARCH HEADER finds nothing that is there.
    pub async fn find(
        &mut self,
        role: Role,
        message_id: &str,
        from: Option<Position>,
    ) -> Result<Vec<u32>, Error> {
        let Some(folder) = self.folders.name_of(role) else { return Ok(Vec::new()) };
        let opened = self.examine(&folder).await?;
        if opened.exists == 0 {
            return Ok(Vec::new());
        }
        let items = "UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]<0.4096>";
        let records = match from {
            Some(from) if from.uid_validity == opened.position.uid_validity => {
                fetch_from(&mut self.client, from.uid_next.max(1), items, 32 * SMALL).await?
            }
            _ => self.fetch_newest(opened, MAX_LOOKED_AT, items, 32 * SMALL).await?,
        };
        if let Some((uid, _)) =
            records.iter().find(|(_, record)| !record.sections.contains_key("HEADER"))
        {
            let text = format!("no header of the message with UID {uid}");
            return Err(Error::Garbage { command: "FETCH", text });
        }
        let same = |record: &Fetched| id_of(record).as_deref() == Some(message_id);
        Ok(records.into_iter().filter(|(_, record)| same(record)).map(|(uid, _)| uid).collect())
    }

    /// Saves a draft: UIDVALIDITY and UID where the server tells them (RFC 4315). The flags are set in the one command:
    /// a flag set later makes some servers and clients treat the draft as sent mail. Creates Drafts where there is none.
    pub async fn append(
        &mut self,
        bytes: &[u8],
        flagged: bool,
    ) -> Result<Option<(u32, u32)>, AppendError> {
        if bytes.contains(&0) {
            return Err(AppendError::Refused(Error::Unsendable("the draft")));
        }
        self.create_drafts().await.map_err(AppendError::Refused)?;
        let Some(folder) = self.folders.name_of(Role::Drafts) else {
            return Err(AppendError::Refused(Error::NoFolder(
                "there is no Drafts folder".to_owned(),
            )));
        };
        match self.append_to(&folder, bytes, flagged).await {
            Err(AppendError::Refused(Error::Refused { try_create: true, .. })) => {
                self.create(&folder).await.map_err(AppendError::Refused)?;
                self.append_to(&folder, bytes, flagged).await
            }
            result => result,
        }
    }

    async fn append_to(
        &mut self,
        folder: &FolderName,
        bytes: &[u8],
        flagged: bool,
    ) -> Result<Option<(u32, u32)>, AppendError> {
        let name = folder.quoted().map_err(AppendError::Refused)?;
        let flags = if flagged { "\\Draft \\Seen \\Flagged" } else { "\\Draft \\Seen" };
        let command = format!("APPEND {name} ({flags}) ");
        if !self.client.is_usable() {
            return Err(AppendError::Refused(Error::Broken));
        }
        let pieces = [Piece::Text(&command), Piece::Literal(bytes)];
        match self.client.run("APPEND", &pieces, SMALL, &mut |_| {}, None).await {
            Ok(answer) => Ok(answer.append_uid),
            // Without the message's bytes the server has nothing that it could have stored.
            Err(error) if error.is_refusal() || !self.client.literal_sent() => {
                Err(AppendError::Refused(error))
            }
            Err(error) => Err(AppendError::Unknown(error)),
        }
    }

    /// Takes back a draft of ours that nobody has touched: same UIDVALIDITY, UID, Message-ID, size and flags. In doubt
    /// it counts as touched. Never EXPUNGE or CLOSE, which would remove the owner's own messages too.
    pub async fn withdraw(&mut self, saved: &Saved) -> Result<Withdrawal, Error> {
        let Some(folder) = self.folders.name_of(Role::Drafts) else { return Ok(Withdrawal::Gone) };
        match self.as_saved(&folder, saved).await? {
            Outcome::Gone => Ok(Withdrawal::Gone),
            Outcome::Touched => Ok(Withdrawal::Touched),
            Outcome::Done => self.remove(saved.uid, &folder).await,
        }
    }

    /// Stars a draft of ours that nobody has touched, as [`Connection::withdraw`] tells it.
    pub async fn star(&mut self, saved: &Saved) -> Result<Outcome, Error> {
        let Some(folder) = self.folders.name_of(Role::Drafts) else { return Ok(Outcome::Gone) };
        let found = self.as_saved(&folder, saved).await?;
        if found == Outcome::Done {
            let command = format!("UID STORE {} +FLAGS.SILENT (\\Flagged)", saved.uid);
            self.client.exec_plain("UID STORE", &command).await?;
        }
        Ok(found)
    }

    /// Opens Drafts for writing, and says whether a draft lies there as it was saved: then it is [`Outcome::Done`].
    async fn as_saved(&mut self, folder: &FolderName, saved: &Saved) -> Result<Outcome, Error> {
        let opened = self.select(folder).await?;
        if opened.position.uid_validity != saved.uid_validity || !opened.read_write {
            return Ok(Outcome::Touched);
        }
        let uid = saved.uid;
        let items = "UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]<0.4096>";
        let command = format!("UID FETCH {uid} ({items})");
        let mut records =
            fetch(&mut self.client, &command, SMALL, |found| found == uid).await?.all_readable()?;
        Ok(match records.remove(&uid) {
            None => Outcome::Gone,
            Some(record) if is_untouched(&record, saved) => Outcome::Done,
            Some(_) => Outcome::Touched,
        })
    }

    /// `UID MOVE` (RFC 6851) to the bin, else `\Deleted` and `UID EXPUNGE` (RFC 4315) of just this one.
    async fn remove(&mut self, uid: u32, drafts: &FolderName) -> Result<Withdrawal, Error> {
        let trash = self.folders.name_of(Role::Trash).filter(|trash| trash != drafts);
        if let Some(trash) = trash.filter(|_| self.client.can("MOVE")) {
            let command = format!("UID MOVE {uid} {}", trash.quoted()?);
            self.client.exec_plain("UID MOVE", &command).await?;
            return Ok(Withdrawal::Moved);
        }
        self.client
            .exec_plain("UID STORE", &format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"))
            .await?;
        if !self.client.can("UIDPLUS") {
            return Ok(Withdrawal::Marked);
        }
        self.client.exec_plain("UID EXPUNGE", &format!("UID EXPUNGE {uid}")).await?;
        Ok(Withdrawal::Removed)
    }

    /// Whether drafts can be saved, found out without changing anything: by MYRIGHTS (RFC 4314) where offered, else by READ-WRITE.
    pub async fn may_append(&mut self) -> Result<MayAppend, Error> {
        let Some(folder) = self.folders.name_of(Role::Drafts) else {
            let name = self
                .folders
                .to_create()
                .first()
                .cloned()
                .unwrap_or_else(|| FolderName::new("Drafts"));
            return Ok(MayAppend::AfterCreating(name));
        };
        if self.client.can("ACL") {
            let mut rights = None;
            let command = format!("MYRIGHTS {}", folder.quoted()?);
            let result = self
                .client
                .exec("MYRIGHTS", &command, SMALL, &mut |response| {
                    if let Response::MyRights(mine) = response {
                        rights = Some(mine.rights.contains(&AclRight::Insert));
                    }
                })
                .await;
            match (result, rights) {
                (Ok(_), Some(true)) => {
                    return Ok(MayAppend::Yes("the right `i` by MYRIGHTS".to_owned()));
                }
                (Ok(_), Some(false)) => {
                    return Ok(MayAppend::No("the right `i` is missing by MYRIGHTS".to_owned()));
                }
                (Err(error), _) if !error.is_refusal() => return Err(error),
                _ => {}
            }
        }
        let opened = self.select(&folder).await?;
        // Not left open for writing; to leave it, something else is opened.
        self.examine(&FolderName::new("INBOX")).await?;
        Ok(if opened.read_write {
            MayAppend::Yes("the folder opens READ-WRITE".to_owned())
        } else {
            MayAppend::No("the folder opens READ-ONLY".to_owned())
        })
    }
}

fn draft(uid: u32, record: Fetched) -> Draft {
    let header = record.sections.get("HEADER").map(Vec::as_slice).unwrap_or_default();
    Draft {
        uid,
        size: record.size.unwrap_or(0),
        message_id: header::message_id(header),
        to: header::recipients(header),
        date: header::date(header).or(record.arrived),
        flags: record.flags,
    }
}

fn id_of(record: &Fetched) -> Option<String> {
    header::message_id(record.sections.get("HEADER")?)
}

/// Whether a draft is as we saved it. Flags are compared whole: `\Answered` or a keyword is a trace of the owner too.
fn is_untouched(record: &Fetched, saved: &Saved) -> bool {
    let mut expected = vec!["\\draft", "\\seen"];
    if saved.flagged {
        expected.push("\\flagged");
    }
    let mut flags: Vec<String> =
        record.flags.iter().map(|flag| flag.to_ascii_lowercase()).collect();
    flags.sort();
    flags.dedup();
    expected.sort_unstable();
    flags == expected
        && record.size == Some(saved.size)
        && id_of(record).as_deref() == Some(saved.message_id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untouched_means_the_same_in_everything() {
        let record = |flags: &[&str], size, id: &str| {
            let mut record = Fetched { size: Some(size), ..Fetched::default() };
            record.flags = flags.iter().map(ToString::to_string).collect();
            record
                .sections
                .insert("HEADER".to_owned(), format!("Message-ID: <{id}>\r\n\r\n").into_bytes());
            record
        };
        let saved = Saved {
            message_id: "a@b".to_owned(),
            uid_validity: 1,
            uid: 2,
            size: 10,
            flagged: false,
        };
        let flagged = Saved { flagged: true, ..saved.clone() };
        assert!(is_untouched(&record(&["\\Seen", "\\DRAFT"], 10, "a@b"), &saved));
        assert!(is_untouched(&record(&["\\Seen", "\\Draft", "\\Flagged"], 10, "a@b"), &flagged));
        for touched in [
            record(&["\\Seen", "\\Draft", "\\Flagged"], 10, "a@b"),
            record(&["\\Seen", "\\Draft", "$Forwarded"], 10, "a@b"),
            record(&["\\Draft"], 10, "a@b"),
            record(&["\\Seen", "\\Draft"], 11, "a@b"),
            record(&["\\Seen", "\\Draft"], 10, "A@b"),
            Fetched::default(),
        ] {
            assert!(!is_untouched(&touched, &saved));
        }
        assert!(!is_untouched(&record(&["\\Seen", "\\Draft"], 10, "a@b"), &flagged));
    }
}
