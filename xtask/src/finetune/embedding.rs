//! Which half of a story belongs to which.

use super::{
    lesson::{Baseline, Examples, Lesson, Stories},
    story::Story,
};

pub(super) fn lesson(stories: &[Story]) -> anyhow::Result<Lesson> {
    let examples = |stories: &[Story]| Examples::of_lines("anchor\tpositive\n", stories.iter().map(halves));
    Ok(Lesson {
        task: "embedding",
        extension: "tsv",
        examples: Stories::of(stories, 2000)?.map(examples),
        epochs: 4,
        learning_rate: "5e-4",
        figure: ("accuracy", 1.0),
        baseline: Baseline::ModelBefore,
        needed: 0.5,
    })
}

/// Every other sentence, and the others.
fn halves(story: &Story) -> String {
    let half = |first: usize| {
        let sentences = story.sentences.iter().skip(first).step_by(2).map(String::as_str);
        sentences.collect::<Vec<_>>().join(" ")
    };
    format!("{}\t{}", half(0), half(1))
}
