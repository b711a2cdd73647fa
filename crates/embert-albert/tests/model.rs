//! What ALBERT changes of BERT.

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use embert_albert::{AlbertConfig, AlbertForMaskedLm, AlbertModel, PRESETS};
use embert_checkpoint::tensors_by_name;
use embert_core::{Batch, Pass};

fn config() -> AlbertConfig {
    AlbertConfig {
        vocab_size: 40,
        embedding_size: 8,
        hidden_size: 16,
        num_hidden_layers: 4,
        num_attention_heads: 4,
        intermediate_size: 32,
        max_position_embeddings: 10,
        ..AlbertConfig::default()
    }
}

fn batch() -> Batch {
    Batch::new(vec![5, 6, 7], vec![0; 3], vec![3]).unwrap()
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn the_presets_have_the_published_numbers_of_parameters() {
    for (name, published) in PRESETS {
        let model = AlbertModel::new(&AlbertConfig::preset(name).unwrap(), &Device::flex(), 0);
        assert_eq!(model.num_params(), published, "{name}");
    }
}

#[test]
fn layers_share_one_parameter_set() {
    let parameters = |num_hidden_layers| {
        AlbertModel::new(&AlbertConfig { num_hidden_layers, ..config() }, &Device::flex(), 1).num_params()
    };
    assert_eq!(parameters(1), parameters(12));
    let model = AlbertForMaskedLm::new(&config(), &Device::flex(), 1);
    let named = tensors_by_name(&model, &config()).unwrap().len();
    let model = model.train().fork(&Device::flex().autodiff());
    let loss = model.forward(&batch(), None, &mut Pass::inference()).unwrap().mean();
    // Every parameter has one gradient: the tied decoder and the shared layers are not counted again.
    assert_eq!(GradientsParams::from_grads(loss.backward(), &model).len(), named);
}

#[test]
fn groups_follow_each_other_and_each_runs_its_layers() {
    let config = AlbertConfig { num_hidden_groups: 2, inner_group_num: 3, ..config() };
    let model = AlbertModel::new(&config, &Device::flex(), 1);
    let mut pass = Pass::inference().keep_hidden_states();
    let output = model.forward(&batch(), &mut pass).unwrap();
    assert_eq!(pass.hidden_states().len(), 1 + 4 * 3);
    assert_eq!(values(pass.hidden_states().last().unwrap().clone()), values(output.last_hidden_state));
    let names: Vec<String> = tensors_by_name(&model, &config).unwrap().into_iter().map(|tensor| tensor.name).collect();
    assert!(names.contains(&"encoder.albert_layer_groups.1.albert_layers.2.ffn.weight".to_owned()), "{names:?}");
}

#[test]
fn the_embedding_is_factorised() {
    let model = AlbertModel::new(&config(), &Device::flex(), 1);
    let shape = |name: &str| {
        let tensors = tensors_by_name(&model, &config()).unwrap();
        tensors.into_iter().find(|tensor| tensor.name == name).unwrap().shape
    };
    assert_eq!(shape("embeddings.word_embeddings.weight"), [40, 8]);
    assert_eq!(shape("encoder.embedding_hidden_mapping_in.weight"), [16, 8]);
}
