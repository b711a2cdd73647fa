//! The rows of a window, in batches.

use std::sync::atomic::{AtomicBool, Ordering};

use embert_core::Batch;

use super::Sequence;
use crate::error::Error;

/// Attention in plain operations lays the rows of a batch into a rectangle, which has at most so many cells for each
/// token of the budget. Without this, one long text in a window of short ones would make it as wide as that text, for
/// all of them: many gigabytes.
const CELLS_PER_TOKEN: usize = 2;

/// For each input a result of each of its rows, in their order; of no input where nobody waits for them any more.
pub(super) fn in_batches<A, R>(
    inputs: Vec<Vec<Sequence<A>>>,
    batch_tokens: usize,
    compute: &impl Fn(&Batch, &[A]) -> Result<Vec<R>, Error>,
    is_over: &AtomicBool,
) -> Result<Vec<Vec<R>>, Error> {
    let counts: Vec<usize> = inputs.iter().map(Vec::len).collect();
    let rows: Vec<Sequence<A>> = inputs.into_iter().flatten().collect();
    let mut results = Vec::with_capacity(rows.len());
    for rows in batches(rows, batch_tokens) {
        if is_over.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let (mut ids, mut type_ids, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        let (mut places, mut about) = (Vec::new(), Vec::new());
        for (place, row) in rows {
            lengths.push(row.ids.len());
            ids.extend(row.ids);
            type_ids.extend(row.type_ids);
            places.push(place);
            about.push(row.about);
        }
        let of_batch = compute(&Batch::new(ids, type_ids, lengths)?, &about)?;
        debug_assert_eq!(of_batch.len(), places.len(), "one result for each row");
        results.extend(places.into_iter().zip(of_batch));
    }
    results.sort_unstable_by_key(|(place, _)| *place);
    let mut results = results.into_iter().map(|(_, result)| result);
    Ok(counts.into_iter().map(|count| results.by_ref().take(count).collect()).collect())
}

/// The rows with their places, the shortest first, cut before a batch would have more than `budget` tokens.
fn batches<A>(rows: Vec<Sequence<A>>, budget: usize) -> Vec<Vec<(usize, Sequence<A>)>> {
    let mut rows: Vec<(usize, Sequence<A>)> = rows.into_iter().enumerate().collect();
    rows.sort_by_key(|(_, row)| row.ids.len());
    let mut batches: Vec<Vec<(usize, Sequence<A>)>> = Vec::new();
    let mut tokens = 0;
    for (place, row) in rows {
        let length = row.ids.len();
        match batches.last_mut() {
            // No row before it is longer: the rectangle is as wide as this one.
            Some(batch)
                if tokens + length <= budget
                    && (batch.len() + 1) * length <= budget.saturating_mul(CELLS_PER_TOKEN) =>
            {
                tokens += length;
                batch.push((place, row));
            }
            _ => {
                tokens = length;
                batches.push(vec![(place, row)]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::{Sequence, batches};

    /// The lengths of the rows of each batch, and the rows' places.
    fn cut(lengths: &[usize], budget: usize) -> Vec<Vec<(usize, usize)>> {
        let row = |&length: &usize| Sequence { ids: vec![0; length], type_ids: vec![0; length], about: () };
        let batches = batches(lengths.iter().map(row).collect(), budget);
        batches.into_iter().map(|batch| batch.iter().map(|(place, row)| (row.ids.len(), *place)).collect()).collect()
    }

    #[test]
    fn a_batch_has_as_many_tokens_as_the_budget_and_no_padding_counts() {
        // 1 + 2 + 3 + 4 = 10, in a rectangle of 16.
        assert_eq!(cut(&[4, 2, 5, 1, 3], 10), [vec![(1, 3), (2, 1), (3, 4), (4, 0)], vec![(5, 2)]]);
    }

    #[test]
    fn a_row_longer_than_the_budget_is_a_batch_of_its_own() {
        assert_eq!(cut(&[30, 1, 20], 10), [vec![(1, 1)], vec![(20, 2)], vec![(30, 0)]]);
        assert_eq!(cut(&[1, 1], 0), [vec![(1, 0)], vec![(1, 1)]]);
    }

    #[test]
    fn one_long_row_does_not_widen_the_rectangle_of_many_short_ones() {
        let mut lengths = vec![1; 50];
        lengths.push(40);
        let sizes: Vec<usize> = cut(&lengths, 100).iter().map(Vec::len).collect();
        assert_eq!(sizes, [50, 1]);
    }

    #[test]
    fn no_rows_are_no_batches() {
        assert!(cut(&[], 10).is_empty());
    }
}
