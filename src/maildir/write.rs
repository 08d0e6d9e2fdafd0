//! How a Maildir is written: under a name nobody else has, in `tmp`, synced, then put in its place without replacing anything.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Writes a message into `folder/sub` and returns its unique name. Line ends become those of the disk: mail programs that read a
/// Maildir expect LF.
pub(super) fn message(folder: &Path, sub: &str, info: &str, bytes: &[u8]) -> io::Result<String> {
    let rest = unique_rest();
    let draft = folder.join("tmp").join(&rest);
    let seconds = write_synced(&draft, &with_lf(bytes)).inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })?;
    let unique = format!("{seconds}.{rest}");
    let target = folder.join(sub).join(format!("{unique}{info}"));
    rename_new(&draft, &target).inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })?;
    sync_directory(&folder.join(sub))?;
    Ok(unique)
}

/// Moves a message to `cur` of another folder, under a new name: a sync program takes a UID in the old one for one of that folder.
pub(super) fn move_to(path: &Path, folder: &Path, info: &str) -> io::Result<PathBuf> {
    let seconds = fs::metadata(path)?.mtime();
    let target = folder.join("cur").join(format!("{seconds}.{}{info}", unique_rest()));
    rename_new(path, &target)?;
    sync_directory(&folder.join("cur"))?;
    if let Some(parent) = path.parent() {
        sync_directory(parent)?;
    }
    Ok(target)
}

/// Gives a message other flags, under the same unique name.
pub(super) fn set_info(path: &Path, info: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let end = name.windows(3).position(|w| w == b":2,").unwrap_or(name.len());
    let mut other = OsStr::from_bytes(&name[..end]).to_owned();
    other.push(info);
    rename_new(path, &path.with_file_name(other))?;
    path.parent().map_or(Ok(()), sync_directory)
}

/// Makes what was renamed or removed in a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The seconds of the name are the file's own time, so that no clock is read here.
fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<i64> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(file.metadata()?.mtime())
}

fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems know no such flag; a link never replaces anything either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        result => Ok(result?),
    }
}

/// All of the unique name but its seconds: `pid_counter_random.host`.
fn unique_rest() -> String {
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    // The standard library's seed for its maps is random, and enough to tell two hosts of one name apart.
    let random = RandomState::new().build_hasher().finish();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}_{count}_{random:016x}.{}", std::process::id(), escape_host(host.trim()))
}

/// The Maildir page's rule for `/` and `:`; a comma starts what other programs append.
fn escape_host(host: &str) -> String {
    if host.is_empty() {
        return "localhost".to_owned();
    }
    host.replace('/', "\\057").replace(':', "\\072").replace(',', "\\054")
}

fn with_lf(bytes: &[u8]) -> Vec<u8> {
    let crlf = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
    (0..bytes.len()).filter(|at| !crlf(*at)).map(|at| bytes[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::escape_host;

    #[test]
    fn a_host_name_cannot_break_out_of_a_file_name() {
        assert_eq!(escape_host("a/b:c,d.example"), "a\\057b\\072c\\054d.example");
        assert_eq!(escape_host(""), "localhost");
    }
}
