//! The command layer: one command, its answers, and a verdict on its tagged status.
//!
//! A NO, a BAD, a BYE and an end of the stream are errors, never an empty result. Every wait has a deadline. After a
//! failure that leaves the stream in an unknown state, or when a command was dropped half-way, the connection
//! refuses further work: only a new connection knows again where it stands.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use imap_proto::{Response, Status};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout_at};

use super::Limits;
use super::answer::{Answer, bye, capabilities_of, judge, named};
use super::error::{Error, plain};
use super::wire::{Sieve, Transport};

/// What small answers may cost together.
pub(super) const SMALL: usize = 4 << 20;

/// A piece of a command.
#[derive(Clone, Copy)]
pub(super) enum Piece<'a> {
    /// Sent as it is.
    Text(&'a str),
    /// Sent as a synchronizing literal (RFC 9051 section 4.3): after the server has agreed to take it.
    Literal(&'a [u8]),
}

/// What a continuation request is answered with during AUTHENTICATE.
pub(super) type Reply<'a> = &'a mut (dyn FnMut(&str) -> Vec<u8> + Send);

/// A command under way.
struct Running<'a> {
    command: &'static str,
    tag: String,
    /// No answer may come later than this.
    end: Instant,
    each: &'a mut (dyn FnMut(&Response<'_>) + Send),
}

/// One thing that came in.
enum Event {
    Untagged,
    Continue(String),
    Done(Result<Answer, Error>),
}

/// A connection that speaks commands.
#[derive(Debug)]
pub(super) struct Client {
    inner: async_imap::Client<Sieve>,
    tags: u32,
    limits: Limits,
    /// Set while a command is under way; still set at the start of the next one, it tells that the first was dropped or failed.
    unsettled: bool,
    /// The tag of an IDLE that has not been ended.
    idle: Option<String>,
    capabilities: BTreeSet<String>,
    /// Whether a message of ours has gone out whole in the command in hand.
    literal_sent: bool,
}

impl Client {
    pub(super) fn new(transport: Box<dyn Transport>, limits: Limits) -> Self {
        Self {
            inner: async_imap::Client::new(Sieve::new(transport)),
            tags: 0,
            limits,
            unsettled: false,
            idle: None,
            capabilities: BTreeSet::new(),
            literal_sent: false,
        }
    }

    /// The stream below, for STARTTLS; `None` if there is something in it already.
    pub(super) fn into_transport(self) -> Option<Box<dyn Transport>> {
        self.inner.into_inner().into_inner()
    }

    /// What the server can do, in upper case, `AUTH=` mechanisms included.
    pub(super) fn capabilities(&self) -> &BTreeSet<String> {
        &self.capabilities
    }

    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    pub(super) fn literal_sent(&self) -> bool {
        self.literal_sent
    }

    /// Whether nothing failed or was dropped half-way so far.
    pub(super) fn is_usable(&self) -> bool {
        !self.unsettled
    }

    /// Reads the greeting (RFC 9051 section 7.1): its text, and whether we are logged in already (PREAUTH).
    pub(super) async fn greeting(&mut self) -> Result<(String, bool), Error> {
        const COMMAND: &str = "greeting";
        self.unsettled = true;
        self.inner.get_mut().allow(SMALL);
        let end = Instant::now() + self.limits.command;
        let (text, preauth, capabilities) =
            read(&mut self.inner, COMMAND, end, self.limits.command, |response| match response {
                Response::Data { status: Status::Bye, outcome } => Err(bye(outcome)),
                Response::Data { status: status @ (Status::Ok | Status::PreAuth), outcome } => {
                    let text = plain(outcome.information.as_deref().unwrap_or_default());
                    Ok((
                        text,
                        *status == Status::PreAuth,
                        capabilities_of(outcome).unwrap_or_default(),
                    ))
                }
                _ => Err(Error::Garbage {
                    command: COMMAND,
                    text: "not an IMAP greeting".to_owned(),
                }),
            })
            .await?;
        self.capabilities = capabilities;
        self.unsettled = false;
        Ok((text, preauth))
    }

    /// Asks for the capabilities, unless the last answer has told them.
    pub(super) async fn ask_capabilities(
        &mut self,
        told: Option<BTreeSet<String>>,
    ) -> Result<(), Error> {
        if let Some(told) = told {
            self.capabilities = told;
            return Ok(());
        }
        let mut found = BTreeSet::new();
        self.exec("CAPABILITY", "CAPABILITY", SMALL, &mut |response| {
            if let Response::Capabilities(list) = response {
                found = named(list);
            }
        })
        .await?;
        self.capabilities = found;
        Ok(())
    }

