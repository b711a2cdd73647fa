//! One input through the library's steps: normalise, pre-tokenize, look up, cut, add the special tokens.
//!
//! The library's own `encode` keeps truncation as state of the tokenizer and counts positions either in characters
//! (through a hash map entry a byte) or in bytes. Here the same steps run one by one, so that truncation is the
//! caller's choice at each call, the windows are only made where they are wanted, and positions come in both counts.

use std::borrow::Cow;

use tokenizers::{
    AddedVocabulary, Encoding, Model, OffsetReferential, OffsetType, PostProcessor, PreTokenizedString, PreTokenizer,
};

use crate::encodings::Encodings;
use crate::input::{Input, Sequence};
use crate::offsets::CharStarts;
use crate::options::EncodeOptions;
use crate::parts::{PART_BYTES, check_length, parts};
use crate::special::Role;
use crate::truncation::Direction;
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

    // Of a single text, what would be cut off need not be encoded.
    let enough = match &options.truncation {
        Some(truncation)
            if second.is_none() && !options.overflow_windows && truncation.direction == Direction::Right =>
        {
            truncation.max_length
        }
        _ => usize::MAX,
    };
    let mut first = sequence(tokenizer, first, 0, first_positions, enough)?;
    let mut second = match second {
        Some(second) => Some(sequence(tokenizer, second, 1, second_positions, enough)?),
        None => None,
    };

    let processor = tokenizer.inner().get_post_processor();
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
    let mut ids = Vec::new();
    for part in parts(text, PART_BYTES, tokenizer.starts_afresh_at_spaces()) {
        let pieces = tokenize(tokenizer, tokenizer.plain(), part)?;
        ids.extend_from_slice(finish(tokenizer, pieces, None, 0, OffsetType::None)?.get_ids());
    }
    // A Unigram vocabulary holds special tokens as pieces, and finds them in text that looks like them.
    if let Some(unknown) = tokenizer.special_tokens().get(Role::Unk) {
        ids.iter_mut().filter(|id| tokenizer.is_special(**id)).for_each(|id| *id = unknown.id);
    }
    Ok(ids)
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
    enough: usize,
) -> Result<Encoding, Error> {
    let mut encoding = match sequence {
        Sequence::Text(text) => in_parts(tokenizer, text, type_id, PART_BYTES, enough)?,
        Sequence::Words(words) => {
            let word = |(word, index): (&Cow<'_, str>, u32)| {
                finish(tokenizer, tokenize(tokenizer, added(tokenizer), word)?, Some(index), type_id, OffsetType::Byte)
            };
            Encoding::merge(words.iter().zip(0..).map(word).collect::<Result<Vec<_>, Error>>()?, false)
        }
    };
    positions.count_in_chars(&mut encoding);
    Ok(encoding)
}

/// The tokens of a text with positions in bytes; a long text is encoded in parts of about `size` bytes, until there are
/// more than `enough` tokens.
fn in_parts(tokenizer: &Tokenizer, text: &str, type_id: u32, size: usize, enough: usize) -> Result<Encoding, Error> {
    if enough == usize::MAX {
        check_length(text.len())?;
    }
    let mut whole = Encoding::default();
    let (mut bytes, mut words) = (0, 0);
    for part in parts(text, size, tokenizer.starts_afresh_at_spaces()) {
        let pieces = tokenize(tokenizer, added(tokenizer), part)?;
        // Counted for a next part only.
        let part_words = if part.len() < text.len() { word_count(&pieces) } else { 0 };
        let mut encoding = finish(tokenizer, pieces, None, type_id, OffsetType::Byte)?;
        if bytes == 0 {
            whole = encoding;
        } else {
            for (start, end) in encoding.get_offsets_mut() {
                (*start, *end) = (*start + bytes, *end + bytes);
            }
            for word in encoding.get_word_ids_mut().iter_mut().flatten() {
                *word += words;
            }
            whole.merge_with(encoding, false);
        }
        if whole.len() > enough {
            break;
        }
        (bytes, words) = (bytes + part.len(), words + part_words);
    }
    Ok(whole)
}

/// How many words a text was split into.
fn word_count(pieces: &PreTokenizedString) -> u32 {
    let words = pieces.get_splits(OffsetReferential::Original, OffsetType::None).len();
    u32::try_from(words).unwrap_or(u32::MAX)
}

/// The added tokens as the tokenizer has them.
fn added(tokenizer: &Tokenizer) -> &AddedVocabulary {
    tokenizer.inner().get_added_vocabulary()
}

/// The library's steps from a text to its pieces.
fn tokenize(tokenizer: &Tokenizer, added: &AddedVocabulary, text: &str) -> Result<PreTokenizedString, Error> {
    check_length(text.len())?;
    let library = tokenizer.inner();
    let mut pieces = added.extract_and_normalize(library.get_normalizer(), text);
    let tokenized = match library.get_pre_tokenizer() {
        Some(pre_tokenizer) => pre_tokenizer.pre_tokenize(&mut pieces),
        None => Ok(()),
    }
    .and_then(|()| library.get_model().tokenize_in_pretokenized(&mut pieces, None));
    tokenized.map_err(|error| Error::library(tokenizer.origin(), error))?;
    Ok(pieces)
}

/// The library's last step: pieces with their ids and positions.
fn finish(
    tokenizer: &Tokenizer,
    pieces: PreTokenizedString,
    word: Option<u32>,
    type_id: u32,
    offsets: OffsetType,
) -> Result<Encoding, Error> {
    pieces.into_encoding(word, type_id, offsets).map_err(|error| Error::library(tokenizer.origin(), error))
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::{PART_BYTES, in_parts};
    use crate::Tokenizer;

    static TOKENIZERS: LazyLock<Vec<Tokenizer>> = LazyLock::new(|| {
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
        ["wordpiece_uncased", "bpe_roberta", "bpe_roberta_prefix_space", "spm_albert_lower"]
            .iter()
            .map(|name| Tokenizer::from_dir(&reference.join(name)).unwrap())
            .collect()
    });

    proptest! {
        #[test]
        fn the_parts_of_a_text_give_what_the_whole_gives(
            text in r"([a-z.,'é日]{0,5}[ \n\u{a0}\u{301}]{0,3}|\[MASK\]|<mask>){0,9}",
        ) {
            for tokenizer in &*TOKENIZERS {
                let whole = in_parts(tokenizer, &text, 0, PART_BYTES, usize::MAX).unwrap();
                prop_assert_eq!(in_parts(tokenizer, &text, 0, 1, usize::MAX).unwrap(), whole, "{}", tokenizer.origin());
            }
        }
    }
}
