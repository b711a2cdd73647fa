//! The learning rate over the steps of a run.

/// Linear warm-up from 0 to the peak, then linear decay to 0 (BERT, appendix A.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearSchedule {
    /// The highest rate.
    pub peak: f64,
    /// Steps until it is reached.
    pub warmup_steps: usize,
    /// Steps in all; the rate of the one after the last is 0.
    pub total_steps: usize,
}

impl LinearSchedule {
    /// The rate of `step`, counted from 0; the first has rate 0 where there is
    /// a warm-up.
    pub fn learning_rate(&self, step: usize) -> f64 {
        let share = if step < self.warmup_steps {
            step as f64 / self.warmup_steps as f64
        } else {
            let left = self.total_steps.saturating_sub(step) as f64;
            left / (self.total_steps.saturating_sub(self.warmup_steps)).max(1) as f64
        };
        self.peak * share
    }
}

#[cfg(test)]
mod tests {
    use super::LinearSchedule;

    #[test]
    fn the_rate_rises_to_its_peak_and_falls_to_zero() {
        let schedule = LinearSchedule { peak: 1.0, warmup_steps: 4, total_steps: 20 };
        assert_eq!(schedule.learning_rate(0), 0.0);
        assert_eq!(schedule.learning_rate(1), 0.25);
        assert_eq!(schedule.learning_rate(4), 1.0);
        assert_eq!(schedule.learning_rate(12), 0.5);
        assert_eq!(schedule.learning_rate(20), 0.0);
    }

    #[test]
    fn without_warm_up_the_first_step_has_the_peak() {
        let schedule = LinearSchedule { peak: 0.5, warmup_steps: 0, total_steps: 2 };
        assert_eq!(schedule.learning_rate(0), 0.5);
        assert_eq!(schedule.learning_rate(1), 0.25);
    }
}
