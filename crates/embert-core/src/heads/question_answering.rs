//! Where in a text does the answer stand?

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{Backbone, Batch, InputError, Linear, Pass, heads::fresh};

/// A model that extracts answers (BERT, section 4.2).
#[derive(Module, Debug)]
pub struct ForQuestionAnswering<B: Module> {
    pub(crate) base: B,
    qa_outputs: Linear,
    dropout: f64, // of the last hidden state
}

impl<B: Backbone> ForQuestionAnswering<B> {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Self {
        let (heads, init) = fresh(config, device, seed);
        Self {
            base: B::new(config, &init),
            qa_outputs: Linear::new(heads.hidden_size, 2, &init),
            dropout: heads.question_answering_dropout,
        }
    }

    /// `[tokens, 2]`: the scores of the answer's starting and of its ending
    /// at each token.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let hidden = self.base.forward(batch, pass)?;
        Ok(self.qa_outputs.forward(pass.drop(hidden, self.dropout)))
    }
}
