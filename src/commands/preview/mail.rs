//! Mail on disk for a preview: a Maildir, an mbox (RFC 4155), a folder of .eml files, or one message.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::Settings;
use crate::folder::{Delivery, Role};
use crate::message::Message;

/// The largest message that is read, in bytes.
const MAX_MESSAGE: u64 = 64 << 20;
/// The largest mbox that is read, in bytes.
const MAX_MBOX: u64 = 1 << 30;

/// All messages of the path, and of the path of sent mail; and notes of what was passed over.
pub(super) fn read(
    path: &Path,
    sent: Option<&Path>,
    settings: &Settings,
) -> Result<(Vec<Delivery>, Vec<String>), String> {
    let zone = &settings.owner.time_zone;
    let mut reader = Reader { zone, deliveries: Vec::new(), notes: Vec::new() };
    reader.path(path, Role::Inbox)?;
    for name in [".Sent", "Sent"] {
        let folder = path.join(name);
        if is_maildir(path) && is_maildir(&folder) {
            reader.path(&folder, Role::Sent)?;
        }
    }
    if let Some(sent) = sent {
        reader.path(sent, Role::Sent)?;
    }
    Ok((reader.deliveries, reader.notes))
}

fn is_maildir(path: &Path) -> bool {
    path.join("cur").is_dir() || path.join("new").is_dir()
}

struct Reader<'a> {
    zone: &'a TimeZone,
    deliveries: Vec<Delivery>,
    notes: Vec<String>,
}

impl Reader<'_> {
    fn path(&mut self, path: &Path, role: Role) -> Result<(), String> {
        let failed = |e: std::io::Error| format!("cannot read `{}`: {e}", path.display());
        let about = fs::metadata(path).map_err(failed)?;
        if is_maildir(path) {
            self.directory(&path.join("new"), role, |_| true);
            self.directory(&path.join("cur"), role, |_| true);
            return Ok(());
        }
        if about.is_dir() {
            let names = |name: &str| {
                Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case("eml"))
            };
            let before = self.deliveries.len();
            self.directory(path, role, names);
            if self.deliveries.len() == before {
                self.notes.push(format!(
                    "`{}` holds no message: neither `cur` and `new` of a Maildir nor .eml files",
                    path.display()
                ));
            }
            return Ok(());
        }
        let bytes = limited(path, MAX_MBOX)
            .map_err(|e| format!("cannot read `{}`: {e}", path.display()))?;
        if bytes.starts_with(b"From ") {
            for message in split_mbox(&bytes) {
                self.message(message, role);
            }
        } else {
            self.message(bytes, role);
        }
        Ok(())
    }

    fn directory(&mut self, directory: &Path, role: Role, wanted: impl Fn(&str) -> bool) {
        let Ok(entries) = fs::read_dir(directory) else { return };
        let mut files: Vec<PathBuf> =
            entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
        files.sort();
        for file in files {
            let name =
                file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') || !wanted(&name) {
                continue;
            }
            match limited(&file, MAX_MESSAGE) {
                Ok(bytes) => self.message(bytes, role),
                Err(reason) => {
                    self.notes.push(format!("`{}` was passed over: {reason}", file.display()));
                }
            }
        }
    }

    /// A message arrived when its newest Received field says, else at its Date; else when its calendar object was made, since
    /// what is taken for decades old would be forgotten at once.
    fn message(&mut self, bytes: Vec<u8>, role: Role) {
        let message = Message::parse(&bytes, self.zone);
        let arrived = match role {
            Role::Sent => message.date.or(message.received),
            _ => message.received.or(message.date),
        };
        let stamps = || message.calendars.iter().flat_map(|c| &c.events).filter_map(|e| e.dtstamp);
        let arrived = arrived.or_else(|| stamps().min());
        if arrived.is_none() {
            let name = message.message_id.unwrap_or_else(|| "without a Message-ID".to_owned());
            let why = "it has no readable Date, Received or DTSTAMP";
            self.notes.push(format!("message `{name}` was taken for the oldest: {why}"));
        }
        let arrived = arrived.unwrap_or(Timestamp::UNIX_EPOCH);
        self.deliveries.push(Delivery { role, arrived, bytes });
    }
}

fn limited(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let size = fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > most {
        return Err(format!("it is larger than {} MiB", most >> 20));
    }
    fs::read(path).map_err(|e| e.to_string())
}

/// The messages of an mbox: each begins behind a `From ` line at the start or after an empty line; `>From ` is quoted.
fn split_mbox(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::new();
    let mut blank = true;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if blank && line.starts_with(b"From ") {
            out.push(Vec::new());
            blank = false;
            continue;
        }
        blank = line == b"\n" || line == b"\r\n";
        let quoted = line
            .iter()
            .position(|b| *b != b'>')
            .filter(|n| *n > 0 && line[*n..].starts_with(b"From "));
        if let Some(message) = out.last_mut() {
            message.extend_from_slice(if quoted.is_some() { &line[1..] } else { line });
        }
    }
    out
}
