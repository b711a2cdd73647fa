//! Which of four sentences is how a story ends.

use serde_json::json;

use super::{
    lesson::{Baseline, Examples, Lesson, Stories},
    story::Story,
};
use crate::random::Random;

const CHOICES: usize = 4;

pub(super) fn lesson(stories: &[Story]) -> anyhow::Result<Lesson> {
    let mut random = Random::new(2);
    let examples = |stories: &[Story]| {
        let lines = (0..stories.len()).filter_map(|number| question(stories, number, &mut random));
        Examples::of_lines("", lines)
    };
    Ok(Lesson {
        task: "multiple-choice",
        extension: "jsonl",
        examples: Stories::of(stories, 1000)?.map(examples),
        epochs: 2,
        learning_rate: "5e-4",
        figure: ("accuracy", 1.0),
        baseline: Baseline::Rule("any of them", 1.0 / CHOICES as f64),
        needed: 0.45,
    })
}

/// A story, and at a place of chance its end among those of others about somebody who is in it.
fn question(stories: &[Story], number: usize, random: &mut Random) -> Option<String> {
    let story = stories.get(number)?;
    let (before, own) = story.end()?;
    let others = stories.iter().skip(number + 1).chain(stories);
    let mut choices: Vec<&str> = Vec::new();
    for end in story.ends_alike(others) {
        if choices.len() < CHOICES - 1 && !choices.contains(&end) {
            choices.push(end);
        }
    }
    let label = (random.share() * CHOICES as f64) as usize;
    choices.insert(label.min(choices.len()), own);
    Some(json!({ "context": before.join(" "), "choices": choices, "label": label }).to_string())
}
