//! DistilBERT without a head: BERT's embeddings and encoder.

use burn::{module::Module, tensor::Tensor};
use embert_core::{
    Backbone, BaseModel, Batch, Embedding, Embeddings, Encoder, ForMaskedLm, ForMultipleChoice, ForQuestionAnswering,
    ForSequenceClassification, ForTokenClassification, Init, InputError, Pass,
};

use crate::config::DistilBertConfig;

/// Embeddings and encoder: what every head stands on.
#[derive(Module, Debug)]
pub struct DistilBert {
    embeddings: Embeddings,
    encoder: Encoder,
}

impl Backbone for DistilBert {
    type Config = DistilBertConfig;

    fn new(config: &DistilBertConfig, init: &Init) -> Self {
        let mut embeddings = Embeddings::new(&config.embedding_sizes(), init);
        if config.sinusoidal_pos_embds {
            let positions = Embedding::sinusoidal(config.max_position_embeddings, config.dim, init);
            embeddings = embeddings.with_position_embeddings(positions);
        }
        Self { embeddings, encoder: Encoder::new(config.n_layers, &config.layer_sizes(), init) }
    }

    fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let embedded = self.embeddings.forward(batch, pass)?; // [tokens, dim]
        Ok(self.encoder.forward(embedded, batch, pass))
    }

    fn word_embeddings(&self) -> &Embedding {
        self.embeddings.word_embeddings()
    }
}

/// DistilBERT without a head.
pub type DistilBertModel = BaseModel<DistilBert>;
/// DistilBERT that fills in masked words.
pub type DistilBertForMaskedLm = ForMaskedLm<DistilBert>;
/// DistilBERT that classifies sequences.
pub type DistilBertForSequenceClassification = ForSequenceClassification<DistilBert>;
/// DistilBERT that classifies tokens.
pub type DistilBertForTokenClassification = ForTokenClassification<DistilBert>;
/// DistilBERT that extracts answers.
pub type DistilBertForQuestionAnswering = ForQuestionAnswering<DistilBert>;
/// DistilBERT that chooses an answer.
pub type DistilBertForMultipleChoice = ForMultipleChoice<DistilBert>;
