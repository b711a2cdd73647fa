//! BERT's pre-training: masked words and the next sentence.

use std::time::{Duration, Instant};

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorReadError},
};
use embert_core::{BertForPreTraining, Pass};
use embert_objectives::{
    losses::{cross_entropy, pretraining},
    random::stream,
};
use rand::Rng;

use crate::{
    accuracy::{Accuracy, commonest_token_share},
    clip::clip_global_norm,
    data::{Example, ExampleSource, PreTrainingBatch, batches},
    error::Error,
    optimizer::{AdamWSettings, adamw},
    schedule::LinearSchedule,
};

/// How a model is pre-trained.
#[derive(Clone, Debug, PartialEq)]
pub struct PreTrain {
    /// Steps, and the learning rate over them.
    pub schedule: LinearSchedule,
    /// The optimiser's constants.
    pub adamw: AdamWSettings,
    /// The largest norm of all gradients together.
    pub max_grad_norm: f64,
    /// Tokens of a step, at most.
    pub batch_tokens: usize,
    /// Examples are drawn, and elements dropped, from this.
    pub seed: u64,
    /// Steps from one report to the next.
    pub log_every: usize,
    /// Steps from one validation to the next.
    pub validate_every: usize,
    /// Held-out examples that a validation looks at, at most.
    pub validation_examples: usize,
}

/// What a training tells while it runs.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step that is to be logged was taken.
    Step(StepReport),
    /// The held-out examples were looked at.
    Validated(Validation),
}

/// The state of a training after a step.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// Steps taken.
    pub step: usize,
    /// Mean over the steps since the last report.
    pub loss: f64,
    /// The same, of each term of the loss, by name.
    pub parts: Vec<(&'static str, f64)>,
    /// Masked words guessed right in this step.
    pub masked_lm_accuracy: f64,
    /// Next sentences judged right in this step.
    pub next_sentence_accuracy: f64,
    /// The rate of this step.
    pub learning_rate: f64,
    /// The norm of all gradients together, before they were clipped.
    pub gradient_norm: f64,
    /// Tokens trained on so far.
    pub tokens: usize,
    /// Time since the first step began.
    pub elapsed: Duration,
}

impl StepReport {
    /// Over the whole training so far.
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.elapsed.as_secs_f64()
    }

    /// What is left of `total_steps`, at the pace so far.
    pub fn time_left(&self, total_steps: usize) -> Duration {
        let share = total_steps.saturating_sub(self.step) as f64 / self.step.max(1) as f64;
        self.elapsed.mul_f64(share)
    }
}

/// What a model knows of text that it was not trained on.
#[derive(Clone, Debug)]
pub struct Validation {
    /// Steps taken.
    pub step: usize,
    /// Masked LM plus next sentence.
    pub loss: f64,
    /// Masked words guessed right.
    pub masked_lm: Accuracy,
    /// The share of the commonest masked word: what always guessing it gives.
    pub commonest_token_share: f64,
    /// Next sentences judged right.
    pub next_sentence: Accuracy,
}

/// A finished training.
#[derive(Debug)]
pub struct Outcome {
    /// The model, without gradients.
    pub model: BertForPreTraining,
    /// The last look at the held-out examples.
    pub validation: Validation,
}

impl PreTrain {
    fn check(&self) -> Result<(), Error> {
        let wrong = |name, found: String, expected| Err(Error::Setting { name, found, expected });
        let rate = self.schedule.peak;
        if !(rate > 0.0 && rate.is_finite()) {
            return wrong("the learning rate", rate.to_string(), "a number above 0");
        }
        for (name, found) in [
            ("steps", self.schedule.total_steps),
            ("batch tokens", self.batch_tokens),
            ("log every", self.log_every),
            ("validate every", self.validate_every),
            ("validation examples", self.validation_examples),
        ] {
            if found == 0 {
                return wrong(name, found.to_string(), "1 or more");
            }
        }
        Ok(())
    }

