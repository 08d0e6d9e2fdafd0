//! A plain-text IMAP proxy on loopback that sees every command and every reply, and does harm at a chosen point.
//!
//! Commands and replies pass one at a time, so the points of a run are the same each time it is played. What a run said is
//! had from [`Proxy::take`] once its connections are closed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::daemon::harness::SOON;

/// Where in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// It has come from the client; nothing was passed on.
    Before,
    /// So many bytes of its literal were passed on; the client has sent all of them.
    Literal(usize),
    /// All of it was passed on; no answer was.
    After,
    /// The n-th line of the answer has come from the server; it was not passed on.
    Reply(usize),
    /// Half of the n-th line of the answer was passed on, in the middle of its literal.
    Within(usize),
    /// All of the answer was passed on.
    Answered,
}

/// A point in a run: the n-th command of a name. `connect` is the connection itself, answered by the greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The command, as in `UID FETCH`.
    pub command: String,
    /// Which of this name, from 1.
    pub nth: usize,
    /// Where in it.
    pub at: At,
}

/// What is done at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Both sides of the connection are closed.
    Cut,
    /// The client is killed, and is dead before anything goes on.
    Kill,
    /// The client's side is closed; the server gets the rest of the command when [`Proxy::release`] is called.
    Hold,
    /// [`Proxy::release`] is called here, before anything goes on.
    Release,
    /// Nothing more comes from the server, and nobody says so.
    Stall,
}

/// What one run said.
#[derive(Debug, Default)]
pub struct Trace {
    /// Every point, in order.
    pub points: Vec<Point>,
    /// Every command line without its tag, `connect` before the first of a connection.
    pub commands: Vec<String>,
    /// Whether the planned harm was done.
    pub harmed: bool,
}

#[derive(Default)]
struct Log {
    trace: Trace,
    counts: BTreeMap<String, usize>,
    plan: Vec<(Point, Harm)>,
    client: Option<i32>,
    held: Option<(TcpStream, Vec<u8>)>,
    /// Whether the server has answered what was held back.
    carried_out: bool,
    /// Connections, without one whose command is held back.
    open: usize,
    /// Whether the client waits in IDLE and has been told nothing yet.
    rests: bool,
}

impl Log {
    fn finish(&mut self) -> Trace {
        self.counts.clear();
        self.plan.clear();
        self.client = None;
        std::mem::take(&mut self.trace)
    }
}

#[derive(Default)]
struct Shared {
    log: Mutex<Log>,
    changed: Condvar,
}

/// The proxy; it goes on for as long as the test's process.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy before a server's port.
    pub fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::<Shared>::default();
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { continue };
                own.log().open += 1;
                let shared = Arc::clone(&own);
                thread::spawn(move || {
                    serve(client, server, &shared);
                });
            }
        });
        Self { port, shared }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Plans harm, once.
    pub fn plan(&self, point: &Point, harm: Harm) {
        let mut log = self.shared.log();
        log.plan.push((point.clone(), harm));
        log.rests = false;
    }

    /// Tells who the client is, for [`Harm::Kill`].
    pub fn client(&self, process: u32) {
        self.shared.log().client = i32::try_from(process).ok();
        self.shared.changed.notify_all();
    }

    /// What was said since the last time, after every connection was closed. Plans that came to nothing are dropped.
    pub fn take(&self) -> Trace {
        let mut log = self.shared.wait(|log| log.open == 0, "the connections to be closed");
        log.finish()
    }

    /// What was said since the last time, while the client waits in IDLE.
    pub fn take_at_rest(&self) -> Trace {
        let mut log = self.shared.wait(|log| log.rests, "the client to rest");
        log.finish()
    }

    /// Waits until all harm that was planned is done; says no if the client has gone on to rest instead.
    pub fn wait_for_harm(&self) -> bool {
        self.shared.wait(|log| log.plan.is_empty() || log.rests, "the point").plan.is_empty()
    }

    /// Hands the server what was held back, and waits until it has carried it out.
    pub fn release(&self) {
        self.shared.release();
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    fn wait(&self, done: impl Fn(&Log) -> bool, what: &str) -> MutexGuard<'_, Log> {
        let log = self.log();
        let (log, late) = self.changed.wait_timeout_while(log, SOON, |log| !done(log)).unwrap();
        if late.timed_out() {
            drop(log);
            panic!("the proxy waited in vain for {what}");
        }
        log
    }

    fn release(&self) {
        let (mut server, rest) = self.log().held.take().expect("a command is held back");
        server.write_all(&rest).unwrap();
        self.wait(|log| log.carried_out, "the answer to what was held back").carried_out = false;
    }

    fn closed(&self) {
        self.log().open -= 1;
        self.changed.notify_all();
    }

    fn kill(&self) {
        let log = self.wait(|log| log.client.is_some(), "the client's process");
        let id = log.client.unwrap();
        drop(log);
        kill_process(Pid::from_raw(id).unwrap(), Signal::KILL).unwrap();
        let stat = format!("/proc/{id}/stat");
        let end = Instant::now() + SOON;
        while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            assert!(Instant::now() < end, "process {id} does not die");
            thread::sleep(Duration::from_micros(200));
        }
    }
}

