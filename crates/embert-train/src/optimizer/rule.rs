//! One parameter's step.

use embert_kernels::{Adam, AdamStep};

use burn::{
    optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, Lamb, LambConfig, LambState, Optimizer as _},
    tensor::Tensor,
};

use super::{Moments, OptimizerName, OptimizerSettings};

/// So many updates that nothing is missing of the moments: Burn divides them by `1 - beta^updates`, which is 1 then. This
/// is how its rules run without bias correction.
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
    AdamW(AdamW),
    Lamb(Lamb),
}

impl Rule {
    /// For parameters that are decayed, or for those that are not; LAMB does not scale the latter's steps either.
    pub(super) fn new(settings: &OptimizerSettings, is_decayed: bool) -> Self {
        let weight_decay = if is_decayed { settings.weight_decay } else { 0.0 };
        let kind = match settings.name {
            OptimizerName::AdamW => Kind::AdamW(
                AdamWConfig::new()
                    .with_beta_1(settings.beta_1)
                    .with_beta_2(settings.beta_2)
                    .with_epsilon(settings.epsilon)
                    .with_weight_decay(weight_decay)
                    .build(),
            ),
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

    /// [`step`](Self::step) on all cores and in one pass, where there is one for the rule and the device; else what it was
    /// given.
    pub(super) fn fused_step(
        &self,
        updates: usize,
        learning_rate: f64,
        value: Tensor<1>,
        gradient: Tensor<1>,
        moments: Option<Moments>,
    ) -> Result<(Tensor<1>, Moments), (Tensor<1>, Tensor<1>, Option<Moments>)> {
        let Kind::AdamW(_) = &self.kind else { return Err((value, gradient, moments)) };
        let OptimizerSettings { beta_1, beta_2, epsilon, weight_decay, .. } = self.settings;
        let time = if self.settings.bias_correction { updates } else { SETTLED } as i32 + 1;
        let step = AdamStep {
            learning_rate: learning_rate as f32,
            kept: (1.0 - learning_rate * f64::from(weight_decay)) as f32,
            first: (beta_1, 1.0 - beta_1.powi(time)),
            second: (beta_2, 1.0 - beta_2.powi(time)),
            epsilon,
        };
        let Moments { first, second } = moments.unwrap_or_else(|| Moments::none(&gradient));
        match (Adam { value, first, second }).fused_step(gradient, step) {
            Ok(Adam { value, first, second }) => Ok((value, Moments { first, second })),
            Err((Adam { value, first, second }, gradient)) => Err((value, gradient, Some(Moments { first, second }))),
        }
    }

    /// The parameter after its update number `updates`, counted from 0, and its moments then.
    pub(super) fn step(
        &self,
        updates: usize,
        learning_rate: f64,
        value: Tensor<1>,
        gradient: Tensor<1>,
        moments: Option<Moments>,
    ) -> (Tensor<1>, Moments) {
        let time = if self.settings.bias_correction { updates } else { SETTLED };
        let Moments { first: moment_1, second: moment_2 } = moments.unwrap_or_else(|| Moments::none(&gradient));
        match &self.kind {
            Kind::AdamW(rule) => {
                let momentum = AdaptiveMomentumState { time, moment_1, moment_2, max_moment_2: None };
                let state = Some(AdamWState::new(momentum));
                let (value, state) = rule.step(learning_rate, value, gradient.clone(), state);
                let moments = state.map(|AdamWState { momentum }| (momentum.moment_1, momentum.moment_2));
                (value, Moments::of(moments, &gradient))
            }
            Kind::Lamb(rule) => {
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
            Kind::AdamW(_) => "AdamW",
            Kind::Lamb(_) => "Lamb",
        })
    }
}
