//! Which tokens a masked language model has to guess (Devlin et al. 2019, section 3.1, "Masked LM").
//!
//! Of the chosen tokens most become `[MASK]`, some a random token, and some stay as they are: the model cannot know
//! which of the tokens before it are true, so it must keep a view of every one.

use rand::Rng;
use rand::seq::SliceRandom;

use crate::Error;

/// How many tokens are chosen, and what becomes of them.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskingConfig {
    /// The share of an example's tokens that is chosen: of its length, special tokens included, rounded half to even, and at
    /// least one, as Google's `create_pretraining_data.py` has it.
    pub probability: f64,
    /// The share of the chosen tokens that becomes `[MASK]`.
    pub mask_share: f64,
    /// The share of the chosen tokens that becomes a random token; what is left of 1 stays as it is.
    pub random_share: f64,
    /// No example has more chosen tokens than this.
    pub max_predictions_per_sequence: Option<usize>,
}

impl Default for MaskingConfig {
    /// The paper's: 15 % of the tokens, of which 80 % become `[MASK]` and 10 % a random token.
    fn default() -> Self {
        Self { probability: 0.15, mask_share: 0.8, random_share: 0.1, max_predictions_per_sequence: None }
    }
}

impl MaskingConfig {
    /// Says what is wrong with numbers that came from outside.
    ///
    /// # Errors
    /// A share outside `[0, 1]`, or shares that add up to more than 1.
    pub fn validate(&self) -> Result<(), Error> {
        let shares =
            [("probability", self.probability), ("mask_share", self.mask_share), ("random_share", self.random_share)];
        for (name, found) in shares {
            if !(0.0..=1.0).contains(&found) {
                return Err(Error::NotAShare { name, found });
            }
        }
        // Decimal fractions such as 0.8 + 0.2 may come out a hair above 1.
        if self.mask_share + self.random_share > 1.0 + 1e-9 {
            return Err(Error::SharesExceedOne { mask_share: self.mask_share, random_share: self.random_share });
        }
        Ok(())
    }

    /// How many of an example's `length` tokens are chosen, if it has that many to choose from.
    fn count(&self, length: usize) -> usize {
        // Python's `round` rounds half to even, and the lengths 10, 30, 50 … meet it.
        let count = (length as f64 * self.probability).round_ties_even() as usize;
        count.max(1).min(self.max_predictions_per_sequence.unwrap_or(usize::MAX))
    }
}

/// What masking has to know of a tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskingVocabulary {
    vocab_size: u32,
    mask_id: u32,
    special: Vec<u32>, // sorted
}

impl MaskingVocabulary {
    /// A vocabulary of `vocab_size` ids, of which `special` (and `mask_id`) are never chosen.
    ///
    /// # Errors
    /// An id that is not below `vocab_size`.
    pub fn new(vocab_size: u32, mask_id: u32, special: impl IntoIterator<Item = u32>) -> Result<Self, Error> {
        let inside = |role, id| {
            if id < vocab_size { Ok(id) } else { Err(Error::OutsideVocabulary { role, id, vocab_size }) }
        };
        let mask_id = inside("the mask token", mask_id)?;
        let mut special = special.into_iter().map(|id| inside("a special token", id)).collect::<Result<Vec<_>, _>>()?;
        special.push(mask_id);
        special.sort_unstable();
        special.dedup();
        Ok(Self { vocab_size, mask_id, special })
    }

    /// How many ids there are.
    pub fn vocab_size(&self) -> u32 {
        self.vocab_size
    }

    /// Whether `id` is a token that is never chosen.
    pub fn is_special(&self, id: u32) -> bool {
        self.special.binary_search(&id).is_ok()
    }
}

/// What was chosen: positions in order, and the ids that stood there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masked {
    /// The chosen positions, ascending.
    pub positions: Vec<u32>,
    /// The id that stood at each of them: the labels.
    pub originals: Vec<u32>,
}

/// Chooses tokens of one example (without padding) and masks them in place.
///
/// Every token that is not special is equally likely to be chosen, none twice. A random replacement is drawn from the
/// whole vocabulary, special tokens included, as Google's code does. An example of special tokens alone is left as it
/// is.
///
/// ```
/// use embert_objectives::masking::{MaskingConfig, MaskingVocabulary, mask_tokens};
/// use embert_objectives::random::stream;
///
/// let vocabulary = MaskingVocabulary::new(100, 3, [0, 1, 2])?;
/// let mut ids = vec![1, 50, 51, 52, 53, 54, 55, 2];
/// let masked = mask_tokens(&mut ids, &MaskingConfig::default(), &vocabulary, &mut stream(b"masking ", 42, 0, 0));
/// assert_eq!(masked.positions.len(), 1); // 8 * 0.15 is 1.2
/// # Ok::<(), embert_objectives::Error>(())
/// ```
pub fn mask_tokens(
    ids: &mut [u32],
    config: &MaskingConfig,
    vocabulary: &MaskingVocabulary,
    rng: &mut impl Rng,
) -> Masked {
    let count = config.count(ids.len());
    let mut candidates: Vec<(u32, &mut u32)> =
        (0..=u32::MAX).zip(ids).filter(|(_, id)| !vocabulary.is_special(**id)).collect();
    let (chosen, _) = candidates.partial_shuffle(rng, count);
    chosen.sort_unstable_by_key(|(position, _)| *position);

    let mut masked = Masked::default();
    for (position, id) in chosen {
        masked.positions.push(*position);
        masked.originals.push(**id);
        let fate: f64 = rng.random();
        if fate < config.mask_share {
            **id = vocabulary.mask_id;
        } else if fate < config.mask_share + config.random_share {
            **id = rng.random_range(0..vocabulary.vocab_size);
        }
    }
    masked
}
