//! Expectation, maximisation and pruning of a Unigram model (Kudo 2018, section 3.2).
//!
//! Sums of fractions depend on their order, so that the words are always summed in the same sections, whatever the
//! number of threads.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::words::Counts;
use crate::lattice::{Lattice, Span};

/// In how many sections the words are summed: each holds a number for each piece.
const SECTIONS: usize = 16;

/// A piece that is expected less often than this is dropped.
const LEAST_EXPECTED: f64 = 0.5;

/// A piece with its log-probability.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub text: String,
    pub score: f64,
}

impl Piece {
    /// A single character is never dropped: without it, words could not be spelled.
    pub(super) fn is_char(&self) -> bool {
        self.text.chars().nth(1).is_none()
    }

    /// The order of scores; of equal ones, the piece that is spelled first is the greater.
    pub(super) fn by_likelihood(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then_with(|| other.text.cmp(&self.text))
    }
}

/// How often each piece is expected in the words, over all segmentations by their probability.
pub(super) fn expect(words: &Counts, pieces: &[Piece]) -> Vec<f64> {
    let lattice = lattice(pieces);
    in_sections(words, pieces.len(), |word, count, expected| add_expected(&lattice, word, count, expected))
}

/// The pieces with the scores that the expected frequencies give them; the digamma function in place of the logarithm
/// is the Bayesian estimate, which makes rare pieces rarer still.
pub(super) fn maximise(expected: &[f64], pieces: Vec<Piece>) -> Vec<Piece> {
    let mut kept: Vec<Piece> = pieces
        .into_iter()
        .zip(expected)
        .filter(|(piece, expected)| **expected >= LEAST_EXPECTED || piece.is_char())
        .map(|(piece, &expected)| Piece { score: expected.max(LEAST_EXPECTED), ..piece })
        .collect();
    let total = digamma(kept.iter().map(|piece| piece.score).sum());
    for piece in &mut kept {
        piece.score = digamma(piece.score) - total;
    }
    kept
}

/// The `size` pieces whose loss would cost the likelihood most; characters always stay.
pub(super) fn prune(words: &Counts, pieces: Vec<Piece>, size: usize) -> Vec<Piece> {
    let lattice = lattice(&pieces);
    let frequencies = in_sections(words, pieces.len(), |word, count, frequencies| {
        for Span { piece, .. } in lattice.best(word, |_| true) {
            add(frequencies, piece, count);
        }
    });
    let total: f64 = frequencies.iter().sum();
    let frequency =
        |piece: Option<u32>| piece.and_then(|piece| frequencies.get(piece as usize)).copied().unwrap_or(0.0);

    // A piece's loss: how much less likely the text gets where the next best spelling stands in its place.
    let mut losses: Vec<(f64, Piece)> = pieces
        .into_par_iter()
        .enumerate()
        .filter_map(|(index, piece)| {
            let id = u32::try_from(index).ok()?;
            if piece.is_char() {
                return Some((f64::INFINITY, piece));
            }
            let own = frequency(Some(id));
            let itself = |span: &Span| span.piece == Some(id);
            if !lattice.best(&piece.text, |_| true).iter().any(itself) {
                return None; // nothing would be spelled with it
            }
            if own == 0.0 {
                return Some((0.0, piece)); // no word needs it now, but it may stand in for a longer piece that goes
            }
            let instead = lattice.best(&piece.text, |span| !itself(span));
            let total_instead = (total + own * (instead.len() as f64 - 1.0)).ln();
            let likelihood_instead: f64 =
                instead.iter().map(|span| (frequency(span.piece) + own).ln() - total_instead).sum();
            Some((own * (own.ln() - total.ln() - likelihood_instead), piece))
        })
        .collect();
    losses.par_sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| second.by_likelihood(first)));
    losses.truncate(size);
    losses.into_iter().map(|(_, piece)| piece).collect()
}

