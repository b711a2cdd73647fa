//! What BERT's heads are.

use crate::{
    BERT_LAYOUT, BertConfig, Decoder, Family, FamilyConfig, Heads, Layers, MaskedLmSizes, PairQuestion, Positions,
    SentencePair, Summary,
};

static BERT: Family = Family { model_type: "bert", class_prefix: "Bert", layout: &BERT_LAYOUT };

impl FamilyConfig for BertConfig {
    fn family(&self) -> &'static Family {
        &BERT
    }

    fn heads(&self) -> Heads {
        let classifier_dropout = self.classifier_dropout.unwrap_or(self.hidden_dropout_prob);
        Heads {
            hidden_size: self.hidden_size,
            initializer_range: self.initializer_range,
            masked_lm: MaskedLmSizes {
                embedding_size: self.hidden_size,
                vocab_size: self.vocab_size,
                activation: self.hidden_act.activation(),
                layer_norm_eps: self.layer_norm_eps,
                decoder: Decoder::of(self.tie_word_embeddings),
            },
            pooler: Some(Summary::TANH),
            sentence_pair: Some(SentencePair { question: PairQuestion::NextSentence, classes: 2, dropout: 0.0 }),
            sequence: Summary::TANH,
            choice: Summary::TANH,
            sequence_dropout: classifier_dropout,
            token_dropout: classifier_dropout,
            question_answering_dropout: 0.0,
            labels: self.labels(),
        }
    }

    fn layers(&self) -> Layers {
        Layers { count: self.num_hidden_layers, sizes: self.layer_sizes() }
    }

    fn positions(&self) -> Positions {
        Positions::FromZero
    }

    fn longest_sequence(&self) -> usize {
        self.max_position_embeddings
    }
}
