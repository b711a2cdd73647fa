//! The README's code does what it says, with small models under the names that it asks for.
#![cfg(feature = "hub")]

use std::{
    fs::{copy, create_dir_all, read_to_string, write},
    path::Path,
    process::Command,
};

mod by_name {
    use embert::{Classifier, Embedder};

    fn main() -> Result<(), embert::Error> {
        let embedder = Embedder::from_pretrained("sentence-transformers/all-MiniLM-L6-v2")?;
        let vectors = embedder.embed(&["a cat on a mat", "a dog on a log"])?;
        println!("{} vectors, alike: {:.3}", vectors.len(), embedder.similarity().scores(&vectors, &vectors)[0][1]);

        let classifier = Classifier::builder("distilbert/distilbert-base-uncased-finetuned-sst-2-english").open()?;
        for labels in classifier.stream(["a joy", "a bore"].map(Ok::<_, embert::Error>)) {
            println!("{:?}", labels?.first());
        }
        Ok(())
    }

    pub(super) fn run() {
        main().unwrap();
    }
}

/// A model of the reference as the hub's cache would have it under that name.
fn keep(cache: &Path, name: &str, model: &str) {
    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
    let repository = cache.join(format!("hub/models--{}", name.replace('/', "--")));
    let snapshot = repository.join("snapshots").join(COMMIT);
    create_dir_all(&snapshot).unwrap();
    create_dir_all(repository.join("refs")).unwrap();
    write(repository.join("refs/main"), COMMIT).unwrap();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/models");
    for file in ["config.json", "model.safetensors"] {
        copy(models.join(model).join(file), snapshot.join(file)).unwrap();
    }
    for file in ["tokenizer.json", "tokenizer_config.json"] {
        copy(models.join("distilbert_masked_lm").join(file), snapshot.join(file)).unwrap();
    }
}

#[test]
fn the_example_is_that_of_the_readme() {
    let readme = read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let (_, code) = readme.split_once("```rust,no_run\n").unwrap();
    let (code, _) = code.split_once("```").unwrap();
    let indented = code.replace('\n', "\n    ").replace("\n    \n", "\n\n");
    assert!(include_str!("readme.rs").contains(indented.trim_end()));
}

#[test]
fn the_example_runs() {
    if std::env::var_os("HF_HUB_OFFLINE").is_some() {
        by_name::run();
        return;
    }
    // A process has the variables that it began with.
    let home = tempfile::tempdir().unwrap();
    keep(home.path(), "sentence-transformers/all-MiniLM-L6-v2", "distilbert_model");
    let classifier = "distilbert_sequence_classification_single";
    keep(home.path(), "distilbert/distilbert-base-uncased-finetuned-sst-2-english", classifier);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["the_example_runs", "--nocapture"])
        .env("HF_HOME", home.path())
        .env("HF_HUB_OFFLINE", "1")
        .env_remove("HF_HUB_CACHE")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("2 vectors, alike: ") && told.matches("Scored").count() == 2, "{told}");
}
