//! Who gave, who got, what, and where: questions about what happens in two sentences of a story.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    lesson::{Baseline, Examples, Lesson, Stories, share},
    story::{Role, Story, parts},
};

pub(super) fn lesson(stories: &[Story]) -> anyhow::Result<Lesson> {
    let passages = Stories::of(stories, 1000)?.map(passages);
    let last_named = last_named(&passages.held_out);
    Ok(Lesson {
        task: "question-answering",
        extension: "json",
        examples: passages.map(|passages| examples(&passages)),
        epochs: 2,
        learning_rate: "5e-4",
        figure: ("exact_match", 100.0),
        baseline: Baseline::Rule("the last of its kind", last_named),
        needed: 0.9,
    })
}

/// A story in parts of two sentences.
fn passages(stories: &[Story]) -> Vec<Story> {
    let parts = stories.iter().flat_map(|story| story.sentences.chunks(2));
    parts.map(|sentences| Story { sentences: sentences.to_vec() }).collect()
}

struct Question {
    text: String,
    answer: String,
    /// In characters, of which each is a byte.
    start: usize,
    role: Role,
}

/// Of each sentence that says who gives what to whom, or loses or finds it where, each question that has but one answer
/// in the passage.
fn questions(passage: &Story) -> Vec<Question> {
    let mut by_text: BTreeMap<String, Vec<Question>> = BTreeMap::new();
    let mut before = 0;
    for sentence in &passage.sentences {
        let words: Vec<&str> = sentence.split(' ').collect();
        for (role, text) in asked(&words) {
            let Some((_, part)) = parts(&words).into_iter().find(|(part, _)| *part == role) else { continue };
            let start = before + words.iter().take(part.start).map(|word| word.len() + 1).sum::<usize>();
            let answer = words.get(part).unwrap_or_default().join(" ");
            by_text.entry(text.clone()).or_default().push(Question { text, answer, start, role });
        }
        before += sentence.len() + 1;
    }
    by_text.into_values().filter_map(|mut alike| alike.pop().filter(|_| alike.is_empty())).collect()
}

/// What a sentence can be asked for, and how.
fn asked(words: &[&str]) -> Vec<(Role, String)> {
    let parts = parts(words);
    let part = |role| {
        let (_, words_of) = parts.iter().find(|(part, _)| *part == role)?;
        Some(words.get(words_of.clone())?.join(" "))
    };
    let [giver, receiver, thing, place] = [Role::Giver, Role::Receiver, Role::Thing, Role::Place].map(part);
    let (Some(verb), Some(thing)) = (words.get(2), thing) else { return Vec::new() };
    match (*verb, giver, receiver, place) {
        ("gives", Some(giver), Some(receiver), _) => vec![
            (Role::Giver, format!("who gives the {thing} to {receiver}")),
            (Role::Receiver, format!("{giver} gives the {thing} to who")),
            (Role::Thing, format!("{giver} gives what to {receiver}")),
        ],
        ("takes", Some(giver), Some(receiver), _) => vec![
            (Role::Receiver, format!("who takes the {thing} from {giver}")),
            (Role::Giver, format!("{receiver} takes the {thing} from who")),
            (Role::Thing, format!("{receiver} takes what from {giver}")),
        ],
        ("leaves", Some(giver), _, Some(_)) => vec![(Role::Place, format!("{giver} leaves the {thing} where"))],
        ("finds", _, Some(receiver), Some(_)) => vec![(Role::Place, format!("{receiver} finds the {thing} where"))],
        _ => Vec::new(),
    }
}

/// In the form of SQuAD.
fn examples(passages: &[Story]) -> Examples {
    let mut count = 0;
    let paragraphs = passages.iter().filter_map(|passage| {
        let questions = questions(passage).into_iter().map(|Question { text, answer, start, .. }| {
            count += 1;
            let answer = json!({ "text": answer, "answer_start": start });
            json!({ "id": count.to_string(), "question": text, "answers": [answer] })
        });
        let questions: Vec<Value> = questions.collect();
        (!questions.is_empty()).then(|| json!({ "context": passage.text(), "qas": questions }))
    });
    let paragraphs: Vec<Value> = paragraphs.collect();
    Examples { text: json!({ "data": [{ "paragraphs": paragraphs }] }).to_string(), count }
}

/// How often the answer is the last person, thing or place that a passage names, whichever is asked for.
fn last_named(passages: &[Story]) -> f64 {
    let (mut all, mut right) = (0, 0);
    for passage in passages {
        let sentences: Vec<Vec<&str>> =
            passage.sentences.iter().map(|sentence| sentence.split(' ').collect()).collect();
        let named = |is_asked_for: &dyn Fn(Role) -> bool| {
            let last = |words: &Vec<&str>| {
                let mut parts = parts(words);
                parts.sort_by_key(|(_, words)| words.start);
                let (_, part) = parts.into_iter().rev().find(|(role, _)| is_asked_for(*role))?;
                Some(words.get(part)?.join(" "))
            };
            sentences.iter().rev().find_map(last)
        };
        let is_person = |role| matches!(role, Role::Giver | Role::Receiver | Role::Person);
        for question in questions(passage) {
            let last = match question.role {
                Role::Thing | Role::Place => named(&|role| role == question.role),
                _ => named(&is_person),
            };
            all += 1;
            right += usize::from(last.as_ref() == Some(&question.answer));
        }
    }
    share(right, all)
}

#[cfg(test)]
mod tests {
    use super::{Story, questions};

    #[test]
    fn what_is_asked_has_one_answer_that_stands_where_it_is_said_to() {
        let sentences = [
            "ben and anna are in the attic .",
            "first ben gives anna his red key .",
            "then anna gives the red key to ben .",
            "later anna gives the blue pen to ben .",
        ];
        let story = Story { sentences: sentences.map(String::from).into() };
        let text = story.text();
        let found: Vec<(String, String)> = questions(&story)
            .into_iter()
            .map(|question| {
                assert!(text[question.start..].starts_with(&question.answer), "{}", question.text);
                (question.text, question.answer)
            })
            .collect();
        let said = [
            ("anna gives the blue pen to who", "ben"),
            ("anna gives the red key to who", "ben"),
            ("ben gives the red key to who", "anna"),
            ("ben gives what to anna", "red key"),
            ("who gives the blue pen to ben", "anna"),
            ("who gives the red key to anna", "ben"),
            ("who gives the red key to ben", "anna"),
        ];
        assert_eq!(found, said.map(|(text, answer)| (text.to_owned(), answer.to_owned())));
    }
}
