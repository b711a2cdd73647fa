//! A step of Adam with decoupled decay (Loshchilov & Hutter 2019, algorithm 2).

#[cfg(feature = "flex")]
mod flex;

use burn::tensor::Tensor;

/// The constants of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// Of the update.
    pub learning_rate: f32,
    /// What is left of the value before it is updated.
    pub kept: f32,
    /// Decay of the first moment, and what it is divided by for want of a past.
    pub first: (f32, f32),
    /// Decay of the second moment, and what it is divided by.
    pub second: (f32, f32),
    /// Added to the root of the second moment.
    pub epsilon: f32,
}

/// A parameter and its moments, `[elements]` each.
#[derive(Clone, Debug)]
pub struct Adam {
    /// The parameter.
    pub value: Tensor<1>,
    /// The running mean of its gradients.
    pub first: Tensor<1>,
    /// That of their squares.
    pub second: Tensor<1>,
}

impl Adam {
    /// Takes a step in one pass over the numbers, to the bits of Burn's `AdamW`, which takes one for each operation of the
    /// formula and defines what this computes. Gives all back where there is no such pass for the device.
    ///
    /// # Shapes
    /// - `gradient`: `[elements]`
    ///
    /// # Errors
    /// Parameter, moments and gradient as they were.
    pub fn fused_step(self, gradient: Tensor<1>, step: AdamStep) -> Result<Self, (Self, Tensor<1>)> {
        #[cfg(feature = "flex")]
        if [&self.value, &gradient, &self.first, &self.second].into_iter().all(crate::flex::is_flex) {
            return Ok(flex::step(self, gradient, step));
        }
        let _ = step;
        Err((self, gradient))
    }
}
