//! The right matrix of a product, laid out as the product reads it.

use std::ops::Range;

use bytemuck::{Pod, Zeroable, cast_slice, cast_slice_mut};

use super::{
    dot::{Dot, Format, WithDot},
    level::Instructions,
};

/// A line of a cache, and a vector of 512 bits.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub(crate) struct Line([u32; 16]);

/// A matrix in panels of as many columns as a tile is wide. Within a panel, the words of one step lie side by side, a
/// word a column; the last panel has as many vectors as it needs, and what fills up its last one is never looked at.
#[derive(Clone, Debug)]
pub(crate) struct Panels {
    lines: Vec<Line>,
    columns: usize,
    steps: usize,
    lanes: usize,
    /// Columns of a panel that is not the last.
    width: usize,
}

/// The lanes of a vector, and the columns of a tile.
struct Shape;

impl WithDot for Shape {
    type Output = (usize, usize);

    fn with<D: Dot>(self, _: D) -> (usize, usize) {
        (D::LANES, D::VECTORS * D::LANES)
    }
}

impl Panels {
    /// Room for a matrix of `columns`, each of so many steps.
    pub(crate) fn new(instructions: Instructions, format: Format, columns: usize, steps: usize) -> Self {
        let mut panels = Self { lines: Vec::new(), columns: 0, steps: 0, lanes: 1, width: 1 };
        panels.reset(instructions, format, columns, steps);
        panels
    }

    /// Makes room for another matrix.
    pub(crate) fn reset(&mut self, instructions: Instructions, format: Format, columns: usize, steps: usize) {
        (self.lanes, self.width) = instructions.with_dot(format, Shape);
        (self.columns, self.steps) = (columns, steps);
        let words = columns.next_multiple_of(self.lanes) * steps;
        self.lines.resize(words.div_ceil(16), Line::zeroed());
    }

    /// Sets the words of one column, one after another.
    #[inline(always)]
    pub(crate) fn set_column(&mut self, column: usize, words: impl Iterator<Item = u32>) {
        let (panel, lane) = (column / self.width, column % self.width);
        let stride = self.panel_width(panel);
        let start = panel * self.width * self.steps;
        let cells = &mut cast_slice_mut::<Line, u32>(&mut self.lines)[start..start + stride * self.steps];
        for (cell, word) in cells[lane..].iter_mut().step_by(stride).zip(words) {
            *cell = word;
        }
    }

    /// Sets the words of one step, a word a column.
    #[inline(always)]
    pub(crate) fn set_step(&mut self, step: usize, words: &[u32]) {
        for panel in 0..self.count() {
            let stride = self.panel_width(panel);
            let start = panel * self.width * self.steps + step * stride;
            let words = &words[self.columns_of(panel)];
            cast_slice_mut::<Line, u32>(&mut self.lines)[start..start + words.len()].copy_from_slice(words);
        }
    }

    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    /// Panels that there are.
    pub(crate) fn count(&self) -> usize {
        self.columns.div_ceil(self.width)
    }

    /// The columns of a panel that are of the matrix.
    pub(crate) fn columns_of(&self, panel: usize) -> Range<usize> {
        panel * self.width..self.columns.min((panel + 1) * self.width)
    }

    /// Some of a panel's steps, a vector after another.
    pub(crate) fn vectors<W: Pod>(&self, panel: usize, steps: Range<usize>) -> &[W] {
        let stride = self.panel_width(panel);
        let start = panel * self.width * self.steps;
        let words = &cast_slice::<Line, u32>(&self.lines)[start + steps.start * stride..start + steps.end * stride];
        cast_slice(words)
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.lines.as_slice())
    }

    /// The lines of the same steps of the next panel, where it is before `end`.
    pub(crate) fn lines_after(&self, panel: usize, end: usize, steps: Range<usize>) -> &[Line] {
        if panel + 1 >= end {
            return &[];
        }
        let stride = self.panel_width(panel + 1);
        let start = (panel + 1) * self.width * self.steps;
        let lines = (start + steps.start * stride) / 16..(start + steps.end * stride) / 16;
        self.lines.get(lines).unwrap_or(&[])
    }

    fn panel_width(&self, panel: usize) -> usize {
        self.columns_of(panel).len().next_multiple_of(self.lanes)
    }
}
