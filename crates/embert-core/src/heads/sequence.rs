//! A class, several, or a number for a whole sequence.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{Backbone, Batch, InputError, Linear, Pass, Pooler, heads::fresh};

/// A model that classifies sequences, or gives each a number.
#[derive(Module, Debug)]
pub struct ForSequenceClassification<B: Module> {
    pub(crate) base: B,
    sequence_summary: Pooler,
    sequence_classifier: Linear,
    dropout: f64, // of the summary
}

impl<B: Backbone> ForSequenceClassification<B> {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Self {
        let (heads, init) = fresh(config, device, seed);
        Self {
            base: B::new(config, &init),
            sequence_summary: Pooler::new(heads.hidden_size, heads.sequence, &init),
            sequence_classifier: Linear::new(heads.hidden_size, heads.labels.num_labels, &init),
            dropout: heads.sequence_dropout,
        }
    }

    /// `[rows, num_labels]`.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let hidden = self.base.forward(batch, pass)?;
        let summary = self.sequence_summary.forward(hidden, batch, pass); // [rows, hidden_size]
        Ok(self.sequence_classifier.forward(pass.drop(summary, self.dropout)))
    }
}
