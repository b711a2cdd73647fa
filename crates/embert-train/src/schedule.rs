//! The learning rate over the steps of a run.

use serde::{Deserialize, Serialize};

/// Linear warm-up from 0 to the peak, then decay to 0 (BERT, appendix A.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Steps in all; the rate of the one after the last is 0.
    pub steps: usize,
    /// Steps until the peak is reached.
    pub warmup_steps: usize,
    /// Of the decay, a polynomial of what is left: 1 is a straight line.
    pub power: f64,
}

impl Schedule {
    /// A straight line down, as every paper of the family has it.
    pub fn linear(steps: usize, warmup_steps: usize) -> Self {
        Self { steps, warmup_steps, power: 1.0 }
    }

    /// The share of the peak rate at `step`, counted from 0; the first has none where there is a warm-up.
    pub fn share(&self, step: usize) -> f64 {
        if step < self.warmup_steps {
            return step as f64 / self.warmup_steps as f64;
        }
        let left = self.steps.saturating_sub(step) as f64;
        (left / self.steps.saturating_sub(self.warmup_steps).max(1) as f64).powf(self.power)
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn the_rate_rises_to_its_peak_and_falls_to_zero() {
        let schedule = Schedule::linear(20, 4);
        assert_eq!(schedule.share(0), 0.0);
        assert_eq!(schedule.share(1), 0.25);
        assert_eq!(schedule.share(4), 1.0);
        assert_eq!(schedule.share(12), 0.5);
        assert_eq!(schedule.share(20), 0.0);
    }

    #[test]
    fn without_warm_up_the_first_step_has_the_peak() {
        let schedule = Schedule::linear(2, 0);
        assert_eq!(schedule.share(0), 1.0);
        assert_eq!(schedule.share(1), 0.5);
    }

    #[test]
    fn a_higher_power_falls_sooner() {
        let schedule = Schedule { power: 2.0, ..Schedule::linear(20, 0) };
        assert_eq!(schedule.share(10), 0.25);
    }
}
