//! What a run writes down besides its checkpoints: its metrics for people, for TensorBoard and as a page, and, where it is
//! asked for, what the model was shown.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use embert_checkpoint::{write_beside, write_file};
use embert_train::{JsonLines, RunDirectory, StepReport, Validation};
use serde_json::{Value, json};

use crate::{error::Error, report};

const EVENTS: &str = "events.out.tfevents.0000000000.embert";
pub(super) const REPORT: &str = "report.html";
const BATCHES: &str = "batches.jsonl";

/// The records of a run.
pub(super) struct Record {
    pub(super) directory: RunDirectory,
    config: String,
    events: File,
    batches: Option<(JsonLines, usize)>,
}

impl Record {
    /// Goes back to `step`, and on from there; the first `record_batches` steps are written down example by example.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(super) fn new(
        directory: RunDirectory,
        config: String,
        step: usize,
        record_batches: usize,
    ) -> Result<Self, Error> {
        let events = rewritten_events(&directory)?;
        let batches = (record_batches > 0).then(|| {
            let mut lines = JsonLines::open(&directory.dir().join(BATCHES))?;
            lines.rewind(step)?;
            Ok::<_, Error>((lines, record_batches))
        });
        Ok(Self { directory, config, events, batches: batches.transpose()? })
    }

    pub(super) fn batch(&mut self, step: usize, examples: impl FnOnce() -> Vec<Value>) -> Result<(), Error> {
        let Some((lines, last)) = &mut self.batches else { return Ok(()) };
        if step <= *last {
            lines.push(&json!({ "step": step, "examples": examples() }))?;
        }
        Ok(())
    }

    pub(super) fn step(&mut self, report: &StepReport) -> Result<(), Error> {
        self.line(report.to_json())
    }

    pub(super) fn validated(&mut self, validation: &Validation, samples: Vec<Value>) -> Result<(), Error> {
        let mut line = validation.to_json();
        line.insert("samples".into(), samples.into());
        self.line(Value::Object(line))
    }

    /// The page, as of now.
    pub(super) fn page(&self) -> Result<PathBuf, Error> {
        let file = self.directory.dir().join(REPORT);
        // `.` has no name of its own.
        let dir = self.directory.dir().canonicalize();
        let name = dir.as_deref().unwrap_or(self.directory.dir()).file_name();
        let title = name.unwrap_or_default().to_string_lossy().into_owned();
        let page = report::html(&title, &self.config, &self.directory.lines()?)
            .map_err(|message| Error::File { file: file.clone(), message })?;
        write_file(&file, page.as_bytes())?;
        Ok(file)
    }

    fn line(&mut self, mut line: Value) -> Result<(), Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        line["time"] = now.as_secs_f64().into();
        report::tensorboard::write_line(&line, &mut self.events)
            .map_err(refused(&self.directory.dir().join(EVENTS)))?;
        Ok(self.directory.log(&line)?)
    }
}

/// The file for TensorBoard, made again of the metrics that there are, to be added to.
fn rewritten_events(directory: &RunDirectory) -> Result<File, Error> {
    let path = directory.dir().join(EVENTS);
    write_beside(&path, |file| -> Result<(), Error> {
        let lines = directory.lines()?;
        report::tensorboard::write_header(lines.first(), file).map_err(refused(&path))?;
        lines.iter().try_for_each(|line| report::tensorboard::write_line(line, file)).map_err(refused(&path))
    })?;
    File::options().append(true).open(&path).map_err(refused(&path))
}

fn refused(file: &Path) -> impl Fn(std::io::Error) -> Error + '_ {
    |source| Error::Io { file: file.to_owned(), source }
}