    /// Runs a command. `each` sees every untagged response; they may cost up to `budget` bytes together.
    pub(super) async fn exec(
        &mut self,
        command: &'static str,
        text: &str,
        budget: usize,
        each: &mut (dyn FnMut(&Response<'_>) + Send),
    ) -> Result<Answer, Error> {
        self.run(command, &[Piece::Text(text)], budget, each, None).await
    }

    /// [`Self::exec`] for a command whose untagged responses do not matter.
    pub(super) async fn exec_plain(
        &mut self,
        command: &'static str,
        text: &str,
    ) -> Result<Answer, Error> {
        self.exec(command, text, SMALL, &mut |_| {}).await
    }

    /// Runs a command of several pieces, with an answer for continuation requests that no literal waits for.
    pub(super) async fn run(
        &mut self,
        command: &'static str,
        pieces: &[Piece<'_>],
        budget: usize,
        each: &mut (dyn FnMut(&Response<'_>) + Send),
        reply: Option<Reply<'_>>,
    ) -> Result<Answer, Error> {
        self.settle().await?;
        self.unsettled = true;
        self.literal_sent = false;
        self.inner.get_mut().allow(budget);
        let end = Instant::now() + self.limits.whole;
        let mut running = Running { command, tag: self.next_tag(), end, each };
        let result = self.converse(&mut running, pieces, reply).await;
        // A refusal ends a command as well as an OK does; anything else leaves the stream somewhere in the middle.
        self.unsettled = matches!(&result, Err(error) if !error.is_refusal());
        result
    }

    async fn converse(
        &mut self,
        running: &mut Running<'_>,
        pieces: &[Piece<'_>],
        mut reply: Option<Reply<'_>>,
    ) -> Result<Answer, Error> {
        let mut out = format!("{} ", running.tag).into_bytes();
        for piece in pieces {
            match piece {
                Piece::Text(text) if text.contains(['\r', '\n', '\0']) => {
                    return Err(Error::Unsendable("a command"));
                }
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Literal(bytes) => {
                    out.extend_from_slice(format!("{{{}}}\r\n", bytes.len()).as_bytes());
                    self.write(running, &out).await?;
                    if let Some(early) = self.until_continue(running).await? {
                        return early;
                    }
                    out.clear();
                    self.literal_sent = true;
                    self.write(running, bytes).await?;
                }
            }
        }
        out.extend_from_slice(b"\r\n");
        self.write(running, &out).await?;
        loop {
            match self.event(running).await? {
                Event::Untagged => {}
                Event::Done(result) => return result,
                Event::Continue(challenge) => {
                    let Some(reply) = reply.as_mut() else {
                        let text = "a continuation nobody asked for".to_owned();
                        return Err(Error::Garbage { command: running.command, text });
                    };
                    let mut line = reply(&challenge);
                    line.extend_from_slice(b"\r\n");
                    self.write(running, &line).await?;
                }
            }
        }
    }

    /// Waits for the server to agree to a literal; `Some` if it ended the command instead.
    async fn until_continue(
        &mut self,
        running: &mut Running<'_>,
    ) -> Result<Option<Result<Answer, Error>>, Error> {
        loop {
            match self.event(running).await? {
                Event::Untagged => {}
                Event::Continue(_) => return Ok(None),
                Event::Done(Ok(_)) => {
                    let text = "OK before the literal was sent".to_owned();
                    return Err(Error::Garbage { command: running.command, text });
                }
                Event::Done(refused) => return Ok(Some(refused)),
            }
        }
    }

    async fn event(&mut self, running: &mut Running<'_>) -> Result<Event, Error> {
        let Running { command, tag: ours, end, each } = running;
        let command = *command;
        let event =
            read(&mut self.inner, command, *end, self.limits.command, |response| match response {
                Response::Continue(outcome) => Ok(Event::Continue(
                    outcome.information.as_deref().unwrap_or_default().trim().to_owned(),
                )),
                Response::Data { status: Status::Bye, outcome } if command != "LOGOUT" => {
                    Err(bye(outcome))
                }
                Response::Done { tag, status, outcome } if tag.0 == *ours => {
                    Ok(Event::Done(judge(command, status, outcome)))
                }
                Response::Done { tag, .. } => Err(Error::Garbage {
                    command,
                    text: format!("a tag we did not send: `{}`", plain(&tag.0)),
                }),
                untagged => {
                    each(untagged);
                    Ok(Event::Untagged)
                }
            })
            .await?;
        Ok(match event {
            Event::Done(Ok(answer)) => Event::Done(Ok(Answer {
                passed_over: self.inner.get_mut().take_passed_over(),
                ..answer
            })),
            other => other,
        })
    }

    async fn write(&mut self, running: &Running<'_>, bytes: &[u8]) -> Result<(), Error> {
        write(&mut self.inner, running.command, running.end, self.limits.command, bytes).await
    }

    /// Starts IDLE (RFC 2177). `each` sees what comes before the server agrees. A refusal is an error that leaves the connection usable.
    pub(super) async fn start_idle(
        &mut self,
        each: &mut (dyn FnMut(&Response<'_>) + Send),
    ) -> Result<(), Error> {
        self.settle().await?;
        self.unsettled = true;
        self.inner.get_mut().allow(SMALL);
        let tag = self.next_tag();
        let end = Instant::now() + self.limits.command;
        let mut running = Running { command: "IDLE", tag: tag.clone(), end, each };
        let line = format!("{tag} IDLE\r\n");
        self.write(&running, line.as_bytes()).await?;
        let early = self.until_continue(&mut running).await?;
        self.unsettled = false;
        if let Some(refused) = early {
            return refused.map(|_| ());
        }
        self.idle = Some(tag);
        Ok(())
    }

    /// Waits within IDLE for one response, at most until `end`; false when nothing came. May be dropped at any time.
    pub(super) async fn idle_event(
        &mut self,
        end: Instant,
        each: &mut (dyn FnMut(&Response<'_>) + Send),
    ) -> Result<bool, Error> {
        // What start_idle allowed is for the whole round: a flood of keep-alives ends it.
        let silence = end.saturating_duration_since(Instant::now());
        let judged = read(&mut self.inner, "IDLE", end, silence, |response| match response {
            Response::Data { status: Status::Bye, outcome } => Err(bye(outcome)),
            Response::Done { outcome, .. } => Err(Error::Garbage {
                command: "IDLE",
                text: plain(outcome.information.as_deref().unwrap_or("ended by the server")),
            }),
            other => {
                each(other);
                Ok(true)
            }
        });
        match judged.await {
            Err(Error::Timeout { .. }) => Ok(false),
            Err(error) => {
                self.unsettled = true;
                Err(error)
            }
            Ok(something) => Ok(something),
        }
    }

    /// Ends IDLE, if one is under way: DONE, and everything up to its tagged OK.
    pub(super) async fn end_idle(
        &mut self,
        each: &mut (dyn FnMut(&Response<'_>) + Send),
    ) -> Result<(), Error> {
        if self.unsettled {
            return Err(Error::Broken);
        }
        let Some(tag) = self.idle.take() else { return Ok(()) };
        self.unsettled = true;
        self.inner.get_mut().allow(SMALL);
        let end = Instant::now() + self.limits.command;
        let mut running = Running { command: "IDLE", tag, end, each };
        self.write(&running, b"DONE\r\n").await?;
        loop {
            match self.event(&mut running).await? {
                Event::Done(result) => {
                    self.unsettled = false;
                    return result.map(|_| ());
                }
                Event::Untagged | Event::Continue(_) => {}
            }
        }
    }

    /// Makes sure that a command may start.
    async fn settle(&mut self) -> Result<(), Error> {
        self.end_idle(&mut |_| {}).await
    }

    fn next_tag(&mut self) -> String {
        self.tags = self.tags.wrapping_add(1);
        format!("A{:04}", self.tags)
    }
}

/// Reads one response and looks at it. Bounded by the command's end, and by how long a server may be silent: bytes of a
/// long answer over a slow line are no silence.
async fn read<R>(
    inner: &mut async_imap::Client<Sieve>,
    command: &'static str,
    end: Instant,
    silence: Duration,
    look: impl FnOnce(&Response<'_>) -> Result<R, Error>,
) -> Result<R, Error> {
    loop {
        let heard = inner.get_ref().heard();
        let patience = end.min(Instant::now() + silence);
        match timeout_at(patience, inner.read_response()).await {
            Ok(Ok(Some(response))) => return look(response.parsed()),
            Ok(Ok(None)) => {
                return Err(Error::Closed { command, reason: "the server closed it".to_owned() });
            }
            Ok(Err(error)) => return Err(broken(command, &error)),
            Err(_) if patience < end && inner.get_ref().heard() > heard => {}
            Err(_) => return Err(Error::Timeout { command, seconds: silence.as_secs() }),
        }
    }
}

async fn write(
    inner: &mut async_imap::Client<Sieve>,
    command: &'static str,
    end: Instant,
    silence: Duration,
    bytes: &[u8],
) -> Result<(), Error> {
    let end = end.min(Instant::now() + silence);
    // Past async-imap's own writer, which would log every line: passwords too.
    let stream = inner.get_mut();
    let sent = timeout_at(end, async {
        stream.write_all(bytes).await?;
        stream.flush().await
    });
    match sent.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(broken(command, &error)),
        Err(_) => Err(Error::Timeout { command, seconds: silence.as_secs() }),
    }
}

fn broken(command: &'static str, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => Error::Garbage { command, text: plain(&error.to_string()) },
        io::ErrorKind::UnexpectedEof => Error::Closed {
            command,
            reason: "the server closed it in the middle of an answer".to_owned(),
        },
        _ => Error::Closed { command, reason: plain(&error.to_string()) },
    }
}
