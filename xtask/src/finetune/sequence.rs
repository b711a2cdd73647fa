//! Whether a statement follows from a story: who has a thing at its end.

use super::{
    lesson::{Baseline, Examples, Lesson, Stories},
    story::Story,
};
use crate::random::Random;

/// Half of the statements are true.
pub(super) fn lesson(stories: &Stories<'_>) -> Lesson {
    let mut random = Random::new(1);
    let mut examples = |stories: &[Story]| {
        let lines = stories.iter().flat_map(|story| statements(story, &mut random));
        Examples::of_lines("text,pair,label\n", lines)
    };
    Lesson {
        task: "sequence-classification",
        extension: "csv",
        training: examples(stories.training),
        held_out: examples(stories.held_out),
        epochs: 3,
        figure: ("accuracy", 1.0),
        baseline: Baseline::Rule("either class", 0.5),
        needed: 0.8,
    }
}

/// Of a thing that somebody has: that they have it, and that somebody else of the story has it.
fn statements(story: &Story, random: &mut Random) -> Vec<String> {
    let facts = story.facts();
    let held = facts.things.iter().map(|(kind, (_, holder))| (*kind, story.word(*holder)));
    let held: Vec<(&str, &str)> = held.filter(|(_, holder)| facts.people.contains_key(holder)).collect();
    if held.is_empty() {
        return Vec::new();
    }
    let (kind, holder) = random.of(&held);
    let statement = |who: &str, label| format!("{},the {kind} belongs to {who} now .,{label}", story.text());
    vec![statement(holder, "true"), statement(random.of(&facts.others(holder)), "false")]
}
