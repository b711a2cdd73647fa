//! What is told of a run on text.

use bytesize::ByteSize;
use embert::{
    pretrain::{Event, Length, Settings},
    train::OptimizerName,
};
use serde_json::{Value, json};

use super::{Common, Progress, Told, grouped, timed, training_to_json};

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
            Event::Corpus { documents, sentences, elapsed } => json!({
                "event": "corpus", "documents": documents, "sentences": sentences, "seconds": elapsed.as_secs_f64(),
            }),
            Event::Tokenizer { origin, vocab_size, elapsed } => json!({
                "event": "tokenizer", "origin": origin, "vocab_size": vocab_size, "seconds": elapsed.as_secs_f64(),
            }),
            Event::Plan(settings) => json!({ "event": "plan", "config": settings }),
            Event::Examples { examples, bytes, of_bytes } => {
                json!({ "event": "examples", "examples": examples, "bytes": bytes, "of_bytes": of_bytes })
            }
            Event::Data { training, held_out, elapsed } => json!({
                "event": "data", "training": training, "held_out": held_out, "seconds": elapsed.as_secs_f64(),
            }),
            Event::Student { teacher, layers } => json!({ "event": "student", "teacher": teacher, "layers": layers }),
            Event::Training(event) => training_to_json(event),
        }
    }

    fn tell(&self, progress: &Progress) {
        match self {
            Event::Corpus { documents, sentences, elapsed } => progress.say(&timed(
                "corpus",
                &format!("{} documents, {} sentences", grouped(*documents), grouped(*sentences)),
                *elapsed,
            )),
            Event::Tokenizer { origin, elapsed, .. } => progress.say(&timed("tokenizer", origin, *elapsed)),
            Event::Plan(settings) => plan(settings, progress),
            Event::Examples { examples, bytes, of_bytes } => progress.bar.set_message(format!(
                "examples    {}   {} of {} of text",
                grouped(*examples),
                ByteSize(*bytes as u64),
                ByteSize(*of_bytes as u64)
            )),
            Event::Data { training, held_out, elapsed } => {
                let detail = format!("{}, {} held out", grouped(*training as usize), grouped(*held_out as usize));
                progress.say(&timed("examples", &detail, *elapsed));
            }
            Event::Student { teacher, layers } => {
                let begins = match layers {
                    Some(layers) => {
                        let numbers: Vec<String> = layers.iter().map(usize::to_string).collect();
                        format!("begins as its layers {}", numbers.join(", "))
                    }
                    None => "of another family, width or depth: it starts fresh".to_owned(),
                };
                progress.say(&format!("student     of {}; {begins}", teacher.display()));
            }
            Event::Training(_) => {}
        }
    }
}

/// What the run will be, beside what the paper's was.
fn plan(settings: &Settings, progress: &Progress) {
    let paper = settings.recipe.paper();
    let length = match paper.length {
        Length::Steps(steps) => format!("{} steps", grouped(steps)),
        Length::Passes(passes) => format!("{passes} passes"),
    };
    let of = &settings.schedule;
    let name = match settings.optimizer.name {
        OptimizerName::AdamW => "AdamW",
        OptimizerName::Lamb => "LAMB",
    };
    progress.say(&format!(
        "recipe      {}, {name}: {} steps of {} tokens, rate {:e} after {} of them, rows of {}",
        settings.recipe,
        grouped(of.steps),
        grouped(settings.batch.tokens),
        settings.optimizer.learning_rate,
        grouped(of.warmup_steps),
        settings.data.max_length
    ));
    progress.say(&format!(
        "            the paper: {length} of {} tokens, rate {:e} after {:.1} % of them, rows of {}",
        grouped(paper.batch_tokens()),
        paper.learning_rate,
        100.0 * paper.warmup_share,
        paper.max_length
    ));
}
