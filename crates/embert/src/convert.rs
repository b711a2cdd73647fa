//! A model directory, written anew: other types, other files, today's names.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use embert_checkpoint::{
    CONFIG_FILE, Dtype, NamedTensor, Pretrained, SaveOptions, Values, WeightType, Weights, from_pretrained, read_json,
    save_tensors, tensors_by_name, write_file,
};
use serde_json::Value;

use crate::{
    directory::{is_free, write_directory},
    error::Error,
    forward::{Task, any_task},
};

/// What goes with the weights: the tokenizer, and what sentence-transformers reads.
const COMPANIONS: [&str; 13] = [
    "added_tokens.json",
    "config_sentence_transformers.json",
    "generation_config.json",
    "merges.txt",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "spiece.model",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
];

/// How a directory is written anew.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConvertSettings {
    /// What it is opened as; what it was saved for, where absent.
    pub task: Option<Task>,
    /// What weights are written as; where absent, what they are, and f32 where that differs.
    pub weight_type: Option<WeightType>,
    /// The most bytes of tensors in one file.
    pub max_shard_size: Option<u64>,
}

/// Reads the model in `dir` and writes it to `out`, with what goes with it;
/// `out` is empty or not there. What the file lacks, the copy lacks too. What a
/// person should know comes back as sentences.
///
/// # Errors
/// Where the model cannot be opened, or a file cannot be written.
pub fn convert(dir: &Path, out: &Path, settings: ConvertSettings, device: &Device) -> Result<Vec<String>, Error> {
    if !is_free(out) {
        let message = "it is not empty; a folder that is empty or not there is expected".into();
        return Err(Error::File { file: out.to_owned(), message });
    }
    let task = settings.task.map_or_else(|| Task::of(dir), Ok)?;
    let weight_type = match settings.weight_type {
        Some(weight_type) => weight_type,
        None => stored_type(&Weights::open(dir)?),
    };
    let options = SaveOptions { weight_type, max_shard_size: settings.max_shard_size };
    let mut warnings = Vec::new();
    write_directory(out, |unfinished| {
        warnings = any_task!(task, M => convert_as::<M>(dir, unfinished, options, device))?;
        companions(dir)?.iter().try_for_each(|file| copy(&dir.join(file), &unfinished.join(file)))
    })?;
    Ok(warnings)
}

fn convert_as<M: Pretrained>(
    dir: &Path,
    out: &Path,
    options: SaveOptions,
    device: &Device,
) -> Result<Vec<String>, Error> {
    let (model, config, report) = from_pretrained::<M>(dir, device)?;
    let mut tensors = tensors_by_name(&model, &config)?;
    let layout = M::layout(&config);
    let is_missing = |name: &str| {
        report.missing.iter().any(|missing| missing == name || missing.strip_prefix(layout.base_prefix) == Some(name))
    };
    tensors.retain(|tensor| !is_missing(&tensor.name));
    save_tensors(&tensors, &config, &M::architecture(&config), out, options)?;

    let mut warnings = report.warnings();
    let overflows = |tensor: &&NamedTensor| match &tensor.values {
        Values::Float(values) => values.iter().any(|&value| options.weight_type.overflows(value)),
        Values::Int(_) => false,
    };
    let infinite: Vec<&str> = tensors.iter().filter(overflows).map(|tensor| tensor.name.as_str()).collect();
    if !infinite.is_empty() {
        let name = options.weight_type.name();
        warnings.push(format!("too large for {name}, and so infinite: {}", infinite.join(", ")));
    }
    Ok(warnings)
}

/// What the weights are, where all are the same: a common type that none of them is rounded to.
fn stored_type(weights: &Weights) -> WeightType {
    let mut types = weights.names().filter_map(|name| weights.dtype(name)).filter(|dtype| is_float(*dtype));
    match types.next() {
        Some(first) if types.all(|dtype| dtype == first) => WeightType::of(first).unwrap_or_default(),
        _ => WeightType::F32,
    }
}

/// The files of `dir` that go with the weights, those of sentence-transformers' modules among them.
fn companions(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = COMPANIONS.iter().map(PathBuf::from).collect();
    let modules_file = dir.join("modules.json");
    if modules_file.exists() {
        let modules: Value = read_json(&modules_file)?;
        let folders = modules.as_array().into_iter().flatten().filter_map(|module| module["path"].as_str());
        for folder in folders.filter(|folder| !folder.is_empty()) {
            let is_beside = Path::new(folder).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            let Some(entries) = is_beside.then(|| std::fs::read_dir(dir.join(folder)).ok()).flatten() else { continue };
            files.extend(entries.flatten().map(|entry| Path::new(folder).join(entry.file_name())));
        }
    }
    files.retain(|file| dir.join(file).is_file() && file != Path::new(CONFIG_FILE));
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let refused = |file: &Path| {
        let file = file.to_owned();
        move |source| Error::Io { file, source }
    };
    let bytes = std::fs::read(from).map_err(refused(from))?;
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(refused(folder))?;
    }
    Ok(write_file(to, &bytes)?)
}

fn is_float(dtype: Dtype) -> bool {
    WeightType::of(dtype).is_some() || dtype == Dtype::F64
}
