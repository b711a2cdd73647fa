//! Multi-head attention over sequences that lie end to end (Vaswani et al.
//! 2017, section 3.2).
//!
//! This is the one place of a model that looks at where a sequence ends: everything before and after runs on the
//! tokens that exist. The plain form lays the sequences into a rectangle for the two matrix products and takes the
//! rectangle apart again.

#[cfg(feature = "flex")]
mod flex;
mod plain;

use std::sync::{Arc, OnceLock};

use burn::tensor::{Device, Tensor};

use crate::dropout::AttentionDropout;
use plain::Rectangle;

/// Sequences that lie end to end.
#[derive(Clone, Debug)]
struct Sequences {
    lengths: Arc<[usize]>,
    /// A flag for each token, or none at all where every token is a key.
    visible: Arc<[bool]>,
}

/// Which tokens see which, made once a forward pass and used by every layer.
#[derive(Clone, Debug)]
pub struct AttentionPlan {
    sequences: Sequences,
    device: Device,
    /// Where the plain form is used.
    rectangle: OnceLock<Rectangle>,
}

impl AttentionPlan {
    /// Plans the attention of sequences of `lengths`, end to end.
    ///
    /// A token whose `visible` flag is false is a query but not a key: its
    /// score becomes the smallest finite number, as Hugging Face has it, so
    /// that a sequence without any visible key attends uniformly to its own
    /// tokens. What is past the end of a sequence is never attended to.
    ///
    /// `visible` holds a flag for each token, or is empty where all are.
    pub fn new(lengths: &[usize], visible: &[bool], device: &Device) -> Self {
        let visible = if visible.contains(&false) { visible } else { &[] };
        let sequences = Sequences { lengths: lengths.into(), visible: visible.into() };
        Self { sequences, device: device.clone(), rectangle: OnceLock::new() }
    }

    fn rectangle(&self) -> &Rectangle {
        self.rectangle.get_or_init(|| Rectangle::new(&self.sequences, &self.device))
    }
}

/// `dropout(softmax(Q Kᵀ / √head_size)) V` in each head, each sequence by itself.
///
/// # Shapes
/// - `projections`, which are query, key and value: `[tokens, hidden_size]`
///   each, the heads side by side; `hidden_size` is a multiple of `heads`
/// - result: `[tokens, hidden_size]`
pub fn attention(
    projections: [Tensor<2>; 3],
    plan: &AttentionPlan,
    heads: usize,
    dropout: Option<AttentionDropout>,
) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if crate::flex::is_flex(&projections[0]) {
        return flex::attend(projections, &plan.sequences, heads, dropout);
    }
    plain::attend(projections, plan.rectangle(), heads, dropout).0
}

/// What [`attention`] gives, and the probabilities: after the softmax and before dropout,
/// `[rows, heads, longest, longest]`. What lies past the end of a sequence has no meaning.
pub fn attention_with_probabilities(
    projections: [Tensor<2>; 3],
    plan: &AttentionPlan,
    heads: usize,
    dropout: Option<AttentionDropout>,
) -> (Tensor<2>, Tensor<4>) {
    plain::attend(projections, plan.rectangle(), heads, dropout)
}
