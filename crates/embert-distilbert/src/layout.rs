// @generated from xtask/models.toml by `cargo xtask codegen`.

//! Where the parameters stand in Hugging Face's files.

use embert_checkpoint::Layout;

/// Our names and the file's, for the bare model and for each head.
pub static DISTILBERT_LAYOUT: Layout = Layout {
    base_prefix: "distilbert.",
    names: &[
        ("base.embeddings.word_embeddings", "distilbert.embeddings.word_embeddings"),
        ("base.embeddings.position_embeddings", "distilbert.embeddings.position_embeddings"),
        ("base.embeddings.layer_norm", "distilbert.embeddings.LayerNorm"),
        ("base.encoder.layer.{}.attention.query", "distilbert.transformer.layer.{}.attention.q_lin"),
        ("base.encoder.layer.{}.attention.key", "distilbert.transformer.layer.{}.attention.k_lin"),
        ("base.encoder.layer.{}.attention.value", "distilbert.transformer.layer.{}.attention.v_lin"),
        ("base.encoder.layer.{}.attention.output", "distilbert.transformer.layer.{}.attention.out_lin"),
        ("base.encoder.layer.{}.attention_norm", "distilbert.transformer.layer.{}.sa_layer_norm"),
        ("base.encoder.layer.{}.feed_forward.intermediate", "distilbert.transformer.layer.{}.ffn.lin1"),
        ("base.encoder.layer.{}.feed_forward.output", "distilbert.transformer.layer.{}.ffn.lin2"),
        ("base.encoder.layer.{}.output_norm", "distilbert.transformer.layer.{}.output_layer_norm"),
        ("predictions.transform", "vocab_transform"),
        ("predictions.transform_norm", "vocab_layer_norm"),
        ("predictions.decoder", "vocab_projector"),
        ("predictions", "vocab_projector"),
        ("sequence_summary.dense", "pre_classifier"),
        ("sequence_classifier", "classifier"),
        ("choice_summary.dense", "pre_classifier"),
        ("choice_classifier", "classifier"),
        ("token_classifier", "classifier"),
        ("qa_outputs", "qa_outputs"),
    ],
    ties: &[("vocab_projector.weight", "distilbert.embeddings.word_embeddings.weight")],
    ignored: &["distilbert.embeddings.position_ids"],
};
