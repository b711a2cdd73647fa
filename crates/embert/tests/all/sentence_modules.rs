//! A sentence-transformers directory whose modules do not fit together is refused when it is opened.

use std::path::Path;

use embert::{
    DeviceChoice, Embedder, SentencePipeline,
    checkpoint::{NamedTensor, Values, write_tensors},
};
use serde_json::json;
use tempfile::{TempDir, tempdir};

/// The reference model of width 32, with these modules after it.
fn directory(modules: &[&str]) -> TempDir {
    let dir = tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/models/bert_model");
    for file in ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"] {
        std::fs::copy(from.join(file), dir.path().join(file)).unwrap();
    }
    let entry = |(index, name): (usize, &&str)| {
        let path = if *name == "Transformer" { String::new() } else { format!("{index}_{name}") };
        json!({ "idx": index, "name": index.to_string(), "path": path, "type": format!("sentence_transformers.models.{name}") })
    };
    let modules: Vec<_> = modules.iter().enumerate().map(entry).collect();
    std::fs::write(dir.path().join("modules.json"), json!(modules).to_string()).unwrap();
    std::fs::create_dir_all(dir.path().join("1_Pooling")).unwrap();
    let pooling = json!({ "word_embedding_dimension": 32, "pooling_mode_mean_tokens": true });
    std::fs::write(dir.path().join("1_Pooling/config.json"), pooling.to_string()).unwrap();
    dir
}

