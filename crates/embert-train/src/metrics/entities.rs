//! Entities in sequences of tags, found and counted as by seqeval 1.2.2 in its default mode.
//!
//! That mode is lenient, as CoNLL's own script is: `I-` without a `B-` begins an entity, and so does a change of the
//! type. `E-` ends one and `S-` is one. Any other first letter goes on for as long as the type is the same.

use std::{
    collections::{BTreeMap, HashSet},
    iter::{once, zip},
};

use super::counts::Counts;

/// Stands outside of every entity.
const OUTSIDE: &str = "O";

/// Entities that were found where they are, type and both ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityCounts {
    /// Of each type that is predicted or true somewhere, in the order of the names.
    pub types: BTreeMap<String, Counts>,
}

impl EntityCounts {
    /// Counts the entities in sequences of tags: `B-PER`, `I-PER`, `O`.
    pub fn of<S: AsRef<str>>(predicted: &[Vec<S>], truth: &[Vec<S>]) -> Self {
        let (found, actual) = (entities(flat(predicted, truth)), entities(flat(truth, predicted)));
        let mut types: BTreeMap<String, Counts> = BTreeMap::new();
        for entity in found.union(&actual) {
            types.entry(entity.0.to_owned()).or_default().add(found.contains(entity), actual.contains(entity));
        }
        Self { types }
    }

    /// All types counted together (`average="micro"`).
    pub fn all(&self) -> Counts {
        self.types.values().copied().sum()
    }
}

/// The share of words whose tag is right, in `[0, 1]`; NaN of none.
pub fn token_accuracy<S: AsRef<str>>(predicted: &[Vec<S>], truth: &[Vec<S>]) -> f64 {
    let (mut right, mut all) = (0, 0);
    for (predicted, truth) in zip(predicted, truth).flat_map(|(predicted, truth)| zip(predicted, truth)) {
        right += usize::from(predicted.as_ref() == truth.as_ref());
        all += 1;
    }
    right as f64 / all as f64
}

/// Whether labels are tags of entities: all of them `O`, `B-…` or `I-…`, and not only `O`.
pub fn is_bio<S: AsRef<str>>(labels: &[S]) -> bool {
    let is_tag = |label: &S| label.as_ref().starts_with("B-") || label.as_ref().starts_with("I-");
    labels.iter().any(is_tag) && labels.iter().all(|label| is_tag(label) || label.as_ref() == OUTSIDE)
}

/// The tags of all sequences, as far as they have partners, and what is outside of entities after each sequence.
fn flat<'a, S: AsRef<str>>(of: &'a [Vec<S>], partners: &'a [Vec<S>]) -> impl Iterator<Item = &'a str> {
    zip(of, partners).flat_map(|(of, partners)| of.iter().take(partners.len()).map(AsRef::as_ref).chain(once(OUTSIDE)))
}

/// A tag's first letter, and the type behind it.
type Tag<'a> = (char, &'a str);

/// The entities in a row of tags, the last of which is [`OUTSIDE`]: their types, and the places of their first and
/// last tags.
///
/// Like seqeval, it looks through one row of all sequences: after an `X` of unknown meaning, an entity can end that
/// began in an earlier one.
fn entities<'a>(tags: impl Iterator<Item = &'a str>) -> HashSet<(&'a str, usize, usize)> {
    let mut entities = HashSet::new();
    let mut before: Tag = ('O', "");
    let mut start = 0;
    for (place, tag) in tags.map(split).enumerate() {
        if ends(before, tag) {
            entities.insert((before.1, start, place.saturating_sub(1)));
        }
        if starts(before, tag) {
            start = place;
        }
        before = tag;
    }
    entities
}

/// `B-PER` is `B` and `PER`, so is `BPER`, and what is behind a lone `B` is `_`. No tag at all is outside.
fn split(tag: &str) -> Tag<'_> {
    let mut letters = tag.chars();
    let letter = letters.next().unwrap_or('O');
    let rest = letters.as_str();
    let kind = rest.split_once('-').map_or(rest, |(_, kind)| kind);
    (letter, if kind.is_empty() { "_" } else { kind })
}

/// Whether an entity ends before `tag`.
fn ends(before: Tag, tag: Tag) -> bool {
    match (before.0, tag.0) {
        ('E' | 'S', _) | ('B' | 'I', 'B' | 'S' | 'O') => true,
        ('O' | '.', _) => false,
        _ => before.1 != tag.1,
    }
}

/// Whether an entity begins with `tag`.
fn starts(before: Tag, tag: Tag) -> bool {
    match (before.0, tag.0) {
        (_, 'B' | 'S') | ('E' | 'S' | 'O', 'E' | 'I') => true,
        (_, 'O' | '.') => false,
        _ => before.1 != tag.1,
    }
}
