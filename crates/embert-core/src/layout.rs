//! Where BERT's parameters stand in a Hugging Face checkpoint.

use burn::tensor::Device;
use embert_checkpoint::{Layout, Pretrained};

use crate::{
    config::BertConfig,
    heads::{BertForMaskedLm, BertForNextSentencePrediction, BertForPreTraining},
    init::Init,
    model::{Bert, BertModel},
};

/// Our names and the file's, for the bare model and for each head.
pub static BERT_LAYOUT: Layout = Layout {
    base_prefix: "bert.",
    names: &[
        ("bert.embeddings.word_embeddings", "bert.embeddings.word_embeddings"),
        ("bert.embeddings.position_embeddings", "bert.embeddings.position_embeddings"),
        ("bert.embeddings.token_type_embeddings", "bert.embeddings.token_type_embeddings"),
        ("bert.embeddings.layer_norm", "bert.embeddings.LayerNorm"),
        ("bert.encoder.layer.{}.attention.query", "bert.encoder.layer.{}.attention.self.query"),
        ("bert.encoder.layer.{}.attention.key", "bert.encoder.layer.{}.attention.self.key"),
        ("bert.encoder.layer.{}.attention.value", "bert.encoder.layer.{}.attention.self.value"),
        ("bert.encoder.layer.{}.attention.output", "bert.encoder.layer.{}.attention.output.dense"),
        ("bert.encoder.layer.{}.attention_norm", "bert.encoder.layer.{}.attention.output.LayerNorm"),
        ("bert.encoder.layer.{}.feed_forward.intermediate", "bert.encoder.layer.{}.intermediate.dense"),
        ("bert.encoder.layer.{}.feed_forward.output", "bert.encoder.layer.{}.output.dense"),
        ("bert.encoder.layer.{}.output_norm", "bert.encoder.layer.{}.output.LayerNorm"),
        ("pooler.dense", "bert.pooler.dense"),
        ("predictions.transform", "cls.predictions.transform.dense"),
        ("predictions.transform_norm", "cls.predictions.transform.LayerNorm"),
        ("predictions", "cls.predictions"),
        ("next_sentence.seq_relationship", "cls.seq_relationship"),
    ],
    // In files of transformers 4, the decoder's tensors are the tied ones.
    aliases: &[
        ("cls.predictions.bias", "cls.predictions.decoder.bias"),
        ("bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"),
    ],
    ignored: &["bert.embeddings.position_ids", "bert.embeddings.token_type_ids"],
};

macro_rules! pretrained {
    ($($model:ident, $architecture:literal, bare: $bare:literal;)*) => {$(
        impl Pretrained for $model {
            type Config = BertConfig;
            const ARCHITECTURE: &'static str = $architecture;
            const IS_BARE: bool = $bare;
            const ROOT: &'static str = "";
            const LAYOUT: &'static Layout = &BERT_LAYOUT;

            fn from_config(config: &BertConfig, device: &Device, seed: u64) -> Self {
                Self::new(config, device, seed)
            }
        }
    )*};
}

pretrained! {
    BertModel, "BertModel", bare: true;
    BertForMaskedLm, "BertForMaskedLM", bare: false;
    BertForNextSentencePrediction, "BertForNextSentencePrediction", bare: false;
    BertForPreTraining, "BertForPreTraining", bare: false;
}

/// The encoder alone, from the directory of any BERT.
impl Pretrained for Bert {
    type Config = BertConfig;
    const ARCHITECTURE: &'static str = "BertModel";
    const IS_BARE: bool = true;
    const ROOT: &'static str = "bert";
    const LAYOUT: &'static Layout = &BERT_LAYOUT;

    fn from_config(config: &BertConfig, device: &Device, seed: u64) -> Self {
        Self::new(config, &Init::new(device, seed, config.initializer_range))
    }
}
