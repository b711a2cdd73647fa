//! The page, the picture and the line of text that are made of a run's numbers.

use embert::report::{html, sparkline};
use serde_json::{Value, json};

fn step(step: u64, loss: f64) -> Value {
    json!({"event": "step", "step": step, "loss": loss, "mlm_loss": loss, "mlm_accuracy": 0.125, "learning_rate": 5e-4,
           "gradient_norm": 2.0, "tokens": 1_234_567, "tokens_per_second": 8123.0, "gflops_per_second": 55.0})
}

fn validated(samples: Value) -> Value {
    json!({"event": "validated", "step": 100, "valid_loss": 8.0, "valid_mlm_loss": 8.0, "valid_mlm_accuracy": 0.3125,
           "valid_mlm_baseline": 0.0525, "samples": samples})
}

fn page(lines: &[Value]) -> String {
    let page = html("a <run> & more", "paths = [\"<a&b>\"]", lines).unwrap();
    for never in ["<run>", "<a&b>", "<script", "http-equiv", "NaN", "src=", "href="] {
        assert!(!page.contains(never), "{never}");
    }
    page
}

#[test]
fn a_run_without_lines_has_a_page_with_its_config() {
    let page = page(&[]);
    assert!(page.contains("no numbers yet") && page.contains("paths = [&#34;&#60;a&#38;b&#62;&#34;]"));
    assert!(!page.contains("<svg"));
}

#[test]
fn the_last_numbers_stand_first() {
    let page = page(&[step(90, 9.0), step(1100, 8.415), validated(json!([]))]);
    for number in ["1,100", "8.41", "8<small>at step 100", "31.2%<small>held out; 5.25%", "1,234,567", "8,123", ">55<"]
    {
        assert!(page.contains(number), "{number}");
    }
    assert_eq!(page.matches("<svg").count(), 5);
}

#[test]
fn guesses_are_marked_and_their_text_is_text() {
    let answers = json!([{"original": "sat", "guess": "<s>"}, {"original": "mat", "guess": "mat"}]);
    let [fits, more] =
        ["<s>the cat <mask> on <mask> & co</s>", "the [MASK]"].map(|text| json!({"text": text, "answers": answers}));
    let page = page(&[validated(json!([fits, more]))]);
    let wrong = r#"<del title="the word was: sat">&#60;s&#62;</del> <small>(sat)</small>"#;
    let right = r#"<ins title="right">mat</ins>"#;
    assert!(page.contains(&format!("<li>&#60;s&#62;the cat {wrong} on {right} &#38; co&#60;/s&#62;</li>")));
    assert!(page.contains(&format!("<li>the [MASK]{wrong} {right} </li>")));
}

#[test]
fn odd_lines_are_no_reason_not_to_draw() {
    let odd = [
        json!(null),
        json!([1]),
        json!({"event": "step"}),
        json!({"event": "step", "step": 1, "loss": null, "mlm_loss": "a", "gradient_norm": 0.0, "unknown_loss": -3.0, "x": {"y": 1}}),
        json!({"event": "step", "step": u64::MAX, "loss": 1e308, "gradient_norm": -1.0, "tokens_per_second": 1e308}),
        json!({"event": "validated", "step": -1, "valid_loss": 1.0, "samples": [null, {"text": 1, "answers": [2]}]}),
        json!({"event": "new", "step": 2, "<b>": 1}),
    ];
    for line in &odd {
        page(std::slice::from_ref(line));
    }
    let page = page(&odd);
    assert!(page.contains("One value that is not finite is left out."));
    assert!(!page.contains("inf"));
}

#[test]
fn a_long_run_is_drawn_as_means() {
    let lines: Vec<Value> = (1..=2500).map(|index| step(index * 10, 1.0)).collect();
    let page = page(&lines);
    assert!(page.contains("Each point of a curve is the mean of up to 3 lines."));
    let longest = page.lines().filter(|line| line.starts_with("<polyline")).map(|line| line.matches(',').count()).max();
    assert_eq!(longest, Some(1000));
}

#[test]
fn a_sparkline_falls_as_its_values_do() {
    assert_eq!(sparkline(&[7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0], 8), "█▇▆▅▄▃▂▁");
    assert_eq!(sparkline(&[4.0, 4.0, 0.0, 0.0], 2), "█▁");
    assert_eq!(sparkline(&[], 8), "");
}
