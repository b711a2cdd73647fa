//! Which tokens of a row are chosen: the rules of the codes that the models were trained with.
//!
//! | | how many | which |
//! | --- | --- | --- |
//! | [`Google`](Choice::Google) | `max(1, round(p n))` of the row's `n` tokens, half to even | any, none twice; words and n-grams that still fit |
//! | [`Fairseq`](Choice::Fairseq) | `⌊p n + U⌋`, `U` uniform in `[0, 1)` | any of the `n` tokens (or words), none twice |
//! | [`HuggingFace`](Choice::HuggingFace) | what comes of it, none too | each token (or word) by itself with probability `p` |
//! | [`DistilBert`](Choice::DistilBert) | `⌊p n + U⌋` | rare tokens sooner, none twice |
//!
//! `n` counts special tokens, as Google's and fairseq's codes do; none of them is ever chosen.

use std::ops::Range;
use std::str::FromStr;

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use serde::{Deserialize, Serialize};

use super::MaskingVocabulary;

/// Who decides which tokens are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Choice {
    /// BERT's and ALBERT's: `create_pretraining_data.py` of google-research/bert and google-research/albert.
    Google(Unit),
    /// RoBERTa's: `mask_tokens_dataset.py` of fairseq. Its rounding keeps the mean of the shares at `p`.
    Fairseq {
        /// Whether words are counted and chosen, and not tokens.
        whole_words: bool,
    },
    /// `DataCollatorForLanguageModeling` of transformers.
    HuggingFace {
        /// Whether one draw decides for all tokens of a word.
        whole_words: bool,
    },
    /// DistilBERT's: `distiller.py`, which draws from all rows of a batch at once; here each row by itself, so that it
    /// does not depend on its neighbours. A token that occurs `n` times in the corpus
    /// ([`MaskingVocabulary::with_counts`]) weighs `n^-smoothing`.
    DistilBert {
        /// 0.7 in DistilBERT's; 0 for all alike.
        smoothing: f64,
    },
}

/// What is chosen at a time by Google's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Unit {
    /// A token.
    Token,
    /// All tokens of a word ("whole word masking"). Each of them then meets its own fate.
    Word,
    /// One to `longest` words that follow each other, `n` of them with a probability in proportion to `1 / n` (Lan et
    /// al. 2020, section 4.1; ALBERT's `longest` is 3). Special tokens part n-grams.
    NGram {
        /// The most words.
        longest: usize,
    },
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        named.map(|(_, choice)| choice).ok_or_else(|| {
            format!("{name:?} is no choice of tokens; {} is expected", Self::NAMES.map(|(name, _)| name).join(", "))
        })
    }
}

impl Choice {
    /// Every choice that has a name, by it.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("google", Self::Google(Unit::Token)),
        ("google-whole-word", Self::Google(Unit::Word)),
        ("google-n-gram", Self::Google(Unit::NGram { longest: 3 })),
        ("fairseq", Self::Fairseq { whole_words: false }),
        ("fairseq-whole-word", Self::Fairseq { whole_words: true }),
        ("hugging-face", Self::HuggingFace { whole_words: false }),
        ("hugging-face-whole-word", Self::HuggingFace { whole_words: true }),
        ("distilbert", Self::DistilBert { smoothing: 0.7 }),
    ];

    /// The chosen positions of a row, in no order.
    pub(super) fn positions(
        &self,
        ids: &[u32],
        probability: f64,
        most: usize,
        vocabulary: &MaskingVocabulary,
        rng: &mut impl Rng,
    ) -> Vec<usize> {
        let tokens = || -> Vec<usize> {
            ids.iter()
                .enumerate()
                .filter(|(_, id)| !vocabulary.is_special(**id))
                .map(|(position, _)| position)
                .collect()
        };
        let words = || vocabulary.words(ids);
        match self {
            Self::Google(unit) => {
                let count = ((ids.len() as f64 * probability).round_ties_even() as usize).max(1).min(most);
                match unit {
                    Unit::Token => some(&mut tokens(), count, rng),
                    Unit::Word => fitting(words(), count, rng),
                    Unit::NGram { longest } => n_grams(&words(), *longest, count, rng),
                }
            }
            Self::Fairseq { whole_words: false } => {
                let count = randomly_rounded(ids.len(), probability, rng).min(most);
                some(&mut tokens(), count, rng)
            }
            Self::Fairseq { whole_words: true } => {
                let mut words = words();
                let special = ids.iter().filter(|id| vocabulary.is_special(**id)).count();
                let count = randomly_rounded(words.len() + special, probability, rng);
                at_most(some(&mut words, count, rng).into_iter().flatten().collect(), most, rng)
            }
            Self::HuggingFace { whole_words } => {
                let units = if *whole_words { words() } else { tokens().into_iter().map(|at| at..at + 1).collect() };
                let chosen = units.into_iter().filter(|_| rng.random::<f64>() < probability);
                at_most(chosen.flatten().collect(), most, rng)
            }
            Self::DistilBert { smoothing } => {
                let count = randomly_rounded(ids.len(), probability, rng).min(most);
                let tokens = tokens();
                let weight = |position: &usize| {
                    let count = ids.get(*position).map_or(1, |id| vocabulary.count(*id)) as f64;
                    count.powf(-smoothing).clamp(f64::MIN_POSITIVE, f64::MAX)
                };
                // Weights above 0 and finite leave nothing that can be wrong.
                let chosen = tokens.choose_multiple_weighted(rng, count, weight);
                chosen.map(|chosen| chosen.copied().collect()).unwrap_or_default()
            }
        }
    }
}

