//! The tokenizer of a run: one that is there, or one trained on the text.

use std::path::PathBuf;

use embert_data::Document;
use embert_tokenizer::{
    Tokenizer,
    train::{ByteLevelBpe, Unigram, WordPiece},
};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Where the tokenizer comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Keys", into = "Keys")]
pub enum Vocabulary {
    /// From the directory of a model or tokenizer.
    Existing {
        /// The directory.
        path: PathBuf,
    },
    /// Trained on the text that the model is trained on.
    Trained {
        /// Its kind.
        algorithm: Algorithm,
        /// The most pieces, special tokens included.
        vocab_size: usize,
    },
}

/// A kind of vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// BERT's, in lower case.
    Wordpiece,
    /// RoBERTa's.
    ByteLevelBpe,
    /// ALBERT's, in lower case.
    Unigram,
}

/// As a file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    path: Option<PathBuf>,
    algorithm: Option<Algorithm>,
    vocab_size: Option<usize>,
}

impl TryFrom<Keys> for Vocabulary {
    type Error = &'static str;

    fn try_from(keys: Keys) -> Result<Self, Self::Error> {
        match (keys.path, keys.algorithm, keys.vocab_size) {
            (Some(path), None, None) => Ok(Self::Existing { path }),
            (None, Some(algorithm), Some(vocab_size)) => Ok(Self::Trained { algorithm, vocab_size }),
            _ => Err("either path, or algorithm and vocab_size, is expected"),
        }
    }
}

impl From<Vocabulary> for Keys {
    fn from(vocabulary: Vocabulary) -> Self {
        match vocabulary {
            Vocabulary::Existing { path } => Self { path: Some(path), algorithm: None, vocab_size: None },
            Vocabulary::Trained { algorithm, vocab_size } => {
                Self { path: None, algorithm: Some(algorithm), vocab_size: Some(vocab_size) }
            }
        }
    }
}

impl Vocabulary {
    /// The tokenizer; rows longer than `max_length` are cut, whoever opens its directory.
    ///
    /// # Errors
    /// Where it cannot be read, or the text has no words for it.
    pub(super) fn tokenizer(
        &self,
        documents: impl Iterator<Item = Result<Document, embert_data::Error>>,
        max_length: usize,
    ) -> Result<Tokenizer, Error> {
        let tokenizer = match *self {
            Self::Existing { ref path } => Tokenizer::from_dir(path)?,
            Self::Trained { algorithm, vocab_size } => {
                let mut fault = None;
                let texts = documents.map_while(|document| document.map_err(|error| fault = Some(error)).ok());
                let texts = texts.flat_map(|document| document.sentences);
                let trained = match algorithm {
                    Algorithm::Wordpiece => WordPiece { vocab_size, ..WordPiece::default() }.train_from(texts),
                    Algorithm::ByteLevelBpe => ByteLevelBpe { vocab_size, ..ByteLevelBpe::default() }.train_from(texts),
                    Algorithm::Unigram => Unigram { vocab_size, ..Unigram::default() }.train_from(texts),
                };
                // A vocabulary of half a text is none.
                match fault {
                    Some(error) => return Err(error.into()),
                    None => trained?,
                }
            }
        };
        Ok(tokenizer.with_max_length(max_length))
    }
}
