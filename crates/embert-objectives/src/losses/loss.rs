//! What is minimised, and what it is made of.

use burn::tensor::Tensor;

/// A loss with its named parts, each `[1]`.
#[derive(Clone, Debug)]
pub struct Loss {
    /// What is minimised: the sum of the parts, each times its weight.
    pub total: Tensor<1>,
    /// The parts before they are weighted, by the names that logs give them.
    pub parts: Vec<(&'static str, Tensor<1>)>,
}

impl Loss {
    pub(super) fn new(name: &'static str, weight: f64, part: Tensor<1>) -> Self {
        Self { total: part.clone() * weight, parts: vec![(name, part)] }
    }

    pub(super) fn and(mut self, name: &'static str, weight: f64, part: Tensor<1>) -> Self {
        self.parts.push((name, part.clone()));
        Self { total: self.total + part * weight, ..self }
    }
}
