//! Two segments, and a question about them: whether the second follows the first (Devlin et al. 2018, section 3.1 and
//! appendix A.2), or which of them comes first (Lan et al. 2020, section 3.1).
//!
//! The rules are those of Google's `create_pretraining_data.py`: sentences are gathered until they fill the target
//! length, and the gathered sentences are cut in two at random.
//!
//! - Next sentence: half of the time the second part is replaced by sentences from elsewhere. The sentences so displaced
//!   are put back and start the next example, so that none is lost. Where the original may, once in a long while, take
//!   the "random" segment from the same document, this never does.
//! - Sentence order: half of the time the two parts are swapped. A single sentence is cut in two itself, so that both
//!   parts follow each other as the paper has it; ALBERT's code takes a random second segment there, and calls it swapped.

use embert_objectives::random::stream;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::{Error, Example, Template, TokenizedDocument};

/// One token in each segment.
const SHORTEST_TARGET: usize = 2;
/// How often two segments are swapped.
const SWAP_PROBABILITY: f64 = 0.5;

/// What is asked about two segments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PairRule {
    /// Whether the second follows the first.
    NextSentence {
        /// How often it comes from another document, where there is a choice. A chunk of a single sentence leaves none,
        /// so the share over a corpus is larger than this.
        random_next_probability: f64,
    },
    /// Whether they are in order.
    SentenceOrder,
}

/// How sentence pairs are made.
#[derive(Debug, Clone, PartialEq)]
pub struct PairConfig {
    /// What is asked about them.
    pub rule: PairRule,
    /// No example is longer than this, special tokens included.
    pub max_length: usize,
    /// How often the target is a random shorter length, so that a model meets short inputs before it is fine-tuned.
    pub short_sequence_probability: f64,
    /// The special tokens.
    pub template: Template,
}

impl PairConfig {
    /// BERT's: 10 % short sequences, 50 % random second segments.
    pub fn next_sentence(max_length: usize, template: Template) -> Self {
        let rule = PairRule::NextSentence { random_next_probability: 0.5 };
        Self { rule, max_length, short_sequence_probability: 0.1, template }
    }

    /// ALBERT's: 10 % short sequences.
    pub fn sentence_order(max_length: usize, template: Template) -> Self {
        Self { rule: PairRule::SentenceOrder, ..Self::next_sentence(max_length, template) }
    }

    /// How many tokens an example has room for.
    fn max_tokens(&self) -> Result<usize, Error> {
        let special = self.template.pair_tokens();
        match self.max_length.checked_sub(special) {
            Some(room) if room >= SHORTEST_TARGET => Ok(room),
            _ => Err(Error::MaxLengthTooSmall { found: self.max_length, expected: special + SHORTEST_TARGET }),
        }
    }
}

/// Every example of one epoch over `documents`, shuffled.
///
/// # Errors
/// See [`SentencePairs::new`].
pub fn sentence_pairs(
    documents: &[TokenizedDocument],
    config: &PairConfig,
    seed: u64,
    epoch: u64,
) -> Result<Vec<Example>, Error> {
    let pairs = SentencePairs::new(documents, config)?;
    let mut examples: Vec<_> =
        (0..pairs.document_count()).flat_map(|index| pairs.of_document(index, seed, epoch)).collect();
    examples.shuffle(&mut stream(b"pairs-sh", seed, epoch, 0));
    Ok(examples)
}

/// The maker of sentence pairs, one document at a time.
#[derive(Debug, Clone)]
pub struct SentencePairs<'a> {
    documents: Vec<Vec<&'a [u32]>>, // without empty sentences and empty documents
    config: &'a PairConfig,
    max_tokens: usize,
}

impl<'a> SentencePairs<'a> {
    /// Checks the settings, and that there is another document where a random segment is taken from one.
    ///
    /// # Errors
    /// A length without room for a token in each segment, a probability outside `[0, 1]`, or fewer than two documents
    /// with a token in them.
    pub fn new(documents: &'a [TokenizedDocument], config: &'a PairConfig) -> Result<Self, Error> {
        let (random_next, fewest_documents) = match config.rule {
            PairRule::NextSentence { random_next_probability } => (random_next_probability, 2),
            PairRule::SentenceOrder => (0.0, 0),
        };
        let probabilities = [
            ("short_sequence_probability", config.short_sequence_probability),
            ("random_next_probability", random_next),
        ];
        for (name, found) in probabilities {
            if !(0.0..=1.0).contains(&found) {
                return Err(Error::NotAShare { name, found });
            }
        }
        let max_tokens = config.max_tokens()?;
        let documents: Vec<Vec<&[u32]>> = documents
            .iter()
            .map(|document| document.sentences.iter().map(Vec::as_slice).filter(|s| !s.is_empty()).collect())
            .filter(|sentences: &Vec<_>| !sentences.is_empty())
            .collect();
        if documents.len() < fewest_documents {
            return Err(Error::TooFewDocuments { found: documents.len() });
        }
        Ok(Self { documents, config, max_tokens })
    }

