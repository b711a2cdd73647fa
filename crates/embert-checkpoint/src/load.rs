//! A model, filled from its directory.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use burn::{
    module::{ModuleMapper, Param},
    tensor::{Device, Tensor, TensorData},
};

use crate::{
    CONFIG_FILE, WEIGHTS_FILE,
    config::read_config,
    error::Error,
    layout::{Layout, Pretrained},
    tensors::{TensorFile, Values},
};

/// What was found in a file, besides what was looked for.
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
}

impl LoadReport {
    /// Without the unexpected tensors whose names begin with one of `prefixes`.
    pub fn but_for(mut self, prefixes: &[&str]) -> Self {
        self.unexpected.retain(|name| !prefixes.iter().any(|prefix| name.starts_with(prefix)));
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
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Opens the model in `dir`: its config, its weights on `device`, and what the
/// file held besides. Weights come as f32 whatever they are stored as.
///
/// # Errors
/// Where the config cannot be one of `M`, a tensor is of another shape than it
/// says, or one of the encoder's is missing.
pub fn from_pretrained<M: Pretrained>(dir: &Path, device: &Device) -> Result<(M, M::Config, LoadReport), Error> {
    let config: M::Config = read_config(&dir.join(CONFIG_FILE))?;
    let file = TensorFile::open(&dir.join(WEIGHTS_FILE))?;
    // What the file does not hold is the same at every start.
    let model = M::from_config(&config, device, 0);
    let (model, report) = load(model, file)?;
    Ok((model, config, report))
}

fn load<M: Pretrained>(model: M, file: TensorFile) -> Result<(M, LoadReport), Error> {
    let report = LoadReport { file: file.path().to_owned(), ..LoadReport::default() };
    let mut loader = Loader {
        layout: M::LAYOUT,
        path: M::ROOT.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        file,
        used: HashSet::new(),
        missing: Vec::new(),
        report,
        error: None,
    };
    let model = model.map(&mut loader);
    if let Some(error) = loader.error {
        return Err(error);
    }
    if !loader.missing.is_empty() {
        return Err(Error::Missing { file: loader.report.file, tensors: loader.missing });
    }
    loader.sort_out_the_rest()?;
    Ok((model, loader.report))
}

struct Loader {
    layout: &'static Layout,
    path: Vec<String>,
    file: TensorFile,
    used: HashSet<String>,
    /// Of the encoder.
    missing: Vec<String>,
    report: LoadReport,
    /// The first; a mapper has no other way to stop.
    error: Option<Error>,
}

impl ModuleMapper for Loader {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.error.is_some() {
            return param;
        }
        match self.values_for(&param) {
            Ok(Some(values)) => {
                let data = TensorData::new(values, param.lazy_shape());
                let tensor = Tensor::from_data(data, &param.lazy_device());
                let id = param.id;
                param.transform_for_load(tensor, id)
            }
            Ok(None) => param,
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}

impl Loader {
    fn values_for<const D: usize>(&mut self, param: &Param<Tensor<D>>) -> Result<Option<Vec<f32>>, Error> {
        let path = self.path.join(".");
        let Some(name) = self.layout.file_name(&path) else {
            return Err(Error::Unnamed { parameter: path });
        };
        let Some(stored) = self.find(&name) else {
            if path.starts_with(self.layout.base_prefix) {
                self.missing.push(name);
            } else {
                self.report.missing.push(name);
            }
            return Ok(None);
        };

        let expected = param.lazy_shape();
        let found = self.file.shape(&stored).unwrap_or_default();
        if found != expected.as_slice() {
            return Err(Error::Shape {
                file: self.file.path().to_owned(),
                found: found.to_vec(),
                expected: expected.to_vec(),
                tensor: stored,
            });
        }
        let values = match self.file.read(&stored)? {
            Some(Values::Float(values)) => values,
            _ => {
                return Err(Error::Type {
                    file: self.file.path().to_owned(),
                    tensor: stored,
                    found: "integer".into(),
                    expected: "f32, f16, bf16 or f64",
                });
            }
        };
        if values.iter().any(|value| !value.is_finite()) {
            self.report.not_finite.push(stored.clone());
        }
        self.used.insert(stored);
        Ok(Some(values))
    }

    /// The name under which the file has the tensor `name`, if it has it.
    fn find(&self, name: &str) -> Option<String> {
        let aliases = self.layout.aliases.iter();
        let other_names = aliases.filter(|(tensor, _)| *tensor == name).map(|(_, alias)| *alias);
        std::iter::once(name).chain(other_names).find_map(|name| self.find_exactly(name))
    }

    /// With or without the base prefix, and under LayerNorm's old names.
    fn find_exactly(&self, name: &str) -> Option<String> {
        let bare = name.strip_prefix(self.layout.base_prefix).unwrap_or(name);
        [name, bare].into_iter().find_map(|name| {
            let old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
            [name.to_owned(), old].into_iter().find(|name| self.file.shape(name).is_some())
        })
    }

    /// Every other tensor is a copy of a tied one, a buffer to be ignored, or
    /// unexpected.
    fn sort_out_the_rest(&mut self) -> Result<(), Error> {
        for name in self.file.names() {
            if self.used.contains(&name) {
                continue;
            }
            let prefixed = format!("{}{name}", self.layout.base_prefix);
            if self.layout.ignored.iter().any(|&ignored| ignored == name || ignored == prefixed) {
                continue;
            }
            let tied = self.layout.aliases.iter().find(|(_, alias)| *alias == name);
            let tied = tied.and_then(|(tensor, _)| self.find_exactly(tensor));
            // Where the head that the copy is of is not used, neither is the copy.
            let head = |name: &str| name.rsplitn(3, '.').nth(2).map(|head| format!("{head}."));
            let uses_head = head(&name).is_some_and(|head| self.used.iter().any(|name| name.starts_with(&head)));
            match tied {
                Some(tied) if uses_head && self.used.contains(&tied) => {
                    if !same_bits(self.file.read(&name)?, self.file.read(&tied)?) {
                        let file = self.file.path().to_owned();
                        return Err(Error::Untied { file, tensor: name, tied });
                    }
                }
                _ => self.report.unexpected.push(name),
            }
        }
        Ok(())
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
