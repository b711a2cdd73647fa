//! The folder of a run.
//!
//! | file | what |
//! | --- | --- |
//! | `metrics.jsonl` | a line for each logged step and each validation |
//! | `checkpoints/step-00000100/` | the training after a step: see [`save_state`](crate::save_state) |
//! | `model/` | the model of the last checkpoint, a Hugging Face directory |
//! | `best/` | that of the lowest loss on held-out examples |
//! | `.lock` | locked by the operating system while a run writes here: it dies with the process |
//!
//! Every folder is made beside its place and moved into it, so that each is whole at any moment.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    checkpoint::{STATE, TRAINING},
    error::Error,
    json_lines::JsonLines,
    places::{discard_folder, link_folder, put_folder, remove_unfinished},
};

const METRICS: &str = "metrics.jsonl";
const CHECKPOINTS: &str = "checkpoints";
const LOCK: &str = ".lock";

/// A folder that is one process's alone, until the process ends.
#[derive(Debug)]
pub struct RunLock {
    dir: PathBuf,
    _file: File,
}

impl RunLock {
    /// Locks the folder, which is made where it is not there.
    ///
    /// # Errors
    /// Where another run is using it, or it cannot be written to.
    pub fn take(dir: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(dir).map_err(refused(dir))?;
        let path = dir.join(LOCK);
        let file = File::create(&path).map_err(refused(&path))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::InUse { dir: dir.to_owned() },
            TryLockError::Error(source) => Error::Io { file: path, source },
        })?;
        Ok(Self { dir: dir.to_owned(), _file: file })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The last checkpoint, if there is any.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn last_checkpoint(&self) -> Result<Option<PathBuf>, Error> {
        Ok(checkpoints(&self.dir)?.pop())
    }
}

/// The folder that a run writes to.
#[derive(Debug)]
pub struct RunDirectory {
    lock: RunLock,
    metrics: JsonLines,
}

impl RunDirectory {
    /// The folder as it was after `step`, that of its last checkpoint: its model is the last model, and the lines of
    /// `metrics.jsonl` after it, and what an earlier process left unfinished, are gone.
    ///
    /// # Errors
    /// Where a file cannot be read or written.
    pub fn at(lock: RunLock, step: usize) -> Result<Self, Error> {
        let dir = lock.dir();
        for folder in [dir.to_owned(), dir.join(CHECKPOINTS)] {
            remove_unfinished(&folder)?;
        }
        let mut metrics = JsonLines::open(&dir.join(METRICS))?;
        metrics.rewind(step)?;
        let directory = Self { lock, metrics };
        if let Some(checkpoint) = directory.lock.last_checkpoint()? {
            // A process that was killed may have kept the one and not yet the other.
            put_folder(&directory.model(), |model| link_folder(&checkpoint, model, TRAINING))?;
        }
        Ok(directory)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.lock.dir()
    }

    /// The model of the last checkpoint, a Hugging Face directory.
    pub fn model(&self) -> PathBuf {
        self.dir().join("model")
    }

    /// The lines of `metrics.jsonl`, read again: a long run has many.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn lines(&self) -> Result<Vec<Value>, Error> {
        self.metrics.lines()
    }

    /// Adds a line to `metrics.jsonl`.
    ///
    /// # Errors
    /// Where the file cannot be written to.
    pub fn log(&mut self, line: &Value) -> Result<(), Error> {
        self.metrics.push(line)
    }

    /// Keeps what `write` writes as the checkpoint of `step` and as the last model, and deletes all but the last `keep`
    /// checkpoints.
    ///
    /// # Errors
    /// Where a file cannot be written. What was there before is still there then.
    pub fn save<E: From<Error>>(
        &self,
        step: usize,
        keep: usize,
        write: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        // A checkpoint knows of no step that the metrics do not.
        self.metrics.sync()?;
        let folder = self.dir().join(CHECKPOINTS);
        std::fs::create_dir_all(&folder).map_err(refused(&folder))?;
        let place = folder.join(format!("step-{step:08}"));
        put_folder(&place, write)?;
        put_folder(&self.model(), |model| link_folder(&place, model, TRAINING))?;
        let all = checkpoints(self.dir())?;
        for old in all.iter().rev().skip(keep.max(1)) {
            discard_folder(old)?;
        }
        Ok(())
    }

    /// Keeps what `write` writes as the best model.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn save_best<E: From<Error>>(&self, write: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
        put_folder(&self.dir().join("best"), write)
    }
}

/// The checkpoints in `dir`, the last at the end.
fn checkpoints(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = dir.join(CHECKPOINTS);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(refused(&folder))? {
        let path = entry.map_err(refused(&folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let digits = name.strip_prefix("step-").filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let step: Option<u64> = digits.and_then(|digits| digits.parse().ok());
        // Whatever else has such a name is not one.
        let step = step.filter(|_| path.join(TRAINING).join(STATE).is_file());
        found.extend(step.map(|step| (step, path)));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn refused(file: &Path) -> impl Fn(std::io::Error) -> Error + '_ {
    |source| Error::Io { file: file.to_owned(), source }
}
