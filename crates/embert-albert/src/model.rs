//! ALBERT without a head.

use burn::{module::Module, tensor::Tensor};
use embert_core::{
    Backbone, BaseModel, Embeddings, FamilyConfig, ForMaskedLm, ForMultipleChoice, ForPreTraining,
    ForQuestionAnswering, ForSequenceClassification, ForTokenClassification, Init,
};

use crate::{config::AlbertConfig, encoder::AlbertEncoder};

/// Embeddings and encoder: what every head stands on.
#[derive(Module, Debug)]
pub struct Albert {
    embeddings: Embeddings,
    encoder: AlbertEncoder,
}

impl Backbone for Albert {
    type Config = AlbertConfig;

    fn new(config: &AlbertConfig, init: &Init) -> Self {
        let sizes = config.embedding_sizes(config.embedding_size, config.positions());
        Self { embeddings: Embeddings::new(&sizes, init), encoder: AlbertEncoder::new(config, init) }
    }

    embert_core::embeddings_then_encoder!();
}

/// ALBERT without a head.
pub type AlbertModel = BaseModel<Albert>;
/// ALBERT that fills in masked words.
pub type AlbertForMaskedLm = ForMaskedLm<Albert>;
/// ALBERT with both heads that it is pre-trained with.
pub type AlbertForPreTraining = ForPreTraining<Albert>;
/// ALBERT that classifies sequences.
pub type AlbertForSequenceClassification = ForSequenceClassification<Albert>;
/// ALBERT that classifies tokens.
pub type AlbertForTokenClassification = ForTokenClassification<Albert>;
/// ALBERT that extracts answers.
pub type AlbertForQuestionAnswering = ForQuestionAnswering<Albert>;
/// ALBERT that chooses an answer.
pub type AlbertForMultipleChoice = ForMultipleChoice<Albert>;
