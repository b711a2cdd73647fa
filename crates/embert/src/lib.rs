//! The BERT family in Rust: from a folder of text to a trained model that
//! Hugging Face opens, and from a Hugging Face directory to answers.
//!
//! This is the front door; the crates behind it are re-exported and can each
//! be used alone.
//!
//! | to do | here |
//! | --- | --- |
//! | a vector for each sentence | [`SentenceEmbedder`] |
//! | fill in `[MASK]` | [`FillMask`] |
//! | Hugging Face's tensors in, its outputs out | [`forward`] |
//! | train a model on text | [`pretrain`] |
//! | see it all work | [`quickstart`] |

mod chart;
mod device;
mod embed;
mod encode;
mod error;
mod fill_mask;
pub mod forward;
pub mod pretrain;
pub mod quickstart;
mod sentence_modules;

pub use chart::{loss_chart, sparkline};
pub use device::DeviceChoice;
pub use embed::{EmbedSettings, SentenceEmbedder};
pub use error::Error;
pub use fill_mask::{Fill, FillMask, Filled};
pub use sentence_modules::Pooling;

pub use embert_checkpoint as checkpoint;
pub use embert_core as core;
pub use embert_data as data;
pub use embert_kernels as kernels;
pub use embert_objectives as objectives;
pub use embert_tokenizer as tokenizer;
pub use embert_train as train;

/// The README's code, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
