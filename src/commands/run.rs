//! `afterword run`: the daemon.

use clap::Args;

use super::{Error, setup};
use crate::config::Settings;
use crate::daemon::{self, Life};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Read, act and end, for a timer or cron
    #[arg(long)]
    once: bool,
}

/// Runs until a signal ends it, or for one round.
pub async fn run(arguments: &Run, settings: &Settings) -> Result<(), Error> {
    settings.require_accounts()?;
    let setup = setup::Maker::new(settings)?;
    for what in setup.refused() {
        tracing::warn!("{what}; the built-in one is used in its place");
    }
    let life = if arguments.once { Life::Once } else { Life::Forever };
    daemon::run(settings, || setup.make(account_names(settings)), life)
        .await
        .map_err(|e| Error::Failed(e.to_string()))
}

fn account_names(settings: &Settings) -> Vec<String> {
    settings.accounts.iter().map(|a| a.name.clone()).collect()
}
