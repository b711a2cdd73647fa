//! `cargo xtask finetune`: a model that has read stories learns each task from other stories, and is judged by others
//! again.

mod answers;
mod choices;
mod embedding;
mod lesson;
mod program;
mod sequence;
mod story;
mod tokens;

use std::{
    fs::{create_dir_all, remove_dir_all},
    path::PathBuf,
    time::Instant,
};

use anyhow::{Context, ensure};
use clap::Args;

use crate::{
    bench::table::table,
    shell::{embert, root},
};
use lesson::{Baseline, Lesson, STORIES};
use program::Program;

/// Fine-tune the model of `embert quickstart` for every task, and fail where one learns less than it should.
#[derive(Debug, Args)]
pub(crate) struct Finetune {
    /// The model that all begin with.
    #[arg(long, default_value = "runs/quickstart/model")]
    model: PathBuf,
    /// This task; all of them by default.
    #[arg(long)]
    task: Vec<String>,
    /// The program; without it, the workspace's own is built.
    #[arg(long)]
    embert: Option<PathBuf>,
}

impl Finetune {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let embert = embert(self.embert.as_deref())?;
        let model = root().join(self.model);
        ensure!(model.is_dir(), "{} is not there: cargo run --release -- quickstart makes it", model.display());
        let folder = root().join("target/finetune");
        if folder.exists() {
            remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        create_dir_all(&folder).with_context(|| folder.display().to_string())?;

        let program = Program { embert, model, folder };
        let stories = story::stories(&program.stories(STORIES)?);
        let (mut rows, mut failed) = (Vec::new(), Vec::new());
        for make in [sequence::lesson, tokens::lesson, answers::lesson, choices::lesson, embedding::lesson] {
            let lesson = make(&stories)?;
            if !self.task.is_empty() && !self.task.iter().any(|task| task == lesson.task) {
                continue;
            }
            let start = Instant::now();
            let Judged { score, baseline } = learn(&program, &lesson)?;
            if score < lesson.needed {
                failed.push(format!("{}: {score:.3}, {:.3} is needed", lesson.task, lesson.needed));
            }
            rows.push(row(&lesson, score, baseline, start.elapsed().as_secs_f64()));
        }
        let header =
            ["task", "figure", "baseline by", "examples", "held out", "score", "baseline", "needed", "seconds"];
        print!("{}", table(3, &header, &rows));
        ensure!(failed.is_empty(), "{}", failed.join("\n"));
        Ok(())
    }
}

/// Shares of what is possible.
struct Judged {
    score: f64,
    baseline: f64,
}

fn learn(program: &Program, lesson: &Lesson) -> anyhow::Result<Judged> {
    let best = program.finetune(lesson)?;
    let score = program.evaluate(lesson, &best)?;
    let baseline = match lesson.baseline {
        Baseline::Rule(_, share) => share,
        Baseline::ModelBefore => program.evaluate(lesson, &program.model)?,
    };
    Ok(Judged { score, baseline })
}

fn row(lesson: &Lesson, score: f64, baseline: f64, seconds: f64) -> Vec<String> {
    let (figure, _) = lesson.figure;
    let rule = match lesson.baseline {
        Baseline::Rule(rule, _) => rule,
        Baseline::ModelBefore => "the model before",
    };
    let names = [lesson.task, figure, rule].map(String::from);
    let counts = [&lesson.examples.training, &lesson.examples.held_out].map(|examples| examples.count.to_string());
    let shares = [score, baseline, lesson.needed].map(|share| format!("{share:.3}"));
    names.into_iter().chain(counts).chain(shares).chain([format!("{seconds:.0}")]).collect()
}
