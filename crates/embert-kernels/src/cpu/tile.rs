//! The tile: the innermost loop of every product.

use std::{array, slice};

use bytemuck::{bytes_of, cast_slice, pod_read_unaligned};

use super::{
    dot::Dot,
    grid::{Cells, Grid},
    multiply::Rows,
    panels::Line,
};

/// Steps between two looks at what is to be read soon. They are written out one after another, so that where a word lies is
/// part of its instruction: what else runs on a core takes its turns away, and then the instructions count.
const STEPS_AT_A_TIME: usize = 4;
/// A panel's steps are asked for so many before they are read: it lies in the second cache, and is too large for the first.
const STEPS_AHEAD: usize = 16;

/// Sums the product of some rows of words and the steps of a panel, in `cells`, over what is there, or anew.
///
/// There are as many rows as rows of cells, at most as many as a tile has, and no more vectors.
///
/// Meanwhile it asks for the lines of `ahead`, which are read soon.
pub(crate) fn tile<D: Dot>(dot: D, rows: Rows<'_>, panel: &[D::Words], ahead: &[Line], cells: &Grid<'_>, anew: bool) {
    macro_rules! of {
        ($vectors:literal: $($rows:literal)* to $most:literal) => {
            match cells.rows() {
                $($rows => dot.vectorize(#[inline(always)] || sized::<D, $rows, $vectors>(dot, rows, panel, ahead, cells, anew)),)*
                _ => dot.vectorize(#[inline(always)] || sized::<D, $most, $vectors>(dot, rows, panel, ahead, cells, anew)),
            }
        };
    }
    match cells.columns().div_ceil(D::LANES) {
        1 => of!(1: 1 2 3 4 5 6 7 to 8),
        2 => of!(2: 1 2 3 4 5 6 7 to 8),
        3 => of!(3: 1 2 3 4 5 to 6),
        _ => of!(4: 1 2 3 4 5 to 6),
    }
}

#[inline(always)]
fn sized<D: Dot, const ROWS: usize, const VECTORS: usize>(
    dot: D,
    rows: Rows<'_>,
    panel: &[D::Words],
    ahead: &[Line],
    cells: &Grid<'_>,
    anew: bool,
) {
    let steps = panel.len() / VECTORS;
    let Rows { words, stride } = rows;
    assert!(panel.len() == steps * VECTORS && cells.rows() == ROWS && words.len() >= (ROWS - 1) * stride + steps);
    let mut rows: [*const u32; ROWS] = array::from_fn(|row| words[row * stride..].as_ptr());
    let zero = pod_read_unaligned::<D::Sums>(&[0; 64][..size_of::<D::Sums>()]);
    let mut sums = [[zero; VECTORS]; ROWS];
    let mut blocks = panel.chunks_exact(STEPS_AT_A_TIME * VECTORS);
    let some = ahead.len().div_ceil(blocks.len().max(1)).max(1);
    let mut ahead = ahead.chunks(some);
    for block in &mut blocks {
        ahead.next().into_iter().flatten().for_each(|line| prefetch::<FAR, _>(line));
        for step in 0..STEPS_AT_A_TIME {
            // SAFETY: each row has `steps` words, and the panel no more steps than that.
            unsafe { add_step(dot, &rows, block, step, &mut sums) };
        }
        // SAFETY: as above; the last is at most the end of its row.
        rows = rows.map(|row| unsafe { row.add(STEPS_AT_A_TIME) });
    }
    let rest = blocks.remainder();
    for step in 0..rest.len() / VECTORS {
        // SAFETY: as above.
        unsafe { add_step(dot, &rows, rest, step, &mut sums) };
    }
    let is_whole = cells.columns() == VECTORS * D::LANES;
    for (row, sums) in sums.into_iter().enumerate() {
        // SAFETY: whoever calls has the cells for itself.
        let cells = unsafe { cells.row(row, 0..cells.columns()) };
        if is_whole {
            for (vector, sums) in sums.into_iter().enumerate() {
                // SAFETY: the row has cells for as many vectors, which need not be aligned; those that are added to
                // were written when the sum was begun.
                unsafe {
                    let to = cells.as_mut_ptr().cast::<D::Sums>().add(vector);
                    to.write_unaligned(if anew { sums } else { dot.add(to.read_unaligned(), sums) });
                }
            }
        } else {
            for (cells, sums) in cells.chunks_mut(D::LANES).zip(sums) {
                write::<D>(cells, if anew { sums } else { dot.add(read::<D>(cells), sums) });
            }
        }
    }
}

/// Adds one step of each row and of the panel.
///
/// # Safety
/// Each row has more than `step` words.
#[inline(always)]
unsafe fn add_step<D: Dot, const ROWS: usize, const VECTORS: usize>(
    dot: D,
    rows: &[*const u32; ROWS],
    panel: &[D::Words],
    step: usize,
    sums: &mut [[D::Sums; VECTORS]; ROWS],
) {
    let vectors = step * VECTORS..(step + 1) * VECTORS;
    for vector in vectors.clone() {
        // Once a line.
        if (vector * size_of::<D::Words>()).is_multiple_of(size_of::<Line>()) {
            prefetch::<NEAR, _>(panel.as_ptr().wrapping_add(STEPS_AHEAD * VECTORS + vector));
        }
    }
    let columns = &panel[vectors];
    for row in 0..ROWS {
        // SAFETY: so the caller says.
        let word = dot.row(unsafe { *rows[row].add(step) });
        for vector in 0..VECTORS {
            sums[row][vector] = dot.step(word, columns[vector], sums[row][vector]);
        }
    }
}

/// What was summed up before.
#[inline(always)]
fn read<D: Dot>(cells: &Cells) -> D::Sums {
    // SAFETY: the cells were written when the sum was begun, and any bits are a u32.
    let words = unsafe { slice::from_raw_parts(cells.as_ptr().cast::<u32>(), cells.len()) };
    let mut all = [0u32; 16];
    all[..words.len()].copy_from_slice(words);
    pod_read_unaligned(cast_slice(&all[..D::LANES]))
}

/// As many of the sums as there are cells.
#[inline(always)]
fn write<D: Dot>(cells: &mut Cells, sums: D::Sums) {
    for (cell, sum) in cells.iter_mut().zip(bytes_of(&sums).chunks_exact(4)) {
        cell.write(pod_read_unaligned(sum));
    }
}

/// Into the first cache.
const NEAR: i32 = 3;
/// Into the second.
const FAR: i32 = 2;

/// Asks for what is soon to be read. There need not be anything.
#[inline(always)]
fn prefetch<const CACHE: i32, T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};
        const { assert!(NEAR == _MM_HINT_T0 && FAR == _MM_HINT_T1) };
        // SAFETY: it reads nothing.
        unsafe { _mm_prefetch::<CACHE>(address.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
