//! Clipping of gradients by their global norm (Pascanu et al. 2013).

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};

use crate::{error::Error, step::scalar, workers::Workers};

/// Scales all gradients of `model` by one factor, so that their norm as one
/// vector is at most `max_norm`; gives back the norm that they had, `[1]`, or
/// None where there is no gradient. A `max_norm` of 0 changes nothing.
///
/// The factor is `max_norm / (norm + 1e-6)`, as in PyTorch.
///
/// # Errors
/// Where a worker fails.
pub fn clip_global_norm<M: Module>(
    model: &M,
    gradients: &mut GradientsParams,
    max_norm: f64,
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
    let norm = sum.map(Tensor::sqrt);
    if let Some(norm) = norm.as_ref().filter(|_| max_norm > 0.0) {
        let factor = scalar(&(norm.clone() + 1e-6).recip().mul_scalar(max_norm).clamp_max(1.0))?;
        // A factor of 1 changes nothing, and no number is one that changes all.
        if factor != 1.0 {
            model.visit(&mut Scale { gradients, factor });
        }
    }
    Ok(norm)
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

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient.mul_scalar(self.factor));
        }
    }
}
