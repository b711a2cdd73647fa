// @generated from xtask/models.toml by `cargo xtask codegen`.

//! Where the parameters stand in Hugging Face's files.

use embert_checkpoint::Layout;

/// Our names and the file's, for the bare model and for each head.
pub static BERT_LAYOUT: Layout = Layout {
    base_prefix: "bert.",
    names: &[
        ("base.embeddings.word_embeddings", "bert.embeddings.word_embeddings"),
        ("base.embeddings.position_embeddings", "bert.embeddings.position_embeddings"),
        ("base.embeddings.token_type_embeddings", "bert.embeddings.token_type_embeddings"),
        ("base.embeddings.layer_norm", "bert.embeddings.LayerNorm"),
        ("base.encoder.layer.{}.attention.query", "bert.encoder.layer.{}.attention.self.query"),
        ("base.encoder.layer.{}.attention.key", "bert.encoder.layer.{}.attention.self.key"),
        ("base.encoder.layer.{}.attention.value", "bert.encoder.layer.{}.attention.self.value"),
        ("base.encoder.layer.{}.attention.output", "bert.encoder.layer.{}.attention.output.dense"),
        ("base.encoder.layer.{}.attention_norm", "bert.encoder.layer.{}.attention.output.LayerNorm"),
        ("base.encoder.layer.{}.feed_forward.intermediate", "bert.encoder.layer.{}.intermediate.dense"),
        ("base.encoder.layer.{}.feed_forward.output", "bert.encoder.layer.{}.output.dense"),
        ("base.encoder.layer.{}.output_norm", "bert.encoder.layer.{}.output.LayerNorm"),
        ("pooler.dense", "bert.pooler.dense"),
        ("predictions.transform", "cls.predictions.transform.dense"),
        ("predictions.transform_norm", "cls.predictions.transform.LayerNorm"),
        ("predictions.decoder", "cls.predictions.decoder"),
        ("predictions", "cls.predictions"),
        ("sentence_pair.classifier", "cls.seq_relationship"),
        ("sequence_summary.dense", "bert.pooler.dense"),
        ("sequence_classifier", "classifier"),
        ("choice_summary.dense", "bert.pooler.dense"),
        ("choice_classifier", "classifier"),
        ("token_classifier", "classifier"),
        ("qa_outputs", "qa_outputs"),
    ],
    ties: &[
        ("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
        ("cls.predictions.decoder.bias", "cls.predictions.bias"),
    ],
    ignored: &["bert.embeddings.position_ids", "bert.embeddings.token_type_ids"],
};
