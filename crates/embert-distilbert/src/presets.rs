// @generated from xtask/models.toml by `cargo xtask codegen`.

//! The published models.

use crate::DistilBertConfig;

/// Each published model's name, and its parameters without its heads (with the pooler, where there is one).
pub const PRESETS: [(&str, usize); 2] = [("distilbert-base-uncased", 66362880), ("distilbert-base-cased", 65190912)];

impl DistilBertConfig {
    /// The published model of that name, one of [`PRESETS`].
    pub fn preset(name: &str) -> Option<Self> {
        Some(match name {
            "distilbert-base-uncased" | "distilbert-base" => {
                Self { vocab_size: 30522, dim: 768, n_layers: 6, n_heads: 12, hidden_dim: 3072, ..Self::default() }
            }
            "distilbert-base-cased" => {
                Self { vocab_size: 28996, dim: 768, n_layers: 6, n_heads: 12, hidden_dim: 3072, ..Self::default() }
            }
            _ => return None,
        })
    }
}
