//! How much alike two vectors are, and which are nearest, as sentence-transformers has it.

use std::str::FromStr;

use rayon::prelude::*;
use serde::Serialize;

/// A number that is the higher, the more two vectors are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Similarity {
    /// The cosine of the angle between them; 0 of a vector that has no length.
    #[default]
    Cosine,
    /// Their dot product.
    Dot,
    /// Minus the distance.
    Euclidean,
    /// Minus the sum of the distances in each component.
    Manhattan,
}

/// A vector among others, and how near it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Nearest {
    /// The how-many-th it is, from 0.
    pub index: usize,
    /// How much alike both are.
    pub score: f32,
}

/// Below it a vector has no length (`torch.nn.functional.normalize`).
const SMALLEST: f32 = 1e-12;

/// Vectors that are computed with at a time, so that they stay in a core's cache.
const BLOCK: usize = 256;

impl Similarity {
    /// Every one by its name.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Cosine, "cosine"), (Self::Dot, "dot"), (Self::Euclidean, "euclidean"), (Self::Manhattan, "manhattan")];

    /// Its name, as sentence-transformers has it.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// How much alike each vector of `these` is to each of `those`: a row of scores for each of `these`. All have one
    /// length.
    pub fn scores(self, these: &[Vec<f32>], those: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let lengths = self.lengths(those);
        these.par_iter().map(|this| self.row(this, those, &lengths)).collect()
    }

    /// For each vector of `these` the `k` nearest of `those`, the nearest first, and of two that are as near the one that
    /// comes first. Only a block of scores is in memory at a time.
    pub fn nearest(self, these: &[Vec<f32>], those: &[Vec<f32>], k: usize) -> Vec<Vec<Nearest>> {
        let lengths = self.lengths(those);
        these.par_iter().map(|this| self.nearest_of(this, those, &lengths, k)).collect()
    }

    fn nearest_of(self, this: &[f32], those: &[Vec<f32>], lengths: &[f32], k: usize) -> Vec<Nearest> {
        let mut best: Vec<Nearest> = Vec::new();
        let blocks = those.chunks(BLOCK).zip(lengths.chunks(BLOCK));
        for (first, (block, lengths)) in (0..).step_by(BLOCK).zip(blocks) {
            let scores = self.row(this, block, lengths).into_iter();
            let worst = best.get(k.wrapping_sub(1)).map_or(f32::NEG_INFINITY, |nearest| nearest.score);
            let found = (first..).zip(scores).map(|(index, score)| Nearest { index, score });
            best.extend(found.filter(|nearest| nearest.score >= worst));
            best.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
            best.truncate(k);
        }
        best
    }

    /// What a cosine needs of each vector; nothing else does.
    fn lengths(self, vectors: &[Vec<f32>]) -> Vec<f32> {
        match self {
            Self::Cosine => vectors.par_iter().map(|vector| length(vector)).collect(),
            _ => vec![1.0; vectors.len()],
        }
    }

    fn row(self, this: &[f32], those: &[Vec<f32>], lengths: &[f32]) -> Vec<f32> {
        let own = length(this);
        let score = |(that, length): (&Vec<f32>, &f32)| match self {
            Self::Cosine => sum(this, that, |a, b| a * b) / (own * length),
            Self::Dot => sum(this, that, |a, b| a * b),
            Self::Euclidean => -sum(this, that, |a, b| (a - b) * (a - b)).sqrt(),
            Self::Manhattan => -sum(this, that, |a, b| (a - b).abs()),
        };
        those.iter().zip(lengths).map(score).collect()
    }
}

impl FromStr for Similarity {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        // Its older name in sentence-transformers.
        let name = if name == "dot_score" { "dot" } else { name };
        let known = Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(similarity, _)| similarity);
        known.ok_or_else(|| {
            let all = Self::ALL.map(|(_, name)| name).join(", ");
            format!("{name:?} is no similarity; one of {all} is expected")
        })
    }
}

fn length(vector: &[f32]) -> f32 {
    sum(vector, vector, |a, b| a * b).sqrt().max(SMALLEST)
}

/// The sum over all components, in eight parts: as many as a processor adds at once.
fn sum(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    const LANES: usize = 8;
    let (a_lanes, b_lanes) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_lanes.remainder().iter().zip(b_lanes.remainder()).map(|(a, b)| of(*a, *b)).sum();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a_lanes.zip(b_lanes) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += of(*a, *b);
        }
    }
    sums.iter().sum::<f32>() + rest
}
