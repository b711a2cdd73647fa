//! Cross-entropy between scores and classes.

use burn::tensor::{Int, Tensor, TensorData, activation::log_softmax};

use embert_kernels::negative_log_likelihood;

use super::sum_by_rows;
use crate::IGNORE_INDEX;

/// Labels that the scores cannot be compared with.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum LabelError {
    /// A target that is no class.
    #[error("a label is {label}; there are {classes} classes, so 0 to {} are valid", classes - 1)]
    NoClass {
        /// The target.
        label: i64,
        /// How many classes there are.
        classes: usize,
    },
    /// There are more labels than there is to be labelled, or fewer.
    #[error("there are {found} labels; {expected} are expected")]
    Count {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A setting of [`CrossEntropy`] that is out of its bounds.
    #[error("{name} is {found}; expected {expected}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What it is.
        found: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// A masked row that is none of the logits'.
    #[error("row {row} is masked; there are {rows} rows")]
    NoRow {
        /// The row.
        row: u32,
        /// How many there are.
        rows: usize,
    },
    /// Hidden states that are to be compared, and are not there.
    #[error("alpha_cos is above 0, and there are no hidden states to compare")]
    NoStates,
    /// A student and a teacher that do not say something about the same things.
    #[error("the student's tensor is {student:?} and the teacher's {teacher:?}; they have to be alike")]
    Shapes {
        /// The student's shape.
        student: [usize; 2],
        /// The teacher's.
        teacher: [usize; 2],
    },
    /// Vectors that cannot be compared.
    #[error(
        "there are vectors of {anchors:?} to be compared with {others:?}; the same width and no fewer are expected"
    )]
    Vectors {
        /// The shape of those that are compared.
        anchors: [usize; 2],
        /// The shape of those that they are compared with.
        others: [usize; 2],
    },
}

/// # Errors
/// Where there are not as many labels as there is to be labelled.
pub(super) fn check_count(found: usize, expected: usize) -> Result<(), LabelError> {
    if found == expected { Ok(()) } else { Err(LabelError::Count { found, expected }) }
}

/// Cross-entropy with its two settings; neither is set by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    /// The share of each target that is spread evenly over all classes, in `[0, 1]`: `label_smoothing_factor` of
    /// transformers' `Trainer` (Szegedy et al. 2016, section 7).
    pub label_smoothing: f64,
    /// How much a row of each class counts, 0 or more: the mean is then a weighted one, as PyTorch's.
    pub class_weights: Option<Vec<f32>>,
}

impl CrossEntropy {
    /// `-log softmax(logits)[target]`, the mean over the rows; NaN where there is no row, as in PyTorch.
    ///
    /// # Shapes
    /// - `logits`: `[rows, classes]`
    /// - `targets`: a class for each row
    /// - result: `[1]`
    ///
    /// # Errors
    /// Where a target is not a class, or there is not one for each row; where a setting is out of its bounds.
    pub fn loss(&self, logits: Tensor<2>, targets: &[u32]) -> Result<Tensor<1>, LabelError> {
        let [rows, classes] = logits.dims();
        check_count(targets.len(), rows)?;
        self.check(classes)?;
        let device = logits.device().inner();
        if let Some(&label) = targets.iter().find(|&&target| target as usize >= classes) {
            return Err(LabelError::NoClass { label: label.into(), classes });
        }
        if rows == 0 {
            return Ok(Tensor::from_data([f32::NAN], &device));
        }
        let Self { label_smoothing: smoothing, class_weights } = self;
        if class_weights.is_none() && *smoothing == 0.0 {
            return Ok(negative_log_likelihood(logits, targets).mean());
        }
        let indices: Vec<i32> = targets.iter().map(|&target| target as i32).collect();
        let indices: Tensor<2, Int> = Tensor::from_data(TensorData::new(indices, [rows, 1]), &device);
        let likelihood = log_softmax(logits, 1); // [rows, classes]
        let of_target = likelihood.clone().gather(1, indices); // [rows, 1]
        let (of_target, of_all, total) = match class_weights {
            None => (of_target.sum(), sum_by_rows(likelihood), rows as f64),
            Some(weights) => {
                let each: Vec<f32> =
                    targets.iter().filter_map(|&target| weights.get(target as usize).copied()).collect();
                let total = each.iter().map(|&weight| f64::from(weight)).sum();
                let each: Tensor<2> = Tensor::from_data(TensorData::new(each, [rows, 1]), &device);
                let weights: Tensor<2> = Tensor::from_data(TensorData::new(weights.clone(), [1, classes]), &device);
                ((of_target * each).sum(), sum_by_rows(likelihood * weights), total)
            }
        };
        Ok((of_target * (1.0 - smoothing) + of_all * (smoothing / classes as f64)) / -total)
    }

    /// [`loss`](Self::loss) over the rows whose label is not [`IGNORE_INDEX`].
    ///
    /// # Shapes
    /// - `logits`: `[rows, classes]`
    /// - `labels`: a class, or [`IGNORE_INDEX`], for each row
    /// - result: `[1]`
    ///
    /// # Errors
    /// Where a label is neither, or there is not one for each row; where a setting is out of its bounds.
    pub fn labelled_loss(&self, logits: Tensor<2>, labels: &[i64]) -> Result<Tensor<1>, LabelError> {
        let [rows, classes] = logits.dims();
        check_count(labels.len(), rows)?;
        let labelled = (0_i32..).zip(labels).filter(|(_, label)| **label != IGNORE_INDEX);
        let (rows, targets): (Vec<i32>, Vec<u32>) = labelled
            .map(|(row, &label)| {
                let target = u32::try_from(label).map_err(|_| LabelError::NoClass { label, classes })?;
                Ok((row, target))
            })
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .unzip();
        let device = logits.device().inner();
        if rows.is_empty() {
            return Ok(Tensor::from_data([f32::NAN], &device));
        }
        self.loss(logits.select(0, Tensor::from_ints(rows.as_slice(), &device)), &targets)
    }

    fn check(&self, classes: usize) -> Result<(), LabelError> {
        let setting = |name, found, expected| Err(LabelError::Setting { name, found, expected });
        if !(0.0..=1.0).contains(&self.label_smoothing) {
            return setting("label_smoothing", self.label_smoothing, "a number from 0 to 1");
        }
        let Some(weights) = &self.class_weights else { return Ok(()) };
        if let Some(&weight) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return setting("a class weight", weight.into(), "a number, 0 or more");
        }
        if weights.len() != classes {
            return setting("the number of class weights", weights.len() as f64, "one for each class");
        }
        Ok(())
    }
}

/// [`CrossEntropy::loss`] without smoothing and weights.
///
/// # Errors
/// Where a target is not a class, or there is not one for each row.
pub fn cross_entropy(logits: Tensor<2>, targets: &[u32]) -> Result<Tensor<1>, LabelError> {
    CrossEntropy::default().loss(logits, targets)
}

/// [`CrossEntropy::labelled_loss`] without smoothing and weights.
///
/// # Errors
/// Where a label is neither a class nor [`IGNORE_INDEX`], or there is not one for each row.
pub fn labelled_cross_entropy(logits: Tensor<2>, labels: &[i64]) -> Result<Tensor<1>, LabelError> {
    CrossEntropy::default().labelled_loss(logits, labels)
}
