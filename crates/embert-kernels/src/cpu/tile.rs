//! The tile: the innermost loop of every product.

use std::{array, slice};

use bytemuck::{bytes_of, cast_slice, pod_read_unaligned};

use super::{dot::Dot, grid::Cells, panels::Line};

/// Steps between two looks at what is to be read soon.
const STEPS_AT_A_TIME: usize = 8;

/// Sums the product of some rows of words and the steps of a panel, in `cells`, a slice a row, over what is there, or
/// anew.
///
/// All rows are of one length, the panel's steps; there are at most as many as a tile has, and no more vectors.
///
/// Meanwhile it asks for the lines of `ahead`, which are read soon.
pub(crate) fn tile<D: Dot>(
    dot: D,
    rows: &[&[u32]],
    panel: &[D::Words],
    ahead: &[Line],
    cells: &mut [&mut Cells],
    anew: bool,
) {
    macro_rules! of {
        ($vectors:literal: $($rows:literal)* to $most:literal) => {
            match rows.len() {
                $($rows => dot.vectorize(#[inline(always)] || sized::<D, $rows, $vectors>(dot, rows, panel, ahead, cells, anew)),)*
                _ => dot.vectorize(#[inline(always)] || sized::<D, $most, $vectors>(dot, rows, panel, ahead, cells, anew)),
            }
        };
    }
    match panel.len() / rows.first().map_or(1, |row| row.len().max(1)) {
        1 => of!(1: 1 2 3 4 5 6 7 to 8),
        2 => of!(2: 1 2 3 4 5 6 7 to 8),
        3 => of!(3: 1 2 3 4 5 to 6),
        _ => of!(4: 1 2 3 4 5 to 6),
    }
}

#[inline(always)]
fn sized<D: Dot, const ROWS: usize, const VECTORS: usize>(
    dot: D,
    rows: &[&[u32]],
    panel: &[D::Words],
    ahead: &[Line],
    cells: &mut [&mut Cells],
    anew: bool,
) {
    let steps = rows[0].len();
    assert!(rows.len() == ROWS && cells.len() == ROWS && rows.iter().all(|row| row.len() == steps));
    assert!(panel.len() == steps * VECTORS);
    let rows: [*const u32; ROWS] = array::from_fn(|row| rows[row].as_ptr());
    let zero = pod_read_unaligned::<D::Sums>(&[0; 64][..size_of::<D::Sums>()]);
    let mut sums = [[zero; VECTORS]; ROWS];
    let some = ahead.len().div_ceil(steps.div_ceil(STEPS_AT_A_TIME).max(1)).max(1);
    let mut ahead = ahead.chunks(some);
    for (block, panel) in panel.chunks(STEPS_AT_A_TIME * VECTORS).enumerate() {
        ahead.next().into_iter().for_each(prefetch);
        for (step, words) in panel.chunks_exact(VECTORS).enumerate() {
            for row in 0..ROWS {
                // SAFETY: each row has `steps` words, and the panel no more steps than that.
                let word = dot.row(unsafe { *rows[row].add(block * STEPS_AT_A_TIME + step) });
                for vector in 0..VECTORS {
                    sums[row][vector] = dot.step(word, words[vector], sums[row][vector]);
                }
            }
        }
    }
    for (cells, sums) in cells.iter_mut().zip(sums) {
        for (cells, sums) in cells.chunks_mut(D::LANES).zip(sums) {
            write::<D>(cells, if anew { sums } else { dot.add(read::<D>(cells), sums) });
        }
    }
}

/// What was summed up before.
#[inline(always)]
fn read<D: Dot>(cells: &Cells) -> D::Sums {
    // SAFETY: the cells were written when the sum was begun, and any bits are a u32.
    let words = unsafe { slice::from_raw_parts(cells.as_ptr().cast::<u32>(), cells.len()) };
    if words.len() == D::LANES {
        return pod_read_unaligned(cast_slice(words));
    }
    let mut all = [0u32; 16];
    all[..words.len()].copy_from_slice(words);
    pod_read_unaligned(cast_slice(&all[..D::LANES]))
}

/// As many of the sums as there are cells.
#[inline(always)]
fn write<D: Dot>(cells: &mut Cells, sums: D::Sums) {
    if cells.len() == D::LANES {
        // SAFETY: the cells are of this size, and need not be aligned.
        unsafe { cells.as_mut_ptr().cast::<D::Sums>().write_unaligned(sums) };
        return;
    }
    for (cell, sum) in cells.iter_mut().zip(bytes_of(&sums).chunks_exact(4)) {
        cell.write(pod_read_unaligned(sum));
    }
}

/// Asks for memory that is soon to be read.
#[inline(always)]
fn prefetch(lines: &[Line]) {
    #[cfg(target_arch = "x86_64")]
    for line in lines {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: it reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(line).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = lines;
}
