//! What the models are pre-trained on: masked words, and for two of them a question about the two segments.

use burn::tensor::Tensor;

use super::{LabelError, Loss, cross_entropy};

/// What is asked about the two segments of an example. It only names the part of the loss: both are a choice of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentencePair {
    /// BERT (Devlin et al. 2018, section 3.1): 0, B follows A; 1, B is random.
    NextSentence,
    /// ALBERT (Lan et al. 2020, section 3.1): 0, A and B are in order; 1, they are swapped.
    SentenceOrder,
}

impl SentencePair {
    /// `nsp` or `sop`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NextSentence => "nsp",
            Self::SentenceOrder => "sop",
        }
    }
}

/// The cross-entropy of the original words at the masked positions: RoBERTa's whole loss, part `mlm`.
///
/// # Shapes
/// - `prediction_logits`: `[masked, vocab_size]`, the masked positions alone
/// - `originals`: what stood at each of them
///
/// # Errors
/// Where an original is no word of the vocabulary.
pub fn masked_lm(prediction_logits: Tensor<2>, originals: &[u32]) -> Result<Loss, LabelError> {
    Ok(Loss::new("mlm", 1.0, cross_entropy(prediction_logits, originals)?))
}

/// [`masked_lm`] plus the cross-entropy of the answers about the segments, part `nsp` or `sop`.
///
/// # Shapes
/// - `prediction_logits`: `[masked, vocab_size]`, the masked positions alone
/// - `sentence_pair_logits`: `[rows, 2]`
///
/// # Errors
/// Where a label is no class.
pub fn pretraining(
    prediction_logits: Tensor<2>,
    originals: &[u32],
    question: SentencePair,
    sentence_pair_logits: Tensor<2>,
    sentence_pair_labels: &[u32],
) -> Result<Loss, LabelError> {
    let answers = cross_entropy(sentence_pair_logits, sentence_pair_labels)?;
    Ok(masked_lm(prediction_logits, originals)?.and(question.name(), 1.0, answers))
}
