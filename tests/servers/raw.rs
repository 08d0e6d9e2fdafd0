//! A few lines of IMAP, as an owner's client would speak them: independent of the client under test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::dovecot::PASSWORD;

/// A message in a folder.
pub struct Message {
    /// What stands between the parentheses of FLAGS.
    pub flags: String,
    /// All of it.
    pub text: String,
}

/// A logged-in connection without TLS.
pub struct Raw {
    stream: BufReader<TcpStream>,
    tags: u32,
}

impl Raw {
    /// Connects as `alex`.
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut raw = Self { stream: BufReader::new(stream), tags: 0 };
        raw.response();
        let password = PASSWORD.replace('\\', "\\\\").replace('"', "\\\"");
        raw.command(&format!("LOGIN alex \"{password}\""));
        raw
    }

    /// Stores a message.
    pub fn append(&mut self, folder: &str, bytes: &[u8]) {
        let tag = self.send(&format!("APPEND \"{folder}\" {{{}}}", bytes.len()));
        loop {
            let response = self.response();
            assert!(!response.starts_with(&tag), "{response}");
            if response.starts_with('+') {
                break;
            }
        }
        self.stream.get_mut().write_all(&[bytes, b"\r\n"].concat()).unwrap();
        self.until(&tag);
    }

    /// Everything in a folder; nothing is marked.
    pub fn messages(&mut self, folder: &str) -> Vec<Message> {
        let opened = self.command(&format!("EXAMINE \"{folder}\""));
        if opened.iter().any(|line| line.starts_with("* 0 EXISTS")) {
            return Vec::new();
        }
        let fetched = self.command("UID FETCH 1:* (FLAGS BODY.PEEK[])");
        let messages = fetched.iter().filter(|line| line.contains(" FETCH "));
        messages
            .map(|line| {
                let flags = line.split("FLAGS (").nth(1).unwrap().split(')').next().unwrap();
                Message { flags: flags.to_owned(), text: line.clone() }
            })
            .collect()
    }

    /// Runs a command, which must succeed: its untagged responses.
    fn command(&mut self, text: &str) -> Vec<String> {
        let tag = self.send(text);
        self.until(&tag)
    }

    fn send(&mut self, text: &str) -> String {
        self.tags += 1;
        let tag = format!("T{}", self.tags);
        self.stream.get_mut().write_all(format!("{tag} {text}\r\n").as_bytes()).unwrap();
        tag
    }

    fn until(&mut self, tag: &str) -> Vec<String> {
        let mut untagged = Vec::new();
        loop {
            let response = self.response();
            let Some(status) = response.strip_prefix(&format!("{tag} ")) else {
                untagged.push(response);
                continue;
            };
            assert!(status.starts_with("OK"), "{response}");
            return untagged;
        }
    }

    /// A line, with the literals in it.
    fn response(&mut self) -> String {
        let mut out = String::new();
        loop {
            let mut line = String::new();
            assert!(
                self.stream.read_line(&mut line).unwrap() > 0,
                "the server closed the connection: {out}"
            );
            out.push_str(&line);
            let length =
                line.trim_end().strip_suffix('}').and_then(|l| l.rsplit('{').next()?.parse().ok());
            let Some(length) = length else { return out };
            let mut literal = vec![0; length];
            self.stream.read_exact(&mut literal).unwrap();
            out.push_str(&String::from_utf8_lossy(&literal));
        }
    }
}
