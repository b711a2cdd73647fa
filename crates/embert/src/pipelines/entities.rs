//! From the labels of pieces to what stands in a text: the strategies of transformers' token-classification pipeline.

use std::str::FromStr;

/// How the labels of a text's pieces become those of longer stretches.
///
/// What has a label without `B-` or `I-`, as parts of speech have, are words: two that follow each other with one label are
/// two. Where no label has a prefix, no word falls apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregation {
    /// Each piece by itself, under the label with its prefix.
    None,
    /// Pieces that follow each other with one label; a word may fall apart.
    Simple,
    /// Of a word, the label of its first piece.
    #[default]
    First,
    /// Of a word, the label with the highest mean of its pieces' scores.
    Average,
    /// Of a word, the label of the piece with the highest score.
    Max,
}

impl Aggregation {
    /// Each by the name that flags have for it.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("none", Self::None),
        ("simple", Self::Simple),
        ("first", Self::First),
        ("average", Self::Average),
        ("max", Self::Max),
    ];
}

impl FromStr for Aggregation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(name, _)| name).join(", ");
        known
            .map(|(_, aggregation)| aggregation)
            .ok_or_else(|| format!("{name:?} is no aggregation; one of {names} is expected"))
    }
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub(super) struct Piece<'a> {
    /// In code points.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it goes on with the word of the piece before.
    pub(super) is_continuation: bool,
    /// The probability of each label.
    pub(super) scores: &'a [f32],
}

/// A stretch of a text under a label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stretch {
    /// The number of the label, of its first part where there are several.
    pub(super) label: usize,
    pub(super) score: f32,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The stretches of a text's pieces, each under a label without prefix, but for [`Aggregation::None`].
pub(super) fn aggregate(pieces: &[Piece], labels: &[String], aggregation: Aggregation) -> Vec<(String, Stretch)> {
    let is_bio = labels.iter().any(|label| prefix(label).is_some());
    let named = |stretch: &Stretch| labels.get(stretch.label).map_or("", String::as_str);
    let by_itself = |piece: &Piece| stretch(std::slice::from_ref(piece), piece.scores);
    let words = |aggregation| words(pieces).map(move |word| of_word(word, aggregation));
    let stretches: Vec<Stretch> = match aggregation {
        Aggregation::None => return pieces.iter().map(by_itself).map(|it| (named(&it).to_owned(), it)).collect(),
        Aggregation::Simple if is_bio => pieces.iter().map(by_itself).collect(),
        Aggregation::Simple => words(Aggregation::First).collect(),
        _ => words(aggregation).collect(),
    };
    let goes_on = |before: &Stretch, after: &Stretch| {
        let (before, after) = (named(before), named(after));
        tag(before) == tag(after) && prefix(after) == Some('I')
    };
    stretches
        .chunk_by(goes_on)
        .filter_map(|group| {
            let (first, last) = (group.first()?, group.last()?);
            let score = group.iter().map(|it| it.score).sum::<f32>() / group.len() as f32;
            let whole = Stretch { label: first.label, score, start: first.start, end: last.end };
            Some((unprefixed(named(first), is_bio).to_owned(), whole))
        })
        .collect()
}

/// The pieces, word by word.
fn words<'p, 'a>(pieces: &'p [Piece<'a>]) -> impl Iterator<Item = &'p [Piece<'a>]> {
    pieces.chunk_by(|_, after| after.is_continuation)
}

fn of_word(word: &[Piece], aggregation: Aggregation) -> Stretch {
    match aggregation {
        Aggregation::Max => {
            let highest = |piece: &&Piece| best(piece.scores).1;
            let likeliest = word.iter().rev().max_by(|a, b| highest(a).total_cmp(&highest(b)));
            stretch(word, likeliest.map_or(&[], |piece| piece.scores))
        }
        Aggregation::Average => {
            let count = word.first().map_or(0, |piece| piece.scores.len());
            let mean = |label: usize| {
                let scores = word.iter().filter_map(|piece| piece.scores.get(label));
                scores.sum::<f32>() / word.len() as f32
            };
            stretch(word, &(0..count).map(mean).collect::<Vec<_>>())
        }
        _ => stretch(word, word.first().map_or(&[], |piece| piece.scores)),
    }
}

