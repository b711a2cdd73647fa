//! Attention on the flex backend: no padding, no matrix of all scores.

use burn::tensor::Tensor;

use super::Sequences;
use crate::{
    cpu::attention::{Attention, Projections},
    dropout::AttentionDropout,
    flex::{FlexTensor, autodiff::*, compact, matrix},
};

pub(super) fn attend(
    [query, key, value]: [Tensor<2>; 3],
    sequences: &Sequences,
    heads: usize,
    dropout: Option<AttentionDropout>,
) -> Tensor<2> {
    let how = How { sequences: sequences.clone(), heads, dropout };
    Tensor::from_dispatch(Dispatch::attend(query.into_dispatch(), key.into_dispatch(), value.into_dispatch(), how))
}

/// What attention is told besides its tensors.
#[derive(Clone, Debug)]
pub(crate) struct How {
    sequences: Sequences,
    heads: usize,
    dropout: Option<AttentionDropout>,
}

impl How {
    fn of(&self, hidden_size: usize) -> Attention<'_> {
        let Self { sequences: Sequences { lengths, visible }, heads, dropout } = self;
        Attention { lengths, visible, hidden_size, heads: *heads, dropout: *dropout }
    }
}

#[backend_extension(Flex, Autodiff)]
pub(crate) trait AttentionBackend: Backend {
    /// `dropout(softmax(Q Kᵀ / √head_size)) V` in each head.
    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        how: How,
    ) -> FloatTensor<Self>;
}

/// A backend that attention has a gradient on.
pub(crate) trait AttentionGradient: AttentionBackend {
    /// The gradients of query, key and value.
    fn attend_backward(
        projections: [FloatTensor<Self>; 3],
        gradient: FloatTensor<Self>,
        how: How,
    ) -> [FloatTensor<Self>; 3];
}

fn width(tensor: &FlexTensor) -> usize {
    let [_, width] = tensor.shape().dims();
    width
}

impl AttentionBackend for Flex {
    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        how: How,
    ) -> FloatTensor<Self> {
        let (query, key, value) = (compact(query), compact(key), compact(value));
        let from = Projections { query: query.storage(), key: key.storage(), value: value.storage() };
        let hidden_size = width(&query);
        matrix(how.of(hidden_size).forward(from), hidden_size)
    }
}

impl AttentionGradient for Flex {
    fn attend_backward(
        projections: [FloatTensor<Self>; 3],
        gradient: FloatTensor<Self>,
        how: How,
    ) -> [FloatTensor<Self>; 3] {
        let [query, key, value] = projections.map(compact);
        let gradient = compact(gradient);
        let from = Projections { query: query.storage(), key: key.storage(), value: value.storage() };
        let hidden_size = width(&query);
        how.of(hidden_size).backward(from, gradient.storage()).map(|gradient| matrix(gradient, hidden_size))
    }
}

impl<B: AttentionGradient, C: CheckpointStrategy> AttentionBackend for Autodiff<B, C> {
    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        how: How,
    ) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Attend;

        impl<B: AttentionGradient> Backward<B, 3> for Attend {
            type State = ([NodeId; 3], How);

            fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
                let (projections, how) = ops.state;
                let gradient = gradients.consume::<B>(&ops.node);
                let projections = projections.map(|node| checkpointer.retrieve_node_output(node));
                let of_projections = B::attend_backward(projections, gradient, how);
                for (parent, gradient) in ops.parents.into_iter().zip(of_projections) {
                    if let Some(node) = parent {
                        gradients.register::<B>(node.id, gradient);
                    }
                }
            }
        }

        let projections = [query, key, value];
        let nodes = projections.each_ref().map(|tensor| tensor.node());
        match Attend.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut preparation) => {
                let state = (projections.each_ref().map(|tensor| preparation.checkpoint(tensor)), how.clone());
                let [query, key, value] = projections.map(|tensor| tensor.into_primitive());
                preparation.finish(state, B::attend(query, key, value, how))
            }
            OpsKind::UnTracked(preparation) => {
                let [query, key, value] = projections.map(|tensor| tensor.into_primitive());
                preparation.finish(B::attend(query, key, value, how))
            }
        }
    }
}
