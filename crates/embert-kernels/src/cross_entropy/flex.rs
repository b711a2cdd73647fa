//! Likelihoods on the flex backend. The gradient is written over the scores, where nobody else needs them.

use std::sync::Arc;

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::{
    cpu::{Instructions, math, sums},
    flex::{autodiff::*, compact, vector},
};

pub(super) fn likelihood(logits: Tensor<2>, targets: &[u32]) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::likelihood(logits.into_dispatch(), targets.into()))
}

#[backend_extension(Flex, Autodiff)]
pub(crate) trait LikelihoodBackend: Backend {
    /// `-log softmax(logits)[target]`, for each row.
    fn likelihood(logits: FloatTensor<Self>, targets: Arc<[u32]>) -> FloatTensor<Self>;
}

/// A backend that likelihoods have a gradient on.
pub(crate) trait LikelihoodGradient: LikelihoodBackend {
    /// `(softmax(logits) - [target]) gradient`, for each row.
    fn likelihood_backward(
        logits: FloatTensor<Self>,
        targets: Arc<[u32]>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// The largest of a row, and the sum of `exp(x - largest)`.
#[inline(always)]
fn largest_and_sum(row: &[f32]) -> (f32, f32) {
    let largest = sums::largest(row);
    (largest, sums::sum_of(row, |x| math::exp(x - largest)))
}

impl LikelihoodBackend for Flex {
    fn likelihood(logits: FloatTensor<Self>, targets: Arc<[u32]>) -> FloatTensor<Self> {
        let [_, classes] = logits.shape().dims();
        let instructions = Instructions::current();
        let logits = compact(logits);
        let rows = logits.storage::<f32>().par_chunks_exact(classes.max(1)).zip(&*targets);
        let each = rows.map(|(row, &target)| {
            instructions.run(
                #[inline(always)]
                || {
                    let (largest, sum) = largest_and_sum(row);
                    sum.ln() + largest - row[target as usize]
                },
            )
        });
        vector(each.collect())
    }
}

impl LikelihoodGradient for Flex {
    fn likelihood_backward(
        logits: FloatTensor<Self>,
        targets: Arc<[u32]>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let [_, classes] = logits.shape().dims();
        let instructions = Instructions::current();
        let (mut logits, gradient) = (compact(logits), compact(gradient));
        let rows = logits.storage_mut::<f32>().par_chunks_exact_mut(classes.max(1)).zip(&*targets);
        rows.zip(gradient.storage::<f32>()).for_each(|((row, &target), &gradient)| {
            instructions.run(
                #[inline(always)]
                || {
                    let (largest, sum) = largest_and_sum(row);
                    let scale = gradient / sum;
                    row.iter_mut().for_each(|x| *x = math::exp(*x - largest) * scale);
                    row[target as usize] -= gradient;
                },
            );
        });
        logits
    }
}

impl<B: LikelihoodGradient, C: CheckpointStrategy> LikelihoodBackend for Autodiff<B, C> {
    fn likelihood(logits: FloatTensor<Self>, targets: Arc<[u32]>) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Likelihood;

        impl<B: LikelihoodGradient> Backward<B, 1> for Likelihood {
            type State = (NodeId, Arc<[u32]>);

            fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
                let (logits, targets) = ops.state;
                let gradient = gradients.consume::<B>(&ops.node);
                if let [Some(parent)] = ops.parents {
                    let logits = checkpointer.retrieve_node_output(logits);
                    gradients.register::<B>(parent.id, B::likelihood_backward(logits, targets, gradient));
                }
            }
        }

        match Likelihood.prepare::<C>([logits.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut preparation) => {
                let state = (preparation.checkpoint(&logits), targets.clone());
                preparation.finish(state, B::likelihood(logits.into_primitive(), targets))
            }
            OpsKind::UnTracked(preparation) => preparation.finish(B::likelihood(logits.into_primitive(), targets)),
        }
    }
}
