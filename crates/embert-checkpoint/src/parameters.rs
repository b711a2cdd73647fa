//! The parameters of a model, by their names.

use std::{collections::HashMap, fmt};

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::Tensor,
};

use crate::{error::Error, layout::Layout};

/// A parameter, before it has any values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Its path in the module: `base.encoder.layer.0.output_norm.weight`.
    pub(crate) path: String,
    /// Its name in the file of a model with a head.
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
}

impl Parameter {
    /// Whether it is the encoder's, and not a head's.
    pub(crate) fn is_of_base(&self) -> bool {
        self.path.starts_with("base.")
    }
}

/// The parameters of `model`, in its order.
///
/// # Errors
/// Where one has no name.
pub(crate) fn parameters(model: &impl Module, layout: &Layout) -> Result<Vec<Parameter>, Error> {
    let named = |(path, shape): (String, Vec<usize>)| match layout.file_name(&path) {
        Some(name) => Ok(Parameter { path, name, shape }),
        None => Err(Error::Unnamed { parameter: path }),
    };
    collected(model).into_iter().map(named).collect()
}

/// The shape of each parameter of `model`, under its path.
pub(crate) fn shapes(model: &impl Module) -> HashMap<String, Vec<usize>> {
    collected(model).into_iter().collect()
}

fn collected(model: &impl Module) -> Vec<(String, Vec<usize>)> {
    let mut collector = Collector { path: Path::default(), parameters: Vec::new() };
    model.visit(&mut collector);
    collector.parameters
}

struct Collector {
    path: Path,
    parameters: Vec<(String, Vec<usize>)>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.parameters.push((self.path.to_string(), param.lazy_shape().to_vec()));
    }
}

/// Where a visitor or mapper is in a module. Which of an enum's variants it is
/// in says nothing: every one has the same paths.
#[derive(Debug, Default)]
pub(crate) struct Path(Vec<String>);

impl Path {
    pub(crate) fn enter(&mut self, name: &str, container_type: &str) {
        if !container_type.starts_with("Enum:") {
            self.0.push(name.to_owned());
        }
    }

    pub(crate) fn exit(&mut self, container_type: &str) {
        if !container_type.starts_with("Enum:") {
            self.0.pop();
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
