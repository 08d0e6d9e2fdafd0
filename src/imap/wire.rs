//! The bytes of a connection, cut into whole responses before async-imap sees them.
//!
//! async-imap parses as bytes come in, and gives up for good on an untagged line that its grammar does not know; a line
//! that never gets complete for it hangs until the deadline, and a few of its slices can panic. So this stream
//! frames the responses itself (RFC 9051 section 4.3: a line, and after each `{n}` at its end n bytes and a further line) and hands on
//! only those that parse. An unknown untagged response is passed over and told to the command layer, which decides
//! whether the command's result can still be believed.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use imap_proto::Response;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest literal that is accepted; we never ask for more than half of it at once.
const MAX_LITERAL: usize = 12 << 20;
/// The longest response, literals included.
const MAX_RESPONSE: usize = 24 << 20;
/// How deep lists may nest before the recursive parser is spared them.
const MAX_DEPTH: usize = 120;
/// How many lines passed over are remembered for one command.
const MAX_PASSED_OVER: usize = 200;

/// What a connection runs over: TCP, or TLS over it.
pub(super) trait Transport: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Transport for T {}

/// A stream that yields only whole, readable responses, and only as many bytes as the command in hand may cost.
#[derive(Debug)]
pub(super) struct Sieve {
    inner: Box<dyn Transport>,
    raw: Vec<u8>,
    /// How far `raw` has been looked through for the end of its first response; beyond its end while a literal is incomplete.
    scanned: usize,
    /// Where the line begins that is being looked through: whether it ends in a literal shows only in the whole line.
    line: usize,
    approved: Vec<u8>,
    given: usize,
    budget: usize,
    heard: u64,
    passed_over: Vec<String>,
}

impl Sieve {
    pub(super) fn new(inner: Box<dyn Transport>) -> Self {
        Self {
            inner,
            raw: Vec::new(),
            scanned: 0,
            line: 0,
            approved: Vec::new(),
            given: 0,
            budget: 0,
            heard: 0,
            passed_over: Vec::new(),
        }
    }

    /// Starts a new account of bytes and lines passed over.
    pub(super) fn allow(&mut self, bytes: usize) {
        self.budget = bytes;
        self.passed_over.clear();
    }

    /// How many bytes have come in: that it grows is a sign of life in the middle of a long answer.
    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// The untagged responses of this command that could not be read: the beginning of each.
    pub(super) fn take_passed_over(&mut self) -> Vec<String> {
        std::mem::take(&mut self.passed_over)
    }

    /// The stream below, for STARTTLS. `None` if the server has already sent more: what came before the handshake
    /// must not be taken for something that came under its protection (CVE-2011-0411).
    pub(super) fn into_inner(self) -> Option<Box<dyn Transport>> {
        (self.raw.is_empty() && self.given == self.approved.len()).then_some(self.inner)
    }

    fn give(&mut self, out: &mut ReadBuf<'_>) -> bool {
        let waiting = &self.approved[self.given..];
        if waiting.is_empty() {
            return false;
        }
        let n = waiting.len().min(out.remaining());
        out.put_slice(&waiting[..n]);
        self.given += n;
        true
    }

    /// Moves the next whole response on; false when more bytes are needed.
    fn next_response(&mut self) -> io::Result<bool> {
        let Some(end) = self.end_of_response()? else { return Ok(false) };
        let rest = self.raw.split_off(end);
        let response = std::mem::replace(&mut self.raw, rest);
        self.scanned = 0;
        self.line = 0;
        if readable(&response) {
            self.approved = response;
            self.given = 0;
            return Ok(true);
        }
        let start = String::from_utf8_lossy(&response[..response.len().min(200)]).into_owned();
        if !response.starts_with(b"* ") {
            return Err(invalid(start));
        }
        if self.passed_over.len() < MAX_PASSED_OVER {
            self.passed_over.push(start);
        }
        Ok(true)
    }

    fn end_of_response(&mut self) -> io::Result<Option<usize>> {
        // The text of a status response may end in anything, so that `{5}` at its end starts no literal.
        let status = self.raw.starts_with(b"* ")
            && [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"]
                .iter()
                .any(|word| self.raw[2..].starts_with(word));
        let may_hold_literals = self.raw.starts_with(b"* ") && !status;
        loop {
            let Some(new) = self.raw.get(self.scanned..) else { return self.incomplete() };
            let Some(at) = new.iter().position(|&b| b == b'\n') else {
                self.scanned = self.raw.len();
                return self.incomplete();
            };
            let end = self.scanned + at + 1;
            match literal_length(&self.raw[self.line..end]) {
                Some(length) if may_hold_literals => {
                    if length > MAX_LITERAL {
                        return Err(invalid(format!("a literal of {length} bytes")));
                    }
                    self.scanned = end + length;
                    self.line = self.scanned;
                }
                _ => return Ok(Some(end)),
            }
        }
    }

    fn incomplete(&self) -> io::Result<Option<usize>> {
        if self.raw.len() > MAX_RESPONSE {
            return Err(invalid(format!("a response of more than {MAX_RESPONSE} bytes")));
        }
        Ok(None)
    }

    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut chunk = [0; 16 << 10];
        let mut buffer = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut *self.inner).poll_read(cx, &mut buffer))?;
        let new = buffer.filled();
        let Some(budget) = self.budget.checked_sub(new.len()) else {
            return Poll::Ready(Err(invalid("more than was asked for".to_owned())));
        };
        self.budget = budget;
        self.heard += new.len() as u64;
        self.raw.extend_from_slice(new);
        Poll::Ready(Ok(new.len()))
    }
}

