//! BERT's directories, in and out.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use embert_checkpoint::{
    Error, LoadReport, NamedTensor, TensorFile, Values, from_pretrained, read_config, save_pretrained, tensors_by_name,
    write_tensors,
};
use embert_core::{Bert, BertConfig, BertForMaskedLm, BertForPreTraining, BertModel, EncoderOnly};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

fn reference(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models").join(case)
}

/// A copy of the masked-LM reference whose tensors and config were changed.
fn changed(tensors: impl FnOnce(&mut Vec<NamedTensor>), config: impl FnOnce(&mut Value)) -> TempDir {
    let dir = tempdir().unwrap();
    let file = TensorFile::open(&reference("bert_masked_lm").join("model.safetensors")).unwrap();
    let mut all: Vec<NamedTensor> = file
        .names()
        .into_iter()
        .map(|name| NamedTensor {
            shape: file.shape(&name).unwrap().to_vec(),
            values: file.read(&name).unwrap().unwrap(),
            name,
        })
        .collect();
    tensors(&mut all);
    write_tensors(&dir.path().join("model.safetensors"), &all).unwrap();
    let text = std::fs::read_to_string(reference("bert_masked_lm").join("config.json")).unwrap();
    let mut json = serde_json::from_str(&text).unwrap();
    config(&mut json);
    std::fs::write(dir.path().join("config.json"), json.to_string()).unwrap();
    dir
}

/// The tensors of the masked LM in `dir`, and what was found there besides.
fn open(dir: &Path) -> Result<(Vec<NamedTensor>, LoadReport), Error> {
    let (model, config, report) = from_pretrained::<BertForMaskedLm>(dir, &Device::flex())?;
    Ok((tensors_by_name(&model, &config)?, report))
}

fn rename(tensors: &mut [NamedTensor], rename: impl Fn(&str) -> String) {
    tensors.iter_mut().for_each(|tensor| tensor.name = rename(&tensor.name));
}

#[test]
fn loading_and_saving_gives_the_same_tensors_bit_for_bit() {
    let dir = tempdir().unwrap();
    let original = reference("bert_pre_training");
    let (model, config, report) = from_pretrained::<BertForPreTraining>(&original, &Device::flex()).unwrap();
    assert_eq!(report.warnings(), Vec::<String>::new());
    save_pretrained(&model, &config, dir.path()).unwrap();

    let before = TensorFile::open(&original.join("model.safetensors")).unwrap();
    let after = TensorFile::open(&dir.path().join("model.safetensors")).unwrap();
    let sorted = |file: &TensorFile| {
        let mut names = file.names();
        names.sort();
        names
    };
    assert_eq!(sorted(&before), sorted(&after));
    for name in before.names() {
        assert_eq!(before.read(&name).unwrap(), after.read(&name).unwrap(), "{name}");
    }
}

#[test]
fn a_config_keeps_the_keys_that_are_not_known() {
    let dir = tempdir().unwrap();
    let original = reference("bert_pre_training");
    let (model, config, _) = from_pretrained::<BertForPreTraining>(&original, &Device::flex()).unwrap();
    save_pretrained(&model, &config, dir.path()).unwrap();
    let read = |dir: &Path| -> Value {
        serde_json::from_str(&std::fs::read_to_string(dir.join("config.json")).unwrap()).unwrap()
    };
    assert_eq!(read(dir.path()), read(&original));
}

#[test]
fn a_bare_model_is_saved_without_the_prefix() {
    let (model, config, _) = from_pretrained::<BertModel>(&reference("bert_model"), &Device::flex()).unwrap();
    let names: Vec<String> = tensors_by_name(&model, &config).unwrap().into_iter().map(|t| t.name).collect();
    assert!(names.contains(&"embeddings.LayerNorm.weight".to_owned()), "{names:?}");
    assert!(names.contains(&"pooler.dense.bias".to_owned()), "{names:?}");
}

#[test]
fn the_prefix_may_be_there_or_not() {
    let with = open(&reference("bert_masked_lm")).unwrap().0;
    let dir = changed(|tensors| rename(tensors, |name| name.trim_start_matches("bert.").into()), |_| ());
    let (tensors, report) = open(dir.path()).unwrap();
    assert_eq!(tensors, with);
    assert_eq!(report.warnings(), Vec::<String>::new());
}

#[test]
fn old_names_of_layer_norm_are_read() {
    let new = open(&reference("bert_masked_lm")).unwrap().0;
    let old =
        |name: &str| name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
    let dir = changed(|tensors| rename(tensors, old), |_| ());
    assert_eq!(open(dir.path()).unwrap().0, new);
}

#[test]
fn the_bias_may_be_under_the_decoders_name() {
    let expected = open(&reference("bert_masked_lm")).unwrap().0;
    let decoder = |name: &str| name.replace("cls.predictions.bias", "cls.predictions.decoder.bias");
    let dir = changed(|tensors| rename(tensors, decoder), |_| ());
    let (tensors, report) = open(dir.path()).unwrap();
    assert_eq!(tensors, expected);
    assert_eq!(report.warnings(), Vec::<String>::new());
}

/// The masked LM with a decoder beside the word embedding that it is tied to.
fn with_decoder(change: f32) -> TempDir {
    changed(
        |tensors| {
            let words = tensors.iter().find(|t| t.name.ends_with("word_embeddings.weight")).unwrap();
            let mut copy = NamedTensor { name: "cls.predictions.decoder.weight".into(), ..words.clone() };
            let Values::Float(values) = &mut copy.values else { unreachable!() };
            values[0] += change;
            tensors.push(copy);
        },
        |_| (),
    )
}

