//! The recipes of the papers.

use std::{fmt, str::FromStr};

use embert_data::store;
use embert_train::{OptimizerName, OptimizerSettings};
use serde::{Deserialize, Serialize};

use super::vocabulary::Algorithm;

/// Whose recipe a model is pre-trained by: the objective and the form of the data, the masks, the optimiser and the
/// schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recipe {
    /// Masked words and the next sentence (Devlin et al. 2018).
    #[default]
    Bert,
    /// Masked words alone, masked anew in each epoch (Liu et al. 2019).
    Roberta,
    /// Masked n-grams and the order of sentences, with LAMB (Lan et al. 2020).
    Albert,
    /// A student's (Sanh et al. 2019), without its teacher: masked words alone.
    Distilbert,
}

/// How large a paper's training was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    /// Sequences of a step.
    pub sequences: usize,
    /// The longest sequence, in tokens.
    pub max_length: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// How long it took.
    pub length: Length,
    /// The share of the steps until the highest rate is reached.
    pub warmup_share: f64,
}

/// How long a training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// Steps.
    Steps(usize),
    /// Passes over the text.
    Passes(f64),
}

impl Paper {
    /// Tokens of a step.
    pub fn batch_tokens(&self) -> usize {
        self.sequences * self.max_length
    }
}

impl Recipe {
    /// Each by the name that files and flags have for it.
    pub const NAMES: [(&'static str, Self); 4] =
        [("bert", Self::Bert), ("roberta", Self::Roberta), ("albert", Self::Albert), ("distilbert", Self::Distilbert)];

    /// Its name, which is its family's `model_type` too.
    pub fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|(_, recipe)| *recipe == self).map_or("", |(name, _)| name)
    }

    /// The paper's numbers.
    pub fn paper(self) -> Paper {
        match self {
            // Appendix A.2; nine tenths of the steps on 128 tokens.
            Self::Bert => Paper {
                sequences: 256,
                max_length: 128,
                learning_rate: 1e-4,
                length: Length::Steps(1_000_000),
                warmup_share: 0.01,
            },
            // Table 9, base.
            Self::Roberta => Paper {
                sequences: 8192,
                max_length: 512,
                learning_rate: 6e-4,
                length: Length::Steps(500_000),
                warmup_share: 0.048,
            },
            // Section 4.1, and the flags of its code.
            Self::Albert => Paper {
                sequences: 4096,
                max_length: 512,
                learning_rate: 1.76e-3,
                length: Length::Steps(125_000),
                warmup_share: 0.025,
            },
            // Section 3, and the flags of its code.
            Self::Distilbert => Paper {
                sequences: 4000,
                max_length: 512,
                learning_rate: 5e-4,
                length: Length::Passes(3.0),
                warmup_share: 0.05,
            },
        }
    }

    /// How its examples are made.
    pub fn data(self) -> store::Settings {
        match self {
            Self::Bert => store::Settings::bert(),
            Self::Roberta => store::Settings::roberta(),
            Self::Albert => store::Settings::albert(),
            Self::Distilbert => store::Settings::distilbert(),
        }
    }

    /// Its optimiser, at `learning_rate`.
    pub fn optimizer(self, learning_rate: f64) -> OptimizerSettings {
        let bert = OptimizerSettings::bert(learning_rate);
        match self {
            Self::Bert => bert,
            Self::Roberta => OptimizerSettings { beta_2: 0.98, bias_correction: true, max_grad_norm: 0.0, ..bert },
            Self::Albert => OptimizerSettings { name: OptimizerName::Lamb, ..bert },
            Self::Distilbert => {
                OptimizerSettings { beta_2: 0.98, weight_decay: 0.0, bias_correction: true, max_grad_norm: 5.0, ..bert }
            }
        }
    }

    /// The rate that trains a model of that width on a few thousand tokens a step: a wider one takes smaller steps.
    ///
    /// LAMB's rate is a share of a matrix's own norm, and so the same for every width. BERT's is lower than the others',
    /// since its first steps, without bias correction, are several times as long.
    pub fn small_batch_rate(self, hidden_size: usize) -> f64 {
        match self {
            Self::Albert => 1e-2,
            Self::Bert => 2e-4 * 256.0 / hidden_size as f64,
            Self::Roberta | Self::Distilbert => 5e-4 * 256.0 / hidden_size as f64,
        }
    }

    /// The kind of its vocabulary.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::Bert | Self::Distilbert => Algorithm::Wordpiece,
            Self::Roberta => Algorithm::ByteLevelBpe,
            Self::Albert => Algorithm::Unigram,
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Recipe {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(name, _)| name).join(", ");
        named.map(|(_, recipe)| recipe).ok_or_else(|| format!("{name:?} is no recipe; {names} is expected"))
    }
}
