//! Training a byte-level BPE vocabulary.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;

use serde_json::{Map, Value};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use super::merges::{Goal, Learned, MostFrequent, learn};
use super::words::{Splitter, count};
use super::{Progress, Stage, at_hand, finish};
use crate::config::Config;
use crate::roberta::{self, Rules, SPECIAL};
use crate::special::Spellings;
use crate::{Error, Tokenizer};

/// Trains a byte-level BPE vocabulary for RoBERTa: `<s> <pad> </s> <unk>` at ids 0 to 3, then the 256 bytes, then the
/// merged pieces in the order in which they were found, and `<mask>` last.
#[derive(Debug, Clone)]
pub struct ByteLevelBpe {
    /// The most tokens that the vocabulary may have, special tokens included.
    pub vocab_size: usize,
    /// A pair that occurs less often is never merged.
    pub min_frequency: u64,
    /// Whether a text without a space at its start gets one, so that its first word is spelled as any other.
    pub add_prefix_space: bool,
    /// The longest row of the model to come, stored as `model_max_length`.
    pub max_length: Option<usize>,
}

impl Default for ByteLevelBpe {
    fn default() -> Self {
        Self { vocab_size: 50_265, min_frequency: 2, add_prefix_space: false, max_length: Some(512) }
    }
}

impl ByteLevelBpe {
    /// Trains on a stream of texts; `progress` is called now and then.
    ///
    /// # Errors
    /// Where a text cannot be had or `vocab_size` leaves no room for the bytes and the special tokens.
    pub fn train<E: Display>(
        &self,
        texts: impl Iterator<Item = Result<String, E>>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Tokenizer, Error> {
        let rules = Rules { add_prefix_space: self.add_prefix_space, trim_offsets: true };
        let special = SPECIAL.map(str::to_owned);
        let symbols = first_symbols(&special);
        let least = symbols.len() + 1;
        if self.vocab_size < least {
            let message = format!("vocab_size {} is too small: expected at least {least}", self.vocab_size);
            return Err(Error::Training(message));
        }
        let splitter = Splitter::new(Value::Null, rules.pre_tokenizer())?;
        let ids: HashMap<&str, u32> = symbols.iter().map(String::as_str).zip(0..).collect();
        let spell = |word: &str| {
            let mut byte = [0; 4];
            word.chars().map(|char| ids.get(&*char.encode_utf8(&mut byte)).copied()).collect::<Option<Vec<u32>>>()
        };
        let counts = count(texts, &splitter, progress)?;
        let words = counts.into_iter().filter_map(|(word, count)| Some((spell(&word)?, count))).collect();

        let total = u64::try_from(self.vocab_size).ok();
        let report = |done: usize| progress(Progress { stage: Stage::Learning, done: done as u64 + 1, total });
        let goal = Goal { symbols: self.vocab_size - 1, min_frequency: self.min_frequency };
        let join = |first: &str, second: &str| format!("{first}{second}");
        let learned = learn(words, symbols, &goal, &MostFrequent, join, report);
        self.finish(learned, &special, &rules)
    }

    /// Trains on texts that are at hand.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_from<T: Into<String>>(&self, texts: impl IntoIterator<Item = T>) -> Result<Tokenizer, Error> {
        self.train(at_hand(texts), &mut |_| {})
    }

    fn finish(&self, learned: Learned, special: &Spellings, rules: &Rules) -> Result<Tokenizer, Error> {
        let spelling = |id: u32| usize::try_from(id).ok().and_then(|id| learned.symbols.get(id)).cloned();
        let merges: Vec<(String, String)> =
            learned.merges.iter().filter_map(|&(first, second)| spelling(first).zip(spelling(second))).collect();
        let [_, _, _, _, mask] = special;
        let vocabulary: Map<String, Value> =
            learned.symbols.iter().chain([mask]).enumerate().map(|(id, token)| (token.clone(), id.into())).collect();
        let size = vocabulary.len();
        let config = Config::trained(rules.to_config(), self.max_length);
        let file = Path::new("trained vocabulary");
        let document = roberta::document(file, vocabulary, &merges, special, &config, rules)?;
        finish(file, document, config, format!("trained here (byte-level BPE, {size} pieces)"))
    }
}

/// The special tokens but the mask, in RoBERTa's order, and the bytes as printable characters.
fn first_symbols([pad, unk, cls, sep, _]: &Spellings) -> Vec<String> {
    let mut bytes: Vec<char> = ByteLevel::alphabet().into_iter().collect();
    bytes.sort_unstable();
    let special = [cls, pad, sep, unk].map(String::clone);
    special.into_iter().chain(bytes.into_iter().map(String::from)).collect()
}
