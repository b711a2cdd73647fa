//! `embert pretrain` as a process: what it writes and what it refuses.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{
    embert, json_lines, refusal,
    runs::{corpus, files, metrics, pretrain},
};
use tempfile::tempdir;

#[test]
fn pretrain_makes_a_directory_that_the_other_commands_open() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let events = json_lines(&mut pretrain(corpus.path(), &out.path().join("run"), &["--json"]));
    assert_eq!(events[0]["event"], "corpus");
    assert_eq!(events[0]["documents"], 40);
    assert_eq!(events.iter().filter(|event| event["event"] == "step").count(), 3);
    assert_eq!(events.last().unwrap()["event"], "finished");

    let run = out.path().join("run");
    let model = run.join("model");
    for file in ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "tokenizer_config.json"] {
        assert!(model.join(file).is_file(), "{file}");
    }
    assert_eq!(files(&run.join("best")), files(&model));
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("[optimizer]"));
    assert!(std::fs::metadata(run.join("events.out.tfevents.0000000000.embert")).unwrap().len() > 500);
    let metrics = metrics(&run);
    let steps: Vec<u64> = metrics.iter().map(|line| line["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [2, 3, 4, 6, 6]);
    let keys = ["loss", "mlm_loss", "nsp_loss", "learning_rate", "gradient_norm", "tokens_per_second"];
    assert!(keys.iter().all(|key| metrics[0][key].is_f64()), "{}", metrics[0]);
    assert!(metrics[1]["valid_loss"].is_f64() && metrics[1]["samples"][0]["text"].is_string(), "{}", metrics[1]);

    let model = model.to_str().unwrap();
    let fills =
        json_lines(&mut embert(&["fill-mask", "--json", "--top-k", "3", "--model", model, "anna has a [MASK]."]));
    assert_eq!(fills[0]["fills"].as_array().unwrap().len(), 3);
    let ids = json_lines(embert(&["tokenize", "--tokenizer", model]).write_stdin("Anna has a key.\n"));
    assert_eq!(ids[0]["tokens"][1], "anna");
    let embeddings = json_lines(embert(&["embed", "--model", model]).write_stdin("Anna has a key.\n\n"));
    assert_eq!(embeddings.len(), 2);
}

#[test]
fn one_seed_gives_the_same_bits_whatever_the_threads() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let file = |name: &str, threads: &str, seed: &str| {
        let run = out.path().join(name);
        pretrain(corpus.path(), &run, &["--quiet", "--threads", threads, "--seed", seed]).assert().success();
        std::fs::read(run.join("model/model.safetensors")).unwrap()
    };
    let first = file("a", "1", "7");
    assert!(first == file("b", "2", "7"), "two threads gave other weights than one");
    assert!(first != file("c", "2", "8"), "another seed gave the same weights");
}

#[test]
fn pretrain_does_not_write_into_a_folder_that_is_not_empty() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    std::fs::write(out.path().join("precious.txt"), "mine").unwrap();
    let (code, message) = refusal(&mut pretrain(corpus.path(), out.path(), &[]));
    assert_eq!(code, 2);
    assert!(message.starts_with(&format!("error: --out {}: it is not empty;", out.path().display())), "{message}");
}

#[test]
fn pretrain_names_what_is_wrong_with_its_settings() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    for (arguments, code, words) in [
        (&["--preset", "bert-huge"][..], 2, "bert-tiny"),
        (&["--steps", "0"], 2, "--steps"),
        (&["--lr=-1"], 2, "--lr"),
        (&["--held-out", "1.5"], 2, "--held-out"),
        (&["--max-length", "4"], 2, "--max-length"),
        (&["--device", "abacus"], 2, "auto, flex, ndarray, wgpu"),
    ] {
        let mut command = embert(&["pretrain", "--vocab-size", "120"]);
        command.args(arguments).arg("--corpus").arg(corpus.path()).arg("--out").arg(&run);
        let (found, message) = refusal(&mut command);
        assert!(message.contains(words), "{arguments:?}: {message}");
        assert_eq!(found, code, "{arguments:?}: {message}");
        assert!(!run.exists(), "{arguments:?}");
    }
    let (code, message) = refusal(&mut pretrain(Path::new("/no/such/corpus"), &run, &[]));
    assert_eq!(code, 1);
    assert!(message.contains("/no/such/corpus"), "{message}");
    assert!(!run.exists());
}

