//! What the pipelines say is what transformers' say, of the same models and texts (`cargo xtask reference`).

use std::{
    fs::{copy, read_to_string, write},
    path::{Path, PathBuf},
};

use embert::{Answerer, Classifier, Error, FillMask, Passage, Reranker, Similarity, Tagger, ZeroShot};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// Between scores of two programs.
const TOLERANCE: f64 = 2e-6;
const MAX_LENGTH: usize = 32;

fn reference(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(path)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&read_to_string(path).unwrap()).unwrap()
}

/// Puts keys over those of a JSON file.
fn change(path: &Path, to: &Path, over: &Map<String, Value>) {
    let mut keys = json(path);
    keys.as_object_mut().unwrap().extend(over.clone());
    write(to, keys.to_string()).unwrap();
}

/// A model's directory as a case has it.
fn directory(case: &Value) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let folder = |key: &str| reference("models").join(case[key].as_str().unwrap());
    let (model, tokenizer) = (folder("model"), folder("tokenizer"));
    copy(model.join("model.safetensors"), dir.path().join("model.safetensors")).unwrap();
    copy(tokenizer.join("tokenizer.json"), dir.path().join("tokenizer.json")).unwrap();
    change(&model.join("config.json"), &dir.path().join("config.json"), case["config"].as_object().unwrap());
    let limit = [("model_max_length".to_owned(), MAX_LENGTH.into())].into_iter().collect();
    change(&tokenizer.join("tokenizer_config.json"), &dir.path().join("tokenizer_config.json"), &limit);
    dir
}

fn cases(name: &str) -> Vec<Value> {
    let Value::Array(cases) = json(&reference("pipelines").join(name)) else { panic!("{name}") };
    cases
}

/// Labels with scores, in their order.
fn assert_scores(found: &[(String, f32)], expected: &Value, of: &str) {
    let expected: Vec<(&str, f64)> = expected
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["label"].as_str().unwrap(), it["score"].as_f64().unwrap()))
        .collect();
    assert_eq!(found.len(), expected.len(), "{of}");
    for ((label, score), (expected_label, expected_score)) in found.iter().zip(expected) {
        assert_eq!(label, expected_label, "{of}");
        assert!((f64::from(*score) - expected_score).abs() < TOLERANCE, "{of}: {score} {expected_score}");
    }
}

#[test]
fn texts_and_pairs_are_classified_as_by_transformers() {
    for case in cases("classify.json") {
        let dir = directory(&case);
        let classifier = Classifier::from_pretrained(&dir).unwrap();
        assert!(classifier.warnings().is_empty(), "{:?}", classifier.warnings());
        let texts: Vec<Passage> = case["texts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|texts| match (texts[0].as_str().unwrap(), texts.get(1).and_then(Value::as_str)) {
                (text, None) => text.into(),
                (text, Some(pair)) => (text, pair).into(),
            })
            .collect();
        let found = classifier.classify(&texts).unwrap();
        for ((found, expected), text) in found.iter().zip(case["expected"].as_array().unwrap()).zip(&texts) {
            let found: Vec<(String, f32)> = found.iter().map(|it| (it.label.clone(), it.score)).collect();
            assert_scores(&found, expected, &format!("{} {text:?}", case["model"]));
        }
        assert!(classifier.cut() > 0);
    }
}

