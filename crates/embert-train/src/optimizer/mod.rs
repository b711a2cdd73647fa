//! AdamW (Loshchilov & Hutter 2019) and LAMB (You et al. 2020), as the family is trained with them.
//!
//! The arithmetic of a parameter is that of `embert-kernels`, or Burn's; what a whole model needs is here. Moments are kept
//! apart from Burn's own records, which know a parameter by a number drawn at random, so that they can be saved under its
//! name.

mod decay;
mod rule;

use std::collections::{HashMap, HashSet};

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId},
    optim::GradientsParams,
    tensor::Tensor,
};
use serde::{Deserialize, Serialize};

use crate::{error::Error, workers::Workers};
use decay::undecayed;
use rule::Rule;

/// Which rule moves the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerName {
    /// Adam with decoupled decay.
    AdamW,
    /// Adam whose steps are scaled by the parameter's own norm.
    Lamb,
}

/// An optimiser's constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerSettings {
    /// The rule.
    pub name: OptimizerName,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Decay of the first moment.
    pub beta_1: f32,
    /// Decay of the second moment.
    pub beta_2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Decoupled decay of matrices; biases and LayerNorm have none.
    pub weight_decay: f32,
    /// Whether moments are divided by what is missing of them in the first steps. Google's code for BERT and ALBERT does
    /// not.
    pub bias_correction: bool,
    /// The largest norm of all gradients together; 0 leaves them as they are.
    pub max_grad_norm: f64,
}

impl OptimizerSettings {
    /// BERT's (appendix A.2), but for the rate.
    pub fn bert(learning_rate: f64) -> Self {
        Self {
            name: OptimizerName::AdamW,
            learning_rate,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-6,
            weight_decay: 0.01,
            bias_correction: false,
            max_grad_norm: 1.0,
        }
    }
}

/// An optimiser at work: its constants, and the moments of every parameter.
#[derive(Clone, Debug)]
pub struct Optimizer {
    updates: usize,
    rules: [Rule; 2], // with decay, without
    undecayed: HashSet<ParamId>,
    moments: HashMap<ParamId, Moments>,
}

/// Running means of a parameter's gradients and of their squares, `[elements]` each.
#[derive(Clone, Debug)]
struct Moments {
    first: Tensor<1>,
    second: Tensor<1>,
}

/// One of a parameter's two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Of the gradients.
    First,
    /// Of their squares.
    Second,
}

/// A parameter on its way through a step.
struct Job {
    id: ParamId,
    value: Tensor<1>,
    gradient: Tensor<1>,
    moments: Option<Moments>,
    rule: Rule,
}

impl Job {
    fn step(self, updates: usize, learning_rate: f64, factor: Option<Tensor<1>>) -> (ParamId, Tensor<1>, Moments) {
        let (value, moments) = self.rule.step(updates, learning_rate, self.value, self.gradient, factor, self.moments);
        (self.id, value, moments)
    }
}

impl Optimizer {
    /// For `model`, before its first step.
    pub fn new<M: Module>(model: &M, settings: OptimizerSettings) -> Self {
        Self {
            updates: 0,
            rules: [Rule::new(&settings, true), Rule::new(&settings, false)],
            undecayed: undecayed(model),
            moments: HashMap::new(),
        }
    }

    /// As it was after `updates` steps, with moments that stand where `model`'s parameters do: see
    /// [`moments`](Self::moments).
    pub fn restore<M: Module>(
        model: &M,
        settings: OptimizerSettings,
        updates: usize,
        [first, second]: [&M; 2],
    ) -> Self {
        let mut optimizer = Self::new(model, settings);
        let ids = flat(model).into_iter().map(|(id, _)| id);
        let moments = flat(first).into_iter().zip(flat(second));
        let moments = moments.map(|((_, first), (_, second))| Moments { first, second });
        optimizer.moments = ids.zip(moments).collect();
        optimizer.updates = updates;
        optimizer
    }

    /// `model` with a moment in each parameter's place: what can be saved under the parameters' names.
    pub fn moments<M: Module>(&self, model: &M, moment: Moment) -> M {
        let of = |moments: &Moments| match moment {
            Moment::First => moments.first.clone(),
            Moment::Second => moments.second.clone(),
        };
        let mut values = flat(model);
        for (id, value) in &mut values {
            *value = self.moments.get(id).map_or_else(|| value.zeros_like(), of);
        }
        model.clone().map(&mut Replace(values.into_iter().collect()))
    }

    /// Moves the parameters of `model` by `factor` times their gradients, `[1]`, or by the gradients themselves: each on all
    /// cores where a step is one pass over its numbers, else each on a worker.
    ///
    /// # Errors
    /// Where a worker fails.
    pub fn step<M: Module>(
        &mut self,
        model: M,
        mut gradients: GradientsParams,
        factor: Option<&Tensor<1>>,
        learning_rate: f64,
        workers: &Workers,
    ) -> Result<M, Error> {
        let mut collect = Collect { optimizer: self, gradients: &mut gradients, jobs: Vec::new() };
        model.visit(&mut collect);
        let jobs = collect.jobs;
        let updates = self.updates;
        let mut moved = HashMap::new();
        let mut keep = |(id, value, moments)| {
            moved.insert(id, value);
            self.moments.insert(id, moments);
        };
        let (on_all_cores, on_one): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| job.rule.is_fused(&job.value));
        on_all_cores.into_iter().for_each(|job| keep(job.step(updates, learning_rate, factor.cloned())));
        workers.fold(on_one, |job, _| Ok(job.step(updates, learning_rate, factor.cloned())), keep)?;
        self.updates += 1;
        Ok(model.map(&mut Replace(moved)))
    }
}

struct Collect<'a> {
    optimizer: &'a mut Optimizer,
    gradients: &'a mut GradientsParams,
    jobs: Vec<Job>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let [decayed, undecayed] = &self.optimizer.rules;
            self.jobs.push(Job {
                id: param.id,
                value: param.val().flatten(0, D - 1),
                gradient: gradient.flatten(0, D - 1),
                rule: if self.optimizer.undecayed.contains(&param.id) { undecayed } else { decayed }.clone(),
                moments: self.optimizer.moments.remove(&param.id),
            });
        }
    }
}

/// Each parameter as one row, in the model's order.
pub(crate) fn flat(model: &impl Module) -> Vec<(ParamId, Tensor<1>)> {
    let mut flat = Flat(Vec::new());
    model.visit(&mut flat);
    flat.0
}

struct Flat(Vec<(ParamId, Tensor<1>)>);

impl ModuleVisitor for Flat {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push((param.id, param.val().flatten(0, D - 1)));
    }
}

/// Puts rows back into the parameters' shapes.
struct Replace(HashMap<ParamId, Tensor<1>>);

impl ModuleMapper for Replace {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.0.remove(&param.id) {
            Some(row) => param.map(|old| row.reshape(old.shape()).set_require_grad(old.is_require_grad())),
            None => param,
        }
    }
}
