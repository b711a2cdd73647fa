//! Products of matrices, in blocks that stay in a core's cache.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    dot::{Dot, Format, WithDot},
    grid::{Grid, Written},
    level::Instructions,
    panels::Panels,
    tile::tile,
};

/// Steps that are summed up before the next rows are looked at: a panel's are 96 KiB, and stay in the second cache
/// together with a block's rows.
const STEPS_OF_A_BLOCK: usize = 384;
/// Rows of a block: with as many steps, 384 KiB.
const ROWS_OF_A_BLOCK: usize = 252;
/// A block is a whole number of tiles high.
const ROWS_OF_A_TILE: usize = 6;
/// Tasks for each thread, so that none waits long for the last.
const TASKS_A_THREAD: usize = 4;

/// The left matrix: rows of words.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) words: &'a [u32],
    /// Words from one row to the next.
    pub(crate) stride: usize,
}

impl Rows<'_> {
    /// Some steps of some rows, of which there is one at least.
    fn part(&self, rows: Range<usize>, steps: Range<usize>) -> Self {
        let Self { words, stride } = *self;
        Self { words: &words[rows.start * stride + steps.start..(rows.end - 1) * stride + steps.end], stride }
    }
}

/// A product to be: its right matrix, and the cells that it is written to.
pub(crate) struct Product<'a> {
    pub(crate) panels: &'a Panels,
    pub(crate) cells: Grid<'a>,
}

/// What becomes of the sums of some of a product's rows and columns: it turns them into numbers, in their place.
pub(crate) trait Finish: Sync {
    fn finish(&self, rows: Range<usize>, columns: Range<usize>, sums: Written<'_>);
}

/// The sums are the numbers.
pub(crate) struct Sums;

impl Finish for Sums {
    fn finish(&self, _: Range<usize>, _: Range<usize>, _: Written<'_>) {}
}

/// Computes products of the same rows, on all cores.
pub(crate) fn multiply<F: Finish>(
    instructions: Instructions,
    format: Format,
    rows: Rows<'_>,
    products: &[(Product<'_>, F)],
) {
    let count = products.iter().map(|(product, _)| product.cells.rows()).max().unwrap_or(0);
    let blocks = count.div_ceil(ROWS_OF_A_BLOCK).max(1);
    let height = count.div_ceil(blocks).next_multiple_of(ROWS_OF_A_TILE);
    let panels: usize = products.iter().map(|(product, _)| product.panels.count()).sum();
    let groups = (TASKS_A_THREAD * rayon::current_num_threads()).div_ceil(blocks).clamp(1, panels.max(1));
    let width = panels.div_ceil(groups);
    let mut tasks = Vec::new();
    for first in (0..count).step_by(height.max(1)) {
        for (product, finish) in products {
            for panel in (0..product.panels.count()).step_by(width.max(1)) {
                let panels = panel..product.panels.count().min(panel + width);
                tasks.push((product, finish, first..count.min(first + height), panels));
            }
        }
    }
    tasks.into_par_iter().with_max_len(1).for_each(|(product, finish, block, panels)| {
        // SAFETY: the tasks' blocks of rows and panels have no cell in common.
        unsafe { multiply_block(instructions, format, rows, product, finish, block, panels) };
    });
}

/// Computes a whole product on this thread.
pub(crate) fn multiply_here(
    instructions: Instructions,
    format: Format,
    rows: Rows<'_>,
    product: Product<'_>,
    finish: &impl Finish,
) {
    let (block, panels) = (0..product.cells.rows(), 0..product.panels.count());
    // SAFETY: the cells are this product's alone.
    unsafe { multiply_block(instructions, format, rows, &product, finish, block, panels) };
}

/// # Safety
/// Nobody else has the product's cells of these rows and panels.
unsafe fn multiply_block<F: Finish>(
    instructions: Instructions,
    format: Format,
    rows: Rows<'_>,
    product: &Product<'_>,
    finish: &F,
    block: Range<usize>,
    panels: Range<usize>,
) {
    let block = Block { rows, product, finish, block, panels };
    instructions.with_dot(format, block);
}

struct Block<'a, F> {
    rows: Rows<'a>,
    product: &'a Product<'a>,
    finish: &'a F,
    block: Range<usize>,
    panels: Range<usize>,
}

impl<F: Finish> WithDot for Block<'_, F> {
    type Output = ();

    fn with<D: Dot>(self, dot: D) {
        let Self { rows, product, finish, block, panels } = self;
        let all = product.panels.steps();
        let mut start = 0;
        loop {
            let steps = start..all.min(start + STEPS_OF_A_BLOCK);
            for panel in panels.clone() {
                let columns = product.panels.columns_of(panel);
                let vectors: &[D::Words] = product.panels.vectors(panel, steps.clone());
                let height = D::rows(columns.len().div_ceil(D::LANES));
                let next = product.panels.lines_after(panel, panels.end, steps.clone());
                let tiles = block.len().div_ceil(height).max(1);
                let mut ahead = next.chunks(next.len().div_ceil(tiles).max(1));
                for first in block.clone().step_by(height) {
                    let tile_rows = first..block.end.min(first + height);
                    // SAFETY: the caller of `multiply_block` made sure that they are ours.
                    let cells = unsafe { product.cells.part(tile_rows.clone(), columns.clone()) };
                    let rows = rows.part(tile_rows.clone(), steps.clone());
                    tile(dot, rows, vectors, ahead.next().unwrap_or_default(), &cells, start == 0);
                    if steps.end == all {
                        // SAFETY: the tile has written them all, and they are ours.
                        finish.finish(tile_rows, columns.clone(), unsafe { Written::new(cells) });
                    }
                }
            }
            start = steps.end;
            if start == all {
                break;
            }
        }
    }
}
