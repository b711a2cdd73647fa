//! What stands on a model: the heads that it is pre-trained with and those
//! that it is fine-tuned with, for any [`Backbone`](crate::Backbone).

mod base;
mod bert;
mod masked_lm;
mod multiple_choice;
mod pooler;
mod pretrained;
mod question_answering;
mod sentence_pair;
mod sequence;
mod token;

pub use base::{BaseModel, BaseOutput, EncoderOnly};
pub use masked_lm::{ForMaskedLm, MaskedLmHead};
pub use multiple_choice::ForMultipleChoice;
pub use pooler::Pooler;
pub use question_answering::ForQuestionAnswering;
pub use sentence_pair::{ForNextSentencePrediction, ForPreTraining, PreTrainingOutput, SentencePairHead};
pub use sequence::ForSequenceClassification;
pub use token::ForTokenClassification;

use burn::tensor::{Device, Tensor};
use embert_kernels::indices;

use crate::{
    backbone::{FamilyConfig, Heads},
    init::Init,
};

/// What a fresh model on `device` is built with.
pub(crate) fn fresh(config: &impl FamilyConfig, device: &Device, seed: u64) -> (Heads, Init) {
    let heads = config.heads();
    let init = Init::new(device, seed, heads.initializer_range);
    (heads, init)
}

/// The tokens at `positions`, or all.
fn at(hidden: Tensor<2>, positions: Option<&[u32]>) -> Tensor<2> {
    match positions {
        Some(positions) => {
            let positions = indices(positions, &hidden.device().inner());
            hidden.select(0, positions)
        }
        None => hidden,
    }
}
