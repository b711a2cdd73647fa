//! No head at all.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{Backbone, Batch, InputError, Pass, Pooler, heads::fresh};

/// A model as it was pre-trained, without its heads: what Hugging Face calls
/// `BertModel`.
#[derive(Module, Debug)]
pub struct BaseModel<B: Module> {
    pub(crate) base: B,
    pooler: Option<Pooler>,
}

/// What [`BaseModel`] computes.
#[derive(Clone, Debug)]
pub struct BaseOutput {
    /// `[tokens, hidden_size]`.
    pub last_hidden_state: Tensor<2>,
    /// `[rows, hidden_size]`, where the family has a pooler.
    pub pooler_output: Option<Tensor<2>>,
}

impl<B: Backbone> BaseModel<B> {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Self {
        let (heads, init) = fresh(config, device, seed);
        Self {
            base: B::new(config, &init),
            pooler: heads.pooler.map(|summary| Pooler::new(heads.hidden_size, summary, &init)),
        }
    }

    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<BaseOutput, InputError> {
        let hidden = self.base.forward(batch, pass)?; // [tokens, hidden_size]
        let pooler_output = self.pooler.as_ref().map(|pooler| pooler.forward(hidden.clone(), batch, pass));
        Ok(BaseOutput { last_hidden_state: hidden, pooler_output })
    }
}

/// A model without its heads and without its pooler, which can be read from
/// the directory of any model of the family.
#[derive(Module, Debug)]
pub struct EncoderOnly<B: Module> {
    pub(crate) base: B,
}

impl<B: Backbone> EncoderOnly<B> {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Self {
        let (_, init) = fresh(config, device, seed);
        Self { base: B::new(config, &init) }
    }

    /// The last hidden state: `[tokens, hidden_size]`.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        self.base.forward(batch, pass)
    }
}
