//! Functions of a number, of operations in which a compiler finds vectors.

use std::f32::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E};

/// Added to a number that is small beside it, it leaves the whole number next to that in the lowest bits, and taken away
/// again, that number. A cast would do the same, but asks of each number whether it is too large: one after another.
pub(super) const ROUND: f32 = 12_582_912.0;

/// `exp(x)`, within 2e-7 of it; 0 below -87, and nothing above 88.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const LOWEST: f32 = -87.0;
    // ln 2 in two parts, the first with so few digits that its multiples are exact (Cody & Waite).
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;

    let near = x.clamp(LOWEST, 88.0);
    let rounded = near * LOG2_E + ROUND;
    let whole = rounded - ROUND;
    let part = near - whole * LN_2_HIGH - whole * LN_2_LOW;
    let mut series = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        series = series * part + coefficient;
    }
    let fraction = series * part * part + part + 1.0;
    let power = fraction * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    if x < LOWEST { 0.0 } else { power }
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `Φ(x) = (1 + erf(x / √2)) / 2`, within 2e-7. The error function is Eigen's quotient of polynomials, in which a
/// compiler finds vectors.
#[inline(always)]
pub(crate) fn normal_cumulative(x: f32) -> f32 {
    let z = (x * FRAC_1_SQRT_2).clamp(-4.0, 4.0);
    let square = z * z;
    let mut above = -2.726_142e-10;
    for coefficient in [2.770_681_4e-8, -2.101_024e-6, -5.692_506_5e-5, -7.349_906_5e-4, -2.954_6e-3, -1.609_603_4e-2] {
        above = above * square + coefficient;
    }
    let mut below = -1.456_607_2e-5;
    for coefficient in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_3e-3, -1.426_474e-2] {
        below = below * square + coefficient;
    }
    let cumulative = 0.5 + 0.5 * (z * above / below);
    // Far out, x would make something of the last bit.
    if z <= -4.0 { 0.0 } else { cumulative }
}

/// `φ(x) = exp(-x² / 2) / √(2π)`, within 1e-7.
#[inline(always)]
pub(crate) fn normal_density(x: f32) -> f32 {
    /// The largest power that leaves a normal number.
    const HIGHEST: f32 = 126.0;
    // exp(-x²/2) = 2^part / 2^whole, |part| <= 1/2; 2^-whole is written into the exponent of a float.
    let power = x * x * (0.5 * LOG2_E);
    let near = power.min(HIGHEST);
    let rounded = near + ROUND;
    let part = (rounded - ROUND) - near;
    let mut fraction = 1.540_353e-4;
    for coefficient in [1.333_355_8e-3, 9.618_129e-3, 5.550_411e-2, 0.240_226_5, LN_2, 1.0] {
        fraction = fraction * part + coefficient;
    }
    let density = fraction * f32::from_bits(127_u32.wrapping_sub(rounded.to_bits()) << 23) * 0.398_942_3;
    if power > HIGHEST { 0.0 } else { density }
}
