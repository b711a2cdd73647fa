//! What RoBERTa's heads differ in.

use embert_core::{Family, FamilyConfig, Heads, HiddenAct, Layers, MaskedLmSizes, Positions, Summary};

use crate::{config::RobertaConfig, layout::ROBERTA_LAYOUT};

static ROBERTA: Family = Family { model_type: "roberta", class_prefix: "Roberta", layout: &ROBERTA_LAYOUT };

impl FamilyConfig for RobertaConfig {
    fn family(&self) -> &'static Family {
        &ROBERTA
    }

    fn heads(&self) -> Heads {
        let berts = self.0.heads();
        Heads {
            // Whatever `hidden_act` is.
            masked_lm: MaskedLmSizes { activation: HiddenAct::default().activation(), ..berts.masked_lm },
            sentence_pair: None,
            // Two layers, the first of which is the classifier's own.
            sequence: Summary { dropout: berts.sequence_dropout, ..Summary::TANH },
            ..berts
        }
    }

    fn layers(&self) -> Layers {
        Layers { count: self.num_hidden_layers, sizes: self.layer_sizes() }
    }

    fn positions(&self) -> Positions {
        Positions::AfterPadding { pad_token_id: self.pad() }
    }

    fn longest_sequence(&self) -> usize {
        self.max_position_embeddings.saturating_sub(self.pad() as usize + 1)
    }
}
