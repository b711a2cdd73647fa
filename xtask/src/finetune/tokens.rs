//! Who gives, who gets, what and where: a tag for each word of a sentence.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    lesson::{Baseline, Examples, Lesson, Stories},
    story::{Role, Story, parts},
};

/// A sentence's words, a tag each.
type Tagged<'a> = Vec<(&'a str, String)>;

pub(super) fn lesson(stories: &[Story]) -> anyhow::Result<Lesson> {
    let sentences = Stories::of(stories, 1000)?.map(sentences);
    let commonest = f1_of_commonest(&sentences.training, &sentences.held_out);
    Ok(Lesson {
        task: "token-classification",
        extension: "conll",
        examples: sentences.map(|sentences| Examples::of_lines("", sentences.iter().map(conll))),
        epochs: 2,
        learning_rate: "5e-4",
        figure: ("f1", 1.0),
        baseline: Baseline::Rule("each word's commonest tag", commonest),
        needed: 0.95,
    })
}

fn sentences(stories: &[Story]) -> Vec<Tagged<'_>> {
    stories.iter().flat_map(|story| &story.sentences).filter_map(|sentence| tagged(sentence)).collect()
}

fn tagged(sentence: &str) -> Option<Tagged<'_>> {
    let words: Vec<&str> = sentence.split(' ').collect();
    let parts = parts(&words);
    let tag = |number: usize| {
        let (role, words) = parts.iter().find(|(_, words)| words.contains(&number))?;
        let name = match role {
            Role::Giver => "GIVER",
            Role::Receiver => "RECEIVER",
            Role::Person => "PERSON",
            Role::Thing => "THING",
            Role::Place => "PLACE",
        };
        Some(format!("{}-{name}", if number == words.start { "B" } else { "I" }))
    };
    let tags = words.iter().enumerate().map(|(number, word)| (*word, tag(number).unwrap_or_else(|| "O".into())));
    (!parts.is_empty()).then(|| tags.collect())
}

fn conll(sentence: &Tagged<'_>) -> String {
    sentence.iter().map(|(word, tag)| format!("{word} {tag}\n")).collect()
}

/// The harmonic mean of precision and recall, where each word has the tag that it has most often in training.
fn f1_of_commonest(training: &[Tagged<'_>], held_out: &[Tagged<'_>]) -> f64 {
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (word, tag) in training.iter().flatten() {
        *counts.entry(word).or_default().entry(tag).or_default() += 1;
    }
    let commonest = |word: &str| {
        let tags = counts.get(word).into_iter().flatten();
        tags.max_by_key(|(_, count)| **count).map_or("O", |(tag, _)| *tag).to_owned()
    };
    let (mut told, mut there, mut right) = (0, 0, 0);
    for sentence in held_out {
        let guess = sentence.iter().map(|(word, _)| (*word, commonest(word))).collect();
        let (guess, truth) = (entities(&guess), entities(sentence));
        (told, there) = (told + guess.len(), there + truth.len());
        right += guess.intersection(&truth).count();
    }
    2.0 * right as f64 / (told + there).max(1) as f64
}

/// The first word and the number of words of each, and its kind.
fn entities(sentence: &Tagged<'_>) -> BTreeSet<(usize, usize, String)> {
    let begins = sentence.iter().enumerate().filter_map(|(first, (_, tag))| Some((first, tag.strip_prefix("B-")?)));
    begins
        .map(|(first, kind)| {
            let further = sentence.iter().skip(first + 1).take_while(|(_, tag)| *tag == format!("I-{kind}"));
            (first, 1 + further.count(), kind.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{conll, tagged};

    #[test]
    fn a_name_has_another_tag_where_it_gives_than_where_it_gets() {
        let tagged = tagged("then ben gives anna his red key .").unwrap();
        assert_eq!(
            conll(&tagged),
            "then O\nben B-GIVER\ngives O\nanna B-RECEIVER\nhis O\nred B-THING\nkey I-THING\n. O\n"
        );
    }
}
