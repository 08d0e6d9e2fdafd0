//! `afterword note`: what the owner forgot to say, for the letters of an interview.

use clap::Args;

use super::{Error, ask, say};
use crate::config::Settings;
use crate::control::Request;

/// Arguments of `note`.
#[derive(Debug, Args)]
pub struct Remember {
    /// The interview, as `afterword status` prints it in brackets
    id: String,
    /// What you forgot to say, in whole sentences: it goes into the letters as it is
    #[arg(required = true, num_args = 1.., trailing_var_arg = true)]
    text: Vec<String>,
}

/// Gives the note to the daemon, or stores it while none runs.
pub async fn note(arguments: &Remember, settings: &Settings) -> Result<(), Error> {
    let request = Request::Note { id: arguments.id.clone(), text: arguments.text.join(" ") };
    let told: String = ask::read(ask::ask(settings, &request).await?)?;
    say(&told)
}
