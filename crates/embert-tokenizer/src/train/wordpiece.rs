//! Training a WordPiece vocabulary.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;

use super::merges::{Goal, Learned, MostFrequent, MostLikely, learn};
use super::words::{Counts, Splitter, count};
use super::{Progress, Stage, at_hand, finish};
use crate::bert::{self, CONTINUATION, Rules, SPECIAL};
use crate::config::Config;
use crate::{Error, Tokenizer};

/// A longer word is `[UNK]` to the finished tokenizer, so that it has nothing to teach.
const MAX_CHARS_PER_WORD: usize = 100;

/// Which pair of neighbouring pieces becomes a new piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PieceRule {
    /// The most frequent one. This is byte pair encoding with `##`, and what the `tokenizers` library (and so every
    /// vocabulary trained with it) calls WordPiece training.
    #[default]
    Frequency,
    /// The one that raises the likelihood of the texts most under a unigram model of the pieces, as the WordPiece
    /// paper has it (Schuster and Nakajima 2012): the frequency of the pair weighted by how much more often its
    /// halves meet than chance would have them meet. Training ends early where no merge raises it.
    Likelihood,
}

/// Trains a WordPiece vocabulary for BERT: `[PAD] [UNK] [CLS] [SEP] [MASK]` at ids 0 to 4, then the characters, then
/// the characters that continue a word, then the merged pieces in the order in which they were found.
#[derive(Debug, Clone)]
pub struct WordPiece {
    /// The most tokens that the vocabulary may have, special tokens included.
    pub vocab_size: usize,
    /// A pair that occurs less often is never merged.
    pub min_frequency: u64,
    /// The most different characters; the rarest beyond them become `[UNK]`.
    pub limit_alphabet: usize,
    /// Whether text is lower-cased (and, unless `strip_accents` says otherwise, loses its accents).
    pub lowercase: bool,
    /// Whether accents are stripped; `None` follows `lowercase`.
    pub strip_accents: Option<bool>,
    /// Which pair becomes a new piece.
    pub rule: PieceRule,
    /// The longest row of the model to come, stored as `model_max_length`.
    pub max_length: Option<usize>,
}

impl Default for WordPiece {
    fn default() -> Self {
        Self {
            vocab_size: 30_522,
            min_frequency: 2,
            limit_alphabet: 1000,
            lowercase: true,
            strip_accents: None,
            rule: PieceRule::Frequency,
            max_length: Some(512),
        }
    }
}

impl WordPiece {
    /// Trains on a stream of texts; `progress` is called now and then.
    ///
    /// # Errors
    /// Where a text cannot be had or `vocab_size` leaves no room for a character beside the special tokens.
    pub fn train<E: Display>(
        &self,
        texts: impl Iterator<Item = Result<String, E>>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Tokenizer, Error> {
        let rules = Rules {
            lowercase: self.lowercase,
            strip_accents: self.strip_accents,
            split_chinese_chars: true,
            never_split: Vec::new(),
        };
        let splitter = Splitter::new(rules.normalizer(), Rules::pre_tokenizer())?;
        let mut counts = count(texts, &splitter, progress)?;
        counts.retain(|(word, _)| word.chars().count() <= MAX_CHARS_PER_WORD);
        let vocabulary = self.learn(&counts, progress)?;
        self.finish(&rules, &vocabulary)
    }

    /// Trains on texts that are at hand.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_from<T: Into<String>>(&self, texts: impl IntoIterator<Item = T>) -> Result<Tokenizer, Error> {
        self.train(at_hand(texts), &mut |_| {})
    }

    fn learn(&self, counts: &Counts, progress: &mut dyn FnMut(Progress)) -> Result<Vec<String>, Error> {
        let symbols = self.first_symbols(counts)?;
        let ids: HashMap<&str, u32> = symbols.iter().map(String::as_str).zip(0..).collect();
        let words = counts
            .iter()
            .filter_map(|(word, count)| {
                let symbols = spell(word).map(|symbol| ids.get(symbol.as_str()).copied());
                Some((symbols.collect::<Option<Vec<u32>>>()?, *count))
            })
            .collect();
        let goal = Goal { symbols: self.vocab_size, min_frequency: self.min_frequency };
        let join =
            |first: &str, second: &str| format!("{first}{}", second.strip_prefix(CONTINUATION).unwrap_or(second));
        let total = u64::try_from(self.vocab_size).ok();
        let report = |done: usize| progress(Progress { stage: Stage::Learning, done: done as u64, total });
        let Learned { symbols, .. } = match self.rule {
            PieceRule::Frequency => learn(words, symbols, &goal, &MostFrequent, join, report),
            PieceRule::Likelihood => learn(words, symbols, &goal, &MostLikely, join, report),
        };
        Ok(symbols)
    }

    /// The special tokens and the alphabet: the most frequent characters that the vocabulary has room for.
    ///
    /// A word with any other character is `[UNK]` to the finished tokenizer.
    fn first_symbols(&self, counts: &Counts) -> Result<Vec<String>, Error> {
        let mut alphabet: HashMap<char, (u64, bool)> = HashMap::new(); // how often, and whether inside words
        for (word, count) in counts {
            for (index, char) in word.chars().enumerate() {
                let (total, inside) = alphabet.entry(char).or_default();
                *total += count;
                *inside |= index > 0;
            }
        }
        let mut by_frequency: Vec<(char, (u64, bool))> = alphabet.into_iter().collect();
        by_frequency.sort_unstable_by_key(|&(char, (count, _))| (std::cmp::Reverse(count), char));
        by_frequency.truncate(self.limit_alphabet);

        let (mut starts, mut continuations) = (Vec::new(), Vec::new());
        for (char, (_, inside)) in by_frequency {
            let cost = 1 + usize::from(inside);
            if SPECIAL.len() + starts.len() + continuations.len() + cost > self.vocab_size {
                break;
            }
            starts.push(char);
            if inside {
                continuations.push(char);
            }
        }
        if starts.is_empty() && !counts.is_empty() || self.vocab_size < SPECIAL.len() {
            let least = SPECIAL.len() + 2;
            let message = format!("vocab_size {} is too small: expected at least {least}", self.vocab_size);
            return Err(Error::Training(message));
        }
        starts.sort_unstable();
        continuations.sort_unstable();
        let special = SPECIAL.iter().map(|&token| token.to_owned());
        let starts = starts.into_iter().map(String::from);
        let continuations = continuations.into_iter().map(|char| format!("{CONTINUATION}{char}"));
        Ok(special.chain(starts).chain(continuations).collect())
    }

    fn finish(&self, rules: &Rules, vocabulary: &[String]) -> Result<Tokenizer, Error> {
        let file = Path::new("trained vocabulary");
        let config = Config::trained(rules.to_config(), self.max_length);
        let document = bert::document(file, vocabulary, &SPECIAL.map(str::to_owned), &config, rules)?;
        finish(file, document, config, format!("trained here (WordPiece, {} pieces)", vocabulary.len()))
    }
}

/// A word as its first symbols: the first character plain, the others as continuations.
fn spell(word: &str) -> impl Iterator<Item = String> {
    word.chars().enumerate().map(
        |(index, char)| {
            if index == 0 { char.to_string() } else { format!("{CONTINUATION}{char}") }
        },
    )
}
