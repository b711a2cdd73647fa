//! What a person, or a machine, sees of a training.

mod finetuning;
mod pretraining;

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use embert::{
    core::{FamilyConfig, Layers},
    report::sparkline,
    run::{Event, Finished},
    train::{StepReport, Validation, metrics::Metrics},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::{commands::Talk, output::tell};

/// What every run tells, of whichever kind.
pub(crate) enum Common<'a> {
    /// The number of its steps, known from now on.
    Steps(usize),
    /// What happens in the training itself.
    Training(&'a Event),
}

/// What happens in a run, of whichever kind.
pub(crate) trait Told {
    /// What it is of what every run tells, if it is.
    fn common(&self) -> Option<Common<'_>>;

    /// What it is of the training itself, if it is.
    fn of_training(&self) -> Option<&Event> {
        match self.common() {
            Some(Common::Training(event)) => Some(event),
            _ => None,
        }
    }

    /// The steps of the run, where they are known from now on.
    fn steps(&self) -> Option<usize> {
        match self.common() {
            Some(Common::Steps(steps)) => Some(steps),
            _ => None,
        }
    }

    /// As a line for machines has it.
    fn to_json(&self) -> Value;

    /// What is not of the training itself, for people.
    fn tell(&self, progress: &Progress);
}

/// A bar on standard error, where a person is there to see it; without a total it only counts.
pub(crate) fn bar(talk: Talk, total: Option<u64>, template: &str) -> ProgressBar {
    let is_shown = !talk.quiet && !talk.json && std::io::stderr().is_terminal();
    let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(total, target);
    bar.set_style(style(template));
    bar
}

pub(crate) fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("#> ")
}

/// Tells of a training: lines and a bar on standard error for people, JSON
/// lines on standard output for machines.
pub(crate) struct Progress {
    talk: Talk,
    bar: ProgressBar,
    losses: Vec<f64>,
    last: Option<StepReport>,
    steps_before: usize, // of an earlier process
    start: Instant,
}

impl Progress {
    pub(crate) fn new(talk: Talk) -> Self {
        let bar = bar(talk, None, "{msg}");
        Self { talk, bar, losses: Vec::new(), last: None, steps_before: 0, start: Instant::now() }
    }

    /// A line for people.
    pub(crate) fn say(&self, line: &str) {
        if !self.talk.quiet && !self.talk.json {
            self.bar.suspend(|| tell(line));
        }
    }

    pub(crate) fn on_event(&mut self, event: &impl Told) {
        if self.talk.json {
            // Nobody to tell any more is no reason to stop a training.
            let _ = writeln!(std::io::stdout(), "{}", event.to_json());
            return;
        }
        if let Some(steps) = event.steps() {
            self.bar.set_length(steps as u64);
        }
        match event.of_training() {
            Some(event) => self.on_training(event),
            None => event.tell(self),
        }
    }

    fn on_training(&mut self, event: &Event) {
        match event {
            Event::Model { config, parameters, step } => {
                let Layers { count, sizes } = config.layers();
                self.say(&format!(
                    "model       {}, {count} layers of {}, {} heads, {:.1} M parameters",
                    config.family().model_type,
                    sizes.hidden_size,
                    sizes.num_attention_heads,
                    *parameters as f64 / 1e6
                ));
                if *step > 0 {
                    self.say(&format!("goes on     from step {}", grouped(*step)));
                }
                self.steps_before = *step;
                self.bar.set_style(style("training    [{bar:13}] {pos}/{len}   {msg}"));
                self.bar.set_position(*step as u64);
                self.start = Instant::now();
            }
            Event::Step(report) => self.on_step(report),
            Event::Validated(validation) => self.on_validation(validation),
            Event::Saved { .. } => {}
        }
    }

