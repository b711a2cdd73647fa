//! Numbers of texts. Correlations are SciPy's, the error is scikit-learn's.

use std::iter::zip;

/// How close numbers are to a straight line of the others, in `[-1, 1]` (`scipy.stats.pearsonr`).
///
/// NaN where either is the same throughout, or there are fewer than two of them, or a number is not finite.
pub fn pearson<T: Copy + Into<f64>>(predicted: &[T], truth: &[T]) -> f64 {
    let (predicted, truth) = columns(predicted, truth);
    linear(&predicted, &truth)
}

/// Pearson's correlation of the ranks, where equal numbers share the mean of their ranks, in `[-1, 1]`
/// (`scipy.stats.spearmanr`).
///
/// NaN where either is the same throughout, or there are fewer than two of them, or one is NaN.
pub fn spearman<T: Copy + Into<f64>>(predicted: &[T], truth: &[T]) -> f64 {
    let (predicted, truth) = columns(predicted, truth);
    linear(&ranks(&predicted), &ranks(&truth))
}

/// The mean of the squared differences; NaN of none (`sklearn.metrics.mean_squared_error`).
pub fn mean_squared_error<T: Copy + Into<f64>>(predicted: &[T], truth: &[T]) -> f64 {
    let (predicted, truth) = columns(predicted, truth);
    let sum: f64 = zip(&predicted, &truth).map(|(predicted, truth)| (predicted - truth).powi(2)).sum();
    sum / predicted.len() as f64
}

/// Both, as far as they have partners.
fn columns<T: Copy + Into<f64>>(predicted: &[T], truth: &[T]) -> (Vec<f64>, Vec<f64>) {
    zip(predicted, truth).map(|(&predicted, &truth)| (predicted.into(), truth.into())).unzip()
}

/// Pearson's correlation of two columns of one length.
fn linear(x: &[f64], y: &[f64]) -> f64 {
    let (Some(x), Some(y)) = (direction(x), direction(y)) else { return f64::NAN };
    let cosine: f64 = zip(&x, &y).map(|(x, y)| x * y).sum();
    let cosine = cosine.clamp(-1.0, 1.0); // what is beyond is rounding
    // Two points are on a line.
    if x.len() == 2 { cosine.round() } else { cosine }
}

/// The distances from the mean, divided by their norm; none where all numbers are the same.
fn direction(values: &[f64]) -> Option<Vec<f64>> {
    let first = values.first()?;
    // Asked of the numbers themselves: their mean is rounded, so that distances from it need not be 0.
    if values.iter().all(|value| value == first) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let distances: Vec<f64> = values.iter().map(|value| value - mean).collect();
    // Divided by the largest first, whose square may be beyond what f64 has.
    let largest = distances.iter().fold(0.0, |largest: f64, distance| largest.max(distance.abs()));
    let norm = largest * distances.iter().map(|distance| (distance / largest).powi(2)).sum::<f64>().sqrt();
    Some(distances.into_iter().map(|distance| distance / norm).collect())
}

/// The place of each number in their order, from 1; NaN for all where one is NaN, which has no place.
fn ranks(values: &[f64]) -> Vec<f64> {
    if values.iter().any(|value| value.is_nan()) {
        return vec![f64::NAN; values.len()];
    }
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    // 0 and -0 are next to each other in this order, and equal.
    for equal in order.chunk_by(|(_, a), (_, b)| a == b) {
        let rank = before as f64 + (equal.len() + 1) as f64 / 2.0;
        for (index, _) in equal {
            if let Some(place) = ranks.get_mut(*index) {
                *place = rank;
            }
        }
        before += equal.len();
    }
    ranks
}
