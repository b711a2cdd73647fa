//! How each model is called in `architectures`, and that it can be read and
//! written.

use burn::tensor::Device;
use embert_checkpoint::{ConfigError, Layout, Pretrained};

use crate::{
    Backbone, BaseModel, EncoderOnly, FamilyConfig, ForMaskedLm, ForMultipleChoice, ForNextSentencePrediction,
    ForPreTraining, ForQuestionAnswering, ForSequenceClassification, ForTokenClassification,
};

macro_rules! pretrained {
    ($($model:ident, $suffix:literal, bare: $bare:literal, $new:expr;)*) => {$(
        impl<B: Backbone> Pretrained for $model<B> {
            type Config = B::Config;
            const IS_BARE: bool = $bare;

            fn architecture(config: &B::Config) -> String {
                format!("{}{}", config.family().class_prefix, $suffix)
            }

            fn layout(config: &B::Config) -> &'static Layout {
                config.family().layout
            }

            fn from_config(config: &B::Config, device: &Device, seed: u64) -> Result<Self, ConfigError> {
                $new(Self::new(config, device, seed))
            }
        }
    )*};
}

pretrained! {
    BaseModel, "Model", bare: true, Ok;
    EncoderOnly, "Model", bare: true, Ok;
    ForMaskedLm, "ForMaskedLM", bare: false, Ok;
    ForPreTraining, "ForPreTraining", bare: false, std::convert::identity;
    ForNextSentencePrediction, "ForNextSentencePrediction", bare: false, std::convert::identity;
    ForSequenceClassification, "ForSequenceClassification", bare: false, Ok;
    ForTokenClassification, "ForTokenClassification", bare: false, Ok;
    ForQuestionAnswering, "ForQuestionAnswering", bare: false, Ok;
    ForMultipleChoice, "ForMultipleChoice", bare: false, Ok;
}