    /// The last words about a training.
    pub(crate) fn finish(&mut self, finished: &Finished) {
        if self.talk.json {
            let line = json!({
                "event": "finished", "step": finished.step, "is_finished": finished.is_finished,
                "model": finished.model, "report": finished.report,
            });
            let _ = writeln!(std::io::stdout(), "{line}");
            return;
        }
        self.bar.finish_and_clear();
        match &self.last {
            Some(last) => {
                let steps = format!("{} steps", grouped(last.step));
                self.say(&format!("training    {steps}   {}   {}", summary(last), seconds(self.start.elapsed())));
                self.say(&format!("            {}   {}", sparkline(&self.losses, 24), finished.report.display()));
            }
            None if finished.is_finished => {
                self.say(&format!("training    it has come to its end, after {} steps", grouped(finished.step)))
            }
            None => {}
        }
        let steps = self.bar.length().unwrap_or(0) as usize;
        if finished.is_finished && finished.step < steps {
            let (step, steps) = (grouped(finished.step), grouped(steps));
            let why = "no better model was found on the held-out examples";
            self.say(&format!("patience    ended it at step {step} of {steps}: {why}"));
        }
        self.say(&format!("saved       {}, a Hugging Face directory", finished.model.display()));
    }

    fn on_step(&mut self, report: &StepReport) {
        self.bar.set_position(report.step as u64);
        let taken = report.step.saturating_sub(self.steps_before).max(1);
        let to_come = (self.bar.length().unwrap_or(0) as usize).saturating_sub(report.step);
        let left = self.start.elapsed().mul_f64(to_come as f64 / taken as f64);
        self.bar.set_message(format!("{}   {} left", summary(report), seconds(left)));
        self.losses.push(report.loss);
        self.last = Some(report.clone());
    }

    fn on_validation(&self, validation: &Validation) {
        let training = self.last.as_ref().map_or(String::new(), |report| format!("   training {:.3}", report.loss));
        self.say(&format!(
            "held out    step {:>6}   loss {:.3}{training}   {}",
            grouped(validation.step),
            validation.loss,
            figures(validation)
        ));
    }
}

/// `accuracy 0.914   f1 0.902`, or of how many questions the answers were right.
fn figures(validation: &Validation) -> String {
    match &validation.metrics {
        Some(metrics) => metrics_in_words(metrics),
        None => accuracies(validation),
    }
}

pub(crate) fn metrics_in_words(metrics: &Metrics) -> String {
    metrics.iter().map(|(name, figure)| format!("{name} {figure:.4}")).collect::<Vec<_>>().join("   ")
}

/// `masked tokens 70.5 % (commonest token 18.1 %)   next sentence 91.4 % (commoner answer 52.0 %)`.
pub(crate) fn accuracies(validation: &Validation) -> String {
    let parts = validation.parts.iter().filter(|(part, _)| part.asks()).map(|(part, commonest)| {
        let (name, answer) = match part.name {
            "mlm" => ("masked tokens", "commonest token"),
            "nsp" => ("next sentence", "commoner answer"),
            "sop" => ("sentence order", "commoner answer"),
            other => (other, "commonest answer"),
        };
        format!("{name} {:.1} % ({answer} {:.1} %)", 100.0 * part.accuracy.share(), 100.0 * commonest)
    });
    parts.collect::<Vec<_>>().join("   ")
}

fn summary(report: &StepReport) -> String {
    let losses: Vec<String> = report.parts.iter().map(|part| format!("{} {:.2}", part.name, part.loss)).collect();
    let asked = report.parts.iter().filter(|part| part.asks());
    let right: Vec<String> =
        asked.map(|part| format!("{} {:.0} %", part.name, 100.0 * part.accuracy.share())).collect();
    let loss = match &losses[..] {
        [_] => format!("loss {:.2}", report.loss),
        _ => format!("loss {:.2} = {}", report.loss, losses.join(" + ")),
    };
    format!(
        "{loss}   {}   rate {:.1e}, norm {:.1}   {} tokens/s, {:.0} GFLOP/s",
        right.join(", "),
        report.learning_rate,
        report.gradient_norm,
        grouped(report.tokens_per_second as usize),
        report.flops_per_second / 1e9
    )
}

fn training_to_json(event: &Event) -> Value {
    match event {
        Event::Model { config, parameters, step } => {
            json!({ "event": "model", "config": config, "parameters": parameters, "step": step })
        }
        Event::Step(report) => report.to_json(),
        Event::Validated(validation) => validation.to_json().into(),
        Event::Saved { step, model } => json!({ "event": "saved", "step": step, "model": model }),
    }
}

fn timed(what: &str, detail: &str, elapsed: Duration) -> String {
    format!("{what:<12}{detail:<56}{}", seconds(elapsed))
}

/// `0.2 s`, `88 s`, `12 min`.
fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if seconds < 300.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// `41,000`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(41_000), "41,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
