//! How long a file is: one that a person reads in one sitting.

use super::{Complaints, Source};

/// Lines of a file of Rust.
const LONGEST: usize = 400;
/// Lines of a variant, all files together but those that are generated.
const VARIANT: usize = 300;
const VARIANTS: [&str; 3] =
    ["crates/embert-roberta/src/", "crates/embert-albert/src/", "crates/embert-distilbert/src/"];

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
    complaints
}
