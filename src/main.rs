//! Arguments, logging and the exit status; everything else is in the library.

use std::io;
use std::process::ExitCode;

use afterword::commands::{self, Arguments, Command, Error};
use clap::Parser;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log(matches!(arguments.command, Command::Run(_)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(commands::execute(arguments));
            // Not waiting for the system to answer what nobody asks any more: a name, a file on a dead disk.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(Error::Failed(format!("cannot start: {error}"))),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Told) => ExitCode::FAILURE,
        Err(Error::Usage(what)) => {
            commands::remark(&format!("error: {what}"));
            ExitCode::from(2)
        }
        Err(Error::Failed(what)) => {
            commands::remark(&format!("error: {what}"));
            ExitCode::FAILURE
        }
    }
}

/// Logs to stderr: the daemon from `info` on, the other commands from `warn` on; `AFTERWORD_LOG` says otherwise. The
/// `log` records of the IMAP library are never taken in: at their lowest level they hold the password.
fn log(daemon: bool) {
    let default = if daemon { "afterword=info" } else { "afterword=warn" };
    let filter = EnvFilter::builder()
        .with_env_var("AFTERWORD_LOG")
        .try_from_env()
        .unwrap_or_else(|_| EnvFilter::new(default));
    let under_systemd = afterword::systemd::is_journal();
    let format = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(false);
    if under_systemd { format.without_time().init() } else { format.init() }
}
