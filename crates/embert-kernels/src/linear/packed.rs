//! Weights laid out once, as the product reads them, for a model that is not trained any more.

use std::{fmt, str::FromStr};

use burn::tensor::Tensor;

use crate::Activation;

/// The numbers that a model is computed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComputeType {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits, 11 of them digits: what GPUs multiply fastest. All that a model holds is f16, and each result is rounded to
    /// it; sums, LayerNorm and softmax are f32.
    F16,
    /// 16 bits with the range of f32, 8 of them digits. On a GPU as f16; on the CPU (flex) weights and inputs of linear
    /// maps are rounded and all else is f32: faster, and half the memory, where the processor has products of bf16.
    Bf16,
    /// On the CPU (flex): the weights of linear maps are signed bytes, with a scale for each output; inputs become bytes for
    /// each token, with a scale and a zero of its own. Sums are exact; all else is f32.
    Int8,
}

impl ComputeType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::F32, Self::F16, Self::Bf16, Self::Int8];
    /// Those that a [`PackedLinear`] can have.
    pub const PACKED: [Self; 3] = [Self::F32, Self::Bf16, Self::Int8];

    /// Its name, as `--dtype` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

impl fmt::Display for ComputeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ComputeType {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|known| known.name() == name);
        named.ok_or_else(|| format!("{name:?} is no type to compute with; f32, f16, bf16 or int8 is expected"))
    }
}

#[cfg(feature = "flex")]
type Matrix = std::sync::Arc<crate::cpu::linear::PackedMatrix>;
/// There is a packed form for flex alone.
#[cfg(not(feature = "flex"))]
type Matrix = std::convert::Infallible;

/// An affine map whose weight is packed for this machine's processor.
///
/// It keeps the instructions that it was packed for ([`CpuLevel::current`](crate::CpuLevel::current) at that time), and
/// can be shared by threads.
#[derive(Clone, Debug)]
pub struct PackedLinear(Matrix);

impl PackedLinear {
    /// Packs a weight `[out_features, in_features]` and its bias `[out_features]`; None where there is no packed form
    /// for the device that they are on.
    pub fn new(weight: Tensor<2>, bias: Tensor<1>, compute: ComputeType) -> Option<Self> {
        #[cfg(feature = "flex")]
        if crate::flex::is_flex(&weight) {
            return super::flex::pack(weight, bias, compute).map(|matrix| Self(matrix.into()));
        }
        let _ = (weight, bias, compute);
        None
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        #[cfg(feature = "flex")]
        return self.0.bytes();
        #[cfg(not(feature = "flex"))]
        match self.0 {}
    }

    /// `activation(x Wᵀ + b)`, or without an activation.
    ///
    /// # Shapes
    /// - `x`: `[tokens, in_features]`
    /// - result: `[tokens, out_features]`
    pub fn forward(&self, x: Tensor<2>, activation: Option<Activation>) -> Tensor<2> {
        #[cfg(feature = "flex")]
        return super::flex::forward(self.0.clone(), x, activation);
        #[cfg(not(feature = "flex"))]
        match (self.0, x, activation) {}
    }

    /// Three maps of one input, which were packed alike.
    ///
    /// # Shapes
    /// - `x`: `[tokens, in_features]`
    /// - result: `[tokens, out_features]` of each map
    pub fn forward_three([first, second, third]: [&Self; 3], x: Tensor<2>) -> [Tensor<2>; 3] {
        #[cfg(feature = "flex")]
        return super::flex::forward_three([first.0.clone(), second.0.clone(), third.0.clone()], x);
        #[cfg(not(feature = "flex"))]
        match (first.0, second, third, x) {}
    }
}
