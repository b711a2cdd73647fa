//! The operations that the BERT family is made of, by name, over packed tokens.
//!
//! A model calls these and knows no instruction set. Each is written here in
//! plain Burn operations; that form is the definition of the operation, and
//! runs on every backend. Some have a second form, for one backend, that is
//! faster and tested against the first.

mod activation;
mod adam;
mod allocator;
mod attention;
#[cfg(feature = "flex")]
mod cpu;
mod cross_entropy;
mod dropout;
mod embedding;
#[cfg(feature = "flex")]
mod flex;
mod gelu;
mod indices;
mod linear;
mod mix;
mod norm;
mod normalize;
mod pool;
mod read;
mod rounding;
mod soft_targets;

pub use activation::Activation;
pub use adam::{Adam, AdamStep};
pub use allocator::{give_back_freed_memory, keep_freed_memory};
pub use attention::{AttentionPlan, attention, attention_with_probabilities};
#[cfg(feature = "flex")]
pub use cpu::{CPU_VARIABLE, CpuLevel};
pub use cross_entropy::negative_log_likelihood;
pub use dropout::AttentionDropout;
pub use embedding::{Lookup, embed};
pub use indices::indices;
pub use linear::{ComputeType, PackedLinear, linear};
pub use mix::mix;
pub use norm::{add_layer_norm, layer_norm};
pub use normalize::normalize;
pub use pool::on_pool;
pub use read::{read, read_floats, read_ids, reads};
pub use rounding::token_multiple;
pub use soft_targets::soft_target_divergence;
