//! Where every random choice about training data comes from.
//!
//! A choice depends on what it is about, never on when it is made: each example of each epoch has a generator of its
//! own, so one thread or eight, interrupted or not, make the same data.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator of one example (or document) in one epoch, for one purpose.
///
/// ChaCha's key has room for all four numbers side by side, so no two of them can be mixed into the same stream.
/// `purpose` keeps, say, the masks of an example apart from its truncation.
///
/// ```
/// use embert_objectives::random::stream;
/// use rand::Rng;
///
/// let mut masks = stream(b"masking ", 42, 0, 7);
/// let again: u64 = stream(b"masking ", 42, 0, 7).random();
/// assert_eq!(masks.random::<u64>(), again);
/// ```
pub fn stream(purpose: &[u8; 8], seed: u64, epoch: u64, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    let parts = [*purpose, seed.to_le_bytes(), epoch.to_le_bytes(), index.to_le_bytes()];
    for (slot, part) in key.chunks_exact_mut(8).zip(parts) {
        slot.copy_from_slice(&part);
    }
    ChaCha8Rng::from_seed(key)
}
