//! Whether what a killed run left is whole.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::{Map, Value};

/// Checks every directory of a model that the run has, and gives back their number.
///
/// # Errors
/// Where one is not whole: the file, and what is wrong with it.
pub(super) fn check_run(run: &Path) -> anyhow::Result<usize> {
    let mut models: Vec<PathBuf> = ["model", "best"].map(|name| run.join(name)).into();
    models.retain(|model| model.exists());
    for (_, checkpoint) in checkpoints(run)? {
        check_training(&checkpoint.join("training"))?;
        models.push(checkpoint);
    }
    for model in &models {
        check_file(&model.join("model.safetensors"), safetensors)?;
        check_file(&model.join("config.json"), json)?;
        check_file(&model.join("tokenizer.json"), json)?;
    }
    Ok(models.len())
}

/// The steps of the checkpoints, and where they are, in the order of their steps.
///
/// # Errors
/// Where the folder cannot be read.
pub(super) fn checkpoints(run: &Path) -> anyhow::Result<Vec<(usize, PathBuf)>> {
    let folder = run.join("checkpoints");
    let mut checkpoints = Vec::new();
    for path in files(&folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(step) = step_of(&name) {
            checkpoints.push((step, path));
        }
    }
    checkpoints.sort();
    Ok(checkpoints)
}

/// The step of the checkpoint of that name. What has another name is not finished, and nobody opens it.
pub(super) fn step_of(name: &str) -> Option<usize> {
    name.strip_prefix("step-")?.parse().ok()
}

/// What goes on from a checkpoint: `state.json`, and the optimiser's moments.
fn check_training(folder: &Path) -> anyhow::Result<()> {
    ensure!(folder.join("state.json").exists(), "{}: no state.json", folder.display());
    for file in files(folder)? {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("json") => check_file(&file, json)?,
            Some("safetensors") => check_file(&file, safetensors)?,
            _ => {}
        }
    }
    Ok(())
}

/// What stands in a folder; nothing, where there is no such folder.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    entries.map(|entry| Ok(entry.with_context(|| folder.display().to_string())?.path())).collect()
}

fn check_file(file: &Path, check: fn(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    check(&bytes).with_context(|| format!("{} ({} bytes) is not whole", file.display(), bytes.len()))
}

fn json(bytes: &[u8]) -> anyhow::Result<()> {
    serde_json::from_slice::<Map<String, Value>>(bytes)?;
    Ok(())
}

/// The header's length, the header, and the tensors, one after another up to the file's end.
fn safetensors(bytes: &[u8]) -> anyhow::Result<()> {
    let (length, rest) = bytes.split_first_chunk().context("no length of a header")?;
    let length = usize::try_from(u64::from_le_bytes(*length))?;
    let (header, data) = rest.split_at_checked(length).context("the header goes beyond the end")?;
    let mut header: Map<String, Value> = serde_json::from_slice(header).context("header")?;
    header.remove("__metadata__");
    ensure!(!header.is_empty(), "no tensors");
    let mut spans = Vec::new();
    for (name, tensor) in header {
        let span = span(&tensor).with_context(|| format!("{name}: {tensor}"))?;
        spans.push((span, name));
    }
    spans.sort();
    let mut end = 0;
    for ((from, to), name) in spans {
        ensure!(from == end, "{name} begins at {from}, and what is before it ends at {end}");
        end = to;
    }
    ensure!(end == data.len() as u64, "the tensors take {end} bytes, and there are {}", data.len());
    Ok(())
}

/// Where a tensor of the header begins and ends.
fn span(tensor: &Value) -> anyhow::Result<(u64, u64)> {
    let numbers = |key: &str| {
        let values = tensor.get(key).and_then(Value::as_array).with_context(|| format!("no {key}"))?;
        let numbers: Option<Vec<u64>> = values.iter().map(Value::as_u64).collect();
        numbers.with_context(|| format!("{key} are no numbers"))
    };
    let size = match tensor.get("dtype").and_then(Value::as_str) {
        Some("F64" | "I64" | "U64") => 8,
        Some("F32" | "I32" | "U32") => 4,
        Some("F16" | "BF16" | "I16" | "U16") => 2,
        Some("I8" | "U8" | "BOOL") => 1,
        _ => anyhow::bail!("no dtype that is known"),
    };
    let bytes = numbers("shape")?.iter().product::<u64>() * size;
    let &[from, to] = numbers("data_offsets")?.as_slice() else { anyhow::bail!("data_offsets are not two") };
    ensure!(from.checked_add(bytes) == Some(to), "its shape takes {bytes} bytes");
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::safetensors;

    fn file(header: &str, data: usize) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
    }

    const HEADER: &str = r#"{"__metadata__":{"format":"pt"},
        "b":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]},"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#;

    #[test]
    fn a_file_is_whole_at_its_full_length_alone() {
        let whole = file(HEADER, 28);
        safetensors(&whole).unwrap();
        for length in 0..whole.len() {
            assert!(safetensors(&whole[..length]).is_err(), "{length}");
        }
        assert!(safetensors(&file(HEADER, 29)).is_err());
    }

    #[test]
    fn tensors_leave_no_gap_and_have_the_size_of_their_shape() {
        for (right, wrong) in [("[4,28]", "[5,29]"), ("[2,3]", "[2,4]"), ("[0,4]", "[0,3]"), ("F32", "F33")] {
            let error = safetensors(&file(&HEADER.replace(right, wrong), 28)).unwrap_err();
            assert!(!format!("{error:#}").is_empty());
        }
    }
}
