//! Directories that no model can be read from.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use embert::{
    AutoConfig, AutoModel, AutoModelForMaskedLm,
    checkpoint::{TensorFile, Weights, from_pretrained, read_config},
    forward::Task,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

fn reference(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/models").join(case)
}

/// A copy of a case, with a changed config.
fn configured(case: &str, change: impl FnOnce(&mut Value)) -> TempDir {
    let dir = tempdir().unwrap();
    std::fs::copy(reference(case).join("model.safetensors"), dir.path().join("model.safetensors")).unwrap();
    let mut config: Value =
        serde_json::from_str(&std::fs::read_to_string(reference(case).join("config.json")).unwrap()).unwrap();
    change(&mut config);
    std::fs::write(dir.path().join("config.json"), config.to_string()).unwrap();
    dir
}

/// A copy of a case, with other files of weights.
fn weighted(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempdir().unwrap();
    std::fs::copy(reference("bert_masked_lm").join("config.json"), dir.path().join("config.json")).unwrap();
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn refusal(dir: &TempDir) -> String {
    from_pretrained::<AutoModelForMaskedLm>(dir.path(), &Device::flex()).unwrap_err().to_string()
}

fn safetensors(header: &Value, data: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn a_config_that_no_model_can_have_is_an_error_that_names_file_and_key() {
    let cases = [
        (
            "bert_model",
            "model_type",
            json!("gpt2"),
            "model_type: gpt2 is no model of this family; one of bert, roberta, albert, distilbert is expected",
        ),
        ("bert_model", "num_labels", json!(0), "num_labels is 0; 1 to 65536 is expected"),
        ("bert_model", "id2label", json!({"zero": "a"}), "id2label: \"zero\" is no class; a number from 0 is expected"),
        ("bert_model", "problem_type", json!("guess"), "problem_type: unknown variant `guess`"),
        (
            "roberta_model",
            "hidden_size",
            json!(33),
            "num_attention_heads is 4; a divisor of hidden_size (33) is expected",
        ),
        (
            "roberta_model",
            "pad_token_id",
            json!(null),
            "pad_token_id is null; the id from which positions count is expected",
        ),
        ("roberta_model", "pad_token_id", json!(340), "pad_token_id is 340; less than vocab_size (340) is expected"),
        ("roberta_model", "is_decoder", json!(true), "is_decoder is true; false is expected"),
        ("roberta_model", "layer_norm_eps", json!(-1e-5), "layer_norm_eps is -0.00001; 0 or more is expected"),
        ("albert_model", "num_hidden_groups", json!(0), "num_hidden_groups is 0; 1 to 1024 is expected"),
        ("albert_model", "inner_group_num", json!(1024), "inner_group_num is 1024; 1 to 341 is expected"),
        ("albert_model", "inner_group_num", json!(-1), "inner_group_num: invalid value: integer `-1`"),
        ("albert_model", "classifier_dropout_prob", json!(2), "classifier_dropout_prob is 2; 0 to 1 is expected"),
        ("albert_model", "position_embedding_type", json!("relative_key"), "\"absolute\" is expected"),
        ("distilbert_model", "n_heads", json!(5), "n_heads is 5; a divisor of dim (32) is expected"),
        ("distilbert_model", "dim", json!(10_000_000), "dim is 10000000; 1 to 65536 is expected"),
        ("distilbert_model", "activation", json!("step"), "activation: \"step\"; gelu"),
        ("distilbert_model", "dropout", json!(-0.1), "dropout is -0.1; 0 to 1 is expected"),
        ("distilbert_model", "add_cross_attention", json!(true), "add_cross_attention is true; false is expected"),
    ];
    for (case, key, value, expected) in cases {
        let dir = configured(case, |config| config[key] = value);
        let message = from_pretrained::<AutoModel>(dir.path(), &Device::flex()).unwrap_err().to_string();
        assert!(message.contains("config.json: ") && message.contains(expected), "{message}");
    }
}

#[test]
fn a_config_that_contradicts_the_file_is_an_error_that_names_the_tensor() {
    for (case, key, value, tensor) in [
        ("bert_model", "vocab_size", 16_000_000, "embeddings.word_embeddings.weight"),
        ("roberta_model", "max_position_embeddings", 41, "embeddings.position_embeddings.weight"),
        ("albert_model", "embedding_size", 8, "embeddings.word_embeddings.weight"),
        ("distilbert_model", "hidden_dim", 65, "transformer.layer.0.ffn.lin1.weight"),
        ("bert_sequence_classification_single", "num_labels", 7, "classifier.weight"),
    ] {
        let dir = configured(case, |config| {
            config[key] = json!(value);
            drop(config.as_object_mut().unwrap().remove("id2label"));
        });
        let error = match case {
            "bert_sequence_classification_single" => {
                from_pretrained::<embert::AutoModelForSequenceClassification>(dir.path(), &Device::flex()).map(drop)
            }
            _ => from_pretrained::<AutoModel>(dir.path(), &Device::flex()).map(drop),
        };
        let message = error.unwrap_err().to_string();
        assert!(message.contains("model.safetensors: tensor ") && message.contains("config.json wants"), "{message}");
        assert!(message.contains(tensor), "{message}");
    }
}

#[test]
fn distilberts_sizes_may_stand_under_berts_names_and_then_count() {
    let dir = configured("distilbert_model", |config| {
        config["n_layers"] = json!(7);
        config["num_hidden_layers"] = json!(2);
        let heads = config.as_object_mut().unwrap().remove("n_heads").unwrap();
        config["num_attention_heads"] = heads;
    });
    let AutoConfig::DistilBert(config) = read_config(&dir.path().join("config.json")).unwrap() else { panic!() };
    assert_eq!((config.n_layers, config.n_heads), (2, 4));
}

#[test]
fn more_layers_than_the_file_has_are_an_error_that_names_what_is_missing() {
    let dir = configured("distilbert_model", |config| config["n_layers"] = json!(3));
    let message = from_pretrained::<AutoModel>(dir.path(), &Device::flex()).unwrap_err().to_string();
    assert!(message.contains("16 of the encoder's tensors are missing"), "{message}");
    assert!(message.contains("distilbert.transformer.layer.2.attention.q_lin.weight"), "{message}");
}

#[test]
fn a_head_that_the_family_does_not_have_is_an_error_that_says_which_do() {
    let message = from_pretrained::<embert::AutoModelForPreTraining>(&reference("roberta_masked_lm"), &Device::flex());
    let message = message.unwrap_err().to_string();
    assert!(message.contains("config.json: model_type is roberta") && message.contains("bert or albert"), "{message}");
    let message = from_pretrained::<embert::AutoModelForNextSentencePrediction>(
        &reference("albert_pre_training"),
        &Device::flex(),
    );
    assert!(message.unwrap_err().to_string().contains("model_type is albert; bert is expected"));
}

#[test]
fn weights_that_are_not_there_are_an_error_that_names_the_file() {
    assert!(refusal(&weighted(&[])).contains("model.safetensors: No such file"));
    let index = json!({ "weight_map": { "a": "model-00001-of-00001.safetensors" } }).to_string();
    let message = refusal(&weighted(&[("model.safetensors.index.json", index.as_bytes())]));
    assert!(message.contains("model-00001-of-00001.safetensors: No such file"), "{message}");
    let index = json!({ "weight_map": { "a": "../secret.safetensors" } }).to_string();
    let message = refusal(&weighted(&[("model.safetensors.index.json", index.as_bytes())]));
    assert!(message.contains("index.json: weight_map: \"../secret.safetensors\" is no name"), "{message}");
    let message = refusal(&weighted(&[("model.safetensors.index.json", b"{}")]));
    assert!(message.contains("index.json") && message.contains("weight_map"), "{message}");
}

#[test]
fn weights_that_are_not_what_they_say_are_an_error_that_names_the_file() {
    let whole = std::fs::read(reference("bert_masked_lm").join("model.safetensors")).unwrap();
    let overlapping = json!({
        "a": { "dtype": "F32", "shape": [2], "data_offsets": [0, 8] },
        "b": { "dtype": "F32", "shape": [2], "data_offsets": [4, 12] },
    });
    let oversized =
        json!({ "a": { "dtype": "F32", "shape": [4_000_000_000_u64, 4_000_000_000_u64], "data_offsets": [0, 8] } });
    let text = json!({ "a": { "dtype": "TEXT", "shape": [2], "data_offsets": [0, 8] } });
    for bytes in [
        &b""[..],
        &b"short"[..],
        &whole[..whole.len() - 1],
        &whole[..100],
        &[&u64::MAX.to_le_bytes(), &whole[8..]].concat(),
        &[&(whole.len() as u64).to_le_bytes(), &whole[8..]].concat(),
        &safetensors(&overlapping, &[0; 12]),
        &safetensors(&oversized, &[0; 8]),
        &safetensors(&text, &[0; 8]),
        &safetensors(&json!([1, 2]), &[]),
    ] {
        let message = refusal(&weighted(&[("model.safetensors", bytes)]));
        assert!(message.contains("model.safetensors: not a safetensors file: "), "{message}");
    }
    for bytes in [&b"not a pickle"[..], b"", b"PK\x03\x04 half an archive"] {
        let message = refusal(&weighted(&[("pytorch_model.bin", bytes)]));
        assert!(message.contains("pytorch_model.bin: "), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever a config says, it is read or refused.
    #[test]
    fn a_damaged_config_is_read_or_refused(
        case in prop::sample::select(vec!["bert_model", "roberta_model", "albert_model", "distilbert_model"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = std::fs::read(reference(case).join("config.json")).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut.index(4) == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        let dir = tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), bytes).unwrap();
        let _ = read_config::<AutoConfig>(&dir.path().join("config.json"));
    }

    /// Whatever a file of weights says, its tensors are read or refused.
    #[test]
    fn damaged_weights_are_read_or_refused(
        damage in prop::collection::vec((0_usize..2000, any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = std::fs::read(reference("bert_model").join("model.safetensors")).unwrap();
        for (at, byte) in damage {
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let dir = tempdir().unwrap();
        let file = dir.path().join("model.safetensors");
        std::fs::write(&file, bytes).unwrap();
        if let Ok(file) = TensorFile::open(&file) {
            for name in file.names() {
                let _ = file.read(&name);
            }
        }
        std::fs::copy(reference("bert_model").join("config.json"), dir.path().join("config.json")).unwrap();
        let _ = from_pretrained::<AutoModel>(dir.path(), &Device::flex());
    }

    /// Whatever a PyTorch file says, its tensors are read or refused.
    #[test]
    fn a_damaged_pytorch_file_is_read_or_refused(
        kind in prop::sample::select(vec!["bert_masked_lm_32", "bert_masked_lm_legacy"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let file = reference("..").join("pytorch").join(kind).join("pytorch_model.bin");
        let mut bytes = std::fs::read(file).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let dir = weighted(&[("pytorch_model.bin", &bytes)]);
        if let Ok(weights) = Weights::open(dir.path()) {
            for name in weights.names() {
                let _ = weights.read(name);
            }
        }
        let _ = Task::of(dir.path());
    }
}
