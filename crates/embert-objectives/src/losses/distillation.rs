//! A student that learns from a teacher (Sanh et al. 2019, section 2; `distiller.py` of transformers).

use burn::tensor::Tensor;
use embert_kernels::soft_target_divergence;

use super::{LabelError, Loss, cross_entropy, sum_by_rows};

/// The triple loss of DistilBERT: soft targets, masked words, and the direction of the hidden states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distillation {
    /// By what the logits of both are divided before they become probabilities, above 0.
    pub temperature: f64,
    /// Weight of the soft targets, part `ce`.
    pub alpha_ce: f64,
    /// Weight of the masked words, part `mlm`.
    pub alpha_mlm: f64,
    /// Weight of the hidden states, part `cos`.
    pub alpha_cos: f64,
    /// Weight of the squared difference of the logits, part `mse`; left out at 0, as are the others.
    pub alpha_mse: f64,
    /// Whether soft targets are compared at masked positions only, and not at every token.
    pub restrict_ce_to_mask: bool,
}

impl Default for Distillation {
    /// What DistilBERT was trained with.
    fn default() -> Self {
        Self {
            temperature: 2.0,
            alpha_ce: 5.0,
            alpha_mlm: 2.0,
            alpha_cos: 1.0,
            alpha_mse: 0.0,
            restrict_ce_to_mask: false,
        }
    }
}

/// What student and teacher say about the same tokens. The teacher's tensors get no gradient.
#[derive(Clone, Debug)]
pub struct Pupil<'a> {
    /// `[rows, vocab_size]`: of all tokens, or of the masked ones where nothing else is compared.
    pub student_logits: Tensor<2>,
    /// `[rows, vocab_size]`.
    pub teacher_logits: Tensor<2>,
    /// The rows that are masked.
    pub masked: &'a [u32],
    /// What stood there.
    pub originals: &'a [u32],
    /// Hidden states of student and teacher, `[tokens, hidden_size]` each, that are to point the same way: those of
    /// [`LayerMap::pairs`].
    pub hidden_states: Vec<(Tensor<2>, Tensor<2>)>,
}

impl Distillation {
    /// `α_ce T² KL(teacher ‖ student) + α_mlm CE + α_cos (1 - cos) + α_mse ‖s - t‖²`, each a mean over tokens.
    ///
    /// # Errors
    /// Where the two do not fit each other, or an original is no word of the vocabulary.
    pub fn loss(&self, pupil: Pupil<'_>) -> Result<Loss, LabelError> {
        let Pupil { student_logits, teacher_logits, masked, originals, hidden_states } = pupil;
        same_shape(&student_logits, &teacher_logits)?;
        let temperature = self.temperature;
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(LabelError::Setting { name: "temperature", found: temperature, expected: "a number above 0" });
        }
        let [rows, _] = student_logits.dims();
        if let Some(&row) = masked.iter().find(|&&row| row as usize >= rows) {
            return Err(LabelError::NoRow { row, rows });
        }
        let device = student_logits.device().inner();
        if masked.is_empty() {
            // A mean over no words is no number, as in `masked_lm`.
            let none = Tensor::from_data([f32::NAN], &device);
            return Ok(Loss { total: none.clone(), parts: vec![("mlm", none)] });
        }
        let masked: Vec<i32> = masked.iter().map(|&row| row as i32).collect();
        let masked = Tensor::from_ints(masked.as_slice(), &device);
        let at_masked = student_logits.clone().select(0, masked.clone()); // [masked, vocab_size]

        let (student, teacher) = match self.restrict_ce_to_mask {
            true => (at_masked.clone(), teacher_logits.select(0, masked)),
            false => (student_logits, teacher_logits),
        };
        let teacher = teacher.detach();
        let mut loss = Loss { total: Tensor::zeros([1], &device), parts: Vec::new() };
        if self.alpha_ce != 0.0 {
            loss = loss.and("ce", self.alpha_ce, self.soft_targets(student.clone(), teacher.clone()));
        }
        if self.alpha_mlm != 0.0 {
            loss = loss.and("mlm", self.alpha_mlm, cross_entropy(at_masked, originals)?);
        }
        if self.alpha_mse != 0.0 {
            let [rows, _] = student.dims();
            let difference = student - teacher;
            loss = loss.and("mse", self.alpha_mse, sum_by_rows(difference.clone() * difference) / rows as f64);
        }
        if self.alpha_cos != 0.0 {
            loss = loss.and("cos", self.alpha_cos, directions(hidden_states)?);
        }
        Ok(loss)
    }

    /// `T² Σ t (log t - log s)` over the vocabulary, the mean over the rows: the square keeps gradients of one size
    /// whatever the temperature (Hinton et al. 2015, section 2).
    fn soft_targets(&self, student: Tensor<2>, teacher: Tensor<2>) -> Tensor<1> {
        let [rows, _] = student.dims();
        let each = soft_target_divergence(student, teacher, self.temperature); // [rows]
        each.sum() * (self.temperature * self.temperature / rows as f64)
    }
}

/// `1 - cos` of each pair of states, the mean over tokens and layers.
fn directions(hidden_states: Vec<(Tensor<2>, Tensor<2>)>) -> Result<Tensor<1>, LabelError> {
    // As in PyTorch's CosineEmbeddingLoss.
    const EPSILON: f64 = 1e-12;
    let layers = hidden_states.len();
    let squared = |states: Tensor<2>| (states.clone() * states).sum_dim(1) + EPSILON; // [tokens, 1]
    let mut cosines: Option<Tensor<1>> = None;
    for (student, teacher) in hidden_states {
        same_shape(&student, &teacher)?;
        let teacher = teacher.detach();
        let product = (student.clone() * teacher.clone()).sum_dim(1);
        let cosine = (product / (squared(student) * squared(teacher)).sqrt()).mean();
        cosines = Some(match cosines {
            Some(cosines) => cosines + cosine,
            None => cosine,
        });
    }
    let cosines = cosines.ok_or(LabelError::NoStates)?;
    Ok((cosines / layers as f64).neg() + 1.0)
}

fn same_shape(student: &Tensor<2>, teacher: &Tensor<2>) -> Result<(), LabelError> {
    let (student, teacher) = (student.dims(), teacher.dims());
    if student == teacher { Ok(()) } else { Err(LabelError::Shapes { student, teacher }) }
}

/// Which layer of the student is compared with which of the teacher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LayerMap {
    /// The last with the last, as the published DistilBERT was trained.
    #[default]
    Last,
    /// Every layer of the student with every other of a teacher twice as deep; in general, layer `i` of `s` with layer
    /// `⌊i t / s⌋` of `t`.
    All,
}

impl LayerMap {
    /// Pairs of indices into `hidden_states`, student's and teacher's. Index 0 is what enters the first layer, so layer
    /// `i` is at `i`.
    ///
    /// ```
    /// use embert_objectives::losses::LayerMap;
    ///
    /// assert_eq!(LayerMap::Last.pairs(6, 12), [(6, 12)]);
    /// assert_eq!(LayerMap::All.pairs(3, 6), [(1, 2), (2, 4), (3, 6)]);
    /// ```
    pub fn pairs(self, student_layers: usize, teacher_layers: usize) -> Vec<(usize, usize)> {
        match self {
            Self::Last => vec![(student_layers, teacher_layers)],
            Self::All => (1..=student_layers).map(|layer| (layer, layer * teacher_layers / student_layers)).collect(),
        }
    }
}
