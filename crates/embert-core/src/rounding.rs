//! Batches whose shapes a device has met before.

use std::{borrow::Cow, iter::repeat_n};

use embert_kernels::token_multiple;

use crate::{Batch, Embeddings, Pass, Positions};

impl Embeddings {
    /// The batch as its device has it best. Where something of the pass is kept, that is of the batch as it is.
    pub fn rounded<'b>(&self, batch: &'b Batch, pass: &Pass) -> Cow<'b, Batch> {
        if pass.keeps_something() {
            return Cow::Borrowed(batch);
        }
        batch.rounded(token_multiple(&self.word_embeddings.weight.lazy_device()), self.positions)
    }
}

impl Batch {
    /// With so many tokens more, in sequences of their own, that there are a `multiple`; no other sees them, and the batch's
    /// own keep their places. A device that compiles its kernels for shapes then meets few of them.
    pub fn rounded(&self, multiple: usize, rule: Positions) -> Cow<'_, Self> {
        let tokens = self.tokens();
        let Some(more) = tokens.checked_next_multiple_of(multiple).map(|all| all - tokens).filter(|&more| more > 0)
        else {
            return Cow::Borrowed(self);
        };
        let longest = self.lengths.iter().copied().max().unwrap_or(1).max(1);
        let with = |ids: &[u32]| ids.iter().copied().chain(repeat_n(0, more)).collect::<Vec<u32>>();
        let whole = repeat_n(longest, more / longest);
        let rest = Some(more % longest).filter(|&rest| rest > 0);
        Cow::Owned(Self {
            input_ids: with(&self.input_ids),
            token_type_ids: with(&self.token_type_ids),
            position_ids: Some(with(&self.positions(rule))),
            visible: self.visible.iter().copied().chain(repeat_n(false, more)).collect(),
            lengths: self.lengths.iter().copied().chain(whole).chain(rest).collect(),
        })
    }
}
