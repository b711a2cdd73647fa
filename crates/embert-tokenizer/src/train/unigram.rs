//! Training a Unigram vocabulary (Kudo 2018): from too many pieces down to the ones that the likelihood needs.
//!
//! The steps and their constants are those of google/sentencepiece (`unigram_model_trainer.cc`).

use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;

use super::expectation::{Piece, expect, maximise, prune};
use super::seeds::seeds;
use super::words::{Counts, Splitter, count};
use super::{Progress, Stage, at_hand, finish};
use crate::albert::{self, Rules, SPECIAL};
use crate::config::Config;
use crate::{Error, Tokenizer};

/// How often expectation and maximisation are repeated between two prunings.
const ROUNDS: usize = 2;

/// Pruning stops at this many times the wanted size; the best of what is left is taken.
const SURPLUS: f64 = 1.1;

/// Scores are rounded to this fraction: every reader of `tokenizer.json` gets the same number from so few digits.
const SCORE_STEPS: f64 = 1e6;

/// Trains a Unigram vocabulary for ALBERT: `<pad> <unk> [CLS] [SEP] [MASK]` at ids 0 to 4, then the pieces, the most
/// likely first. Every character of the alphabet is a piece.
///
/// Text is prepared as ALBERT does it, without SentencePiece's character map. The result is no copy of what
/// SentencePiece would find: candidates are counted as often as their words occur, and ties are decided by spelling.
#[derive(Debug, Clone)]
pub struct Unigram {
    /// The most tokens that the vocabulary may have, special tokens included.
    pub vocab_size: usize,
    /// The most different characters; the rarest beyond them become `<unk>`.
    pub limit_alphabet: usize,
    /// The longest piece, in characters.
    pub max_piece_length: usize,
    /// The most candidates to begin with.
    pub seed_size: usize,
    /// The share of the pieces that outlives a pruning.
    pub shrinking_factor: f64,
    /// Whether text is lower-cased.
    pub lowercase: bool,
    /// Whether accents stay.
    pub keep_accents: bool,
    /// The longest row of the model to come, stored as `model_max_length`.
    pub max_length: Option<usize>,
}

impl Default for Unigram {
    fn default() -> Self {
        Self {
            vocab_size: 30_000,
            limit_alphabet: 1000,
            max_piece_length: 16,
            seed_size: 1_000_000,
            shrinking_factor: 0.75,
            lowercase: true,
            keep_accents: false,
            max_length: Some(512),
        }
    }
}

impl Unigram {
    /// Trains on a stream of texts; `progress` is called now and then.
    ///
    /// # Errors
    /// Where a text cannot be had, `vocab_size` leaves no room for a character, or `shrinking_factor` is not between
    /// 0 and 1.
    pub fn train<E: Display>(
        &self,
        texts: impl Iterator<Item = Result<String, E>>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Tokenizer, Error> {
        if !(self.shrinking_factor > 0.0 && self.shrinking_factor < 1.0) {
            let message = format!("shrinking_factor {}: expected a number between 0 and 1", self.shrinking_factor);
            return Err(Error::Training(message));
        }
        let Some(room) = self.vocab_size.checked_sub(SPECIAL.len()).filter(|&room| room > 0) else {
            let least = SPECIAL.len() + 1;
            let message = format!("vocab_size {} is too small: expected at least {least}", self.vocab_size);
            return Err(Error::Training(message));
        };
        let rules = Rules { lowercase: self.lowercase, keep_accents: self.keep_accents, add_prefix_space: true };
        let splitter = Splitter::new(rules.normalizer(&[]), rules.pre_tokenizer())?;
        let counts = count(texts, &splitter, progress)?;
        let pieces = self.learn(counts, room, progress);
        self.finish(&rules, &pieces)
    }

    /// Trains on texts that are at hand.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_from<T: Into<String>>(&self, texts: impl IntoIterator<Item = T>) -> Result<Tokenizer, Error> {
        self.train(at_hand(texts), &mut |_| {})
    }

