//! A run that several processes share: the first has its folder, and tells the others when what they need is there.

use std::path::{Path, PathBuf};

use embert_train::Ranks;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Finished, Folder, record::REPORT, said::settings_of};
use crate::error::Error;

/// Whose a run's folder is.
pub(crate) enum Hold {
    /// The first rank's, which writes there.
    First(Folder),
    /// Another's, which reads.
    Other(PathBuf),
}

/// What the first rank says before the first step.
#[derive(Serialize, Deserialize)]
struct Ready {
    /// The run's `config.toml`.
    config: String,
    /// The checkpoint that it goes on from.
    checkpoint: Option<PathBuf>,
}

/// Tells the other ranks that all that they need is there.
///
/// # Errors
/// Where they cannot be reached.
pub(crate) fn say_ready(ranks: &dyn Ranks, config: &str, checkpoint: Option<&Path>) -> Result<(), Error> {
    let ready = Ready { config: config.to_owned(), checkpoint: checkpoint.map(Path::to_owned) };
    Ok(ranks.share(Some(ready)).map(drop)?)
}

/// Tells the other ranks that the run is at its end.
///
/// # Errors
/// Where they cannot be reached.
pub(crate) fn say_over(ranks: &dyn Ranks) -> Result<(), Error> {
    Ok(ranks.share(None::<Ready>).map(drop)?)
}

/// Waits for the first rank, and gives the run's settings and the checkpoint that it goes on from; None at its end.
///
/// # Errors
/// Where the first rank cannot be reached.
pub(crate) fn hear_ready<S: DeserializeOwned>(ranks: &dyn Ranks) -> Result<Option<(S, Option<PathBuf>)>, Error> {
    let Some(Ready { config, checkpoint }) = ranks.share(None)? else { return Ok(None) };
    let table = config.parse().map_err(|error: toml::de::Error| Error::Config { message: error.to_string() })?;
    Ok(Some((settings_of(table)?, checkpoint)))
}

/// How a run came to its end on a rank that wrote nothing of it.
pub(crate) fn finished(dir: &Path, step: usize, is_finished: bool) -> Finished {
    Finished { model: dir.join("model"), report: dir.join(REPORT), step, is_finished, validation: None }
}
