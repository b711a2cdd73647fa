//! Which of attention's probabilities are dropped.
//!
//! The mask of a query is a function of a seed, its sequence, its head and its place, so that it needs no memory, is
//! the same in the forward and in the backward pass, and for any number of threads.

use crate::mix;

/// Dropout of attention's probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttentionDropout {
    /// What the masks are drawn from.
    pub seed: u64,
    /// The share that is dropped, in `[0, 1)`.
    pub rate: f64,
}

/// The keys that a query loses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyMask {
    stream: u64,
    /// A draw of 16 bits below this is dropped.
    dropped_below: u32,
    /// What is kept grows by this.
    scale: f32,
}

/// Draws of 16 bits in one of 64.
const DRAWS: usize = 4;

impl AttentionDropout {
    /// The mask of a query, by its sequence, head and place.
    #[inline(always)]
    pub(crate) fn keys(self, sequence: usize, head: usize, query: usize) -> KeyMask {
        let stream =
            [sequence, head, query].into_iter().fold(self.seed, |state, next| mix(0, state ^ mix(0, next as u64)));
        let dropped_below = (self.rate * 65_536.0).round() as u32;
        KeyMask { stream, dropped_below, scale: 65_536.0 / (65_536 - dropped_below).max(1) as f32 }
    }
}

impl KeyMask {
    /// Drops some of a query's probabilities, a key each, and scales the others.
    #[inline(always)]
    pub(crate) fn apply(self, probabilities: &mut [f32]) {
        for (place, chunk) in probabilities.chunks_mut(DRAWS).enumerate() {
            let bits = mix(0, self.stream.wrapping_add(place as u64));
            for (lane, probability) in chunk.iter_mut().enumerate() {
                let draw = (bits >> (16 * lane)) as u32 & 0xffff;
                *probability *= if draw < self.dropped_below { 0.0 } else { self.scale };
            }
        }
    }
}
