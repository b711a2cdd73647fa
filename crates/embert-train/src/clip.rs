//! Clipping of gradients by their global norm (Pascanu et al. 2013).

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};

use crate::{error::Error, workers::Workers};

/// The norm of all gradients of `model` as one vector, `[1]`; None where there is no gradient.
///
/// # Errors
/// Where a worker fails.
pub fn global_norm<M: Module>(
    model: &M,
    gradients: &GradientsParams,
    workers: &Workers,
) -> Result<Option<Tensor<1>>, Error> {
    let mut flat = Flat { gradients, rows: Vec::new() };
    model.visit(&mut flat);
    let mut sum: Option<Tensor<1>> = None;
    // A sum that used all cores would depend on how many there are.
    workers.fold(
        flat.rows,
        |row, _| Ok(row.square().sum()),
        |square| {
            sum = Some(match sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        },
    )?;
    Ok(sum.map(Tensor::sqrt))
}

/// By what gradients of that norm are multiplied, `[1]`, so that it is at most `max_norm`; None where a `max_norm` of 0
/// leaves them as they are.
///
/// The factor is `max_norm / (norm + 1e-6)`, at most 1, as in PyTorch. It stays on the device: nothing waits for it.
pub fn clip_factor(norm: &Tensor<1>, max_norm: f64) -> Option<Tensor<1>> {
    (max_norm > 0.0).then(|| (norm.clone() + 1e-6).recip().mul_scalar(max_norm).clamp_max(1.0))
}

struct Flat<'a> {
    gradients: &'a GradientsParams,
    rows: Vec<Tensor<1>>,
}

impl ModuleVisitor for Flat<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.rows.extend(self.gradients.get::<D>(param.id).map(|gradient| gradient.flatten(0, D - 1)));
    }
}
