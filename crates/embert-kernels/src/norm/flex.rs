//! The sum of two tensors and its normalisation on the flex backend: one pass over the rows.

use burn::tensor::Tensor;

use crate::{
    cpu::layer_norm::Norm,
    flex::{autodiff::*, compact, vector},
};

pub(super) fn add_norm(residual: Tensor<2>, x: Tensor<2>, weight: Tensor<1>, bias: Tensor<1>, eps: f64) -> Tensor<2> {
    let (residual, x) = (residual.into_dispatch(), x.into_dispatch());
    Tensor::from_dispatch(Dispatch::add_norm(residual, x, weight.into_dispatch(), bias.into_dispatch(), eps))
}

#[backend_extension(Flex, Autodiff)]
pub(crate) trait NormBackend: Backend {
    /// The normalised `residual + x`.
    fn add_norm(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        eps: f64,
    ) -> FloatTensor<Self>;
}

/// A backend that a normalisation has a gradient on.
pub(crate) trait NormGradient: NormBackend {
    /// The gradients of the sum, of weight and of bias.
    fn add_norm_backward(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        eps: f64,
    ) -> [FloatTensor<Self>; 3];
}

impl NormBackend for Flex {
    fn add_norm(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        eps: f64,
    ) -> FloatTensor<Self> {
        let (residual, mut x) = (compact(residual), compact(x));
        let (weight, bias) = (compact(weight), compact(bias));
        let norm = Norm { weight: weight.storage(), bias: bias.storage(), eps: eps as f32 };
        let width = norm.weight.len();
        let residual = residual.storage::<f32>();
        norm.forward(
            x.storage_mut(),
            #[inline(always)]
            |row, x| {
                x.iter_mut().zip(&residual[row * width..]).for_each(|(x, residual)| *x += residual);
            },
        );
        x
    }
}

impl NormGradient for Flex {
    fn add_norm_backward(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        eps: f64,
    ) -> [FloatTensor<Self>; 3] {
        let (residual, x, weight, mut gradient) = (compact(residual), compact(x), compact(weight), compact(gradient));
        let norm = Norm { weight: weight.storage(), bias: &[], eps: eps as f32 };
        let (residual, x) = (residual.storage::<f32>(), x.storage::<f32>());
        let (of_weight, of_bias) = norm.backward(
            gradient.storage_mut(),
            #[inline(always)]
            |row, sum| {
                let start = row * sum.len();
                let both = residual[start..].iter().zip(&x[start..]);
                sum.iter_mut().zip(both).for_each(|(sum, (residual, x))| *sum = x + residual);
            },
        );
        [gradient, vector(of_weight), vector(of_bias)]
    }
}

impl<B: NormGradient, C: CheckpointStrategy> NormBackend for Autodiff<B, C> {
    fn add_norm(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        eps: f64,
    ) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct AddNorm;

        impl<B: NormGradient> Backward<B, 4> for AddNorm {
            type State = ([NodeId; 3], f64);

            fn backward(self, ops: Ops<Self::State, 4>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
                let (nodes, eps) = ops.state;
                let gradient = gradients.consume::<B>(&ops.node);
                let [residual, x, weight] = nodes.map(|node| checkpointer.retrieve_node_output(node));
                let [of_sum, of_weight, of_bias] = B::add_norm_backward(residual, x, weight, gradient, eps);
                let of_parents = [of_sum.clone(), of_sum, of_weight, of_bias];
                for (parent, gradient) in ops.parents.into_iter().zip(of_parents) {
                    if let Some(node) = parent {
                        gradients.register::<B>(node.id, gradient);
                    }
                }
            }
        }

        let nodes = [residual.node(), x.node(), weight.node(), bias.node()];
        match AddNorm.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut preparation) => {
                let state = ([&residual, &x, &weight].map(|tensor| preparation.checkpoint(tensor)), eps);
                let [residual, x, weight, bias] = [residual, x, weight, bias].map(|tensor| tensor.into_primitive());
                preparation.finish(state, B::add_norm(residual, x, weight, bias, eps))
            }
            OpsKind::UnTracked(preparation) => {
                let [residual, x, weight, bias] = [residual, x, weight, bias].map(|tensor| tensor.into_primitive());
                preparation.finish(B::add_norm(residual, x, weight, bias, eps))
            }
        }
    }
}
