//! Tables that BERT itself does not have: those of its variants, and of heads.

use burn::tensor::Tensor;
use embert_kernels::{Lookup, indices};

use crate::{Embedding, Init, InputError};

impl Embedding {
    /// A table that training does not move, with `value(row, column)` in each place.
    pub fn fixed(
        [size, hidden_size]: [usize; 2],
        value: impl Fn(usize, usize) -> f32 + Send + Sync + 'static,
        init: &Init,
    ) -> Self {
        let values = move || (0..size * hidden_size).map(|i| value(i / hidden_size, i % hidden_size)).collect();
        Self { weight: init.fixed([size, hidden_size], values) }
    }

    /// The vectors of `ids`: `[ids, hidden_size]`.
    ///
    /// # Errors
    /// Where one of them has no vector here.
    pub fn forward(&self, ids: &[u32]) -> Result<Tensor<2>, InputError> {
        let Lookup { table, ids } = self.lookup("ids", "size", ids)?;
        let ids = indices(ids, &table.device().inner());
        Ok(table.select(0, ids))
    }
}