fn lattice(pieces: &[Piece]) -> Lattice {
    Lattice::new(pieces.iter().map(|piece| (piece.text.as_str(), Some(piece.score))), 0.0)
}

/// Sums something over all words, a number for each piece.
fn in_sections(words: &Counts, pieces: usize, add_word: impl Fn(&str, f64, &mut [f64]) + Sync) -> Vec<f64> {
    let sections: Vec<Vec<f64>> = words
        .par_chunks(words.len().div_ceil(SECTIONS).max(1))
        .map(|words| {
            let mut sums = vec![0.0; pieces];
            for (word, count) in words {
                add_word(word, *count as f64, &mut sums);
            }
            sums
        })
        .collect();
    let mut total = vec![0.0; pieces];
    for section in sections {
        for (total, sum) in total.iter_mut().zip(section) {
            *total += sum;
        }
    }
    total
}

fn add(sums: &mut [f64], piece: Option<u32>, count: f64) {
    if let Some(sum) = piece.and_then(|piece| sums.get_mut(piece as usize)) {
        *sum += count;
    }
}

/// The forward-backward algorithm on the lattice of one word.
fn add_expected(lattice: &Lattice, word: &str, count: f64, expected: &mut [f64]) {
    let spans: Vec<Span> = lattice.spans(word).collect();
    let mut forward = vec![f64::NEG_INFINITY; word.len() + 1]; // log of the sum of all ways to a position
    let mut backward = forward.clone(); // and from it to the end
    let at = |ways: &[f64], position: usize| ways.get(position).copied().unwrap_or(f64::NEG_INFINITY);
    let raise = |ways: &mut [f64], position: usize, by: f64| {
        if let Some(way) = ways.get_mut(position) {
            *way = log_add(*way, by);
        }
    };
    raise(&mut forward, 0, 0.0);
    for span in &spans {
        let way = at(&forward, span.start) + span.score;
        raise(&mut forward, span.end, way);
    }
    raise(&mut backward, word.len(), 0.0);
    for span in spans.iter().rev() {
        let way = at(&backward, span.end) + span.score;
        raise(&mut backward, span.start, way);
    }
    let all = at(&forward, word.len());
    for span in &spans {
        let probability = (at(&forward, span.start) + span.score + at(&backward, span.end) - all).exp();
        add(expected, span.piece, count * probability);
    }
}

/// `ln(eᵃ + eᵇ)`.
fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// The derivative of the logarithm of the gamma function, by its asymptotic series.
fn digamma(mut x: f64) -> f64 {
    let mut result = 0.0;
    while x < 7.0 {
        result -= 1.0 / x;
        x += 1.0;
    }
    x -= 0.5;
    let inverse = 1.0 / (x * x);
    let series =
        inverse * (1.0 / 24.0 - inverse * (7.0 / 960.0 - inverse * (31.0 / 8064.0 - inverse * 127.0 / 30720.0)));
    result + x.ln() + series
}

#[cfg(test)]
mod tests {
    use super::{Piece, digamma, expect};

    #[test]
    fn expectations_weigh_all_segmentations() {
        let piece = |text: &str, probability: f64| Piece { text: text.to_owned(), score: probability.ln() };
        let pieces = [piece("a", 0.5), piece("b", 0.25), piece("ab", 0.25)];
        // `ab` is one piece with probability 0.25 and two with 0.125, so two to one.
        let expected = expect(&vec![("ab".to_owned(), 3)], &pieces);
        for (got, want) in expected.into_iter().zip([1.0, 1.0, 2.0]) {
            assert!((got - want).abs() < 1e-12, "{got} {want}");
        }
    }

    #[test]
    fn digamma_is_right_where_it_is_known() {
        let euler = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + euler).abs() < 1e-9);
        assert!((digamma(0.5) + euler + 2.0 * 2f64.ln()).abs() < 1e-9);
        assert!((digamma(100.0) - 4.600_161_852_738_087).abs() < 1e-9);
    }
}
