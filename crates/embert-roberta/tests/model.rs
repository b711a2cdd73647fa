//! What RoBERTa changes of BERT.

use burn::{module::Module, tensor::Device};
use embert_checkpoint::tensors_by_name;
use embert_core::{Batch, BertConfig, FamilyConfig, PaddedInputs, Pass};
use embert_roberta::{PRESETS, RobertaConfig, RobertaForSequenceClassification, RobertaModel};

fn config() -> RobertaConfig {
    RobertaConfig(BertConfig {
        vocab_size: 40,
        hidden_size: 16,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        intermediate_size: 32,
        max_position_embeddings: 10,
        type_vocab_size: 1,
        ..RobertaConfig::default().0
    })
}

#[test]
fn the_presets_have_the_published_numbers_of_parameters() {
    for (name, published) in PRESETS {
        let model = RobertaModel::new(&RobertaConfig::preset(name).unwrap(), &Device::flex(), 0);
        assert_eq!(model.num_params(), published, "{name}");
    }
}

#[test]
fn positions_count_from_the_padding() {
    let model = RobertaModel::new(&config(), &Device::flex(), 1);
    let output = |batch: &Batch| {
        let output = model.forward(batch, &mut Pass::inference()).unwrap();
        output.last_hidden_state.into_data().try_to_vec::<f32>().unwrap()
    };
    let (ids, mask) = ([5, 6, 7, 1], [1, 1, 1, 0]);
    let inputs =
        PaddedInputs { rows: 1, columns: 4, input_ids: &ids, attention_mask: Some(&mask), ..PaddedInputs::default() };
    let by_rule = inputs.to_ragged(config().positions()).unwrap().batch;
    let given = PaddedInputs { position_ids: Some(&[2, 3, 4, 1]), ..inputs };
    let given = given.to_ragged(config().positions()).unwrap().batch;
    assert_eq!(output(&by_rule), output(&given));
    assert_eq!(output(&by_rule), output(&Batch::new(vec![5, 6, 7], vec![0; 3], vec![3]).unwrap()));
}

#[test]
fn a_sequence_may_be_as_long_as_the_positions_after_the_padding() {
    let model = RobertaModel::new(&config(), &Device::flex(), 1);
    let longest = config().longest_sequence();
    assert_eq!(longest, 8);
    let forward = |length: usize| {
        let batch = Batch::new(vec![5; length], vec![0; length], vec![length]).unwrap();
        model.forward(&batch, &mut Pass::inference()).map(drop)
    };
    forward(longest).unwrap();
    assert!(forward(longest + 1).unwrap_err().to_string().starts_with("position_ids holds 10"));
}

#[test]
fn a_classifier_has_a_map_of_its_own_and_no_pooler() {
    let model = RobertaForSequenceClassification::new(&config(), &Device::flex(), 1);
    let names: Vec<String> =
        tensors_by_name(&model, &config()).unwrap().into_iter().map(|tensor| tensor.name).collect();
    assert!(names.contains(&"classifier.dense.weight".to_owned()));
    assert!(names.contains(&"classifier.out_proj.bias".to_owned()));
    assert!(!names.iter().any(|name| name.contains("pooler")), "{names:?}");
}
