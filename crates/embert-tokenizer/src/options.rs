//! How an input is encoded.

use crate::truncation::Truncation;

/// How inputs are encoded. The default adds the special tokens and cuts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodeOptions {
    /// Whether the tokenizer's template is put around the texts, such as `[CLS] A [SEP]`.
    pub add_special_tokens: bool,
    /// A limit on the length of a row.
    pub truncation: Option<Truncation>,
    /// Whether what was cut away comes back as further rows after the input's row.
    pub overflow_windows: bool,
    /// Whether [`Encodings::tokens`](crate::Encodings::tokens) is filled, at the price of a string a token.
    pub tokens: bool,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self { add_special_tokens: true, truncation: None, overflow_windows: false, tokens: false }
    }
}
