//! A model, written as a Hugging Face directory.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
};

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::Tensor,
};
use serde_json::json;

use crate::{
    CONFIG_FILE, WEIGHTS_FILE,
    config::{ModelConfig, write_config},
    error::Error,
    files::write_file,
    layout::Pretrained,
    parameters::{Path as ModulePath, parameters},
    tensors::{NamedTensor, Values, WeightType, write_tensors_as},
    weights::INDEX_FILE,
};

/// How a model is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct SaveOptions {
    /// What weights are written as.
    pub weight_type: WeightType,
    /// The most bytes of tensors in one file; where there are more, they lie
    /// in several, with an index. A tensor is never divided.
    pub max_shard_size: Option<u64>,
}

/// Writes `config.json` and `model.safetensors` into `dir`, which is made
/// where it is not there. Weights are f32, in one file.
///
/// # Errors
/// Where a file cannot be written. Each is written beside its place and
/// renamed, the weights last.
pub fn save_pretrained<M: Pretrained>(model: &M, config: &M::Config, dir: &Path) -> Result<(), Error> {
    let tensors = tensors_by_name(model, config)?;
    save_tensors(&tensors, config, &M::architecture(config), dir, SaveOptions::default())
}

/// Writes tensors as [`save_pretrained`] writes those of a model of the class
/// `architecture`, but as `options` say.
///
/// # Errors
/// Where a file cannot be written.
pub fn save_tensors(
    tensors: &[NamedTensor],
    config: &impl ModelConfig,
    architecture: &str,
    dir: &Path,
    options: SaveOptions,
) -> Result<(), Error> {
    std::fs::create_dir_all(dir).map_err(|source| Error::Io { file: dir.to_owned(), source })?;
    write_config(config, architecture, options.weight_type, &dir.join(CONFIG_FILE))?;
    write_weights(dir, tensors, options)
}

/// The model's parameters under the names that its file has for them.
///
/// # Errors
/// Where a parameter has no name, or its device does not give it back.
pub fn tensors_by_name<M: Pretrained>(model: &M, config: &M::Config) -> Result<Vec<NamedTensor>, Error> {
    let layout = M::layout(config);
    let mut values = values_by_path(model)?;
    let named = parameters(model, layout)?.into_iter().map(|parameter| {
        let bare = parameter.name.strip_prefix(layout.base_prefix).filter(|_| M::IS_BARE);
        let values = values.remove(&parameter.path).unwrap_or_default();
        NamedTensor {
            name: bare.unwrap_or(&parameter.name).to_owned(),
            shape: parameter.shape,
            values: Values::Float(values),
        }
    });
    Ok(named.collect())
}

/// The values of the model's parameters, under their paths.
///
/// # Errors
/// Where the device does not give one back.
pub(crate) fn values_by_path(model: &impl Module) -> Result<HashMap<String, Vec<f32>>, Error> {
    let mut reader = Reader { path: ModulePath::default(), values: Ok(HashMap::new()) };
    model.visit(&mut reader);
    reader.values
}

struct Reader {
    path: ModulePath,
    values: Result<HashMap<String, Vec<f32>>, Error>,
}

impl ModuleVisitor for Reader {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Ok(all) = &mut self.values else { return };
        let read = param.val().try_into_data().map_err(|error| error.to_string());
        match read.and_then(|data| data.try_into_vec::<f32>().map_err(|error| error.to_string())) {
            Ok(values) => drop(all.insert(self.path.to_string(), values)),
            Err(message) => self.values = Err(Error::Device { parameter: self.path.to_string(), message }),
        }
    }
}

/// Writes tensors as `model.safetensors`, or as several files and their index,
/// and then removes what an earlier model left there.
fn write_weights(dir: &Path, tensors: &[NamedTensor], options: SaveOptions) -> Result<(), Error> {
    let bytes = |tensor: &NamedTensor| tensor.stored_bytes(options.weight_type) as u64;
    let mut shards: Vec<Vec<&NamedTensor>> = vec![Vec::new()];
    let mut shard_bytes = 0;
    for tensor in tensors {
        let is_full = options.max_shard_size.is_some_and(|most| shard_bytes + bytes(tensor) > most);
        if is_full && shard_bytes > 0 {
            shards.push(Vec::new());
            shard_bytes = 0;
        }
        shard_bytes += bytes(tensor);
        shards.last_mut().into_iter().for_each(|shard| shard.push(tensor));
    }

    let names: Vec<String> = match shards.len() {
        1 => vec![WEIGHTS_FILE.into()],
        n => (1..=n).map(|i| format!("model-{i:05}-of-{n:05}.safetensors")).collect(),
    };
    for (name, shard) in names.iter().zip(&shards) {
        write_tensors_as(&dir.join(name), shard.iter().copied(), options.weight_type)?;
    }
    let mut written: HashSet<&str> = names.iter().map(String::as_str).collect();
    if shards.len() > 1 {
        let weight_map: BTreeMap<&str, &str> = names
            .iter()
            .zip(&shards)
            .flat_map(|(name, shard)| shard.iter().map(move |tensor| (tensor.name.as_str(), name.as_str())))
            .collect();
        let metadata = json!({
            "total_parameters": tensors.iter().map(NamedTensor::len).sum::<usize>(),
            "total_size": tensors.iter().map(bytes).sum::<u64>(),
        });
        let index = json!({ "metadata": metadata, "weight_map": weight_map });
        write_file(&dir.join(INDEX_FILE), format!("{index:#}\n").as_bytes())?;
        written.insert(INDEX_FILE);
    }
    remove_stale(dir, &written)
}

/// Removes the files of weights in `dir` that are not among `written`: opening
/// the directory would find those of another model.
fn remove_stale(dir: &Path, written: &HashSet<&str>) -> Result<(), Error> {
    let refused = |source| Error::Io { file: dir.to_owned(), source };
    for entry in std::fs::read_dir(dir).map_err(refused)? {
        let name = entry.map_err(refused)?.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_ours = is_shard(name) || [WEIGHTS_FILE, INDEX_FILE].contains(&name);
        if is_ours && !written.contains(name) {
            std::fs::remove_file(dir.join(name)).map_err(|source| Error::Io { file: dir.join(name), source })?;
        }
    }
    Ok(())
}

/// `model-00001-of-00003.safetensors`.
fn is_shard(name: &str) -> bool {
    let numbers = name.strip_prefix("model-").and_then(|name| name.strip_suffix(".safetensors"));
    let is_number = |text: &str| text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.and_then(|numbers| numbers.split_once("-of-")).is_some_and(|(i, n)| is_number(i) && is_number(n))
}
