//! BERT (Devlin et al. 2018), and the blocks that it and its variants are made of.
//!
//! A model reads from its config to its logits in this order: [`BertConfig`],
//! [`Batch`], [`Embeddings`], [`SelfAttention`], [`EncoderLayer`], [`Encoder`],
//! [`BertModel`], and the heads on top, such as [`BertForPreTraining`].
//!
//! Tokens lie end to end: a tensor of hidden states is `[tokens, hidden_size]`,
//! without padding, and only attention knows where a sequence ends.

mod attention;
mod batch;
mod config;
mod embeddings;
mod encoder;
mod heads;
mod init;
mod layer;
mod layout;
mod linear;
mod model;
mod norm;
mod padded;
mod pass;

pub use attention::SelfAttention;
pub use batch::{Batch, InputError};
pub use config::{BertConfig, HiddenAct, PRESETS};
pub use embeddings::{Embedding, Embeddings};
pub use encoder::Encoder;
pub use heads::{
    BertForMaskedLm, BertForNextSentencePrediction, BertForPreTraining, MaskedLmHead, NextSentenceHead,
    PreTrainingOutput,
};
pub use init::Init;
pub use layer::{EncoderLayer, FeedForward};
pub use layout::BERT_LAYOUT;
pub use linear::Linear;
pub use model::{Bert, BertModel, BertOutput, Pooler};
pub use norm::LayerNorm;
pub use padded::{Padded, PaddedInputs};
pub use pass::Pass;
