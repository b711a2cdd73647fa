//! The folder of a run: its metrics, and the model that it ends with.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use crate::{error::Error, pretrain::Event};

/// The folder that a run writes to.
#[derive(Debug)]
pub struct RunDirectory {
    dir: PathBuf,
    metrics: File,
}

impl RunDirectory {
    /// Makes the folder where it is not there, and begins its metrics anew.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn create(dir: &Path) -> Result<Self, Error> {
        let refused = |file: &Path, source| Error::Io { file: file.to_owned(), source };
        std::fs::create_dir_all(dir).map_err(|source| refused(dir, source))?;
        let file = dir.join("metrics.jsonl");
        let metrics = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .open(&file)
            .map_err(|source| refused(&file, source))?;
        Ok(Self { dir: dir.to_owned(), metrics })
    }

    /// Where the trained model goes, a Hugging Face directory.
    pub fn model(&self) -> PathBuf {
        self.dir.join("model")
    }

    /// Where the picture of the losses goes.
    pub fn chart(&self) -> PathBuf {
        self.dir.join("loss.svg")
    }

    /// Adds a line to `metrics.jsonl`: a JSON object for each event.
    ///
    /// # Errors
    /// Where the file cannot be written to.
    pub fn log(&mut self, event: &Event) -> Result<(), Error> {
        let line = format!("{}\n", to_json(event));
        let file = self.dir.join("metrics.jsonl");
        self.metrics.write_all(line.as_bytes()).map_err(|source| Error::Io { file, source })
    }
}

/// An event as a line of `metrics.jsonl` has it.
pub fn to_json(event: &Event) -> Value {
    match event {
        Event::Step(report) => {
            let mut line = Map::new();
            line.insert("event".into(), json!("step"));
            line.insert("step".into(), json!(report.step));
            line.insert("loss".into(), json!(report.loss));
            for (name, part) in &report.parts {
                line.insert(format!("{name}_loss"), json!(part));
            }
            line.insert("masked_lm_accuracy".into(), json!(report.masked_lm_accuracy));
            line.insert("next_sentence_accuracy".into(), json!(report.next_sentence_accuracy));
            line.insert("learning_rate".into(), json!(report.learning_rate));
            line.insert("gradient_norm".into(), json!(report.gradient_norm));
            line.insert("tokens".into(), json!(report.tokens));
            line.insert("tokens_per_second".into(), json!(report.tokens_per_second()));
            Value::Object(line)
        }
        Event::Validated(validation) => json!({
            "event": "validated",
            "step": validation.step,
            "valid_loss": validation.loss,
            "valid_masked_lm_accuracy": validation.masked_lm.share(),
            "valid_commonest_token_share": validation.commonest_token_share,
            "valid_next_sentence_accuracy": validation.next_sentence.share(),
            "valid_commonest_answer_share": validation.commonest_answer_share,
        }),
    }
}
