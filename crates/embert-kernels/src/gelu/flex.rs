//! GELU on the flex backend: one pass over the numbers, on all cores, forward and backward.

use std::f32::consts::FRAC_1_SQRT_2;

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::{
    cpu::{
        Instructions,
        math::{normal_cumulative, normal_density},
    },
    flex::{autodiff::*, compact},
};

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
        let instructions = Instructions::current();
        let mut x = compact(x);
        x.storage_mut::<f32>().par_chunks_mut(AT_A_TIME).for_each(|chunk| {
            instructions.run(
                #[inline(always)]
                || {
                    for x in chunk {
                        *x *= normal_cumulative(*x);
                    }
                },
            );
        });
        x
    }

    fn exact_gelu_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        let instructions = Instructions::current();
        let (mut x, gradient) = (compact(x), compact(gradient));
        x.storage_mut::<f32>().par_chunks_mut(AT_A_TIME).zip(gradient.storage::<f32>().par_chunks(AT_A_TIME)).for_each(
            |(x, gradient)| {
                instructions.run(
                    #[inline(always)]
                    || {
                        for (x, gradient) in x.iter_mut().zip(gradient) {
                            *x = (normal_cumulative(*x) + *x * normal_density(*x)) * gradient;
                        }
                    },
                );
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
