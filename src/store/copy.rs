//! A copy of a store that nobody has open: for a look at it that changes nothing, whoever looks.
//!
//! Opening a database writes to it, and a file that root wrote would lock a service's own user out.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::{Error, directory, plain};

/// The directories of the database: of the second only the files in it matter to the first.
const DATABASE: [&str; 2] = ["db", "db/blobs"];

/// Copies the store in `dir` to the empty directory `to`, where it can be opened. `false` where there is none.
pub fn copy(dir: &Path, to: &Path) -> Result<bool, Error> {
    let failed = |error| Error::io(dir, "be read", error);
    let lock = match File::open(dir.join(directory::LOCK)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    match lock.try_lock_shared() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(directory::in_use(dir, lock)),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    for name in DATABASE {
        files(&dir.join(name), &to.join(name)).map_err(failed)?;
    }
    for name in plain::FILES {
        match fs::copy(dir.join(name), to.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    Ok(true)
}

/// Copies the files of a directory, if it is there, without what lies deeper.
fn files(from: &Path, to: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    fs::create_dir(to)?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
