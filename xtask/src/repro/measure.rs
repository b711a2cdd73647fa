//! What is known of each model.

use std::{fs::read_to_string, time::Instant};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::{
    Study,
    models::{Model, TOKENIZER, train_tokenizer},
};
use crate::shell::root;

/// How often each model embeds the sentences; in turns, so that what disturbs one disturbs all.
const ROUNDS: usize = 3;

/// What is known of a model, a number for each seed where it depends on the seed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) model: Model,
    /// Without heads.
    pub(super) parameters: usize,
    /// Those of them that are embeddings.
    pub(super) embeddings: usize,
    /// The share of the held-out masked words that it fills in rightly, and what it makes of their likelihood.
    pub(super) accuracy: Vec<f64>,
    pub(super) perplexity: Vec<f64>,
    /// The share of the held-out paragraphs of which it names the book, after fine-tuning.
    pub(super) score: Vec<f64>,
    /// To embed a sentence, a number for each round.
    pub(super) milliseconds: Vec<f64>,
    /// Of pre-training.
    pub(super) steps: u64,
    pub(super) tokens: Vec<f64>,
    pub(super) minutes: Vec<f64>,
}

/// What took time, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seconds {
    pub(super) pretraining: f64,
    pub(super) finetuning: f64,
    pub(super) evaluation: f64,
}

impl Study {
    /// Trains and looks at all models at all seeds, or at what of them was not looked at before.
    ///
    /// # Errors
    /// Where the program fails.
    pub(super) fn rows(&self) -> anyhow::Result<(Vec<Row>, Seconds)> {
        let mut seconds = Seconds::default();
        self.program.once(&format!("{TOKENIZER}-training"), train_tokenizer())?;
        let mut rows: Vec<Row> = Model::ALL.map(Row::of).into();
        for seed in 1..=self.seeds {
            for row in &mut rows {
                self.look(row, seed, &mut seconds)?;
            }
        }
        Ok((rows, seconds))
    }

    fn look(&self, row: &mut Row, seed: u64, seconds: &mut Seconds) -> anyhow::Result<()> {
        let (model, study, program) = (row.model, self.folder.as_str(), &self.program);
        let record = |name: &str| format!("{}/{name}", model.place(study, seed));
        let pretrained = program.once(&record("pretrained"), model.pretrain(study, seed, self.tokens))?;
        let inspected = program.once(&record("inspected"), model.inspect(study, seed))?;
        let evaluated = program.once(&record("evaluated"), model.evaluate(study, seed))?;
        let finetuned = program.once(&record("finetuned"), model.finetune(study, seed))?;
        let judged = program.once(&record("judged"), model.evaluate_task(study, seed))?;

        seconds.pretraining += pretrained.seconds;
        seconds.finetuning += finetuned.seconds;
        seconds.evaluation += evaluated.seconds + judged.seconds;
        let parts = inspected.said.get("parts").and_then(Value::as_array).into_iter().flatten();
        let embeddings = parts.filter(|part| part.get("name").and_then(Value::as_str) == Some("embeddings"));
        row.parameters = number(&inspected.said, "/parameters")? as usize;
        row.embeddings = embeddings.filter_map(|part| part.get("parameters")?.as_u64()).sum::<u64>() as usize;
        row.accuracy.push(number(&evaluated.said, "/metrics/accuracy")?);
        row.perplexity.push(number(&evaluated.said, "/metrics/perplexity")?);
        row.score.push(number(&judged.said, "/metrics/accuracy")?);
        row.minutes.push(pretrained.seconds / 60.0);
        let last = last_step(&format!("{}/pretraining/metrics.jsonl", model.place(study, seed)))?;
        row.steps = number(&last, "/step")? as u64;
        row.tokens.push(number(&last, "/tokens")?);
        Ok(())
    }

    /// Lets the first seed's models embed the sentences.
    ///
    /// # Errors
    /// Where the program fails.
    pub(super) fn time(&self, rows: &mut [Row]) -> anyhow::Result<()> {
        for _ in 0..ROUNDS {
            for row in &mut *rows {
                let arguments = row.model.embed(&self.folder, 1, &self.sentences);
                let start = Instant::now();
                let output = self.program.command(&arguments).output().context("embert embed")?;
                let elapsed = start.elapsed();
                let said = String::from_utf8_lossy(&output.stderr);
                ensure!(output.status.success(), "embert {}: {said}", arguments.join(" "));
                row.milliseconds.push(elapsed.as_secs_f64() * 1e3 / self.sentence_count as f64);
            }
        }
        Ok(())
    }
}

impl Row {
    /// Of a model of which nothing is known yet.
    pub(super) fn of(model: Model) -> Self {
        let none = Vec::new;
        Self {
            model,
            parameters: 0,
            embeddings: 0,
            accuracy: none(),
            perplexity: none(),
            score: none(),
            milliseconds: none(),
            steps: 0,
            tokens: none(),
            minutes: none(),
        }
    }
}

fn number(said: &Value, pointer: &str) -> anyhow::Result<f64> {
    said.pointer(pointer).and_then(Value::as_f64).with_context(|| format!("{said}: no number at {pointer}"))
}

/// The last step that a run has written of.
fn last_step(metrics: &str) -> anyhow::Result<Value> {
    let text = read_to_string(root().join(metrics)).with_context(|| metrics.to_owned())?;
    let mut lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.find(|line| line.get("event").and_then(Value::as_str) == Some("step")).with_context(|| metrics.to_owned())
}
