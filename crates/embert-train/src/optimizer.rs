//! AdamW (Loshchilov & Hutter 2019), as BERT is trained with it.

use burn::{
    module::{Module, ModuleVisitor, Param, ParamGroup, ParamId},
    optim::{AdamWConfig, ModuleOptimizer},
    tensor::Tensor,
};

/// AdamW's constants, all but the learning rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWSettings {
    /// Decay of the first moment.
    pub beta_1: f32,
    /// Decay of the second moment.
    pub beta_2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Decoupled decay of matrices; biases and LayerNorm have none.
    pub weight_decay: f32,
}

impl Default for AdamWSettings {
    /// BERT's (appendix A.2).
    fn default() -> Self {
        Self { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-6, weight_decay: 0.01 }
    }
}

/// AdamW for `model`, without decay for biases and LayerNorm.
///
/// Which those are is decided by rank: in this family, the vectors are the
/// biases and LayerNorm's weights, and the matrices are everything else.
pub fn adamw<M: Module>(model: &M, settings: AdamWSettings) -> ModuleOptimizer {
    let with_decay = |weight_decay| {
        AdamWConfig::new()
            .with_beta_1(settings.beta_1)
            .with_beta_2(settings.beta_2)
            .with_epsilon(settings.epsilon)
            .with_weight_decay(weight_decay)
    };
    let mut vectors = Vectors(Vec::new());
    model.visit(&mut vectors);
    let no_decay = ParamGroup::from_ids(vectors.0);
    with_decay(settings.weight_decay).init().with_group(no_decay, with_decay(0.0).build(), None)
}

struct Vectors(Vec<ParamId>);

impl ModuleVisitor for Vectors {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if D == 1 {
            self.0.push(param.id);
        }
    }
}
