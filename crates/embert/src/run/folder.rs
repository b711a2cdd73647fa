//! The folder of a run, from outside: whether one may begin there, or goes on.

use std::path::Path;

use embert_train::RunLock;
use serde::de::DeserializeOwned;
use toml::Table;

use super::said::{Said, settings_of};
use crate::{directory::is_free, error::Error};

pub(crate) const CONFIG: &str = "config.toml";
pub(crate) const TOKENIZER: &str = "tokenizer";
pub(crate) const DATA: &str = "data";
/// The commands that have runs.
pub(crate) const PRETRAIN: &str = "pretrain";
pub(crate) const DISTILL: &str = "distill";
pub(crate) const FINETUNE: &str = "finetune";
const LOCK: &str = ".lock";

/// A folder that is one process's alone.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) lock: RunLock,
    /// Whether this process made it.
    is_made: bool,
}

/// What is in a folder that a run is to go on in.
enum Found {
    /// Nothing, or what a run left that had no config yet, and is taken away.
    Nothing(Folder),
    /// A run, with its config.
    Run(Folder, Table),
}

impl Folder {
    /// A folder that is not there or empty.
    pub(crate) fn begin(dir: &Path) -> Result<Self, Error> {
        let not_free = || Error::NotFree { dir: dir.to_owned() };
        if !is_free(dir) {
            return Err(not_free());
        }
        let is_made = !dir.exists();
        let lock = RunLock::take(dir)?;
        // Somebody else may have been there in between.
        if names(dir)?.iter().any(|name| name != LOCK) {
            return Err(not_free());
        }
        Ok(Self { lock, is_made })
    }

    /// A folder to go on in.
    fn resume(dir: &Path) -> Result<Found, Error> {
        if is_free(dir) {
            return Self::begin(dir).map(Found::Nothing);
        }
        if let Some(config) = config_of(dir)? {
            let lock = RunLock::take(dir)?;
            return Ok(Found::Run(Self { lock, is_made: false }, config));
        }
        let there = names(dir)?;
        if !is_barely_begun(&there) {
            return Err(Error::NoRun { dir: dir.to_owned() });
        }
        let lock = RunLock::take(dir)?;
        remove(dir, there.iter().filter(|name| *name != LOCK))?;
        Ok(Found::Nothing(Self { lock, is_made: false }))
    }

    /// The run in `dir`, to go on with: its folder and its settings, to which nothing else is said; or, where none has
    /// begun, the settings that `resolve` makes, and what is still open of them. The run is one of these `commands`.
    ///
    /// # Errors
    /// Where the folder is no run's or another command's, another run is using it, or was begun otherwise; and what
    /// `resolve` gives.
    pub(crate) fn go_on<S: DeserializeOwned, O>(
        dir: &Path,
        commands: &[&str],
        said: &Said,
        resolve: impl FnOnce() -> Result<(S, O), Error>,
    ) -> Result<(Self, S, Option<O>), Error> {
        match Self::resume(dir)? {
            Found::Run(folder, config) => {
                let command = command_of(&config);
                if !commands.contains(&command) {
                    return Err(Error::OtherRun { dir: dir.to_owned(), command });
                }
                said.agree(&config)?;
                let wrong = |error: Error| Error::File { file: dir.join(CONFIG), message: error.to_string() };
                Ok((folder, settings_of(config).map_err(wrong)?, None))
            }
            Found::Nothing(folder) => match resolve() {
                Ok((settings, open)) => Ok((folder, settings, Some(open))),
                Err(error) => {
                    folder.discard();
                    Err(error)
                }
            },
        }
    }

    /// Takes away what a run has made that never began, and the folder where that was made too.
    pub(crate) fn discard(self) {
        let dir = self.lock.dir().to_owned();
        // Why it did not begin is what counts, and not what is left of it.
        let _ =
            remove(&dir, [CONFIG, TOKENIZER, DATA, LOCK].iter().map(ToString::to_string).collect::<Vec<_>>().iter());
        if self.is_made {
            let _ = std::fs::remove_dir(&dir);
        }
    }
}

/// Takes away the run in `dir`, where its settings are those of one that may go; says whether the folder is free then.
///
/// # Errors
/// Where another run is using it, or a file cannot be removed.
pub fn remove_run<S: DeserializeOwned>(dir: &Path, may_go: impl Fn(&S) -> bool) -> Result<bool, Error> {
    if is_free(dir) {
        return Ok(true);
    }
    let there = names(dir)?;
    let settings = config_of(dir).ok().flatten().and_then(|table| settings_of(table).ok());
    let is_one = settings.is_some_and(|settings| may_go(&settings)) && there.iter().all(|name| is_of_a_run(name));
    if !is_one && !is_barely_begun(&there) {
        return Ok(false);
    }
    let _lock = RunLock::take(dir)?;
    remove(dir, names(dir)?.iter())?;
    Ok(true)
}

/// Whether a process that was killed before its run had a config left these: it came as far as its tokenizer. More than
/// that is somebody's.
fn is_barely_begun(names: &[String]) -> bool {
    let is_ours = |name: &String| [LOCK, TOKENIZER].contains(&name.as_str()) || name.starts_with(".embert-");
    names.iter().all(is_ours) && names.iter().any(|name| name == LOCK)
}

/// Whether a run makes a file or folder of that name in its folder.
fn is_of_a_run(name: &str) -> bool {
    const OTHERS: [&str; 8] = [
        LOCK,
        "batches.jsonl",
        "best",
        "checkpoints",
        "events.out.tfevents.0000000000.embert",
        "metrics.jsonl",
        "model",
        "report.html",
    ];
    let is_unfinished = [".embert-", ".unfinished-", ".old-"].iter().any(|prefix| name.starts_with(prefix));
    is_unfinished || [CONFIG, TOKENIZER, DATA].contains(&name) || OTHERS.contains(&name)
}

/// The command whose run has such a config.
fn command_of(config: &Table) -> &'static str {
    let telling = [("task", FINETUNE), ("distillation", DISTILL)];
    telling.into_iter().find(|(key, _)| config.contains_key(*key)).map_or(PRETRAIN, |(_, command)| command)
}

/// The config of the run in `dir`, if there is any.
fn config_of(dir: &Path) -> Result<Option<Table>, Error> {
    let file = dir.join(CONFIG);
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file).map_err(|source| Error::Io { file: file.clone(), source })?;
    let table = text.parse().map_err(|error: toml::de::Error| Error::File { file, message: error.to_string() })?;
    Ok(Some(table))
}

fn names(dir: &Path) -> Result<Vec<String>, Error> {
    let refused = |source| Error::Io { file: dir.to_owned(), source };
    let name = |entry: std::io::Result<std::fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    std::fs::read_dir(dir).map_err(refused)?.map(name).collect::<std::io::Result<_>>().map_err(refused)
}

fn remove<'a>(dir: &Path, names: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    for name in names {
        let path = dir.join(name);
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            removed => removed.map_err(|source| Error::Io { file: path, source })?,
        }
    }
    Ok(())
}
