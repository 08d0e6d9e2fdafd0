//! One file of a Maildir: what its name says, and as much of its content as may matter.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Larger files are no mail that a server would have taken.
pub(super) const MAX_FILE: u64 = 64 << 20;
/// How much of one file is read.
const MAX_KEPT: usize = 16 << 20;
/// Files up to this size are read as they are.
const SMALL: u64 = 1 << 20;
/// How much of one base64 body is read: a part larger than this is no calendar and no text.
const MAX_RUN: usize = 2 << 20;
/// RFC 5322 allows 998 bytes; whatever is longer is taken in pieces.
const MAX_LINE: u64 = 64 << 10;
const MAX_HEADER: usize = 256 << 10;

/// A file as the listing of its folder shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) name: OsString,
}

/// The messages of a folder by unique name. `new` is listed first: what moves to `cur` meanwhile is seen at least once.
pub(super) fn list(folder: &Path) -> io::Result<BTreeMap<String, Entry>> {
    let mut entries = BTreeMap::new();
    for sub in ["new", "cur"] {
        let listing = match fs::read_dir(folder.join(sub)) {
            Err(error) if sub == "new" && error.kind() == io::ErrorKind::NotFound => continue,
            listing => listing?,
        };
        for entry in listing {
            let entry = entry?;
            let name = entry.file_name();
            if !name.as_bytes().starts_with(b".") {
                entries.insert(unique(&name), Entry { path: entry.path(), name });
            }
        }
    }
    Ok(entries)
}

/// What stays the same when a message moves to `cur`, changes its flags, or is given a size (`,S=`) or a UID (`,U=`) in its name.
pub(super) fn unique(name: &OsStr) -> String {
    let bytes = name.as_bytes();
    let end = bytes.iter().position(|byte| matches!(byte, b':' | b',')).unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            format!("{}#{:08x}", String::from_utf8_lossy(&bytes[..end]), number(&bytes[..end]))
        }
    }
}

/// A UID for a unique name: the same in every run. IMAP's order of UIDs is not in it.
pub(super) fn uid(unique: &str) -> u32 {
    number(unique.as_bytes()).max(1)
}

fn number(bytes: &[u8]) -> u32 {
    let sum = Sha256::digest(bytes);
    u32::from_be_bytes([sum[0], sum[1], sum[2], sum[3]])
}

/// The flags in a file's name, as IMAP spells them; letters that are not standard (keywords) as they are.
pub(super) fn flags(name: &OsStr) -> Vec<String> {
    let name = name.to_string_lossy();
    let Some((_, letters)) = name.rsplit_once(":2,") else { return Vec::new() };
    let flag = |letter: char| match letter {
        'D' => "\\Draft".to_owned(),
        'F' => "\\Flagged".to_owned(),
        'P' => "$Forwarded".to_owned(),
        'R' => "\\Answered".to_owned(),
        'S' => "\\Seen".to_owned(),
        'T' => "\\Deleted".to_owned(),
        other => other.to_string(),
    };
    letters.chars().take_while(char::is_ascii_alphabetic).map(flag).collect()
}

/// A message, the middle of big base64 bodies left out.
pub(super) fn read(path: &Path, size: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if size <= SMALL {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // It may have grown since it was measured, though no Maildir's file should.
        file.take(2 * SMALL).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    condense(BufReader::with_capacity(64 << 10, file))
}

fn condense(mut reader: impl BufRead) -> io::Result<Vec<u8>> {
    let (mut kept, mut line, mut run) = (Vec::new(), Vec::new(), 0);
    while kept.len() < MAX_KEPT {
        line.clear();
        if reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        run = if is_base64(&line) { run + line.len() } else { 0 };
        if run <= MAX_RUN {
            kept.extend_from_slice(&line);
        }
    }
    Ok(kept)
}

fn is_base64(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.len() >= 60
        && line
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

/// The header section, at most [`MAX_HEADER`] of it, with the empty line that ends it.
pub(super) fn header(path: &Path) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::with_capacity(4 << 10, File::open(path)?);
    let mut header = Vec::new();
    while header.len() < MAX_HEADER {
        let start = header.len();
        let count = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut header)?;
        if count == 0 || header[start..].trim_ascii().is_empty() {
            break;
        }
    }
    Ok(header)
}

/// The Message-ID in a header section, without angle brackets. Read here and not by the parser, so that the thousands in Sent cost
/// no more than a look.
pub(super) fn message_id(header: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"message-id:";
    let mut lines = header.split(|byte| *byte == b'\n');
    let first = lines
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))?;
    let mut value = String::from_utf8_lossy(&first[NAME.len()..]).trim().to_owned();
    for line in lines.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t")) {
        value.push_str(String::from_utf8_lossy(line).trim());
    }
    let inner = value.split_once('<').map_or(&*value, |(_, rest)| rest);
    let inner = inner.split_once('>').map_or(inner, |(id, _)| id).trim();
    (!inner.is_empty()).then(|| inner.to_owned())
}

/// RFC822.SIZE: with CR LF at the end of every line, however the file has them. Big files are measured as they lie.
pub(super) fn size(path: &Path) -> io::Result<u64> {
    let length = fs::metadata(path)?.len();
    if length > SMALL {
        return Ok(length);
    }
    let bytes = fs::read(path)?;
    let bare = bytes
        .iter()
        .enumerate()
        .filter(|(at, byte)| **byte == b'\n' && (*at == 0 || bytes[at - 1] != b'\r'));
    Ok(bytes.len() as u64 + bare.count() as u64)
}

#[cfg(test)]
mod tests {
    use super::{flags, message_id, unique};
    use std::ffi::OsStr;

    #[test]
    fn a_name_says_who_it_is_and_how_it_is_flagged() {
        for name in ["1.2.host", "1.2.host:2,S", "1.2.host,U=7:2,", "1.2.host,S=12,W=13:2,DFab"] {
            assert_eq!(unique(OsStr::new(name)), "1.2.host");
        }
        assert_eq!(
            flags(OsStr::new("1.2.host,S=1:2,DFSa")),
            ["\\Draft", "\\Flagged", "\\Seen", "a"]
        );
        assert!(flags(OsStr::new("1.2.host:1,DFS")).is_empty());
    }

    #[test]
    fn a_message_id_is_found_however_it_is_written() {
        for header in [
            "Message-ID: <a@b>\n",
            "Subject: x\r\nMESSAGE-Id:\r\n <a@b>\r\n\r\n",
            "message-id:a@b\n\n",
        ] {
            assert_eq!(message_id(header.as_bytes()).as_deref(), Some("a@b"), "{header:?}");
        }
        assert_eq!(message_id(b"In-Reply-To: <a@b>\nMessage-ID: \n\n"), None);
    }
}
