//! Layer normalisation of rows, on all cores.

use rayon::prelude::*;

use super::{level::Instructions, sums};

/// Rows of a task. The gradients of weight and bias are summed up task by task, so this is a part of their rounding.
const ROWS_OF_A_TASK: usize = 32;

/// What a LayerNorm scales, shifts and is safe by.
#[derive(Clone, Copy)]
pub(crate) struct Norm<'a> {
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) eps: f32,
}

/// Mean and inverse standard deviation of a row.
#[inline(always)]
fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let count = row.len() as f32;
    let mean = sums::sum_of(row, |x| x) / count;
    let variance = sums::sum_of(row, |x| (x - mean) * (x - mean)) / count;
    (mean, (variance + eps).sqrt().recip())
}

impl Norm<'_> {
    /// Normalises rows in their place, each filled by `fill` before.
    pub(crate) fn forward(&self, rows: &mut [f32], fill: impl Fn(usize, &mut [f32]) + Sync) {
        let width = self.weight.len();
        let instructions = Instructions::current();
        rows.par_chunks_mut(ROWS_OF_A_TASK * width).enumerate().for_each(|(task, rows)| {
            instructions.run(
                #[inline(always)]
                || {
                    for (place, row) in rows.chunks_exact_mut(width).enumerate() {
                        fill(task * ROWS_OF_A_TASK + place, row);
                        let (mean, scale) = moments(row, self.eps);
                        for ((x, weight), bias) in row.iter_mut().zip(self.weight).zip(self.bias) {
                            *x = (*x - mean) * scale * weight + bias;
                        }
                    }
                },
            );
        });
    }

    /// From the gradient of the result to that of what was normalised, in its place; and the gradients of weight and
    /// bias. `add` adds what was normalised to a row of zeros.
    pub(crate) fn backward(
        &self,
        gradient: &mut [f32],
        add: impl Fn(usize, &mut [f32]) + Sync,
    ) -> (Vec<f32>, Vec<f32>) {
        let width = self.weight.len();
        let instructions = Instructions::current();
        let of_tasks: Vec<_> = gradient
            .par_chunks_mut(ROWS_OF_A_TASK * width)
            .enumerate()
            .map(|(task, gradient)| {
                instructions.run(
                    #[inline(always)]
                    || {
                        let mut of_weight = vec![0.0; width];
                        let mut of_bias = vec![0.0; width];
                        let mut normalized = vec![0.0; width];
                        for (place, gradient) in gradient.chunks_exact_mut(width).enumerate() {
                            normalized.fill(0.0);
                            add(task * ROWS_OF_A_TASK + place, &mut normalized);
                            let (mean, scale) = moments(&normalized, self.eps);
                            normalized.iter_mut().for_each(|x| *x = (*x - mean) * scale);
                            for (((gradient, normalized), of_weight), of_bias) in
                                gradient.iter().zip(&normalized).zip(&mut of_weight).zip(&mut of_bias)
                            {
                                *of_weight += gradient * normalized;
                                *of_bias += gradient;
                            }
                            for (gradient, weight) in gradient.iter_mut().zip(self.weight) {
                                *gradient *= weight;
                            }
                            let mean = sums::sum_of(gradient, |x| x) / width as f32;
                            let share = sums::dot(gradient, &normalized) / width as f32;
                            for (gradient, normalized) in gradient.iter_mut().zip(&normalized) {
                                *gradient = (*gradient - mean - normalized * share) * scale;
                            }
                        }
                        (of_weight, of_bias)
                    },
                )
            })
            .collect();
        let add = |mut sum: Vec<f32>, part: &Vec<f32>| {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            sum
        };
        let of_weight = of_tasks.iter().map(|(weight, _)| weight).fold(vec![0.0; width], add);
        let of_bias = of_tasks.iter().map(|(_, bias)| bias).fold(vec![0.0; width], add);
        (of_weight, of_bias)
    }
}
