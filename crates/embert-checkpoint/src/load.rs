//! A model, filled from its directory.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{Device, Tensor, TensorData},
};
use rayon::prelude::*;
use safetensors::Dtype;

use crate::{
    CONFIG_FILE,
    config::{ModelConfig, read_config},
    error::Error,
    layout::{Layout, Pretrained},
    parameters::{Parameter, Path as ModulePath, parameters},
    tensors::Values,
    weights::Weights,
};

/// What was found in a directory, besides what was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// The weights' file.
    pub file: PathBuf,
    /// Parameters of the head that the file does not hold; they are freshly
    /// drawn. (Of the encoder, they are an error.)
    pub missing: Vec<String>,
    /// Tensors of the file that the model has no use for.
    pub unexpected: Vec<String>,
    /// Parameters that hold a NaN or an infinity.
    pub not_finite: Vec<String>,
    /// Tensors that `tie_word_embeddings` says are the same as others, and
    /// that are not: the model keeps them apart.
    pub untied: Vec<String>,
}

impl LoadReport {
    /// Without the unexpected tensors of heads: no news to one who wants something else of the model.
    pub fn but_for_heads(mut self, layout: &Layout) -> Self {
        self.unexpected.retain(|name| !layout.is_of_a_head(name));
        self
    }

    /// A sentence for each thing that a person should know of.
    pub fn warnings(&self) -> Vec<String> {
        let file = self.file.display();
        let list =
            |names: &[String], what: &str| (!names.is_empty()).then(|| format!("{file}: {what}: {}", names.join(", ")));
        [
            list(&self.missing, "missing, and so freshly drawn"),
            list(&self.unexpected, "not used by this model"),
            list(&self.not_finite, "with a NaN or an infinity"),
            list(&self.untied, "not tied, though tie_word_embeddings is true"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Opens the model in `dir`: its config, its weights on `device`, and what the
/// directory held besides. Weights come as f32 whatever they are stored as.
///
/// Where the file's decoder differs from the word embedding that the config
/// ties it to, the model keeps both, and the config says so.
///
/// # Errors
/// Where the config cannot be one of `M`, a tensor is of another shape than it
/// says, or one of the encoder's is missing.
pub fn from_pretrained<M: Pretrained>(dir: &Path, device: &Device) -> Result<(M, M::Config, LoadReport), Error> {
    load(dir, read_config(&dir.join(CONFIG_FILE))?, device, Head::AsStored)
}

/// Opens the model in `dir` to go on as another, of `config`: the same encoder, and a head that may have other classes.
/// What the file does not hold of the head, or in another shape, is drawn from `seed`; the report has it as missing. So is
/// all of a head that is another's, but for the pooler, though it be of the same shape: only the caller knows what its
/// scores mean.
///
/// # Errors
/// Where a tensor of the encoder is of another shape than the config says, or is missing.
pub fn adapt<M: Pretrained>(
    dir: &Path,
    config: M::Config,
    device: &Device,
    seed: u64,
    is_own_head: bool,
) -> Result<(M, M::Config, LoadReport), Error> {
    load(dir, config, device, Head::ToBeTrained { seed, is_own: is_own_head })
}

/// What is expected of a file's head.
#[derive(Clone, Copy)]
enum Head {
    /// It is the config's.
    AsStored,
    /// It may be another's: the model is to be trained.
    ToBeTrained { seed: u64, is_own: bool },
}

fn load<M: Pretrained>(
    dir: &Path,
    config: M::Config,
    device: &Device,
    head: Head,
) -> Result<(M, M::Config, LoadReport), Error> {
    let weights = Weights::open(dir)?;
    let Plan { model, config, stored, wanted, lacking, mut report } = Plan::new(&weights, config, device, head)?;
    let (missing, drawn): (Vec<_>, Vec<_>) = lacking.into_iter().partition(Parameter::is_of_base);
    let names = |parameters: Vec<Parameter>| parameters.into_iter().map(|parameter| parameter.name).collect();
    if !missing.is_empty() {
        return Err(Error::Missing { file: weights.path().to_owned(), tensors: names(missing) });
    }
    report.missing = names(drawn);
    let values = stored.read(&wanted, &mut report)?;
    Ok((fill(model, values), config, report))
}

/// What is to be read for a model, before any of it is.
struct Plan<'a, M: Pretrained> {
    model: M,
    config: M::Config,
    stored: Stored<'a>,
    wanted: Vec<Wanted>,
    /// The parameters that stand nowhere in the file.
    lacking: Vec<Parameter>,
    report: LoadReport,
}

impl<'a, M: Pretrained> Plan<'a, M> {
    fn new(weights: &'a Weights, mut config: M::Config, device: &Device, head: Head) -> Result<Self, Error> {
        // What the file does not hold is the same at every start.
        let seed = match head {
            Head::AsStored => 0,
            Head::ToBeTrained { seed, .. } => seed,
        };
        let build = |config: &M::Config| {
            let unfit = |source| Error::Config { file: weights.path().with_file_name(CONFIG_FILE), source };
            M::from_config(config, device, seed).map_err(unfit)
        };
        let mut model = build(&config)?;
        let stored = Stored { weights, layout: M::layout(&config) };
        let mut report = LoadReport { file: weights.path().to_owned(), ..LoadReport::default() };
        if *config.tie_word_embeddings() {
            report.untied = stored.untied(&parameters(&model, stored.layout)?)?;
            if !report.untied.is_empty() {
                *config.tie_word_embeddings() = false;
                model = build(&config)?;
            }
        }
        let (mut wanted, mut lacking) = (Vec::new(), Vec::new());
        for parameter in parameters(&model, stored.layout)? {
            let found = stored.find(&parameter.name, !report.untied.is_empty()).filter(|tensor| match head {
                Head::ToBeTrained { is_own, .. } if !parameter.is_of_base() => {
                    let is_pooler = parameter.name.starts_with(stored.layout.base_prefix);
                    (is_own || is_pooler) && weights.shape(tensor) == Some(&parameter.shape[..])
                }
                _ => true,
            });
            match found {
                Some(tensor) => {
                    stored.check(&parameter, &tensor)?;
                    wanted.push(Wanted { parameter, tensor });
                }
                None => lacking.push(parameter),
            }
        }
        report.unexpected = stored.rest(&wanted);
        Ok(Self { model, config, stored, wanted, lacking, report })
    }
}

/// Whether `weights` hold the whole head of an `M`: every parameter beyond the
/// encoder's. Of a model without a head, they do not.
///
/// # Errors
/// Where a parameter has no name.
pub fn has_head<M: Pretrained>(weights: &Weights, config: &M::Config, device: &Device) -> Result<bool, Error> {
    // No parameter is drawn until it is used.
    let Ok(model) = M::from_config(config, device, 0) else { return Ok(false) };
    let stored = Stored { weights, layout: M::layout(config) };
    let mut head = parameters(&model, stored.layout)?;
    head.retain(|parameter| !parameter.is_of_base());
    Ok(!head.is_empty() && head.iter().all(|parameter| stored.find(&parameter.name, false).is_some()))
}

/// A parameter of a model, and how a directory stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredParameter {
    /// Its path in the module: `base.encoder.layer.0.output_norm.weight`.
    pub path: String,
    /// Its name in the file of a model with a head.
    pub name: String,
    /// The shape that follows from the config.
    pub shape: Vec<usize>,
    /// The type that it is stored as; none where it is not there.
    pub dtype: Option<Dtype>,
}

/// What [`from_pretrained`] would find for an `M`, read for nothing but to see
/// whether tied tensors are the same. Here, a missing tensor of the encoder is
/// no error.
///
/// # Errors
/// Where the config's family has no such model, or a tensor is of another
/// shape or type than it has to be.
pub fn examine<M: Pretrained>(
    weights: &Weights,
    config: &M::Config,
    device: &Device,
) -> Result<(Vec<StoredParameter>, LoadReport), Error> {
    let plan = Plan::<M>::new(weights, config.clone(), device, Head::AsStored)?;
    let mut report = plan.report;
    report.missing = plan.lacking.into_iter().map(|parameter| parameter.name).collect();
    let tensors: HashMap<String, String> =
        plan.wanted.into_iter().map(|wanted| (wanted.parameter.path, wanted.tensor)).collect();
    let stored = parameters(&plan.model, plan.stored.layout)?.into_iter().map(|parameter| {
        let Parameter { path, name, shape } = parameter;
        let dtype = tensors.get(&path).and_then(|tensor| weights.dtype(tensor));
        StoredParameter { path, name, shape, dtype }
    });
    Ok((stored.collect(), report))
}

/// A parameter, and the tensor of the file that it is filled from.
struct Wanted {
    parameter: Parameter,
    tensor: String,
}

/// The tensors of a directory, under the names of a family.
struct Stored<'a> {
    weights: &'a Weights,
    layout: &'static Layout,
}

impl Stored<'_> {
    /// The tied tensors that the file holds twice, with different values,
    /// where the model has the head that they are of.
    fn untied(&self, parameters: &[Parameter]) -> Result<Vec<String>, Error> {
        let mut untied = Vec::new();
        for &(copy, source) in self.layout.ties {
            let head = copy.rsplitn(3, '.').last().unwrap_or(copy);
            let has_head = parameters.iter().any(|parameter| parameter.name.starts_with(head));
            let (Some(copy), Some(source)) = (self.find_exactly(copy), self.find_exactly(source)) else { continue };
            if has_head && !same_bits(self.weights.read(&copy)?, self.weights.read(&source)?) {
                untied.push(copy);
            }
        }
        Ok(untied)
    }

