//! The directory of a model that embeds sentences, as sentence-transformers has it: `modules.json`, which lists what
//! follows the transformer, and a folder for each of that.

mod dense;
mod pooling;
mod similarity;

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use burn::tensor::Device;
use embert_checkpoint::{CONFIG_FILE, read_json, write_file};
use embert_core::{SentenceHead, SentenceModule};
use serde::Deserialize;
use serde_json::{Value, json};

pub use self::similarity::{Nearest, Similarity};
use crate::error::Error;

pub(crate) const MODULES_FILE: &str = "modules.json";
const TRANSFORMER: &str = "Transformer";
pub(crate) const LIMITS_FILE: &str = "sentence_bert_config.json";
pub(crate) const PROMPTS_FILE: &str = "config_sentence_transformers.json";

/// What a directory says of how sentences become vectors, besides the transformer itself.
///
/// Of a directory without `modules.json`, it is the mean of the tokens' vectors, normalised.
#[derive(Clone, Debug)]
pub struct SentencePipeline {
    /// Where the transformer's own files are.
    pub transformer: PathBuf,
    /// What makes vectors of its hidden states.
    pub head: SentenceHead,
    /// The most tokens that it is to read of a sentence, where there is a bound.
    pub max_length: Option<usize>,
    /// Whether it reads texts in lower case.
    pub lower_case: bool,
    /// What can go before a text, by its name.
    pub prompts: BTreeMap<String, Option<String>>,
    /// Which of them goes before each text.
    pub default_prompt_name: Option<String>,
    /// How its vectors are compared.
    pub similarity: Similarity,
    /// Whether a prompt's tokens are pooled too.
    pub include_prompt: bool,
}

#[derive(Deserialize)]
struct ModuleEntry {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

/// `sentence_bert_config.json`.
#[derive(Debug, Default, Deserialize)]
struct SentenceBertConfig {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

/// `config_sentence_transformers.json`.
#[derive(Debug, Default, Deserialize)]
struct SentenceTransformersConfig {
    #[serde(default)]
    prompts: BTreeMap<String, Option<String>>,
    default_prompt_name: Option<String>,
    similarity_fn_name: Option<String>,
}

impl SentencePipeline {
    /// Reads what is in `dir`; what is to be computed with is put on `device`.
    ///
    /// # Errors
    /// Where a file cannot be read, or a module is not known.
    pub fn open(dir: &Path, device: &Device) -> Result<Self, Error> {
        let (transformer, head, include_prompt) = read_modules(dir, device)?;
        let SentenceBertConfig { max_seq_length, do_lower_case } = read_or_default(&transformer.join(LIMITS_FILE))?;
        let prompts_file = dir.join(PROMPTS_FILE);
        let SentenceTransformersConfig { prompts, default_prompt_name, similarity_fn_name } =
            read_or_default(&prompts_file)?;
        let similarity =
            similarity_fn_name.as_deref().map_or(Ok(Similarity::default()), str::parse).map_err(|found| {
                Error::File { file: prompts_file.clone(), message: format!("similarity_fn_name: {found}") }
            })?;
        let pipeline = Self {
            transformer,
            head,
            max_length: max_seq_length,
            lower_case: do_lower_case,
            prompts,
            default_prompt_name,
            similarity,
            include_prompt,
        };
        pipeline.check_prompt(dir)?;
        match (&pipeline.default_prompt_name, pipeline.prompt()) {
            (Some(name), None) => Err(Error::File {
                file: prompts_file,
                message: format!("default_prompt_name is {name:?}; one of the prompts is expected"),
            }),
            _ => Ok(pipeline),
        }
    }

    /// What sentence-transformers puts before every text that comes without a prompt of its own.
    pub fn prompt(&self) -> Option<&str> {
        self.prompts.get(self.default_prompt_name.as_ref()?)?.as_deref()
    }

    /// # Errors
    /// Where the directory, `dir`, has a prompt that it does not pool: that is not known here.
    pub(crate) fn check_prompt(&self, dir: &Path) -> Result<(), Error> {
        if self.include_prompt || self.prompt().is_none_or(str::is_empty) {
            return Ok(());
        }
        let message = "include_prompt of its pooling is false: to pool a text without its prompt is not known here; \
                       true, or no prompt, is expected";
        Err(Error::File { file: dir.join(MODULES_FILE), message: message.into() })
    }

    /// Puts the prompt of that name before every text.
    ///
    /// # Errors
    /// Where the directory, `dir`, has none.
    pub(crate) fn choose_prompt(&mut self, name: String, dir: &Path) -> Result<(), Error> {
        if !self.prompts.contains_key(&name) {
            let known: Vec<&str> = self.prompts.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") + " is expected" };
            let message = format!("{name:?} is no prompt; {known}");
            return Err(Error::File { file: dir.join(PROMPTS_FILE), message });
        }
        self.default_prompt_name = Some(name);
        Ok(())
    }

    /// Puts this before every text.
    pub(crate) fn put_before(&mut self, prompt: String) {
        let name = String::from("prompt");
        self.prompts.insert(name.clone(), Some(prompt));
        self.default_prompt_name = Some(name);
    }

