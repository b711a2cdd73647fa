//! Which parameters are not decayed.

use std::collections::HashSet;

use burn::{
    module::{Module, ModuleVisitor, Param, ParamId},
    tensor::Tensor,
};

/// The biases of any module, and all of a LayerNorm: what BERT's code leaves out of the decay, told by kind and not by
/// the names of Hugging Face's files, which the variants do not share.
pub(super) fn undecayed<M: Module>(model: &M) -> HashSet<ParamId> {
    let mut finder = Finder { path: Vec::new(), found: HashSet::new() };
    model.visit(&mut finder);
    finder.found
}

struct Finder {
    path: Vec<bool>, // whether what was entered is a bias, or lies in a LayerNorm
    found: HashSet<ParamId>,
}

impl ModuleVisitor for Finder {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.push(name == "bias" || container_type == "Struct:LayerNorm");
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.path.last() == Some(&true) {
            self.found.insert(param.id);
        }
    }
}
