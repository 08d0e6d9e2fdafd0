//! The directory of the store: made for the owner alone, and locked.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::Error;

/// Mail addresses and names lie in it: for its user alone.
const PRIVATE: u32 = 0o700;
/// Where systemd keeps the state of services with users of their own.
const SERVICES: &str = "/var/lib/private";

/// Makes the directory where there is none.
pub(super) fn prepare(dir: &Path) -> Result<(), Error> {
    let refused = |problem, source| Error::Directory { dir: dir.to_path_buf(), problem, source };
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() => {
            let services = dir.canonicalize().is_ok_and(|path| path.starts_with(SERVICES));
            if services && found.uid() != rustix::process::geteuid().as_raw() {
                return Err(Error::Service { dir: dir.to_path_buf() });
            }
            Ok(())
        }
        Ok(_) => Err(refused("is no directory", io::ErrorKind::NotADirectory.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(dir).map_err(|e| refused("cannot be made", e))
        }
        Err(error) => Err(refused("cannot be looked at", error)),
    }
}

/// Makes the database's directory, or closes it to others: sled makes files that everybody may read, and the directory above
/// may be one that was there before.
pub(super) fn close(database: &Path) -> io::Result<()> {
    make(database)?;
    fs::set_permissions(database, Permissions::from_mode(PRIVATE))
}

fn make(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE).create(dir)
}

/// The file that is locked.
pub(super) const LOCK: &str = "lock";
/// A command that looks at the store has the lock for a moment.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// Takes the lock, which lasts as long as the file is open: sled has one owner.
pub(super) fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|e| Error::io(dir, "cannot be written to", e))?;
    let mut tries = 0;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if tries < TRIES => {
                tries += 1;
                // Nobody unparks this thread: it is only a pause.
                thread::park_timeout(PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Err(in_use(dir, file)),
            Err(TryLockError::Error(error)) => {
                return Err(Error::io(dir, "cannot be locked", error));
            }
        }
    }
    // The number only makes another's error message better: a full disk may leave it out.
    let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(file)
}

/// Who has the lock, as far as its file tells.
pub(super) fn in_use(dir: &Path, mut lock: File) -> Error {
    let mut text = String::new();
    let process = lock.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
    Error::InUse { dir: dir.to_path_buf(), process }
}
