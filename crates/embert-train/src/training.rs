//! The loop: batches, gradients, steps; what is told of them, and what is kept.

use std::time::Instant;

use burn::{module::Module, tensor::Device};
use embert_core::Pass;
use embert_kernels::read_ids;
use embert_objectives::random::stream;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::{
    batches::{BatchSize, Batches, Position},
    clip::{clip_factor, global_norm},
    clock::Clock,
    data::{Source, Tokens, piece_count, tokens_of},
    error::Error,
    evaluate::validate,
    events::{Event, Sample, Snapshot, StepReport, Validation},
    objective::{Look, Objective},
    optimizer::{Optimizer, OptimizerSettings, flat},
    precision::Precision,
    ranks::{Ranks, sum_gradients},
    schedule::Schedule,
    score::{Score, read_numbers},
    step::Step,
    unread::{Place, UnreadSteps},
    workers::Workers,
};

/// A forward pass and a backward pass, which costs two of them.
pub(crate) const PASSES: f64 = 3.0;

/// How a model is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// How parameters move.
    pub optimizer: OptimizerSettings,
    /// Steps, and the learning rate over them.
    pub schedule: Schedule,
    /// What a step looks at.
    pub batch: BatchSize,
    /// Tokens that are looked at together, about: a step is the sum of such pieces, but for an objective that is
    /// indivisible.
    pub micro_batch_tokens: usize,
    /// The order of examples, their masks and what is dropped follow from it.
    pub seed: u64,
    /// What a step computes in.
    pub precision: Precision,
    /// Whether what is cheap to compute is computed again on the way back, instead of being kept.
    pub gradient_checkpointing: bool,
    /// Steps from one report to the next; the last step is always reported.
    pub log_every: usize,
    /// Steps from one validation to the next; there is always one at the end.
    pub validate_every: usize,
    /// Held-out examples that a validation looks at, at most.
    pub validation_examples: usize,
    /// Of those, the ones whose answers are told one by one.
    pub samples: usize,
    /// Steps from one save to the next; the beginning and the end are always saved.
    pub save_every: usize,
    /// So many validations in a row without a better model end it.
    pub patience: Option<usize>,
}

/// How far a training has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps taken.
    pub step: usize,
    /// Tokens trained on.
    pub tokens: u64,
    /// The best on held-out examples so far: the lowest loss, or the highest figure.
    pub best: Option<f64>,
    /// The lowest loss, as long as there is no figure to choose by.
    #[serde(default)]
    pub best_loss: Option<f64>,
    /// Validations since then.
    #[serde(default)]
    pub since_best: usize,
    pub(crate) position: Position,
    pub(crate) since_report: Score,
    pub(crate) steps_since_report: usize,
}

/// A training between two steps: all that the next ones follow from, besides the settings and the data.
#[derive(Clone, Debug)]
pub struct State<M> {
    /// The model, without gradients.
    pub model: M,
    /// The optimiser with its moments.
    pub optimizer: Optimizer,
    /// How far it has come.
    pub progress: Progress,
}

impl<M: Module> State<M> {
    /// Before the first step.
    pub fn new(model: M, settings: OptimizerSettings) -> Self {
        Self { optimizer: Optimizer::new(&model, settings), model, progress: Progress::default() }
    }
}

/// What a training is given to work with.
pub struct Material<'a, O: Objective, T, H> {
    /// What is learned.
    pub objective: &'a O,
    /// From what.
    pub training: &'a T,
    /// What it is measured on.
    pub held_out: &'a H,
    /// Where; the model lives on the first.
    pub devices: &'a [Device],
    /// With whom: [`Alone`](crate::Alone), or all ranks of an `mpirun`, each of which has a device.
    pub ranks: &'a dyn Ranks,
}

