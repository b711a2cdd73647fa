//! Every word of the world.

/// Someone a story can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person {
    pub name: &'static str,
    /// "she" or "he".
    pub subject: &'static str,
    /// "her" or "his".
    pub possessive: &'static str,
}

const fn she(name: &'static str) -> Person {
    Person { name, subject: "she", possessive: "her" }
}

const fn he(name: &'static str) -> Person {
    Person { name, subject: "he", possessive: "his" }
}

/// The families. A story is about people of one family, in its house and with its things, as real texts are about people
/// and things that go together.
pub(super) const FAMILIES: [[Person; 3]; 8] = [
    [she("anna"), he("ben"), she("clara")],
    [he("david"), she("emma"), he("felix")],
    [she("greta"), he("hugo"), she("ida")],
    [he("jonas"), she("karla"), he("leo")],
    [she("mia"), he("noah"), she("olga")],
    [he("paul"), she("ruth"), he("simon")],
    [she("tina"), he("urs"), she("vera")],
    [he("walter"), she("xenia"), he("yann")],
];

/// A kind of thing, and the colours that it comes in: a model can learn what may be red before it learns to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub noun: &'static str,
    pub colours: [&'static str; 3],
}

const fn kind(noun: &'static str, colours: [&'static str; 3]) -> Kind {
    Kind { noun, colours }
}

pub(super) const KINDS: [Kind; 12] = [
    kind("ball", ["red", "blue", "white"]),
    kind("bell", ["yellow", "black", "white"]),
    kind("book", ["red", "green", "black"]),
    kind("box", ["blue", "green", "yellow"]),
    kind("coat", ["black", "white", "green"]),
    kind("cup", ["white", "yellow", "blue"]),
    kind("drum", ["red", "blue", "yellow"]),
    kind("hat", ["black", "green", "blue"]),
    kind("key", ["red", "black", "yellow"]),
    kind("kite", ["green", "yellow", "red"]),
    kind("lamp", ["white", "blue", "green"]),
    kind("pen", ["white", "black", "red"]),
];

/// Places in a house.
pub(super) const ROOMS: usize = 3;
/// Kinds of things that a family has.
pub(super) const BELONGINGS: usize = 4;

/// The places in the house of family number `family`: no two houses have more than two in common.
pub(super) fn house(family: usize) -> [&'static str; ROOMS] {
    [0, 1, 3].map(|step| PLACES[(family + step) % PLACES.len()])
}

/// The kinds of things that family number `family` has.
pub(super) fn belongings(family: usize) -> [Kind; BELONGINGS] {
    [0, 1, 4, 6].map(|step| KINDS[(family + step) % KINDS.len()])
}

pub(super) const PLACES: [&str; 8] = ["attic", "barn", "cellar", "garage", "garden", "kitchen", "library", "tower"];

/// The words that hold a sentence together.
const OTHER_WORDS: [&str; 40] = [
    ".", "a", "alone", "and", "are", "back", "belongs", "both", "finds", "first", "follows", "for", "from", "gives",
    "goes", "has", "he", "her", "his", "in", "is", "later", "leaves", "longer", "no", "nobody", "nothing", "now",
    "she", "so", "still", "takes", "thanks", "the", "then", "to", "too", "wants", "with", "without",
];

/// All words, sorted.
pub(super) fn words() -> Vec<&'static str> {
    let mut words: Vec<_> = FAMILIES
        .iter()
        .flatten()
        .map(|person| person.name)
        .chain(KINDS.iter().flat_map(|kind| kind.colours))
        .chain(KINDS.iter().map(|kind| kind.noun))
        .chain(PLACES)
        .chain(OTHER_WORDS)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}
