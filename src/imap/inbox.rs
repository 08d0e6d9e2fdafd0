//! Reading a folder in batches, in two steps: headers and structure first, then only the parts that may say something.

use std::collections::{BTreeMap, BTreeSet};

use imap_proto::{MailboxDatum, Response};
use jiff::Timestamp;
use jiff::civil::Date;

use super::client::SMALL;
use super::error::{Error, plain};
use super::fetch::{Fetched, Opened, Records, fetch, uid_set};
use super::reassemble;
use super::structure::{Part, SNIFF, Want, looks_like_object};
use super::{Connection, FolderName};
use crate::folder::{Delivery, Position, Role};
use crate::message::{MAX_HEADER, MAX_MESSAGE};

/// How many messages make a batch.
const BATCH_MESSAGES: usize = 50;
/// How many bytes make a batch, more or less.
const BATCH_BYTES: usize = 4 << 20;
/// How many messages are asked for together.
const CHUNK: usize = 25;
/// How many encoded bytes of one message are fetched.
const MAX_ENCODED: usize = MAX_MESSAGE / 5 * 7;
/// How many attached messages are walked into.
const MAX_ATTACHED: usize = 16;

/// What is read of a folder.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What the folder is for.
    pub role: Role,
    /// Where reading ended before; `None` for the first time.
    pub from: Option<Position>,
    /// Messages that arrived earlier (by the server's date) are left out.
    pub since: Option<Date>,
    /// Which messages are read at all.
    pub filter: Filter,
    /// UIDs that are passed over, since they broke the connection more than once: see [`Error::suspects`].
    pub set_aside: BTreeSet<u32>,
    /// Whether each message is asked for alone, which tells which one breaks the connection.
    pub one_by_one: bool,
}

impl Reading {
    /// Everything from a position on.
    pub fn new(role: Role, from: Option<Position>, since: Option<Date>) -> Self {
        Self {
            role,
            from,
            since,
            filter: Filter::All,
            set_aside: BTreeSet::new(),
            one_by_one: false,
        }
    }
}

/// Which messages are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    All,
    /// Those with a calendar part: enough of the bin, where Outlook puts an answered request.
    CalendarOnly,
}

/// Some messages of a folder, in the order of their UIDs.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// What was read.
    pub deliveries: Vec<(u32, Delivery)>,
    /// Where the next batch begins: everything below was delivered, left out on purpose, or is told in `skipped`.
    pub position: Position,
    /// How many messages are left after this batch.
    pub remaining: u32,
    /// How many messages there were before it.
    pub total: u32,
    /// Messages that could not be read, and why.
    pub skipped: Vec<(u32, String)>,
    /// Parts that were left out of messages that were delivered, and why.
    pub notes: Vec<(u32, String)>,
}

impl Connection {
    /// Reads the next messages of a folder. When `remaining` of the batch is 0, all of it has been read.
    ///
    /// With another UIDVALIDITY than that of `from` the folder is read from its beginning (RFC 9051 section 2.3.1.1).
    pub async fn next_batch(
        &mut self,
        folder: &FolderName,
        reading: &Reading,
    ) -> Result<Batch, Error> {
        let opened = self.examine(folder).await?;
        let start = match reading.from {
            Some(from) if from.uid_validity == opened.position.uid_validity => from.uid_next.max(1),
            _ => 1,
        };
        let uids = self.search(start, reading.since, opened).await?;
        let mut batch = Batch { total: count(uids.len()), ..Batch::default() };
        let mut bytes = 0;
        let mut done = 0;
        let chunk = if reading.one_by_one { 1 } else { CHUNK };
        for uids in uids.chunks(chunk) {
            let before = batch.deliveries.len();
            let validity = opened.position.uid_validity;
            self.read(validity, uids, reading, &mut batch).await?;
            bytes += batch.deliveries[before..]
                .iter()
                .map(|(_, delivery)| delivery.bytes.len())
                .sum::<usize>();
            done += uids.len();
            if done >= BATCH_MESSAGES || bytes >= BATCH_BYTES {
                break;
            }
        }
        let after_last = done.checked_sub(1).map_or(start, |last| uids[last].saturating_add(1));
        let at_end = done == uids.len();
        let uid_next = if at_end { after_last.max(opened.position.uid_next) } else { after_last };
        batch.remaining = count(uids.len() - done);
        batch.position = Position { uid_next, ..opened.position };
        Ok(batch)
    }

