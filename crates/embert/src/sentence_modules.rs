//! What sentence-transformers does with a model's hidden states: the modules
//! that `modules.json` lists after the transformer.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use burn::tensor::{Device, Tensor, TensorData};
use embert_checkpoint::{TensorFile, Values, WEIGHTS_FILE, read_json};
use embert_kernels::Activation;
use serde::Deserialize;
use serde_json::Value;

use crate::{encode::floats, error::Error};

/// How the vectors of a sequence's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The first token's.
    Cls,
    /// The largest of each dimension.
    Max,
    /// The mean.
    Mean,
    /// The sum over the root of the number of tokens.
    MeanSqrtLength,
    /// The mean, the n-th token n times as heavy as the first.
    WeightedMean,
    /// The last token's.
    Last,
}

impl Pooling {
    /// Every way, in the order in which sentence-transformers concatenates
    /// them, by its name.
    const NAMES: [(&'static str, &'static str, Self); 6] = [
        ("cls", "pooling_mode_cls_token", Self::Cls),
        ("max", "pooling_mode_max_tokens", Self::Max),
        ("mean", "pooling_mode_mean_tokens", Self::Mean),
        ("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", Self::MeanSqrtLength),
        ("weightedmean", "pooling_mode_weightedmean_tokens", Self::WeightedMean),
        ("lasttoken", "pooling_mode_lasttoken", Self::Last),
    ];

    /// Adds the vector of a sequence, `[tokens, width]`, to the end of `out`.
    pub(crate) fn pool(self, sequence: &[f32], width: usize, out: &mut Vec<f32>) {
        let tokens = sequence.chunks_exact(width);
        let length = tokens.len() as f32;
        let mut sum = |weight: &dyn Fn(f32) -> f32, scale: f32| {
            let mut total = vec![0.0; width];
            for (index, token) in tokens.clone().enumerate() {
                let weight = weight(index as f32 + 1.0);
                for (total, value) in total.iter_mut().zip(token) {
                    *total += weight * value;
                }
            }
            out.extend(total.into_iter().map(|total| total * scale));
        };
        match self {
            Self::Mean => sum(&|_| 1.0, length.recip()),
            Self::MeanSqrtLength => sum(&|_| 1.0, length.sqrt().recip()),
            Self::WeightedMean => sum(&|place| place, 2.0 / (length * (length + 1.0))),
            Self::Cls => out.extend(tokens.clone().next().into_iter().flatten()),
            Self::Last => out.extend(tokens.clone().last().into_iter().flatten()),
            Self::Max => out.extend(
                (0..width)
                    .map(|dimension| tokens.clone().map(|token| token[dimension]).fold(f32::NEG_INFINITY, f32::max)),
            ),
        }
    }
}

impl FromStr for Pooling {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "mean" => Ok(Self::Mean),
            "cls" => Ok(Self::Cls),
            "max" => Ok(Self::Max),
            _ => Err(format!("{name:?} is no pooling; mean, cls or max is expected")),
        }
    }
}

/// One step after the transformer.
#[derive(Debug)]
pub(crate) enum SentenceModule {
    /// To one vector a sequence; several ways are put side by side.
    Pooling(Vec<Pooling>),
    Dense(Box<Dense>),
    /// To length 1.
    Normalize,
}

/// An affine map and an activation, from the files of sentence-transformers.
#[derive(Debug)]
pub(crate) struct Dense {
    weight: Tensor<2>, // [out_features, in_features]
    bias: Option<Tensor<1>>,
    activation: Option<Activation>,
}

/// Where the transformer's own files are, and what follows it.
#[derive(Debug)]
pub(crate) struct SentencePipeline {
    pub(crate) transformer: PathBuf,
    pub(crate) modules: Vec<SentenceModule>,
}

#[derive(Deserialize)]
struct ModuleEntry {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

impl SentenceModule {
    /// The width of the vectors that it gives for those of `width`, where it can read those.
    pub(crate) fn width(&self, width: usize) -> Result<usize, String> {
        match self {
            Self::Pooling(ways) => Ok(ways.len() * width),
            Self::Normalize => Ok(width),
            Self::Dense(dense) => match dense.weight.dims() {
                [out_features, in_features] if in_features == width => Ok(out_features),
                [_, in_features] => Err(format!("a Dense module reads vectors of {in_features}, and is given {width}")),
            },
        }
    }
}

impl SentencePipeline {
    /// Reads `modules.json`; without it: the mean, normalised.
    pub(crate) fn read(dir: &Path, device: &Device) -> Result<Self, Error> {
        let file = dir.join("modules.json");
        if !file.exists() {
            let modules = vec![SentenceModule::Pooling(vec![Pooling::Mean]), SentenceModule::Normalize];
            return Ok(Self { transformer: dir.to_owned(), modules });
        }
        let entries: Vec<ModuleEntry> = read_json(&file)?;
        let mut transformer = None;
        let mut modules = Vec::new();
        for ModuleEntry { path, kind } in entries {
            let is_inside = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_)));
            if !is_inside {
                let message = format!("the path {path:?} leads out of the model's directory");
                return Err(Error::File { file, message });
            }
            let folder = dir.join(&path);
            let known = kind.strip_prefix("sentence_transformers.").unwrap_or_default();
            match known.rsplit('.').next().unwrap_or_default() {
                "Transformer" if transformer.is_none() => transformer = Some(folder),
                "Pooling" => modules.push(SentenceModule::Pooling(read_pooling(&folder)?)),
                "Dense" => modules.push(SentenceModule::Dense(Box::new(Dense::read(&folder, device)?))),
                "Normalize" => modules.push(SentenceModule::Normalize),
                _ => {
                    let message =
                        format!("the module {kind} is not known; Transformer, Pooling, Dense or Normalize is expected");
                    return Err(Error::File { file, message });
                }
            }
        }
        let pools_first = matches!(modules.first(), Some(SentenceModule::Pooling(_)));
        match transformer {
            Some(transformer) if pools_first => Ok(Self { transformer, modules }),
            _ => Err(Error::File { file, message: "a Transformer and then a Pooling are expected".into() }),
        }
    }
}

