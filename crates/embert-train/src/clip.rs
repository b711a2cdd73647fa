//! Clipping of gradients by their global norm (Pascanu et al. 2013).

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};

/// Scales all gradients of `model` by one factor, so that their norm as one
/// vector is at most `max_norm`; gives back the norm that they had, `[1]`, or
/// None where there is no gradient.
///
/// The factor is `max_norm / (norm + 1e-6)`, as in PyTorch.
pub fn clip_global_norm<M: Module>(model: &M, gradients: &mut GradientsParams, max_norm: f64) -> Option<Tensor<1>> {
    let mut sum = SumOfSquares { gradients, sum: None };
    model.visit(&mut sum);
    let norm = sum.sum?.sqrt();
    let factor = (norm.clone() + 1e-6).recip().mul_scalar(max_norm).clamp_max(1.0);
    model.visit(&mut Scale { gradients, factor });
    Some(norm)
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient * self.factor.clone().unsqueeze());
        }
    }
}
