//! How the examples of a data set are made: numbers, and nothing of the machine.

use std::str::FromStr;

use embert_objectives::masking::{Choice, MaskingConfig, Unit};
use serde::{Deserialize, Serialize};

use crate::packing::PackConfig;
use crate::pairs::{PairConfig, PairRule};
use crate::{Error, Form, Template};

/// What an example is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormName {
    /// BERT: two segments, of which the second follows the first or is random.
    NextSentence,
    /// ALBERT: two segments, in order or swapped.
    SentenceOrder,
    /// RoBERTa: sentences that follow each other, across the ends of documents.
    FullSentences,
    /// DistilBERT, and RoBERTa as one of its trials: sentences of one document.
    DocSentences,
}

impl FormName {
    /// Each by the name that files and flags have for it.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("next-sentence", Self::NextSentence),
        ("sentence-order", Self::SentenceOrder),
        ("full-sentences", Self::FullSentences),
        ("doc-sentences", Self::DocSentences),
    ];
}

impl FromStr for FormName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(name, _)| name).join(", ");
        named.map(|(_, form)| form).ok_or_else(|| format!("{name:?} is no form of examples; {names} is expected"))
    }
}

/// When masks are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum MaskingTime {
    /// When an example is made, as BERT: every document is gone through `duplicates` times, with other pairs and other
    /// masks.
    Static {
        /// How many times, 1 or more.
        duplicates: u64,
    },
    /// When an example is read, anew in every epoch, as RoBERTa.
    Dynamic,
}

/// How the examples of a data set are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What an example is.
    pub form: FormName,
    /// No example is longer than this, special tokens included.
    pub max_length: usize,
    /// How often a pair has a random shorter length.
    pub short_sequence_probability: f64,
    /// How often a second segment is random, where there is a choice.
    pub random_next_probability: f64,
    /// When masks are drawn.
    pub masking_time: MaskingTime,
    /// Which tokens are masked, and how.
    pub masking: MaskingConfig,
    /// All that is random follows from it.
    pub seed: u64,
}

impl Settings {
    /// What BERT was trained on: pairs of which half follow each other, masked once for each of ten duplicates.
    pub fn bert() -> Self {
        Self {
            form: FormName::NextSentence,
            max_length: 128,
            short_sequence_probability: 0.1,
            random_next_probability: 0.5,
            masking_time: MaskingTime::Static { duplicates: 10 },
            masking: MaskingConfig::default(),
            seed: 42,
        }
    }

    /// RoBERTa: full sentences, masked anew in every epoch as fairseq does.
    pub fn roberta() -> Self {
        let masking = MaskingConfig { choice: Choice::Fairseq { whole_words: false }, ..MaskingConfig::default() };
        Self {
            form: FormName::FullSentences,
            max_length: 512,
            masking_time: MaskingTime::Dynamic,
            masking,
            ..Self::bert()
        }
    }

    /// ALBERT: segments in order or swapped, n-grams of up to three words masked once for each of forty duplicates, at most
    /// twenty tokens of a row.
    pub fn albert() -> Self {
        let choice = Choice::Google(Unit::NGram { longest: 3 });
        Self {
            form: FormName::SentenceOrder,
            max_length: 512,
            masking_time: MaskingTime::Static { duplicates: 40 },
            masking: MaskingConfig { choice, max_predictions_per_sequence: Some(20), ..MaskingConfig::default() },
            ..Self::bert()
        }
    }

    /// DistilBERT: sentences of one document, of which rare tokens are masked sooner, anew in every epoch.
    pub fn distilbert() -> Self {
        let masking = MaskingConfig { choice: Choice::DistilBert { smoothing: 0.7 }, ..MaskingConfig::default() };
        Self { form: FormName::DocSentences, masking, ..Self::roberta() }
    }

    /// The form with its special tokens.
    pub fn form(&self, template: Template) -> Form {
        let Self { max_length, short_sequence_probability, .. } = *self;
        let pairs =
            |rule| Form::Pairs(PairConfig { rule, max_length, short_sequence_probability, template: template.clone() });
        let packed =
            |crosses_documents| Form::Packed(PackConfig { max_length, crosses_documents, template: template.clone() });
        match self.form {
            FormName::NextSentence => {
                pairs(PairRule::NextSentence { random_next_probability: self.random_next_probability })
            }
            FormName::SentenceOrder => pairs(PairRule::SentenceOrder),
            FormName::FullSentences => packed(true),
            FormName::DocSentences => packed(false),
        }
    }

    /// # Errors
    /// Where no examples can be made, or no masks drawn, as they say.
    pub fn check(&self) -> Result<(), Error> {
        self.masking.validate()?;
        for (name, found) in [
            ("short_sequence_probability", self.short_sequence_probability),
            ("random_next_probability", self.random_next_probability),
        ] {
            if !(0.0..=1.0).contains(&found) {
                return Err(Error::NotAShare { name, found });
            }
        }
        match (self.masking_time, self.masking.choice) {
            (MaskingTime::Static { duplicates: 0 }, _) => Err(Error::NoDuplicate),
            (MaskingTime::Static { .. }, Choice::DistilBert { .. }) => Err(Error::CountsUnknown),
            _ => Ok(()),
        }
    }
}
