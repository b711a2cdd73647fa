//! Which crate may know which: arrows point down only.

use std::collections::BTreeMap;

use anyhow::Context;
use toml::Table;

use super::Complaints;
use crate::shell::root;

/// A crate, and those of ours that it may depend on.
const ARROWS: [(&str, &[&str]); 12] = [
    ("embert-tokenizer", &[]),
    ("embert-kernels", &[]),
    ("embert-checkpoint", &[]),
    ("embert-objectives", &["embert-kernels"]),
    ("embert-core", &["embert-checkpoint", "embert-kernels"]),
    ("embert-roberta", &["embert-checkpoint", "embert-core"]),
    ("embert-albert", &["embert-checkpoint", "embert-core"]),
    ("embert-distilbert", &["embert-checkpoint", "embert-core"]),
    ("embert-data", &["embert-objectives", "embert-tokenizer"]),
    (
        "embert-train",
        &["embert-checkpoint", "embert-core", "embert-data", "embert-kernels", "embert-objectives", "embert-tokenizer"],
    ),
    (
        "embert",
        &[
            "embert-albert",
            "embert-checkpoint",
            "embert-core",
            "embert-data",
            "embert-distilbert",
            "embert-kernels",
            "embert-objectives",
            "embert-roberta",
            "embert-tokenizer",
            "embert-train",
        ],
    ),
    ("embert-cli", &["embert"]),
];

/// What of Burn a crate may know: nothing, where it is not named here.
const WITH_BURN: [&str; 10] = [
    "embert",
    "embert-albert",
    "embert-checkpoint",
    "embert-cli",
    "embert-core",
    "embert-distilbert",
    "embert-kernels",
    "embert-objectives",
    "embert-roberta",
    "embert-train",
];

pub(super) fn complaints() -> anyhow::Result<Complaints> {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let mut complaints = Vec::new();
    for entry in std::fs::read_dir(root().join("crates")).context("crates")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let file = format!("crates/{name}/Cargo.toml");
        let manifest = std::fs::read_to_string(root().join(&file)).with_context(|| file.clone())?;
        let manifest: Table = manifest.parse().with_context(|| file.clone())?;
        let Some(allowed) = arrows.get(name.as_str()) else {
            complaints.push(format!("{file}: xtask/src/tidy/arrows.rs does not say what {name} may depend on"));
            continue;
        };
        let dependencies = manifest.get("dependencies").and_then(|value| value.as_table()).into_iter().flatten();
        for (dependency, _) in dependencies {
            let is_ours = arrows.contains_key(dependency.as_str());
            if is_ours && !allowed.contains(&dependency.as_str()) {
                complaints.push(format!("{file}: {name} may not depend on {dependency}: arrows point down"));
            }
            if dependency.starts_with("burn") && !WITH_BURN.contains(&name.as_str()) {
                complaints.push(format!("{file}: {name} knows nothing of Burn, and depends on {dependency}"));
            }
        }
    }
    Ok(complaints)
}
