//! BERT without a head.

use burn::{module::Module, tensor::Tensor};

use crate::{
    Backbone, BaseModel, BertConfig, Embeddings, Encoder, FamilyConfig, ForMaskedLm, ForMultipleChoice,
    ForNextSentencePrediction, ForPreTraining, ForQuestionAnswering, ForSequenceClassification, ForTokenClassification,
    Init,
};

/// Embeddings and encoder: what every head stands on.
#[derive(Module, Debug)]
pub struct Bert {
    pub(crate) embeddings: Embeddings,
    pub(crate) encoder: Encoder,
}

impl Backbone for Bert {
    type Config = BertConfig;

    fn new(config: &BertConfig, init: &Init) -> Self {
        Self {
            embeddings: Embeddings::new(&config.embedding_sizes(config.hidden_size, config.positions()), init),
            encoder: Encoder::new(config.num_hidden_layers, &config.layer_sizes(), init),
        }
    }

    crate::embeddings_then_encoder!();
}

/// BERT without a head.
pub type BertModel = BaseModel<Bert>;
/// BERT that fills in masked words.
pub type BertForMaskedLm = ForMaskedLm<Bert>;
/// BERT with both heads that it is pre-trained with.
pub type BertForPreTraining = ForPreTraining<Bert>;
/// BERT that says whether the second sentence follows the first.
pub type BertForNextSentencePrediction = ForNextSentencePrediction<Bert>;
/// BERT that classifies sequences.
pub type BertForSequenceClassification = ForSequenceClassification<Bert>;
/// BERT that classifies tokens.
pub type BertForTokenClassification = ForTokenClassification<Bert>;
/// BERT that extracts answers.
pub type BertForQuestionAnswering = ForQuestionAnswering<Bert>;
/// BERT that chooses an answer.
pub type BertForMultipleChoice = ForMultipleChoice<Bert>;
