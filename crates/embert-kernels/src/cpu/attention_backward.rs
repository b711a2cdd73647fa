//! The gradient of attention: the probabilities are computed anew, not kept.

use bytemuck::cast_slice;
use rayon::prelude::*;

use super::{
    attention::{Attention, Projections, Task},
    dot::Format,
    grid::{Grid, numbers, room, written},
    level::Instructions,
    multiply::{Product, Rows, Sums, multiply_here},
    panels::Panels,
    sums,
};

impl Attention<'_> {
    /// From the gradient of the context to those of query, key and value: `[tokens, hidden_size]` each.
    pub(crate) fn backward(&self, from: Projections<'_>, gradient: &[f32]) -> [Vec<f32>; 3] {
        let instructions = Instructions::current();
        let mut outputs = [(); 3].map(|()| room(gradient.len()));
        let grids = outputs.each_mut().map(|cells| Grid::new(cells, self.hidden_size));
        self.tasks().into_par_iter().for_each(|task| {
            // SAFETY: a task has the tokens and the columns of its own.
            let out = grids.each_ref().map(|grid| unsafe { grid.part(task.tokens.clone(), task.columns.clone()) });
            self.backward_head(instructions, from, gradient, &task, out);
        });
        // SAFETY: the tasks have written all tokens' columns.
        outputs.map(|cells| unsafe { numbers(cells) })
    }

    fn backward_head(
        &self,
        instructions: Instructions,
        from: Projections<'_>,
        gradient: &[f32],
        task: &Task,
        [of_query, of_key, of_value]: [Grid<'_>; 3],
    ) {
        let Task { tokens, columns, .. } = task;
        let (length, head_size) = (tokens.len(), columns.len());
        let rows = |x| self.rows_of(x, tokens.start, columns);
        // x yᵀ: `[length, length]`.
        let products = |x, y| {
            let mut panels = Panels::new(instructions, Format::F32, length, head_size);
            for (place, token) in tokens.clone().enumerate() {
                panels.set_column(place, self.row(y, token)[columns.clone()].iter().map(|y: &f32| y.to_bits()));
            }
            let mut cells = room(length * length);
            multiply(instructions, rows(x), &panels, Grid::new(&mut cells, length));
            cells
        };
        // x y: `[length, head_size]`.
        let combine = |x: &[f32], y, out| {
            let mut panels = Panels::new(instructions, Format::F32, head_size, length);
            for (place, token) in tokens.clone().enumerate() {
                panels.set_step(place, cast_slice(&self.row(y, token)[columns.clone()]));
            }
            multiply(instructions, Rows { words: cast_slice(x), stride: length }, &panels, out);
        };

        let mut scores = products(from.query, from.key);
        let mut of_scores = products(gradient, from.value);
        // SAFETY: the products have written them.
        let (kept, of_scores) = unsafe { (written::<f32>(&mut scores), written::<f32>(&mut of_scores)) };
        instructions.run(
            #[inline(always)]
            || {
                let mut mask = vec![1.0; length];
                let rows = kept.chunks_exact_mut(length).zip(of_scores.chunks_exact_mut(length));
                for (query, (kept, of_scores)) in rows.enumerate() {
                    // From here on: probabilities, and the gradient of what is left of them.
                    let inverse = self.soften(kept, tokens);
                    kept.iter_mut().for_each(|probability| *probability *= inverse);
                    if let Some(dropout) = self.dropout {
                        mask.fill(1.0);
                        dropout.keys(task.sequence, task.head, query).apply(&mut mask);
                        of_scores.iter_mut().zip(&mask).for_each(|(gradient, mask)| *gradient *= mask);
                    }
                    // The softmax's gradient, and what is kept.
                    let common = sums::dot(kept, of_scores);
                    let scale = self.scale();
                    for (gradient, probability) in of_scores.iter_mut().zip(&*kept) {
                        *gradient = (*gradient - common) * probability * scale;
                    }
                    if self.dropout.is_some() {
                        kept.iter_mut().zip(&mask).for_each(|(probability, mask)| *probability *= mask);
                    }
                }
            },
        );
        combine(of_scores, from.key, of_query);
        transpose(of_scores, length);
        transpose(kept, length);
        combine(of_scores, from.query, of_key);
        combine(kept, gradient, of_value);
    }
}

fn multiply(instructions: Instructions, rows: Rows<'_>, panels: &Panels, cells: Grid<'_>) {
    multiply_here(instructions, Format::F32, rows, Product { panels, cells }, &Sums);
}

/// A square matrix to its transpose, in blocks of some lines of the cache.
fn transpose(matrix: &mut [f32], side: usize) {
    const BLOCK: usize = 16;
    for rows in (0..side).step_by(BLOCK) {
        for columns in (rows..side).step_by(BLOCK) {
            for row in rows..side.min(rows + BLOCK) {
                for column in columns.max(row + 1)..side.min(columns + BLOCK) {
                    matrix.swap(row * side + column, column * side + row);
                }
            }
        }
    }
}
