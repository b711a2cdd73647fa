//! The metrics of fine-tuning against the libraries that papers quote: `xtask/metrics/cases.py` asks them.

use std::path::Path;

use embert_train::metrics::{
    Answered, Counts, EntityCounts, LabelCounts, Metrics, accuracy, binary_f1, is_bio, macro_f1, matthews_correlation,
    mean_squared_error, normalize_answer, pearson, spearman, squad, squad_v2, token_accuracy,
};
use serde_json::{Map, Value, json};

/// The cases of a kind; `EMBERT_METRICS_CASES` names another file of them.
fn cases(kind: &str) -> Vec<Value> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/metrics/cases.json");
    let path = std::env::var_os("EMBERT_METRICS_CASES").map_or(committed, Into::into);
    let mut cases: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases: Vec<Value> = serde_json::from_value(cases.remove(kind).unwrap()).unwrap();
    assert!(!cases.is_empty());
    cases
}

/// Compares a figure; `null` stands for what is not finite.
fn check_within(tolerance: f64, case: &Value, name: &str, got: f64) {
    let is_close = match case[name].as_f64() {
        Some(expected) => (got - expected).abs() <= tolerance * expected.abs().max(1.0),
        None => case[name].is_null() && case.get(name).is_some() && !got.is_finite(),
    };
    assert!(is_close, "{name} is {got}: {case}");
}

fn check(case: &Value, name: &str, got: f64) {
    check_within(1e-9, case, name, got);
}

fn of<T: serde::de::DeserializeOwned>(case: &Value, key: &str) -> T {
    serde_json::from_value(case[key].clone()).unwrap()
}

#[test]
fn classes_are_as_scikit_learn_has_them() {
    for case in cases("classes") {
        let (predicted, truth): (Vec<u32>, Vec<u32>) = (of(&case, "predicted"), of(&case, "truth"));
        let is_binary = !case["f1"].is_null();
        if is_binary {
            check(&case, "f1", binary_f1(&predicted, &truth));
        }
        let metrics = Metrics::of_classes(&predicted, &truth, if is_binary { 2 } else { 3 });
        assert_eq!(metrics.iter().count(), if is_binary { 4 } else { 3 });
        metrics.iter().for_each(|(name, got)| check(&case, name, got));
    }
}

#[test]
fn labels_are_as_scikit_learn_has_them() {
    let rows = |case: &Value, key: &str| -> Vec<Vec<bool>> {
        let rows: Vec<String> = of(case, key);
        rows.iter().map(|row| row.chars().map(|label| label == '1').collect()).collect()
    };
    for case in cases("labels") {
        let counts = LabelCounts::of(&rows(&case, "predicted"), &rows(&case, "truth"));
        check(&case, "micro_f1", counts.micro_f1());
        check(&case, "macro_f1", counts.macro_f1());
        check(&case, "exact_match", counts.exact_match());
    }
}

#[test]
fn numbers_are_as_scipy_has_them() {
    for case in cases("numbers") {
        if of(&case, "f32") {
            let (predicted, truth): (Vec<f32>, Vec<f32>) = (of(&case, "predicted"), of(&case, "truth"));
            check_within(1e-6, &case, "pearson", pearson(&predicted, &truth));
            check_within(1e-6, &case, "spearman", spearman(&predicted, &truth));
            check_within(1e-6, &case, "mean_squared_error", mean_squared_error(&predicted, &truth));
        } else {
            let (predicted, truth): (Vec<f64>, Vec<f64>) = (of(&case, "predicted"), of(&case, "truth"));
            check(&case, "pearson", pearson(&predicted, &truth));
            check(&case, "spearman", spearman(&predicted, &truth));
            check(&case, "mean_squared_error", mean_squared_error(&predicted, &truth));
        }
    }
}

fn sentences(rows: &[&str]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.split(' ').map(Into::into).collect()).collect()
}