/// The connection is over: it was cut, or a side has closed it.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

struct Connection<'a> {
    client: TcpStream,
    server: TcpStream,
    shared: &'a Shared,
    /// What is being said; whoever passes something on holds it.
    turn: Mutex<Turn>,
    /// Whether a command is held back: then only the server's side lives on.
    holds: AtomicBool,
    /// Whether the server has fallen silent.
    stalls: AtomicBool,
}

struct Turn {
    command: String,
    nth: usize,
    replies: usize,
}

fn serve(client: TcpStream, server: u16, shared: &Shared) {
    let mut turn = Turn { command: String::new(), nth: 0, replies: 0 };
    turn.begin("connect", "connect", shared);
    let harm = shared.reach(&turn, At::Before);
    if let Some(harm) = harm {
        if harm == Harm::Kill {
            shared.kill();
        }
        return shared.closed();
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return shared.closed() };
    for side in [&client, &server] {
        side.set_nodelay(true).unwrap();
    }
    let (holds, stalls) = (AtomicBool::new(false), AtomicBool::new(false));
    let connection = Connection { client, server, shared, turn: Mutex::new(turn), holds, stalls };
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut answers = BufReader::new(&connection.server);
            let _ = connection.pass_answers(&mut answers);
            if !connection.stalls.load(Ordering::SeqCst) {
                connection.close();
            }
            // Closed is closed: the server is done with all that it was given.
            let _ = io::copy(&mut answers, &mut io::sink());
        });
        let _ = connection.pass_commands();
        connection.close();
    });
    if !connection.holds.load(Ordering::SeqCst) {
        shared.closed();
    }
}

impl Turn {
    fn begin(&mut self, name: &str, line: &str, shared: &Shared) {
        let mut log = shared.log();
        let nth = log.counts.entry(name.to_owned()).or_default();
        *nth += 1;
        *self = Self { command: name.to_owned(), nth: *nth, replies: 0 };
        log.trace.commands.push(line.to_owned());
        log.rests = false;
    }
}

impl Shared {
    /// Notes that a point is reached, and says what harm is planned for it.
    fn reach(&self, turn: &Turn, at: At) -> Option<Harm> {
        let point = Point { command: turn.command.clone(), nth: turn.nth, at };
        let mut log = self.log();
        let planned = log.plan.iter().position(|(planned, _)| *planned == point);
        log.trace.points.push(point);
        let (_, harm) = log.plan.remove(planned?);
        log.trace.harmed = true;
        self.changed.notify_all();
        Some(harm)
    }
}

