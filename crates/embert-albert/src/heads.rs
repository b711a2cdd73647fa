//! What ALBERT's heads differ in.

use embert_core::{
    Decoder, Family, FamilyConfig, Heads, Layers, MaskedLmSizes, PairQuestion, Positions, SentencePair, Summary,
};

use crate::{config::AlbertConfig, layout::ALBERT_LAYOUT};

static ALBERT: Family = Family { model_type: "albert", class_prefix: "Albert", layout: &ALBERT_LAYOUT };

impl FamilyConfig for AlbertConfig {
    fn family(&self) -> &'static Family {
        &ALBERT
    }

    fn heads(&self) -> Heads {
        let labels = self.labels();
        Heads {
            hidden_size: self.hidden_size,
            initializer_range: self.initializer_range,
            masked_lm: MaskedLmSizes {
                embedding_size: self.embedding_size,
                vocab_size: self.vocab_size,
                activation: self.hidden_act.activation(),
                layer_norm_eps: self.layer_norm_eps,
                decoder: Decoder::of(self.tie_word_embeddings),
            },
            pooler: Some(Summary::TANH),
            // As in transformers, sentence order has as many classes as a classifier.
            sentence_pair: Some(SentencePair {
                question: PairQuestion::SentenceOrder,
                classes: labels.num_labels,
                dropout: self.classifier_dropout_prob,
            }),
            sequence: Summary::TANH,
            choice: Summary::TANH,
            sequence_dropout: self.classifier_dropout_prob,
            token_dropout: self.classifier_dropout_prob,
            question_answering_dropout: 0.0,
            labels,
        }
    }

    fn layers(&self) -> Layers {
        Layers { count: self.num_hidden_layers * self.inner_group_num, sizes: self.layer_sizes() }
    }

    fn positions(&self) -> Positions {
        Positions::FromZero
    }

    fn longest_sequence(&self) -> usize {
        self.max_position_embeddings
    }
}
