//! How a story is told: a scene, then what happens and what follows from it.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::scene::{Actor, Event, Holder, Scene, Thing};

/// A sentence, and a word of it that the sentences before it and the words around it give away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub text: String,
    pub known: Option<&'static str>,
}

impl Line {
    fn new(text: String) -> Self {
        Self { text, known: None }
    }

    fn knowing(text: String, known: &'static str) -> Self {
        Self { text, known: Some(known) }
    }
}

/// A whole story of five or six sentences.
pub(super) fn tell(rng: &mut impl Rng) -> Vec<Line> {
    let mut scene = Scene::new(rng);
    let length = rng.random_range(5..=6);
    let mut lines = opening(&scene, rng);
    let mut order = ["first", "then", "later"].into_iter();
    while lines.len() < length {
        let Some(event) = scene.next_event(rng) else { break };
        let when = order.next().unwrap_or("later");
        let Line { text, known } = happening(event, &scene, rng);
        lines.push(Line { text: format!("{when} {text}"), known });
        scene.apply(event);
        lines.extend(consequences(event, &scene).choose(rng).cloned());
    }
    lines.truncate(length);
    lines
}

/// Who is here, and what they have.
fn opening(scene: &Scene, rng: &mut impl Rng) -> Vec<Line> {
    let place = scene.people[0].place;
    let names: Vec<_> = scene.people.iter().map(|actor| actor.person.name).collect();
    let (first, second) = if rng.random() { (0, 1) } else { (1, 0) };
    let has = |index: usize| format!("{} has a {}", names[index], coloured(&scene.things[index]));
    let others: String = names.iter().skip(2).map(|name| format!(" with {name}")).collect();
    vec![
        Line::new(format!("{} and {} are in the {place}{others} .", names[first], names[second])),
        Line::new(format!("{} and {} .", has(first), has(second))),
    ]
}

/// The sentence that says that `event` happens in `scene`, which does not know of it yet.
fn happening(event: Event, scene: &Scene, rng: &mut impl Rng) -> Line {
    let name = |index: usize| scene.people[index].person.name;
    let possessive = |index: usize| scene.people[index].person.possessive;
    match event {
        Event::Give { thing, from, to } => {
            let thing = &scene.things[thing];
            let (from, to, her) = (name(from), name(to), possessive(from));
            let text = if rng.random() {
                format!("{from} gives the {} to {to} .", coloured(thing))
            } else {
                format!("{from} gives {to} {her} {} .", coloured(thing))
            };
            Line::knowing(text, thing.noun)
        }
        Event::Take { thing, from, to } => {
            let thing = &scene.things[thing];
            Line::knowing(format!("{} takes the {} from {} .", name(to), coloured(thing), name(from)), thing.noun)
        }
        Event::Leave { thing, from } => {
            let (thing, Actor { person, place }) = (&scene.things[thing], scene.people[from]);
            let text = format!("{} leaves {} {} in the {place} .", person.name, person.possessive, coloured(thing));
            Line::knowing(text, place)
        }
        Event::Find { thing, to } => {
            let (thing, Actor { person, place }) = (&scene.things[thing], scene.people[to]);
            Line::knowing(format!("{} finds the {} in the {place} .", person.name, coloured(thing)), thing.noun)
        }
        Event::Go { who, to } => {
            let luggage = match scene.held(who).next() {
                Some(thing) => format!("with {} {}", possessive(who), coloured(thing)),
                None => "alone".to_string(),
            };
            Line::new(format!("{} goes to the {to} {luggage} .", name(who)))
        }
        Event::Follow { who, whom } => {
            let place = scene.people[whom].place;
            Line::knowing(format!("{} follows {} to the {place} .", name(who), name(whom)), place)
        }
    }
}

/// What can be said after `event`, which `scene` knows of.
fn consequences(event: Event, scene: &Scene) -> Vec<Line> {
    let name = |index: usize| scene.people[index].person.name;
    match event {
        Event::Give { thing, from, to } => {
            let thing = &scene.things[thing];
            vec![
                belongs(thing, name(to)),
                possessions(scene, to, from),
                Line::knowing(format!("{} thanks {} for the {} .", name(to), name(from), coloured(thing)), name(to)),
            ]
        }
        Event::Take { thing, from, to } => {
            let thing = &scene.things[thing];
            vec![
                belongs(thing, name(to)),
                possessions(scene, to, from),
                Line::knowing(
                    format!("{} wants the {} back from {} .", name(from), coloured(thing), name(to)),
                    name(to),
                ),
            ]
        }
        Event::Leave { thing, from } => {
            let thing = &scene.things[thing];
            let Holder::Place(place) = thing.held_by else { return Vec::new() };
            vec![
                Line::knowing(format!("the {} belongs to nobody now .", coloured(thing)), "nobody"),
                Line::knowing(
                    format!("{} no longer has the {} .", scene.people[from].person.subject, coloured(thing)),
                    thing.noun,
                ),
                Line::knowing(format!("so the {} is still in the {place} .", coloured(thing)), place),
            ]
        }
        Event::Find { thing, to } => {
            let thing = &scene.things[thing];
            let mut lines = vec![belongs(thing, name(to))];
            lines.extend(scene.beside(to).next().map(|other| possessions(scene, to, other)));
            lines
        }
        Event::Go { who, to } => {
            let left = (0..scene.people.len()).find(|other| scene.people[*other].place != to);
            let mut lines: Vec<_> = left
                .map(|other| {
                    let text = format!("now {} is in the {to} without {} .", name(who), name(other));
                    Line::knowing(text, to)
                })
                .into_iter()
                .collect();
            if let Some(thing) = scene.held(who).next() {
                lines.push(Line::knowing(format!("so the {} is in the {to} too .", coloured(thing)), to));
            }
            lines
        }
        Event::Follow { who, whom } => {
            let place = scene.people[whom].place;
            vec![
                Line::knowing(format!("now {} and {} are both in the {place} .", name(whom), name(who)), place),
                Line::knowing(format!("{} is with {} in the {place} now .", name(who), name(whom)), name(whom)),
            ]
        }
    }
}

/// "the key belongs to ben now ."
fn belongs(thing: &Thing, name: &'static str) -> Line {
    Line::knowing(format!("the {} belongs to {name} now .", thing.noun), name)
}

/// "so ben has the red key and anna has nothing ."
fn possessions(scene: &Scene, first: usize, second: usize) -> Line {
    let has = |index: usize| {
        let things: Vec<_> = scene.held(index).map(|thing| format!("the {}", coloured(thing))).collect();
        let things = if things.is_empty() { "nothing".to_string() } else { things.join(" and ") };
        format!("{} has {things}", scene.people[index].person.name)
    };
    Line::knowing(format!("so {} and {} .", has(first), has(second)), scene.people[first].person.name)
}

fn coloured(thing: &Thing) -> String {
    format!("{} {}", thing.colour, thing.noun)
}
