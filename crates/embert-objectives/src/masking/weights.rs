//! Rare tokens are chosen more often than they occur (Sanh et al. 2019; after XLM).

/// How much sooner a token is chosen than another, by id: `count^-smoothing`.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenWeights(Vec<f64>);

impl TokenWeights {
    /// DistilBERT's exponent.
    pub const SMOOTHING: f64 = 0.7;

    /// The weights of tokens that occur `counts[id]` times in the corpus. One that does not occur weighs as one that
    /// occurs once, as in `distiller.py`. A `smoothing` that is no number, or so large that a weight vanishes, counts
    /// for what it can.
    pub fn from_counts(counts: &[u64], smoothing: f64) -> Self {
        let weight = |&count: &u64| (count.max(1) as f64).powf(-smoothing);
        Self(counts.iter().map(weight).map(|weight| weight.clamp(f64::MIN_POSITIVE, f64::MAX)).collect())
    }

    pub(super) fn of(&self, id: u32) -> f64 {
        self.0.get(id as usize).copied().unwrap_or(1.0)
    }
}
