//! What a person, or a machine, sees of a training.

use std::{
    io::{IsTerminal, Write},
    time::Duration,
};

use embert::{
    pretrain::Event,
    sparkline,
    train::{self, StepReport, Validation},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::{commands::Talk, output::tell};

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
    total_steps: usize,
    bar: ProgressBar,
    steps: Vec<StepReport>,
}

impl Progress {
    pub(crate) fn new(talk: Talk, total_steps: usize) -> Self {
        let bar = bar(talk, Some(total_steps as u64), "training    [{bar:13}] {pos}/{len}   {msg}");
        Self { talk, total_steps, bar, steps: Vec::new() }
    }

    /// A line for people.
    pub(crate) fn say(&self, line: &str) {
        if !self.talk.quiet && !self.talk.json {
            self.bar.suspend(|| tell(line));
        }
    }

    pub(crate) fn on_event(&mut self, event: &Event) {
        if self.talk.json {
            // Nobody to tell any more is no reason to stop a training.
            let _ = writeln!(std::io::stdout(), "{}", to_json(event));
            return;
        }
        match event {
            Event::Corpus { documents, sentences, elapsed } => self.say(&timed(
                "corpus",
                &format!("{} documents, {} sentences", grouped(*documents), grouped(*sentences)),
                *elapsed,
            )),
            Event::Tokenizer { origin, elapsed, .. } => self.say(&timed("tokenizer", origin, *elapsed)),
            Event::Model { config, parameters } => self.say(&format!(
                "model       bert, {} layers of {}, {} heads, {:.1} M parameters",
                config.num_hidden_layers,
                config.hidden_size,
                config.num_attention_heads,
                *parameters as f64 / 1e6
            )),
            Event::Training(train::Event::Step(report)) => self.on_step(report),
            Event::Training(train::Event::Validated(validation)) => self.on_validation(validation),
            Event::Saved { model, chart } => {
                self.bar.finish_and_clear();
                if let Some(last) = self.steps.last() {
                    let steps = format!("{} steps", grouped(last.step));
                    self.say(&format!("training    {steps}   {}   {}", summary(last), seconds(last.elapsed)));
                }
                let losses: Vec<f64> = self.steps.iter().map(|report| report.loss).collect();
                self.say(&format!("            {}   {}", sparkline(&losses, 24), chart.display()));
                self.say(&format!("saved       {}, a Hugging Face directory", model.display()));
            }
        }
    }

    fn on_step(&mut self, report: &StepReport) {
        self.bar.set_position(report.step as u64);
        let left = seconds(report.time_left(self.total_steps));
        self.bar.set_message(format!("{}   {left} left", summary(report)));
        self.steps.push(report.clone());
    }

    fn on_validation(&self, validation: &Validation) {
        let training = self.steps.last().map_or(String::new(), |report| format!("   training {:.3}", report.loss));
        self.say(&format!(
            "held out    step {:>6}   loss {:.3}{training}   {}",
            grouped(validation.step),
            validation.loss,
            accuracies(validation)
        ));
    }
}

/// `masked tokens 70.5 % (commonest token 18.1 %)   next sentence 91.4 % (commoner answer 52.0 %)`.
pub(crate) fn accuracies(validation: &Validation) -> String {
    format!(
        "masked tokens {:.1} % (commonest token {:.1} %)   next sentence {:.1} % (commoner answer {:.1} %)",
        100.0 * validation.masked_lm.share(),
        100.0 * validation.commonest_token_share,
        100.0 * validation.next_sentence.share(),
        100.0 * validation.commonest_answer_share
    )
}

fn summary(report: &StepReport) -> String {
    let parts: Vec<String> = report.parts.iter().map(|(name, part)| format!("{name} {part:.2}")).collect();
    format!(
        "loss {:.2} = {}   mlm {:.0} %, nsp {:.0} %   {} tokens/s",
        report.loss,
        parts.join(" + "),
        100.0 * report.masked_lm_accuracy,
        100.0 * report.next_sentence_accuracy,
        grouped(report.tokens_per_second() as usize)
    )
}

fn to_json(event: &Event) -> serde_json::Value {
    match event {
        Event::Corpus { documents, sentences, elapsed } => json!({
            "event": "corpus", "documents": documents, "sentences": sentences, "seconds": elapsed.as_secs_f64(),
        }),
        Event::Tokenizer { origin, vocab_size, elapsed } => json!({
            "event": "tokenizer", "origin": origin, "vocab_size": vocab_size, "seconds": elapsed.as_secs_f64(),
        }),
        Event::Model { config, parameters } => {
            json!({ "event": "model", "config": config, "parameters": parameters })
        }
        Event::Training(event) => train::to_json(event),
        Event::Saved { model, chart } => json!({ "event": "saved", "model": model, "chart": chart }),
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
