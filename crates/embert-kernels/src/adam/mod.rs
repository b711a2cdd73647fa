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
    /// Whether a step of a parameter is one pass over its numbers, on all cores. It has the bits of the plain form.
    pub fn is_fused(value: &Tensor<1>) -> bool {
        #[cfg(feature = "flex")]
        return crate::flex::is_flex(value);
        #[cfg(not(feature = "flex"))]
        {
            let _ = value;
            false
        }
    }

    /// After a step by `gradient`, or by `factor` times it.
    ///
    /// # Shapes
    /// - `gradient`: `[elements]`
    /// - `factor`: `[1]`
    pub fn step(self, gradient: Tensor<1>, factor: Option<Tensor<1>>, step: AdamStep) -> Self {
        #[cfg(feature = "flex")]
        if Self::is_fused(&self.value) {
            return flex::step(self, gradient, factor, step);
        }
        let gradient = match factor {
            Some(factor) => gradient * factor,
            None => gradient,
        };
        let AdamStep { learning_rate, kept, first: (beta_1, missing_1), second: (beta_2, missing_2), epsilon } = step;
        let first = self.first * beta_1 + gradient.clone() * (1.0 - beta_1);
        let second = self.second * beta_2 + gradient.square() * (1.0 - beta_2);
        let update = (first.clone() / missing_1) / ((second.clone() / missing_2).sqrt() + epsilon);
        Self { value: self.value * kept - update * learning_rate, first, second }
    }
}
