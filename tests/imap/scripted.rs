//! A server that says what a script has for each command, and hears what is asked of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use afterword::folder::Role;
use afterword::imap::{Connection, Endpoint, Error, Limits, Reading, Security};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::dovecot::password;

/// A command that contains the text is answered so; `TAG` becomes its tag, `ECHO` the command. A line `+` in it: what follows is said when the
/// literal, or DONE, has come. At the end, `HANGUP` closes the connection, `FLOOD` repeats the answer for ever, and
/// `DRIBBLE` says it byte by byte.
pub type Script = &'static [(&'static str, &'static str)];

pub const GREETING: &str = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS IDLE] hello\r\n";
const LIST: &str = "* LIST () \"/\" INBOX\r\n* LIST (\\Drafts) \"/\" Drafts\r\n* LIST (\\Sent) \"/\" Sent\r\nTAG OK\r\n";
const OPENED: &str =
    "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 10] .\r\nTAG OK [READ-WRITE] done\r\n";

/// What every script falls back on.
const USUAL: Script = &[
    ("AUTHENTICATE", "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS IDLE] in\r\n"),
    ("LIST", LIST),
    ("EXAMINE", OPENED),
    ("SELECT", OPENED),
    ("UID SEARCH", "* SEARCH 9\r\nTAG OK\r\n"),
    ("BODYSTRUCTURE", STRUCTURE),
    ("BODY.PEEK[1]", "* 3 FETCH (UID 9 BODY[1]<0> {5}\r\nhello)\r\nTAG OK\r\n"),
    ("NOOP", "TAG OK\r\n"),
    ("CREATE", "TAG OK\r\n"),
    ("SUBSCRIBE", "TAG NO later\r\n"),
];

pub const STRUCTURE: &str = "* 3 FETCH (UID 9 INTERNALDATE \" 2-Mar-2026 10:00:00 +0000\" RFC822.SIZE 30 BODYSTRUCTURE \
    (\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1) BODY[HEADER]<0> {14}\r\nSubject: x\r\n\r\n)\r\nTAG OK\r\n";

/// A server of one connection.
pub struct Scripted {
    /// Where it listens.
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Starts to listen.
    pub async fn serve(greeting: &'static str, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            say(&mut stream, greeting).await;
            while answer(&mut stream, script, &ears).await {}
        });
        Self { port, heard }
    }

    /// The commands so far, without their tags.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// Answers one command; false when the connection is over.
async fn answer(
    stream: &mut BufReader<TcpStream>,
    script: Script,
    heard: &Mutex<Vec<String>>,
) -> bool {
    let mut line = String::new();
    if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
        return false;
    }
    let (tag, command) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
    heard.lock().unwrap().push(command.to_owned());
    let Some((_, answer)) = script.iter().chain(USUAL).find(|(part, _)| line.contains(part)) else {
        return true;
    };
    let answer = answer.replace("TAG", tag).replace("ECHO", command);
    let Some((before, after)) = answer.split_once("+\r\n") else {
        return say(stream, &answer).await;
    };
    say(stream, &format!("{before}+ go ahead\r\n")).await;
    let length = command.rsplit('{').next().and_then(|n| n.strip_suffix('}')?.parse().ok());
    let mut literal = vec![0; length.unwrap_or(0)];
    let read = stream.read_exact(&mut literal).await.is_ok();
    read && stream.read_line(&mut String::new()).await.is_ok() && say(stream, after).await
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) -> bool {
    if let Some(text) = text.strip_suffix("HANGUP") {
        let _ = stream.write_all(text.as_bytes()).await;
        return false;
    }
    if let Some(text) = text.strip_suffix("FLOOD") {
        let text = text.repeat(1 + 1000 / text.len());
        while stream.write_all(text.as_bytes()).await.is_ok() {}
        return false;
    }
    if let Some(text) = text.strip_suffix("DRIBBLE") {
        for byte in text.bytes() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if stream.write_all(&[byte]).await.is_err() {
                return false;
            }
        }
        return true;
    }
    stream.write_all(text.as_bytes()).await.is_ok()
}

/// How to reach a server of this test, with little patience.
pub fn endpoint(port: u16) -> Endpoint {
    let short = Duration::from_millis(400);
    let limits = Limits {
        connect: short,
        command: short,
        proof: short,
        whole: 3 * short,
        idle: short,
        poll: short,
    };
    Endpoint {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::Plain,
        ca_file: None,
        user: "alex".to_owned(),
        drafts: None,
        sent: None,
        limits,
    }
}

/// [`endpoint`] for a server that is to be stopped by something else than impatience.
pub fn patient(port: u16) -> Endpoint {
    let long = Duration::from_mins(2);
    let limits = Limits { command: long, whole: long, idle: long, ..endpoint(port).limits };
    Endpoint { limits, ..endpoint(port) }
}

/// Opens a connection to a server of this script.
pub async fn dial(greeting: &'static str, script: Script) -> Result<Connection, Error> {
    let server = Scripted::serve(greeting, script).await;
    Connection::open(&endpoint(server.port), &password()).await
}

/// [`dial`] with the usual greeting, which must work.
pub async fn connected(script: Script) -> Connection {
    dial(GREETING, script).await.unwrap()
}

/// A script that is made by a test.
pub fn script(lines: &[(&'static str, String)]) -> Script {
    let leaked = |text: &String| -> &'static str { Box::leak(text.clone().into_boxed_str()) };
    let lines: Vec<_> = lines.iter().map(|(part, answer)| (*part, leaked(answer))).collect();
    Box::leak(lines.into_boxed_slice())
}

/// Everything in INBOX.
pub fn reading() -> Reading {
    Reading::new(Role::Inbox, None, None)
}
