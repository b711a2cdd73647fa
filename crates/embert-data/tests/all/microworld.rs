//! The rules of the small world, checked by a reader that knows nothing but the sentences.

use std::collections::{BTreeMap, BTreeSet};

use embert_data::Microworld;

const COUNT: usize = 2000;

/// What a reader of a story knows: panics where a sentence says what cannot be.
#[derive(Default)]
struct Reader<'a> {
    places: BTreeMap<&'a str, &'a str>,
    colours: BTreeMap<&'a str, &'a str>,
    held_by: BTreeMap<&'a str, &'a str>, // a person, or the place where it lies
}

impl<'a> Reader<'a> {
    fn read(&mut self, sentence: &'a str) {
        let words: Vec<&str> = sentence.split(' ').collect();
        let [words @ .., "."] = words.as_slice() else { panic!("no full stop: {sentence}") };
        let holds = match *words {
            [a, "and", b, "are", "in", "the", place] => self.begin([Some(a), Some(b), None], place),
            [a, "and", b, "are", "in", "the", place, "with", c] => self.begin([Some(a), Some(b), Some(c)], place),
            [a, "has", "a", first, one, "and", b, "has", "a", second, two] => {
                self.colours = BTreeMap::from([(one, first), (two, second)]);
                self.held_by = BTreeMap::from([(one, a), (two, b)]);
                a != b && one != two && first != second
            }
            ["first" | "then" | "later", ref event @ ..] => self.happens(event),
            ref fact => self.is_true(fact),
        };
        assert!(holds, "{sentence}");
    }

