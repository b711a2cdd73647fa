//! BERT's two pre-training losses (Devlin et al. 2018, section 3.1).

use burn::tensor::Tensor;

use super::{LabelError, Loss, cross_entropy};

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
) -> Result<Loss, LabelError> {
    let mlm = cross_entropy(prediction_logits, originals)?;
    let nsp = cross_entropy(seq_relationship_logits, next_sentence_labels)?;
    Ok(Loss { total: mlm.clone() + nsp.clone(), parts: vec![("mlm", mlm), ("nsp", nsp)] })
}