fn read_pooling(folder: &Path) -> Result<Vec<Pooling>, Error> {
    let file = folder.join("config.json");
    let keys: BTreeMap<String, Value> = read_json(&file)?;
    let wrong = |message| Err(Error::File { file: file.clone(), message });
    // The older form has a flag for each way, the newer a list.
    let named = match keys.get("pooling_mode") {
        Some(Value::String(name)) => Some(vec![name.as_str()]),
        Some(Value::Array(names)) => match names.iter().map(Value::as_str).collect() {
            Some(names) => Some(names),
            None => return wrong("pooling_mode holds something else than names".into()),
        },
        _ => None,
    };
    let known = |name: &str, key: &str| match &named {
        Some(names) => names.contains(&name),
        None => keys.get(key).and_then(Value::as_bool).unwrap_or(false),
    };
    let ways: Vec<Pooling> =
        Pooling::NAMES.into_iter().filter(|(name, key, _)| known(name, key)).map(|(_, _, way)| way).collect();
    let unknown = named.iter().flatten().find(|name| !Pooling::NAMES.iter().any(|(known, _, _)| known == *name));
    match unknown {
        Some(name) => wrong(format!("pooling_mode is {name}; cls, max, mean, … is expected")),
        None if ways.is_empty() => wrong("no pooling_mode_… is true".into()),
        None => Ok(ways),
    }
}

#[derive(Deserialize)]
struct DenseConfig {
    in_features: usize,
    out_features: usize,
    #[serde(default = "yes")]
    bias: bool,
    activation_function: String,
}

fn yes() -> bool {
    true
}

impl Dense {
    fn read(folder: &Path, device: &Device) -> Result<Self, Error> {
        let config_file = folder.join("config.json");
        let config: DenseConfig = read_json(&config_file)?;
        let activation = match config.activation_function.rsplit('.').next().unwrap_or_default() {
            "Identity" => None,
            "Tanh" => Some(Activation::Tanh),
            "ReLU" => Some(Activation::Relu),
            "GELU" => Some(Activation::Gelu),
            "SiLU" => Some(Activation::Silu),
            _ => {
                let message = format!(
                    "activation_function is {}; Identity, Tanh, ReLU, GELU or SiLU is expected",
                    config.activation_function
                );
                return Err(Error::File { file: config_file, message });
            }
        };
        for (key, found) in [("in_features", config.in_features), ("out_features", config.out_features)] {
            if found == 0 {
                return Err(Error::File { file: config_file, message: format!("{key} is 0; 1 or more is expected") });
            }
        }
        let mut weights = TensorFile::open(&folder.join(WEIGHTS_FILE))?;
        let shape = [config.out_features, config.in_features];
        let weight = read_floats(&mut weights, "linear.weight", &shape)?;
        let bias = if config.bias {
            let bias = read_floats(&mut weights, "linear.bias", &shape[..1])?;
            Some(Tensor::from_data(TensorData::new(bias, [config.out_features]), device))
        } else {
            None
        };
        Ok(Self { weight: Tensor::from_data(TensorData::new(weight, shape), device), bias, activation })
    }

    /// `[sequences, in_features]`, row after row, to `[sequences, out_features]`.
    pub(crate) fn forward(&self, vectors: Vec<f32>) -> Result<Vec<f32>, Error> {
        let [_, in_features] = self.weight.dims();
        let rows = vectors.len() / in_features;
        let x = Tensor::from_data(TensorData::new(vectors, [rows, in_features]), &self.weight.device());
        let y = embert_kernels::linear(x, self.weight.clone(), self.bias.clone());
        floats(match self.activation {
            Some(activation) => activation.forward(y),
            None => y,
        })
    }
}

fn read_floats(file: &mut TensorFile, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
    let found = file.shape(name).map(<[usize]>::to_vec);
    let path = file.path().to_owned();
    match file.read(name)? {
        Some(Values::Float(values)) if found.as_deref() == Some(shape) => Ok(values),
        _ => {
            let found = found.map_or("is missing".into(), |found| format!("has shape {found:?}"));
            let message = format!("tensor {name} {found}; a float tensor of {shape:?} is expected");
            Err(Error::File { file: path, message })
        }
    }
}