    /// Trains `model` on examples of `training`, and looks at `held_out` now
    /// and then and at the end.
    ///
    /// # Errors
    /// Where a setting makes no sense, the documents give no example, an
    /// example does not fit the model, or the loss turns NaN.
    pub fn run(
        &self,
        model: BertForPreTraining,
        training: &ExampleSource,
        held_out: &ExampleSource,
        device: &Device,
        mut on_event: impl FnMut(Event),
    ) -> Result<Outcome, Error> {
        self.check()?;
        let mut held_out = held_out.epoch(self.seed, 0)?;
        held_out.truncate(self.validation_examples);
        let held_out = batches(held_out, self.batch_tokens, self.seed, 0);

        let mut model = model.train().fork(&device.clone().autodiff());
        let mut optimizer = adamw(&model, self.adamw);
        let mut queue: Vec<Vec<Example>> = Vec::new();
        let mut epoch = 0;
        let mut tokens = 0;
        let mut since_report = Running::default();
        let start = Instant::now();

        for step in 0..self.schedule.total_steps {
            if queue.is_empty() {
                let examples = training.epoch(self.seed, epoch)?;
                queue = batches(examples, self.batch_tokens, self.seed, epoch);
                queue.reverse();
                epoch += 1;
            }
            let examples = queue.pop().unwrap_or_default();
            let batch = PreTrainingBatch::new(&examples)?;
            tokens += batch.batch.tokens();
            let is_reported = (step + 1).is_multiple_of(self.log_every);

            let mut pass = Pass::training(stream(b"dropout ", self.seed, step as u64, 0).random());
            let output = model.forward(&batch.batch, Some(&batch.positions), &mut pass)?;
            let accuracies = if is_reported {
                let words = output.prediction_logits.clone().without_autodiff();
                let sentences = output.seq_relationship_logits.clone().without_autodiff();
                Some((
                    Accuracy::of(words, &batch.originals)?,
                    Accuracy::of(sentences, &batch.next_sentence_labels)?,
                ))
            } else {
                None
            };
            let loss = pretraining(
                output.prediction_logits,
                &batch.originals,
                output.seq_relationship_logits,
                &batch.next_sentence_labels,
            )?;
            let total = scalar(&loss.total)?;
            if !total.is_finite() {
                return Err(Error::NotFinite { step, loss: total });
            }
            since_report.add(total, &loss.parts)?;

            let gradients = loss.total.backward();
            let mut gradients = GradientsParams::from_grads(gradients, &model);
            let norm = clip_global_norm(&model, &mut gradients, self.max_grad_norm);
            let learning_rate = self.schedule.learning_rate(step);
            model = optimizer.step(learning_rate, model, gradients);

            let step = step + 1;
            if let Some((words, sentences)) = accuracies {
                let (loss, parts) = std::mem::take(&mut since_report).mean();
                on_event(Event::Step(StepReport {
                    step,
                    loss,
                    parts,
                    masked_lm_accuracy: words.share(),
                    next_sentence_accuracy: sentences.share(),
                    learning_rate,
                    gradient_norm: norm.map_or(Ok(f64::NAN), |norm| scalar(&norm))?,
                    tokens,
                    elapsed: start.elapsed(),
                }));
            }
            if step.is_multiple_of(self.validate_every) && step < self.schedule.total_steps {
                on_event(Event::Validated(validate(&model.valid(), &held_out, step)?));
            }
        }

        let model = model.valid();
        let validation = validate(&model, &held_out, self.schedule.total_steps)?;
        on_event(Event::Validated(validation.clone()));
        Ok(Outcome { model, validation })
    }
}

/// Loss and accuracy over `batches`, as if they were one.
fn validate(
    model: &BertForPreTraining,
    batches: &[Vec<Example>],
    step: usize,
) -> Result<Validation, Error> {
    let (mut masked_lm, mut next_sentence) = (Accuracy::default(), Accuracy::default());
    let (mut masked_lm_loss, mut next_sentence_loss) = (0.0, 0.0);
    for examples in batches {
        let batch = PreTrainingBatch::new(examples)?;
        let output = model.forward(&batch.batch, Some(&batch.positions), &mut Pass::inference())?;
        let (words, sentences) = (output.prediction_logits, output.seq_relationship_logits);
        let (originals, labels) = (&batch.originals, &batch.next_sentence_labels);
        if !originals.is_empty() {
            masked_lm.add(Accuracy::of(words.clone(), originals)?);
            masked_lm_loss += scalar(&cross_entropy(words, originals)?)? * originals.len() as f64;
        }
        next_sentence.add(Accuracy::of(sentences.clone(), labels)?);
        next_sentence_loss += scalar(&cross_entropy(sentences, labels)?)? * labels.len() as f64;
    }
    let originals = batches.iter().flatten().flat_map(|example| &example.masked.originals);
    Ok(Validation {
        step,
        loss: masked_lm_loss / masked_lm.all as f64 + next_sentence_loss / next_sentence.all as f64,
        masked_lm,
        commonest_token_share: commonest_token_share(originals.copied()),
        next_sentence,
    })
}

fn scalar(tensor: &Tensor<1>) -> Result<f64, TensorReadError> {
    Ok(f64::from(tensor.clone().try_into_scalar::<f32>()?))
}

/// Losses, summed since the last report.
#[derive(Default)]
struct Running {
    steps: usize,
    loss: f64,
    parts: Vec<(&'static str, f64)>,
}

impl Running {
    fn add(&mut self, loss: f64, parts: &[(&'static str, Tensor<1>)]) -> Result<(), Error> {
        self.steps += 1;
        self.loss += loss;
        for (index, (name, part)) in parts.iter().enumerate() {
            let part = scalar(part)?;
            match self.parts.get_mut(index) {
                Some((_, sum)) => *sum += part,
                None => self.parts.push((name, part)),
            }
        }
        Ok(())
    }

    fn mean(self) -> (f64, Vec<(&'static str, f64)>) {
        let steps = self.steps as f64;
        let parts = self.parts.into_iter().map(|(name, sum)| (name, sum / steps)).collect();
        (self.loss / steps, parts)
    }
}
