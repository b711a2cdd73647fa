// @generated from xtask/models.toml by `cargo xtask codegen`.

//! The published models.

use embert_core::BertConfig;

use crate::RobertaConfig;

/// Each published model's name, and its parameters without its heads (with the pooler, where there is one).
pub const PRESETS: [(&str, usize); 3] =
    [("roberta-base", 124645632), ("roberta-large", 355359744), ("distilroberta-base", 82118400)];

impl RobertaConfig {
    /// The published model of that name, one of [`PRESETS`].
    pub fn preset(name: &str) -> Option<Self> {
        Some(match name {
            "roberta-base" => Self(BertConfig {
                vocab_size: 50265,
                hidden_size: 768,
                num_hidden_layers: 12,
                num_attention_heads: 12,
                intermediate_size: 3072,
                max_position_embeddings: 514,
                type_vocab_size: 1,
                layer_norm_eps: 1e-5,
                ..Self::default().0
            }),
            "roberta-large" => Self(BertConfig {
                vocab_size: 50265,
                hidden_size: 1024,
                num_hidden_layers: 24,
                num_attention_heads: 16,
                intermediate_size: 4096,
                max_position_embeddings: 514,
                type_vocab_size: 1,
                layer_norm_eps: 1e-5,
                ..Self::default().0
            }),
            "distilroberta-base" => Self(BertConfig {
                vocab_size: 50265,
                hidden_size: 768,
                num_hidden_layers: 6,
                num_attention_heads: 12,
                intermediate_size: 3072,
                max_position_embeddings: 514,
                type_vocab_size: 1,
                layer_norm_eps: 1e-5,
                ..Self::default().0
            }),
            _ => return None,
        })
    }
}
