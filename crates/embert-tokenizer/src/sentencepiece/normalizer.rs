//! SentencePiece's normaliser: the character map, and what becomes of spaces (google/sentencepiece, `normalizer.cc`).

use crate::charsmap::CharsMap;
use crate::trie::Trie;

/// What stands for a space inside pieces.
pub(crate) const SPACE: char = '▁';

/// The rules of a model file.
#[derive(Debug)]
pub(super) struct Normalizer {
    pub chars: CharsMap,
    /// Pieces that the user wanted whole: the character map does not touch them.
    pub user_defined: Trie,
    pub add_dummy_prefix: bool,
    pub remove_extra_whitespaces: bool,
    pub escape_whitespaces: bool,
    /// Whether the dummy "prefix" comes at the end.
    pub whitespace_as_suffix: bool,
}

impl Normalizer {
    pub(super) fn normalize(&self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let space = if self.escape_whitespaces { SPACE } else { ' ' };
        let mut out = String::with_capacity(text.len() + space.len_utf8());
        if self.add_dummy_prefix && !self.whitespace_as_suffix {
            out.push(space);
        }
        let prefix = out.len();

        let mut rest = text;
        let mut after_space = self.remove_extra_whitespaces;
        while let Some((piece, tail)) = self.next(rest) {
            rest = tail;
            let piece = if after_space { piece.trim_start_matches(' ') } else { piece };
            out.extend(piece.chars().map(|char| if char == ' ' { space } else { char }));
            if !piece.is_empty() {
                after_space = self.remove_extra_whitespaces && piece.ends_with(' ');
            }
        }

        if self.remove_extra_whitespaces {
            out.truncate(out.trim_end_matches(space).len());
            if out.len() < prefix {
                return String::new(); // there was nothing but spaces
            }
        }
        if self.add_dummy_prefix && self.whitespace_as_suffix {
            out.push(space);
        }
        out
    }

    /// Whether the first space of decoded text is none of the original's.
    pub(super) fn drops_first_space(&self) -> bool {
        self.add_dummy_prefix || self.remove_extra_whitespaces
    }

    /// What the start of the text becomes, and the text after it.
    fn next<'a>(&'a self, text: &'a str) -> Option<(&'a str, &'a str)> {
        if let Some((length, _)) = self.user_defined.prefixes(text.as_bytes()).last() {
            return text.split_at_checked(length);
        }
        if let Some((length, replacement)) = self.chars.longest(text) {
            return Some((replacement, text.get(length..)?));
        }
        text.split_at_checked(text.chars().next()?.len_utf8())
    }
}
