//! Which tokens a masked language model has to guess (Devlin et al. 2019, section 3.1, "Masked LM").
//!
//! Of the chosen tokens most become `[MASK]`, some a random token, and some stay as they are: the model cannot know
//! which of the tokens before it are true, so it must keep a view of every one.

mod choice;
mod vocabulary;

use rand::Rng;
use serde::{Deserialize, Serialize};

pub use self::choice::{Choice, Unit};
pub use self::vocabulary::MaskingVocabulary;
use crate::Error;

/// How many tokens are chosen, and what becomes of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskingConfig {
    /// The share of an example's tokens that is chosen, `p`.
    pub probability: f64,
    /// How that share becomes a number of tokens, and which tokens those are.
    pub choice: Choice,
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
        Self {
            probability: 0.15,
            choice: Choice::Google(Unit::Token),
            mask_share: 0.8,
            random_share: 0.1,
            max_predictions_per_sequence: None,
        }
    }
}

impl MaskingConfig {
    /// Says what is wrong with numbers that came from outside.
    ///
    /// # Errors
    /// A share outside `[0, 1]`, shares that add up to more than 1, no prediction at all, n-grams of no word, or a smoothing
    /// that is no number.
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
        if self.max_predictions_per_sequence == Some(0) {
            return Err(Error::NoPrediction);
        }
        if let Choice::DistilBert { smoothing } = self.choice
            && !smoothing.is_finite()
        {
            return Err(Error::NotANumber { name: "smoothing", found: smoothing });
        }
        if self.choice == Choice::Google(Unit::NGram { longest: 0 }) {
            return Err(Error::NoNGram);
        }
        Ok(())
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
/// Each chosen token meets its own fate, those of one word too. A random replacement is drawn from the whole
/// vocabulary, special tokens included, as in Google's and Hugging Face's codes; fairseq's leaves special tokens out there, and
/// may choose `<s>` and `</s>`. An example of special tokens alone is left as it is.
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
    let most = config.max_predictions_per_sequence.unwrap_or(usize::MAX);
    let mut chosen = config.choice.positions(ids, config.probability, most, vocabulary, rng);
    chosen.sort_unstable();

    let mut masked = Masked::default();
    for position in chosen {
        let Some(id) = ids.get_mut(position) else { continue };
        masked.positions.push(position as u32);
        masked.originals.push(*id);
        let fate: f64 = rng.random();
        if fate < config.mask_share {
            *id = vocabulary.mask_id();
        } else if fate < config.mask_share + config.random_share {
            *id = rng.random_range(0..vocabulary.vocab_size());
        }
    }
    masked
}
