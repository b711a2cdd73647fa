//! BERT (Devlin et al. 2018), and the blocks that it and its variants are made of.
//!
//! A model reads from its config to its logits in this order: [`BertConfig`],
//! [`Batch`], [`Embeddings`], [`SelfAttention`], [`EncoderLayer`], [`Encoder`],
//! [`BertModel`], and the heads on top, such as [`BertForPreTraining`].
//!
//! Tokens lie end to end: a tensor of hidden states is `[tokens, hidden_size]`,
//! without padding, and only attention knows where a sequence ends.

// So that `config_keys!` says the same path here as in the crates of the variants.
extern crate self as embert_core;

mod attention;
mod backbone;
mod batch;
mod cast;
pub mod checks;
mod config;
mod embeddings;
mod encoder;
mod flops;
mod heads;
mod hidden_act;
mod inference;
mod init;
mod keys;
mod labels;
mod layer;
mod layout;
mod linear;
mod model;
mod norm;
mod padded;
mod pass;
mod pooling;
mod presets;
mod rounding;
mod sentence;
mod student;
mod tables;

pub use attention::SelfAttention;
pub use backbone::{
    Backbone, Decoder, Family, FamilyConfig, Heads, Layers, MaskedLmSizes, PairQuestion, SentencePair, Summary,
};
pub use batch::{Batch, InputError, Positions};
pub use cast::cast;
pub use config::BertConfig;
pub use embeddings::{Embedding, EmbeddingSizes, Embeddings};
pub use embert_checkpoint::ConfigError;
pub use embert_kernels::{Activation, ComputeType};
pub use encoder::{Encoder, run_layers};
pub use flops::Flops;
pub use heads::{
    BaseModel, BaseOutput, EncoderOnly, ForMaskedLm, ForMultipleChoice, ForNextSentencePrediction, ForPreTraining,
    ForQuestionAnswering, ForSequenceClassification, ForTokenClassification, MaskedLmHead, Pooler, PreTrainingOutput,
    SentencePairHead,
};
pub use hidden_act::HiddenAct;
pub use inference::{ForInference, Inference, UnsupportedCompute};
pub use init::Init;
pub use labels::{ClassNames, Labels, ProblemType, null_as_default};
pub use layer::{EncoderLayer, FeedForward, LayerSizes};
pub use layout::BERT_LAYOUT;
pub use linear::Linear;
pub use model::{
    Bert, BertForMaskedLm, BertForMultipleChoice, BertForNextSentencePrediction, BertForPreTraining,
    BertForQuestionAnswering, BertForSequenceClassification, BertForTokenClassification, BertModel,
};
pub use norm::LayerNorm;
pub use padded::{Padded, PaddedInputs};
pub use pass::Pass;
pub use pooling::Pooling;
pub use presets::PRESETS;
pub use sentence::{Dense, SentenceHead, SentenceModule, WidthError};
pub use student::with_parameters_of;