/// From the first piece to the last, under the label with the highest score.
fn stretch(pieces: &[Piece], scores: &[f32]) -> Stretch {
    let (label, score) = best(scores);
    let (start, end) = (pieces.first().map_or(0, |it| it.start), pieces.last().map_or(0, |it| it.end));
    Stretch { label, score, start, end }
}

/// The highest score, the first of those that are equal.
fn best(scores: &[f32]) -> (usize, f32) {
    let highest = scores.iter().copied().enumerate().rev().max_by(|(_, a), (_, b)| a.total_cmp(b));
    highest.unwrap_or((0, f32::NAN))
}

fn prefix(label: &str) -> Option<char> {
    let prefix = label.strip_prefix("B-").map(|_| 'B');
    prefix.or_else(|| label.strip_prefix("I-").map(|_| 'I'))
}

/// By which labels are told to be one entity's.
fn tag(label: &str) -> &str {
    label.strip_prefix("B-").or_else(|| label.strip_prefix("I-")).unwrap_or(label)
}

/// What the entity is called: what stands behind the first dash.
fn unprefixed(label: &str, is_bio: bool) -> &str {
    if is_bio { label.split_once('-').map_or(label, |(_, tag)| tag) } else { label }
}

#[cfg(test)]
mod tests {
    use super::{Aggregation, Piece, aggregate};

    const BIO: [&str; 4] = ["O", "B-PER", "I-PER", "B-LOC"];

    #[test]
    fn a_label_without_a_prefix_is_never_merged_beside_those_that_have_one() {
        let (date, begins) = ([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]);
        let pieces = [(false, date), (false, date), (false, begins)];
        let expected = [entity("DATE", 0, 1), entity("DATE", 1, 2), entity("PER", 2, 3)];
        assert_eq!(told(&pieces, ["DATE", "B-PER", "I-PER", "O"], Aggregation::Simple), expected);
    }

    /// Of each piece: whether it goes on with a word, and the scores of the labels.
    fn told(pieces: &[(bool, [f32; 4])], labels: [&str; 4], aggregation: Aggregation) -> Vec<(String, usize, usize)> {
        let piece = |(at, (is_continuation, scores)): (usize, &'static (bool, [f32; 4]))| Piece {
            start: at,
            end: at + 1,
            is_continuation: *is_continuation,
            scores,
        };
        let pieces: &'static [_] = pieces.to_vec().leak();
        let pieces: Vec<Piece> = pieces.iter().enumerate().map(piece).collect();
        let labels = labels.map(str::to_owned);
        aggregate(&pieces, &labels, aggregation).into_iter().map(|(label, it)| (label, it.start, it.end)).collect()
    }

    fn entity(label: &str, start: usize, end: usize) -> (String, usize, usize) {
        (label.into(), start, end)
    }

    #[test]
    fn an_entity_goes_on_until_another_label_or_another_beginning() {
        let (b, i, other) = ([0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]);
        let pieces = [(false, b), (false, i), (false, b), (false, other), (false, i)];
        let expected = [entity("PER", 0, 2), entity("PER", 2, 3), entity("O", 3, 4), entity("PER", 4, 5)];
        assert_eq!(told(&pieces, BIO, Aggregation::Simple), expected);
    }

    #[test]
    fn pieces_of_a_word_are_told_as_the_strategy_says() {
        let word = [(false, [0.1, 0.5, 0.4, 0.0]), (true, [0.05, 0.0, 0.0, 0.95]), (true, [0.0, 0.6, 0.4, 0.0])];
        assert_eq!(told(&word, BIO, Aggregation::None).len(), 3);
        assert_eq!(told(&word, BIO, Aggregation::Simple).len(), 3);
        assert_eq!(told(&word, BIO, Aggregation::First), [entity("PER", 0, 3)]);
        assert_eq!(told(&word, BIO, Aggregation::Average), [entity("PER", 0, 3)]);
        assert_eq!(told(&word, BIO, Aggregation::Max), [entity("LOC", 0, 3)]);
    }

    #[test]
    fn words_under_labels_without_prefixes_stay_words() {
        let (noun, verb) = ([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]);
        let labels = ["NOUN", "VERB", "ADJ", "X-RAY"];
        let pieces = [(false, noun), (true, verb), (false, noun)];
        for aggregation in [Aggregation::Simple, Aggregation::First] {
            assert_eq!(told(&pieces, labels, aggregation), [entity("NOUN", 0, 2), entity("NOUN", 2, 3)]);
        }
    }
}