    /// The UIDs from `start` on of messages that arrived since a day, in order.
    async fn search(
        &mut self,
        start: u32,
        since: Option<Date>,
        opened: Opened,
    ) -> Result<Vec<u32>, Error> {
        if opened.exists == 0 {
            return Ok(Vec::new());
        }
        let since =
            since.map_or_else(String::new, |day| day.strftime(" SINCE %-d-%b-%Y").to_string());
        let mut found = BTreeSet::new();
        let answer = self
            .client
            .exec(
                "UID SEARCH",
                &format!("UID SEARCH UID {start}:*{since}"),
                4 * SMALL,
                &mut |response| {
                    if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                        // `n:*` names the last message even where its UID is below n.
                        found.extend(uids.iter().copied().filter(|uid| *uid >= start));
                    }
                },
            )
            .await?;
        match answer.passed_over.iter().find(|line| line.to_ascii_uppercase().contains("SEARCH")) {
            Some(line) => Err(Error::Garbage { command: "UID SEARCH", text: plain(line) }),
            None => Ok(found.into_iter().collect()),
        }
    }

    /// Reads some messages into the batch; an error names them.
    async fn read(
        &mut self,
        uid_validity: u32,
        uids: &[u32],
        reading: &Reading,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let (aside, uids): (Vec<u32>, Vec<u32>) =
            uids.iter().partition(|uid| reading.set_aside.contains(uid));
        let why = || {
            "set aside: again and again it could not be read, or broke the connection".to_owned()
        };
        batch.skipped.extend(aside.into_iter().map(|uid| (uid, why())));
        let failed = |uids, source| Error::Reading { uid_validity, uids, source: Box::new(source) };
        match self.read_chunk(&uids, reading, batch).await {
            // One message that the server cannot give must not hide the others; what it cannot give now is no such one.
            Err(error) if error.is_refusal() && !error.is_passing() => {}
            result => return result.map_err(|source| failed(uids, source)),
        }
        for uid in uids {
            match self.read_chunk(&[uid], reading, batch).await {
                Err(error) if error.is_refusal() && !error.is_passing() => {
                    batch.skipped.push((uid, error.to_string()));
                }
                result => result.map_err(|source| failed(vec![uid], source))?,
            }
        }
        Ok(())
    }

    async fn read_chunk(
        &mut self,
        uids: &[u32],
        reading: &Reading,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        if uids.is_empty() {
            return Ok(());
        }
        let items =
            format!("UID INTERNALDATE RFC822.SIZE BODYSTRUCTURE BODY.PEEK[HEADER]<0.{MAX_HEADER}>");
        let budget = SMALL + uids.len() * (MAX_HEADER + (64 << 10));
        let asked = |uid| uids.contains(&uid);
        let mut reply = fetch(
            &mut self.client,
            &format!("UID FETCH {} ({items})", uid_set(uids)),
            budget,
            asked,
        )
        .await?;
        let plans = self.plans(&reply.records, reading.filter, batch).await?;
        self.fetch_parts(&plans, &mut reply.records).await?;
        for uid in uids {
            let Some(record) = reply.records.remove(uid) else {
                // Nothing told and nothing unreadable: it was removed meanwhile.
                if !reply.passed_over.is_empty() {
                    self.read_whole(*uid, None, reading, batch).await?;
                }
                continue;
            };
            match (&record.structure, plans.get(uid)) {
                (Some(part), Some(_)) => {
                    let bytes = reassemble::message(part, &record.sections);
                    batch.deliveries.push((
                        *uid,
                        Delivery { role: reading.role, arrived: arrived(&record), bytes },
                    ));
                }
                (Some(_), None) => {}
                (None, _) => self.read_whole(*uid, record.arrived, reading, batch).await?,
            }
        }
        Ok(())
    }

    /// Reads the beginning of a message whose structure the server cannot tell.
    async fn read_whole(
        &mut self,
        uid: u32,
        known: Option<Timestamp>,
        reading: &Reading,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let command = format!("UID FETCH {uid} (UID INTERNALDATE BODY.PEEK[]<0.{MAX_MESSAGE}>)");
        let reply =
            fetch(&mut self.client, &command, 2 * MAX_MESSAGE, |found| found == uid).await?;
        let Some((mut record, bytes)) = reply
            .records
            .into_values()
            .next()
            .and_then(|mut record| record.sections.remove("").map(|bytes| (record, bytes)))
        else {
            if let Some(line) = reply.passed_over.first() {
                batch
                    .skipped
                    .push((uid, format!("the server's answer cannot be read: {}", plain(line))));
            }
            return Ok(());
        };
        record.arrived = record.arrived.or(known);
        batch.notes.push((uid, "its structure is unknown: read as a whole".to_owned()));
        batch
            .deliveries
            .push((uid, Delivery { role: reading.role, arrived: arrived(&record), bytes }));
        Ok(())
    }

    /// What to fetch of each message; nothing for those that the filter leaves out.
    async fn plans(
        &mut self,
        records: &Records,
        filter: Filter,
        batch: &mut Batch,
    ) -> Result<BTreeMap<u32, Plan>, Error> {
        let mut plans = BTreeMap::new();
        for (uid, record) in records {
            let Some(part) = &record.structure else { continue };
            let objects = self.sniff(*uid, part).await?;
            let plan = Plan::new(part, &objects);
            if filter == Filter::CalendarOnly && !plan.has_object {
                continue;
            }
            batch.notes.extend(plan.left_out.iter().map(|note| (*uid, note.clone())));
            plans.insert(*uid, plan);
        }
        Ok(plans)
    }

    /// The parts of no telling type that begin like a calendar or a card.
    async fn sniff(&mut self, uid: u32, part: &Part) -> Result<BTreeSet<String>, Error> {
        let leaves = part.leaves();
        let unknown: Vec<_> = leaves
            .iter()
            .filter(|(_, leaf)| leaf.want() == Want::Sniff)
            .take(MAX_ATTACHED)
            .collect();
        if unknown.is_empty() {
            return Ok(BTreeSet::new());
        }
        let items: Vec<String> =
            unknown.iter().map(|(number, _)| format!("BODY.PEEK[{number}]<0.{SNIFF}>")).collect();
        let command = format!("UID FETCH {uid} (UID {})", items.join(" "));
        let reply = fetch(&mut self.client, &command, SMALL, |found| found == uid).await?;
        let sections = reply.records.into_values().next().unwrap_or_default().sections;
        let is_object = |(number, leaf): &&&(&str, &super::structure::Leaf)| {
            sections.get(*number).is_some_and(|start| looks_like_object(start, leaf.encoding))
        };
        Ok(unknown.iter().filter(is_object).map(|(number, _)| (*number).to_owned()).collect())
    }

    /// Fetches the planned parts; messages that want the same ones are asked for together.
    async fn fetch_parts(
        &mut self,
        plans: &BTreeMap<u32, Plan>,
        records: &mut Records,
    ) -> Result<(), Error> {
        let mut groups: BTreeMap<&str, Vec<Vec<u32>>> = BTreeMap::new();
        let mut room = 0;
        for (uid, plan) in plans.iter().filter(|(_, plan)| !plan.items.is_empty()) {
            let sets = groups.entry(&plan.items).or_default();
            match sets.last_mut() {
                Some(set) if plan.bytes <= room => set.push(*uid),
                _ => {
                    sets.push(vec![*uid]);
                    room = BATCH_BYTES;
                }
            }
            room = room.saturating_sub(plan.bytes);
        }
        for (items, sets) in groups {
            for uids in sets {
                let command = format!("UID FETCH {} (UID {items})", uid_set(&uids));
                let budget = 2 * (BATCH_BYTES + MAX_ENCODED) + uids.len() * SMALL;
                let reply =
                    fetch(&mut self.client, &command, budget, |uid| uids.contains(&uid)).await?;
                merge(records, reply.records);
            }
        }
        Ok(())
    }
}

