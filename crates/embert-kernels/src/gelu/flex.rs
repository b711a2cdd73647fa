//! GELU on the flex backend: one pass over the numbers, on all cores, forward and backward.

use std::f32::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E};

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, Flex,
        autodiff::{
            NodeId,
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        tensor::FloatTensor,
    },
    tensor::Tensor,
};
use pulp::Arch;
use rayon::prelude::*;

use crate::flex::compact;

/// Numbers that one task of a thread works on: 64 KiB, which stay in its cache.
const AT_A_TIME: usize = 16 * 1024;

pub(super) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::exact_gelu(x.into_dispatch()))
}

#[backend_extension(Flex, Autodiff)]
pub(crate) trait GeluBackend: Backend {
    /// `x Φ(x)`.
    fn exact_gelu(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `(Φ(x) + x φ(x)) gradient`. This form is for a gradient's own gradient.
    fn exact_gelu_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        let error = Self::float_erf(Self::float_mul_scalar(x.clone(), f64::from(FRAC_1_SQRT_2).into()));
        let cumulative = Self::float_mul_scalar(Self::float_add_scalar(error, 1.0.into()), 0.5.into());
        let power = Self::float_mul_scalar(Self::float_mul(x.clone(), x.clone()), (-0.5).into());
        let density = Self::float_mul_scalar(Self::float_exp(power), 0.398_942_280_401_432_7.into());
        Self::float_mul(Self::float_add(cumulative, Self::float_mul(x, density)), gradient)
    }
}

impl GeluBackend for Flex {
    fn exact_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let mut x = compact(x);
        x.storage_mut::<f32>().par_chunks_mut(AT_A_TIME).for_each(|chunk| {
            Arch::new().dispatch(|| {
                for x in chunk {
                    *x *= normal_cumulative(*x);
                }
            });
        });
        x
    }

    fn exact_gelu_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        let (mut x, gradient) = (compact(x), compact(gradient));
        x.storage_mut::<f32>().par_chunks_mut(AT_A_TIME).zip(gradient.storage::<f32>().par_chunks(AT_A_TIME)).for_each(
            |(x, gradient)| {
                Arch::new().dispatch(|| {
                    for (x, gradient) in x.iter_mut().zip(gradient) {
                        *x = (normal_cumulative(*x) + *x * normal_density(*x)) * gradient;
                    }
                });
            },
        );
        x
    }
}

impl<B: GeluBackend, C: CheckpointStrategy> GeluBackend for Autodiff<B, C> {
    fn exact_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Gelu;

        impl<B: GeluBackend> Backward<B, 1> for Gelu {
            type State = NodeId;

            fn backward(self, ops: Ops<NodeId, 1>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
                let [parent] = ops.parents;
                let gradient = gradients.consume::<B>(&ops.node);
                if let Some(node) = parent {
                    let x = checkpointer.retrieve_node_output(ops.state);
                    gradients.register::<B>(node.id, B::exact_gelu_backward(x, gradient));
                }
            }
        }

        match Gelu.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut preparation) => {
                let state = preparation.checkpoint(&x);
                preparation.finish(state, B::exact_gelu(x.into_primitive()))
            }
            OpsKind::UnTracked(preparation) => preparation.finish(B::exact_gelu(x.into_primitive())),
        }
    }
}

/// `Φ(x) = (1 + erf(x / √2)) / 2`, within 2e-7. The error function is Eigen's quotient of polynomials, in which a
/// compiler finds vectors.
#[inline(always)]
fn normal_cumulative(x: f32) -> f32 {
    let z = (x * FRAC_1_SQRT_2).clamp(-4.0, 4.0);
    let square = z * z;
    let mut above = -2.726_142e-10;
    for coefficient in [2.770_681_4e-8, -2.101_024e-6, -5.692_506_5e-5, -7.349_906_5e-4, -2.954_6e-3, -1.609_603_4e-2] {
        above = above * square + coefficient;
    }
    let mut below = -1.456_607_2e-5;
    for coefficient in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_3e-3, -1.426_474e-2] {
        below = below * square + coefficient;
    }
    let cumulative = 0.5 + 0.5 * (z * above / below);
    // Far out, x would make something of the last bit.
    if z <= -4.0 { 0.0 } else { cumulative }
}

/// `φ(x) = exp(-x² / 2) / √(2π)`, within 1e-7.
#[inline(always)]
fn normal_density(x: f32) -> f32 {
    /// The largest power that leaves a normal number.
    const HIGHEST: f32 = 126.0;
    // exp(-x²/2) = 2^part / 2^whole, |part| <= 1/2; 2^-whole is written into the exponent of a float.
    let power = x * x * (0.5 * LOG2_E);
    let near = power.min(HIGHEST);
    let whole = (near + 0.5) as i32;
    let part = whole as f32 - near;
    let mut fraction = 1.540_353e-4;
    for coefficient in [1.333_355_8e-3, 9.618_129e-3, 5.550_411e-2, 0.240_226_5, LN_2, 1.0] {
        fraction = fraction * part + coefficient;
    }
    let density = fraction * f32::from_bits(((127 - whole) as u32) << 23) * 0.398_942_3;
    if power > HIGHEST { 0.0 } else { density }
}