impl Connection<'_> {
    fn pass_commands(&self) -> Result<(), Over> {
        let mut reader = BufReader::new(&self.client);
        while let Some(mut line) = read_line(&mut reader)? {
            let (name, text) = name_of(&line);
            self.turn.lock().unwrap().begin(&name, &text, self.shared);
            self.reach(&self.turn.lock().unwrap(), At::Before, &[])?;
            while let Some(length) = literal(&line) {
                (&self.server).write_all(&line)?;
                let mut bytes = vec![0; length];
                reader.read_exact(&mut bytes)?;
                let Some(rest) = read_line(&mut reader)? else { return Ok(()) };
                self.pass_literal(&bytes, &rest)?;
                line = rest;
            }
            let turn = self.turn.lock().unwrap();
            (&self.server).write_all(&line)?;
            self.reach(&turn, At::After, &[])?;
        }
        Ok(())
    }

    /// Passes a literal on, except the last byte of the command: the caller passes the rest.
    fn pass_literal(&self, bytes: &[u8], rest: &[u8]) -> Result<(), Over> {
        let turn = self.turn.lock().unwrap();
        let mut passed = 0;
        for stop in [0, 1, bytes.len() / 2, bytes.len() - 1, bytes.len()] {
            (&self.server).write_all(&bytes[passed..stop])?;
            passed = stop;
            self.reach(&turn, At::Literal(stop), &[&bytes[stop..], rest].concat())?;
        }
        Ok(())
    }

    fn pass_answers(&self, reader: &mut impl BufRead) -> Result<(), Over> {
        while let Some(answer) = read_answer(reader)? {
            let goes_on = answer.starts_with(b"* ") || answer.starts_with(b"+ ");
            let mut turn = self.turn.lock().unwrap();
            if self.holds.load(Ordering::SeqCst) {
                self.shared.log().carried_out |= !goes_on;
                self.shared.changed.notify_all();
                if goes_on {
                    continue;
                }
                return Ok(());
            }
            self.reach(&turn, At::Reply(turn.replies), &[])?;
            let mut passed = 0;
            if answer[..answer.len() - 1].contains(&b'\n') {
                passed = answer.len() / 2;
                (&self.client).write_all(&answer[..passed])?;
                self.reach(&turn, At::Within(turn.replies), &[])?;
            }
            (&self.client).write_all(&answer[passed..])?;
            turn.replies += 1;
            self.shared.log().rests = turn.command == "IDLE" && turn.replies == 1;
            self.shared.changed.notify_all();
            if !goes_on || turn.command == "connect" {
                self.reach(&turn, At::Answered, &[])?;
            }
        }
        Ok(())
    }

    /// Reaches a point; `rest` is what is left of the command in hand.
    fn reach(&self, turn: &Turn, at: At, rest: &[u8]) -> Result<(), Over> {
        match self.shared.reach(turn, at) {
            None => return Ok(()),
            Some(Harm::Release) => {
                self.shared.release();
                return Ok(());
            }
            Some(Harm::Stall) => {
                self.stalls.store(true, Ordering::SeqCst);
                return Err(Over);
            }
            Some(Harm::Cut) => {}
            Some(Harm::Kill) => self.shared.kill(),
            Some(Harm::Hold) => {
                let server = self.server.try_clone()?;
                self.shared.log().held = Some((server, rest.to_vec()));
                self.holds.store(true, Ordering::SeqCst);
                self.close();
                self.shared.closed();
                return Err(Over);
            }
        }
        self.close();
        Err(Over)
    }

    /// Closes the client's side, and tells the server that nothing more comes unless a command is held back.
    fn close(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        if !self.holds.load(Ordering::SeqCst) {
            let _ = self.server.shutdown(Shutdown::Write);
        }
    }
}

/// The name of a command and its text without the tag, or with secrets left out.
fn name_of(line: &[u8]) -> (String, String) {
    let line = String::from_utf8_lossy(line).trim_end().to_owned();
    let Some((_, text)) = line.split_once(' ') else { return (line.clone(), line) };
    let mut words = text.split(' ').map(str::to_ascii_uppercase);
    let first = words.next().unwrap_or_default();
    match first.as_str() {
        "UID" => (format!("UID {}", words.next().unwrap_or_default()), text.to_owned()),
        "AUTHENTICATE" | "LOGIN" => (first.clone(), first),
        _ => (first, text.to_owned()),
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    Ok(line.ends_with(b"\n").then_some(line))
}

/// One response with the literals in it.
fn read_answer(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut answer = Vec::new();
    loop {
        let Some(line) = read_line(reader)? else { return Ok(None) };
        let length = literal(&line);
        answer.extend(line);
        let Some(length) = length else { return Ok(Some(answer)) };
        let at = answer.len();
        answer.resize(at + length, 0);
        reader.read_exact(&mut answer[at..])?;
    }
}

/// The length of the literal that a line announces (RFC 9051 section 4.3).
fn literal(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?.trim_end().strip_suffix('}')?;
    text.rsplit_once('{')?.1.trim_end_matches('+').parse().ok()
}
