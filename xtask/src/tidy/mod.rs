//! `cargo xtask tidy`: what holds of the whole repository, and no compiler says. `docs/src/architecture.md` says why.

mod arrows;
mod crates;
mod sizes;
mod twins;
mod words;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use crate::{codegen::Codegen, shell::root};

/// Check the rules of the house: arrows between crates, sizes of files, twins, words that must not be there.
#[derive(Debug, Args)]
pub(crate) struct Tidy {}

/// What is wrong, a sentence each.
type Complaints = Vec<String>;

impl Tidy {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let sources = sources()?;
        let mut complaints = arrows::complaints()?;
        complaints.extend(crates::complaints()?);
        complaints.extend(sizes::complaints(&sources));
        complaints.extend(twins::complaints(&sources));
        complaints.extend(words::complaints(&sources));
        if let Err(error) = (Codegen { check: true }).run() {
            complaints.push(error.to_string());
        }
        if complaints.is_empty() { Ok(()) } else { bail!("{}", complaints.join("\n")) }
    }
}

/// A file of Rust, or of the book.
struct Source {
    /// From the root.
    path: PathBuf,
    text: String,
}

impl Source {
    fn name(&self) -> String {
        self.path.display().to_string().replace('\\', "/")
    }

    /// What a program is made of: not a test, nor a bench.
    fn is_library(&self) -> bool {
        let name = self.name();
        name.starts_with("crates/") && name.contains("/src/")
    }

    fn is_generated(&self) -> bool {
        self.text.starts_with("// @generated") || self.text.starts_with("<!-- Generated")
    }

    /// Its lines with their numbers, without what is compiled for tests alone, which stands last.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines()).take_while(|(_, line)| line.trim() != "#[cfg(test)]")
    }
}

/// Every file of Rust and of the book, in the order of their names.
fn sources() -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["benches", "crates", "docs", "xtask"].into_iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if matches!(extension, Some("rs" | "md" | "py" | "toml")) {
                let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                let path = path.strip_prefix(root()).unwrap_or(&path).to_owned();
                sources.push(Source { path, text });
            }
        }
    }
    for name in ["README.md", "CHANGELOG.md", "Cargo.toml"] {
        let text = std::fs::read_to_string(root().join(name)).context(name)?;
        sources.push(Source { path: name.into(), text });
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::Tidy;

    #[test]
    fn the_house_is_tidy() {
        Tidy {}.run().unwrap();
    }
}
