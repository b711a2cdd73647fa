//! Soft targets on the flex backend. The gradient is written over the student's logits, where nobody else needs them.

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::{
    cpu::{Instructions, math, sums},
    flex::{autodiff::*, compact, vector},
};

pub(super) fn divergence(student: Tensor<2>, teacher: Tensor<2>, temperature: f64) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::divergence(student.into_dispatch(), teacher.into_dispatch(), temperature as f32))
}

#[backend_extension(Flex, Autodiff)]
pub(crate) trait DivergenceBackend: Backend {
    /// `Σ t (log t - log s)`, for each row.
    fn divergence(student: FloatTensor<Self>, teacher: FloatTensor<Self>, temperature: f32) -> FloatTensor<Self>;
}

/// A backend that the divergence has a gradient on.
pub(crate) trait DivergenceGradient: DivergenceBackend {
    /// `(s - t) gradient / temperature`, for each row.
    fn divergence_backward(
        student: FloatTensor<Self>,
        teacher: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        temperature: f32,
    ) -> FloatTensor<Self>;
}

/// A softmax of a row of logits, each times `cold`.
struct Softmax {
    cold: f32,
    largest: f32,
    sum: f32,
}

impl Softmax {
    #[inline(always)]
    fn of(row: &[f32], cold: f32) -> Self {
        let largest = sums::largest(row);
        Self { cold, largest, sum: sums::sum_of(row, |x| math::exp((x - largest) * cold)) }
    }

    /// Of one class, but for the sum.
    #[inline(always)]
    fn share(&self, x: f32) -> f32 {
        math::exp((x - self.largest) * self.cold)
    }
}

impl DivergenceBackend for Flex {
    fn divergence(student: FloatTensor<Self>, teacher: FloatTensor<Self>, temperature: f32) -> FloatTensor<Self> {
        let [_, classes] = student.shape().dims();
        let (instructions, cold) = (Instructions::current(), temperature.recip());
        let (student, teacher) = (compact(student), compact(teacher));
        let rows = student.storage::<f32>().par_chunks_exact(classes.max(1));
        let each = rows.zip(teacher.storage::<f32>().par_chunks_exact(classes.max(1))).map(|(student, teacher)| {
            instructions.run(
                #[inline(always)]
                || {
                    let (s, t) = (Softmax::of(student, cold), Softmax::of(teacher, cold));
                    // log t - log s of each class is this much more than the difference of its logits.
                    let common = (s.largest - t.largest) * cold + s.sum.ln() - t.sum.ln();
                    let weighed = sums::sum_of_both(student, teacher, |student, teacher| {
                        t.share(teacher) * ((teacher - student) * cold)
                    });
                    weighed / t.sum + common
                },
            )
        });
        vector(each.collect())
    }
}

impl DivergenceGradient for Flex {
    fn divergence_backward(
        student: FloatTensor<Self>,
        teacher: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        temperature: f32,
    ) -> FloatTensor<Self> {
        let [_, classes] = student.shape().dims();
        let (instructions, cold) = (Instructions::current(), temperature.recip());
        let (mut student, teacher, gradient) = (compact(student), compact(teacher), compact(gradient));
        let rows = student.storage_mut::<f32>().par_chunks_exact_mut(classes.max(1));
        let rows = rows.zip(teacher.storage::<f32>().par_chunks_exact(classes.max(1)));
        rows.zip(gradient.storage::<f32>()).for_each(|((student, teacher), &gradient)| {
            instructions.run(
                #[inline(always)]
                || {
                    let (s, t) = (Softmax::of(student, cold), Softmax::of(teacher, cold));
                    let (of_s, of_t) = (gradient * cold / s.sum, gradient * cold / t.sum);
                    for (student, &teacher) in student.iter_mut().zip(teacher) {
                        *student = s.share(*student) * of_s - t.share(teacher) * of_t;
                    }
                },
            );
        });
        student
    }
}

impl<B: DivergenceGradient, C: CheckpointStrategy> DivergenceBackend for Autodiff<B, C> {
    fn divergence(student: FloatTensor<Self>, teacher: FloatTensor<Self>, temperature: f32) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Divergence;

        impl<B: DivergenceGradient> Backward<B, 1> for Divergence {
            type State = (NodeId, FloatTensor<B>, f32);

            fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
                let (student, teacher, temperature) = ops.state;
                let gradient = gradients.consume::<B>(&ops.node);
                if let [Some(parent)] = ops.parents {
                    let student = checkpointer.retrieve_node_output(student);
                    let of_student = B::divergence_backward(student, teacher, gradient, temperature);
                    gradients.register::<B>(parent.id, of_student);
                }
            }
        }

        let teacher = teacher.into_primitive();
        match Divergence.prepare::<C>([student.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut preparation) => {
                let state = (preparation.checkpoint(&student), teacher.clone(), temperature);
                preparation.finish(state, B::divergence(student.into_primitive(), teacher, temperature))
            }
            OpsKind::UnTracked(preparation) => {
                preparation.finish(B::divergence(student.into_primitive(), teacher, temperature))
            }
        }
    }
}
