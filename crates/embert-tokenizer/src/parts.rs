//! Cutting a long text into parts that can be encoded one after another.
//!
//! The library's steps need up to two hundred bytes of memory a byte of text. The parts together give exactly what the
//! whole text gives, because they begin at a space at which every step starts afresh.

use serde_json::{Value, json};

use crate::Error;

/// A text up to this size is one part.
pub(crate) const PART_BYTES: usize = 1 << 20;

/// More text is not encoded at once: it would take gigabytes of memory.
const LONGEST_BYTES: usize = 16 << 20;

/// Whether a pipeline starts afresh at the space after an ASCII character.
///
/// It does if no normaliser looks beyond a space, if the splitter always splits there (a space may stay at the
/// beginning of a word, never at its end) and if no added token reaches over spaces to its right.
pub(crate) fn starts_afresh_at_spaces(library: &tokenizers::Tokenizer) -> bool {
    normalizer_does(&json!(library.get_normalizer()))
        && splitter_does(&json!(library.get_pre_tokenizer()))
        && !library
            .get_added_tokens_decoder()
            .values()
            .any(|token| token.rstrip || token.content.contains(char::is_whitespace))
}

fn normalizer_does(normalizer: &Value) -> bool {
    match normalizer["type"].as_str() {
        None => normalizer.is_null(),
        Some("BertNormalizer" | "NFC" | "NFD" | "NFKC" | "NFKD" | "StripAccents" | "Lowercase" | "Precompiled") => true,
        Some("Replace") => {
            normalizer["pattern"]["String"].as_str().is_some_and(|from| !from.contains(char::is_whitespace))
        }
        Some("Sequence") => normalizer["normalizers"].as_array().is_some_and(|steps| steps.iter().all(normalizer_does)),
        Some(_) => false,
    }
}

fn splitter_does(splitter: &Value) -> bool {
    match splitter["type"].as_str() {
        Some("BertPreTokenizer" | "WhitespaceSplit") => true,
        Some("ByteLevel") => splitter["use_regex"] == true,
        Some("Sequence") => splitter["pretokenizers"]
            .as_array()
            .and_then(|steps| steps.first())
            .is_some_and(|first| matches!(first["type"].as_str(), Some("BertPreTokenizer" | "WhitespaceSplit"))),
        _ => false,
    }
}

/// The parts of a text: of about `size` bytes where it may be cut, in one where it may not.
pub(crate) fn parts(text: &str, size: usize, may_be_cut: bool) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let end = if may_be_cut && text.len() > size { cut(text, size) } else { None };
        let (part, tail) = end.and_then(|end| text.split_at_checked(end)).map_or((text, None), |(a, b)| (a, Some(b)));
        rest = tail;
        Some(part)
    })
}

/// Refuses what would take gigabytes of memory.
pub(crate) fn check_length(bytes: usize) -> Result<(), Error> {
    if bytes > LONGEST_BYTES {
        return Err(Error::TooLong { bytes, limit: LONGEST_BYTES });
    }
    Ok(())
}

/// The first space after `size` bytes that follows an ASCII character which is no space itself.
fn cut(text: &str, size: usize) -> Option<usize> {
    let pairs = text.as_bytes().windows(2).zip(1..).skip(size.saturating_sub(1));
    pairs.into_iter().find_map(|(pair, position)| match pair {
        [before, b' '] if before.is_ascii_graphic() => Some(position),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_part_ends_before_a_space_and_nothing_is_lost() {
        let cut = |text, may_be_cut| parts(text, 4, may_be_cut).collect::<Vec<_>>();
        assert_eq!(cut("one two  three é four", true), ["one two", "  three", " é four"]);
        assert_eq!(cut("one two", false), ["one two"]);
        assert_eq!(cut("", true), [""]);
    }
}