#[test]
fn entities_are_those_of_transformers_in_each_aggregation() {
    for case in cases("tag.json") {
        let dir = directory(&case);
        let aggregation = case["aggregation"].as_str().unwrap().parse().unwrap();
        let tagger = Tagger::builder(&dir).aggregation(aggregation).open().unwrap();
        let texts: Vec<&str> = case["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        let found = tagger.tag(&texts).unwrap();
        for ((found, expected), text) in found.iter().zip(case["expected"].as_array().unwrap()).zip(texts) {
            let of = format!("{} {aggregation:?} {text:?}", case["model"]);
            let places = |key: &str| -> Vec<u64> {
                expected.as_array().unwrap().iter().map(|it| it[key].as_u64().unwrap()).collect()
            };
            assert_eq!(found.iter().map(|it| it.start as u64).collect::<Vec<_>>(), places("start"), "{of}");
            assert_eq!(found.iter().map(|it| it.end as u64).collect::<Vec<_>>(), places("end"), "{of}");
            for it in found {
                assert_eq!(it.text, text.chars().skip(it.start).take(it.end - it.start).collect::<String>(), "{of}");
            }
            let found: Vec<(String, f32)> = found.iter().map(|it| (it.label.clone(), it.score)).collect();
            assert_scores(&found, expected, &of);
        }
    }
}

#[test]
fn a_text_that_is_too_long_is_refused_by_its_number_where_nothing_may_be_cut() {
    let dir = directory(&cases("classify.json")[0]);
    let classifier = Classifier::builder(&dir).no_truncate(true).open().unwrap();
    let long = "the ".repeat(40);
    let mut told = Vec::new();
    let outcome = classifier.each(["a", "b", &long, "c"].map(Ok), |labels| {
        told.push(labels);
        Ok::<_, Error>(())
    });
    assert_eq!(outcome.unwrap_err().to_string(), "text 3: the text is 42 tokens long; 32 are expected at most");
    assert_eq!(told.len(), 2);
}

#[test]
fn answers_are_those_of_transformers() {
    for case in cases("answer.json") {
        let dir = directory(&case);
        let may_be_none = case["may_be_none"].as_bool().unwrap();
        let answerer = Answerer::builder(&dir).top_k(3).may_be_none(may_be_none).open().unwrap();
        let questions: Vec<(&str, &str)> = case["questions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|asked| (asked[0].as_str().unwrap(), asked[1].as_str().unwrap()))
            .collect();
        let found = answerer.answer(&questions).unwrap();
        for ((found, expected), asked) in found.iter().zip(case["expected"].as_array().unwrap()).zip(questions) {
            let of = format!("{} {may_be_none} {asked:?}", case["model"]);
            let (found, expected) = (&found.answers, expected.as_array().unwrap());
            assert_eq!(found.len(), expected.len(), "{of}");
            for (found, expected) in found.iter().zip(expected) {
                assert_eq!(found.text, expected["text"].as_str().unwrap(), "{of}");
                let place = [found.start, found.end].map(|place| place as u64);
                assert_eq!(place, ["start", "end"].map(|key| expected[key].as_u64().unwrap()), "{of}");
                assert!((f64::from(found.score) - expected["score"].as_f64().unwrap()).abs() < 1e-5, "{of}");
            }
        }
    }
}

#[test]
fn a_word_that_stands_at_the_edge_of_a_window_comes_back_whole() {
    let case = &cases("tag.json")[0];
    let dir = directory(case);
    let tagger = Tagger::from_pretrained(&dir).unwrap();
    let text = "unbelievably antidisestablishmentarianism ".repeat(20);
    let found = tagger.tag(&[&text]).unwrap().remove(0);
    assert!(!found.is_empty());
    for it in found {
        let is_edge = |place: usize| place == 0 || text.as_bytes().get(place - 1).is_none_or(|byte| *byte == b' ');
        assert!(is_edge(it.start) && (it.end == text.len() || text.as_bytes()[it.end] == b' '), "{it:?}");
    }
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn masks_are_filled_in_as_by_transformers() {
    for case in cases("fill_mask.json") {
        let dir = directory(&case);
        let fill_mask = FillMask::from_pretrained(&dir).unwrap();
        let texts = strings(&case["texts"]);
        let found = fill_mask.fill(&texts).unwrap();
        for ((found, expected), text) in found.iter().zip(case["expected"].as_array().unwrap()).zip(texts) {
            let of = format!("{} {text:?}", case["model"]);
            assert_eq!(found.len(), expected.as_array().unwrap().len(), "{of}");
            for (mask, expected) in found.iter().zip(expected.as_array().unwrap()) {
                assert_eq!(mask.fills.len(), 5, "{of}");
                for (fill, expected) in mask.fills.iter().zip(expected.as_array().unwrap()) {
                    assert_eq!(fill.token, expected["token"].as_str().unwrap(), "{of}");
                    assert!((f64::from(fill.score) - expected["score"].as_f64().unwrap()).abs() < TOLERANCE, "{of}");
                }
            }
        }
        assert_eq!(fill_mask.cut(), 2);
    }
}

#[test]
fn labels_of_ones_own_are_scored_as_by_transformers() {
    for case in cases("zero_shot.json") {
        let dir = directory(&case);
        let (template, multi_label) = (case["template"].as_str().unwrap(), case["multi_label"].as_bool().unwrap());
        let zero_shot = ZeroShot::builder(&dir).template(template).multi_label(multi_label).open().unwrap();
        let (texts, labels) = (strings(&case["texts"]), strings(&case["labels"]));
        let found = zero_shot.classify(&texts, &labels).unwrap();
        assert!((1..=texts.len()).contains(&zero_shot.cut()), "a text is one, whatever the labels");
        for ((found, expected), text) in found.iter().zip(case["expected"].as_array().unwrap()).zip(texts) {
            let found: Vec<(String, f32)> = found.iter().map(|it| (it.label.clone(), it.score)).collect();
            assert_scores(&found, expected, &format!("{} {template} {multi_label} {text:?}", case["model"]));
        }
    }
}

/// Places with scores, in their order.
fn assert_places(found: impl ExactSizeIterator<Item = (usize, f32)>, expected: &Value, tolerance: f64, of: &str) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.len(), expected.len(), "{of}");
    for ((index, score), expected) in found.zip(expected) {
        assert_eq!(index as u64, expected["corpus_id"].as_u64().unwrap(), "{of}");
        let distance = (f64::from(score) - expected["score"].as_f64().unwrap()).abs();
        assert!(distance < tolerance, "{of}: {score} {expected}");
    }
}

#[test]
fn texts_are_ranked_as_by_a_cross_encoder_of_sentence_transformers() {
    for case in cases("rerank.json") {
        let dir = directory(&case);
        let reranker = Reranker::from_pretrained(&dir).unwrap();
        for (asked, expected) in case["queries"].as_array().unwrap().iter().zip(case["expected"].as_array().unwrap()) {
            let (query, texts) = (asked[0].as_str().unwrap(), strings(&asked[1]));
            let ranked = reranker.rank(query, &texts).unwrap();
            let of = format!("{} {} {query:?}", case["model"], case["config"]);
            assert_places(ranked.iter().map(|it| (it.index, it.score)), expected, 1e-5, &of);
        }
    }
}

#[test]
fn vectors_are_compared_as_by_sentence_transformers() {
    let cases = json(&reference("pipelines/similarity.json"));
    let vectors = |list: &Value| -> Vec<Vec<f32>> {
        let vector = |vector: &Value| vector.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
        list.as_array().unwrap().iter().map(vector).collect()
    };
    for case in cases["matrices"].as_array().unwrap() {
        let by: Similarity = case["function"].as_str().unwrap().parse().unwrap();
        let these = vectors(&case["vectors"]);
        let (found, expected) = (by.scores(&these, &these), vectors(&case["expected"]));
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 1e-5, "{by:?} {found} {expected}");
        }
    }
    for case in cases["searches"].as_array().unwrap() {
        let by: Similarity = case["function"].as_str().unwrap().parse().unwrap();
        let k = case["top_k"].as_u64().unwrap() as usize;
        let found = by.nearest(&vectors(&case["queries"]), &vectors(&case["corpus"]), k);
        for (found, expected) in found.iter().zip(case["expected"].as_array().unwrap()) {
            assert_places(found.iter().map(|it| (it.index, it.score)), expected, 1e-5, &format!("{by:?} {k}"));
        }
    }
}