#[test]
fn a_copy_of_a_tied_tensor_is_read_over() {
    let (tensors, report) = open(with_decoder(0.0).path()).unwrap();
    assert_eq!(report.warnings(), Vec::<String>::new());
    assert_eq!(tensors, open(&reference("bert_masked_lm")).unwrap().0);
}

#[test]
fn a_copy_that_differs_is_kept_apart_and_named() {
    let dir = with_decoder(1.0);
    let (model, config, report) = from_pretrained::<BertForMaskedLm>(dir.path(), &Device::flex()).unwrap();
    assert_eq!(report.untied, ["cls.predictions.decoder.weight"]);
    assert!(!config.tie_word_embeddings);
    // The bias is still the decoder's too, and what is saved is opened again as it is.
    let saved = tempdir().unwrap();
    save_pretrained(&model, &config, saved.path()).unwrap();
    let (tensors, report) = open(saved.path()).unwrap();
    assert_eq!(report.warnings(), Vec::<String>::new());
    let values = |name: &str| tensors.iter().find(|t| t.name == name).unwrap().values.clone();
    assert_eq!(values("cls.predictions.decoder.bias"), values("cls.predictions.bias"));
    assert_ne!(values("cls.predictions.decoder.weight"), values("bert.embeddings.word_embeddings.weight"));
}

#[test]
fn an_encoder_alone_has_no_use_for_a_decoder() {
    let dir = with_decoder(1.0);
    let (_, config, report) = from_pretrained::<EncoderOnly<Bert>>(dir.path(), &Device::flex()).unwrap();
    assert!(config.tie_word_embeddings);
    assert!(report.unexpected.contains(&"cls.predictions.decoder.weight".into()));
}

#[test]
fn a_missing_head_is_named_and_drawn() {
    let dir = changed(|tensors| tensors.retain(|t| !t.name.contains("transform")), |_| ());
    let (_, report) = open(dir.path()).unwrap();
    assert_eq!(report.missing.len(), 4);
    assert!(report.warnings()[0].contains("cls.predictions.transform.dense.weight"));
}

#[test]
fn a_missing_tensor_of_the_encoder_is_an_error_that_names_it() {
    let dir = changed(|tensors| tensors.retain(|t| !t.name.contains("layer.1.output.dense.bias")), |_| ());
    let message = open(dir.path()).unwrap_err().to_string();
    assert!(message.contains("bert.encoder.layer.1.output.dense.bias"), "{message}");
}

#[test]
fn an_unexpected_tensor_is_named_and_a_buffer_is_not() {
    let extra = |name: &str| NamedTensor { name: name.into(), shape: vec![1, 2], values: Values::Int(vec![0, 1]) };
    let dir =
        changed(|tensors| tensors.extend([extra("bert.embeddings.position_ids"), extra("adapter.weight")]), |_| ());
    assert_eq!(open(dir.path()).unwrap().1.unexpected, ["adapter.weight"]);
}

#[test]
fn a_tensor_of_another_shape_is_an_error_that_says_what_was_expected() {
    let dir = changed(|_| (), |config| config["intermediate_size"] = json!(65));
    let message = open(dir.path()).unwrap_err().to_string();
    let expected =
        "tensor bert.encoder.layer.0.intermediate.dense.weight has shape [64, 32]; config.json wants [65, 32]";
    assert!(message.ends_with(expected), "{message}");
}

#[test]
fn a_weight_that_is_no_number_is_named() {
    let dir = changed(
        |tensors| {
            let Values::Float(values) = &mut tensors[0].values else { unreachable!() };
            values[0] = f32::NAN;
        },
        |_| (),
    );
    assert_eq!(open(dir.path()).unwrap().1.not_finite.len(), 1);
}

#[test]
fn the_encoder_is_read_from_any_bert() {
    for case in ["bert_model", "bert_masked_lm", "bert_pre_training"] {
        from_pretrained::<EncoderOnly<Bert>>(&reference(case), &Device::flex()).unwrap();
    }
}

#[test]
fn a_config_that_no_bert_can_have_is_an_error_that_names_the_key() {
    let cases = [
        ("num_attention_heads", json!(5), "num_attention_heads is 5; a divisor of hidden_size (32) is expected"),
        ("num_attention_heads", json!(0), "num_attention_heads is 0; 1 to 65536 is expected"),
        ("num_hidden_layers", json!(-1), "num_hidden_layers: invalid value: integer `-1`"),
        ("num_hidden_layers", json!(1_000_000_000), "num_hidden_layers is 1000000000; 0 to 1024 is expected"),
        ("hidden_size", json!("32"), "hidden_size: invalid type: string \"32\""),
        ("hidden_size", json!(16.5), "hidden_size: invalid type: floating point"),
        ("hidden_act", json!("gelu_old"), "hidden_act: \"gelu_old\"; gelu"),
        ("layer_norm_eps", json!(-1.0), "layer_norm_eps is -1; 0 or more is expected"),
        ("hidden_dropout_prob", json!(1.5), "hidden_dropout_prob is 1.5; 0 to 1 is expected"),
        ("pad_token_id", json!(320), "pad_token_id is 320; less than vocab_size (320) is expected"),
        ("is_decoder", json!(true), "is_decoder is true; false is expected"),
        ("position_embedding_type", json!("relative_key"), "\"absolute\" is expected"),
        ("model_type", json!("gpt2"), "model_type is gpt2; bert is expected"),
    ];
    for (key, value, expected) in cases {
        let dir = changed(|_| (), |config| config[key] = value);
        let file = dir.path().join("config.json");
        let message = read_config::<BertConfig>(&file).unwrap_err().to_string();
        assert!(message.contains("config.json: ") && message.contains(expected), "{message}");
    }
}
