//! A class for each token: names, parts of speech.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{Backbone, Batch, InputError, Linear, Pass, heads::fresh};

/// A model that classifies tokens.
#[derive(Module, Debug)]
pub struct ForTokenClassification<B: Module> {
    pub(crate) base: B,
    token_classifier: Linear,
    dropout: f64, // of the last hidden state
}

impl<B: Backbone> ForTokenClassification<B> {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Self {
        let (heads, init) = fresh(config, device, seed);
        Self {
            base: B::new(config, &init),
            token_classifier: Linear::new(heads.hidden_size, heads.labels.num_labels, &init),
            dropout: heads.token_dropout,
        }
    }

    /// `[tokens, num_labels]`.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let hidden = self.base.forward(batch, pass)?;
        Ok(self.token_classifier.forward(pass.drop(hidden, self.dropout)))
    }
}