fn merge(records: &mut Records, parts: Records) {
    for (uid, part) in parts {
        if let Some(record) = records.get_mut(&uid) {
            record.sections.extend(part.sections);
        }
    }
}

/// What to fetch of one message.
#[derive(Debug, Default)]
struct Plan {
    /// FETCH items.
    items: String,
    /// About how many bytes they are.
    bytes: usize,
    /// Whether a calendar or a card is among them.
    has_object: bool,
    /// What is left out because of its size.
    left_out: Vec<String>,
}

impl Plan {
    fn new(part: &Part, objects: &BTreeSet<String>) -> Self {
        let mut plan = Self::default();
        let mut items = Vec::new();
        for (number, leaf) in part.leaves() {
            let object = leaf.want() == Want::Object || objects.contains(number);
            if !object && leaf.want() != Want::Text {
                continue;
            }
            let cap = leaf.cap();
            let bytes = leaf.octets.min(cap);
            if object && leaf.octets > cap {
                plan.has_object = true;
                plan.left_out.push(format!(
                    "part {number}: a calendar or card of {} bytes is too large",
                    leaf.octets
                ));
                continue;
            }
            if plan.bytes + bytes > MAX_ENCODED {
                plan.left_out
                    .push(format!("part {number}: left out, the message's text is too large"));
                continue;
            }
            if leaf.octets > cap {
                plan.left_out.push(format!(
                    "part {number}: a text of {} bytes is cut at {cap}",
                    leaf.octets
                ));
            }
            plan.bytes += bytes;
            plan.has_object |= object;
            items.push(format!(
                "BODY.PEEK[{number}.MIME]<0.{}> BODY.PEEK[{number}]<0.{cap}>",
                MAX_HEADER / 16
            ));
        }
        for number in part.messages().into_iter().take(MAX_ATTACHED) {
            items.push(format!("BODY.PEEK[{number}.HEADER]<0.{}>", MAX_HEADER / 4));
        }
        plan.items = items.join(" ");
        plan
    }
}

/// INTERNALDATE; a server that gives none leaves only the Date field.
fn arrived(record: &Fetched) -> Timestamp {
    let of_header = || super::header::date(record.sections.get("HEADER")?);
    record.arrived.or_else(of_header).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
