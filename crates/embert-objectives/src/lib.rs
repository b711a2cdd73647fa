//! What a model is trained to do.
//!
//! - [`masking`]: which tokens a masked language model has to guess, and what stands in their place. Plain Rust on
//!   token ids; it needs neither Burn nor a tokenizer.
//! - `losses` (feature `losses`, on by default): functions of tensors.
//!
//! Nothing here knows a model, so any objective can train any model.
pub mod error;
#[cfg(feature = "losses")]
pub mod losses;
pub mod masking;
pub mod random;

pub use error::Error;

/// The label of what is not to be predicted (Hugging Face's and PyTorch's `ignore_index`).
pub const IGNORE_INDEX: i64 = -100;
