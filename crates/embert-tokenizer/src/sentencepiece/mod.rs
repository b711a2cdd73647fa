//! SentencePiece's model file (`spiece.model`), and the pieces that SentencePiece itself makes of a text with it.
//!
//! A [`Tokenizer`](crate::Tokenizer) that is loaded from such a file prepares the text as ALBERT does and uses the
//! pipeline that published ALBERT checkpoints have in `tokenizer.json`. What the file alone says is [`SentencePiece`].

mod normalizer;
mod proto;

use std::path::Path;

use prost::Message;

use crate::Error;
use crate::charsmap::CharsMap;
use crate::lattice::{Lattice, Span};
use crate::trie::Trie;

use normalizer::Normalizer;
pub(crate) use normalizer::SPACE;
use proto::Kind;

/// `model_type` of a Unigram model.
const UNIGRAM: i32 = 1;

/// What an unknown piece looks like in decoded text.
const UNKNOWN_SURFACE: &str = " ⁇ ";

/// A Unigram model of SentencePiece, as its file has it: its own normaliser, its own scores, nothing else.
///
/// ```no_run
/// use embert_tokenizer::SentencePiece;
///
/// let model = SentencePiece::read("albert-base-v2/spiece.model".as_ref())?;
/// let pieces = model.encode("Hello world.");
/// assert_eq!(pieces.first().map(|(_, piece)| piece.as_str()), Some("▁"));
/// # Ok::<(), embert_tokenizer::Error>(())
/// ```
#[derive(Debug)]
pub struct SentencePiece {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    unknown: u32,
    charsmap: Vec<u8>,
    normalizer: Normalizer,
    lattice: Lattice,
}

/// One entry of the vocabulary.
#[derive(Debug)]
struct Piece {
    spelling: String,
    score: f32,
    kind: Kind,
}

impl SentencePiece {
    /// Reads a model file.
    ///
    /// # Errors
    /// Where the file is not such a model or is cut short, where it is no Unigram model, where it has no unknown piece
    /// or where its character map is broken.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(file).map_err(|source| Error::io(file, source))?;
        let wrong = |place: &str, expected: &str, found: String| Error::content(file, place, expected, found);
        if bytes.is_empty() {
            return Err(wrong("content", "a SentencePiece model", "an empty file".to_owned()));
        }
        let model = proto::Model::decode(bytes.as_slice()).map_err(|error| {
            wrong("content", "a SentencePiece model", format!("something else, or a part of one: {error}"))
        })?;
        // The pieces come first in the file: without what follows them, some of them may be missing.
        let (Some(trainer), Some(normalizer)) = (model.trainer, model.normalizer) else {
            let found = format!("{} pieces and nothing after them", model.pieces.len());
            return Err(wrong("content", "pieces, trainer_spec and normalizer_spec", found));
        };
        if trainer.model_type() != UNIGRAM {
            let found = format!("type {}", trainer.model_type());
            return Err(wrong("trainer_spec.model_type", "a Unigram model (type 1)", found));
        }
        if trainer.byte_fallback() {
            let expected = "false: no model of the family spells unknown characters as bytes";
            return Err(wrong("trainer_spec.byte_fallback", expected, "true".to_owned()));
        }

