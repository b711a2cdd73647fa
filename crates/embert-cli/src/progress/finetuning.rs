//! What is told of a fine-tuning.

use embert::{
    core::ProblemType,
    finetune::{Event, Settings},
};
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
            Event::Data { training, held_out, passed_over, problem, labels, elapsed } => json!({
                "event": "data", "training": training, "held_out": held_out, "passed_over": passed_over,
                "problem": problem, "labels": labels, "seconds": elapsed.as_secs_f64(),
            }),
            Event::Plan(settings) => json!({ "event": "plan", "config": settings }),
            Event::Begun { drawn } => json!({ "event": "begun", "drawn": drawn }),
            Event::Training(event) => training_to_json(event),
        }
    }

    fn tell(&self, progress: &Progress) {
        match self {
            Event::Data { training, held_out, passed_over, problem, labels, elapsed } => {
                let mut detail = format!("{}, {} held out", grouped(*training), grouped(*held_out));
                if *passed_over > 0 {
                    detail += &format!(", {} without a label left out", grouped(*passed_over));
                }
                progress.say(&timed("examples", &detail, *elapsed));
                let names = match labels.len() {
                    1..=FEW => labels.join(", "),
                    many => grouped(many),
                };
                match problem {
                    Some(ProblemType::Regression) => progress.say("labels      numbers: regression"),
                    Some(ProblemType::MultiLabelClassification) => {
                        progress.say(&format!("labels      {names}: several at once"));
                    }
                    _ if labels.is_empty() => {}
                    _ => progress.say(&format!("labels      {names}")),
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
