//! The fused operations on a CPU: numbers in slices, on all cores.

pub(crate) mod attention;
mod attention_backward;
mod dot;
mod grid;
pub(crate) mod layer_norm;
mod level;
pub(crate) mod linear;
pub(crate) mod math;
mod multiply;
mod panels;
pub(crate) mod sums;
mod tile;

pub(crate) use dot::Format;
pub(crate) use level::Instructions;
pub use level::{CPU_VARIABLE, CpuLevel};
