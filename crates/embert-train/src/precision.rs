//! What a model computes in while it is trained.

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{DType, Tensor},
};
use embert_core::cast;
use serde::{Deserialize, Serialize};

/// The type of a step's activations and gradients. Weights and moments are f32 always: a step is often smaller than
/// what bf16 can add to a weight (Micikevicius et al. 2018, section 3.1).
///
/// f16 is not among them: its gradients vanish without a loss that is scaled up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits with the range of f32.
    Bf16,
}

impl Precision {
    /// The model that a step computes with.
    pub(crate) fn of_weights<M: Module>(self, model: M) -> M {
        match self {
            Self::F32 => model,
            Self::Bf16 => cast(model, DType::BF16),
        }
    }

    /// The gradients of `model` as its weights take them.
    pub(crate) fn of_gradients(self, model: &impl Module, mut gradients: GradientsParams) -> GradientsParams {
        if self == Self::Bf16 {
            model.visit(&mut CastGradients(&mut gradients));
        }
        gradients
    }
}

struct CastGradients<'a>(&'a mut GradientsParams);

impl ModuleVisitor for CastGradients<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.0.remove::<D>(param.id) {
            self.0.register(param.id, gradient.cast(DType::F32));
        }
    }
}
