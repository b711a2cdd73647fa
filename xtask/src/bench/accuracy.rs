//! How far what comes out is from what has to.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The vectors of a file of f32, the lowest byte first.
pub(super) fn read_floats(file: &Path, width: usize) -> anyhow::Result<Vec<Vec<f32>>> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let (values, rest) = bytes.as_chunks();
    let values: Vec<f32> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let vectors: Vec<Vec<f32>> = values.chunks(width).map(<[f32]>::to_vec).collect();
    let is_whole = rest.is_empty() && vectors.last().is_some_and(|vector| vector.len() == width);
    ensure!(is_whole, "{}: {} bytes are no vectors of {width}", file.display(), bytes.len());
    Ok(vectors)
}

#[derive(Deserialize)]
struct Line {
    embedding: Vec<f32>,
}

/// The vectors of a file of JSON lines.
pub(super) fn read_embeddings(file: &Path) -> anyhow::Result<Vec<Vec<f32>>> {
    let name = || file.display().to_string();
    let lines = BufReader::new(File::open(file).with_context(name)?).lines();
    let vectors = lines.map(|line| Ok(serde_json::from_str::<Line>(&line?)?.embedding));
    vectors.collect::<anyhow::Result<_>>().with_context(name)
}

/// Of each vector with the one in the same place.
pub(super) fn lowest_cosine(found: &[Vec<f32>], expected: &[Vec<f32>]) -> anyhow::Result<f64> {
    let are_alike = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| a.len() == b.len());
    ensure!(are_alike, "{} vectors and {}, or of other lengths", found.len(), expected.len());
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let cosines = found.iter().zip(expected).map(|(a, b)| product(a, b) / (product(a, a) * product(b, b)).sqrt());
    // Where one is no number, neither is the lowest.
    Ok(cosines.fold(1.0, |lowest, cosine| if lowest.is_nan() || cosine >= lowest { lowest } else { cosine }))
}

#[cfg(test)]
mod tests {
    use super::lowest_cosine;

    #[test]
    fn the_worst_vector_counts_whatever_its_length() {
        let expected = [vec![1.0, 0.0], vec![1.0, 1.0]];
        assert_eq!(lowest_cosine(&[vec![2.0, 0.0], vec![3.0, 3.0]], &expected).unwrap(), 1.0);
        assert!(lowest_cosine(&[vec![2.0, 0.0], vec![3.0, 0.0]], &expected).unwrap() < 0.71);
    }

    #[test]
    fn what_is_not_a_number_is_not_exact() {
        assert!(lowest_cosine(&[vec![f32::NAN], vec![1.0]], &[vec![1.0], vec![1.0]]).unwrap().is_nan());
        assert!(lowest_cosine(&[vec![1.0]], &[]).is_err());
    }
}
