//! Questions about what the daemon knows: put to the running one, or to its store while none runs.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Error, setup};
use crate::config::Settings;
use crate::control::{self, Answer, Request};
use crate::daemon::Core;
use crate::store;

/// How long opening the store, or a copy of it, may take.
const STORE_DEADLINE: Duration = Duration::from_secs(20);
/// A daemon that has the store and no socket yet is just starting.
const STARTING: Duration = Duration::from_millis(250);
/// How often it is asked again.
const TRIES: u32 = 20;

/// The answer to a question.
pub(super) async fn ask(settings: &Settings, request: &Request) -> Result<Value, Error> {
    let socket = control::path(&settings.store);
    for _ in 0..TRIES {
        match control::ask(&socket, request).await {
            Ok(answer) => return answer.map_err(Error::Failed),
            // Where it cannot listen, it may run all the same: the lock of the store says so.
            Err(control::Error::Nobody(_) | control::Error::TooLong(_)) => {}
            Err(error) => return Err(failed(&error)),
        }
        match stored(settings, request)? {
            Some(answer) => return answer.map_err(Error::Failed),
            None => tokio::time::sleep(STARTING).await,
        }
    }
    Err(Error::Failed(format!(
        "a daemon has the store `{}`, but it does not listen at `{}`; hint: its log says why",
        settings.store.display(),
        socket.display()
    )))
}

/// An answer as what it is.
pub(super) fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Error> {
    serde_json::from_value(answer).map_err(|e| {
        failed(&format!(
            "the daemon's answer cannot be read: {e}; hint: restart it after an upgrade"
        ))
    })
}

/// As `--json` prints it.
pub(super) fn pretty(told: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(told).map_err(|e| failed(&format!("cannot print it: {e}")))
}

/// What the store says. To look at it a copy is opened: looking changes nothing. `None` where a daemon has it.
fn stored(settings: &Settings, request: &Request) -> Result<Option<Answer>, Error> {
    let accounts = settings.accounts.iter().map(|a| a.name.clone()).collect();
    let setup = setup::Maker::new(settings)?.make(accounts);
    if request.changes() {
        return match Core::open(&settings.store, STORE_DEADLINE, setup) {
            Ok(core) => Ok(Some(core.answer(None, request))),
            Err(store::Error::InUse { .. }) => Ok(None),
            Err(error) => Err(failed(&error)),
        };
    }
    let copy = tempfile::Builder::new()
        .prefix("afterword-")
        .tempdir()
        .map_err(|e| failed(&format!("cannot make a directory for a copy of the store: {e}")))?;
    match store::copy(&settings.store, copy.path()) {
        Err(store::Error::InUse { .. }) => return Ok(None),
        Err(error) => return Err(failed(&error)),
        Ok(_) => {}
    }
    let core = Core::open(copy.path(), STORE_DEADLINE, setup).map_err(|e| failed(&e))?;
    let told = core.answer(None, request).map(|mut told| {
        // Where the copy lies is nobody's business.
        if let Some(store) = told.get_mut("store") {
            *store = serde_json::json!(settings.store);
        }
        told
    });
    Ok(Some(told))
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::Failed(error.to_string())
}
