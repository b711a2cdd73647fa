//! ALBERT's config.json.

use embert_checkpoint::{ConfigError, KeyError, ModelConfig, from_keys};
use embert_core::{
    HiddenAct,
    checks::{self, most},
    encoder_config,
};
use serde_json::{Map, Value};

encoder_config! {
    /// The sizes and rates of an ALBERT, under the keys of Hugging Face's config.json; by default those of
    /// albert-xxlarge-v1.
    AlbertConfig, "albert" {
        vocab_size: 30000,
        hidden_size: 4096,
        num_hidden_layers: 12,
        num_attention_heads: 64,
        intermediate_size: 16384,
        hidden_act: HiddenAct::gelu_new(),
        dropout: 0.0,
    }
    /// Width of a word's vector.
    embedding_size: usize = 128,
    /// Groups, each with parameters of its own; the published models have one.
    num_hidden_groups: usize = 1,
    /// Layers of a group; the published models have one.
    inner_group_num: usize = 1,
    /// Dropout before a classifier, in `[0, 1]`.
    classifier_dropout_prob: f64 = 0.1,
}

impl ModelConfig for AlbertConfig {
    fn from_keys(keys: Map<String, Value>) -> Result<Self, KeyError> {
        from_keys(keys)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.check_encoder("albert")?;
        // What is built, and what is run: the sizes alone bound neither.
        let most_of = |number: usize| most::LAYERS / number.max(1);
        checks::sizes([
            ("embedding_size", self.embedding_size, most::WIDTH),
            ("num_hidden_groups", self.num_hidden_groups, most::LAYERS),
            ("inner_group_num", self.inner_group_num, most_of(self.num_hidden_groups)),
            ("inner_group_num", self.inner_group_num, most_of(self.num_hidden_layers)),
        ])?;
        checks::rates([("classifier_dropout_prob", self.classifier_dropout_prob)])
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.tie_word_embeddings
    }
}