#[test]
fn a_head_that_has_the_name_of_another_is_not_taken_for_it() {
    let of = |model: &str| {
        let case = serde_json::json!({ "model": model, "tokenizer": "bert_masked_lm", "config": {} });
        directory(&case)
    };
    let classifier = of("bert_sequence_classification_single");
    let message = Tagger::from_pretrained(&classifier).unwrap_err().to_string();
    let expected = "it is a BertForSequenceClassification; a BertForTokenClassification is expected";
    assert!(message.contains(expected), "{message}");
    let message = Reranker::from_pretrained(&classifier).unwrap_err().to_string();
    assert!(message.contains("config.json: num_labels is 3; 1 is expected"), "{message}");
}

#[test]
fn a_model_that_is_none_of_inference_is_warned_of() {
    let dir = directory(&cases("classify.json")[0]);
    let zero_shot = ZeroShot::from_pretrained(&dir).unwrap();
    assert!(zero_shot.warnings()[0].contains("is called entailment"), "{:?}", zero_shot.warnings());
    let refused = zero_shot.classify(&["a"], &[""; 0]).unwrap_err().to_string();
    assert!(refused.contains("text 1: labels: there is none"), "{refused}");
    for template in ["no place", "{} and {}"] {
        let refused = ZeroShot::builder(&dir).template(template).open().unwrap_err().to_string();
        assert!(refused.contains("one {} for the label"), "{refused}");
    }
}

#[test]
fn a_model_without_the_head_is_refused() {
    let case = serde_json::json!({ "model": "bert_masked_lm", "tokenizer": "bert_masked_lm", "config": {} });
    let dir = directory(&case);
    let refused = [
        Classifier::from_pretrained(&dir).unwrap_err().to_string(),
        Tagger::from_pretrained(&dir).unwrap_err().to_string(),
        Answerer::from_pretrained(&dir).unwrap_err().to_string(),
    ];
    for message in refused {
        assert!(message.contains("model.safetensors: the model has no head for that"), "{message}");
    }
}
