//! What an example is made of: two segments, or one text.

use embert_objectives::random::stream;
use rand::seq::SliceRandom;

use crate::packing::{PackConfig, packed_sentences};
use crate::pairs::{PairConfig, PairRule, sentence_pairs};
use crate::{Error, Example, TokenizedDocument};

/// The form of the examples of a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// BERT's and ALBERT's.
    Pairs(PairConfig),
    /// RoBERTa's and DistilBERT's.
    Packed(PackConfig),
}

impl Form {
    /// Every example of one epoch over `documents`, shuffled. Pairs differ from epoch to epoch, packed rows in their
    /// order.
    ///
    /// # Errors
    /// Settings that no example can follow, or too few documents.
    pub fn examples(&self, documents: &[TokenizedDocument], seed: u64, epoch: u64) -> Result<Vec<Example>, Error> {
        match self {
            Self::Pairs(config) => sentence_pairs(documents, config, seed, epoch),
            Self::Packed(config) => {
                let mut examples = packed_sentences(documents, config)?;
                examples.shuffle(&mut stream(b"rows    ", seed, epoch, 0));
                Ok(examples)
            }
        }
    }

    /// How many documents it takes.
    pub fn fewest_documents(&self) -> usize {
        match self {
            Self::Pairs(PairConfig { rule: PairRule::NextSentence { .. }, .. }) => 2,
            _ => 1,
        }
    }
}
