//! Sums of vectors from tables on the flex backend: one pass over the rows.

use std::sync::Arc;

use burn::tensor::{Shape, Tensor};

use super::Lookup;
use crate::{
    cpu::layer_norm::Norm,
    flex::{FlexTensor, autodiff::*, compact, matrix, vector},
};

/// A row for each token.
type Ids = Arc<[u32]>;

pub(super) fn embed(
    first: Lookup<'_>,
    second: Lookup<'_>,
    third: Option<Lookup<'_>>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    eps: f64,
) -> Tensor<2> {
    let (weight, bias) = (weight.into_dispatch(), bias.into_dispatch());
    let (tables, ids) = ([first.table, second.table].map(Tensor::into_dispatch), [first.ids.into(), second.ids.into()]);
    let [first, second] = tables;
    Tensor::from_dispatch(match third {
        None => Dispatch::embed_two(first, second, weight, bias, ids, eps),
        Some(third) => {
            let [of_first, of_second] = ids;
            let ids = [of_first, of_second, third.ids.into()];
            Dispatch::embed_three(first, second, third.table.into_dispatch(), weight, bias, ids, eps)
        }
    })
}

#[backend_extension(Flex, Autodiff)]
pub(crate) trait EmbedBackend: Backend {
    /// The normalised sum of vectors from two tables.
    fn embed_two(
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        ids: [Ids; 2],
        eps: f64,
    ) -> FloatTensor<Self>;

    /// The normalised sum of vectors from three tables.
    fn embed_three(
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        third: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        ids: [Ids; 3],
        eps: f64,
    ) -> FloatTensor<Self>;
}

/// A backend that lookups have a gradient on.
pub(crate) trait EmbedGradient: EmbedBackend {
    /// The normalised sum of vectors from tables.
    fn embed<const TABLES: usize>(
        tables: [FloatTensor<Self>; TABLES],
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        ids: &[Ids; TABLES],
        eps: f64,
    ) -> FloatTensor<Self>;

    /// The gradients of the sum, of weight and of bias.
    fn embed_backward<const TABLES: usize>(
        tables: [FloatTensor<Self>; TABLES],
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        ids: &[Ids; TABLES],
        eps: f64,
    ) -> [FloatTensor<Self>; 3];

