//! Where a model is: a directory, or the name of one on the Hugging Face hub.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// What of a model is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All that it is run with: config, weights, tokenizer, and what makes sentences' vectors of it.
    Model,
    /// The tokenizer alone.
    Tokenizer,
}

/// Is told how far a file is on its way from the hub: its name, the bytes that are there, and those that it has.
pub type OnTransfer<'a> = &'a mut dyn FnMut(&str, u64, Option<u64>);

/// The directory of a model: `model` itself where that is one, else what the hub has under that name, as
/// `organisation/name` or `organisation/name@revision`. What the hub's cache has of it is not asked for again.
///
/// The sentences beside it are what a person should know of.
///
/// # Errors
/// Where there is no such directory, and no such name, or it cannot be fetched.
pub fn find_pretrained(model: &Path, wanted: Wanted, report: OnTransfer) -> Result<(PathBuf, Vec<String>), Error> {
    if model.is_dir() {
        return Ok((model.to_owned(), Vec::new()));
    }
    let none = |why: &str| Error::NoModel { model: model.to_owned(), why: why.into() };
    if model.exists() {
        return Err(none("it is a file, and no directory"));
    }
    by_name(model, wanted, report, none)
}

#[cfg(not(feature = "hub"))]
fn by_name(_: &Path, _: Wanted, _: OnTransfer, none: impl Fn(&str) -> Error) -> Result<(PathBuf, Vec<String>), Error> {
    Err(none("there is no such directory, and this program was built without the feature hub"))
}

#[cfg(feature = "hub")]
fn by_name(
    model: &Path,
    wanted: Wanted,
    report: OnTransfer,
    none: impl Fn(&str) -> Error,
) -> Result<(PathBuf, Vec<String>), Error> {
    let name = model.to_str().ok_or_else(|| none("it is not UTF-8"))?;
    let name = name.parse().map_err(|error: String| none(&format!("there is no such directory, and {error}")))?;
    let hub = embert_checkpoint::hub::Hub::from_env()?;
    let mut files = fetch::Files { repository: hub.repository(&name), report };
    let fetched = match wanted {
        Wanted::Model => files.model(),
        Wanted::Tokenizer => files.tokenizer(Path::new("")),
    };
    fetched.map_err(|error| match error {
        Error::Hub(source) => Error::NotFetched { model: model.to_owned(), source: Box::new(source) },
        error => error,
    })?;
    let guessed = files.repository.guessed();
    let warning = (!guessed.is_empty() && !hub.is_offline)
        .then(|| format!("{name}: the hub does not answer; taken as not there: {}", guessed.join(", ")));
    let folder = files.repository.folder().ok_or_else(|| none("the hub has nothing of it"))?;
    Ok((folder, warning.into_iter().collect()))
}

#[cfg(feature = "hub")]
mod fetch {
    //! The files of a model, fetched as each says which others there are.

    use std::path::{Path, PathBuf};

    use embert_checkpoint::{
        CONFIG_FILE, WEIGHT_FILES, files_of_index,
        hub::{Repository, Transfer},
    };

    use super::OnTransfer;
    use crate::{
        error::Error,
        sentence::{LIMITS_FILE, MODULES_FILE, PROMPTS_FILE, modules},
    };

    /// Beside `tokenizer.json`, or instead of it.
    const TOKENIZER_FILES: [&str; 3] = ["tokenizer_config.json", "special_tokens_map.json", "spiece.model"];
    const OLDER_TOKENIZER_FILES: [&str; 4] = ["added_tokens.json", "vocab.txt", "vocab.json", "merges.txt"];

    pub(super) struct Files<'a> {
        pub(super) repository: Repository<'a>,
        pub(super) report: OnTransfer<'a>,
    }

    impl Files<'_> {
        pub(super) fn model(&mut self) -> Result<(), Error> {
            let mut transformer = PathBuf::new();
            if let Some(file) = self.optional(Path::new(MODULES_FILE))? {
                self.optional(Path::new(PROMPTS_FILE))?;
                let root = file.parent().unwrap_or(Path::new(""));
                for module in modules(root)?.unwrap_or_default() {
                    let folder = module.folder.strip_prefix(root).unwrap_or(Path::new(""));
                    match module.class() {
                        "Transformer" => folder.clone_into(&mut transformer),
                        "Dense" => {
                            self.optional(&folder.join(CONFIG_FILE))?;
                            self.weights(folder)?;
                        }
                        _ => drop(self.optional(&folder.join(CONFIG_FILE))?),
                    }
                }
            }
            self.require(&transformer.join(CONFIG_FILE))?;
            self.optional(&transformer.join(LIMITS_FILE))?;
            self.tokenizer(&transformer)?;
            self.weights(&transformer)
        }

        pub(super) fn tokenizer(&mut self, folder: &Path) -> Result<(), Error> {
            let whole = self.optional(&folder.join("tokenizer.json"))?;
            let older = if whole.is_none() { &OLDER_TOKENIZER_FILES[..] } else { &[] };
            for file in TOKENIZER_FILES.iter().chain(older) {
                self.optional(&folder.join(file))?;
            }
            Ok(())
        }

        /// Of those files that may have them, the first that is there, and what it names.
        fn weights(&mut self, folder: &Path) -> Result<(), Error> {
            for (single, index) in WEIGHT_FILES {
                if self.optional(&folder.join(single))?.is_some() {
                    return Ok(());
                }
                if let Some(path) = self.optional(&folder.join(index))? {
                    let here = path.parent().unwrap_or(Path::new(""));
                    for file in files_of_index(here, &path)? {
                        self.require(&folder.join(file.strip_prefix(here).unwrap_or(&file)))?;
                    }
                    return Ok(());
                }
            }
            self.require(&folder.join(WEIGHT_FILES[0].0))
        }

        fn optional(&mut self, file: &Path) -> Result<Option<PathBuf>, Error> {
            Ok(self.repository.find_optional(&in_words(file), &mut told(&mut *self.report))?)
        }

        fn require(&mut self, file: &Path) -> Result<(), Error> {
            self.repository.require(&in_words(file), &mut told(&mut *self.report))?;
            Ok(())
        }
    }

    fn told(report: OnTransfer) -> impl FnMut(Transfer) {
        |Transfer { file, bytes, all }| report(file, bytes, all)
    }

    /// With slashes, whatever the system has.
    fn in_words(file: &Path) -> String {
        let parts: Vec<_> = file.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    }
}
