//! What a model knows of examples that it is not trained on.

use burn::tensor::Device;

use crate::{
    batches::BatchSize,
    data::{Tokens, piece_count, tokens_of},
    error::Error,
    events::Validation,
    objective::Objective,
    precision::Precision,
    step::Step,
    workers::Workers,
};

/// Looks at all `examples`, about `micro_batch_tokens` tokens of them at a time, or at a `batch` where one may not be cut;
/// the same bits whatever the number of threads.
///
/// # Errors
/// Where there are none, or they do not fit the model.
pub fn evaluate<O: Objective>(
    objective: &O,
    model: &O::Model,
    mut examples: Vec<O::Example>,
    batch: BatchSize,
    micro_batch_tokens: usize,
    devices: &[Device],
) -> Result<Validation, Error> {
    if examples.is_empty() {
        return Err(Error::NoExamples);
    }
    examples.sort_by_key(Tokens::tokens);
    let pieces = if objective.is_indivisible() { 1 } else { piece_count(tokens_of(&examples), micro_batch_tokens) };
    let workers = Workers::new(devices, pieces)?;
    let step = Step {
        objective,
        batch,
        piece_tokens: micro_batch_tokens,
        precision: Precision::F32,
        gradient_checkpointing: false,
        workers: &workers,
    };
    validate(&step, model, &examples, 0)
}

/// What the model says of `examples` after so many steps.
pub(crate) fn validate<O: Objective>(
    step: &Step<'_, O>,
    model: &O::Model,
    examples: &[O::Example],
    steps: usize,
) -> Result<Validation, Error> {
    let (score, verdicts) = step.evaluate(model, examples.to_vec())?;
    let metrics = step.objective.judge(examples, verdicts);
    Ok(Validation { metrics, ..Validation::new(step.objective, steps, &score, examples) })
}
