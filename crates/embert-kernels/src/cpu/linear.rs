//! Affine maps whose weights were packed beforehand, and what is done to their sums while they are in the cache.

use std::{borrow::Cow, ops::Range};

use bytemuck::{cast_slice, cast_slice_mut};
use rayon::prelude::*;

use super::{
    dot::Format,
    grid::{Grid, Written, numbers, room},
    level::Instructions,
    math::{self, ROUND},
    multiply::{Finish, Product, Rows, multiply},
    panels::Panels,
    sums,
};
use crate::Activation;

/// The most inputs of a map of bytes: a sum of as many products of a byte and a signed byte is an i32.
const MOST_INPUTS_OF_BYTES: usize = (i32::MAX / (255 * 127)) as usize;

/// `x Wᵀ + b` with `W` packed for the instructions of one level.
#[derive(Clone, Debug)]
pub(crate) struct PackedMatrix {
    instructions: Instructions,
    format: Format,
    inputs: usize,
    panels: Panels,
    bias: Vec<f32>,
    /// Where the weights are bytes, else of no column.
    columns: ColumnScales,
}

/// What the columns of bytes stand for.
#[derive(Clone, Debug, Default)]
struct ColumnScales {
    /// How much one is, for each output.
    scales: Vec<f32>,
    /// The sum of the bytes, for each output.
    sums: Vec<i32>,
}

impl PackedMatrix {
    /// Packs a weight `[outputs, inputs]`.
    pub(crate) fn new(instructions: Instructions, format: Format, weight: &[f32], bias: Vec<f32>) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs.max(1);
        let format = if format == Format::Int8 && inputs > MOST_INPUTS_OF_BYTES { Format::F32 } else { format };
        let numbers_a_word = instructions.numbers_a_word(format);
        let steps = inputs.div_ceil(numbers_a_word);
        let mut panels = Panels::new(instructions, format, outputs, steps);
        let mut columns = ColumnScales::default();
        let mut words = vec![0; steps];
        for (output, weights) in weight.chunks_exact(inputs.max(1)).enumerate() {
            match format {
                Format::F32 => words.copy_from_slice(cast_slice(weights)),
                Format::Bf16 => round(weights, &mut words, numbers_a_word),
                Format::Int8 => columns.push(weights, &mut words, numbers_a_word),
            }
            panels.set_column(output, words.iter().copied());
        }
        Self { instructions, format, inputs, panels, bias, columns }
    }

    pub(crate) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        let ColumnScales { scales, sums } = &self.columns;
        self.panels.bytes() + size_of_val(&*self.bias) + size_of_val(&**scales) + size_of_val(&**sums)
    }
}

impl ColumnScales {
    /// Writes the next column's weights as signed bytes.
    fn push(&mut self, weights: &[f32], words: &mut [u32], numbers_a_word: usize) {
        let (lowest, highest) = sums::range(weights);
        let largest = highest.max(-lowest);
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let bytes = weights.iter().map(|weight| (weight / scale + ROUND).to_bits() as i8);
        self.sums.push(bytes.clone().map(i32::from).sum());
        self.scales.push(scale + sums::nothing(weights));
        if numbers_a_word == 4 {
            cast_slice_mut::<u32, i8>(words).iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
        } else {
            cast_slice_mut::<u32, i16>(words).iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte.into());
        }
    }
}

/// Writes numbers as bf16, one or two a word.
#[inline(always)]
fn round(numbers: &[f32], words: &mut [u32], numbers_a_word: usize) {
    if numbers_a_word == 1 {
        words.iter_mut().zip(numbers).for_each(|(word, &x)| *word = u32::from(bf16(x)) << 16);
    } else {
        cast_slice_mut::<u32, u16>(words).iter_mut().zip(numbers).for_each(|(half, &x)| *half = bf16(x));
    }
}

/// The bf16 next to `x`, its bits; of two as near, the even one.
#[inline(always)]
fn bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    if x.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// What a row of bytes stands for: `scale (byte - zero)`.
#[derive(Clone, Copy, Debug, Default)]
struct RowScale {
    scale: f32,
    zero: i32,
}

/// The left matrix in a format.
struct Left<'a> {
    words: Cow<'a, [u32]>,
    stride: usize,
    scales: Vec<RowScale>,
}

impl<'a> Left<'a> {
    fn new(instructions: Instructions, format: Format, x: &'a [f32], inputs: usize) -> Self {
        /// Numbers that a task turns into words.
        const AT_A_TIME: usize = 16 * 1024;

        let numbers_a_word = instructions.numbers_a_word(format);
        let stride = inputs.div_ceil(numbers_a_word);
        if format == Format::F32 {
            return Self { words: cast_slice(x).into(), stride, scales: Vec::new() };
        }
        let count = x.len() / inputs.max(1);
        let rows = (AT_A_TIME / inputs.max(1)).max(1);
        let mut words = vec![0_u32; count * stride];
        let mut scales = vec![RowScale::default(); count];
        let tasks =
            x.par_chunks(rows * inputs).zip(words.par_chunks_mut(rows * stride)).zip(scales.par_chunks_mut(rows));
        tasks.for_each(|((x, words), scales)| {
            instructions.run(
                #[inline(always)]
                || {
                    for ((x, words), scale) in x.chunks_exact(inputs).zip(words.chunks_exact_mut(stride)).zip(scales) {
                        match (format, numbers_a_word) {
                            (Format::F32 | Format::Bf16, _) => round(x, words, numbers_a_word),
                            (Format::Int8, 4) => {
                                *scale = quantize(x, cast_slice_mut::<u32, u8>(words), |bits| bits as u8);
                            }
                            (Format::Int8, _) => {
                                *scale = quantize(x, cast_slice_mut::<u32, u16>(words), |bits| bits as u16 & 0xff);
                            }
                        }
                    }
                },
            );
        });
        Self { words: words.into(), stride, scales }
    }
}

