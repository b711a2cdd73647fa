//! Which sentence follows from what was told: it, the same with two people exchanged, or one of two from elsewhere.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    lesson::{Baseline, Examples, Lesson, Stories},
    story::Story,
};
use crate::random::Random;

const CHOICES: usize = 4;

pub(super) fn lesson(stories: &Stories<'_>) -> Lesson {
    let mut random = Random::new(2);
    let mut examples = |stories: &[Story]| {
        let lines = (0..stories.len()).filter_map(|number| question(stories, number, &mut random));
        Examples::of_lines("", lines)
    };
    Lesson {
        task: "multiple-choice",
        extension: "jsonl",
        training: examples(stories.training),
        held_out: examples(stories.held_out),
        epochs: 3,
        figure: ("accuracy", 1.0),
        baseline: Baseline::Rule("any of them", 1.0 / CHOICES as f64),
        needed: 0.7,
    }
}

/// A story up to a sentence that says what follows from the one before.
struct Told<'a> {
    before: &'a [String],
    sentence: &'a str,
}

impl<'a> Told<'a> {
    fn of(story: &'a Story) -> Option<Self> {
        let is_consequence =
            |sentence: &String| !["first ", "then ", "later "].iter().any(|when| sentence.starts_with(when));
        let at = story.sentences.iter().rposition(is_consequence).filter(|at| *at > 2)?;
        let (before, rest) = story.sentences.split_at(at);
        Some(Self { before, sentence: rest.first()? })
    }

    /// Its two people.
    fn people(&self, story: &Story) -> Option<[&'a str; 2]> {
        let facts = story.facts();
        let named: BTreeSet<&str> = self.sentence.split(' ').filter(|word| facts.people.contains_key(word)).collect();
        match named.into_iter().collect::<Vec<_>>()[..] {
            [one, other] => Some([one, other]),
            _ => None,
        }
    }
}

fn question(stories: &[Story], number: usize, random: &mut Random) -> Option<String> {
    let story = stories.get(number)?;
    let told = Told::of(story)?;
    let [one, other] = told.people(story)?;
    let exchanged: Vec<&str> = told
        .sentence
        .split(' ')
        .map(|word| {
            if word == one {
                other
            } else if word == other {
                one
            } else {
                word
            }
        })
        .collect();
    let known: BTreeSet<&str> = told.before.iter().flat_map(|sentence| sentence.split(' ')).collect();
    // Of the same family, and about something that was not there.
    let is_of_them = |sentence: &str| sentence.split(' ').any(|word| word == one || word == other);
    let is_strange = |sentence: &str| sentence.split(' ').any(|word| !known.contains(word));
    let elsewhere = stories.iter().cycle().skip(number + 1).take(stories.len()).filter_map(Told::of);
    let strange = elsewhere.map(|told| told.sentence).filter(|sentence| is_of_them(sentence) && is_strange(sentence));
    let mut choices: Vec<String> = vec![exchanged.join(" ")];
    choices.extend(strange.take(CHOICES - 2).map(String::from));
    let label = (random.share() * CHOICES as f64) as usize;
    choices.insert(label.min(choices.len()), told.sentence.to_owned());
    Some(json!({ "context": told.before.join(" "), "choices": choices, "label": label }).to_string())
}
