//! The affine map on the flex backend.
//!
//! Its matrix product is the same as Burn's, by the same library. But Burn zeroes a product's memory and copies it once
//! to another alignment, and adds the bias in a pass on one core: on a small model, a sixth of a training step.

use burn::tensor::{Shape, Tensor};
use gemm::{Parallelism, gemm};

use crate::flex::{FlexTensor, autodiff::*, compact, matrix};

pub(super) fn affine(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::affine(x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()))
}

#[backend_extension(Flex, Autodiff)]
pub(crate) trait LinearBackend: Backend {
    /// `x Wᵀ + b`.
    fn affine(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The gradient of `x`: `gradient W`. This form is for a gradient's own gradient.
    fn affine_backward_input(gradient: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(gradient, weight)
    }

    /// The gradient of `W`: `gradientᵀ x`.
    fn affine_backward_weight(gradient: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(Self::float_transpose(gradient), x)
    }
}

impl LinearBackend for Flex {
    fn affine(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, weight, bias) = (compact(x), compact(weight), compact(bias));
        product(Matrix::of(&x), Matrix::of(&weight).transposed(), Some(bias.storage::<f32>()))
    }

    fn affine_backward_input(gradient: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        let (gradient, weight) = (compact(gradient), compact(weight));
        product(Matrix::of(&gradient), Matrix::of(&weight), None)
    }

    fn affine_backward_weight(gradient: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (gradient, x) = (compact(gradient), compact(x));
        product(Matrix::of(&gradient).transposed(), Matrix::of(&x), None)
    }
}

impl<B: LinearBackend, C: CheckpointStrategy> LinearBackend for Autodiff<B, C> {
    fn affine(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Affine;

        impl<B: LinearBackend> Backward<B, 3> for Affine {
            type State = (NodeId, NodeId, Shape);

            fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
                let [x_node, weight_node, bias_node] = ops.parents;
                let (x, weight, bias_shape) = ops.state;
                let gradient = gradients.consume::<B>(&ops.node);
                if let Some(node) = x_node {
                    let weight = checkpointer.retrieve_node_output(weight);
                    gradients.register::<B>(node.id, B::affine_backward_input(gradient.clone(), weight));
                }
                if let Some(node) = weight_node {
                    let x = checkpointer.retrieve_node_output(x);
                    gradients.register::<B>(node.id, B::affine_backward_weight(gradient.clone(), x));
                }
                if let Some(node) = bias_node {
                    let sum = B::float_reshape(B::float_sum_dim(gradient, 0), bias_shape);
                    gradients.register::<B>(node.id, sum);
                }
            }
        }

        match Affine.prepare::<C>([x.node(), weight.node(), bias.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut preparation) => {
                let state = (preparation.checkpoint(&x), preparation.checkpoint(&weight), bias.primitive().shape());
                let y = B::affine(x.into_primitive(), weight.into_primitive(), bias.into_primitive());
                preparation.finish(state, y)
            }
            OpsKind::UnTracked(preparation) => {
                preparation.finish(B::affine(x.into_primitive(), weight.into_primitive(), bias.into_primitive()))
            }
        }
    }
}

/// A matrix in memory, or its transpose.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    numbers: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: isize,
    column_stride: isize,
}

impl<'a> Matrix<'a> {
    /// The whole of a compact tensor of two dimensions.
    fn of(tensor: &'a FlexTensor) -> Self {
        let [rows, columns] = tensor.shape().dims();
        let numbers = tensor.storage::<f32>();
        assert_eq!(numbers.len(), rows * columns);
        Self { numbers, rows, columns, row_stride: columns as isize, column_stride: 1 }
    }

    fn transposed(self) -> Self {
        Self {
            numbers: self.numbers,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// `A B`, plus `bias` in each row.
fn product(a: Matrix<'_>, b: Matrix<'_>, bias: Option<&[f32]>) -> FlexTensor {
    assert_eq!(a.columns, b.rows);
    let (rows, columns) = (a.rows, b.columns);
    let mut y: Vec<f32> = Vec::with_capacity(rows * columns);
    if let Some(bias) = bias {
        assert_eq!(bias.len(), columns);
        (0..rows).for_each(|_| y.extend_from_slice(bias));
    }
    // SAFETY: the strides stay within `numbers`, of rows × columns elements each, as `Matrix::of` has made sure; `y` has
    // room for rows × columns, all of which gemm writes, and reads only where the bias was written.
    unsafe {
        gemm(
            rows,
            columns,
            a.columns,
            y.as_mut_ptr(),
            1,
            columns as isize,
            bias.is_some(),
            a.numbers.as_ptr(),
            a.column_stride,
            a.row_stride,
            b.numbers.as_ptr(),
            b.column_stride,
            b.row_stride,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::Rayon(0),
        );
        y.set_len(rows * columns);
    }
    matrix(y, columns)
}
