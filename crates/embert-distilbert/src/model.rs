//! DistilBERT without a head: BERT's embeddings and encoder.

use burn::{module::Module, tensor::Tensor};
use embert_core::{
    Backbone, BaseModel, Bert, Embedding, Embeddings, Encoder, ForMaskedLm, ForMultipleChoice, ForQuestionAnswering,
    ForSequenceClassification, ForTokenClassification, Init,
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
            let wave = sinusoidal(config.dim);
            let positions = Embedding::fixed([config.max_position_embeddings, config.dim], wave, init);
            embeddings = embeddings.with_position_embeddings(positions);
        }
        Self { embeddings, encoder: Encoder::new(config.n_layers, &config.layer_sizes(), init) }
    }

    embert_core::embeddings_then_encoder!();
}

impl DistilBert {
    /// Begins as some layers of a BERT of the same widths, as [`Backbone::take`] has it.
    pub fn take_from_bert(&mut self, teacher: &Bert, layers: &[usize]) {
        let (embeddings, encoder) = teacher.parts();
        self.embeddings.take(embeddings);
        self.encoder.take(encoder, layers);
    }
}

/// Sines and cosines of falling frequency, by position and index (Vaswani et al. 2017, section 3.5).
fn sinusoidal(hidden_size: usize) -> impl Fn(usize, usize) -> f32 + Send + Sync + 'static {
    move |position, index| {
        let angle = position as f64 / 10000_f64.powf((2 * (index / 2)) as f64 / hidden_size as f64);
        (if index.is_multiple_of(2) { angle.sin() } else { angle.cos() }) as f32
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
