//! Which of several answers?

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{Backbone, Batch, InputError, Linear, Pass, Pooler, heads::fresh};

/// A model that gives each question with one of its answers a score.
#[derive(Module, Debug)]
pub struct ForMultipleChoice<B: Module> {
    pub(crate) base: B,
    choice_summary: Pooler,
    choice_classifier: Linear,
    dropout: f64, // of the summary
}

impl<B: Backbone> ForMultipleChoice<B> {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Self {
        let (heads, init) = fresh(config, device, seed);
        Self {
            base: B::new(config, &init),
            choice_summary: Pooler::new(heads.hidden_size, heads.choice, &init),
            choice_classifier: Linear::new(heads.hidden_size, 1, &init),
            dropout: heads.sequence_dropout,
        }
    }

    /// `[rows, 1]`, where a row is a question with one of its answers. The
    /// scores of one question are compared with each other.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let hidden = self.base.forward(batch, pass)?;
        let summary = self.choice_summary.forward(hidden, batch, pass); // [rows, hidden_size]
        Ok(self.choice_classifier.forward(pass.drop(summary, self.dropout)))
    }
}
