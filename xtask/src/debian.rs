//! What is tested with and is none of cargo's: Debian's packages, installed where they are missing.

use std::process::Command;

use anyhow::Context;

use crate::shell::run;

/// Installs `packages` unless what they bring `is_there`.
///
/// # Errors
/// Where they cannot be installed: says what they are there for.
pub(crate) fn install(packages: &[&str], is_there: bool, what_for: &str) -> anyhow::Result<()> {
    if is_there {
        return Ok(());
    }
    let install = || {
        let mut command = Command::new("apt-get");
        command.args(["install", "--yes", "--no-install-recommends"]).args(packages);
        run(command.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    // The lists of a fresh machine are empty.
    install()
        .or_else(|_| run(Command::new("apt-get").arg("update")).and_then(|()| install()))
        .with_context(|| format!("{what_for}: the packages {} are expected", packages.join(", ")))
}
