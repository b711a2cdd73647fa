//! Programs of crates.io that xtask starts.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::shell::{cargo, root, run};

/// A program at the release that it is used at.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// What its build is told of features.
    pub(crate) features: &'static [&'static str],
}

impl Tool {
    /// The machine's own of that release, or one that is built into `target/tools`.
    ///
    /// # Errors
    /// Where it is on neither and cannot be built.
    pub(crate) fn installed(&self) -> anyhow::Result<PathBuf> {
        let tools = root().join("target/tools");
        let kept = tools.join("bin").join(self.name);
        let is_it = |program: &PathBuf| {
            let said = Command::new(program).arg("--version").stderr(Stdio::null()).output();
            said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains(self.version))
        };
        if let Some(there) = [PathBuf::from(self.name), kept.clone()].into_iter().find(is_it) {
            return Ok(there);
        }
        let mut install = cargo(&["install", self.name, "--locked", "--debug", "--version", self.version]);
        install.args(self.features).env("CARGO_PROFILE_DEV_DEBUG", "false");
        run(install.arg("--root").arg(tools))?;
        Ok(kept)
    }
}
