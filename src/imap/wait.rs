//! Waiting for new mail: IDLE (RFC 2177) where it is offered, else looking now and then.

use std::time::Duration;

use imap_proto::{MailboxDatum, Response, StatusAttribute};
use tokio::time::{Instant, sleep};

use super::client::SMALL;
use super::error::Error;
use super::fetch::fetch_from;
use super::{Connection, FolderName};
use crate::folder::Position;

/// Why waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// There is something to read.
    New,
    /// The time is over, and the connection is alive.
    Nothing,
}

impl Connection {
    /// Waits until the folder holds a message at or above `from`, at most `most`. May be dropped while it waits: the
    /// next command ends the IDLE.
    ///
    /// It looks before it waits, since the server's EXISTS may have come with an earlier command, and after every wake-up,
    /// since the pushed number tells nothing about UIDs. Each round of IDLE ends with an answer that proves the server alive.
    pub async fn wait(
        &mut self,
        folder: &FolderName,
        from: Position,
        most: Duration,
    ) -> Result<Wake, Error> {
        let end = Instant::now() + most;
        if self.examined.as_ref() == Some(folder) {
            self.noop().await?;
        } else if self.examine(folder).await?.position.uid_validity != from.uid_validity {
            return Ok(Wake::New);
        }
        loop {
            if self.look(from).await? {
                return Ok(Wake::New);
            }
            let now = Instant::now();
            if now >= end {
                return Ok(Wake::Nothing);
            }
            let idles = self.client.can("IDLE") && !self.no_idle;
            let round = if idles { self.limits.idle } else { self.limits.poll };
            let round_end = end.min(now + round);
            if idles {
                self.idle(round_end).await?;
            } else {
                sleep(round_end.saturating_duration_since(now)).await;
                self.noop().await?;
            }
        }
    }

    /// Whether a folder that is not open may hold a message at or above `from`, by STATUS (RFC 9051 section 6.3.11). What
    /// cannot be told counts as new.
    pub async fn has_new(&mut self, folder: &FolderName, from: Position) -> Result<bool, Error> {
        let (mut validity, mut next) = (None, None);
        let command = format!("STATUS {} (UIDVALIDITY UIDNEXT)", folder.quoted()?);
        let result = self
            .client
            .exec("STATUS", &command, SMALL, &mut |response| {
                let Response::MailboxData(MailboxDatum::Status { status, .. }) = response else {
                    return;
                };
                for attribute in status {
                    match attribute {
                        StatusAttribute::UidValidity(n) => validity = Some(*n),
                        StatusAttribute::UidNext(n) => next = Some(*n),
                        _ => {}
                    }
                }
            })
            .await;
        match result {
            Err(error) if !error.is_refusal() => Err(error),
            _ => Ok(validity != Some(from.uid_validity) || next.is_none_or(|n| n > from.uid_next)),
        }
    }

    /// Whether there is a message at or above the position.
    async fn look(&mut self, from: Position) -> Result<bool, Error> {
        Ok(!fetch_from(&mut self.client, from.uid_next.max(1), "UID", SMALL).await?.is_empty())
    }

    /// One round of IDLE: until the folder grows, or until `end`.
    async fn idle(&mut self, end: Instant) -> Result<(), Error> {
        let mut grown = false;
        match self.client.start_idle(&mut |response| grown |= is_growth(response)).await {
            Err(error) if error.is_refusal() => {
                // Offered and refused: some proxies do. The next round polls.
                self.no_idle = true;
                return Ok(());
            }
            other => other?,
        }
        while !grown && Instant::now() < end {
            // Anything else (`* OK Still here`, flags, an expunge) is a sign of life and no more; the end stays where it is.
            self.client.idle_event(end, &mut |response| grown |= is_growth(response)).await?;
        }
        self.client.end_idle(&mut |_| {}).await
    }
}

fn is_growth(response: &Response<'_>) -> bool {
    matches!(response, Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_)))
}
