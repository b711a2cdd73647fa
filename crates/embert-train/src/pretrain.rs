//! BERT's pre-training: masked words and the next sentence.

use std::time::{Duration, Instant};

use burn::{module::Module, tensor::Device};
use embert_core::BertForPreTraining;
use embert_data::Example;
use embert_objectives::random::stream;
use rand::Rng;

use crate::{
    accuracy::{Accuracy, commonest_share},
    batches::Batches,
    clip::clip_global_norm,
    data::Source,
    error::Error,
    optimizer::{AdamWSettings, adamw},
    schedule::LinearSchedule,
    step::{Score, evaluate, gradients, scalar},
    workers::Workers,
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
    /// Tokens that one core works on at a time, about: a step is the sum of such pieces.
    pub piece_tokens: usize,
    /// Examples are drawn, and elements dropped, from this.
    pub seed: u64,
    /// Steps from one report to the next; the last step is always reported.
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
    /// Masked words guessed right in these steps.
    pub masked_lm_accuracy: f64,
    /// Next sentences judged right in these steps.
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
    /// The share of the commoner answer: what always giving it gets right.
    pub commonest_answer_share: f64,
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
    /// # Errors
    /// Where a setting is one that no training can have.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |name, found: String, expected| Err(Error::Setting { name, found, expected });
        let rate = self.schedule.peak;
        if !(rate > 0.0 && rate.is_finite()) {
            return wrong("the learning rate", rate.to_string(), "a number above 0");
        }
        for (name, found) in [
            ("steps", self.schedule.total_steps),
            ("batch tokens", self.batch_tokens),
            ("piece tokens", self.piece_tokens),
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
        training: &impl Source,
        held_out: &impl Source,
        device: &Device,
        mut on_event: impl FnMut(Event),
    ) -> Result<Outcome, Error> {
        self.check()?;
        let workers = Workers::new(self.batch_tokens.div_ceil(self.piece_tokens))?;
        let held_out = held_out.epoch(self.seed, 0)?.take(self.validation_examples);
        let mut held_out: Vec<Example> = held_out.collect::<Result<_, _>>()?;
        held_out.sort_by_key(|example| example.ids.len());
        let validate = |model: &BertForPreTraining, step| -> Result<Validation, Error> {
            let score = evaluate(model, held_out.clone(), self.piece_tokens, &workers)?;
            Ok(Validation::new(step, score, &held_out))
        };

        let device = device.clone().autodiff();
        let mut model = model.train().fork(&device);
        let mut optimizer = adamw(&model, self.adamw);
        let mut batches = Batches::new(training, self.batch_tokens, self.seed);
        let mut tokens = 0;
        let mut since_report = Score::default();
        let mut steps_since_report = 0;
        let start = Instant::now();

        for step in 0..self.schedule.total_steps {
            let examples = batches.next_batch()?;
            tokens += examples.iter().map(|example| example.ids.len()).sum::<usize>();

            let seed = stream(b"dropout ", self.seed, step as u64, 0).random();
            let (mut gradients, score) = gradients(&model, examples, self.piece_tokens, &workers, &device, seed)?;
            if !score.loss().is_finite() {
                return Err(Error::NotFinite { step, loss: score.loss() });
            }
            since_report.add(score);
            steps_since_report += 1;

            let norm = clip_global_norm(&model, &mut gradients, self.max_grad_norm);
            let learning_rate = self.schedule.learning_rate(step);
            model = optimizer.step(learning_rate, model, gradients);

            let step = step + 1;
            if step.is_multiple_of(self.log_every) || step == self.schedule.total_steps {
                let score = std::mem::take(&mut since_report);
                let steps = std::mem::take(&mut steps_since_report) as f64;
                on_event(Event::Step(StepReport {
                    step,
                    loss: score.loss() / steps,
                    parts: vec![("mlm", score.masked_lm_loss / steps), ("nsp", score.next_sentence_loss / steps)],
                    masked_lm_accuracy: score.masked_lm.share(),
                    next_sentence_accuracy: score.next_sentence.share(),
                    learning_rate,
                    gradient_norm: norm.map_or(Ok(f64::NAN), |norm| scalar(&norm))?,
                    tokens,
                    elapsed: start.elapsed(),
                }));
            }
            if step.is_multiple_of(self.validate_every) && step < self.schedule.total_steps {
                on_event(Event::Validated(validate(&model.valid(), step)?));
            }
        }

        let model = model.valid();
        let validation = validate(&model, self.schedule.total_steps)?;
        on_event(Event::Validated(validation.clone()));
        Ok(Outcome { model, validation })
    }
}

impl Validation {
    fn new(step: usize, score: Score, examples: &[Example]) -> Self {
        let originals = examples.iter().flat_map(|example| &example.masked.originals);
        let answers = examples.iter().filter_map(|example| example.sentence_pair_label);
        Self {
            step,
            loss: score.loss(),
            masked_lm: score.masked_lm,
            commonest_token_share: commonest_share(originals.copied()),
            next_sentence: score.next_sentence,
            commonest_answer_share: commonest_share(answers),
        }
    }
}
