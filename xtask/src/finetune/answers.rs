//! Who has a thing at the end of a story, where it lies if nobody does, and where people are.

use serde_json::{Value, json};

use super::{
    lesson::{Baseline, Examples, Lesson, Stories, share},
    story::{Mention, Story},
};

pub(super) fn lesson(stories: &Stories<'_>) -> Lesson {
    Lesson {
        task: "question-answering",
        extension: "json",
        training: examples(stories.training),
        held_out: examples(stories.held_out),
        epochs: 3,
        figure: ("exact_match", 100.0),
        baseline: Baseline::Rule("the last that is named", last_named(stories.held_out)),
        needed: 0.7,
    }
}

/// A question, and the word that answers it.
fn questions(story: &Story) -> Vec<(String, Mention)> {
    let facts = story.facts();
    let things = facts.things.iter().map(|(kind, (colour, holder))| {
        let asks = if facts.people.contains_key(story.word(*holder)) { "who has" } else { "where is" };
        (format!("{asks} the {colour} {kind}"), *holder)
    });
    let people = facts.people.iter().map(|(person, place)| (format!("where is {person}"), *place));
    things.chain(people).collect()
}

/// In the form of SQuAD.
fn examples(stories: &[Story]) -> Examples {
    let mut count = 0;
    let paragraphs: Vec<Value> = stories
        .iter()
        .map(|story| {
            let questions = questions(story).into_iter().map(|(question, answer)| {
                count += 1;
                let answer = json!({ "text": story.word(answer), "answer_start": story.start(answer) });
                json!({ "id": count.to_string(), "question": question, "answers": [answer] })
            });
            json!({ "context": story.text(), "qas": questions.collect::<Vec<_>>() })
        })
        .collect();
    Examples { text: json!({ "data": [{ "paragraphs": paragraphs }] }).to_string(), count }
}

/// How often the answer is the person, or the place, that is named last in the story.
fn last_named(stories: &[Story]) -> f64 {
    let (mut all, mut right) = (0, 0);
    for story in stories {
        let facts = story.facts();
        let is_person = |word: &str| facts.people.contains_key(word);
        let questions = questions(story);
        let answers: Vec<&str> = questions.iter().map(|(_, answer)| story.word(*answer)).collect();
        for answer in &answers {
            let is_alike = |word: &&str| answers.contains(word) && is_person(word) == is_person(answer);
            all += 1;
            right += usize::from(story.words().rev().find(is_alike) == Some(answer));
        }
    }
    share(right, all)
}
