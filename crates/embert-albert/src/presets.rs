// @generated from xtask/models.toml by `cargo xtask codegen`.

//! The published models.

use crate::AlbertConfig;

/// Each published model's name, and its parameters without its heads (with the pooler, where there is one).
pub const PRESETS: [(&str, usize); 4] = [
    ("albert-base-v2", 11683584),
    ("albert-large-v2", 17683968),
    ("albert-xlarge-v2", 58724864),
    ("albert-xxlarge-v2", 222595584),
];

impl AlbertConfig {
    /// The published model of that name, one of [`PRESETS`].
    pub fn preset(name: &str) -> Option<Self> {
        Some(match name {
            "albert-base-v2" => Self {
                vocab_size: 30000,
                embedding_size: 128,
                hidden_size: 768,
                num_hidden_layers: 12,
                num_attention_heads: 12,
                intermediate_size: 3072,
                ..Self::default()
            },
            "albert-large-v2" => Self {
                vocab_size: 30000,
                embedding_size: 128,
                hidden_size: 1024,
                num_hidden_layers: 24,
                num_attention_heads: 16,
                intermediate_size: 4096,
                ..Self::default()
            },
            "albert-xlarge-v2" => Self {
                vocab_size: 30000,
                embedding_size: 128,
                hidden_size: 2048,
                num_hidden_layers: 24,
                num_attention_heads: 16,
                intermediate_size: 8192,
                ..Self::default()
            },
            "albert-xxlarge-v2" => Self {
                vocab_size: 30000,
                embedding_size: 128,
                hidden_size: 4096,
                num_hidden_layers: 12,
                num_attention_heads: 64,
                intermediate_size: 16384,
                ..Self::default()
            },
            _ => return None,
        })
    }
}
