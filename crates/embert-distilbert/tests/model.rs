//! What DistilBERT changes of BERT.

use burn::{module::Module, optim::GradientsParams, tensor::Device};
use embert_checkpoint::{NamedTensor, Values, tensors_by_name};
use embert_core::{Batch, BertConfig, BertForMaskedLm, Pass};
use embert_distilbert::{DistilBertConfig, DistilBertForMaskedLm, DistilBertModel, PRESETS, student_of};

fn config() -> DistilBertConfig {
    DistilBertConfig {
        vocab_size: 40,
        dim: 16,
        n_layers: 2,
        n_heads: 4,
        hidden_dim: 32,
        max_position_embeddings: 10,
        ..DistilBertConfig::default()
    }
}

fn teacher() -> BertConfig {
    BertConfig { vocab_size: 40, max_position_embeddings: 10, ..BertConfig::of_size(4, 16, 4) }
}

fn floats<'a>(tensors: &'a [NamedTensor], name: &str) -> &'a [f32] {
    match &tensors.iter().find(|tensor| tensor.name == name).expect(name).values {
        Values::Float(values) => values,
        Values::Int(_) => panic!("{name}"),
    }
}

#[test]
fn the_presets_have_the_published_numbers_of_parameters() {
    for (name, published) in PRESETS {
        let model = DistilBertModel::new(&DistilBertConfig::preset(name).unwrap(), &Device::flex(), 0);
        assert_eq!(model.num_params(), published, "{name}");
    }
    let masked_lm = DistilBertForMaskedLm::new(&DistilBertConfig::default(), &Device::flex(), 0);
    assert_eq!(masked_lm.num_params(), 66_985_530);
}

#[test]
fn segments_make_no_difference() {
    let model = DistilBertModel::new(&config(), &Device::flex(), 1);
    let output = |types: Vec<u32>| {
        let batch = Batch::new(vec![5, 6, 7], types, vec![3]).unwrap();
        let output = model.forward(&batch, &mut Pass::inference()).unwrap();
        assert!(output.pooler_output.is_none());
        output.last_hidden_state.into_data().try_to_vec::<f32>().unwrap()
    };
    assert_eq!(output(vec![0; 3]), output(vec![0, 1, 1]));
}

#[test]
fn sinusoidal_positions_are_those_of_the_formula_and_are_not_trained() {
    let config = DistilBertConfig { sinusoidal_pos_embds: true, ..config() };
    let model = DistilBertForMaskedLm::new(&config, &Device::flex(), 1);
    let tensors = tensors_by_name(&model, &config).unwrap();
    let table = floats(&tensors, "distilbert.embeddings.position_embeddings.weight");
    let angle = |position: f64, index: i32| position / 10000_f64.powf(f64::from(2 * (index / 2)) / 16.0);
    assert_eq!(table[3 * 16 + 4], angle(3.0, 4).sin() as f32);
    assert_eq!(table[3 * 16 + 5], angle(3.0, 5).cos() as f32);

    let model = model.train().fork(&Device::flex().autodiff());
    let batch = Batch::new(vec![5, 6, 7], vec![0; 3], vec![3]).unwrap();
    let loss = model.forward(&batch, None, &mut Pass::inference()).unwrap().mean();
    assert_eq!(GradientsParams::from_grads(loss.backward(), &model).len(), tensors.len() - 1);
}

#[test]
fn a_student_starts_as_every_other_layer_of_its_teacher() {
    let teacher_model = BertForMaskedLm::new(&teacher(), &Device::flex(), 1);
    let (student, config) = student_of(&teacher_model, &teacher(), &[0, 2], &Device::flex()).unwrap();
    assert_eq!((config.n_layers, config.dim), (2, 16));
    let (teacher, student) =
        (tensors_by_name(&teacher_model, &teacher()).unwrap(), tensors_by_name(&student, &config).unwrap());
    for (ours, theirs) in [
        ("distilbert.embeddings.word_embeddings.weight", "bert.embeddings.word_embeddings.weight"),
        ("distilbert.transformer.layer.1.attention.q_lin.weight", "bert.encoder.layer.2.attention.self.query.weight"),
        ("distilbert.transformer.layer.0.ffn.lin2.weight", "bert.encoder.layer.0.output.dense.weight"),
        ("vocab_transform.weight", "cls.predictions.transform.dense.weight"),
    ] {
        assert_eq!(floats(&student, ours), floats(&teacher, theirs), "{ours}");
    }
}
