//! The step that a matrix product is made of, in each format of numbers and with each set of instructions.
//!
//! A product is a sum of steps along the inner dimension. A step takes one word of 32 bits from the left matrix: one
//! f32, two bf16, two i16 or four bytes. It takes as many words of the right matrix as a vector has lanes, which are of
//! as many columns, and adds to a sum for each column.

use std::array;

use bytemuck::Pod;
use pulp::{Simd, WithSimd, cast};
#[cfg(target_arch = "x86_64")]
use {
    pulp::{
        f32x16, i32x8, i32x16, u32x8, u32x16,
        x86::{V3, V4},
    },
    std::arch::x86_64 as intel,
};

use super::level::Instructions;

/// The rows of the highest tile.
const MOST_ROWS: usize = 8;

/// One step of a product.
pub(crate) trait Dot: Copy + Send + Sync {
    /// Words of the right matrix, a lane a column.
    type Words: Pod;
    /// A word of the left matrix, in every lane.
    type Row: Copy;
    /// A sum for each column, of 32 bits: f32 or i32.
    type Sums: Pod;

    /// Columns of a vector.
    const LANES: usize;
    /// A tile is so many vectors wide.
    const VECTORS: usize;

    /// A tile of so many vectors is so many rows high: as many sums as there are registers for.
    fn rows(vectors: usize) -> usize {
        if vectors < Self::VECTORS && vectors <= 2 { MOST_ROWS } else { 6 }
    }

    /// Compiles `work` with the instructions.
    fn vectorize<R>(self, work: impl FnOnce() -> R) -> R;
    fn row(self, word: u32) -> Self::Row;
    fn step(self, row: Self::Row, columns: Self::Words, sums: Self::Sums) -> Self::Sums;
    fn add(self, a: Self::Sums, b: Self::Sums) -> Self::Sums;
}

/// The numbers that a product is computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A word is one f32.
    F32,
    /// A word is two bf16, or one as an f32 where the instructions have no product of bf16; sums are f32.
    Bf16,
    /// A word is four bytes, or two where the instructions have no product of bytes; sums are i32.
    Int8,
}

/// Something to do with a step, whichever it is.
pub(crate) trait WithDot {
    type Output;
    fn with<D: Dot>(self, dot: D) -> Self::Output;
}

impl Instructions {
    /// How many numbers of a format a word has.
    pub(crate) fn numbers_a_word(self, format: Format) -> usize {
        match (format, self) {
            #[cfg(target_arch = "x86_64")]
            (Format::Bf16, Self::Avx512Bf16(..)) => 2,
            (Format::F32 | Format::Bf16, _) => 1,
            #[cfg(target_arch = "x86_64")]
            (Format::Int8, Self::Avx512Vnni(..) | Self::Avx512Bf16(..)) => 4,
            (Format::Int8, _) => 2,
        }
    }

    pub(crate) fn with_dot<W: WithDot>(self, format: Format, work: W) -> W::Output {
        match (format, self) {
            (Format::F32 | Format::Bf16, Self::Portable) => work.with(PortableDot),
            (Format::Int8, Self::Portable) => work.with(PairDot),
            #[cfg(target_arch = "x86_64")]
            (Format::F32 | Format::Bf16, Self::Avx2(v3)) => work.with(F32Dot(v3)),
            #[cfg(target_arch = "x86_64")]
            (Format::Int8, Self::Avx2(v3)) => work.with(v3),
            #[cfg(target_arch = "x86_64")]
            (Format::Bf16, Self::Avx512Bf16(_, _, bf16)) => work.with(bf16),
            #[cfg(target_arch = "x86_64")]
            (Format::F32 | Format::Bf16, Self::Avx512(v4) | Self::Avx512Vnni(v4, _) | Self::Avx512Bf16(v4, ..)) => {
                work.with(F32Dot(v4))
            }
            #[cfg(target_arch = "x86_64")]
            (Format::Int8, Self::Avx512(v4)) => work.with(v4),
            #[cfg(target_arch = "x86_64")]
            (Format::Int8, Self::Avx512Vnni(_, vnni) | Self::Avx512Bf16(_, vnni, _)) => work.with(vnni),
        }
    }
}

/// The vectors of a tile: the registers are 32, or 16 of what has 256-bit vectors.
const fn vectors(lanes: usize) -> usize {
    if lanes == 8 { 2 } else { 4 }
}

/// Calls a closure as pulp calls what it vectorises.
struct Call<F>(F);

impl<R, F: FnOnce() -> R> WithSimd for Call<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> R {
        self.0()
    }
}

/// f32.
#[derive(Clone, Copy)]
struct F32Dot<S>(S);

impl<S: Simd> Dot for F32Dot<S> {
    type Words = S::f32s;
    type Row = S::f32s;
    type Sums = S::f32s;
    const LANES: usize = S::F32_LANES;
    const VECTORS: usize = vectors(S::F32_LANES);

    #[inline(always)]
    fn vectorize<R>(self, work: impl FnOnce() -> R) -> R {
        self.0.vectorize(Call(work))
    }

    #[inline(always)]
    fn row(self, word: u32) -> S::f32s {
        self.0.splat_f32s(f32::from_bits(word))
    }

    #[inline(always)]
    fn step(self, row: S::f32s, columns: S::f32s, sums: S::f32s) -> S::f32s {
        self.0.mul_add_e_f32s(row, columns, sums)
    }