impl Training {
    /// # Errors
    /// Where a setting is one that no training can have.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |name, found: String, expected| Err(Error::Setting { name, found, expected });
        let optimizer = &self.optimizer;
        let is_share = |share: f32| (0.0..1.0).contains(&share);
        let is_amount = |amount: f64| amount >= 0.0 && amount.is_finite();
        let rate = optimizer.learning_rate;
        if !(rate > 0.0 && rate.is_finite()) {
            return wrong("the learning rate", rate.to_string(), "a number above 0");
        }
        for (name, found) in [("beta_1", optimizer.beta_1), ("beta_2", optimizer.beta_2)] {
            if !is_share(found) {
                return wrong(name, found.to_string(), "a number from 0 up to, and without, 1");
            }
        }
        for (name, found) in [
            ("epsilon", optimizer.epsilon.into()),
            ("weight_decay", optimizer.weight_decay.into()),
            ("max_grad_norm", optimizer.max_grad_norm),
            ("power", self.schedule.power),
        ] {
            if !is_amount(found) {
                return wrong(name, found.to_string(), "a number, 0 or more");
            }
        }
        for (name, found) in [
            ("steps", self.schedule.steps),
            ("batch tokens", self.batch.tokens),
            ("batch examples", self.batch.examples),
            ("micro batch tokens", self.micro_batch_tokens),
            ("log every", self.log_every),
            ("validate every", self.validate_every),
            ("validation examples", self.validation_examples),
            ("save every", self.save_every),
        ] {
            if found == 0 {
                return wrong(name, found.to_string(), "1 or more");
            }
        }
        if self.patience == Some(0) {
            return wrong("patience", "0".into(), "1 or more");
        }
        if self.schedule.warmup_steps > self.schedule.steps {
            return wrong("warmup_steps", self.schedule.warmup_steps.to_string(), "no more than there are steps");
        }
        Ok(())
    }

    /// Whether a training has come to its end: all its steps, or its patience.
    pub fn is_over(&self, progress: &Progress) -> bool {
        let is_tired = self.patience.is_some_and(|patience| progress.since_best >= patience);
        progress.step >= self.schedule.steps || is_tired
    }

    /// Pieces of a step, about.
    fn pieces<T: Source<Example: Tokens>>(&self, training: &T) -> Result<usize, Error> {
        let tokens = match self.batch.tokens {
            usize::MAX => {
                let some = training.epoch(self.seed, 0, 0)?.take(self.batch.examples);
                some.map(|example| Ok(example?.tokens())).sum::<Result<usize, Error>>()?
            }
            tokens => tokens,
        };
        Ok(piece_count(tokens, self.micro_batch_tokens))
    }

    /// Trains from `state` to the end, or until `stop` says so between two steps, and tells of it on the way; a training
    /// that is stopped is saved first. Gives back the last state.
    ///
    /// The same state, settings and examples lead to the same bits, whatever the number of threads, the number of
    /// devices of one kind, or the number of times that it was stopped. With several ranks, each goes through all of this,
    /// and comes to the same bits; with another number of them, gradients are summed in other groups, and the bits differ
    /// as much as that rounds. Only the first tells of it.
    ///
    /// # Errors
    /// Where a setting makes no sense, there are no examples, or they do not fit the model; where the loss is no number
    /// any more; and what `on_event` gives.
    pub fn run<O, T, H, E>(
        &self,
        state: State<O::Model>,
        Material { objective, training, held_out, devices, ranks }: Material<'_, O, T, H>,
        mut on_event: impl FnMut(Event<'_, O>) -> Result<(), E>,
        stop: impl Fn() -> bool,
    ) -> Result<State<O::Model>, E>
    where
        O: Objective,
        T: Source<Example = O::Example>,
        H: Source<Example = O::Example>,
        E: From<Error>,
    {
        self.check()?;
        let pieces = if objective.is_indivisible() { 1 } else { self.pieces(training)? };
        let workers = Workers::new(devices, pieces.div_ceil(ranks.count()))?;
        let step = Step {
            objective,
            batch: self.batch,
            piece_tokens: self.micro_batch_tokens,
            precision: self.precision,
            gradient_checkpointing: self.gradient_checkpointing,
            workers: &workers,
        };
        let held_out = HeldOut::read(self, objective, held_out)?;
        let State { mut model, mut optimizer, mut progress } = state;
        let mut batches = Batches::at(training, self.batch, self.seed, progress.position)?;
        let mut is_saved = true;
        let mut clock = Clock::default();
        let mut unread = UnreadSteps::new(ranks, objective.weights());
        // What is told and kept is so once.
        let mut on_event = |event: Event<'_, O>| if ranks.is_first() { on_event(event) } else { Ok(()) };

        if progress.step == 0 {
            on_event(Event::Save(Snapshot { model: &model, optimizer: &optimizer, progress: &progress }))?;
        }
        while !self.is_over(&progress) {
            if ranks.any(stop())? {
                unread.settle(&mut progress, &mut clock)?;
                if !is_saved && is_finite(&model, &workers)? {
                    on_event(Event::Save(Snapshot { model: &model, optimizer: &optimizer, progress: &progress }))?;
                }
                break;
            }
            let started = Instant::now();
            let number = progress.step;
            let examples = batches.next_batch()?;
            on_event(Event::Batch { step: number + 1, examples: &examples })?;
            let tokens = tokens_of(&examples);
            let flops = PASSES * examples.iter().map(|example| objective.flops(example)).sum::<f64>();

            let seed = stream(b"dropout ", self.seed, number as u64, 0).random();
            let (gradients, scores) = step.gradients(&model, examples, seed, ranks)?;
            let (gradients, norm) = if ranks.are_several() {
                sum_gradients(&model, gradients, ranks)?
            } else {
                let norm = global_norm(&model, &gradients, &workers)?;
                (gradients, norm)
            };
            let factor = norm.as_ref().and_then(|norm| clip_factor(norm, self.optimizer.max_grad_norm));
            let learning_rate = self.optimizer.learning_rate * self.schedule.share(number);
            model = optimizer.step(model, gradients, factor.as_ref(), learning_rate, &workers)?;

            progress.step += 1;
            progress.tokens += tokens as u64;
            progress.position = batches.position();
            progress.steps_since_report += 1;
            clock.add(started.elapsed(), tokens, flops);
            let place = Place { step: number + 1, position: batches.position(), tokens };
            unread.push(place, scores, norm);

            let taken = progress.step;
            let is_due = |every: usize| taken.is_multiple_of(every) || taken == self.schedule.steps;
            let is_asked = [self.log_every, self.validate_every, self.save_every].into_iter().any(is_due);
            if is_asked || unread.is_full() {
                unread.settle(&mut progress, &mut clock)?;
            }
            let gradient_norm = unread.last_norm();
            if is_due(self.log_every) {
                let report = progress.report(objective, clock.read()).with(learning_rate, gradient_norm);
                on_event(Event::Step(&report))?;
            }
            if is_due(self.validate_every) {
                if ranks.is_first() {
                    let mut validation = validate(&step, &model, &held_out.examples, progress.step)?;
                    if !validation.loss.is_finite() {
                        return Err(place.not_finite("loss on held-out examples", validation.loss).into());
                    }
                    progress.compare(&mut validation, objective.criterion());
                    let samples = held_out.guessed(objective, &model)?;
                    on_event(Event::Validated { validation: &validation, samples: &samples, model: &model })?;
                }
                // How good it is may end it.
                progress = ranks.share(progress)?;
            }
            // Its patience may be at an end between two reports.
            if self.is_over(&progress) && progress.steps_since_report > 0 {
                let report = progress.report(objective, clock.read()).with(learning_rate, gradient_norm);
                on_event(Event::Step(&report))?;
            }
            is_saved = is_due(self.save_every) || self.is_over(&progress);
            if is_saved {
                // A last step may have led into the void, which the next loss would have said.
                if !is_finite(&model, &workers)? {
                    return Err(place.not_finite("weights", f64::NAN).into());
                }
                on_event(Event::Save(Snapshot { model: &model, optimizer: &optimizer, progress: &progress }))?;
            }
        }
        Ok(State { model, optimizer, progress })
    }
}

