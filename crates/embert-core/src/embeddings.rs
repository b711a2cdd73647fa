//! From ids to the vectors that the first layer reads.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use embert_kernels::Lookup;

use crate::{Batch, Init, InputError, LayerNorm, Pass, Positions};

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

    /// The number of vectors.
    pub fn size(&self) -> usize {
        self.weight.lazy_shape()[0]
    }

    /// The vectors of `ids`, which are called `name`, and whose table's size the config calls `key`.
    ///
    /// # Errors
    /// Where one of them has no vector here.
    pub(crate) fn lookup<'a>(
        &self,
        name: &'static str,
        key: &'static str,
        ids: &'a [u32],
    ) -> Result<Lookup<'a>, InputError> {
        let size = self.size();
        match ids.iter().find(|&&id| id as usize >= size) {
            Some(&found) => Err(InputError::Id { name, found, size, key }),
            None => Ok(Lookup { table: self.weight.val(), ids }),
        }
    }
}

/// The sizes of the tables that a token's vector is the sum of.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddingSizes {
    /// Width of the vectors.
    pub width: usize,
    /// Words.
    pub vocab_size: usize,
    /// Positions.
    pub max_position_embeddings: usize,
    /// Segments, where there are any.
    pub type_vocab_size: Option<usize>,
    /// Of the LayerNorm.
    pub layer_norm_eps: f64,
    /// Dropout of the sum.
    pub dropout: f64,
    /// The position of a token that is not given one.
    pub positions: Positions,
}

/// Word + position + segment, normalised (BERT, section 3, figure 2).
#[derive(Module, Debug)]
pub struct Embeddings {
    pub(crate) word_embeddings: Embedding,
    pub(crate) position_embeddings: Embedding,
    pub(crate) token_type_embeddings: Option<Embedding>,
    pub(crate) layer_norm: LayerNorm,
    dropout: f64,
    #[module(skip)]
    pub(crate) positions: Positions,
}

impl Embeddings {
    /// Tables of those sizes.
    pub fn new(sizes: &EmbeddingSizes, init: &Init) -> Self {
        let table = |size| Embedding::new(size, sizes.width, init);
        Self {
            word_embeddings: table(sizes.vocab_size),
            position_embeddings: table(sizes.max_position_embeddings),
            token_type_embeddings: sizes.type_vocab_size.map(table),
            layer_norm: LayerNorm::new(sizes.width, sizes.layer_norm_eps, init),
            dropout: sizes.dropout,
            positions: sizes.positions,
        }
    }

    /// With another table of positions, of the same size.
    pub fn with_position_embeddings(self, position_embeddings: Embedding) -> Self {
        Self { position_embeddings, ..self }
    }

    /// The table of words.
    pub fn word_embeddings(&self) -> &Embedding {
        &self.word_embeddings
    }

    /// The batch's vectors: `[tokens, width]`. Segments of a batch are ignored
    /// where the model has none.
    ///
    /// # Errors
    /// Where an id is past the end of its table. This is the one check that a
    /// batch fits a model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let position_ids = batch.positions(self.positions);
        let words = self.word_embeddings.lookup("input_ids", "vocab_size", &batch.input_ids)?;
        let positions = self.position_embeddings.lookup("position_ids", "max_position_embeddings", &position_ids)?;
        let segments = self.token_type_embeddings.as_ref();
        let segments = segments.map(|table| table.lookup("token_type_ids", "type_vocab_size", &batch.token_type_ids));
        let embedded = self.layer_norm.forward_lookups(words, positions, segments.transpose()?);
        Ok(pass.drop(embedded, self.dropout))
    }
}
