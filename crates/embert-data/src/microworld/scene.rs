//! What is true at one moment of a story, and what can happen next.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::lexicon::{FAMILIES, Person, ROOMS, belongings, house};

/// Who is where and who has what. A person is in one place; a thing is with one person or lies in one place.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    house: [&'static str; ROOMS],
    pub people: Vec<Actor>,
    pub things: Vec<Thing>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Actor {
    pub person: Person,
    pub place: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Thing {
    pub colour: &'static str,
    pub noun: &'static str,
    pub held_by: Holder,
}

/// What has a thing: a person, by the index in [`Scene::people`], or a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Person(usize),
    Place(&'static str),
}

/// Something that changes a scene. Numbers are indices into [`Scene::people`] and [`Scene::things`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Give { thing: usize, from: usize, to: usize },
    Take { thing: usize, from: usize, to: usize },
    Leave { thing: usize, from: usize },
    Find { thing: usize, to: usize },
    Go { who: usize, to: &'static str },
    Follow { who: usize, whom: usize },
}

impl Event {
    /// How likely the event is beside others that can happen.
    fn weight(&self) -> f64 {
        match self {
            Event::Give { .. } => 3.0,
            Event::Take { .. } => 2.0,
            Event::Leave { .. } => 1.0,
            // Whoever is apart meets again soon, and what lies about is found.
            Event::Find { .. } => 6.0,
            Event::Follow { .. } => 6.0,
            // One for each place there is to go to.
            Event::Go { .. } => 2.0 / (ROOMS - 1) as f64,
        }
    }
}

impl Scene {
    /// Two or three people of a family in one place of their house. The first two have a thing each, of different kinds
    /// and colours, so that a colour alone says which is meant.
    pub(super) fn new(rng: &mut impl Rng) -> Self {
        let number = rng.random_range(0..FAMILIES.len());
        let (family, house) = (&FAMILIES[number], house(number));
        let place = house[rng.random_range(0..ROOMS)];
        let size = if rng.random_bool(0.7) { 2 } else { 3 };
        let people = family.choose_multiple(rng, size).map(|person| Actor { person: *person, place }).collect();

        let mut things: Vec<Thing> = Vec::new();
        for (owner, kind) in belongings(number).choose_multiple(rng, 2).copied().collect::<Vec<_>>().iter().enumerate()
        {
            let free = |colour: &&str| things.iter().all(|thing| thing.colour != *colour);
            let colours: Vec<_> = kind.colours.into_iter().filter(free).collect();
            let colour = colours[rng.random_range(0..colours.len())];
            things.push(Thing { colour, noun: kind.noun, held_by: Holder::Person(owner) });
        }
        Self { house, people, things }
    }

    /// Everything that can happen now.
    fn possible(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (index, thing) in self.things.iter().enumerate() {
            match thing.held_by {
                Holder::Person(from) => {
                    for to in self.beside(from) {
                        events.push(Event::Give { thing: index, from, to });
                        events.push(Event::Take { thing: index, from, to });
                    }
                    events.push(Event::Leave { thing: index, from });
                }
                Holder::Place(place) => {
                    for to in self.at(place) {
                        events.push(Event::Find { thing: index, to });
                    }
                }
            }
        }
        for (who, actor) in self.people.iter().enumerate() {
            events.extend(self.house.into_iter().filter(|to| *to != actor.place).map(|to| Event::Go { who, to }));
            let apart = (0..self.people.len()).filter(|whom| self.people[*whom].place != actor.place);
            events.extend(apart.map(|whom| Event::Follow { who, whom }));
        }
        events
    }

    /// Something that can happen now.
    pub(super) fn next_event(&self, rng: &mut impl Rng) -> Option<Event> {
        self.possible().choose_weighted(rng, Event::weight).ok().copied()
    }

    /// Makes `event` true.
    pub(super) fn apply(&mut self, event: Event) {
        match event {
            Event::Give { thing, to, .. } | Event::Take { thing, to, .. } | Event::Find { thing, to } => {
                self.things[thing].held_by = Holder::Person(to);
            }
            Event::Leave { thing, from } => {
                self.things[thing].held_by = Holder::Place(self.people[from].place);
            }
            Event::Go { who, to } => self.people[who].place = to,
            Event::Follow { who, whom } => self.people[who].place = self.people[whom].place,
        }
    }

    /// The things that `person` has.
    pub(super) fn held(&self, person: usize) -> impl Iterator<Item = &Thing> {
        self.things.iter().filter(move |thing| thing.held_by == Holder::Person(person))
    }

    /// The people in `place`.
    pub(super) fn at(&self, place: &'static str) -> impl Iterator<Item = usize> {
        (0..self.people.len()).filter(move |index| self.people[*index].place == place)
    }

    /// Who else is where `person` is.
    pub(super) fn beside(&self, person: usize) -> impl Iterator<Item = usize> {
        self.at(self.people[person].place).filter(move |other| *other != person)
    }
}
