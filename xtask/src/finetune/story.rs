//! A story of the small world, read word by word: who does what in a sentence, and what is so at the end.

use std::{collections::BTreeMap, ops::Range};

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

/// A word of a story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mention {
    sentence: usize,
    word: usize,
}

pub(super) struct Story {
    pub(super) sentences: Vec<String>,
}

/// What is so at the end of a story, and which word says it.
#[derive(Default)]
pub(super) struct Facts<'a> {
    /// Of each kind of thing, its colour, and who has it or where it lies.
    pub(super) things: BTreeMap<&'a str, (&'a str, Mention)>,
    /// Where each person is.
    pub(super) people: BTreeMap<&'a str, Mention>,
}

impl Story {
    pub(super) fn text(&self) -> String {
        self.sentences.join(" ")
    }

    pub(super) fn words(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.sentences.iter().flat_map(|sentence| sentence.split(' '))
    }

    pub(super) fn word(&self, Mention { sentence, word }: Mention) -> &str {
        self.sentences.get(sentence).and_then(|sentence| sentence.split(' ').nth(word)).unwrap_or_default()
    }

    /// Where a word begins in the text, in characters, of which each is a byte.
    pub(super) fn start(&self, Mention { sentence, word }: Mention) -> usize {
        let before = self.sentences.iter().take(sentence).map(String::as_str);
        let words = self.sentences.get(sentence).into_iter().flat_map(|sentence| sentence.split(' ')).take(word);
        before.chain(words).map(|text| text.len() + 1).sum()
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        let mut facts = Facts::default();
        for (sentence, text) in self.sentences.iter().enumerate() {
            let parts = parts(&text.split(' ').collect::<Vec<_>>());
            // By its last word: of a thing, that is its kind.
            let of = |wanted: Role| -> Vec<Mention> {
                let parts = parts.iter().filter(|(role, _)| *role == wanted);
                parts.map(|(_, words)| Mention { sentence, word: words.end.saturating_sub(1) }).collect()
            };
            let [givers, receivers, people, things, places] = [Giver, Receiver, Person, Thing, Place].map(of);
            let holders = match (&receivers[..], &givers[..], &places[..]) {
                ([], [], []) => &people,
                // What goes along stays with whom it was.
                ([], [], _) => &givers,
                ([], _, _) => &places,
                _ => &receivers,
            };
            for (&thing, &holder) in things.iter().zip(holders) {
                let colour = Mention { word: thing.word.saturating_sub(1), ..thing };
                facts.things.insert(self.word(thing), (self.word(colour), holder));
            }
            if let [place] = places[..] {
                facts.people.extend(people.iter().map(|&person| (self.word(person), place)));
            }
        }
        facts
    }
}

impl<'a> Facts<'a> {
    /// Everybody but `person`.
    pub(super) fn others(&self, person: &str) -> Vec<&'a str> {
        self.people.keys().copied().filter(|other| *other != person).collect()
    }
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
    fn a_reader_knows_who_has_what_and_where_it_was_said() {
        let text = "urs and vera are in the attic .\nurs has a black bell and vera has a red pen .\n\
                    first vera takes the black bell from urs .\nthe bell belongs to vera now .\n\
                    then vera goes to the barn with her red pen .\nlater vera leaves her black bell in the barn .\n\n";
        let [story] = &stories(text)[..] else { panic!("one story") };
        let facts = story.facts();
        let (colour, holder) = facts.things["pen"];
        assert_eq!((colour, story.word(holder)), ("red", "vera"));
        let (_, holder) = facts.things["bell"];
        assert_eq!(story.word(holder), "barn");
        assert!(story.text()[story.start(holder)..].starts_with("barn ."));
        let places: Vec<(&str, &str)> = facts.people.iter().map(|(who, at)| (*who, story.word(*at))).collect();
        assert_eq!(places, [("urs", "attic"), ("vera", "barn")]);
        assert_eq!(facts.others("urs"), ["vera"]);
    }
}
