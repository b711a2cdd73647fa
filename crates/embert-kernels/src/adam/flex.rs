//! A step of Adam on the flex backend. The new value is written over the gradient, and moments over the old ones, where
//! nobody else needs them.

use burn::{
    backend::{Backend, Dispatch, Flex, backend_extension, tensor::FloatTensor},
    tensor::Tensor,
};
use rayon::prelude::*;

use super::{Adam, AdamStep};
use crate::{cpu::Instructions, flex::compact};

/// Numbers of each tensor that one task of a thread works on.
const AT_A_TIME: usize = 16 * 1024;

pub(super) fn step(
    Adam { value, first, second }: Adam,
    gradient: Tensor<1>,
    factor: Option<Tensor<1>>,
    step: AdamStep,
) -> Adam {
    let factor = factor.unwrap_or_else(|| Tensor::ones([1], &value.device()));
    let [value, gradient, factor, first, second] = [value, gradient, factor, first, second].map(Tensor::into_dispatch);
    let (value, first, second) = Dispatch::adam(value, gradient, factor, first, second, step);
    let [value, first, second] = [value, first, second].map(Tensor::from_dispatch);
    Adam { value, first, second }
}

#[backend_extension(Flex)]
pub(crate) trait AdamBackend: Backend {
    /// The parameter, and its two moments.
    fn adam(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        factor: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl AdamBackend for Flex {
    fn adam(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        factor: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let instructions = Instructions::current();
        let factor = compact(factor).storage::<f32>().first().copied().unwrap_or(f32::NAN);
        let (value, mut gradient) = (compact(value), compact(gradient));
        let (mut first, mut second) = (compact(first), compact(second));
        let moments = first.storage_mut::<f32>().par_chunks_mut(AT_A_TIME);
        let moments = moments.zip(second.storage_mut::<f32>().par_chunks_mut(AT_A_TIME));
        let numbers = gradient.storage_mut::<f32>().par_chunks_mut(AT_A_TIME);
        numbers.zip(value.storage::<f32>().par_chunks(AT_A_TIME)).zip(moments).for_each(
            |((gradient, value), (first, second))| {
                instructions.run(
                    #[inline(always)]
                    || step_of(gradient, factor, value, first, second, step),
                );
            },
        );
        (gradient, first, second)
    }
}

/// In the order of the plain form, whose operations are rounded one by one.
#[inline(always)]
fn step_of(gradient: &mut [f32], factor: f32, value: &[f32], first: &mut [f32], second: &mut [f32], step: AdamStep) {
    let AdamStep { learning_rate, kept, first: (beta_1, missing_1), second: (beta_2, missing_2), epsilon } = step;
    for (((gradient, value), first), second) in gradient.iter_mut().zip(value).zip(first).zip(second) {
        *gradient *= factor;
        *first = *first * beta_1 + *gradient * (1.0 - beta_1);
        *second = *second * beta_2 + *gradient * *gradient * (1.0 - beta_2);
        let update = (*first / missing_1) / ((*second / missing_2).sqrt() + epsilon);
        *gradient = value * kept - update * learning_rate;
    }
}
