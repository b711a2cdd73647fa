//! From ids to the vectors that the first layer reads.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use embert_kernels::indices;

use crate::{
    batch::{Batch, InputError},
    config::BertConfig,
    init::Init,
    norm::LayerNorm,
    pass::Pass,
};

/// A table with a vector for each id.
#[derive(Module, Debug)]
pub struct Embedding {
    pub(crate) weight: Param<Tensor<2>>, // [size, hidden_size]
}

impl Embedding {
    /// A table of `size` drawn vectors.
    pub fn new(size: usize, hidden_size: usize, init: &Init) -> Self {
        Self { weight: init.matrix([size, hidden_size]) }
    }

    /// The vectors of `ids`: `[tokens, hidden_size]`. Each id is below the size.
    pub fn forward(&self, ids: &[u32]) -> Tensor<2> {
        let weight = self.weight.val();
        let ids = indices(ids, &weight.device());
        weight.select(0, ids)
    }

    /// The number of vectors.
    pub fn size(&self) -> usize {
        self.weight.lazy_shape()[0]
    }

    /// # Errors
    /// Where one of `ids` has no vector here.
    fn check(&self, name: &'static str, key: &'static str, ids: &[u32]) -> Result<(), InputError> {
        let size = self.size();
        match ids.iter().find(|&&id| id as usize >= size) {
            Some(&found) => Err(InputError::Id { name, found, size, key }),
            None => Ok(()),
        }
    }
}

/// Word + position + segment, normalised (BERT, section 3, figure 2).
#[derive(Module, Debug)]
pub struct Embeddings {
    pub(crate) word_embeddings: Embedding,
    position_embeddings: Embedding,
    token_type_embeddings: Embedding,
    layer_norm: LayerNorm,
    dropout: f64,
}

impl Embeddings {
    /// The tables of `config`.
    pub fn new(config: &BertConfig, init: &Init) -> Self {
        let table = |size| Embedding::new(size, config.hidden_size, init);
        Self {
            word_embeddings: table(config.vocab_size),
            position_embeddings: table(config.max_position_embeddings),
            token_type_embeddings: table(config.type_vocab_size),
            layer_norm: LayerNorm::new(config.hidden_size, config.layer_norm_eps, init),
            dropout: config.hidden_dropout_prob,
        }
    }

    /// The batch's vectors: `[tokens, hidden_size]`.
    ///
    /// # Errors
    /// Where an id is past the end of its table. This is the one check that a
    /// batch fits a model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let Self { word_embeddings, position_embeddings, token_type_embeddings, .. } = self;
        word_embeddings.check("input_ids", "vocab_size", &batch.input_ids)?;
        position_embeddings.check("position_ids", "max_position_embeddings", &batch.position_ids)?;
        token_type_embeddings.check("token_type_ids", "type_vocab_size", &batch.token_type_ids)?;

        let embedded = word_embeddings.forward(&batch.input_ids)
            + position_embeddings.forward(&batch.position_ids)
            + token_type_embeddings.forward(&batch.token_type_ids);
        Ok(pass.drop(self.layer_norm.forward(embedded), self.dropout))
    }
}
