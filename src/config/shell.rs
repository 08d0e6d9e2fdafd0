//! A shell command of the configuration, which is never left running.

use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};

/// A running command. Unless it was seen to end, it and all that it started are killed when this is dropped.
#[derive(Debug)]
pub struct Shell {
    pub(super) child: Child,
    group: Option<u32>,
}

impl Shell {
    /// Starts `sh -c COMMAND` in a process group of its own, without input; `prepare` may set more.
    pub fn start(command: &str, prepare: impl FnOnce(&mut Command)) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(Stdio::null()).process_group(0).kill_on_drop(true);
        prepare(&mut shell);
        let child = shell.spawn()?;
        Ok(Self { group: child.id(), child })
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.group = None;
        Ok(status)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let id = self
            .group
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            // Fails when all of it has ended, which is the usual case.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}
