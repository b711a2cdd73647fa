//! What a work takes at least.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

/// The sizes of a BERT, as its config.json has them.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Sizes {
    pub(super) hidden_size: usize,
    num_hidden_layers: usize,
    intermediate_size: usize,
}

impl Sizes {
    pub(super) fn read(model: &Path) -> anyhow::Result<Self> {
        let file = model.join("config.json");
        let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
        serde_json::from_slice(&bytes).with_context(|| file.display().to_string())
    }

    /// Floating-point operations of the matrix products for sequences of these lengths, two for each multiplication and
    /// addition; those of padding, which nobody has to do, are not counted.
    pub(super) fn gflop(&self, lengths: &[usize]) -> f64 {
        let Self { hidden_size, num_hidden_layers, intermediate_size } = self;
        // Query, key, value and output; there and back.
        let parameters = 4 * hidden_size * hidden_size + 2 * hidden_size * intermediate_size;
        let sequence = |length: &usize| 2 * length * parameters + 4 * length * length * hidden_size;
        (num_hidden_layers * lengths.iter().map(sequence).sum::<usize>()) as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::Sizes;

    #[test]
    fn bert_base_takes_22_gigaflop_for_128_tokens() {
        let base = Sizes { hidden_size: 768, num_hidden_layers: 12, intermediate_size: 3072 };
        assert_eq!((base.gflop(&[128]) * 100.0).round(), 2235.0);
        assert_eq!(base.gflop(&[128; 8]), 8.0 * base.gflop(&[128]));
    }
}
