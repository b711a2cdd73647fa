//! The numbers that the recipes differ in, as the runs have kept them.

use std::fs::read_to_string;

use anyhow::Context;
use toml::{Table, Value};

use crate::{bench::table::table, shell::root};

/// What is looked for in a run's `config.toml`.
const KEYS: [&str; 17] = [
    "schedule.steps",
    "schedule.warmup_steps",
    "batch.tokens",
    "batch.examples",
    "optimizer.name",
    "optimizer.learning_rate",
    "optimizer.beta_2",
    "optimizer.bias_correction",
    "optimizer.weight_decay",
    "optimizer.max_grad_norm",
    "data.form",
    "data.masking_time",
    "data.masking.choice",
    "data.masking.probability",
    "data.max_length",
    "distillation.layers",
    "distillation.temperature",
];

/// The keys, a column for each run: a name, and its `config.toml` from the root.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn table_of(runs: &[(&str, String)]) -> anyhow::Result<String> {
    let mut configs = Vec::new();
    for (_, file) in runs {
        let text = read_to_string(root().join(file)).with_context(|| file.clone())?;
        configs.push(text.parse::<Table>().with_context(|| file.clone())?);
    }
    let header: Vec<&str> = [""].into_iter().chain(runs.iter().map(|(name, _)| *name)).collect();
    let row = |key: &&str| -> Vec<String> {
        [format!("`{key}`")].into_iter().chain(configs.iter().map(|config| cell(config, key))).collect()
    };
    let is_known = |row: &Vec<String>| row.iter().skip(1).any(|cell| !cell.is_empty());
    Ok(table(header.len(), &header, &KEYS.iter().map(row).filter(is_known).collect::<Vec<_>>()))
}

/// What stands at a key; nothing, where it is not there.
fn cell(config: &Table, key: &str) -> String {
    let mut names = key.split('.');
    let first = names.next().and_then(|name| config.get(name));
    names.try_fold(first, |value, name| value.map(|value| value.get(name))).flatten().map_or_else(String::new, in_words)
}

fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Table(table) => {
            let entries: Vec<String> = table.iter().map(|(key, value)| format!("{key} {}", in_words(value))).collect();
            entries.join(", ")
        }
        Value::Array(values) => values.iter().map(in_words).collect::<Vec<_>>().join(" "),
        // Twelve digits: what is behind them is rounding.
        Value::Float(number) => format!("{number:.11e}").parse().unwrap_or(*number).to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_key_is_found_in_the_tables_that_its_points_name() {
        let config = "[data.masking]\nchoice = { google = { n-gram = { longest = 3 } } }".parse().unwrap();
        assert_eq!(cell(&config, "data.masking.choice"), "google n-gram longest 3");
        assert_eq!(cell(&config, "data.masking.probability"), "");
        assert_eq!(cell(&config, "optimizer.name"), "");
    }

    #[test]
    fn a_number_is_written_without_what_rounding_left() {
        let config = "rate = 0.00030000000000000003\nnorm = 1.0".parse().unwrap();
        assert_eq!([cell(&config, "rate"), cell(&config, "norm")], ["0.0003", "1"]);
    }
}
