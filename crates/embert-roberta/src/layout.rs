// @generated from xtask/models.toml by `cargo xtask codegen`.

//! Where the parameters stand in Hugging Face's files.

use embert_checkpoint::Layout;

/// Our names and the file's, for the bare model and for each head.
pub static ROBERTA_LAYOUT: Layout = Layout {
    base_prefix: "roberta.",
    names: &[
        ("base.embeddings.word_embeddings", "roberta.embeddings.word_embeddings"),
        ("base.embeddings.position_embeddings", "roberta.embeddings.position_embeddings"),
        ("base.embeddings.token_type_embeddings", "roberta.embeddings.token_type_embeddings"),
        ("base.embeddings.layer_norm", "roberta.embeddings.LayerNorm"),
        ("base.encoder.layer.{}.attention.query", "roberta.encoder.layer.{}.attention.self.query"),
        ("base.encoder.layer.{}.attention.key", "roberta.encoder.layer.{}.attention.self.key"),
        ("base.encoder.layer.{}.attention.value", "roberta.encoder.layer.{}.attention.self.value"),
        ("base.encoder.layer.{}.attention.output", "roberta.encoder.layer.{}.attention.output.dense"),
        ("base.encoder.layer.{}.attention_norm", "roberta.encoder.layer.{}.attention.output.LayerNorm"),
        ("base.encoder.layer.{}.feed_forward.intermediate", "roberta.encoder.layer.{}.intermediate.dense"),
        ("base.encoder.layer.{}.feed_forward.output", "roberta.encoder.layer.{}.output.dense"),
        ("base.encoder.layer.{}.output_norm", "roberta.encoder.layer.{}.output.LayerNorm"),
        ("pooler.dense", "roberta.pooler.dense"),
        ("predictions.transform", "lm_head.dense"),
        ("predictions.transform_norm", "lm_head.layer_norm"),
        ("predictions.decoder", "lm_head.decoder"),
        ("predictions", "lm_head"),
        ("sequence_summary.dense", "classifier.dense"),
        ("sequence_classifier", "classifier.out_proj"),
        ("choice_summary.dense", "roberta.pooler.dense"),
        ("choice_classifier", "classifier"),
        ("token_classifier", "classifier"),
        ("qa_outputs", "qa_outputs"),
    ],
    ties: &[
        ("lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight"),
        ("lm_head.decoder.bias", "lm_head.bias"),
    ],
    ignored: &["roberta.embeddings.position_ids", "roberta.embeddings.token_type_ids"],
};
