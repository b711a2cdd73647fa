// @generated from xtask/models.toml by `cargo xtask codegen`.

//! Where the parameters stand in Hugging Face's files.

use embert_checkpoint::Layout;

/// Our names and the file's, for the bare model and for each head.
pub static ALBERT_LAYOUT: Layout = Layout {
    base_prefix: "albert.",
    names: &[
        ("base.embeddings.word_embeddings", "albert.embeddings.word_embeddings"),
        ("base.embeddings.position_embeddings", "albert.embeddings.position_embeddings"),
        ("base.embeddings.token_type_embeddings", "albert.embeddings.token_type_embeddings"),
        ("base.embeddings.layer_norm", "albert.embeddings.LayerNorm"),
        ("base.encoder.projection", "albert.encoder.embedding_hidden_mapping_in"),
        (
            "base.encoder.group.{}.layer.{}.attention.query",
            "albert.encoder.albert_layer_groups.{}.albert_layers.{}.attention.query",
        ),
        (
            "base.encoder.group.{}.layer.{}.attention.key",
            "albert.encoder.albert_layer_groups.{}.albert_layers.{}.attention.key",
        ),
        (
            "base.encoder.group.{}.layer.{}.attention.value",
            "albert.encoder.albert_layer_groups.{}.albert_layers.{}.attention.value",
        ),
        (
            "base.encoder.group.{}.layer.{}.attention.output",
            "albert.encoder.albert_layer_groups.{}.albert_layers.{}.attention.dense",
        ),
        (
            "base.encoder.group.{}.layer.{}.attention_norm",
            "albert.encoder.albert_layer_groups.{}.albert_layers.{}.attention.LayerNorm",
        ),
        (
            "base.encoder.group.{}.layer.{}.feed_forward.intermediate",
            "albert.encoder.albert_layer_groups.{}.albert_layers.{}.ffn",
        ),
        (
            "base.encoder.group.{}.layer.{}.feed_forward.output",
            "albert.encoder.albert_layer_groups.{}.albert_layers.{}.ffn_output",
        ),
        (
            "base.encoder.group.{}.layer.{}.output_norm",
            "albert.encoder.albert_layer_groups.{}.albert_layers.{}.full_layer_layer_norm",
        ),
        ("pooler.dense", "albert.pooler"),
        ("predictions.transform", "predictions.dense"),
        ("predictions.transform_norm", "predictions.LayerNorm"),
        ("predictions.decoder", "predictions.decoder"),
        ("predictions", "predictions"),
        ("sentence_pair.classifier", "sop_classifier.classifier"),
        ("sequence_summary.dense", "albert.pooler"),
        ("sequence_classifier", "classifier"),
        ("choice_summary.dense", "albert.pooler"),
        ("choice_classifier", "classifier"),
        ("token_classifier", "classifier"),
        ("qa_outputs", "qa_outputs"),
    ],
    ties: &[
        ("predictions.decoder.weight", "albert.embeddings.word_embeddings.weight"),
        ("predictions.decoder.bias", "predictions.bias"),
    ],
    ignored: &["albert.embeddings.position_ids", "albert.embeddings.token_type_ids"],
};
