//! The tokenizer: a pipeline of the `tokenizers` library and what the family knows around it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use tokenizers::{AddedVocabulary, Model, ModelWrapper};

use crate::config::Config;
use crate::encodings::Encodings;
use crate::input::Input;
use crate::options::EncodeOptions;
use crate::padding::{Padded, Padding};
use crate::parts::starts_afresh_at_spaces;
use crate::pipeline;
use crate::special::{Role, SpecialTokens};
use crate::truncation::Direction;
use crate::{Error, load, save};

/// How many inputs of a batch one task encodes: enough to pay for the task, few enough to keep all cores busy.
const INPUTS_PER_TASK: usize = 32;

/// Text to ids and back.
///
/// A tokenizer is immutable and cheap to clone: the clones share one vocabulary.
#[derive(Clone)]
pub struct Tokenizer {
    shared: Arc<Shared>,
}

/// Everything that the clones of a tokenizer share.
#[derive(Clone)]
struct Shared {
    inner: tokenizers::Tokenizer,
    plain: AddedVocabulary, // which takes special tokens in a text for text
    config: Config,
    special_tokens: SpecialTokens,
    special_ids: Vec<u32>, // ascending
    max_length: Option<usize>,
    padding_side: Direction,
    vocab_size: usize,
    starts_afresh_at_spaces: bool,
    origin: String,
    spiece: Option<Vec<u8>>, // the SentencePiece file that the directory had, to be saved as it is
}

impl Tokenizer {
    /// Loads the tokenizer of a directory.
    ///
    /// The first of these that is there decides: `tokenizer.json`; `vocab.txt` (WordPiece); `vocab.json` with
    /// `merges.txt` (byte-level BPE); `spiece.model` (Unigram). The raw vocabularies take their rules from
    /// `tokenizer_config.json`. Truncation and padding stored in `tokenizer.json` are ignored: they are the caller's
    /// choice at each call. [`origin`](Self::origin) says what was chosen and why.
    ///
    /// # Errors
    /// Where none of these files is there, or the chosen one is not what its name promises.
    pub fn from_dir(dir: &Path) -> Result<Self, Error> {
        load::from_dir(dir)
    }

    /// Puts the family's knowledge around a pipeline.
    pub(crate) fn new(
        library: tokenizers::Tokenizer,
        config: Config,
        special_tokens: SpecialTokens,
        origin: String,
        spiece: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let mut special_ids: Vec<u32> = library
            .get_added_tokens_decoder()
            .into_iter()
            .filter_map(|(id, token)| token.special.then_some(id))
            .chain(Role::ALL.into_iter().filter_map(|role| special_tokens.get(role)).map(|token| token.id))
            .collect();
        special_ids.sort_unstable();
        special_ids.dedup();
        let shared = Shared {
            max_length: config.max_length()?,
            padding_side: if config.pads_left()? { Direction::Left } else { Direction::Right },
            // Of a file with gaps or repeated lines, there are fewer tokens than ids.
            vocab_size: library.get_vocab(true).values().max().map_or(0, |&id| id as usize + 1),
            starts_afresh_at_spaces: starts_afresh_at_spaces(&library),
            plain: plain(library.get_added_vocabulary()),
            inner: library,
            config,
            special_tokens,
            special_ids,
            origin,
            spiece,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What was chosen and why, in one sentence.
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// Whether a token says that a space precedes it, as those of BPE (`Ġ`) and Unigram (`▁`) do. Those of WordPiece
    /// say that none does (`##`).
    pub fn marks_spaces(&self) -> bool {
        matches!(self.shared.inner.get_model(), ModelWrapper::BPE(_) | ModelWrapper::Unigram(_))
    }

    /// Writes a Hugging Face directory: `tokenizer.json`, `tokenizer_config.json` and the classic vocabulary files.
    ///
    /// Each file is written beside its place and then renamed. A vocabulary that the classic form cannot carry (ids
    /// with gaps, tokens with line ends) is in `tokenizer.json` alone.
    ///
    /// # Errors
    /// Where the directory cannot be made, or a file not written; the files before it are there then.
    pub fn save(&self, dir: &Path) -> Result<(), Error> {
        save::to_dir(self, dir)
    }

    /// The number of tokens, added tokens included: the height of the model's embedding.
    pub fn vocab_size(&self) -> usize {
        self.shared.vocab_size
    }

    /// The tokens with a role.
    pub fn special_tokens(&self) -> &SpecialTokens {
        &self.shared.special_tokens
    }

    /// The ids of all special tokens, ascending: those with a role and any other that the pipeline marks as special.
    pub fn special_ids(&self) -> &[u32] {
        &self.shared.special_ids
    }

    /// Whether an id is one of [`special_ids`](Self::special_ids).
    pub fn is_special(&self, id: u32) -> bool {
        self.shared.special_ids.binary_search(&id).is_ok()
    }

    /// The longest row that the model was made for (`model_max_length`), where the directory states one.
    pub fn max_length(&self) -> Option<usize> {
        self.shared.max_length
    }

    /// The same tokenizer, for a model whose longest row is of `max_length` tokens.
    pub fn with_max_length(&self, max_length: usize) -> Self {
        let mut shared = Shared::clone(&self.shared);
        shared.config.set_max_length(max_length);
        shared.max_length = Some(max_length);
        Self { shared: Arc::new(shared) }
    }

    /// The side on which rows are padded unless the caller says otherwise (`padding_side`).
    pub fn padding_side(&self) -> Direction {
        self.shared.padding_side
    }

    /// The id of a token, by its spelling in the vocabulary.
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        self.shared.inner.token_to_id(token)
    }

    /// The spelling of an id in the vocabulary.
    pub fn id_to_token(&self, id: u32) -> Option<String> {
        self.shared.inner.id_to_token(id)
    }

    /// Encodes one input into one row, followed by its overflow windows where they are asked for.
    ///
    /// # Errors
    /// Where the input cannot be cut as `options` say, a text is too long to be encoded at once, or the library refuses
    /// it.
    pub fn encode<'a>(&self, input: impl Into<Input<'a>>, options: &EncodeOptions) -> Result<Encodings, Error> {
        let mut encodings = Encodings::default();
        pipeline::encode(self, &input.into(), 0, options, &mut encodings)?;
        Ok(encodings)
    }

