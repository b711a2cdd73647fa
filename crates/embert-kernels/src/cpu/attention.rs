//! Attention of sequences that lie end to end, a task for each sequence and head.

use std::{mem::MaybeUninit, ops::Range};

use bytemuck::cast_slice;
use rayon::prelude::*;

use super::{
    dot::Format,
    grid::{Grid, Written, numbers, room, written},
    level::Instructions,
    math,
    multiply::{Finish, Product, Rows, Sums, multiply_here},
    panels::Panels,
    sums,
};
use crate::dropout::AttentionDropout;

/// Queries whose scores are worked on at a time.
const QUERIES_AT_A_TIME: usize = 48;

/// Sequences, and how attention looks at them.
#[derive(Clone, Copy)]
pub(crate) struct Attention<'a> {
    pub(crate) lengths: &'a [usize],
    /// A flag for each token, or none at all where every token is a key.
    pub(crate) visible: &'a [bool],
    pub(crate) hidden_size: usize,
    pub(crate) heads: usize,
    pub(crate) dropout: Option<AttentionDropout>,
}

/// `[tokens, hidden_size]`, the heads side by side.
#[derive(Clone, Copy)]
pub(crate) struct Projections<'a> {
    pub(crate) query: &'a [f32],
    pub(crate) key: &'a [f32],
    pub(crate) value: &'a [f32],
}

/// A head of a sequence.
pub(super) struct Task {
    pub(super) sequence: usize,
    pub(super) head: usize,
    pub(super) tokens: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl Attention<'_> {
    fn tokens(&self) -> usize {
        self.lengths.iter().sum()
    }

    pub(super) fn scale(&self) -> f32 {
        ((self.hidden_size / self.heads) as f32).sqrt().recip()
    }

    /// The longest first, so that what comes last is short.
    pub(super) fn tasks(&self) -> Vec<Task> {
        let head_size = self.hidden_size / self.heads;
        let mut start = 0;
        let mut tasks = Vec::with_capacity(self.lengths.len() * self.heads);
        for (sequence, &length) in self.lengths.iter().enumerate() {
            for head in 0..self.heads {
                let columns = head * head_size..(head + 1) * head_size;
                tasks.push(Task { sequence, head, tokens: start..start + length, columns });
            }
            start += length;
        }
        tasks.sort_by_key(|task| std::cmp::Reverse(task.tokens.len()));
        tasks
    }

    /// Scores to `exp(score - largest)` in their place, and the inverse of their sum. An invisible key has the
    /// smallest score that there is, so that a query that sees none attends to all alike.
    #[inline(always)]
    pub(super) fn soften(&self, scores: &mut [f32], tokens: &Range<usize>) -> f32 {
        let scale = self.scale();
        scores.iter_mut().for_each(|score| *score *= scale);
        if let Some(visible) = self.visible.get(tokens.clone()) {
            for (score, &visible) in scores.iter_mut().zip(visible) {
                *score = if visible { *score } else { f32::MIN };
            }
        }
        let largest = sums::largest(scores);
        scores.iter_mut().for_each(|score| *score = math::exp(*score - largest));
        sums::sum_of(scores, |x| x).recip()
    }

    /// The heads' values, side by side: `[tokens, hidden_size]`.
    pub(crate) fn forward(&self, from: Projections<'_>) -> Vec<f32> {
        let instructions = Instructions::current();
        let mut context = room(self.tokens() * self.hidden_size);
        let grid = Grid::new(&mut context, self.hidden_size);
        self.tasks().into_par_iter().for_each_init(
            || Scratch::new(instructions),
            |scratch, task| {
                // SAFETY: a task has the tokens and the columns of its own.
                let out = unsafe { grid.part(task.tokens.clone(), task.columns.clone()) };
                self.forward_head(scratch, from, &task, &out);
            },
        );
        // SAFETY: the tasks have written all tokens' columns.
        unsafe { numbers(context) }
    }

    fn forward_head(&self, scratch: &mut Scratch, from: Projections<'_>, task: &Task, out: &Grid<'_>) {
        let Task { tokens, columns, .. } = task;
        let (length, head_size) = (tokens.len(), columns.len());
        let Scratch { instructions, keys, values, scores: room } = scratch;
        let instructions = *instructions;
        keys.reset(instructions, Format::F32, length, head_size);
        values.reset(instructions, Format::F32, head_size, length);
        for (place, token) in tokens.clone().enumerate() {
            let key = &self.row(from.key, token)[columns.clone()];
            keys.set_column(place, key.iter().map(|x| x.to_bits()));
            values.set_step(place, cast_slice(&self.row(from.value, token)[columns.clone()]));
        }
        room.resize(room.len().max(QUERIES_AT_A_TIME.min(length) * length), MaybeUninit::uninit());
        let mut inverse_sums = [0.0; QUERIES_AT_A_TIME];
        for first in (0..length).step_by(QUERIES_AT_A_TIME) {
            let queries = first..length.min(first + QUERIES_AT_A_TIME);
            let left = self.rows_of(from.query, tokens.start + first, columns);
            let scores = &mut room[..queries.len() * length];
            let product = Product { panels: keys, cells: Grid::new(scores, length) };
            multiply_here(instructions, Format::F32, left, product, &Sums);
            // SAFETY: the product has written them.
            let scores: &mut [f32] = unsafe { written(scores) };
            instructions.run(
                #[inline(always)]
                || {
                    for ((query, scores), inverse) in
                        queries.clone().zip(scores.chunks_exact_mut(length)).zip(&mut inverse_sums)
                    {
                        *inverse = self.soften(scores, tokens);
                        if let Some(dropout) = self.dropout {
                            dropout.keys(task.sequence, task.head, query).apply(scores);
                        }
                    }
                },
            );
            // SAFETY: these tokens and columns are the task's.
            let cells = unsafe { out.part(queries, 0..head_size) };
            let left = Rows { words: cast_slice(scores), stride: length };
            let product = Product { panels: values, cells };
            multiply_here(instructions, Format::F32, left, product, &Scaled(&inverse_sums));
        }
    }

    pub(super) fn row<'x>(&self, x: &'x [f32], token: usize) -> &'x [f32] {
        &x[token * self.hidden_size..][..self.hidden_size]
    }

    /// A head's part of the tokens from one on, as the left side of a product.
    pub(super) fn rows_of<'x>(&self, x: &'x [f32], token: usize, columns: &Range<usize>) -> Rows<'x> {
        Rows { words: cast_slice(&x[token * self.hidden_size + columns.start..]), stride: self.hidden_size }
    }
}

/// Each row times a number of its own.
struct Scaled<'a>(&'a [f32]);

impl Finish for Scaled<'_> {
    fn finish(&self, rows: Range<usize>, _: Range<usize>, mut sums: Written<'_>) {
        for (scale, sums) in self.0[rows].iter().zip(sums.rows_mut::<f32>()) {
            sums.iter_mut().for_each(|x| *x *= scale);
        }
    }
}

/// What a thread needs for a head, and uses again for the next.
struct Scratch {
    instructions: Instructions,
    keys: Panels,
    values: Panels,
    scores: Vec<MaybeUninit<u32>>,
}

impl Scratch {
    fn new(instructions: Instructions) -> Self {
        let none = || Panels::new(instructions, Format::F32, 0, 0);
        Self { instructions, keys: none(), values: none(), scores: Vec::new() }
    }
}
