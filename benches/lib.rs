//! What the benches share.

use embert::core::Batch;

/// Sequences of the given lengths, of ids that repeat.
pub fn batch(lengths: &[usize]) -> Batch {
    let tokens = lengths.iter().sum::<usize>();
    let ids = (0..tokens as u32).map(|token| 1000 + token * 7 % 20_000).collect();
    Batch::new(ids, vec![0; tokens], lengths.to_vec()).expect("each length is 1 or more")
}
