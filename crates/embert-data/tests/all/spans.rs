//! From scores to answers, one rule a test.

use embert_data::tasks::answers::{ScoredWindow, Span, SpanOptions, Spans, Window};

/// `[CLS]`, a question of a token, and a context of letters.
fn window(letters: usize) -> Window {
    let context = (0..letters).map(|letter| Some((letter, letter + 1)));
    Window {
        example: 0,
        start_position: 0,
        end_position: 0,
        cls_position: 0,
        context_offsets: [None, None].into_iter().chain(context).collect(),
    }
}

fn spans(starts: &[f32], ends: &[f32], options: &SpanOptions) -> Spans {
    let window = window(starts.len() - 2);
    Spans::of([ScoredWindow { window: &window, start_scores: starts, end_scores: ends }], options)
}

#[test]
fn the_best_answer_has_the_highest_sum() {
    let found = spans(&[0.0, 0.0, 1.0, 5.0, 2.0], &[0.0, 0.0, 1.0, 2.0, 3.0], &SpanOptions::default());
    assert_eq!(found.spans[0], Span { start: 1, end: 3, score: 8.0 });
    assert_eq!(found.no_answer_score, 0.0);
    assert!(found.spans.is_sorted_by(|a, b| a.score >= b.score));
}

#[test]
fn an_answer_lies_in_the_context_and_does_not_end_before_it_starts() {
    let found = spans(&[9.0, 9.0, 1.0, 5.0], &[9.0, 9.0, 8.0, 1.0], &SpanOptions::default());
    let places: Vec<(usize, usize)> = found.spans.iter().map(|span| (span.start, span.end)).collect();
    assert_eq!(places, [(0, 1), (1, 2), (0, 2)]);
}

#[test]
fn an_answer_is_not_too_long() {
    let options = SpanOptions { longest: 2, ..SpanOptions::default() };
    let found = spans(&[0.0, 0.0, 5.0, 0.0, 0.0], &[0.0, 0.0, 0.0, 1.0, 5.0], &options);
    assert_eq!(found.spans[0], Span { start: 0, end: 2, score: 6.0 });
}

#[test]
fn only_the_best_starts_and_ends_are_looked_at() {
    let options = SpanOptions { best: 1, ..SpanOptions::default() };
    // The best start and the best end make no answer together.
    assert!(spans(&[0.0, 0.0, 1.0, 5.0], &[0.0, 0.0, 5.0, 1.0], &options).spans.is_empty());
}

#[test]
fn there_is_no_answer_where_that_is_better_and_may_be() {
    let options = SpanOptions::default();
    let found = spans(&[3.0, 0.0, 1.0], &[3.0, 0.0, 1.0], &options);
    assert_eq!(found.answer(true, &options), None);
    assert_eq!(found.answer(false, &options), Some(Span { start: 0, end: 1, score: 2.0 }));
    let hard = SpanOptions { no_answer_threshold: 4.5, ..options };
    assert!(found.answer(true, &hard).is_some());
}

#[test]
fn of_all_windows_the_best_answer_counts_and_the_least_sure_of_none() {
    let window = window(1);
    let scored = |scores: &'static [f32]| ScoredWindow { window: &window, start_scores: scores, end_scores: scores };
    let found = Spans::of([scored(&[4.0, 0.0, 1.0]), scored(&[1.0, 0.0, 3.0])], &SpanOptions::default());
    assert_eq!((found.spans[0].score, found.no_answer_score), (6.0, 2.0));
    assert!(Spans::of([], &SpanOptions::default()).answer(false, &SpanOptions::default()).is_none());
}

#[test]
fn scores_that_are_no_numbers_do_not_panic() {
    let nan = f32::NAN;
    let found = spans(&[nan, nan, nan, 1.0], &[nan, nan, 1.0, nan], &SpanOptions::default());
    assert!(found.spans.len() <= 3);
}
