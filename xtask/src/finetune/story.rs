//! A story of the small world, read word by word: who does what in a sentence, and who is in the story.

use std::{collections::BTreeSet, ops::Range};

/// What some words of a sentence stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Who has the thing no longer.
    Giver,
    /// Who has it now.
    Receiver,
    /// Somebody who neither gives nor gets anything.
    Person,
    /// A thing: its colour and its kind.
    Thing,
    Place,
}

use Role::{Giver, Person, Place, Receiver, Thing};

/// The parts of a sentence that says who is where, or has, gets or loses what; none of another.
pub(super) fn parts(words: &[&str]) -> Vec<(Role, Range<usize>)> {
    let parts: &[(Role, usize)] = match words {
        [_, "and", _, "are", "in", "the", _, "."] => &[(Person, 0), (Person, 2), (Place, 6)],
        [_, "and", _, "are", "in", "the", _, "with", _, "."] => &[(Person, 0), (Person, 2), (Place, 6), (Person, 8)],
        [_, "has", "a", _, _, "and", _, "has", "a", _, _, "."] => &[(Person, 0), (Thing, 3), (Person, 6), (Thing, 9)],
        [_, _, "gives", "the", _, _, "to", _, "."] => &[(Giver, 1), (Thing, 4), (Receiver, 7)],
        [_, _, "gives", _, _, _, _, "."] => &[(Giver, 1), (Receiver, 3), (Thing, 5)],
        [_, _, "takes", "the", _, _, "from", _, "."] => &[(Receiver, 1), (Thing, 4), (Giver, 7)],
        [_, _, "leaves", _, _, _, "in", "the", _, "."] => &[(Giver, 1), (Thing, 4), (Place, 8)],
        [_, _, "finds", "the", _, _, "in", "the", _, "."] => &[(Receiver, 1), (Thing, 4), (Place, 8)],
        [_, _, "goes", "to", "the", _, "alone", "."] => &[(Person, 1), (Place, 5)],
        [_, _, "goes", "to", "the", _, "with", _, _, _, "."] => &[(Person, 1), (Place, 5), (Thing, 8)],
        [_, _, "follows", _, "to", "the", _, "."] => &[(Person, 1), (Person, 3), (Place, 6)],
        [_, "thanks", _, "for", "the", _, _, "."] => &[(Receiver, 0), (Giver, 2), (Thing, 5)],
        [_, "wants", "the", _, _, "back", "from", _, "."] => &[(Giver, 0), (Thing, 3), (Receiver, 7)],
        _ => &[],
    };
    let words = |role| if role == Thing { 2 } else { 1 };
    parts.iter().map(|&(role, first)| (role, first..first + words(role))).collect()
}

pub(super) struct Story {
    pub(super) sentences: Vec<String>,
}

impl Story {
    pub(super) fn text(&self) -> String {
        self.sentences.join(" ")
    }

    /// Its last sentence, and those before.
    pub(super) fn end(&self) -> Option<(&[String], &str)> {
        let (end, before) = self.sentences.split_last()?;
        Some((before, end))
    }

    /// The ends of those of other stories that name somebody who is in this one.
    pub(super) fn ends_alike<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> impl Iterator<Item = &'a str> {
        let people: BTreeSet<&str> = self.sentences.iter().flat_map(|sentence| people(sentence)).collect();
        let ends = others.into_iter().filter_map(Self::end).map(|(_, end)| end);
        ends.filter(move |end| {
            Some(*end) != self.end().map(|(_, own)| own) && end.split(' ').any(|word| people.contains(word))
        })
    }
}

/// Those whom a sentence says something of, in the forms that have parts.
fn people(sentence: &str) -> Vec<&str> {
    let words: Vec<&str> = sentence.split(' ').collect();
    let people = parts(&words).into_iter().filter(|(role, _)| matches!(role, Giver | Receiver | Person));
    people.filter_map(|(_, part)| words.get(part.start).copied()).collect()
}

/// The stories that `embert data stories` prints.
pub(super) fn stories(text: &str) -> Vec<Story> {
    let stories = text.split("\n\n").filter(|story| !story.trim().is_empty());
    stories.map(|story| Story { sentences: story.lines().map(String::from).collect() }).collect()
}

#[cfg(test)]
mod tests {
    use super::stories;

    #[test]
    fn an_end_is_alike_where_it_names_somebody_of_the_story() {
        let text = "urs and vera are in the attic .\nurs has a black bell and vera has a red pen .\n\n\
                    ben and anna are in the barn .\nthe bell belongs to ben now .\n\n\
                    ben and vera are in the barn .\nthe bell belongs to vera now .\n\n";
        let stories = stories(text);
        let [story, ..] = &stories[..] else { panic!("stories") };
        assert_eq!(story.ends_alike(&stories).collect::<Vec<_>>(), ["the bell belongs to vera now ."]);
    }
}
