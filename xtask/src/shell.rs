//! Other programs, started from the workspace's root.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// What a command is, without what it finds in its environment.
pub(crate) fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a program in the root and fails where it does.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = line_of(command);
    let status = command.current_dir(root()).status().with_context(|| line.clone())?;
    ensure!(status.success(), "{line}: {status}");
    Ok(())
}

/// The cargo that started this, as if it were started by hand: what it has told this program of xtask's own package would
/// make `ring`'s build script, which watches such variables, run anew, and with it all that stands on it be built again.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    for (name, _) in std::env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|told| name.to_string_lossy().starts_with(told)) {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// The program: the one that is named, or the workspace's own, built for release.
pub(crate) fn embert(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    embert_with(named, &[])
}

/// The same, built with what `more` says to cargo.
pub(crate) fn embert_with(named: Option<&Path>, more: &[&str]) -> anyhow::Result<PathBuf> {
    let program = match named {
        Some(path) => path.to_owned(),
        None => {
            run(cargo(&["build", "--release"]).args(more))?;
            root().join("target/release/embert")
        }
    };
    // Whoever names it stands where they are; what is started stands in the root.
    program.canonicalize().with_context(|| program.display().to_string())
}

/// A book that comes with the toolchain, in HTML.
pub(crate) fn rust_docs(book: &str) -> anyhow::Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().context("rustc")?;
    ensure!(output.status.success(), "rustc --print sysroot: {}", output.status);
    let book = Path::new(String::from_utf8(output.stdout)?.trim()).join("share/doc/rust/html").join(book);
    ensure!(book.is_dir(), "{} is not there: rustup component add rust-docs", book.display());
    Ok(book)
}
