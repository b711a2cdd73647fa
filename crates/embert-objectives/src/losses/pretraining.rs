//! BERT's two pre-training losses (Devlin et al. 2018, section 3.1).

use burn::tensor::Tensor;

use super::{LabelError, cross_entropy};

/// The two terms, `[1]` each.
#[derive(Clone, Debug)]
pub struct PreTrainingLoss {
    /// The mean over the masked words; NaN where there is none.
    pub masked_lm: Tensor<1>,
    /// The mean over the sequences.
    pub next_sentence: Tensor<1>,
}

impl PreTrainingLoss {
    /// Their sum, what is minimised.
    pub fn total(self) -> Tensor<1> {
        self.masked_lm + self.next_sentence
    }
}

/// Masked LM plus next sentence: the cross-entropy of the original words at
/// the masked positions, plus that of 0 (B follows A) or 1 (B is random).
///
/// # Shapes
/// - `prediction_logits`: `[masked, vocab_size]`, the masked positions alone
/// - `seq_relationship_logits`: `[rows, 2]`
///
/// # Errors
/// Where a label is no class.
pub fn pretraining(
    prediction_logits: Tensor<2>,
    originals: &[u32],
    seq_relationship_logits: Tensor<2>,
    next_sentence_labels: &[u32],
) -> Result<PreTrainingLoss, LabelError> {
    Ok(PreTrainingLoss {
        masked_lm: cross_entropy(prediction_logits, originals)?,
        next_sentence: cross_entropy(seq_relationship_logits, next_sentence_labels)?,
    })
}