    /// The values of the parameters, read by all threads.
    fn read(&self, wanted: &[Wanted], report: &mut LoadReport) -> Result<HashMap<String, Vec<f32>>, Error> {
        let read = wanted.par_iter().map(|Wanted { parameter, tensor }| {
            let Some(Values::Float(values)) = self.weights.read(tensor)? else {
                return Err(self.wrong_type(tensor));
            };
            let is_finite = values.iter().all(|value| value.is_finite());
            Ok((tensor, is_finite, parameter.path.clone(), values))
        });
        let mut by_path = HashMap::new();
        for (tensor, is_finite, path, values) in read.collect::<Result<Vec<_>, _>>()? {
            if !is_finite {
                report.not_finite.push(tensor.clone());
            }
            by_path.insert(path, values);
        }
        Ok(by_path)
    }

    /// A tensor has the shape of its parameter, and floats.
    fn check(&self, parameter: &Parameter, tensor: &str) -> Result<(), Error> {
        let found = self.weights.shape(tensor).unwrap_or_default();
        if found != parameter.shape {
            return Err(Error::Shape {
                file: self.weights.path_of(tensor).to_owned(),
                found: found.to_vec(),
                expected: parameter.shape.clone(),
                tensor: tensor.to_owned(),
            });
        }
        match self.weights.dtype(tensor) {
            Some(Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64) => Ok(()),
            _ => Err(self.wrong_type(tensor)),
        }
    }

