//! Counting the words of a stream of texts.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;
use tokenizers::{
    NormalizedString, Normalizer, NormalizerWrapper, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
    PreTokenizerWrapper,
};

use super::{Progress, Stage};
use crate::Error;

/// How many bytes of text are read before they are counted on all cores.
const BYTES_PER_ROUND: usize = 8 << 20;

/// A longer text is counted in parts, cut at spaces: the normaliser needs some fifty bytes of memory a byte of text.
const BYTES_PER_PART: usize = 64 << 10;

/// What the table of words may take, in bytes: some three million words.
const MOST_BYTES: usize = 256 << 20;

/// What a word takes in the table besides its letters: a string, a count, their places in the table and on the heap.
const BYTES_PER_WORD: usize = 64;

/// Words and how often they occur, in the order of their spelling.
pub(crate) type Counts = Vec<(String, u64)>;

/// The part of a pipeline that comes before the vocabulary: it says what a word is.
pub(crate) struct Splitter {
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: PreTokenizerWrapper,
}

impl Splitter {
    /// The splitter of a `tokenizer.json` document's `normalizer` and `pre_tokenizer`.
    pub(crate) fn new(normalizer: Value, pre_tokenizer: Value) -> Result<Self, Error> {
        let broken = |error: serde_json::Error| {
            Error::content(Path::new("tokenizer.json"), "pipeline", "a tokenizer", error.to_string())
        };
        Ok(Self {
            normalizer: serde_json::from_value(normalizer).map_err(broken)?,
            pre_tokenizer: serde_json::from_value(pre_tokenizer).map_err(broken)?,
        })
    }

    /// Calls `word` for each word of a text.
    fn split(&self, text: &str, mut word: impl FnMut(&str)) -> Result<(), Error> {
        let refused = |error| Error::library("training texts", error);
        let mut text = NormalizedString::from(text);
        if let Some(normalizer) = &self.normalizer {
            normalizer.normalize(&mut text).map_err(refused)?;
        }
        let mut pieces = PreTokenizedString::from(text);
        self.pre_tokenizer.pre_tokenize(&mut pieces).map_err(refused)?;
        for (piece, _, _) in pieces.get_splits(OffsetReferential::Original, OffsetType::None) {
            if !piece.is_empty() {
                word(piece);
            }
        }
        Ok(())
    }
}

/// Counts the words of all texts, in memory that does not grow with them: where the table of different words is full,
/// the rarest so far are forgotten (lossy counting: Manku & Motwani 2002). What is forgotten follows from the texts
/// alone, not from the threads.
pub(crate) fn count<E: Display>(
    texts: impl Iterator<Item = Result<String, E>>,
    splitter: &Splitter,
    progress: &mut dyn FnMut(Progress),
) -> Result<Counts, Error> {
    let mut counts = Table::new(MOST_BYTES);
    let mut round = Vec::new();
    let (mut pending, mut done) = (0, 0u64);
    for text in texts {
        let text = text.map_err(|error| Error::Texts(error.to_string()))?;
        pending += text.len();
        round.push(text);
        if pending >= BYTES_PER_ROUND {
            add_round(&mut counts, &round, splitter)?;
            round.clear();
            done += u64::try_from(pending).unwrap_or(u64::MAX);
            pending = 0;
            progress(Progress { stage: Stage::Reading, done, total: None });
        }
    }
    add_round(&mut counts, &round, splitter)?;
    done += u64::try_from(pending).unwrap_or(u64::MAX);
    progress(Progress { stage: Stage::Reading, done, total: Some(done) });

    if counts.words.is_empty() {
        return Err(Error::Texts("there is no word in them".into()));
    }
    let mut counts: Counts = counts.words.into_iter().collect();
    counts.par_sort_unstable();
    Ok(counts)
}

/// Words and how often they occur, within bounds.
struct Table {
    words: HashMap<String, u64>,
    most_bytes: usize,
}

impl Table {
    fn new(most_bytes: usize) -> Self {
        Self { words: HashMap::new(), most_bytes }
    }

    fn bytes(&self) -> usize {
        self.words.keys().map(|word| word.len() + BYTES_PER_WORD).sum()
    }

    /// Where the table is full, forgets the rarest words until half of it is free.
    fn make_room(&mut self) {
        if self.bytes() <= self.most_bytes {
            return;
        }
        let mut rare = 1;
        while self.bytes() > self.most_bytes / 2 {
            self.words.retain(|_, count| *count > rare);
            rare *= 2;
        }
        self.words.shrink_to_fit();
    }
}

/// Counts one round of texts on all cores.
fn add_round(table: &mut Table, round: &[String], splitter: &Splitter) -> Result<(), Error> {
    let parts: Vec<&str> = round.iter().flat_map(|text| parts(text, BYTES_PER_PART)).collect();
    let part_counts: Vec<HashMap<String, u64>> = parts
        .par_chunks(parts.len().div_ceil(4 * rayon::current_num_threads()).max(1))
        .map(|parts| {
            let mut counts = HashMap::new();
            for part in parts {
                splitter.split(part, |word| add(&mut counts, word, 1))?;
            }
            Ok(counts)
        })
        .collect::<Result<_, Error>>()?;
    for (word, count) in part_counts.into_iter().flatten() {
        add(&mut table.words, &word, count);
    }
    table.make_room();
    Ok(())
}

fn add(counts: &mut HashMap<String, u64>, word: &str, count: u64) {
    match counts.get_mut(word) {
        Some(total) => *total += count,
        None => {
            counts.insert(word.to_owned(), count);
        }
    }
}

/// Cuts a text into parts of at most `limit` bytes: before a space where there is one, else between characters.
fn parts(mut text: &str, limit: usize) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        if text.len() <= limit {
            return Some(std::mem::take(&mut text));
        }
        let (head, _) = text.split_at(text.floor_char_boundary(limit));
        let cut = head.rfind(char::is_whitespace).filter(|&cut| cut > 0).unwrap_or(head.len());
        let (part, rest) = text.split_at(cut);
        text = rest;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::{BYTES_PER_WORD, Table, parts};

    #[test]
    fn a_full_table_forgets_the_rarest_words_and_keeps_the_rest() {
        let mut table = Table::new(4 * (1 + BYTES_PER_WORD));
        table.words = [("a", 9), ("b", 1), ("c", 2), ("d", 1)].map(|(word, count)| (word.to_owned(), count)).into();
        table.make_room();
        assert_eq!(table.words.len(), 4);
        table.words.insert("e".to_owned(), 3);
        table.make_room();
        let mut left: Vec<&str> = table.words.keys().map(String::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["a", "e"]);
    }

    #[test]
    fn a_long_text_is_cut_before_spaces_and_nothing_is_lost() {
        let text = "one two three é four";
        let cut: Vec<&str> = parts(text, 9).collect();
        assert_eq!(cut, ["one two", " three", " é four"]);
        assert_eq!(parts("éééé", 3).collect::<String>(), "éééé");
    }
}
