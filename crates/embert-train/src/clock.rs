//! How fast a training is.

use std::time::Duration;

/// The time of steps alone, since the last report.
#[derive(Default)]
pub(crate) struct Clock {
    elapsed: Duration,
    tokens: usize,
    flops: f64,
}

impl Clock {
    pub(crate) fn add(&mut self, elapsed: Duration, tokens: usize, flops: f64) {
        self.elapsed += elapsed;
        self.tokens += tokens;
        self.flops += flops;
    }

    /// Tokens and floating-point operations a second; and begins anew.
    pub(crate) fn read(&mut self) -> (f64, f64) {
        let Self { elapsed, tokens, flops } = std::mem::take(self);
        let seconds = elapsed.as_secs_f64();
        (tokens as f64 / seconds, flops / seconds)
    }
}
