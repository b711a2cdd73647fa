//! Whether a sentence is how a story ends.

use super::{
    lesson::{Baseline, Examples, Lesson, Stories},
    story::Story,
};

pub(super) fn lesson(stories: &[Story]) -> anyhow::Result<Lesson> {
    let examples = |stories: &[Story]| {
        let lines = (0..stories.len()).filter_map(|number| pair(stories, number));
        Examples::of_lines("text,pair,label\n", lines)
    };
    Ok(Lesson {
        task: "sequence-classification",
        extension: "csv",
        examples: Stories::of(stories, 1500)?.map(examples),
        epochs: 3,
        learning_rate: "3e-4",
        figure: ("accuracy", 1.0),
        baseline: Baseline::Rule("either class", 0.5),
        needed: 0.65,
    })
}

/// A story and its own end, or that of another about somebody who is in it, one as often as the other.
fn pair(stories: &[Story], number: usize) -> Option<String> {
    let story = stories.get(number)?;
    let (before, own) = story.end()?;
    let (end, label) = if number.is_multiple_of(2) {
        (own, "its own")
    } else {
        (story.ends_alike(stories.iter().skip(number + 1).chain(stories)).next()?, "another's")
    };
    Some(format!("{},{end},{label}", before.join(" ")))
}
