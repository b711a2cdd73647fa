//! Memory that several threads write, each its own part.

use std::{marker::PhantomData, mem::MaybeUninit, ops::Range, slice};

/// Cells of 32 bits, an f32 or an i32 each, that need not have been written yet.
pub(crate) type Cells = [MaybeUninit<u32>];

/// Room for so many cells.
pub(crate) fn room(cells: usize) -> Vec<MaybeUninit<u32>> {
    let mut room = Vec::with_capacity(cells);
    // SAFETY: there is room for them, and such a cell may be unwritten.
    unsafe { room.set_len(cells) };
    room
}

/// The numbers in `cells`.
///
/// # Safety
/// All have been written.
pub(crate) unsafe fn numbers(cells: Vec<MaybeUninit<u32>>) -> Vec<f32> {
    let mut cells = std::mem::ManuallyDrop::new(cells);
    // SAFETY: it is the memory of a vector of elements of the same size and alignment, which are written.
    unsafe { Vec::from_raw_parts(cells.as_mut_ptr().cast(), cells.len(), cells.capacity()) }
}

/// A rectangle of cells, rows apart from each other by a stride.
pub(crate) struct Grid<'a> {
    cells: *mut MaybeUninit<u32>,
    rows: usize,
    columns: usize,
    stride: usize,
    memory: PhantomData<&'a mut Cells>,
}

// SAFETY: it is a mutable borrow of the cells; what shares it, by `part` and `row`, says that it has cells of its own.
unsafe impl Send for Grid<'_> {}
// SAFETY: as above.
unsafe impl Sync for Grid<'_> {}

impl<'a> Grid<'a> {
    /// Whole rows of `columns` cells.
    pub(crate) fn new(cells: &'a mut Cells, columns: usize) -> Self {
        let rows = cells.len() / columns.max(1);
        Self { cells: cells.as_mut_ptr(), rows, columns, stride: columns, memory: PhantomData }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Some columns of some rows.
    ///
    /// # Safety
    /// Nobody else reads or writes these cells while the part is there.
    #[inline(always)]
    pub(crate) unsafe fn part(&self, rows: Range<usize>, columns: Range<usize>) -> Grid<'a> {
        assert!(rows.start <= rows.end && rows.end <= self.rows);
        assert!(columns.start <= columns.end && columns.end <= self.columns);
        let first = if rows.is_empty() { 0 } else { rows.start * self.stride + columns.start };
        Grid {
            // SAFETY: it is a cell of the grid, or the first.
            cells: unsafe { self.cells.add(first) },
            rows: rows.len(),
            columns: columns.len(),
            stride: self.stride,
            memory: PhantomData,
        }
    }

    /// Some columns of a row.
    ///
    /// # Safety
    /// Nobody else reads or writes these cells while the slice is there.
    #[expect(clippy::mut_from_ref, reason = "threads share a grid and have cells of their own")]
    pub(crate) unsafe fn row(&self, row: usize, columns: Range<usize>) -> &mut Cells {
        assert!(row < self.rows && columns.start <= columns.end && columns.end <= self.columns);
        // SAFETY: the row and the columns are of the grid; the caller says that nobody else has them.
        unsafe { slice::from_raw_parts_mut(self.cells.add(row * self.stride + columns.start), columns.len()) }
    }
}

/// A rectangle of cells that have been written.
pub(crate) struct Written<'a>(Grid<'a>);

impl<'a> Written<'a> {
    /// # Safety
    /// All cells have been written, and nobody else reads or writes them as long as this is there.
    pub(crate) unsafe fn new(cells: Grid<'a>) -> Self {
        Self(cells)
    }

    /// The rows, one after another.
    #[inline(always)]
    pub(crate) fn rows_mut<T: bytemuck::Pod>(&mut self) -> impl Iterator<Item = &mut [T]> {
        assert!(size_of::<T>() == 4 && align_of::<T>() == 4);
        let Self(cells) = self;
        (0..cells.rows).map(|row| {
            // SAFETY: it is a row of the grid, of no other slice; a T is of one size with a cell, and any bits are one.
            unsafe { slice::from_raw_parts_mut(cells.cells.add(row * cells.stride).cast(), cells.columns) }
        })
    }
}

/// The cells of a row, which have been written.
///
/// # Safety
/// They have.
pub(crate) unsafe fn written<T: bytemuck::Pod>(cells: &mut Cells) -> &mut [T] {
    assert!(size_of::<T>() == 4 && align_of::<T>() == 4);
    // SAFETY: they are of one size, and any bits are a T.
    unsafe { slice::from_raw_parts_mut(cells.as_mut_ptr().cast(), cells.len()) }
}
