//! Where a model is: a directory, or its name on the Hugging Face hub.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use embert::{Wanted, find_pretrained, run::Said};

use super::{Talk, training::path};
use crate::progress::bar;

/// What a person said of where a model is.
#[derive(Clone, Debug)]
pub(crate) struct Source(PathBuf);

impl From<OsString> for Source {
    fn from(said: OsString) -> Self {
        Self(said.into())
    }
}

impl Source {
    /// As it was said.
    pub(crate) fn said(&self) -> &Path {
        &self.0
    }

    /// The model's directory, fetched where it has to be.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn model(&self, talk: Talk) -> anyhow::Result<PathBuf> {
        found(&self.0, Wanted::Model, talk)
    }

    /// The directory of its tokenizer, fetched where it has to be.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn tokenizer(&self, talk: Talk) -> anyhow::Result<PathBuf> {
        found(&self.0, Wanted::Tokenizer, talk)
    }
}

/// Puts the directory of a model where a flag or a config said its name: what a run is begun with, and what it goes on with.
///
/// # Errors
/// Where there is none.
pub(crate) fn resolve(said: &mut Said, key: &str, wanted: Wanted, talk: Talk) -> anyhow::Result<Option<PathBuf>> {
    let Some(model) = said.text(key).map(PathBuf::from) else { return Ok(None) };
    let dir = found(&model, wanted, talk)?;
    if dir != model {
        said.say(key, path(&dir)?);
    }
    Ok(Some(dir))
}

fn found(model: &Path, wanted: Wanted, talk: Talk) -> anyhow::Result<PathBuf> {
    let bar = bar(talk, None, "{msg}  [{bar:13}] {bytes} of {total_bytes}, {bytes_per_sec}");
    let found = find_pretrained(model, wanted, &mut |file, bytes, all| {
        if bar.message() != file {
            bar.reset();
            bar.set_message(file.to_owned());
        }
        bar.set_length(all.unwrap_or(bytes));
        bar.set_position(bytes);
    });
    bar.finish_and_clear();
    let (dir, warnings) = found?;
    talk.warn(&warnings);
    Ok(dir)
}