    fn begin(&mut self, people: [Option<&'a str>; 3], place: &'a str) -> bool {
        self.places = people.into_iter().flatten().map(|name| (name, place)).collect();
        true
    }

    fn happens(&mut self, event: &[&'a str]) -> bool {
        let met = |reader: &Self, a, b| a != b && reader.places[a] == reader.places[b];
        match *event {
            [from, "gives", "the", colour, thing, "to", to] => {
                let can = met(self, from, to) && self.has(from, colour, thing);
                self.held_by.insert(thing, to);
                can
            }
            [from, "gives", to, whose, colour, thing] => {
                let can = met(self, from, to) && self.has(from, colour, thing) && agrees(from, whose);
                self.held_by.insert(thing, to);
                can
            }
            [to, "takes", "the", colour, thing, "from", from] => {
                let can = met(self, from, to) && self.has(from, colour, thing);
                self.held_by.insert(thing, to);
                can
            }
            [from, "leaves", whose, colour, thing, "in", "the", place] => {
                let can = self.has(from, colour, thing) && agrees(from, whose) && self.places[from] == place;
                self.held_by.insert(thing, place);
                can
            }
            [to, "finds", "the", colour, thing, "in", "the", place] => {
                let can = self.has(place, colour, thing) && self.places[to] == place;
                self.held_by.insert(thing, to);
                can
            }
            [who, "goes", "to", "the", place, ref with @ ..] => {
                let moves = self.places.insert(who, place) != Some(place);
                let luggage = match *with {
                    ["alone"] => self.held_by.values().all(|holder| *holder != who),
                    ["with", whose, colour, thing] => self.has(who, colour, thing) && agrees(who, whose),
                    _ => false,
                };
                moves && luggage
            }
            [who, "follows", whom, "to", "the", place] => {
                self.places.insert(who, place) != Some(place) && self.places[whom] == place
            }
            _ => false,
        }
    }

    fn is_true(&self, fact: &[&'a str]) -> bool {
        match *fact {
            ["the", thing, "belongs", "to", who, "now"] => self.held_by[thing] == who,
            ["the", colour, thing, "belongs", "to", "nobody", "now"] => {
                self.colours[thing] == colour && !self.places.contains_key(self.held_by[thing])
            }
            [who, "no", "longer", "has", "the", colour, thing] => {
                ["she", "he"].contains(&who)
                    && self.colours[thing] == colour
                    && !self.places.contains_key(self.held_by[thing])
            }
            [to, "thanks", _, "for", "the", colour, thing] => self.has(to, colour, thing),
            [_, "wants", "the", colour, thing, "back", "from", to] => self.has(to, colour, thing),
            ["so", "the", colour, thing, "is", "still", "in", "the", place] => self.has(place, colour, thing),
            ["so", "the", colour, thing, "is", "in", "the", place, "too"] => {
                self.colours[thing] == colour && self.places[self.held_by[thing]] == place
            }
            ["now", who, "is", "in", "the", place, "without", other] => {
                self.places[who] == place && self.places[other] != place
            }
            ["now", a, "and", b, "are", "both", "in", "the", place] => {
                self.places[a] == place && self.places[b] == place
            }
            [a, "is", "with", b, "in", "the", place, "now"] => self.places[a] == place && self.places[b] == place,
            ["so", ref possessions @ ..] => self.possessions(possessions),
            _ => false,
        }
    }

    /// `a has the red key and the blue cup and b has nothing`: everything that each has, and no more.
    fn possessions(&self, words: &[&'a str]) -> bool {
        let (mut who, mut listed) = ("", BTreeMap::<&str, usize>::new());
        let holds = words.split(|word| *word == "and").all(|part| {
            let what = match *part {
                [name, "has", ref what @ ..] => {
                    who = name;
                    listed.insert(name, 0);
                    what
                }
                ref what => what,
            };
            match *what {
                ["nothing"] => true,
                ["the", colour, thing] => {
                    *listed.entry(who).or_default() += 1;
                    self.has(who, colour, thing)
                }
                _ => false,
            }
        });
        let held = |who: &str| self.held_by.values().filter(|holder| **holder == who).count();
        holds && listed.iter().all(|(who, count)| held(who) == *count)
    }

    fn has(&self, holder: &str, colour: &str, thing: &str) -> bool {
        self.held_by[thing] == holder && self.colours[thing] == colour
    }
}

/// "her" and "his" divide the names in two.
fn agrees(name: &str, possessive: &str) -> bool {
    let men = ["ben", "david", "felix", "hugo", "jonas", "leo", "noah", "paul", "simon", "urs", "walter", "yann"];
    possessive == if men.contains(&name) { "his" } else { "her" }
}

#[test]
fn every_sentence_is_true_when_it_is_said() {
    for story in Microworld::new(1).documents(COUNT) {
        let mut reader = Reader::default();
        for sentence in &story.sentences {
            reader.read(sentence);
        }
    }
}

#[test]
fn stories_have_five_or_six_short_sentences() {
    let stories: Vec<_> = Microworld::new(1).documents(COUNT).collect();
    assert_eq!(stories.len(), COUNT);
    assert!(stories.iter().all(|story| [5, 6].contains(&story.sentences.len())));
    assert!(stories.iter().flat_map(|story| &story.sentences).all(|s| s.split(' ').count() <= 15));
}

#[test]
fn the_words_are_those_of_the_lexicon_and_no_other() {
    let stories: Vec<_> = Microworld::new(1).documents(COUNT).collect();
    let used: BTreeSet<&str> =
        stories.iter().flat_map(|story| &story.sentences).flat_map(|sentence| sentence.split(' ')).collect();
    let lexicon: BTreeSet<&str> = Microworld::words().into_iter().collect();
    assert_eq!(used, lexicon);
    assert!((85..=120).contains(&lexicon.len()), "{}", lexicon.len());
}

#[test]
fn no_word_is_so_common_that_guessing_it_is_worth_much() {
    let mut counts = BTreeMap::<String, usize>::new();
    for story in Microworld::new(1).documents(COUNT) {
        for word in story.sentences.iter().flat_map(|sentence| sentence.split(' ')) {
            *counts.entry(word.to_string()).or_default() += 1;
        }
    }
    let all: usize = counts.values().sum();
    let most = counts.values().max().unwrap();
    assert!((*most as f64) < 0.12 * all as f64, "{most} of {all}");
}

#[test]
fn the_same_seed_tells_the_same_stories_and_another_seed_others() {
    let stories = |seed| Microworld::new(seed).documents(50).collect::<Vec<_>>();
    assert_eq!(stories(1), stories(1));
    assert_ne!(stories(1), stories(2));
    assert_eq!(stories(1)[49], Microworld::new(1).document(49));
}

#[test]
fn stories_differ() {
    let stories: BTreeSet<_> = Microworld::new(1).documents(COUNT).map(|story| story.sentences.join("\n")).collect();
    assert_eq!(stories.len(), COUNT);
}

#[test]
fn a_question_is_a_sentence_of_its_story_with_one_word_masked() {
    let world = Microworld::new(1);
    for index in 0..200 {
        let story = world.document(index).sentences;
        let questions = world.questions(index);
        assert!(!questions.is_empty());
        for question in questions {
            assert_eq!(question.sentence.matches("[MASK]").count(), 1);
            let answered = question.sentence.replace("[MASK]", question.answer);
            let at = story.iter().position(|sentence| *sentence == answered);
            let known = story.iter().take_while(|sentence| **sentence != answered).cloned().collect::<Vec<_>>();
            assert!(at.is_some_and(|at| at >= 2), "{question:?}");
            assert!(question.context.starts_with(&known));
        }
    }
}