#[test]
fn a_pretrain_that_fails_leaves_its_folder_free_for_the_next() {
    let (corpus, out) = (tempdir().unwrap(), tempdir().unwrap());
    std::fs::write(corpus.path().join("one.txt"), "One document.\nOf two sentences.\n").unwrap();
    let (code, message) = refusal(&mut pretrain(corpus.path(), &out.path().join("run"), &[]));
    assert_eq!(code, 1);
    assert!(message.contains("the corpus has 1 document(s); 4 or more are expected"), "{message}");
    assert!(!out.path().join("run").exists());
}

#[test]
fn four_documents_are_enough() {
    let (corpus, out) = (tempdir().unwrap(), tempdir().unwrap());
    for n in 0..4 {
        let text = format!("Document {n} begins.\nIt goes on.\nAnd on.\nIt ends.\n");
        std::fs::write(corpus.path().join(format!("{n}.txt")), text).unwrap();
    }
    pretrain(corpus.path(), &out.path().join("run"), &["--quiet"]).assert().success();
}

#[test]
fn the_saved_tokenizer_cuts_rows_at_the_models_positions() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    pretrain(corpus.path(), &out.path().join("run"), &["--quiet"]).assert().success();
    let config = std::fs::read_to_string(out.path().join("run/model/tokenizer_config.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&config).unwrap()["model_max_length"], 32);
}

#[test]
fn every_recipe_makes_a_model_of_its_family() {
    let corpus = corpus();
    for (recipe, class) in [
        ("bert", "BertForPreTraining"),
        ("roberta", "RobertaForMaskedLM"),
        ("albert", "AlbertForPreTraining"),
        ("distilbert", "DistilBertForMaskedLM"),
    ] {
        let out = tempdir().unwrap();
        let run = out.path().join("run");
        // A byte-level vocabulary has 256 bytes and its special tokens to begin with.
        let more = ["--quiet", "--recipe", recipe, "--vocab-size", "300"];
        pretrain(corpus.path(), &run, &more).assert().success();
        let config: Value = serde_json::from_slice(&std::fs::read(run.join("model/config.json")).unwrap()).unwrap();
        assert_eq!(config["architectures"][0], class);
        assert_eq!(config["model_type"], recipe);
        assert!(std::fs::read_to_string(run.join("config.toml")).unwrap().contains(&format!("recipe = \"{recipe}\"")));
    }
}

#[test]
fn every_number_is_a_key_of_one_file_and_flags_count_more() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let (file, run) = (out.path().join("mine.toml"), out.path().join("run"));
    let mine = r#"
        recipe = "roberta"
        [optimizer]
        beta_2 = 0.9
        [data.masking]
        probability = 0.3
        [model]
        preset = "bert-base"
        [model.keys]
        hidden_dropout_prob = 0.25
        [run]
        dtype = "bf16"
    "#;
    std::fs::write(&file, mine).unwrap();
    let config = file.to_str().unwrap();
    pretrain(corpus.path(), &run, &["--quiet", "--config", config, "--vocab-size", "300"]).assert().success();
    let resolved = std::fs::read_to_string(run.join("config.toml")).unwrap();
    for line in ["recipe = \"roberta\"", "beta_2 = 0.9", "probability = 0.3", "hidden_dropout_prob = 0.25"] {
        assert!(resolved.contains(line), "{line}: {resolved}");
    }
    assert!(resolved.contains("preset = \"bert-tiny\"") && resolved.contains("dtype = \"bf16\""), "{resolved}");

    // The same file again says nothing else.
    embert(&["pretrain", "--resume", "--config", config, "--preset", "bert-tiny", "--out"])
        .arg(&run)
        .assert()
        .success();

    for (wrong, words) in [
        ("[optimizer]\nbeta_3 = 1.0", "optimizer.beta_3"),
        ("[optimizer]\nbeta_2 = 1.5", "beta_2 is 1.5"),
        ("[optimizer]\nlearning_rate = nan", "the learning rate is NaN"),
        ("[optimizer]\nlearning_rate = 0.0", "the learning rate is 0"),
        ("[model.keys]\nhidden_dropout = 0.1", "model.keys.hidden_dropout"),
        ("[data]\nform = \"sentence-order\"", "bert has no head for sentence-order"),
        ("[run]\ndtype = \"f16\"", "run.dtype"),
    ] {
        std::fs::write(&file, wrong).unwrap();
        let (code, message) = refusal(&mut pretrain(corpus.path(), &out.path().join("no"), &["--config", config]));
        assert!(message.contains(words), "{wrong}: {message}");
        assert_eq!(code, 2, "{wrong}: {message}");
        assert!(!out.path().join("no").exists(), "{wrong}");
    }
}