        let pieces = pieces(file, model.pieces)?;
        let of_kind = |kind: Kind| (0..).zip(&pieces).filter(move |(_, piece)| piece.kind == kind);
        let Some((unknown, _)) = of_kind(Kind::Unknown).next() else {
            return Err(wrong("pieces", "an unknown piece", format!("none among {}", pieces.len())));
        };
        let charsmap = normalizer.precompiled_charsmap().to_vec();
        let chars = CharsMap::parse(&charsmap)
            .map_err(|found| wrong("normalizer_spec.precompiled_charsmap", "a character map", found.to_owned()))?;
        let user_defined = of_kind(Kind::UserDefined).map(|(id, piece)| (piece.spelling.as_bytes(), id));
        let normalizer = Normalizer {
            chars,
            user_defined: Trie::new(user_defined),
            add_dummy_prefix: normalizer.add_dummy_prefix(),
            remove_extra_whitespaces: normalizer.remove_extra_whitespaces(),
            escape_whitespaces: normalizer.escape_whitespaces(),
            whitespace_as_suffix: trainer.treat_whitespace_as_suffix(),
        };
        let lattice = lattice(&pieces);
        Ok(Self { bytes, pieces, unknown, charsmap, normalizer, lattice })
    }

    /// The pieces of a text with their ids. Neighbouring characters that no piece spells are one unknown piece.
    pub fn encode(&self, text: &str) -> Vec<(u32, String)> {
        let text = self.normalizer.normalize(text);
        let mut pieces: Vec<(u32, String)> = Vec::new();
        let mut after_unknown = false;
        for Span { start, end, piece, .. } in self.lattice.best(&text, |_| true) {
            let spelling = text.get(start..end).unwrap_or_default();
            match (piece, pieces.last_mut()) {
                (None, Some((_, unknown))) if after_unknown => unknown.push_str(spelling),
                (piece, _) => pieces.push((piece.unwrap_or(self.unknown), spelling.to_owned())),
            }
            after_unknown = piece.is_none();
        }
        pieces
    }

    /// The text of ids: `▁` is a space, control pieces are silent, and an unknown piece is ` ⁇ `.
    ///
    /// # Errors
    /// Where an id is beyond the vocabulary.
    pub fn decode(&self, ids: &[u32]) -> Result<String, Error> {
        let mut text = String::new();
        let mut at_start = true;
        for &id in ids {
            let piece = usize::try_from(id).ok().and_then(|id| self.pieces.get(id));
            let piece = piece.ok_or(Error::UnknownId { id, vocab_size: self.pieces.len() })?;
            let mut spelling = match piece.kind {
                Kind::Control => "",
                Kind::Unknown => UNKNOWN_SURFACE,
                _ => piece.spelling.as_str(),
            };
            let mut started = false;
            if at_start
                && self.normalizer.drops_first_space()
                && let Some(rest) = spelling.strip_prefix(SPACE)
            {
                spelling = rest;
                started = !self.normalizer.remove_extra_whitespaces;
            }
            at_start &= !started && spelling.is_empty();
            text.extend(spelling.chars().map(|char| if char == SPACE { ' ' } else { char }));
        }
        Ok(text)
    }

    /// The spellings and scores of all pieces; the position is the id.
    pub(crate) fn vocabulary(&self) -> impl Iterator<Item = (&str, f64)> {
        self.pieces.iter().map(|piece| (piece.spelling.as_str(), f64::from(piece.score)))
    }

    /// The id of the unknown piece.
    pub(crate) fn unknown(&self) -> u32 {
        self.unknown
    }

    /// The character map as the file has it; empty where the model has none.
    pub(crate) fn charsmap(&self) -> &[u8] {
        &self.charsmap
    }

    /// The whole file.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Checks the pieces: each has a spelling of its own and a finite score.
fn pieces(file: &Path, pieces: Vec<proto::Piece>) -> Result<Vec<Piece>, Error> {
    let mut seen = std::collections::HashSet::new();
    pieces
        .into_iter()
        .enumerate()
        .map(|(id, piece)| {
            let wrong = |expected: &str, found: String| Error::content(file, format!("piece {id}"), expected, found);
            let kind = piece.kind();
            let score = piece.score.unwrap_or_default();
            let spelling = piece.piece.unwrap_or_default();
            if spelling.is_empty() {
                return Err(wrong("a spelling", "none".to_owned()));
            }
            if !score.is_finite() {
                return Err(wrong("a finite score", score.to_string()));
            }
            if !seen.insert(spelling.clone()) {
                return Err(wrong("a new spelling", format!("{spelling} again")));
            }
            Ok(Piece { spelling, score, kind })
        })
        .collect()
}

/// The pieces that text can become. A user-defined one beats any way to spell it with others.
fn lattice(pieces: &[Piece]) -> Lattice {
    let normal = || pieces.iter().filter(|piece| piece.kind == Kind::Normal).map(|piece| f64::from(piece.score));
    let worst = normal().reduce(f64::min).unwrap_or(0.0);
    let best = normal().reduce(f64::max).unwrap_or(0.0);
    let scored = pieces.iter().map(|piece| {
        let score = match piece.kind {
            Kind::Normal => Some(f64::from(piece.score)),
            Kind::UserDefined => Some(piece.spelling.len() as f64 * best - 0.1),
            Kind::Unknown | Kind::Control | Kind::Unused | Kind::Byte => None,
        };
        (piece.spelling.as_str(), score)
    });
    Lattice::new(scored, worst)
}
