//! Which documents are trained on, and which are held out to measure what was learned.

use embert_objectives::random::stream;
use rand::seq::index;

use crate::Error;

/// How many documents are held out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HeldOut {
    /// This share of them, to the nearest whole number, and at least one if the share is more than nothing.
    Share(f64),
    /// So many.
    Count(usize),
}

/// The two parts of a corpus, each in the order in which it stood there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split<T> {
    /// What a model sees.
    pub training: Vec<T>,
    /// What it never sees.
    pub held_out: Vec<T>,
}

/// Holds out documents at random. Which ones depends on `seed` and on how many documents there are, and on nothing
/// else.
///
/// ```
/// use embert_data::split::{HeldOut, split};
///
/// let parts = split((0..100).collect(), HeldOut::Share(0.05), 42)?;
/// assert_eq!((parts.training.len(), parts.held_out.len()), (95, 5));
/// # Ok::<(), embert_data::Error>(())
/// ```
///
/// # Errors
/// A share outside `[0, 1]`, or no document left to train on.
pub fn split<T>(documents: Vec<T>, held_out: HeldOut, seed: u64) -> Result<Split<T>, Error> {
    let is_held_out = self::held_out(documents.len(), held_out, seed)?;
    let mut parts = Split { training: Vec::new(), held_out: Vec::new() };
    for (document, is_held_out) in documents.into_iter().zip(is_held_out) {
        if is_held_out { parts.held_out.push(document) } else { parts.training.push(document) }
    }
    Ok(parts)
}

/// For each of `documents` documents whether [`split`] holds it out: for those that are read one by one.
///
/// # Errors
/// A share outside `[0, 1]`, or no document left to train on.
pub fn held_out(documents: usize, held_out: HeldOut, seed: u64) -> Result<Vec<bool>, Error> {
    let count = match held_out {
        HeldOut::Count(count) => count,
        HeldOut::Share(share) if !(0.0..=1.0).contains(&share) => {
            return Err(Error::NotAShare { name: "the held-out share", found: share });
        }
        HeldOut::Share(0.0) => 0,
        HeldOut::Share(share) => ((documents as f64 * share).round() as usize).max(1),
    };
    if count >= documents {
        return Err(Error::NothingToTrainOn { held_out: count, documents });
    }
    let mut is_held_out = vec![false; documents];
    for index in index::sample(&mut stream(b"held out", seed, 0, 0), documents, count) {
        is_held_out[index] = true;
    }
    Ok(is_held_out)
}