#[test]
fn entities_are_as_seqeval_has_them() {
    for case in cases("tags") {
        let rows = |key: &str| sentences(&of::<Vec<String>>(&case, key).iter().map(String::as_str).collect::<Vec<_>>());
        let (predicted, truth) = (rows("predicted"), rows("truth"));
        let metrics = Metrics::of_tags(&predicted, &truth);
        assert_eq!(metrics.iter().count(), 4);
        metrics.iter().for_each(|(name, got)| check(&case, name, got));
        let expected: Map<String, Value> = of(&case, "types");
        let types = EntityCounts::of(&predicted, &truth).types;
        assert_eq!(types.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{case}");
        for (kind, counts) in types {
            let [precision, recall, f1, actual]: [f64; 4] = of(&case["types"], &kind);
            let expected = json!({"precision": precision, "recall": recall, "f1": f1, "actual": actual});
            check(&expected, "precision", counts.precision());
            check(&expected, "recall", counts.recall());
            check(&expected, "f1", counts.f1());
            check(&expected, "actual", counts.actual as f64);
        }
    }
}

#[test]
fn answers_are_normalised_as_squads_script_does() {
    for case in cases("normalized") {
        let [answer, expected]: [String; 2] = serde_json::from_value(case).unwrap();
        assert_eq!(normalize_answer(&answer), expected, "{answer:?}");
    }
}

#[test]
fn answers_are_as_squads_scripts_have_them() {
    for case in cases("answers") {
        let (predicted, truths): (Vec<String>, Vec<Vec<String>>) = (of(&case, "predicted"), of(&case, "truths"));
        let pairs = predicted.iter().zip(&truths);
        let questions: Vec<Answered> = pairs.map(|(predicted, truths)| Answered { predicted, truths }).collect();
        let check_all = |version: &str, metrics: Metrics| {
            let expected: Map<String, Value> = of(&case, version);
            assert!(metrics.iter().map(|(name, _)| name).eq(expected.keys()), "{metrics:?}: {case}");
            metrics.iter().for_each(|(name, got)| check(&case[version], name, got));
        };
        if !case["squad"].is_null() {
            check_all("squad", squad(&questions));
        }
        check_all("squad_v2", squad_v2(&questions));
    }
}

#[test]
fn f1_of_two_classes_is_that_of_class_1() {
    assert_eq!(binary_f1(&[1, 1, 0, 0], &[1, 0, 0, 0]), 2.0 / 3.0);
    assert_eq!(binary_f1(&[0, 0], &[0, 0]), 0.0);
}

#[test]
fn a_label_that_is_nowhere_lowers_the_mean_of_labels_but_a_class_does_not() {
    assert_eq!(macro_f1(&[0, 2], &[0, 2]), 1.0);
    let rows = [vec![true, false]];
    assert_eq!(LabelCounts::of(&rows, &rows).macro_f1(), 0.5);
    assert_eq!(LabelCounts::of(&rows, &rows).micro_f1(), 1.0);
}

#[test]
fn what_is_the_same_throughout_has_no_correlation() {
    assert_eq!(matthews_correlation(&[1, 1, 1], &[0, 1, 2]), 0.0);
    // Whose mean is rounded.
    assert!(pearson(&[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0]).is_nan());
    assert!(spearman(&[1.0, 2.0, 3.0], &[0.1, 0.1, 0.1]).is_nan());
}

#[test]
fn two_points_are_on_a_line() {
    // To the last bit, which their distances from the mean are not exact to.
    assert_eq!(pearson(&[1.0, 2.0], &[3.0, 5.0]), 1.0);
    assert_eq!(pearson(&[1.0, 2.0], &[5.0, 3.0]), -1.0);
}

#[test]
fn equal_numbers_share_their_ranks() {
    assert_eq!(spearman(&[1.0, 1.0, 2.0], &[5.0, 5.0, 9.0]), 1.0);
    assert_eq!(spearman(&[0.0, -0.0, 1.0], &[5.0, 5.0, 9.0]), 1.0);
}

#[test]
fn nan_has_no_rank() {
    assert!(spearman(&[1.0, f64::NAN, 2.0], &[1.0, 2.0, 3.0]).is_nan());
    assert!(pearson(&[1.0, f64::NAN, 2.0], &[1.0, 2.0, 3.0]).is_nan());
}

#[test]
fn the_share_of_nothing_is_nan_and_its_f1_is_0() {
    assert!(accuracy(&[], &[]).is_nan());
    assert!(macro_f1(&[], &[]).is_nan());
    assert_eq!(binary_f1(&[], &[]), 0.0);
    assert_eq!(matthews_correlation(&[], &[]), 0.0);
    assert!(LabelCounts::of(&[], &[]).exact_match().is_nan());
    assert!(mean_squared_error::<f32>(&[], &[]).is_nan());
    assert!(token_accuracy::<&str>(&[], &[]).is_nan());
    assert_eq!(EntityCounts::of::<&str>(&[], &[]).all().f1(), 0.0);
    assert!(squad(&[]).get("f1").unwrap().is_nan());
    assert_eq!(squad_v2(&[]).get("total"), Some(0.0));
}

#[test]
fn what_has_no_partner_is_left_out() {
    assert_eq!(accuracy(&[1, 2, 3], &[1]), 1.0);
    let (long, short) = (sentences(&["B-PER I-PER I-PER", "B-LOC"]), sentences(&["B-PER I-PER"]));
    assert_eq!(EntityCounts::of(&long, &short).all(), Counts { right: 1, predicted: 1, actual: 1 });
}

#[test]
fn an_entity_begins_inside_where_none_went_before() {
    let counts = |predicted: &str, truth: &str| EntityCounts::of(&sentences(&[predicted]), &sentences(&[truth])).all();
    assert_eq!(counts("I-PER I-PER O", "B-PER I-PER O"), Counts { right: 1, predicted: 1, actual: 1 });
    assert_eq!(counts("B-PER I-LOC", "B-PER B-LOC"), Counts { right: 2, predicted: 2, actual: 2 });
    assert_eq!(counts("B-PER B-PER", "B-PER I-PER"), Counts { right: 0, predicted: 2, actual: 1 });
}

#[test]
fn an_entity_ends_with_its_sentence() {
    let counts = EntityCounts::of(&sentences(&["B-PER", "I-PER"]), &sentences(&["B-PER", "B-PER"])).all();
    assert_eq!(counts, Counts { right: 2, predicted: 2, actual: 2 });
}

#[test]
fn an_empty_tag_is_outside() {
    let tags = [vec!["", "B-PER", ""]];
    assert_eq!(EntityCounts::of(&tags, &tags).all(), Counts { right: 1, predicted: 1, actual: 1 });
}

#[test]
fn labels_are_bio_if_some_begin_with_b_or_i_and_the_rest_is_o() {
    assert!(is_bio(&["O", "B-PER", "I-PER"]));
    assert!(is_bio(&["I-PER"]));
    assert!(!is_bio(&["O"]));
    assert!(!is_bio::<&str>(&[]));
    assert!(!is_bio(&["O", "B-PER", "E-PER"]));
    assert!(!is_bio(&["B", "I", "O"]));
    assert!(!is_bio(&["NOUN", "VERB"]));
}

#[test]
fn nothing_is_a_right_answer_only_in_squad_2() {
    let answered = |predicted: &'static str, truths: &'static [String]| [Answered { predicted, truths }];
    let get = |metrics: Metrics, name: &str| metrics.get(name).unwrap();
    assert_eq!(get(squad_v2(&answered("", &[])), "exact"), 100.0);
    assert_eq!(get(squad_v2(&answered("", &[])), "NoAns_f1"), 100.0);
    assert_eq!(get(squad_v2(&answered("a guess", &[])), "f1"), 0.0);
    assert_eq!(squad_v2(&answered("", &[])).get("HasAns_f1"), None);
    assert_eq!(get(squad(&answered("", &[])), "exact_match"), 0.0);
}

#[test]
fn two_answers_without_words_are_equal_but_have_no_words_in_common() {
    let truths = ["The".to_owned()];
    let questions = [Answered { predicted: "a", truths: &truths }];
    assert_eq!(squad(&questions).iter().collect::<Vec<_>>(), [("exact_match", 100.0), ("f1", 0.0)]);
    assert_eq!(squad_v2(&questions).get("f1"), Some(100.0));
}

#[test]
fn articles_are_whole_words_and_marks_are_not_letters() {
    assert_eq!(normalize_answer("The theatre, a.k.a. AN-other!"), "theatre aka another");
    assert_eq!(normalize_answer("東京the the東京"), "東京the the東京");
    // A sign of a vowel, which Unicode has as alphabetic and Python has not.
    assert_eq!(normalize_answer("the\u{93e}"), "\u{93e}");
    // A separator, which Python has as white space and Unicode has not.
    assert_eq!(normalize_answer("x\u{1f}y"), "x y");
}

#[test]
fn figures_keep_their_order_in_json_and_nan_is_null() {
    let json = |metrics: Metrics| serde_json::to_string(&metrics).unwrap();
    assert_eq!(
        json(Metrics::of_classes(&[1, 0], &[1, 0], 2)),
        r#"{"accuracy":1.0,"f1":1.0,"macro_f1":1.0,"matthews_correlation":1.0}"#
    );
    assert_eq!(json(Metrics::of_numbers(&[1.0, 1.0], &[1.0, 2.0])), r#"{"pearson":null,"spearmanr":null,"mse":0.5}"#);
    let rows = [vec![true, false], vec![false, true]];
    assert_eq!(json(Metrics::of_labels(&rows, &rows)), r#"{"f1":1.0,"macro_f1":1.0,"accuracy":1.0}"#);
}
