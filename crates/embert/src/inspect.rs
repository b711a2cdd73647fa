//! What is in a model directory.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use embert_checkpoint::{CONFIG_FILE, Weights, examine, read_config};
use embert_core::FamilyConfig;
use embert_tokenizer::Tokenizer;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    auto::AutoConfig,
    device::of_outlines,
    error::Error,
    forward::{Task, any_task},
};

/// The keys of a config that say how large the model is, in the order to read them in.
const SIZES: [&str; 15] = [
    "vocab_size",
    "embedding_size",
    "hidden_size",
    "dim",
    "num_hidden_layers",
    "n_layers",
    "num_hidden_groups",
    "inner_group_num",
    "num_attention_heads",
    "n_heads",
    "intermediate_size",
    "hidden_dim",
    "max_position_embeddings",
    "type_vocab_size",
    "num_labels",
];

/// What is in a model directory.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// `model_type`.
    pub model_type: String,
    /// The class that it is opened as: `BertForMaskedLM`.
    pub architecture: String,
    /// What `--task` calls it.
    pub task: String,
    /// The sizes of its config, under their keys.
    pub sizes: Map<String, Value>,
    /// Parameters, each counted once.
    pub parameters: usize,
    /// Parameters by part, in the model's order.
    pub parts: Vec<Part>,
    /// The weights' file, or the index of several.
    pub weights: PathBuf,
    /// How many parameters are stored as each type.
    pub dtypes: BTreeMap<String, usize>,
    /// What the tokenizer is and was read from, or why there is none.
    pub tokenizer: Result<String, String>,
    /// Parameters that the file does not hold.
    pub missing: Vec<String>,
    /// Tensors of the file that the model has no use for.
    pub unexpected: Vec<String>,
    /// Tensors that the config ties to others, and that differ from them.
    pub untied: Vec<String>,
}

/// A part of a model: `embeddings`, `encoder`, or one of its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name in the module.
    pub name: String,
    /// Its parameters.
    pub parameters: usize,
}

/// Looks into `dir` as a model for `task`, or for what it was saved for.
///
/// # Errors
/// Where the config or a header cannot be read, or contradict each other.
pub fn inspect(dir: &Path, task: Option<Task>) -> Result<Inspection, Error> {
    let config: AutoConfig = read_config(&dir.join(CONFIG_FILE))?;
    let task = task.map_or_else(|| Task::of(dir), Ok)?;
    let (weights, device) = (Weights::open(dir)?, of_outlines()?);
    let (architecture, (parameters, report)) = any_task!(task, M => {
        (<M as embert_checkpoint::Pretrained>::architecture(&config), examine::<M>(&weights, &config, &device)?)
    });

    let (mut parts, mut dtypes) = (Vec::<Part>::new(), BTreeMap::new());
    for parameter in &parameters {
        let count = parameter.shape.iter().product();
        let name = parameter.path.strip_prefix("base.").unwrap_or(&parameter.path);
        let name = name.split('.').next().unwrap_or_default();
        match parts.last_mut().filter(|part| part.name == name) {
            Some(part) => part.parameters += count,
            None => parts.push(Part { name: name.to_owned(), parameters: count }),
        }
        if let Some(dtype) = parameter.dtype {
            *dtypes.entry(format!("{dtype:?}").to_lowercase()).or_default() += count;
        }
    }
    let mut sizes = serde_json::to_value(&config).map(|json| match json {
        Value::Object(keys) => keys,
        _ => Map::new(),
    });
    let sizes = sizes.as_mut().map(std::mem::take).unwrap_or_default();
    let labels = config.heads().labels.num_labels;
    let size = |key: &str| match sizes.get(key) {
        _ if key == "num_labels" && !has_classes(task) => None,
        _ if key == "num_labels" => Some((key.to_owned(), labels.into())),
        value => value.map(|value| (key.to_owned(), value.clone())),
    };
    Ok(Inspection {
        model_type: config.family().model_type.to_owned(),
        architecture,
        task: task.name().to_owned(),
        sizes: SIZES.into_iter().filter_map(size).collect(),
        parameters: parts.iter().map(|part| part.parameters).sum(),
        parts,
        weights: weights.path().to_owned(),
        dtypes,
        tokenizer: Tokenizer::from_dir(dir)
            .map(|tokenizer| tokenizer.origin().to_owned())
            .map_err(|error| error.to_string()),
        missing: report.missing,
        unexpected: report.unexpected,
        untied: report.untied,
    })
}

fn has_classes(task: Task) -> bool {
    matches!(task, Task::SequenceClassification | Task::TokenClassification)
}
