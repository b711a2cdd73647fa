//! Sums over a row, and what is made of them.

/// Sums that are kept apart while a row is read: as many as a vector has lanes, whatever the instructions, so that all
/// levels come to the same sum.
const LANES: usize = 16;

/// The sum of `of(x)` over a row.
#[inline(always)]
pub(crate) fn sum_of(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for lane in 0..LANES {
            sums[lane] += of(chunk[lane]);
        }
    }
    for (sum, &x) in sums.iter_mut().zip(chunks.remainder()) {
        *sum += of(x);
    }
    total(sums)
}

/// The sum of `a b` over two rows.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum_of_both(a, b, |a, b| a * b)
}

/// The sum of `of(a, b)` over two rows.
#[inline(always)]
pub(crate) fn sum_of_both(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let (mut a, mut b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in (&mut a).zip(&mut b) {
        for lane in 0..LANES {
            sums[lane] += of(a[lane], b[lane]);
        }
    }
    for ((sum, &a), &b) in sums.iter_mut().zip(a.remainder()).zip(b.remainder()) {
        *sum += of(a, b);
    }
    total(sums)
}

/// The largest of a row.
#[inline(always)]
pub(crate) fn largest(row: &[f32]) -> f32 {
    range(row).1
}

/// The smallest and the largest of a row.
#[inline(always)]
pub(crate) fn range(row: &[f32]) -> (f32, f32) {
    let (mut lowest, mut highest) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for lane in 0..LANES {
            lowest[lane] = if chunk[lane] < lowest[lane] { chunk[lane] } else { lowest[lane] };
            highest[lane] = if chunk[lane] > highest[lane] { chunk[lane] } else { highest[lane] };
        }
    }
    let rest = chunks.remainder().iter().copied();
    (rest.clone().chain(lowest).fold(f32::INFINITY, f32::min), rest.chain(highest).fold(f32::NEG_INFINITY, f32::max))
}

/// 0; or NaN, where one of a row is infinite or no number.
#[inline(always)]
pub(crate) fn nothing(row: &[f32]) -> f32 {
    sum_of(row, |x| x * 0.0)
}

#[inline(always)]
fn total(mut sums: [f32; LANES]) -> f32 {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
    }
    sums[0]
}
