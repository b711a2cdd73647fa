//! The student that a BERT teaches (DistilBERT, section 3).

use burn::tensor::Device;
use embert_checkpoint::{Error, take_layers};
use embert_core::{BertConfig, BertForMaskedLm};

use crate::{config::DistilBertConfig, model::DistilBertForMaskedLm};

/// The config of a student with `n_layers` layers of the width of its teacher's.
pub fn student_config(teacher: &BertConfig, n_layers: usize) -> DistilBertConfig {
    DistilBertConfig {
        vocab_size: teacher.vocab_size,
        dim: teacher.hidden_size,
        n_layers,
        n_heads: teacher.num_attention_heads,
        hidden_dim: teacher.intermediate_size,
        activation: teacher.hidden_act.clone(),
        dropout: teacher.hidden_dropout_prob,
        attention_dropout: teacher.attention_probs_dropout_prob,
        max_position_embeddings: teacher.max_position_embeddings,
        initializer_range: teacher.initializer_range,
        pad_token_id: teacher.pad_token_id,
        tie_word_embeddings: teacher.tie_word_embeddings,
        ..DistilBertConfig::default()
    }
}

/// A student that starts as the `layers` of its teacher, with its embeddings
/// of words and positions and its masked-LM head. Every other layer is
/// `(0..teacher.num_hidden_layers).step_by(2)`; the published student of
/// twelve layers has 0, 2, 4, 7, 9, 11.
///
/// # Errors
/// Where the teacher's device does not give its values back.
pub fn student_of(
    teacher: &BertForMaskedLm,
    config: &BertConfig,
    layers: &[usize],
    device: &Device,
) -> Result<(DistilBertForMaskedLm, DistilBertConfig), Error> {
    let config = student_config(config, layers.len());
    let fresh = DistilBertForMaskedLm::new(&config, device, 0);
    Ok((take_layers(teacher, fresh, layers)?, config))
}
