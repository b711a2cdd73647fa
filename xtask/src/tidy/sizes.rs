//! How long a file is: one that a person reads in one sitting.

use super::{Complaints, Source};

/// Lines of a file of Rust.
const LONGEST: usize = 400;
/// Lines of a variant, all files together but those that are generated.
const VARIANT: usize = 300;
const VARIANTS: [&str; 3] =
    ["crates/embert-roberta/src/", "crates/embert-albert/src/", "crates/embert-distilbert/src/"];

/// BERT, from its config to its logits, in the order of reading.
const BERT: [&str; 9] = [
    "config.rs",
    "model.rs",
    "embeddings.rs",
    "encoder.rs",
    "layer.rs",
    "attention.rs",
    "linear.rs",
    "norm.rs",
    "heads/masked_lm.rs",
];

pub(super) fn complaints(sources: &[Source]) -> Complaints {
    let rust = || sources.iter().filter(|source| source.name().ends_with(".rs") && !source.is_generated());
    let long = rust().map(|source| (source.name(), source.text.lines().count())).filter(|(_, lines)| *lines > LONGEST);
    let mut complaints: Complaints =
        long.map(|(name, lines)| format!("{name}: {lines} lines; at most {LONGEST} are expected")).collect();
    for folder in VARIANTS {
        let files = rust().filter(|source| source.name().starts_with(folder));
        let lines: usize = files.map(|source| source.lines().count()).sum();
        if lines > VARIANT {
            complaints.push(format!("{folder}: {lines} lines; a variant is what it changes, in at most {VARIANT}"));
        }
    }
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let bert = BERT.map(|file| format!("crates/embert-core/src/{file}"));
    let files = rust().filter(|source| bert.contains(&source.name()));
    let lines = files.flat_map(Source::lines).filter(|(_, line)| is_code(line)).count();
    if lines > LONGEST {
        complaints
            .push(format!("BERT from its config to its logits: {lines} lines of code; at most {LONGEST} are expected"));
    }
    complaints
}
