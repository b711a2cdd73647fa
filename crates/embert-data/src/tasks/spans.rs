//! From scores of where an answer starts and ends to the answer.
//!
//! The rules are those of `postprocess_qa_predictions` in Hugging Face's `utils_qa.py`: of each window the best starts are
//! put together with the best ends; an answer lies in the context, ends where it starts or later, and is not too long. Of
//! all windows of a question the highest sum counts. Where a question may have no answer, `[CLS]` stands for that, with
//! the lowest sum of all windows.

use std::cmp::Ordering;

use super::windows::Window;

/// What an answer may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpanOptions {
    /// Starts and ends of a window that are looked at, the best ones.
    pub best: usize,
    /// Tokens of an answer, at most.
    pub longest: usize,
    /// By how much no answer must be better than the best answer.
    pub no_answer_threshold: f32,
}

impl Default for SpanOptions {
    /// Those of `run_qa.py`.
    fn default() -> Self {
        Self { best: 20, longest: 30, no_answer_threshold: 0.0 }
    }
}

/// A window, and the scores of each of its tokens.
#[derive(Debug, Clone, Copy)]
pub struct ScoredWindow<'a> {
    /// The window.
    pub window: &'a Window,
    /// Of the answer's starting there.
    pub start_scores: &'a [f32],
    /// Of its ending there.
    pub end_scores: &'a [f32],
}

/// A stretch of a context.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Where it begins, in code points.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The sum of both scores.
    pub score: f32,
}

/// What a model says to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Spans {
    /// Stretches of the context, the best first, [`SpanOptions::best`] of them at most.
    pub spans: Vec<Span>,
    /// The score of there being no answer; infinite where there is no window.
    pub no_answer_score: f32,
}

impl Spans {
    /// Of all windows of a question.
    pub fn of<'a>(windows: impl IntoIterator<Item = ScoredWindow<'a>>, options: &SpanOptions) -> Self {
        let mut all = Self { spans: Vec::new(), no_answer_score: f32::INFINITY };
        for scored in windows {
            let cls = scored.window.cls_position;
            if let (Some(start), Some(end)) = (scored.start_scores.get(cls), scored.end_scores.get(cls)) {
                all.no_answer_score = all.no_answer_score.min(start + end);
            }
            all.spans.extend(scored.spans(options));
        }
        // Of two that are as good, the one that was found first.
        all.spans.sort_by(|a, b| b.score.total_cmp(&a.score));
        all.spans.truncate(options.best);
        all
    }

    /// The best stretch; none where no answer is better, and there `may_be_none`.
    pub fn answer(&self, may_be_none: bool, options: &SpanOptions) -> Option<Span> {
        let best = self.spans.first().copied()?;
        let is_none = may_be_none && self.no_answer_score - best.score > options.no_answer_threshold;
        (!is_none).then_some(best)
    }
}

impl ScoredWindow<'_> {
    fn spans(self, options: &SpanOptions) -> impl Iterator<Item = Span> {
        let ends = highest(self.end_scores, options.best);
        let starts = highest(self.start_scores, options.best);
        let offsets = &self.window.context_offsets;
        let longest = options.longest;
        starts.into_iter().flat_map(move |(first, start_score)| {
            let of_end = move |&(last, end_score): &(usize, f32)| {
                let (start, _) = (*offsets.get(first)?)?;
                let (_, end) = (*offsets.get(last)?)?;
                let is_one = last >= first && last - first < longest;
                is_one.then_some(Span { start, end, score: start_score + end_score })
            };
            ends.iter().filter_map(of_end).collect::<Vec<_>>()
        })
    }
}

/// The places of the highest scores, the highest first, of equal ones the last, as `argsort` backwards gives them.
fn highest(scores: &[f32], count: usize) -> Vec<(usize, f32)> {
    let mut places: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
    places.sort_by(|(a, a_score), (b, b_score)| match b_score.total_cmp(a_score) {
        Ordering::Equal => b.cmp(a),
        other => other,
    });
    places.truncate(count);
    places
}