#[test]
fn a_loss_that_is_no_number_names_its_step_and_keeps_the_last_good_checkpoint() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let (file, run) = (out.path().join("wild.toml"), out.path().join("run"));
    std::fs::write(&file, "[optimizer]\nlearning_rate = 1e30").unwrap();
    let (code, message) = refusal(&mut pretrain(
        corpus.path(),
        &run,
        &["--quiet", "--save-every", "1", "--config", file.to_str().unwrap()],
    ));
    assert_eq!(code, 1);
    assert!(message.contains("of step ") && message.contains("epoch 0, batch "), "{message}");
    let model = std::fs::read(run.join("model/model.safetensors")).unwrap();
    assert!(!files(&run.join("checkpoints")).is_empty() && !model.is_empty());
}

#[test]
fn a_corpus_smaller_than_a_batch_is_an_error_that_counts_and_leaves_nothing() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    let (code, message) = refusal(&mut pretrain(corpus.path(), &run, &["--batch-tokens", "10000000"]));
    assert_eq!(code, 1);
    assert!(message.contains("a step takes 10000000"), "{message}");
    assert!(!run.exists());
}

#[test]
fn a_budget_chooses_the_steps_and_is_kept() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let steps = |flag: &str, value: &str, budget: &str| {
        let run = out.path().join(flag);
        pretrain(corpus.path(), &run, &["--quiet", flag, value]).assert().success();
        let resolved: toml::Table = std::fs::read_to_string(run.join("config.toml")).unwrap().parse().unwrap();
        assert_eq!(resolved["schedule"]["budget"].as_str(), Some(budget));
        resolved["schedule"]["steps"].as_integer().unwrap()
    };
    assert_eq!(steps("--tokens", "2560", "2560 tokens"), 10);
    assert!(steps("--budget", "2s", "2s") > 1);
}

#[test]
fn what_the_model_is_shown_can_be_written_down() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    pretrain(corpus.path(), &run, &["--quiet", "--record-batches", "2"]).assert().success();
    let text = std::fs::read_to_string(run.join("batches.jsonl")).unwrap();
    let batches: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(batches.iter().map(|batch| batch["step"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    let example = &batches[0]["examples"][0];
    assert_eq!(example["input_ids"].as_array().unwrap().len(), example["token_type_ids"].as_array().unwrap().len());
    assert_eq!(
        example["masked_positions"].as_array().unwrap().len(),
        example["masked_labels"].as_array().unwrap().len()
    );
    assert!(example["sentence_pair_label"].is_u64());
}

#[test]
fn f16_does_not_train() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let (code, message) = refusal(&mut pretrain(corpus.path(), &out.path().join("run"), &["--dtype", "f16"]));
    assert_eq!(code, 2);
    assert!(message.contains("bf16 or f32 is expected"), "{message}");
}
