//! What is told of a fine-tuning.

use embert::finetune::{Event, Settings};
use serde_json::{Value, json};

use super::{Common, Progress, Told, grouped, timed, training_to_json};

/// Classes that are told by name.
const FEW: usize = 8;

impl Told for Event {
    fn common(&self) -> Option<Common<'_>> {
        match self {
            Event::Plan(settings) => Some(Common::Steps(settings.schedule.steps)),
            Event::Training(event) => Some(Common::Training(event)),
            _ => None,
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Event::Data { training, held_out, labels, elapsed } => json!({
                "event": "data", "training": training, "held_out": held_out, "labels": labels,
                "seconds": elapsed.as_secs_f64(),
            }),
            Event::Plan(settings) => json!({ "event": "plan", "config": settings }),
            Event::Begun { drawn } => json!({ "event": "begun", "drawn": drawn }),
            Event::Training(event) => training_to_json(event),
        }
    }

    fn tell(&self, progress: &Progress) {
        match self {
            Event::Data { training, held_out, labels, elapsed } => {
                let detail = format!("{}, {} held out", grouped(*training), grouped(*held_out));
                progress.say(&timed("examples", &detail, *elapsed));
                match labels.len() {
                    0 => {}
                    1..=FEW => progress.say(&format!("labels      {}", labels.join(", "))),
                    many => progress.say(&format!("labels      {}", grouped(many))),
                }
            }
            Event::Plan(settings) => plan(settings, progress),
            Event::Begun { drawn } if drawn.is_empty() => {}
            Event::Begun { drawn } => progress.say(&format!("fresh       {}", drawn.join(", "))),
            Event::Training(_) => {}
        }
    }
}

fn plan(settings: &Settings, progress: &Progress) {
    let of = &settings.schedule;
    progress.say(&format!(
        "task        {} of {}: {} steps of {} examples, rate {:.1e} after {} of them, rows of {}",
        settings.task,
        settings.model.display(),
        grouped(of.steps),
        grouped(settings.batch.examples),
        settings.optimizer.learning_rate,
        grouped(of.warmup_steps),
        settings.data.max_length
    ));
}
