// @generated from xtask/models.toml by `cargo xtask codegen`.

//! The published models.

use crate::BertConfig;

/// Each published model's name, and its parameters without its heads (with the pooler, where there is one).
pub const PRESETS: [(&str, usize); 12] = [
    ("bert-tiny-uncased", 4385920),
    ("bert-tiny-cased", 4190592),
    ("bert-mini-uncased", 11170560),
    ("bert-mini-cased", 10779904),
    ("bert-small-uncased", 28763648),
    ("bert-small-cased", 27982336),
    ("bert-medium-uncased", 41373184),
    ("bert-medium-cased", 40591872),
    ("bert-base-uncased", 109482240),
    ("bert-base-cased", 108310272),
    ("bert-large-uncased", 335141888),
    ("bert-large-cased", 333579264),
];

impl BertConfig {
    /// The published model of that name, one of [`PRESETS`].
    pub fn preset(name: &str) -> Option<Self> {
        Some(match name {
            "bert-tiny-uncased" | "bert-tiny" => Self {
                vocab_size: 30522,
                hidden_size: 128,
                num_hidden_layers: 2,
                num_attention_heads: 2,
                intermediate_size: 512,
                ..Self::default()
            },
            "bert-tiny-cased" => Self {
                vocab_size: 28996,
                hidden_size: 128,
                num_hidden_layers: 2,
                num_attention_heads: 2,
                intermediate_size: 512,
                ..Self::default()
            },
            "bert-mini-uncased" | "bert-mini" => Self {
                vocab_size: 30522,
                hidden_size: 256,
                num_hidden_layers: 4,
                num_attention_heads: 4,
                intermediate_size: 1024,
                ..Self::default()
            },
            "bert-mini-cased" => Self {
                vocab_size: 28996,
                hidden_size: 256,
                num_hidden_layers: 4,
                num_attention_heads: 4,
                intermediate_size: 1024,
                ..Self::default()
            },
            "bert-small-uncased" | "bert-small" => Self {
                vocab_size: 30522,
                hidden_size: 512,
                num_hidden_layers: 4,
                num_attention_heads: 8,
                intermediate_size: 2048,
                ..Self::default()
            },
            "bert-small-cased" => Self {
                vocab_size: 28996,
                hidden_size: 512,
                num_hidden_layers: 4,
                num_attention_heads: 8,
                intermediate_size: 2048,
                ..Self::default()
            },
            "bert-medium-uncased" | "bert-medium" => Self {
                vocab_size: 30522,
                hidden_size: 512,
                num_hidden_layers: 8,
                num_attention_heads: 8,
                intermediate_size: 2048,
                ..Self::default()
            },
            "bert-medium-cased" => Self {
                vocab_size: 28996,
                hidden_size: 512,
                num_hidden_layers: 8,
                num_attention_heads: 8,
                intermediate_size: 2048,
                ..Self::default()
            },
            "bert-base-uncased" | "bert-base" => Self {
                vocab_size: 30522,
                hidden_size: 768,
                num_hidden_layers: 12,
                num_attention_heads: 12,
                intermediate_size: 3072,
                ..Self::default()
            },
            "bert-base-cased" => Self {
                vocab_size: 28996,
                hidden_size: 768,
                num_hidden_layers: 12,
                num_attention_heads: 12,
                intermediate_size: 3072,
                ..Self::default()
            },
            "bert-large-uncased" | "bert-large" => Self {
                vocab_size: 30522,
                hidden_size: 1024,
                num_hidden_layers: 24,
                num_attention_heads: 16,
                intermediate_size: 4096,
                ..Self::default()
            },
            "bert-large-cased" => Self {
                vocab_size: 28996,
                hidden_size: 1024,
                num_hidden_layers: 24,
                num_attention_heads: 16,
                intermediate_size: 4096,
                ..Self::default()
            },
            _ => return None,
        })
    }
}
