//! New mail seen at once: inotify on the folders, and a look at their times for file systems that tell inotify nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{sleep, timeout};

/// How often the folders' times are looked at where inotify is not to be had.
const POLL: Duration = Duration::from_secs(2);
/// How often they are looked at beside inotify: mail that another machine writes over a network is not told.
const POLL_BESIDE: Duration = Duration::from_secs(30);

/// What is being watched. It lasts between waits, so that nothing is missed in between.
#[derive(Debug)]
pub(super) struct Watch {
    inotify: Option<OwnedFd>,
    known: BTreeSet<i32>,
    times: BTreeMap<PathBuf, Option<SystemTime>>,
}

impl Watch {
    pub(super) fn new() -> Self {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok();
        Self { inotify, known: BTreeSet::new(), times: BTreeMap::new() }
    }

    /// Watches these directories too; whether any was not watched before.
    pub(super) fn follow(&mut self, dirs: &[PathBuf]) -> bool {
        let what = WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::DELETE
            | WatchFlags::DELETE_SELF
            | WatchFlags::ONLYDIR;
        let mut fresh = false;
        for dir in dirs {
            if !self.times.contains_key(dir) {
                self.times.insert(dir.clone(), modified(dir));
                fresh = true;
            }
            let Some(fd) = &self.inotify else { continue };
            match inotify::add_watch(fd, dir, what) {
                Ok(watch) => fresh |= self.known.insert(watch),
                // Not there yet: it is tried again at each wait, and its time is looked at.
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                // The limit of watches is reached: better none than some.
                Err(_) => self.inotify = None,
            }
        }
        fresh
    }

    /// Waits until something changes, at most so long.
    pub(super) async fn changed(&mut self, most: Duration) -> io::Result<bool> {
        let step = if self.inotify.is_some() { POLL_BESIDE } else { POLL };
        let mut left = most;
        loop {
            let now = step.min(left);
            if self.told(now).await? || self.times_differ() {
                // Whoever looks now sees all of this: the times are those before the look.
                self.times_differ();
                return Ok(true);
            }
            left = left.saturating_sub(now);
            if left.is_zero() {
                return Ok(false);
            }
        }
    }

    /// Waits for inotify to tell of a change.
    async fn told(&mut self, most: Duration) -> io::Result<bool> {
        let Some(fd) = &self.inotify else {
            sleep(most).await;
            return Ok(false);
        };
        #[expect(
            deprecated,
            reason = "its successor is unsafe, for descriptors that may close or change; a borrowed one cannot"
        )]
        let ready = AsyncFd::with_interest(fd.as_fd(), Interest::READABLE)?;
        let wait = async {
            loop {
                let mut guard = ready.readable().await?;
                if drain(fd)? {
                    return Ok(true);
                }
                guard.clear_ready();
            }
        };
        timeout(most, wait).await.unwrap_or(Ok(false))
    }

    fn times_differ(&mut self) -> bool {
        let mut differ = false;
        for (dir, time) in &mut self.times {
            let now = modified(dir);
            differ |= now != *time;
            *time = now;
        }
        differ
    }
}

/// Takes all events from the queue; whether there was any. An overflow is an event too.
fn drain(fd: &OwnedFd) -> io::Result<bool> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(fd, &mut buffer);
    let mut any = false;
    loop {
        match events.next() {
            Ok(_) => any = true,
            Err(Errno::AGAIN) => return Ok(any),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn modified(dir: &PathBuf) -> Option<SystemTime> {
    fs::metadata(dir).and_then(|found| found.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::Watch;

    #[tokio::test]
    async fn without_inotify_the_times_tell() {
        let dir = tempfile::tempdir().unwrap();
        let mut watch = Watch { inotify: None, ..Watch::new() };
        assert!(watch.follow(&[dir.path().to_path_buf()]));
        assert!(!watch.changed(Duration::from_millis(10)).await.unwrap());
        fs::write(dir.path().join("mail"), "").unwrap();
        assert!(watch.changed(Duration::from_secs(5)).await.unwrap());
        assert!(!watch.follow(&[dir.path().to_path_buf()]));
    }
}
