//! What every crate and every page has.

use anyhow::Context;
use toml::Table;

use super::Complaints;
use crate::shell::root;

pub(super) fn complaints() -> anyhow::Result<Complaints> {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).with_context(|| file.to_owned());
    let mut complaints = Vec::new();
    let readme = read("README.md")?;
    for entry in std::fs::read_dir(root().join("crates")).context("crates")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let file = format!("crates/{name}/Cargo.toml");
        let manifest: Table = read(&file)?.parse().with_context(|| file.clone())?;
        if manifest.get("package").and_then(|package| package.get("description")).is_none() {
            complaints.push(format!("{file}: no description"));
        }
        // The workspace's lints ask for documentation of every public item.
        if manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool) != Some(true) {
            complaints.push(format!("{file}: no [lints] workspace = true"));
        }
        if !readme.contains(&format!("(crates/{name})")) {
            complaints.push(format!("README.md: no line about {name}"));
        }
    }
    let summary = read("docs/src/SUMMARY.md")?;
    for entry in std::fs::read_dir(root().join("docs/src")).context("docs/src")? {
        let page = entry?.file_name().to_string_lossy().into_owned();
        if page.ends_with(".md") && page != "SUMMARY.md" && !summary.contains(&format!("({page})")) {
            complaints.push(format!("docs/src/SUMMARY.md: no line about {page}"));
        }
    }
    Ok(complaints)
}