/// `⌊p n + U⌋`: `p n` in the mean.
fn randomly_rounded(units: usize, probability: f64, rng: &mut impl Rng) -> usize {
    (units as f64 * probability + rng.random::<f64>()) as usize
}

/// `count` of the units.
fn some<T: Clone>(units: &mut [T], count: usize, rng: &mut impl Rng) -> Vec<T> {
    units.partial_shuffle(rng, count).0.to_vec()
}

fn at_most(mut positions: Vec<usize>, most: usize, rng: &mut impl Rng) -> Vec<usize> {
    if positions.len() > most { some(&mut positions, most, rng) } else { positions }
}

/// Words in random order, as far as they fit into `count` tokens.
fn fitting(mut words: Vec<Range<usize>>, count: usize, rng: &mut impl Rng) -> Vec<usize> {
    words.shuffle(rng);
    let mut chosen = Vec::new();
    for word in words {
        if chosen.len() + word.len() <= count {
            chosen.extend(word);
        }
    }
    chosen
}

/// From random words on, as many words as were drawn or as still fit into `count` tokens; none twice.
fn n_grams(words: &[Range<usize>], longest: usize, count: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut starts: Vec<usize> = (0..words.len()).collect();
    starts.shuffle(rng);
    let mut is_chosen = vec![false; words.len()];
    let mut chosen = Vec::new();
    for start in starts {
        if chosen.len() >= count {
            break;
        }
        let pairs = words[start..].windows(2).take(longest.saturating_sub(1));
        let following = pairs.take_while(|pair| pair[0].end == pair[1].start).count();
        let drawn = n_gram_length(following + 1, rng);
        let tokens = |n: usize| words[start + n - 1].end - words[start].start;
        let fits = (1..=drawn).rev().find(|&n| chosen.len() + tokens(n) <= count);
        let Some(n) = fits.filter(|&n| is_chosen[start..start + n].iter().all(|chosen| !chosen)) else { continue };
        is_chosen[start..start + n].fill(true);
        chosen.extend(words[start].start..words[start + n - 1].end);
    }
    chosen
}

/// From 1 to `longest`, `n` with a probability in proportion to `1 / n`.
fn n_gram_length(longest: usize, rng: &mut impl Rng) -> usize {
    let total: f64 = (1..=longest).map(|n| 1.0 / n as f64).sum();
    let mut left = rng.random::<f64>() * total;
    for n in 1..longest {
        left -= 1.0 / n as f64;
        if left < 0.0 {
            return n;
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::n_gram_length;
    use crate::random::stream;

    /// 1,100,000 draws; each bound is five standard deviations.
    #[test]
    fn an_n_gram_of_n_words_is_as_likely_as_one_over_n() {
        const DRAWS: u32 = 1_100_000;
        let mut rng = stream(b"n-grams ", 42, 0, 0);
        let mut drawn = [0_u32; 4];
        for _ in 0..DRAWS {
            drawn[n_gram_length(3, &mut rng)] += 1;
        }
        for (n, expected) in [(1, 6.0 / 11.0), (2, 3.0 / 11.0), (3, 2.0 / 11.0)] {
            let deviation = (f64::from(DRAWS) * expected * (1.0 - expected)).sqrt();
            assert!((f64::from(drawn[n]) - f64::from(DRAWS) * expected).abs() < 5.0 * deviation, "{drawn:?}");
        }
        assert_eq!(n_gram_length(1, &mut rng), 1);
    }
}