fn add_dense(dir: &TempDir, in_features: usize, out_features: usize) {
    let folder = dir.path().join("2_Dense");
    std::fs::create_dir_all(&folder).unwrap();
    let config = json!({
        "in_features": in_features, "out_features": out_features, "bias": false,
        "activation_function": "torch.nn.modules.linear.Identity",
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let weight = NamedTensor {
        name: "linear.weight".into(),
        shape: vec![out_features, in_features],
        values: Values::Float(vec![0.5; in_features * out_features]),
    };
    write_tensors(&folder.join("model.safetensors"), &[weight]).unwrap();
}

fn open(dir: &TempDir) -> Result<Embedder, String> {
    Embedder::from_pretrained(dir).map_err(|error| error.to_string())
}

#[test]
fn a_dense_module_maps_the_pooled_vector() {
    let dir = directory(&["Transformer", "Pooling", "Dense"]);
    add_dense(&dir, 32, 5);
    let embedder = open(&dir).unwrap();
    assert_eq!(embedder.dimension(), 5);
    let vectors = embedder.embed(&["one text", "another text"]).unwrap();
    assert!(vectors.iter().all(|vector| vector.len() == 5));
}

#[test]
fn a_dense_module_of_another_width_is_refused() {
    for in_features in [16, 64] {
        let dir = directory(&["Transformer", "Pooling", "Dense"]);
        add_dense(&dir, in_features, 4);
        let message = open(&dir).unwrap_err();
        assert!(message.contains(&format!("reads vectors of {in_features}, and is given 32")), "{message}");
    }
}

#[test]
fn a_module_that_is_not_known_is_refused_by_name() {
    let message = open(&directory(&["Transformer", "Pooling", "CNN"])).unwrap_err();
    assert!(message.contains("modules.json") && message.contains("CNN"), "{message}");
}

#[test]
fn the_default_prompt_goes_before_every_text() {
    let dir = directory(&["Transformer", "Pooling"]);
    let plain = open(&dir).unwrap().embed(&["query: one text"]).unwrap();
    let config = json!({ "prompts": { "query": "query: " }, "default_prompt_name": "query" });
    std::fs::write(dir.path().join("config_sentence_transformers.json"), config.to_string()).unwrap();
    assert_eq!(open(&dir).unwrap().embed(&["one text"]).unwrap(), plain);
}

#[test]
fn vectors_have_length_1_where_that_is_asked_for_and_not_where_it_is_not() {
    for (modules, own) in [(&["Transformer", "Pooling"][..], false), (&["Transformer", "Pooling", "Normalize"], true)] {
        let dir = directory(modules);
        let is_1 = |embedder: Embedder| {
            let vector = embedder.embed(&["one text"]).unwrap().remove(0);
            (vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5
        };
        assert_eq!(is_1(open(&dir).unwrap()), own);
        assert!(is_1(Embedder::builder(&dir).normalize(true).open().unwrap()));
        assert!(!is_1(Embedder::builder(&dir).normalize(false).open().unwrap()));
    }
}

#[test]
fn pooling_that_leaves_the_prompt_out_is_refused() {
    let dir = directory(&["Transformer", "Pooling"]);
    let pooling = json!({ "pooling_mode": "mean", "include_prompt": false });
    std::fs::write(dir.path().join("1_Pooling/config.json"), pooling.to_string()).unwrap();
    open(&dir).unwrap();
    let message = Embedder::builder(&dir).prompt("query: ").open().unwrap_err().to_string();
    assert!(message.contains("modules.json: include_prompt of its pooling is false"), "{message}");
}

#[test]
fn another_prompt_is_chosen_by_its_name_or_given() {
    let dir = directory(&["Transformer", "Pooling"]);
    let config = json!({ "prompts": { "query": "query: ", "text": "text: " }, "default_prompt_name": "text" });
    std::fs::write(dir.path().join("config_sentence_transformers.json"), config.to_string()).unwrap();
    let named = Embedder::builder(&dir).prompt_name("query").open().unwrap().embed(&["one text"]).unwrap();
    let given = Embedder::builder(&dir).prompt("query: ").open().unwrap().embed(&["one text"]).unwrap();
    let without = Embedder::builder(&dir).prompt("").open().unwrap().embed(&["query: one text"]).unwrap();
    assert_eq!((&named, &named), (&given, &without));
    assert_ne!(named, open(&dir).unwrap().embed(&["one text"]).unwrap());
    let message = Embedder::builder(&dir).prompt_name("passage").open().unwrap_err().to_string();
    assert!(message.contains("config_sentence_transformers.json: \"passage\" is no prompt; query, text"), "{message}");
}

#[test]
fn a_pipeline_that_is_saved_beside_a_model_gives_the_same_vectors() {
    let dir = directory(&["Transformer", "Pooling", "Dense", "Normalize"]);
    let pooling = json!({ "pooling_mode": ["weightedmean", "cls"] });
    std::fs::write(dir.path().join("1_Pooling/config.json"), pooling.to_string()).unwrap();
    add_dense(&dir, 64, 5);
    let prompts = json!({ "prompts": { "query": "query: ", "none": null }, "default_prompt_name": "query" });
    std::fs::write(dir.path().join("config_sentence_transformers.json"), prompts.to_string()).unwrap();
    std::fs::write(dir.path().join("sentence_bert_config.json"), json!({ "max_seq_length": 7 }).to_string()).unwrap();

    let copy = directory(&["Transformer", "Pooling"]);
    let pipeline = SentencePipeline::open(dir.path(), &DeviceChoice::Auto.open().unwrap()).unwrap();
    pipeline.save(copy.path(), 32).unwrap();
    let texts = ["one text", "another text, which is longer than seven tokens"];
    let [before, after] = [&dir, &copy].map(|dir| open(dir).unwrap().embed(&texts).unwrap());
    assert_eq!(before, after);
}

#[test]
fn a_model_without_modules_is_saved_with_those_that_it_is_run_with() {
    let dir = directory(&[]);
    std::fs::remove_file(dir.path().join("modules.json")).unwrap();
    let before = open(&dir).unwrap().embed(&["one text"]).unwrap();
    let device = DeviceChoice::Auto.open().unwrap();
    SentencePipeline::open(dir.path(), &device).unwrap().save(dir.path(), 32).unwrap();
    assert!(dir.path().join("modules.json").is_file());
    assert_eq!(open(&dir).unwrap().embed(&["one text"]).unwrap(), before);
}