/// A row in bytes: the range of its numbers, and zero, in 255 steps.
#[inline(always)]
fn quantize<T>(x: &[f32], bytes: &mut [T], byte: impl Fn(u32) -> T) -> RowScale {
    let (lowest, highest) = sums::range(x);
    let (lowest, highest) = (lowest.min(0.0), highest.max(0.0));
    let scale = if highest > lowest { (highest - lowest) / 255.0 } else { 1.0 };
    let inverse = scale.recip();
    let zero = (-lowest * inverse + ROUND) - ROUND;
    for (to, &x) in bytes.iter_mut().zip(x) {
        *to = byte(((x * inverse + zero).clamp(0.0, 255.0) + ROUND).to_bits());
    }
    RowScale { scale: scale + sums::nothing(x), zero: zero as i32 }
}

/// Sums to numbers: what bytes stand for, the bias, the activation.
struct Epilogue<'a> {
    matrix: &'a PackedMatrix,
    scales: &'a [RowScale],
    activation: Option<Activation>,
}

impl Finish for Epilogue<'_> {
    fn finish(&self, rows: Range<usize>, columns: Range<usize>, mut sums: Written<'_>) {
        let &Self { matrix, scales, activation } = self;
        let bias = &matrix.bias[columns.clone()];
        let ColumnScales { scales: column_scales, sums: column_sums } = &matrix.columns;
        let of_bytes = column_scales.get(columns.clone()).zip(column_sums.get(columns));
        matrix.instructions.run(
            #[inline(always)]
            || {
                for (row, sums) in rows.zip(sums.rows_mut()) {
                    match of_bytes {
                        None => {
                            let numbers = cast_slice_mut::<u32, f32>(sums).iter_mut();
                            numbers.zip(bias).for_each(|(number, bias)| *number += bias);
                        }
                        Some((column_scales, column_sums)) => {
                            let RowScale { scale, zero } = scales[row];
                            let of_column = bias.iter().zip(column_scales).zip(column_sums);
                            for (sum, ((bias, column_scale), column_sum)) in sums.iter_mut().zip(of_column) {
                                let of_bytes = (*sum as i32).wrapping_sub(zero.wrapping_mul(*column_sum));
                                *sum = (of_bytes as f32 * (scale * column_scale) + bias).to_bits();
                            }
                        }
                    }
                    activate(activation, cast_slice_mut(sums));
                }
            },
        );
    }
}

#[inline(always)]
fn activate(activation: Option<Activation>, numbers: &mut [f32]) {
    match activation {
        None => {}
        Some(Activation::Gelu) => numbers.iter_mut().for_each(|x| *x *= math::normal_cumulative(*x)),
        Some(Activation::GeluTanh) => {
            numbers.iter_mut().for_each(|x| *x *= math::sigmoid(*x * (1.595_769 + 0.071_354_82 * *x * *x)));
        }
        Some(Activation::Relu) => numbers.iter_mut().for_each(|x| *x = x.max(0.0)),
        Some(Activation::Silu) => numbers.iter_mut().for_each(|x| *x *= math::sigmoid(*x)),
        Some(Activation::Tanh) => numbers.iter_mut().for_each(|x| *x = x.tanh()),
    }
}

/// `activation(x Wᵀ + b)` for each of the matrices, which were packed alike: `[rows, outputs]` each.
pub(crate) fn linear<const N: usize>(
    x: &[f32],
    matrices: [&PackedMatrix; N],
    activation: Option<Activation>,
) -> [Vec<f32>; N] {
    let &PackedMatrix { instructions, format, inputs, .. } = matrices[0];
    assert!(matrices.iter().all(|matrix| matrix.inputs == inputs && matrix.format == format));
    let rows = x.len() / inputs.max(1);
    let left = Left::new(instructions, format, x, inputs);
    let mut outputs = matrices.map(|matrix| room(rows * matrix.outputs()));
    let products: Vec<_> = matrices
        .into_iter()
        .zip(&mut outputs)
        .map(|(matrix, cells)| {
            let cells = Grid::new(cells, matrix.outputs());
            (Product { panels: &matrix.panels, cells }, Epilogue { matrix, scales: &left.scales, activation })
        })
        .collect();
    multiply(instructions, format, Rows { words: &left.words, stride: left.stride }, &products);
    drop(products);
    // SAFETY: a product writes all its cells.
    outputs.map(|cells| unsafe { numbers(cells) })
}