    /// How many documents have a token in them.
    pub fn document_count(&self) -> usize {
        self.documents.len()
    }

    /// The examples whose first segment is from document `index`, in the document's order; none if there is no such
    /// document. They depend on `seed`, `epoch` and `index` alone.
    pub fn of_document(&self, index: usize, seed: u64, epoch: u64) -> Vec<Example> {
        let Some(document) = self.documents.get(index) else { return Vec::new() };
        let mut rng = stream(b"pairs   ", seed, epoch, index as u64);
        let target = if rng.random::<f64>() < self.config.short_sequence_probability {
            rng.random_range(SHORTEST_TARGET..=self.max_tokens)
        } else {
            self.max_tokens
        };

        let mut examples = Vec::new();
        let mut rest = document.as_slice();
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(sentences_to_fill(rest, target));
            let a_end = if chunk.len() > 1 { rng.random_range(1..chunk.len()) } else { 1 };
            let (first, second) = chunk.split_at(a_end);
            rest = after;
            match self.config.rule {
                PairRule::NextSentence { random_next_probability } => {
                    if second.is_empty() || rng.random::<f64>() < random_next_probability {
                        let length: usize = first.iter().map(|sentence| sentence.len()).sum();
                        let other = self.another_documents_sentences(index, target.saturating_sub(length), &mut rng);
                        examples.push(self.example(&first.concat(), &other.concat(), 1, &mut rng));
                        rest = &document[document.len() - second.len() - after.len()..]; // `second` is put back
                    } else {
                        examples.push(self.example(&first.concat(), &second.concat(), 0, &mut rng));
                    }
                }
                PairRule::SentenceOrder => {
                    let (mut first, mut second) = (first.concat(), second.concat());
                    if second.is_empty() && first.len() > 1 {
                        second = first.split_off(rng.random_range(1..first.len()));
                    }
                    if second.is_empty() {
                        continue; // a single token has no order
                    }
                    let is_swapped = rng.random::<f64>() < SWAP_PROBABILITY;
                    if is_swapped {
                        (first, second) = (second, first);
                    }
                    examples.push(self.example(&first, &second, is_swapped.into(), &mut rng));
                }
            }
        }
        examples
    }

    /// Sentences from a random place of a random document other than `index`, enough to fill `target` tokens if it has
    /// as many, and at least one.
    fn another_documents_sentences(&self, index: usize, target: usize, rng: &mut ChaCha8Rng) -> &[&'a [u32]] {
        // One number fewer than there are documents, and `index` is stepped over.
        let drawn = rng.random_range(0..self.documents.len() - 1);
        let other = &self.documents[if drawn < index { drawn } else { drawn + 1 }];
        let start = &other[rng.random_range(0..other.len())..];
        &start[..sentences_to_fill(start, target)]
    }

    fn example(&self, a: &[u32], b: &[u32], label: u32, rng: &mut ChaCha8Rng) -> Example {
        let (a, b) = truncate(a, b, self.max_tokens, rng);
        self.config.template.pair(a, b, label)
    }
}

/// How many of `sentences`, from the first on, have `target` tokens together: all of them if they have fewer.
fn sentences_to_fill(sentences: &[&[u32]], target: usize) -> usize {
    let mut length = 0;
    for (count, sentence) in (1..).zip(sentences) {
        length += sentence.len();
        if length >= target {
            return count;
        }
    }
    sentences.len()
}

/// Takes tokens off the longer segment (the second where they are equal), from its front or its back at random, until
/// both fit.
fn truncate<'t>(mut a: &'t [u32], mut b: &'t [u32], max_tokens: usize, rng: &mut ChaCha8Rng) -> (&'t [u32], &'t [u32]) {
    while a.len() + b.len() > max_tokens {
        let longer = if a.len() > b.len() { &mut a } else { &mut b };
        if rng.random::<f64>() < 0.5 {
            *longer = &longer[1..];
        } else {
            *longer = &longer[..longer.len() - 1];
        }
    }
    (a, b)
}