    /// Encodes many inputs on all cores; the rows are in the order of the inputs.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), of any of the inputs.
    pub fn encode_batch(&self, inputs: &[Input<'_>], options: &EncodeOptions) -> Result<Encodings, Error> {
        let parts: Vec<Encodings> = inputs
            .par_chunks(INPUTS_PER_TASK)
            .enumerate()
            .map(|(task, inputs)| {
                let mut part = Encodings::default();
                for (index, input) in (task * INPUTS_PER_TASK..).zip(inputs) {
                    pipeline::encode(self, input, index, options, &mut part)?;
                }
                Ok(part)
            })
            .collect::<Result<_, Error>>()?;
        Ok(parts
            .into_iter()
            .reduce(|mut all, part| {
                all.append(part);
                all
            })
            .unwrap_or_default())
    }

    /// The ids of a text without special tokens and without any limit: what training data is made of. A text that
    /// speaks of `[MASK]` does not have one: here it is text like any other.
    ///
    /// # Errors
    /// Where a stretch of the text that cannot be parted is too long to be encoded at once, or the library refuses it.
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, Error> {
        pipeline::ids(self, text)
    }

    /// Pads rows to a common length with this tokenizer's padding token.
    ///
    /// # Errors
    /// Where it has none.
    pub fn pad(&self, encodings: Encodings, padding: &Padding) -> Result<Padded, Error> {
        let pad = self.special_tokens().require(Role::Pad)?;
        Ok(Padded::new(encodings, padding, pad, self.padding_side()))
    }

    /// The text of ids; special tokens are left out where `skip_special_tokens` is set.
    ///
    /// # Errors
    /// Where no token has one of the ids, or the library refuses them.
    pub fn decode(&self, ids: &[u32], skip_special_tokens: bool) -> Result<String, Error> {
        if let Some(&id) = ids.iter().find(|&&id| self.id_to_token(id).is_none()) {
            return Err(Error::UnknownId { id, vocab_size: self.vocab_size() });
        }
        self.shared.inner.decode(ids, skip_special_tokens).map_err(|error| Error::library(self.origin(), error))
    }

    pub(crate) fn inner(&self) -> &tokenizers::Tokenizer {
        &self.shared.inner
    }

    /// The added tokens, for texts in which special ones are text.
    pub(crate) fn plain(&self) -> &AddedVocabulary {
        &self.shared.plain
    }

    /// Whether a long text may be encoded in parts.
    pub(crate) fn starts_afresh_at_spaces(&self) -> bool {
        self.shared.starts_afresh_at_spaces
    }

    pub(crate) fn spiece(&self) -> Option<&[u8]> {
        self.shared.spiece.as_deref()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.shared.config
    }
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokenizer")
            .field("origin", &self.origin())
            .field("vocab_size", &self.vocab_size())
            .field("max_length", &self.max_length())
            .finish_non_exhaustive()
    }
}

fn plain(added: &AddedVocabulary) -> AddedVocabulary {
    let mut plain = added.clone();
    plain.set_encode_special_tokens(true);
    plain
}

/// The name of a model's algorithm, for people.
pub(crate) fn algorithm(model: &ModelWrapper) -> &'static str {
    match model {
        ModelWrapper::WordPiece(_) => "WordPiece",
        ModelWrapper::BPE(_) => "BPE",
        ModelWrapper::Unigram(_) => "Unigram",
        ModelWrapper::WordLevel(_) => "WordLevel",
    }
}

/// The tokens of a model's own vocabulary in the order of their ids; `None` where the ids have gaps.
pub(crate) fn vocabulary(model: &ModelWrapper) -> Option<Vec<String>> {
    (0..model.get_vocab_size()).map(|id| model.id_to_token(u32::try_from(id).ok()?)).collect()
}
