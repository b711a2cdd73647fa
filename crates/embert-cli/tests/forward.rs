//! Every reference case of Hugging Face, through `embert forward`, on every CPU backend.

mod support;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use embert::{
    checkpoint::{NamedTensor, TensorFile, Values, write_tensors},
    kernels::CpuLevel,
};
use serde_json::Value;
use support::embert;
use tempfile::tempdir;

type Tensors = BTreeMap<String, NamedTensor>;

/// A device, the instructions that `EMBERT_CPU` names, and whether what is inside is asked for too, for which attention
/// is computed another way.
#[derive(Clone, Copy, Debug)]
struct Way {
    device: &'static str,
    cpu: CpuLevel,
    extras: bool,
}

impl Way {
    fn flex(cpu: CpuLevel) -> Self {
        Self { device: "flex", cpu, extras: false }
    }

    /// As a user has it who says nothing.
    fn usual() -> Self {
        Self::flex(CpuLevel::current())
    }

    /// Every device, every level of instructions that the machine has, and with what is inside.
    fn all() -> impl Iterator<Item = Self> {
        let usual = Self::usual();
        let inside = [Self { extras: true, ..usual }, Self { device: "ndarray", extras: true, ..usual }];
        CpuLevel::available().map(Self::flex).chain(inside)
    }
}

fn cases() -> Vec<PathBuf> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(models).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 35, "{cases:?}");
    cases
}

fn read(path: &Path) -> Tensors {
    let file = TensorFile::open(path).unwrap();
    let mut tensors = Tensors::new();
    for name in file.names() {
        let shape = file.shape(&name).unwrap().to_vec();
        let values = file.read(&name).unwrap().unwrap();
        tensors.insert(name.clone(), NamedTensor { name, shape, values });
    }
    tensors
}

fn run(model: &Path, way: Way, inputs: &Tensors) -> Tensors {
    let dir = tempdir().unwrap();
    let (from, to) = (dir.path().join("inputs.safetensors"), dir.path().join("outputs.safetensors"));
    write_tensors(&from, &inputs.values().cloned().collect::<Vec<_>>()).unwrap();
    let extras: &[&str] = if way.extras { &["--hidden-states", "--attentions"] } else { &[] };
    embert(&["forward", "--device", way.device])
        .args(extras)
        .env("EMBERT_CPU", way.cpu.to_string())
        .arg("--model")
        .arg(model)
        .arg("--inputs")
        .arg(&from)
        .arg("--outputs")
        .arg(&to)
        .assert()
        .success()
        .stdout("");
    read(&to)
}

fn ints(tensor: &NamedTensor) -> &[i64] {
    let Values::Int(values) = &tensor.values else { panic!("{} is no integer tensor", tensor.name) };
    values
}

fn floats(tensor: &NamedTensor) -> &[f32] {
    let Values::Float(values) = &tensor.values else { panic!("{} is no float tensor", tensor.name) };
    values
}

/// One row of every tensor whose first dimension is the batch, or the batch times the choices.
fn row(tensors: &Tensors, row: usize) -> Tensors {
    let rows = tensors["input_ids"].shape[0];
    let mut one = tensors.clone();
    for tensor in one.values_mut() {
        assert_eq!(tensor.shape[0] % rows, 0);
        tensor.shape[0] /= rows;
        let width: usize = tensor.shape.iter().product();
        tensor.values = match &tensor.values {
            Values::Int(values) => Values::Int(values[row * width..(row + 1) * width].to_vec()),
            Values::Float(values) => Values::Float(values[row * width..(row + 1) * width].to_vec()),
        };
    }
    one
}

/// Compares what is real: a row of a `[rows, columns, …]` tensor whose token
/// is, and of `[rows, heads, columns, columns]` whose query is. (An answer's
/// start and end are scores of tokens too.)
fn assert_equal(name: &str, got: &NamedTensor, expected: &NamedTensor, mask: &[i64], columns: usize, case: &Value) {
    assert_eq!(got.shape, expected.shape, "{name}");
    let tolerance = |key: &str| case["tolerance"][key].as_f64().unwrap() as f32;
    let (atol, rtol) = (tolerance("atol"), tolerance("rtol"));
    let is_real = |index: usize| match *got.shape.as_slice() {
        [_, heads, queries, keys] => mask[index / (heads * queries * keys) * columns + index / keys % queries] == 1,
        [_, _, width] => mask[index / width] == 1,
        _ if name.ends_with("start_logits") || name.ends_with("end_logits") => mask[index] == 1,
        _ => true,
    };
    for (index, (&got, &expected)) in floats(got).iter().zip(floats(expected)).enumerate() {
        if is_real(index) {
            assert!((got - expected).abs() <= atol + rtol * expected.abs(), "{name}[{index}]: {got} is not {expected}");
        } else {
            assert_eq!(got, 0.0, "{name}[{index}] is of padding");
        }
    }
}

#[test]
fn outputs_are_those_of_hugging_face() {
    for case_dir in cases() {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(case_dir.join("case.json")).unwrap()).unwrap();
        let inputs = read(&case_dir.join("inputs.safetensors"));
        let expected = read(&case_dir.join("expected.safetensors"));
        let columns = *inputs["input_ids"].shape.last().unwrap();
        for way in Way::all() {
            let got = run(&case_dir, way, &inputs);
            assert!(expected.contains_key("pooler_output") || !got.contains_key("pooler_output"), "{}", case["id"]);
            for (name, expected) in &expected {
                let is_inside = name.starts_with("hidden_states.") || name.starts_with("attentions.");
                if name.starts_with("grad.") || (is_inside && !way.extras) {
                    continue;
                }
                let what = format!("{} {way:?} {name}", case["id"]);
                let got = got.get(name).unwrap_or_else(|| panic!("{what} is missing"));
                assert_equal(&what, got, expected, ints(&inputs["attention_mask"]), columns, &case);
            }
        }
    }
}

