//! From hidden states to a vector for each sentence: what sentence-transformers has after the transformer.

use burn::tensor::{DType, Tensor};
use embert_kernels::{Activation, linear, normalize};

use crate::{Batch, Pooling};

/// Pooling, and what follows it. It has no parameters that learn.
#[derive(Clone, Debug)]
pub struct SentenceHead {
    pooling: Vec<Pooling>, // one or more
    modules: Vec<SentenceModule>,
}

/// A step after pooling.
#[derive(Clone, Debug)]
pub enum SentenceModule {
    /// An affine map.
    Dense(Box<Dense>),
    /// To length 1.
    Normalize,
}

/// An affine map and an activation.
#[derive(Clone, Debug)]
pub struct Dense {
    /// `[out_features, in_features]`.
    pub weight: Tensor<2>,
    /// `[out_features]`.
    pub bias: Option<Tensor<1>>,
    /// What it gives goes through this.
    pub activation: Option<Activation>,
}

/// A module that does not fit what is before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Dense module reads vectors of {in_features}, and is given {width}")]
pub struct WidthError {
    /// The width that it reads.
    pub in_features: usize,
    /// The width that it would be given.
    pub width: usize,
}

impl Default for SentenceHead {
    /// The mean, normalised.
    fn default() -> Self {
        Self::new(vec![Pooling::Mean], vec![SentenceModule::Normalize])
    }
}

impl SentenceHead {
    /// Several ways to pool are put side by side; without one, it is the mean.
    pub fn new(pooling: Vec<Pooling>, modules: Vec<SentenceModule>) -> Self {
        Self { pooling: if pooling.is_empty() { vec![Pooling::Mean] } else { pooling }, modules }
    }

    /// The ways to pool, in their order.
    pub fn pooling(&self) -> &[Pooling] {
        &self.pooling
    }

    /// What follows.
    pub fn modules(&self) -> &[SentenceModule] {
        &self.modules
    }

    /// The width of a sentence's vector, of hidden states of `hidden_size`.
    ///
    /// # Errors
    /// Where a module reads vectors of another width than it is given.
    pub fn width(&self, hidden_size: usize) -> Result<usize, WidthError> {
        self.modules.iter().try_fold(self.pooling.len() * hidden_size, |width, module| match module {
            SentenceModule::Normalize => Ok(width),
            SentenceModule::Dense(dense) => match dense.weight.dims() {
                [out_features, in_features] if in_features == width => Ok(out_features),
                [_, in_features] => Err(WidthError { in_features, width }),
            },
        })
    }

    /// In f32, whatever the model computes in.
    ///
    /// # Shapes
    /// - `hidden`: `[tokens, hidden_size]`, the last hidden state
    /// - result: `[rows, width]`, a row a sequence
    pub fn forward(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let hidden = hidden.cast(DType::F32);
        let pooled = self.pooling.iter().map(|way| way.forward(hidden.clone(), batch)).collect();
        self.modules.iter().fold(Tensor::cat(pooled, 1), |vectors, module| match module {
            SentenceModule::Dense(dense) => dense.forward(vectors),
            SentenceModule::Normalize => normalize(vectors),
        })
    }
}

impl Dense {
    /// `[rows, in_features]` to `[rows, out_features]`.
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let device = x.device().inner();
        let bias = self.bias.clone().map(|bias| bias.to_device(&device));
        let y = linear(x, self.weight.clone().to_device(&device), bias);
        match self.activation {
            Some(activation) => activation.forward(y),
            None => y,
        }
    }
}
