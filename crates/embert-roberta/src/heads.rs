//! What RoBERTa's heads differ in.

use embert_core::{Decoder, Family, FamilyConfig, Heads, HiddenAct, MaskedLmSizes, Positions, Summary};

use crate::{config::RobertaConfig, layout::ROBERTA_LAYOUT};

static ROBERTA: Family = Family { model_type: "roberta", class_prefix: "Roberta", layout: &ROBERTA_LAYOUT };

impl FamilyConfig for RobertaConfig {
    fn family(&self) -> &'static Family {
        &ROBERTA
    }

    fn heads(&self) -> Heads {
        let classifier_dropout = self.classifier_dropout.unwrap_or(self.hidden_dropout_prob);
        Heads {
            hidden_size: self.hidden_size,
            initializer_range: self.initializer_range,
            masked_lm: MaskedLmSizes {
                embedding_size: self.hidden_size,
                vocab_size: self.vocab_size,
                activation: HiddenAct::default().activation(),
                layer_norm_eps: self.layer_norm_eps,
                decoder: Decoder::of(self.tie_word_embeddings),
            },
            pooler: Some(Summary::TANH),
            sentence_pair: None,
            sequence: Summary { dropout: classifier_dropout, ..Summary::TANH },
            choice: Summary::TANH,
            sequence_dropout: classifier_dropout,
            token_dropout: classifier_dropout,
            question_answering_dropout: 0.0,
            labels: self.labels(),
        }
    }

    fn positions(&self) -> Positions {
        Positions::AfterPadding { pad_token_id: self.pad_token_id }
    }

    fn longest_sequence(&self) -> usize {
        self.max_position_embeddings.saturating_sub(self.pad_token_id as usize + 1)
    }
}