#[test]
fn a_row_has_the_same_outputs_alone_and_in_a_batch() {
    for case_dir in cases() {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(case_dir.join("case.json")).unwrap()).unwrap();
        let inputs = read(&case_dir.join("inputs.safetensors"));
        let mut expected = read(&case_dir.join("expected.safetensors"));
        let is_whole =
            |name: &str| ["grad.", "hidden_states.", "attentions."].iter().all(|part| !name.starts_with(part));
        expected.retain(|name, _| name != "loss" && is_whole(name));
        expected.insert("input_ids".into(), inputs["input_ids"].clone());
        let columns = *inputs["input_ids"].shape.last().unwrap();
        for number in 0..inputs["input_ids"].shape[0] {
            let inputs = row(&inputs, number);
            let got = run(&case_dir, Way::usual(), &inputs);
            for (name, expected) in row(&expected, number).iter().filter(|(name, _)| *name != "input_ids") {
                let what = format!("{} row {number} {name}", case["id"]);
                assert_equal(&what, &got[name], expected, ints(&inputs["attention_mask"]), columns, &case);
            }
        }
    }
}

#[test]
fn a_loss_without_any_label_is_no_number() {
    let case = cases().into_iter().find(|case| case.ends_with("bert_masked_lm")).unwrap();
    let mut inputs = read(&case.join("inputs.safetensors"));
    let labels = inputs.get_mut("labels").unwrap();
    labels.values = Values::Int(vec![-100; ints(labels).len()]);
    assert!(floats(&run(&case, Way::usual(), &inputs)["loss"])[0].is_nan());
}

#[test]
fn a_wholly_masked_row_gives_finite_numbers() {
    let case = cases().into_iter().find(|case| case.ends_with("bert_model")).unwrap();
    let mut inputs = read(&case.join("inputs.safetensors"));
    let columns = *inputs["input_ids"].shape.last().unwrap();
    let mask = inputs.get_mut("attention_mask").unwrap();
    let mut values = ints(mask).to_vec();
    values[..columns].fill(0);
    mask.values = Values::Int(values);
    for (name, tensor) in run(&case, Way::usual(), &inputs) {
        assert!(floats(&tensor).iter().all(|value| value.is_finite()), "{name}");
    }
}

/// What `forward` says to inputs that it refuses.
fn refusal(change: impl FnOnce(&mut Tensors)) -> String {
    let case = cases().into_iter().find(|case| case.ends_with("bert_masked_lm")).unwrap();
    let mut inputs = read(&case.join("inputs.safetensors"));
    change(&mut inputs);
    let dir = tempdir().unwrap();
    let (from, to) = (dir.path().join("inputs.safetensors"), dir.path().join("outputs.safetensors"));
    write_tensors(&from, &inputs.into_values().collect::<Vec<_>>()).unwrap();
    let output = embert(&["forward"])
        .arg("--model")
        .arg(&case)
        .arg("--inputs")
        .arg(&from)
        .arg("--outputs")
        .arg(&to)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!to.exists());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_input_that_does_not_fit_is_an_error_that_names_it() {
    let set = |name: &'static str, index: usize, value: i64| {
        refusal(move |inputs| {
            let tensor = inputs.get_mut(name).unwrap();
            let mut values = ints(tensor).to_vec();
            values[index] = value;
            tensor.values = Values::Int(values);
        })
    };
    assert_eq!(
        set("input_ids", 0, 320),
        "error: input_ids holds 320; the model has 320 (config.json: vocab_size), so 0 to 319 are valid\n"
    );
    assert_eq!(set("input_ids", 0, -1), "error: input_ids holds -1; an id is expected, 0 or more\n");
    assert!(set("labels", 0, 320).contains("a label is 320"));
    assert!(set("attention_mask", 0, 7).contains("attention_mask holds 7"));
    let empty = refusal(|inputs| {
        for tensor in inputs.values_mut() {
            tensor.shape = vec![3, 0];
            tensor.values = Values::Int(Vec::new());
        }
    });
    assert_eq!(empty, "error: sequence 0 of the batch has no token\n");
    let missing = refusal(|inputs| drop(inputs.remove("input_ids")));
    assert_eq!(missing, "error: the input input_ids: it is missing\n");
    let flat = refusal(|inputs| inputs.get_mut("input_ids").unwrap().shape = vec![60]);
    assert!(flat.contains("[batch, seq] is expected"), "{flat}");
    let shape = refusal(|inputs| inputs.get_mut("token_type_ids").unwrap().shape = vec![20, 3]);
    assert!(shape.contains("token_type_ids: its shape is [20, 3]; [3, 20] is expected"), "{shape}");
}

/// A pipe is written to, and is still one afterwards.
#[cfg(unix)]
#[test]
fn outputs_go_to_what_is_named() {
    use std::os::unix::fs::FileTypeExt;
    let case = cases().into_iter().find(|case| case.ends_with("bert_model")).unwrap();
    let dir = tempdir().unwrap();
    let (file, pipe) = (dir.path().join("outputs.safetensors"), dir.path().join("pipe"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let forward = |to: &Path| {
        let inputs = case.join("inputs.safetensors");
        let mut command = embert(&["forward", "--model"]);
        command.arg(&case).arg("--inputs").arg(inputs).arg("--outputs").arg(to).assert().success();
    };
    forward(&file);
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read(pipe).unwrap()
    });
    forward(&pipe);
    assert_eq!(reader.join().unwrap(), std::fs::read(&file).unwrap());
    assert!(std::fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
}