    /// What the model reads of a text.
    pub fn text(&self, text: &str) -> String {
        let text = format!("{}{text}", self.prompt().unwrap_or_default());
        if self.lower_case { text.to_lowercase() } else { text }
    }

    /// Writes it into `dir`, beside the files of a transformer of `hidden_size` and its tokenizer, which are there: it is
    /// a directory of sentence-transformers then.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn save(&self, dir: &Path, hidden_size: usize) -> Result<(), Error> {
        let modules = self.head.modules().iter().map(|module| match module {
            SentenceModule::Dense(dense) => ("Dense", Some(dense)),
            SentenceModule::Normalize => ("Normalize", None),
        });
        let mut entries = Vec::new();
        for (index, (name, dense)) in [("Transformer", None), ("Pooling", None)].into_iter().chain(modules).enumerate()
        {
            let path = if index == 0 { String::new() } else { format!("{index}_{name}") };
            let folder = dir.join(&path);
            std::fs::create_dir_all(&folder).map_err(|source| Error::Io { file: folder.clone(), source })?;
            if name == "Pooling" {
                let config = pooling::config(self.head.pooling(), hidden_size);
                write_json(&folder.join(CONFIG_FILE), &config)?;
            }
            if let Some(dense) = dense {
                dense::write(dense, &folder)?;
            }
            // The older names, which every version knows.
            let kind = format!("sentence_transformers.models.{name}");
            entries.push(json!({ "idx": index, "name": index.to_string(), "path": path, "type": kind }));
        }
        write_json(&dir.join(MODULES_FILE), &Value::Array(entries))?;
        let limits = json!({ "max_seq_length": self.max_length, "do_lower_case": self.lower_case });
        write_json(&dir.join(LIMITS_FILE), &limits)?;
        let prompts = json!({
            "prompts": self.prompts, "default_prompt_name": self.default_prompt_name, "similarity_fn_name": self.similarity.name(),
        });
        write_json(&dir.join(PROMPTS_FILE), &prompts)
    }
}

/// Where the transformer's own files are, in a directory of sentence-transformers or any other.
///
/// # Errors
/// Where `modules.json` cannot be read, or leads elsewhere.
pub(crate) fn transformer_of(dir: &Path) -> Result<PathBuf, Error> {
    let modules = modules(dir)?.unwrap_or_default();
    let transformer = modules.into_iter().find(|module| module.class() == TRANSFORMER);
    Ok(transformer.map_or_else(|| dir.to_owned(), |module| module.folder))
}

/// Where the transformer is, what follows it, and whether a prompt's tokens are pooled too.
fn read_modules(dir: &Path, device: &Device) -> Result<(PathBuf, SentenceHead, bool), Error> {
    let file = dir.join(MODULES_FILE);
    let Some(all) = modules(dir)? else { return Ok((dir.to_owned(), SentenceHead::default(), true)) };
    let (mut transformer, mut ways, mut modules) = (None, None, Vec::new());
    for module in all {
        let folder = &module.folder;
        match module.class() {
            TRANSFORMER if transformer.is_none() => transformer = Some(folder.clone()),
            "Pooling" if ways.is_none() => ways = Some(pooling::read(folder)?),
            "Dense" | "Normalize" if ways.is_none() => break,
            "Dense" => modules.push(SentenceModule::Dense(Box::new(dense::read(folder, device)?))),
            "Normalize" => modules.push(SentenceModule::Normalize),
            _ => {
                let message = format!(
                    "the module {} is not known; Transformer, Pooling, Dense or Normalize is expected",
                    module.kind
                );
                return Err(Error::File { file, message });
            }
        }
    }
    match (transformer, ways) {
        (Some(transformer), Some((ways, include_prompt))) => {
            Ok((transformer, SentenceHead::new(ways, modules), include_prompt))
        }
        _ => Err(Error::File { file, message: "a Transformer and then a Pooling are expected".into() }),
    }
}

/// A line of `modules.json`.
pub(crate) struct Module {
    pub(crate) folder: PathBuf,
    /// With dots: `sentence_transformers.models.Pooling`.
    kind: String,
}

impl Module {
    pub(crate) fn class(&self) -> &str {
        let known = self.kind.strip_prefix("sentence_transformers.").unwrap_or_default();
        known.rsplit('.').next().unwrap_or_default()
    }
}

/// What `modules.json` lists, where there is one.
pub(crate) fn modules(dir: &Path) -> Result<Option<Vec<Module>>, Error> {
    let file = dir.join(MODULES_FILE);
    if !file.exists() {
        return Ok(None);
    }
    let entries: Vec<ModuleEntry> = read_json(&file)?;
    let module = |ModuleEntry { path, kind }| {
        if Path::new(&path).components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(Module { folder: dir.join(&path), kind });
        }
        let message = format!("the path {path:?} leads out of the model's directory");
        Err(Error::File { file: file.clone(), message })
    };
    entries.into_iter().map(module).collect::<Result<_, _>>().map(Some)
}

fn read_or_default<T: Default + for<'de> Deserialize<'de>>(file: &Path) -> Result<T, Error> {
    if file.exists() { Ok(read_json(file)?) } else { Ok(T::default()) }
}

fn write_json(file: &Path, value: &Value) -> Result<(), Error> {
    Ok(write_file(file, format!("{value:#}\n").as_bytes())?)
}
