//! How far the words of a student are from those of its teacher (Hinton et al. 2015, section 2).

#[cfg(feature = "flex")]
mod flex;

use burn::tensor::{
    Tensor,
    activation::{log_softmax, softmax},
};

/// `Σ t (log t - log s)` for each row, where `s` and `t` are the softmax of the student's logits and of the teacher's,
/// divided by `temperature`. Over a whole vocabulary it makes no further copy of either. The teacher gets no gradient.
///
/// # Shapes
/// - `student`, `teacher`: `[rows, classes]`
/// - result: `[rows]`
pub fn soft_target_divergence(student: Tensor<2>, teacher: Tensor<2>, temperature: f64) -> Tensor<1> {
    let teacher = teacher.detach();
    #[cfg(feature = "flex")]
    if crate::flex::is_flex(&student) && crate::flex::is_flex(&teacher) {
        return flex::divergence(student, teacher, temperature);
    }
    let [rows, _] = student.dims();
    let (student, teacher) = (student / temperature, teacher / temperature);
    let difference = log_softmax(teacher.clone(), 1) - log_softmax(student, 1);
    (softmax(teacher, 1) * difference).sum_dim(1).reshape([rows])
}
