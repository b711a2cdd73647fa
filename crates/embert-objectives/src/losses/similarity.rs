//! Losses of vectors that are to be alike, or not (Reimers and Gurevych 2019, section 3).

use burn::tensor::Tensor;
use embert_kernels::normalize;

use super::{LabelError, cross_entropy, mean_squared_error};

/// `-log softmax_j(scale · cos(aᵢ, cⱼ))` at `j = i`, the mean over the anchors: of all candidates, each anchor is to be
/// most like its own, so that the others' are its negatives (Henderson et al. 2017, section 4.4).
///
/// It is `MultipleNegativesRankingLoss` of sentence-transformers, whose `scale` is 20.
///
/// # Shapes
/// - `anchors`: `[rows, width]`
/// - `candidates`: `[rows or more, width]`: one for each anchor, in their order, then any that belong to none
/// - result: `[1]`; NaN where there is no anchor
///
/// # Errors
/// Where there are fewer candidates than anchors, or they are of another width.
pub fn in_batch_negatives(anchors: Tensor<2>, candidates: Tensor<2>, scale: f64) -> Result<Tensor<1>, LabelError> {
    let (of_anchors, others) = (anchors.dims(), candidates.dims());
    let ([rows, width], [others_rows, others_width]) = (of_anchors, others);
    if width != others_width || others_rows < rows {
        return Err(LabelError::Vectors { anchors: of_anchors, others });
    }
    let own: Vec<u32> = (0..rows as u32).collect();
    let cosines = normalize(anchors).matmul(normalize(candidates).transpose()); // [rows, candidates]
    cross_entropy(cosines * scale, &own)
}

/// `(cos(aᵢ, bᵢ) - target)²`, the mean over the pairs: `CosineSimilarityLoss` of sentence-transformers.
///
/// # Shapes
/// - `a`, `b`: `[rows, width]`
/// - `targets`: a number for each pair, in `[-1, 1]`
/// - result: `[1]`
///
/// # Errors
/// Where there is not one of each for each pair, or they are of different widths.
pub fn cosine_error(a: Tensor<2>, b: Tensor<2>, targets: &[f32]) -> Result<Tensor<1>, LabelError> {
    if a.dims() != b.dims() {
        return Err(LabelError::Vectors { anchors: a.dims(), others: b.dims() });
    }
    mean_squared_error((normalize(a) * normalize(b)).sum_dim(1), targets)
}
