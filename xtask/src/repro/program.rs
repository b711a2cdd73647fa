//! `embert`, asked once: what it was asked, how long it took and what it said is kept beside what it made.

use std::{
    fs::{self, File, create_dir_all, read_to_string, rename},
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shell::root;

/// Whose answers are kept.
pub(super) struct Program {
    pub(super) embert: PathBuf,
}

/// What has been done.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Done {
    pub(super) arguments: Vec<String>,
    /// Of the process that came to the end.
    pub(super) seconds: f64,
    /// The JSON on standard output; null where there is none.
    pub(super) said: Value,
}

impl Program {
    /// Asks, where it was not asked and answered before: `record`, from the root and without an extension, is where
    /// that is kept, and beside it what the program said of its work.
    ///
    /// # Errors
    /// Where the program fails, or was asked something else before.
    pub(super) fn once(&self, record: &str, arguments: Vec<String>) -> anyhow::Result<Done> {
        let file = root().join(format!("{record}.json"));
        let name = || file.display().to_string();
        if file.exists() {
            let done: Done = serde_json::from_str(&read_to_string(&file).with_context(name)?).with_context(name)?;
            let (before, now) = (done.arguments.join(" "), arguments.join(" "));
            ensure!(before == now, "{}: it is of `embert {before}`, and `embert {now}` is asked; remove it", name());
            return Ok(done);
        }
        if let Some(folder) = file.parent() {
            create_dir_all(folder).with_context(name)?;
        }
        eprint!("{record} ");
        let start = Instant::now();
        let said = self.ask(record, &arguments)?;
        let done = Done { arguments, seconds: start.elapsed().as_secs_f64(), said };
        eprintln!("{:.0} s", done.seconds);
        let unfinished = file.with_extension("json.unfinished");
        fs::write(&unfinished, serde_json::to_string(&done)? + "\n").with_context(name)?;
        rename(&unfinished, &file).with_context(name)?;
        Ok(done)
    }

    fn ask(&self, record: &str, arguments: &[String]) -> anyhow::Result<Value> {
        let log = root().join(format!("{record}.log"));
        let name = || log.display().to_string();
        let mut command = self.command(arguments);
        let output = command.stderr(File::create(&log).with_context(name)?).output().with_context(name)?;
        if !output.status.success() {
            let said = read_to_string(&log).unwrap_or_default();
            bail!("embert {}: {}\n{}", arguments.join(" "), output.status, said.trim_end());
        }
        if output.stdout.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout).with_context(|| format!("embert {}", arguments.join(" ")))
    }

    /// A command of the program, started in the root.
    pub(super) fn command(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(&self.embert);
        command.args(arguments).current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }
}
