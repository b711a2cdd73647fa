//! Losses on one thread and on several.

use burn::tensor::{Device, Tensor, TensorData};
use embert_objectives::losses::{CrossEntropy, Distillation, Pupil};

#[test]
fn a_loss_over_a_whole_vocabulary_has_the_same_bits_on_any_number_of_threads() {
    let (rows, classes) = (150, 30_000); // Burn adds up so many numbers on all threads
    // Rows differ in size, so that the order of their sum counts.
    let number = |index: usize| (index * 7919 % 977) as f32 * 1.7_f32.powi((index / classes % 13) as i32) / 1e3;
    let logits = |first: usize| {
        let numbers = (first..first + rows * classes).map(number).collect::<Vec<_>>();
        Tensor::<2>::from_data(TensorData::new(numbers, [rows, classes]), &Device::flex())
    };
    let losses = || {
        let targets: Vec<u32> = (0..rows as u32).collect();
        let squares =
            Distillation { alpha_ce: 0.0, alpha_mlm: 0.0, alpha_cos: 0.0, alpha_mse: 1.0, ..Default::default() };
        let pupil = Pupil {
            student_logits: logits(0),
            teacher_logits: logits(7),
            masked: &targets,
            originals: &targets,
            hidden_states: Vec::new(),
        };
        let smoothed = |class_weights: Option<Vec<f32>>| CrossEntropy { label_smoothing: 0.1, class_weights };
        let weights = (0..classes).map(|class| 1.5 + (class % 7) as f32).collect();
        let mut losses = vec![squares.loss(pupil).unwrap().total];
        losses.extend([None, Some(weights)].map(|weights| smoothed(weights).loss(logits(0), &targets).unwrap()));
        let values = losses.into_iter().flat_map(|loss| loss.into_data().try_to_vec::<f32>().unwrap());
        values.map(f32::to_bits).collect::<Vec<_>>()
    };
    let [one, many] = [1, 8].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (0..2).map(|_| losses()).collect::<Vec<_>>())
    });
    assert_eq!(one, many);
}
