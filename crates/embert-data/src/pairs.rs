//! Two segments, of which the second follows the first or does not (Devlin et al. 2019, section 3.1 and appendix A.2).
//!
//! The rules are those of Google's `create_pretraining_data.py`: sentences are gathered until they fill the target
//! length, the gathered sentences are cut in two at random, and half of the time the second part is replaced by
//! sentences from elsewhere. The sentences so displaced are put back and start the next example, so that none is lost.
//! Where the original may, once in a long while, take the "random" segment from the same document, this never does.

use embert_objectives::random::stream;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::{Error, TokenizedDocument};

/// `[CLS]`, `[SEP]` and `[SEP]`.
const SPECIAL_TOKENS: usize = 3;
/// One token in each segment.
const SHORTEST_TARGET: usize = 2;

/// How sentence pairs are made.
#[derive(Debug, Clone, PartialEq)]
pub struct PairConfig {
    /// No example is longer than this, special tokens included.
    pub max_length: usize,
    /// How often the target is a random shorter length, so that a model meets short inputs before it is fine-tuned.
    pub short_sequence_probability: f64,
    /// How often the second segment comes from another document, where there is a choice. A chunk of a single
    /// sentence leaves none, so the share over a corpus is larger than this.
    pub random_next_probability: f64,
    /// The id of `[CLS]`.
    pub cls_id: u32,
    /// The id of `[SEP]`.
    pub sep_id: u32,
}

impl PairConfig {
    /// The paper's settings: 10 % short sequences, 50 % random second segments.
    pub fn new(max_length: usize, cls_id: u32, sep_id: u32) -> Self {
        Self { max_length, short_sequence_probability: 0.1, random_next_probability: 0.5, cls_id, sep_id }
    }

    /// How many tokens an example has room for.
    fn max_tokens(&self) -> Result<usize, Error> {
        match self.max_length.checked_sub(SPECIAL_TOKENS) {
            Some(room) if room >= SHORTEST_TARGET => Ok(room),
            _ => Err(Error::MaxLengthTooSmall { found: self.max_length, expected: SPECIAL_TOKENS + SHORTEST_TARGET }),
        }
    }
}

/// `[CLS] A [SEP] B [SEP]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairExample {
    /// The token ids, special tokens included.
    pub ids: Vec<u32>,
    /// 0 up to the first `[SEP]`, 1 from there on.
    pub type_ids: Vec<u32>,
    /// Whether B comes from another document. Hugging Face's `next_sentence_label` is 1 where this is true.
    pub is_random_next: bool,
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
) -> Result<Vec<PairExample>, Error> {
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
    /// Checks the settings, and that there is another document to take a random segment from.
    ///
    /// # Errors
    /// A length without room for a token in each segment, a probability outside `[0, 1]`, or fewer than two documents
    /// with a token in them.
    pub fn new(documents: &'a [TokenizedDocument], config: &'a PairConfig) -> Result<Self, Error> {
        let probabilities = [
            ("short_sequence_probability", config.short_sequence_probability),
            ("random_next_probability", config.random_next_probability),
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
        if documents.len() < 2 {
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
    pub fn of_document(&self, index: usize, seed: u64, epoch: u64) -> Vec<PairExample> {
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
            let is_random_next = second.is_empty() || rng.random::<f64>() < self.config.random_next_probability;
            if is_random_next {
                let length: usize = first.iter().map(|sentence| sentence.len()).sum();
                let other = self.another_documents_sentences(index, target.saturating_sub(length), &mut rng);
                examples.push(self.example(first, other, true, &mut rng));
                rest = &rest[a_end..]; // the sentences of `second` are put back
            } else {
                examples.push(self.example(first, second, false, &mut rng));
                rest = after;
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

    fn example(&self, a: &[&[u32]], b: &[&[u32]], is_random_next: bool, rng: &mut ChaCha8Rng) -> PairExample {
        let (a, b) = (a.concat(), b.concat());
        let (a, b) = truncate(&a, &b, self.max_tokens, rng);
        let (cls, sep) = ([self.config.cls_id], [self.config.sep_id]);
        let mut type_ids = vec![0; a.len() + 2];
        type_ids.resize(a.len() + b.len() + SPECIAL_TOKENS, 1);
        PairExample { ids: [&cls, a, &sep, b, &sep].concat(), type_ids, is_random_next }
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
