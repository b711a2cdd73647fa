//! What can be wrong with an objective's settings.

/// A setting that no training run could follow.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A share or a probability outside `[0, 1]`.
    #[error("{name} is {found}; expected a number from 0 to 1")]
    NotAShare {
        /// The setting's name.
        name: &'static str,
        /// Its value.
        found: f64,
    },

    /// The parts of a whole add up to more than the whole.
    #[error("mask_share {mask_share} and random_share {random_share} add up to more than 1")]
    SharesExceedOne {
        /// The share that becomes the mask token.
        mask_share: f64,
        /// The share that becomes a random token.
        random_share: f64,
    },

    /// Examples of which nothing is to be predicted.
    #[error("max_predictions_per_sequence is 0; expected 1 or more")]
    NoPrediction,

    /// A number that is none.
    #[error("{name} is {found}; expected a finite number")]
    NotANumber {
        /// The setting's name.
        name: &'static str,
        /// Its value.
        found: f64,
    },

    /// N-grams of at most no word.
    #[error("the longest n-gram has 0 words; expected 1 or more")]
    NoNGram,

    /// A token id that the vocabulary does not have.
    #[error("{role} has id {id}; a vocabulary of {vocab_size} has the ids below {vocab_size}")]
    OutsideVocabulary {
        /// What the token is for.
        role: &'static str,
        /// Its id.
        id: u32,
        /// How many ids there are.
        vocab_size: u32,
    },
}