impl Progress {
    /// Of the steps since the last report.
    fn report<O: Objective>(&mut self, objective: &O, pace: (f64, f64)) -> StepReport {
        let steps = std::mem::take(&mut self.steps_since_report);
        let score = std::mem::take(&mut self.since_report);
        StepReport::new(objective.parts(), self, steps, &score, pace)
    }

    /// Says whether a validation is the best so far, by its loss or by the figure `criterion`.
    fn compare(&mut self, validation: &mut Validation, criterion: Option<&str>) {
        let figure =
            criterion.and_then(|name| validation.metrics.as_ref()?.get(name)).filter(|figure| figure.is_finite());
        let has_lower_loss = |best: Option<f64>| best.is_none_or(|best| validation.loss < best);
        validation.is_best = match (criterion, figure, self.best) {
            (None, ..) => has_lower_loss(self.best),
            (Some(_), Some(figure), best) => best.is_none_or(|best| figure > best),
            // Of numbers that are all the same, say, there is no correlation.
            (Some(_), None, None) => has_lower_loss(self.best_loss),
            (Some(_), None, Some(_)) => false,
        };
        if validation.is_best {
            self.best = if criterion.is_none() { Some(validation.loss) } else { figure };
            self.best_loss = self.best.is_none().then_some(validation.loss);
        }
        self.since_best = if validation.is_best { 0 } else { self.since_best + 1 };
    }
}

/// Whether every weight is a number.
fn is_finite(model: &impl Module, workers: &Workers) -> Result<bool, Error> {
    let rows = flat(model).into_iter().map(|(_, row)| row).collect();
    // Of squares, since an infinity takes another away.
    let mut sums = Vec::new();
    workers.fold(rows, |row, _| Ok(row.square().sum()), |sum| sums.push(sum))?;
    Ok(read_numbers(sums)?.all(f32::is_finite))
}

/// The held-out examples, in memory.
struct HeldOut<E> {
    examples: Vec<E>, // like lengths together
    samples: Vec<E>,
}

impl<E: Tokens + Clone> HeldOut<E> {
    fn read<O: Objective<Example = E>>(
        settings: &Training,
        objective: &O,
        source: &impl Source<Example = E>,
    ) -> Result<Self, Error> {
        let examples = source.epoch(settings.seed, 0, 0)?.take(settings.validation_examples);
        let mut examples: Vec<E> = examples.collect::<Result<_, _>>()?;
        let has_answers = |example: &&E| objective.answers(example).first().is_some_and(|answers| !answers.is_empty());
        let samples = examples.iter().filter(has_answers).take(settings.samples).cloned().collect();
        examples.sort_by_key(Tokens::tokens);
        Ok(Self { examples, samples })
    }

    /// What the model answers to the first part's questions in each sample.
    fn guessed<O: Objective<Example = E>>(&self, objective: &O, model: &O::Model) -> Result<Vec<Sample<E>>, Error> {
        let guess = |example: &E| {
            let Look { parts, .. } = objective.look(model, std::slice::from_ref(example), &mut Pass::inference())?;
            let guesses = parts.into_iter().next().and_then(|part| part.guesses);
            Ok(Sample { example: example.clone(), guesses: guesses.map_or_else(|| Ok(Vec::new()), read_ids)? })
        };
        self.samples.iter().map(guess).collect()
    }
}
