//! What is known of one system at one work.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) work: String,
    pub(super) system: String,
    pub(super) dtype: String,
    /// None where it was not measured; the note says why.
    #[serde(flatten)]
    pub(super) times: Option<Times>,
    pub(super) tokens_per_second: Option<f64>,
    pub(super) peak_bytes: Option<u64>,
    /// What the peak has to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accounted_bytes: Option<u64>,
    /// Of a device that has memory of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) device_bytes: Option<u64>,
    /// The lowest cosine between what came out and what has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accuracy: Option<f64>,
    /// Operations a second, beside those of a product of matrices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) share_of_peak: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Times {
    pub(super) median_ms: f64,
    pub(super) min_ms: f64,
    pub(super) max_ms: f64,
}

impl Times {
    /// Of at least one measurement.
    pub(super) fn of(milliseconds: &[f64]) -> Option<Self> {
        let mut sorted = milliseconds.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&min_ms, &max_ms) = (sorted.first()?, sorted.last()?);
        let middle = sorted.len() / 2;
        let upper = *sorted.get(middle)?;
        let lower = if sorted.len().is_multiple_of(2) { *sorted.get(middle - 1)? } else { upper };
        Some(Self { median_ms: (lower + upper) / 2.0, min_ms, max_ms })
    }
}

impl Row {
    pub(super) fn median(&self) -> Option<f64> {
        Some(self.times?.median_ms)
    }

    /// Whether it is this work of this system.
    pub(super) fn is(&self, work: &str, system: &str, dtype: &str) -> bool {
        self.work == work && self.system == system && self.dtype == dtype
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Times};

    #[test]
    fn an_even_number_of_times_has_the_mean_of_its_middle_as_median() {
        let times = |milliseconds: &[f64]| Times::of(milliseconds).map(|times| times.median_ms);
        assert_eq!(times(&[]), None);
        assert_eq!(times(&[3.0, 1.0, 20.0]), Some(3.0));
        assert_eq!(times(&[3.0, 1.0, 20.0, 5.0]), Some(4.0));
    }

    #[test]
    fn a_row_without_times_is_read_as_it_was_written() {
        let row = Row { work: "all".into(), note: Some("failed".into()), ..Row::default() };
        let json = serde_json::to_string(&row).unwrap();
        let back: Row = serde_json::from_str(&json).unwrap();
        assert_eq!((back.times, back.note), (None, row.note));
    }
}
