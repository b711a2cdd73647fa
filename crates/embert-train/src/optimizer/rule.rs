//! One parameter's step.

use burn::{
    optim::{Lamb, LambConfig, LambState, Optimizer as _},
    tensor::Tensor,
};
use embert_kernels::{Adam, AdamStep};

use super::{Moments, OptimizerName, OptimizerSettings};

/// So many updates that nothing is missing of the moments: they are divided by `1 - beta^updates`, which is 1 then. This
/// is how the rules run without bias correction.
const SETTLED: usize = 1 << 30;

/// How a parameter is moved.
#[derive(Clone)]
pub(super) struct Rule {
    kind: Kind,
    /// As this rule has them: without decay where it has none.
    settings: OptimizerSettings,
}

#[derive(Clone)]
enum Kind {
    AdamW,
    Lamb(Lamb),
}

impl Rule {
    /// For parameters that are decayed, or for those that are not; LAMB does not scale the latter's steps either.
    pub(super) fn new(settings: &OptimizerSettings, is_decayed: bool) -> Self {
        let weight_decay = if is_decayed { settings.weight_decay } else { 0.0 };
        let kind = match settings.name {
            OptimizerName::AdamW => Kind::AdamW,
            OptimizerName::Lamb => Kind::Lamb(
                LambConfig::new()
                    .with_beta_1(settings.beta_1)
                    .with_beta_2(settings.beta_2)
                    .with_epsilon(settings.epsilon)
                    .with_weight_decay(weight_decay)
                    .with_use_trust_ratio(is_decayed)
                    .build(),
            ),
        };
        Self { kind, settings: OptimizerSettings { weight_decay, ..*settings } }
    }

    /// Whether its step is one pass over a parameter, on all cores.
    pub(super) fn is_fused(&self, value: &Tensor<1>) -> bool {
        matches!(self.kind, Kind::AdamW) && Adam::is_fused(value)
    }

    /// The parameter after its update number `updates`, counted from 0, by `factor` times the gradient; and its moments
    /// then.
    pub(super) fn step(
        &self,
        updates: usize,
        learning_rate: f64,
        value: Tensor<1>,
        gradient: Tensor<1>,
        factor: Option<Tensor<1>>,
        moments: Option<Moments>,
    ) -> (Tensor<1>, Moments) {
        let time = if self.settings.bias_correction { updates } else { SETTLED };
        let Moments { first: moment_1, second: moment_2 } = moments.unwrap_or_else(|| Moments::none(&gradient));
        match &self.kind {
            Kind::AdamW => {
                let OptimizerSettings { beta_1, beta_2, epsilon, weight_decay, .. } = self.settings;
                let updates = time as i32 + 1;
                let step = AdamStep {
                    learning_rate: learning_rate as f32,
                    kept: (1.0 - learning_rate * f64::from(weight_decay)) as f32,
                    first: (beta_1, 1.0 - beta_1.powi(updates)),
                    second: (beta_2, 1.0 - beta_2.powi(updates)),
                    epsilon,
                };
                let Adam { value, first, second } =
                    Adam { value, first: moment_1, second: moment_2 }.step(gradient, factor, step);
                (value, Moments { first, second })
            }
            Kind::Lamb(rule) => {
                let gradient = match factor {
                    Some(factor) => gradient * factor,
                    None => gradient,
                };
                let state = Some(LambState { time, moment_1, moment_2 });
                let (value, state) = rule.step(learning_rate, value, gradient.clone(), state);
                (value, Moments::of(state.map(|state| (state.moment_1, state.moment_2)), &gradient))
            }
        }
    }
}

impl Moments {
    fn of(moments: Option<(Tensor<1>, Tensor<1>)>, gradient: &Tensor<1>) -> Self {
        moments.map_or_else(|| Self::none(gradient), |(first, second)| Self { first, second })
    }

    /// Before the first step.
    fn none(gradient: &Tensor<1>) -> Self {
        Self { first: gradient.zeros_like(), second: gradient.zeros_like() }
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Kind::AdamW => "AdamW",
            Kind::Lamb(_) => "Lamb",
        })
    }
}