impl AsyncRead for Sieve {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.give(out) {
                return Poll::Ready(Ok(()));
            }
            if this.next_response()? {
                continue;
            }
            if ready!(this.fill(cx))? == 0 {
                let clean = this.raw.is_empty();
                return Poll::Ready(if clean {
                    Ok(())
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                });
            }
        }
    }
}

impl AsyncWrite for Sieve {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().inner).poll_shutdown(cx)
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// n of a line that ends in `{n}`.
fn literal_length(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let open = line.iter().rposition(|&b| b == b'{')?;
    let digits = std::str::from_utf8(&line[open + 1..]).ok()?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(usize::MAX))
}

/// Whether the parser reads all of it. It recurses over nested lists and slices some texts by bytes, hence the guards.
fn readable(response: &[u8]) -> bool {
    if depth(response) > MAX_DEPTH {
        return false;
    }
    let parsed = || matches!(Response::parse(response), Ok((rest, _)) if rest.is_empty());
    catch_unwind(AssertUnwindSafe(parsed)).unwrap_or(false)
}

/// How deep parentheses nest outside of quoted strings and literals.
fn depth(response: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(&byte) = response.get(at) {
        at += 1;
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'"' => at = after_quoted(response, at),
            b'{' => at = after_literal(response, at),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Behind the quotation mark that closes a string; lines end it too.
fn after_quoted(response: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = response.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'"' | b'\n' => break,
            _ => {}
        }
    }
    at
}

/// Behind the literal whose `{` stands before `at`; `at` itself where it is none.
fn after_literal(response: &[u8], at: usize) -> usize {
    let line_end = response[at..].iter().take(14).position(|&b| b == b'\n').map(|n| at + n + 1);
    line_end
        .and_then(|end| literal_length(&response[at - 1..end]).map(|length| end + length))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// What comes through, and what is passed over, when the server sends `input` and goes.
    fn sieve(input: &[u8], budget: usize) -> (io::Result<Vec<u8>>, Vec<String>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut far, near) = tokio::io::duplex(input.len() + 1);
            far.write_all(input).await.unwrap();
            drop(far);
            let mut sieve = Sieve::new(Box::new(near));
            sieve.allow(budget);
            let mut out = Vec::new();
            let result = sieve.read_to_end(&mut out).await;
            (result.map(|_| out), sieve.take_passed_over())
        })
    }

    #[test]
    fn unknown_untagged_lines_are_passed_over() {
        let (out, over) = sieve(b"* OK hi\r\n* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n* XYZ {3}\r\nA\r\n more\r\nA1 OK done\r\n", 1000);
        assert_eq!(out.unwrap(), b"* OK hi\r\nA1 OK done\r\n");
        assert_eq!(over.len(), 2, "{over:?}");
    }

    #[test]
    fn where_the_network_cuts_the_bytes_does_not_matter() {
        let input = b"* 1 FETCH (UID 7 BODY[1.MIME]<0> {123}\r\n".to_vec();
        let input =
            [input, vec![b'x'; 123], b" BODY[1]<0> {2}\r\nhi)\r\nA1 OK done\r\n".to_vec()].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for cut in 1..input.len() {
            let out = runtime.block_on(async {
                let (mut far, near) = tokio::io::duplex(input.len());
                let mut sieve = Sieve::new(Box::new(near));
                sieve.allow(1000);
                let mut out = vec![0; input.len()];
                far.write_all(&input[..cut]).await.unwrap();
                let read = sieve.read_exact(&mut out);
                let write = async {
                    tokio::task::yield_now().await;
                    far.write_all(&input[cut..]).await
                };
                let (read, written) = tokio::join!(read, write);
                written.unwrap();
                read.map(|_| out)
            });
            assert_eq!(out.unwrap(), input, "cut at {cut}");
        }
    }

    #[test]
    fn a_text_that_looks_like_a_literal_is_text() {
        let (out, _) = sieve(b"* OK sale {5}\r\nA1 OK done {7}\r\n", 1000);
        assert_eq!(out.unwrap(), b"* OK sale {5}\r\nA1 OK done {7}\r\n");
    }

    #[test]
    fn what_would_panic_or_overflow_the_parser_is_passed_over() {
        let (out, over) = sieve("* OK [ALERT]é\r\n* OK fine\r\n".as_bytes(), 1000);
        assert_eq!(out.unwrap(), b"* OK fine\r\n");
        assert_eq!(over.len(), 1);
        let deep = format!("* 1 FETCH (BODYSTRUCTURE {}\r\n* OK fine\r\n", "(".repeat(200_000));
        let (out, over) = sieve(deep.as_bytes(), 1 << 20);
        assert_eq!(out.unwrap(), b"* OK fine\r\n");
        assert_eq!(over.len(), 1);
    }

    #[test]
    fn parentheses_in_strings_and_literals_are_no_lists() {
        let many = "(".repeat(500);
        let fetch = format!("* 1 FETCH (UID 1 BODY[1] {{500}}\r\n{many} BODY[2] \"{many}\")\r\n");
        let (out, over) = sieve(fetch.as_bytes(), 1 << 20);
        assert_eq!(out.unwrap(), fetch.as_bytes());
        assert!(over.is_empty());
    }

    #[test]
    fn giants_and_fragments_are_errors() {
        let (out, _) = sieve(b"* 1 FETCH (BODY[] {99999999999999999999}\r\n", 1000);
        assert_eq!(out.unwrap_err().kind(), io::ErrorKind::InvalidData);
        let (out, _) = sieve(&[b'x'; 2000], 1000);
        assert_eq!(out.unwrap_err().kind(), io::ErrorKind::InvalidData);
        let (out, _) = sieve(b"* 1 FETCH (BODY[] {10}\r\nabc", 1000);
        assert_eq!(out.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let (out, _) = sieve(b"HTTP/1.1 400 Bad Request\r\n", 1000);
        assert_eq!(out.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
