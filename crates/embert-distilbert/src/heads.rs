//! What DistilBERT's heads differ in.

use embert_core::{Activation, Decoder, Family, FamilyConfig, Heads, Layers, MaskedLmSizes, Positions, Summary};

use crate::{
    config::{DistilBertConfig, LAYER_NORM_EPS},
    layout::DISTILBERT_LAYOUT,
};

static DISTILBERT: Family = Family { model_type: "distilbert", class_prefix: "DistilBert", layout: &DISTILBERT_LAYOUT };

impl FamilyConfig for DistilBertConfig {
    fn family(&self) -> &'static Family {
        &DISTILBERT
    }

    fn heads(&self) -> Heads {
        let pre_classifier = Summary { dropout: 0.0, activation: Activation::Relu };
        Heads {
            hidden_size: self.dim,
            initializer_range: self.initializer_range,
            masked_lm: MaskedLmSizes {
                embedding_size: self.dim,
                vocab_size: self.vocab_size,
                activation: self.activation.activation(),
                layer_norm_eps: LAYER_NORM_EPS,
                decoder: if self.tie_word_embeddings { Decoder::Tied } else { Decoder::Own },
            },
            pooler: None,
            sentence_pair: None,
            sequence: pre_classifier,
            choice: pre_classifier,
            sequence_dropout: self.seq_classif_dropout,
            token_dropout: self.dropout,
            question_answering_dropout: self.qa_dropout,
            labels: self.labels(),
        }
    }

    fn layers(&self) -> Layers {
        Layers { count: self.n_layers, sizes: self.layer_sizes() }
    }

    fn positions(&self) -> Positions {
        Positions::FromZero
    }

    fn longest_sequence(&self) -> usize {
        self.max_position_embeddings
    }
}
