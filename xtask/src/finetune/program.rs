//! `embert` as a process: its stories, a fine-tuning, a judgement.

use std::{
    fs::{create_dir_all, write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::lesson::{Examples, Lesson};
use crate::shell::{root, run};

pub(super) struct Program {
    pub(super) embert: PathBuf,
    /// The model that every lesson begins with.
    pub(super) model: PathBuf,
    /// What is written stands in it, a folder a task.
    pub(super) folder: PathBuf,
}

impl Program {
    /// Stories of the world that the model knows, which it has not read.
    pub(super) fn stories(&self, count: usize) -> anyhow::Result<String> {
        self.output(&["data".as_ref(), "stories".as_ref(), "--count".as_ref(), count.to_string().as_ref()])
    }

    /// The best model that comes of a lesson.
    pub(super) fn finetune(&self, lesson: &Lesson) -> anyhow::Result<PathBuf> {
        let out = self.folder.join(lesson.task).join("run");
        create_dir_all(self.folder.join(lesson.task)).context(lesson.task)?;
        run(Command::new(&self.embert)
            .args(["finetune", "--quiet", "--task", lesson.task, "--epochs", &lesson.epochs.to_string()])
            .args(["--lr", lesson.learning_rate])
            .args(["--model".as_ref(), self.model.as_os_str()])
            .args(["--train".as_ref(), self.file(lesson, "train", &lesson.examples.training)?.as_os_str()])
            .args(["--valid".as_ref(), self.file(lesson, "valid", &lesson.examples.validation)?.as_os_str()])
            .args(["--out".as_ref(), out.as_os_str()]))?;
        Ok(out.join("best"))
    }

    /// The figure that counts of a model, as a share of what is possible.
    pub(super) fn evaluate(&self, lesson: &Lesson, model: &Path) -> anyhow::Result<f64> {
        let held_out = &lesson.examples.held_out;
        let file = self.file(lesson, "held-out", held_out)?;
        let said = self.output(&[
            "evaluate".as_ref(),
            "--task".as_ref(),
            lesson.task.as_ref(),
            "--model".as_ref(),
            model,
            "--data".as_ref(),
            file.as_ref(),
        ])?;
        let judged: Value = serde_json::from_str(&said).with_context(|| said.clone())?;
        ensure!(judged["examples"] == held_out.count, "{said}: {} examples are held out", held_out.count);
        let (figure, whole) = lesson.figure;
        Ok(judged["metrics"][figure].as_f64().with_context(|| format!("no {figure} in {said}"))? / whole)
    }

    fn file(&self, lesson: &Lesson, name: &str, examples: &Examples) -> anyhow::Result<PathBuf> {
        let file = self.folder.join(lesson.task).join(format!("{name}.{}", lesson.extension));
        write(&file, &examples.text).with_context(|| file.display().to_string())?;
        Ok(file)
    }

    fn output(&self, arguments: &[&Path]) -> anyhow::Result<String> {
        let mut command = Command::new(&self.embert);
        let command = command.args(arguments).stderr(Stdio::inherit()).current_dir(root());
        let output = command.output().with_context(|| format!("{command:?}"))?;
        ensure!(output.status.success(), "{command:?}: {}", output.status);
        String::from_utf8(output.stdout).context("what embert prints")
    }
}
