//! The segmentations of a text into scored pieces, as a graph over its byte positions (Kudo 2018).

use crate::trie::Trie;

/// How far below the worst piece the score of an unknown character lies, as in SentencePiece.
const UNKNOWN_PENALTY: f64 = 10.0;

/// Pieces with their scores (log-probabilities), ready to segment texts.
#[derive(Debug)]
pub(crate) struct Lattice {
    trie: Trie,
    scores: Vec<f64>,
    unknown: f64,
}

/// One piece in a text: `text[start..end]`, and its number; `None` for a character that no piece spells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
    pub piece: Option<u32>,
    pub score: f64,
}

impl Lattice {
    /// The pieces are numbered in order; one without a score is never used. `worst` is the lowest score that counts
    /// for unknown characters.
    pub(crate) fn new<'a>(pieces: impl Iterator<Item = (&'a str, Option<f64>)>, worst: f64) -> Self {
        let (mut keys, mut scores) = (Vec::new(), Vec::new());
        for (number, (piece, score)) in (0..).zip(pieces) {
            if score.is_some() {
                keys.push((piece.as_bytes(), number));
            }
            scores.push(score.unwrap_or(f64::NEG_INFINITY));
        }
        Self { trie: Trie::new(keys), scores, unknown: worst - UNKNOWN_PENALTY }
    }

    /// All pieces in a text by where they start; a character that is no piece by itself is there as unknown.
    pub(crate) fn spans<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Span> + 'a {
        text.char_indices().flat_map(move |(start, char)| {
            let char_end = start + char.len_utf8();
            let rest = text.as_bytes().get(start..).unwrap_or_default();
            let known = self.trie.prefixes(rest).map(move |(length, piece)| {
                let score = self.scores.get(piece as usize).copied().unwrap_or(f64::NEG_INFINITY);
                Span { start, end: start + length, piece: Some(piece), score }
            });
            let unknown = Span { start, end: char_end, piece: None, score: self.unknown };
            let spelled = self.trie.prefixes(rest).any(|(length, _)| length == char.len_utf8());
            known.chain((!spelled).then_some(unknown))
        })
    }

    /// The best segmentation of a text: the highest sum of scores; of equal ones, the one whose last piece starts
    /// first. Spans that `allowed` refuses are left out.
    pub(crate) fn best(&self, text: &str, allowed: impl Fn(&Span) -> bool) -> Vec<Span> {
        let mut best: Vec<Option<(f64, Span)>> = vec![None; text.len() + 1]; // the last span of the best way to here
        for span in self.spans(text).filter(allowed) {
            let before = match best.get(span.start) {
                Some(Some((score, _))) => *score,
                _ if span.start == 0 => 0.0,
                _ => continue,
            };
            let score = before + span.score;
            if let Some(place) = best.get_mut(span.end)
                && place.is_none_or(|(best, _)| score > best)
            {
                *place = Some((score, span));
            }
        }
        let mut spans = Vec::new();
        let mut end = text.len();
        while let Some(Some((_, span))) = best.get(end) {
            spans.push(*span);
            end = span.start;
        }
        spans.reverse();
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::Lattice;

    #[test]
    fn the_highest_sum_wins_and_unknown_characters_cost_most() {
        let pieces = [("a", -2.0), ("b", -2.0), ("ab", -3.0), ("bc", -1.0)];
        let lattice = Lattice::new(pieces.into_iter().map(|(piece, score)| (piece, Some(score))), -3.0);
        let best =
            |text: &str| -> Vec<Option<u32>> { lattice.best(text, |_| true).iter().map(|span| span.piece).collect() };
        assert_eq!(best("ab"), [Some(2)]);
        assert_eq!(best("abc"), [Some(0), Some(3)]);
        assert_eq!(best("aéb"), [Some(0), None, Some(1)]);
        assert!(best("").is_empty());
        let without = lattice.best("ab", |span| span.piece != Some(2));
        assert_eq!(without.len(), 2);
    }
}
