//! What a model is pre-trained on, a row at a time (Devlin et al. 2018, appendix A.2).

use embert_objectives::masking::{Masked, MaskingConfig, MaskingVocabulary, mask_tokens};
use rand::Rng;

/// A token sequence with its segments, what was masked of it, and the answer about its two segments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Example {
    /// The token ids, special tokens included; masked where `masked` says so.
    pub ids: Vec<u32>,
    /// Segments: 0 or 1 for each token.
    pub type_ids: Vec<u32>,
    /// The masked positions and what stood there; empty before masks are drawn.
    pub masked: Masked,
    /// For two segments, 0: B follows A, or both are in order; 1: B is random, or they are swapped. None for one.
    pub sentence_pair_label: Option<u32>,
}

impl Example {
    /// Draws the masks of an example that has none.
    pub fn mask(&mut self, config: &MaskingConfig, vocabulary: &MaskingVocabulary, rng: &mut impl Rng) {
        self.masked = mask_tokens(&mut self.ids, config, vocabulary, rng);
    }
}