    /// The gradient of a table: of each of its vectors, those of the tokens that have it.
    fn table_backward(table: Shape, ids: &Ids, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Adds a token's vectors of compact tables to a row.
#[inline(always)]
fn add_vectors(tables: &[FlexTensor], ids: &[Ids], token: usize, row: &mut [f32]) {
    for (table, ids) in tables.iter().zip(ids) {
        let vector = &table.storage::<f32>()[ids[token] as usize * row.len()..];
        row.iter_mut().zip(vector).for_each(|(x, of_table)| *x += of_table);
    }
}

impl EmbedGradient for Flex {
    fn embed<const TABLES: usize>(
        tables: [FloatTensor<Self>; TABLES],
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        ids: &[Ids; TABLES],
        eps: f64,
    ) -> FloatTensor<Self> {
        let (tables, weight, bias) = (tables.map(compact), compact(weight), compact(bias));
        let norm = Norm { weight: weight.storage(), bias: bias.storage(), eps: eps as f32 };
        let width = norm.weight.len();
        let mut sums = vec![0.0; ids[0].len() * width];
        norm.forward(
            &mut sums,
            #[inline(always)]
            |token, row| add_vectors(&tables, ids, token, row),
        );
        matrix(sums, width)
    }

    fn embed_backward<const TABLES: usize>(
        tables: [FloatTensor<Self>; TABLES],
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        ids: &[Ids; TABLES],
        eps: f64,
    ) -> [FloatTensor<Self>; 3] {
        let (tables, weight, mut gradient) = (tables.map(compact), compact(weight), compact(gradient));
        let norm = Norm { weight: weight.storage(), bias: &[], eps: eps as f32 };
        let (of_weight, of_bias) = norm.backward(
            gradient.storage_mut(),
            #[inline(always)]
            |token, row| add_vectors(&tables, ids, token, row),
        );
        [gradient, vector(of_weight), vector(of_bias)]
    }

    fn table_backward(table: Shape, ids: &Ids, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        let [size, width] = table.dims();
        let gradient = compact(gradient);
        let mut of_table = vec![0.0; size * width];
        for (&id, gradient) in ids.iter().zip(gradient.storage::<f32>().chunks_exact(width)) {
            let of_vector = &mut of_table[id as usize * width..][..width];
            of_vector.iter_mut().zip(gradient).for_each(|(sum, gradient)| *sum += gradient);
        }
        matrix(of_table, width)
    }
}

impl EmbedBackend for Flex {
    fn embed_two(
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        ids: [Ids; 2],
        eps: f64,
    ) -> FloatTensor<Self> {
        Self::embed([first, second], weight, bias, &ids, eps)
    }

    fn embed_three(
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        third: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        ids: [Ids; 3],
        eps: f64,
    ) -> FloatTensor<Self> {
        Self::embed([first, second, third], weight, bias, &ids, eps)
    }
}

/// The lookup in so many tables.
#[derive(Debug)]
struct Embed<const TABLES: usize>;

/// What the gradient needs: the tables, whose sums are made anew, and the weight.
#[derive(Clone, Debug)]
struct Kept<const TABLES: usize> {
    tables: [NodeId; TABLES],
    weight: NodeId,
    ids: [Ids; TABLES],
    eps: f64,
}

/// The parents are the tables, the weight and the bias.
impl<B: EmbedGradient, const TABLES: usize, const PARENTS: usize> Backward<B, PARENTS> for Embed<TABLES> {
    type State = Kept<TABLES>;

    fn backward(self, ops: Ops<Self::State, PARENTS>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
        let Kept { tables, weight, ids, eps } = ops.state;
        let gradient = gradients.consume::<B>(&ops.node);
        let tables = tables.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let shapes = tables.each_ref().map(|table| table.shape());
        let weight = checkpointer.retrieve_node_output(weight);
        let [of_sum, of_weight, of_bias] = B::embed_backward(tables, weight, gradient, &ids, eps);
        let mut parents = ops.parents.into_iter();
        for ((shape, ids), parent) in shapes.into_iter().zip(&ids).zip(&mut parents) {
            if let Some(node) = parent {
                gradients.register::<B>(node.id, B::table_backward(shape, ids, of_sum.clone()));
            }
        }
        for (gradient, parent) in [of_weight, of_bias].into_iter().zip(parents) {
            if let Some(node) = parent {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

/// The forward pass with a gradient, for so many tables.
macro_rules! embed_with_gradient {
    ($name:ident, $tables:literal: $($table:ident)*) => {
        fn $name(
            $($table: FloatTensor<Self>,)*
            weight: FloatTensor<Self>,
            bias: FloatTensor<Self>,
            ids: [Ids; $tables],
            eps: f64,
        ) -> FloatTensor<Self> {
            let nodes = [$($table.node(),)* weight.node(), bias.node()];
            match Embed::<$tables>.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(mut preparation) => {
                    let tables = [$(preparation.checkpoint(&$table)),*];
                    let kept = Kept { tables, weight: preparation.checkpoint(&weight), ids: ids.clone(), eps };
                    let (weight, bias) = (weight.into_primitive(), bias.into_primitive());
                    preparation.finish(kept, B::embed([$($table.into_primitive()),*], weight, bias, &ids, eps))
                }
                OpsKind::UnTracked(preparation) => {
                    let (weight, bias) = (weight.into_primitive(), bias.into_primitive());
                    preparation.finish(B::embed([$($table.into_primitive()),*], weight, bias, &ids, eps))
                }
            }
        }
    };
}

impl<B: EmbedGradient, C: CheckpointStrategy> EmbedBackend for Autodiff<B, C> {
    embed_with_gradient!(embed_two, 2: first second);
    embed_with_gradient!(embed_three, 3: first second third);
}
