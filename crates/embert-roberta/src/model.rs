//! RoBERTa without a head: BERT's embeddings and encoder.

use burn::{module::Module, tensor::Tensor};
use embert_core::{
    Backbone, BaseModel, Embeddings, Encoder, FamilyConfig, ForMaskedLm, ForMultipleChoice, ForQuestionAnswering,
    ForSequenceClassification, ForTokenClassification, Init,
};

use crate::config::RobertaConfig;

/// Embeddings and encoder: what every head stands on.
#[derive(Module, Debug)]
pub struct Roberta {
    embeddings: Embeddings,
    encoder: Encoder,
}

impl Backbone for Roberta {
    type Config = RobertaConfig;

    fn new(config: &RobertaConfig, init: &Init) -> Self {
        Self {
            embeddings: Embeddings::new(&config.embedding_sizes(config.hidden_size, config.positions()), init),
            encoder: Encoder::new(config.num_hidden_layers, &config.layer_sizes(), init),
        }
    }

    embert_core::embeddings_then_encoder!();
}

/// RoBERTa without a head.
pub type RobertaModel = BaseModel<Roberta>;
/// RoBERTa that fills in masked words.
pub type RobertaForMaskedLm = ForMaskedLm<Roberta>;
/// RoBERTa that classifies sequences.
pub type RobertaForSequenceClassification = ForSequenceClassification<Roberta>;
/// RoBERTa that classifies tokens.
pub type RobertaForTokenClassification = ForTokenClassification<Roberta>;
/// RoBERTa that extracts answers.
pub type RobertaForQuestionAnswering = ForQuestionAnswering<Roberta>;
/// RoBERTa that chooses an answer.
pub type RobertaForMultipleChoice = ForMultipleChoice<Roberta>;