    fn wrong_type(&self, tensor: &str) -> Error {
        Error::Type {
            file: self.weights.path_of(tensor).to_owned(),
            tensor: tensor.to_owned(),
            found: self.weights.dtype(tensor).map_or_else(|| "unknown".into(), |dtype| format!("{dtype:?}")),
            expected: "F32, F16, BF16 or F64",
        }
    }

    /// The name under which the file has the tensor `name`, if it has it.
    fn find(&self, name: &str, is_untied: bool) -> Option<String> {
        let ties = self.layout.ties.iter();
        // A tied file may hold either of two that are one; of one that turned out not to be tied, what it does not hold
        // twice is still shared.
        let other_names = ties.filter_map(|&(copy, source)| match name {
            _ if name == source => Some(copy),
            _ if name == copy && is_untied => Some(source),
            _ => None,
        });
        std::iter::once(name).chain(other_names).find_map(|name| self.find_exactly(name))
    }

    /// With or without the base prefix, and under LayerNorm's old names.
    fn find_exactly(&self, name: &str) -> Option<String> {
        let bare = name.strip_prefix(self.layout.base_prefix).unwrap_or(name);
        [name, bare].into_iter().find_map(|name| {
            let old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
            [name.to_owned(), old].into_iter().find(|name| self.weights.has(name))
        })
    }

    /// The tensors that are neither used, nor a copy of one that is, nor a
    /// buffer to be ignored.
    fn rest(&self, wanted: &[Wanted]) -> Vec<String> {
        let used: HashSet<&str> = wanted.iter().map(|wanted| wanted.tensor.as_str()).collect();
        let parameters: HashSet<&str> = wanted.iter().map(|wanted| wanted.parameter.name.as_str()).collect();
        let is_copy = |name: &str| {
            let head = |name: &str| name.rsplitn(3, '.').last().map(|head| format!("{head}."));
            self.layout.ties.iter().any(|&(copy, source)| {
                // Where the head that the copy is of is not used, neither is the copy.
                let head = head(copy).unwrap_or_default();
                copy == name
                    && parameters.contains(source)
                    && parameters.iter().any(|parameter| parameter.starts_with(&head))
            })
        };
        let is_ignored = |name: &str| {
            let prefixed = format!("{}{name}", self.layout.base_prefix);
            self.layout.ignored.iter().any(|&ignored| ignored == name || ignored == prefixed)
        };
        let rest = self.weights.names().filter(|name| !used.contains(name) && !is_copy(name) && !is_ignored(name));
        rest.map(str::to_owned).collect()
    }
}

/// Whether two tensors are the same, NaNs included.
fn same_bits(a: Option<Values>, b: Option<Values>) -> bool {
    match (a, b) {
        (Some(Values::Float(a)), Some(Values::Float(b))) => {
            a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits())
        }
        (a, b) => a == b,
    }
}

/// The model with those values, each under its parameter's path and of its
/// shape; a parameter without any is left as it is.
pub(crate) fn fill<M: Module>(model: M, values: HashMap<String, Vec<f32>>) -> M {
    model.map(&mut Filler { path: ModulePath::default(), values })
}

struct Filler {
    path: ModulePath,
    values: HashMap<String, Vec<f32>>,
}

impl ModuleMapper for Filler {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.values.remove(&self.path.to_string()) {
            Some(values) => {
                let data = TensorData::new(values, param.lazy_shape());
                let tensor = Tensor::from_data(data, &param.lazy_device());
                let id = param.id;
                param.transform_for_load(tensor, id)
            }
            None => param,
        }
    }
}