    #[inline(always)]
    fn add(self, a: S::f32s, b: S::f32s) -> S::f32s {
        self.0.add_f32s(a, b)
    }
}

/// The steps of arrays, in which the compiler finds such vectors as every processor has.
macro_rules! array_dot {
    ($dot:ident, $row:ty, $column:ty, $sum:ty, |$r:ident, $c:ident| $product:expr) => {
        impl Dot for $dot {
            type Words = [$column; 8];
            type Row = $row;
            type Sums = [$sum; 8];
            const LANES: usize = 8;
            const VECTORS: usize = 1;

            #[inline(always)]
            fn vectorize<R>(self, work: impl FnOnce() -> R) -> R {
                work()
            }

            #[inline(always)]
            fn row(self, word: u32) -> $row {
                cast(word)
            }

            #[inline(always)]
            fn step(self, $r: $row, columns: Self::Words, mut sums: Self::Sums) -> Self::Sums {
                for (sum, $c) in sums.iter_mut().zip(columns) {
                    *sum += $product;
                }
                sums
            }

            #[inline(always)]
            fn add(self, a: Self::Sums, b: Self::Sums) -> Self::Sums {
                array::from_fn(|lane| a[lane] + b[lane])
            }
        }
    };
}

/// f32, on any processor.
#[derive(Clone, Copy)]
struct PortableDot;

/// Pairs of i16, on any processor.
#[derive(Clone, Copy)]
struct PairDot;

array_dot!(PortableDot, f32, f32, f32, |row, column| row * column);
array_dot!(PairDot, [i16; 2], [i16; 2], i32, |row, column| {
    i32::from(row[0]) * i32::from(column[0]) + i32::from(row[1]) * i32::from(column[1])
});

#[cfg(target_arch = "x86_64")]
pulp::simd_type! {
    /// Dot products of bytes.
    pub(crate) struct VnniInstructions {
        avx512f: "avx512f",
        avx512bw: "avx512bw",
        avx512dq: "avx512dq",
        avx512vl: "avx512vl",
        avx512vnni: "avx512vnni",
    }

    /// Dot products of bf16.
    pub(crate) struct Bf16Instructions {
        avx512f: "avx512f",
        avx512bw: "avx512bw",
        avx512dq: "avx512dq",
        avx512vl: "avx512vl",
        avx512bf16: "avx512bf16",
    }
}

/// The steps whose words are in one vector, each of one or two instructions.
#[cfg(target_arch = "x86_64")]
macro_rules! vector_dot {
    ($dot:ty, $lanes:literal, $words:ty, $sums:ty,
     step: |$this:ident, $row:ident, $columns:ident, $totals:ident| $step:expr,
     add: |$that:ident, $a:ident, $b:ident| $add:expr) => {
        impl Dot for $dot {
            type Words = $words;
            type Row = $words;
            type Sums = $sums;
            const LANES: usize = $lanes;
            const VECTORS: usize = vectors($lanes);

            #[inline(always)]
            fn vectorize<R>(self, work: impl FnOnce() -> R) -> R {
                <$dot>::vectorize(self, work)
            }

            #[inline(always)]
            fn row(self, word: u32) -> $words {
                cast([word; $lanes])
            }

            #[inline(always)]
            fn step(self, $row: $words, $columns: $words, $totals: $sums) -> $sums {
                let $this = self;
                $step
            }

            #[inline(always)]
            fn add(self, $a: $sums, $b: $sums) -> $sums {
                let $that = self;
                cast($add)
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
vector_dot! {
    V3, 8, u32x8, i32x8,
    step: |v3, row, columns, sums| {
        let products = v3.avx2._mm256_madd_epi16(cast(row), cast(columns));
        cast(v3.avx2._mm256_add_epi32(cast(sums), products))
    },
    add: |v3, a, b| v3.avx2._mm256_add_epi32(cast(a), cast(b))
}

#[cfg(target_arch = "x86_64")]
vector_dot! {
    V4, 16, u32x16, i32x16,
    step: |v4, row, columns, sums| {
        let products = v4.avx512bw._mm512_madd_epi16(cast(row), cast(columns));
        cast(v4.avx512f._mm512_add_epi32(cast(sums), products))
    },
    add: |v4, a, b| v4.avx512f._mm512_add_epi32(cast(a), cast(b))
}

#[cfg(target_arch = "x86_64")]
vector_dot! {
    VnniInstructions, 16, u32x16, i32x16,
    step: |_vnni, row, columns, sums| {
        // SAFETY: `self` proves that the processor has the instruction.
        cast(unsafe { intel::_mm512_dpbusd_epi32(cast(sums), cast(row), cast(columns)) })
    },
    add: |vnni, a, b| vnni.avx512f._mm512_add_epi32(cast(a), cast(b))
}

#[cfg(target_arch = "x86_64")]
vector_dot! {
    Bf16Instructions, 16, u32x16, f32x16,
    step: |_bf16, row, columns, sums| {
        // SAFETY: `self` proves that the processor has the instruction; both sides are 512 bits of bf16.
        cast(unsafe {
            let [row, columns] = [row, columns].map(|words| std::mem::transmute::<u32x16, intel::__m512bh>(words));
            intel::_mm512_dpbf16_ps(cast(sums), row, columns)
        })
    },
    add: |bf16, a, b| bf16.avx512f._mm512_add_ps(cast(a), cast(b))
}
