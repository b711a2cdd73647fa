//! What a forward pass does besides computing: what it drops, what it keeps.

use burn::tensor::{Tensor, TensorData};
use embert_kernels::{AttentionDropout, AttentionPlan, attention, attention_with_probabilities, mix};
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// One forward pass through a model.
///
/// ```
/// # use embert_core::Pass;
/// let inference = Pass::inference();
/// let training = Pass::training(42);
/// let looking_inside = Pass::inference().keep_hidden_states().keep_attentions();
/// ```
#[derive(Debug, Default)]
pub struct Pass {
    dropout: Option<Dropout>,
    hidden_states: Option<Vec<Tensor<2>>>,
    attentions: Option<Vec<Tensor<4>>>,
}

/// The masks of a pass are streams of one seed, numbered as they are drawn,
/// and so the same on any device and for any number of threads.
#[derive(Debug)]
struct Dropout {
    seed: u64,
    drawn: u64,
}

impl Pass {
    /// Nothing is dropped, nothing but the output is kept.
    #[inline(never)] // see `training`
    pub fn inference() -> Self {
        Self::default()
    }

    /// Dropout at the config's rates; the masks derive from `seed` alone.
    // Where rustc (1.95, rust-lang/rust#155241) sees that two passes begin alike, it hands the second caller the first one's,
    // with what has happened to it. It sees nothing of what is made elsewhere.
    #[inline(never)]
    pub fn training(seed: u64) -> Self {
        Self { dropout: Some(Dropout { seed, drawn: 0 }), ..Self::default() }
    }

    /// Keeps the input of the first layer and the output of each.
    pub fn keep_hidden_states(mut self) -> Self {
        self.hidden_states = Some(Vec::new());
        self
    }

    /// Keeps each layer's attention probabilities.
    pub fn keep_attentions(mut self) -> Self {
        self.attentions = Some(Vec::new());
        self
    }

    /// The input of the first layer, then each layer's output:
    /// `[tokens, hidden_size]` each. Empty unless they were to be kept.
    pub fn hidden_states(&self) -> &[Tensor<2>] {
        self.hidden_states.as_deref().unwrap_or_default()
    }

    /// Each layer's attention probabilities, `[rows, heads, longest, longest]`;
    /// what lies past the end of a sequence has no meaning. Empty unless they
    /// were to be kept.
    pub fn attentions(&self) -> &[Tensor<4>] {
        self.attentions.as_deref().unwrap_or_default()
    }

    /// Zeroes each element with `probability` and scales the rest up by
    /// `1 / (1 - probability)`, in training; else nothing.
    pub fn drop<const D: usize>(&mut self, x: Tensor<D>, probability: f64) -> Tensor<D> {
        match &mut self.dropout {
            Some(dropout) if probability > 0.0 => {
                let shape = x.dims();
                let mask = dropout.mask(shape.iter().product(), probability);
                let mask = Tensor::<D>::from_data(TensorData::new(mask, shape), &x.device().inner()).cast(x.dtype());
                x * mask
            }
            _ => x,
        }
    }

    /// Whether more than the output is asked for.
    pub(crate) fn keeps_something(&self) -> bool {
        self.hidden_states.is_some() || self.attentions.is_some()
    }

    pub(crate) fn saw_hidden_state(&mut self, hidden: &Tensor<2>) {
        if let Some(kept) = &mut self.hidden_states {
            kept.push(hidden.clone());
        }
    }

    /// Attention, of whose probabilities such a share is dropped, and which are kept where they are to be.
    pub(crate) fn attend(
        &mut self,
        projections: [Tensor<2>; 3],
        plan: &AttentionPlan,
        heads: usize,
        rate: f64,
    ) -> Tensor<2> {
        let dropout = self.dropout.as_mut().filter(|_| rate > 0.0);
        let dropout = dropout.map(|dropout| AttentionDropout { seed: dropout.next_seed(), rate });
        match &mut self.attentions {
            Some(kept) => {
                let (context, probabilities) = attention_with_probabilities(projections, plan, heads, dropout);
                kept.push(probabilities);
                context
            }
            None => attention(projections, plan, heads, dropout),
        }
    }
}

impl Dropout {
    fn next_seed(&mut self) -> u64 {
        self.drawn += 1;
        mix(self.seed, self.drawn - 1)
    }

    /// Four elements a draw: a probability is kept to 16 bits.
    fn mask(&mut self, length: usize, probability: f64) -> Vec<f32> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.next_seed());
        let dropped_below = (probability * 65536.0).round() as u64;
        let kept = ((1.0 - probability).recip()) as f32;
        let mut mask = Vec::with_capacity(length + 3);
        while mask.len() < length {
            let draw = random.next_u64();
            for shift in [0, 16, 32, 48] {
                let element = (draw >> shift) & 0xffff;
                mask.push(if element < dropped_below { 0.0 } else { kept });
            }
        }
        mask.truncate(length);
        mask
    }
}
