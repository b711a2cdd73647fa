//! A model, written as a Hugging Face directory.

use std::path::Path;

use burn::{
    module::{ModuleVisitor, Param},
    tensor::Tensor,
};

use crate::{
    CONFIG_FILE, WEIGHTS_FILE,
    config::write_config,
    error::Error,
    layout::{Layout, Pretrained},
    tensors::{NamedTensor, Values, write_tensors},
};

/// Writes `config.json` and `model.safetensors` into `dir`, which is made
/// where it is not there.
///
/// # Errors
/// Where a file cannot be written. Each is written beside its place and
/// renamed, the weights last.
pub fn save_pretrained<M: Pretrained>(model: &M, config: &M::Config, dir: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(dir).map_err(|source| Error::Io { file: dir.to_owned(), source })?;
    let tensors = tensors_by_name(model)?;
    write_config(config, M::ARCHITECTURE, &dir.join(CONFIG_FILE))?;
    write_tensors(&dir.join(WEIGHTS_FILE), &tensors)
}

/// The model's parameters under the names that its file has for them.
///
/// # Errors
/// Where a parameter has no name, or its device does not give it back.
pub fn tensors_by_name<M: Pretrained>(model: &M) -> Result<Vec<NamedTensor>, Error> {
    let mut collector = Collector {
        layout: M::LAYOUT,
        // A file of a bare model has no prefix.
        bare: M::IS_BARE,
        path: M::ROOT.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        tensors: Ok(Vec::new()),
    };
    model.visit(&mut collector);
    collector.tensors
}

struct Collector {
    layout: &'static Layout,
    bare: bool,
    path: Vec<String>,
    tensors: Result<Vec<NamedTensor>, Error>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Ok(tensors) = &mut self.tensors {
            match named(self.layout, self.bare, &self.path, param) {
                Ok(tensor) => tensors.push(tensor),
                Err(error) => self.tensors = Err(error),
            }
        }
    }
}

fn named<const D: usize>(
    layout: &Layout,
    bare: bool,
    path: &[String],
    param: &Param<Tensor<D>>,
) -> Result<NamedTensor, Error> {
    let parameter = path.join(".");
    let Some(name) = layout.file_name(&parameter) else {
        return Err(Error::Unnamed { parameter });
    };
    let stripped = name.strip_prefix(layout.base_prefix).filter(|_| bare);
    let unreadable = |message: String| Error::Device { parameter: parameter.clone(), message };
    let data = param.val().try_into_data().map_err(|error| unreadable(error.to_string()))?;
    let values = data.try_into_vec::<f32>().map_err(|error| unreadable(error.to_string()))?;
    Ok(NamedTensor {
        name: stripped.unwrap_or(&name).to_owned(),
        shape: param.shape().to_vec(),
        values: Values::Float(values),
    })
}
