//! A number that differs from seed to seed.

use std::fmt;

/// The mean of some numbers, the lowest and the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Spread {
    /// Of at least one.
    pub(super) fn of(numbers: &[f64]) -> Option<Self> {
        let low = numbers.iter().copied().min_by(f64::total_cmp)?;
        let high = numbers.iter().copied().max_by(f64::total_cmp)?;
        Some(Self { mean: numbers.iter().sum::<f64>() / numbers.len() as f64, low, high })
    }
}

/// `82.1 (81.0..83.5)`, with as many digits after the point as are asked for; the mean alone where there is no spread.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self { mean, low, high }, digits) = (self, f.precision().unwrap_or(2));
        write!(f, "{mean:.digits$}")?;
        if low == high { Ok(()) } else { write!(f, " ({low:.digits$}..{high:.digits$})") }
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn a_spread_is_written_where_there_is_one() {
        let text = |numbers: &[f64]| Spread::of(numbers).map(|spread| format!("{spread:.1}"));
        assert_eq!(text(&[1.0, 4.0, 1.0]).as_deref(), Some("2.0 (1.0..4.0)"));
        assert_eq!(text(&[0.25]).as_deref(), Some("0.2"));
        assert_eq!(text(&[]), None);
    }
}
