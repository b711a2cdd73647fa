//! What a forward pass costs.

use crate::backbone::{FamilyConfig, Layers};

/// Floating-point operations of a model's matrix products, two for each multiplication and addition. What else it
/// computes is not counted, as is customary, and neither is padding, of which there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flops {
    per_token: f64,
    per_pair: f64,
    per_prediction: f64,
}

impl Flops {
    /// Of a model of `config`.
    pub fn of(config: &impl FamilyConfig) -> Self {
        let Layers { count, sizes } = config.layers();
        let words = config.heads().masked_lm;
        let [count, hidden, intermediate, embedding, vocabulary] =
            [count, sizes.hidden_size, sizes.intermediate_size, words.embedding_size, words.vocab_size]
                .map(|size| size as f64);
        Self {
            // Query, key, value and output; then there and back.
            per_token: 2.0 * count * (4.0 * hidden * hidden + 2.0 * hidden * intermediate),
            // The score of a key, and its share of the value.
            per_pair: 2.0 * count * 2.0 * hidden,
            per_prediction: 2.0 * embedding * (hidden + vocabulary),
        }
    }

    /// Of a sequence of `tokens` tokens, of which `predictions` are predicted.
    pub fn of_sequence(&self, tokens: usize, predictions: usize) -> f64 {
        let tokens = tokens as f64;
        self.per_token * tokens + self.per_pair * tokens * tokens + self.per_prediction * predictions as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Flops;
    use crate::BertConfig;

    #[test]
    fn bert_base_takes_22_gigaflop_for_128_tokens_and_1_for_20_predictions() {
        let flops = Flops::of(&BertConfig::preset("bert-base-uncased").unwrap());
        let (encoder, with_words) = (flops.of_sequence(128, 0), flops.of_sequence(128, 20));
        assert!((encoder / 1e9 - 22.4).abs() < 0.1, "{encoder}");
        assert!(((with_words - encoder) / 1e9 - 0.96).abs() < 0.05, "{with_words}");
    }
}
