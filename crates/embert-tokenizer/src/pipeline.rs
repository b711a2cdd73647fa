//! One input through the library's steps: normalise, pre-tokenize, look up, cut, add the special tokens.
//!
//! The library's own `encode` keeps truncation as state of the tokenizer and counts positions either in characters
//! (through a hash map entry a byte) or in bytes. Here the same steps run one by one, so that truncation is the
//! caller's choice at each call, the windows are only made where they are wanted, and positions come in both counts.

use std::borrow::Cow;

use tokenizers::{Encoding, Model, OffsetType, PostProcessor, PreTokenizer};

use crate::encodings::Encodings;
use crate::input::{Input, Sequence};
use crate::offsets::CharStarts;
use crate::options::EncodeOptions;
use crate::{Error, Tokenizer};

/// Encodes one input and adds its row, and its overflow windows where they are asked for, to `out`.
pub(crate) fn encode(
    tokenizer: &Tokenizer,
    input: &Input<'_>,
    index: usize,
    options: &EncodeOptions,
    out: &mut Encodings,
) -> Result<(), Error> {
    let (first, second) = input.sequences();
    let positions = [Positions::of(first), second.map_or(Positions::Same, Positions::of)];
    let [first_positions, second_positions] = &positions;

    let mut first = sequence(tokenizer, first, 0, first_positions)?;
    let mut second = match second {
        Some(second) => Some(sequence(tokenizer, second, 1, second_positions)?),
        None => None,
    };

    let processor = tokenizer.library().get_post_processor();
    if let Some(truncation) = &options.truncation {
        let added = |pair| match processor {
            Some(processor) if options.add_special_tokens => processor.added_tokens(pair),
            _ => 0,
        };
        let room = truncation.room(added(false), added(second.is_some()))?;
        if let Some(room) = room {
            truncation.apply(&mut first, second.as_mut(), room)?;
        }
    }
    if !options.overflow_windows {
        first.set_overflowing(Vec::new());
        if let Some(second) = &mut second {
            second.set_overflowing(Vec::new());
        }
    }

    let row = match processor {
        Some(processor) => processor
            .process(first, second, options.add_special_tokens)
            .map_err(|error| Error::library(tokenizer.origin(), error))?,
        None => plain(first, second),
    };

    let to_bytes = |sequence: u8, word: Option<u32>, position: usize| match positions.get(usize::from(sequence)) {
        Some(positions) => positions.byte_at(word, position),
        None => position,
    };
    out.push(&row, index, options.tokens, to_bytes);
    for window in row.get_overflowing() {
        out.push(window, index, options.tokens, to_bytes);
    }
    Ok(())
}

/// The ids of one text and nothing else: no special tokens, no positions.
pub(crate) fn ids(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>, Error> {
    let encoding = tokenize(tokenizer, text, None, 0, OffsetType::None)?;
    Ok(encoding.get_ids().to_vec())
}

/// Two texts without a template are put one after the other.
fn plain(mut first: Encoding, second: Option<Encoding>) -> Encoding {
    if let Some(mut second) = second {
        first.set_sequence_id(0);
        second.set_sequence_id(1);
        first.merge_with(second, false);
    }
    first
}

/// The tokens of one text, or of its words, with positions in characters.
fn sequence(
    tokenizer: &Tokenizer,
    sequence: Sequence<'_>,
    type_id: u32,
    positions: &Positions,
) -> Result<Encoding, Error> {
    let mut encoding = match sequence {
        Sequence::Text(text) => tokenize(tokenizer, text, None, type_id, OffsetType::Byte)?,
        Sequence::Words(words) => {
            let encodings: Vec<Encoding> = words
                .iter()
                .zip(0u32..)
                .map(|(word, index)| tokenize(tokenizer, word, Some(index), type_id, OffsetType::Byte))
                .collect::<Result<_, _>>()?;
            Encoding::merge(encodings, false)
        }
    };
    positions.count_in_chars(&mut encoding);
    Ok(encoding)
}

/// The library's steps from a text to its tokens.
fn tokenize(
    tokenizer: &Tokenizer,
    text: &str,
    word: Option<u32>,
    type_id: u32,
    offsets: OffsetType,
) -> Result<Encoding, Error> {
    let library = tokenizer.library();
    let mut pieces = library.get_added_vocabulary().extract_and_normalize(library.get_normalizer(), text);
    let tokens = match library.get_pre_tokenizer() {
        Some(pre_tokenizer) => pre_tokenizer.pre_tokenize(&mut pieces),
        None => Ok(()),
    }
    .and_then(|()| library.get_model().tokenize_in_pretokenized(&mut pieces, None))
    .and_then(|()| pieces.into_encoding(word, type_id, offsets));
    tokens.map_err(|error| Error::library(tokenizer.origin(), error))
}

/// Where the characters of a sequence begin.
enum Positions {
    /// All ASCII: characters are bytes.
    Same,
    Text(CharStarts),
    Words(Vec<CharStarts>),
}

impl Positions {
    fn of(sequence: Sequence<'_>) -> Self {
        match sequence {
            Sequence::Text(text) if text.is_ascii() => Self::Same,
            Sequence::Text(text) => Self::Text(CharStarts::of(text)),
            Sequence::Words(words) if words.iter().all(|word: &Cow<'_, str>| word.is_ascii()) => Self::Same,
            Sequence::Words(words) => Self::Words(words.iter().map(|word| CharStarts::of(word)).collect()),
        }
    }

    /// The starts that count for a token of word number `word`.
    fn starts(&self, word: Option<u32>) -> Option<&CharStarts> {
        match self {
            Self::Same => None,
            Self::Text(starts) => Some(starts),
            Self::Words(words) => words.get(usize::try_from(word?).ok()?),
        }
    }

    fn byte_at(&self, word: Option<u32>, position: usize) -> usize {
        self.starts(word).map_or(position, |starts| starts.byte_at(position))
    }

    /// Turns byte positions into character positions.
    fn count_in_chars(&self, encoding: &mut Encoding) {
        if matches!(self, Self::Same) {
            return;
        }
        let words = encoding.get_word_ids().to_vec();
        for (offsets, word) in encoding.get_offsets_mut().iter_mut().zip(words) {
            if let Some(starts) = self.starts(word) {
                *offsets = (starts.char_at(offsets.0), starts.char_at(offsets.1));
            }
        }
    }
}
