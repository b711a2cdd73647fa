//! A model in other numbers.

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{DType, Tensor},
};

/// All parameters of `model`, rounded to `dtype`; what was trained still is.
pub fn cast<M: Module>(model: M, dtype: DType) -> M {
    model.map(&mut Cast(dtype))
}

struct Cast(DType);

impl ModuleMapper for Cast {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|weights| {
            let is_trained = weights.is_require_grad();
            weights.cast(self.0).set_require_grad(is_trained)
        })
    }
}