    /// At most `room` pieces, the most likely first.
    fn learn(&self, counts: Counts, room: usize, progress: &mut dyn FnMut(Progress)) -> Vec<Piece> {
        let alphabet = alphabet(&counts, self.limit_alphabet.min(room));
        let words = within(counts, &alphabet);
        let characters = alphabet.into_iter().map(|(char, count)| (char.to_string(), count));
        let seeds = seeds(&words, self.max_piece_length, self.seed_size);
        let seeds = seeds.into_iter().filter(|(text, _)| !SPECIAL.contains(&text.as_str()));
        let mut pieces = first_pieces(characters.chain(seeds).collect());

        let start = pieces.len();
        let wanted = (room as f64 * SURPLUS) as usize;
        let mut report = |left: usize| {
            let done = start.saturating_sub(left) as u64;
            progress(Progress { stage: Stage::Learning, done, total: u64::try_from(start.saturating_sub(room)).ok() });
        };
        loop {
            for _ in 0..ROUNDS {
                pieces = maximise(&expect(&words, &pieces), pieces);
            }
            report(pieces.len());
            if pieces.len() <= wanted {
                break;
            }
            let size = wanted.max((pieces.len() as f64 * self.shrinking_factor) as usize);
            pieces = prune(&words, pieces, size);
        }

        // The characters first, so that they stay; then what is likely.
        pieces.sort_by(|a, b| (!a.is_char()).cmp(&!b.is_char()).then(b.by_likelihood(a)));
        pieces.truncate(room);
        for piece in &mut pieces {
            piece.score = (piece.score * SCORE_STEPS).round() / SCORE_STEPS;
        }
        pieces.sort_by(|a, b| b.by_likelihood(a));
        report(room.min(start));
        pieces
    }

    fn finish(&self, rules: &Rules, pieces: &[Piece]) -> Result<Tokenizer, Error> {
        let special = SPECIAL.map(|token| (token, 0.0));
        let pieces = pieces.iter().map(|piece| (piece.text.as_str(), piece.score));
        let file = Path::new("trained vocabulary");
        let vocabulary =
            albert::Vocabulary { file, pieces: special.into_iter().chain(pieces).collect(), unknown: 1, charsmap: &[] };
        let config = Config::trained(rules.to_config(), self.max_length);
        let document = albert::document(&vocabulary, &SPECIAL.map(str::to_owned), &config, rules)?;
        finish(file, document, config, format!("trained here (Unigram, {} pieces)", vocabulary.pieces.len()))
    }
}

/// The `limit` most frequent characters with their counts.
fn alphabet(counts: &Counts, limit: usize) -> Vec<(char, u64)> {
    let mut alphabet: HashMap<char, u64> = HashMap::new();
    for (word, count) in counts {
        for char in word.chars() {
            *alphabet.entry(char).or_default() += count;
        }
    }
    let mut alphabet: Vec<(char, u64)> = alphabet.into_iter().collect();
    alphabet.sort_unstable_by_key(|&(char, count)| (std::cmp::Reverse(count), char));
    alphabet.truncate(limit);
    alphabet
}

/// The words cut at characters outside the alphabet.
fn within(counts: Counts, alphabet: &[(char, u64)]) -> Counts {
    let known: std::collections::HashSet<char> = alphabet.iter().map(|&(char, _)| char).collect();
    let mut words: HashMap<String, u64> = HashMap::new();
    for (word, count) in counts {
        for part in word.split(|char| !known.contains(&char)).filter(|part| !part.is_empty()) {
            *words.entry(part.to_owned()).or_default() += count;
        }
    }
    let mut words: Counts = words.into_iter().collect();
    words.sort_unstable();
    words
}

/// Pieces whose likelihood is the share of the text that they could cover.
fn first_pieces(counts: Vec<(String, u64)>) -> Vec<Piece> {
    let cover = |(text, count): &(String, u64)| *count as f64 * text.chars().count() as f64;
    let total = counts.iter().map(cover).sum::<f64>().ln();
    counts
        .into_iter()
        .map(|entry| {
            let score = cover(&entry).ln() - total;
            Piece { text: entry.0, score }
        })
        .collect()
}
