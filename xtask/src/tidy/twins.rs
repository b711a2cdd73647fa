//! What stands twice.

use std::collections::HashMap;

use super::{Complaints, Source};

/// So many lines, one after another, are not written twice.
const LINES: usize = 10;

pub(super) fn complaints(sources: &[Source]) -> Complaints {
    let mut complaints = Vec::new();
    let mut seen: HashMap<Vec<&str>, String> = HashMap::new();
    let rust = sources.iter().filter(|source| {
        let name = source.name();
        name.ends_with(".rs") && !name.contains("/tests/") && !source.is_generated()
    });
    for source in rust {
        let lines: Vec<(usize, &str)> =
            source.lines().map(|(number, line)| (number, line.trim())).filter(|(_, line)| tells(line)).collect();
        let mut reported_to = 0;
        for window in lines.windows(LINES) {
            let (Some((first, _)), Some((last, _))) = (window.first(), window.last()) else { continue };
            let text: Vec<&str> = window.iter().map(|(_, line)| *line).collect();
            let place = format!("{}:{first}", source.name());
            match seen.get(&text) {
                Some(other) if *first > reported_to => {
                    complaints.push(format!("{place}: {LINES} lines that stand at {other} too"));
                    reported_to = *last;
                }
                Some(_) => {}
                None => drop(seen.insert(text, place)),
            }
        }
    }
    complaints
}

/// Whether a line says something: not what every file begins with, nor punctuation alone.
fn tells(line: &str) -> bool {
    let is_import = line.starts_with("use ") || line.starts_with("pub use ") || line.starts_with("mod ");
    !is_import && line.chars().any(char::is_alphanumeric)
}
