//! A small text of its own, always the same.

use crate::random::Random;

const DOCUMENTS: usize = 300;
/// Sentences of a document: so many at the least, and up to as many more.
const SENTENCES: usize = 6;

const ADJECTIVES: [&str; 12] =
    ["broken", "cheerful", "distant", "golden", "heavy", "narrow", "old", "quiet", "red", "strange", "wooden", "young"];
const NOUNS: [&str; 20] = [
    "baker", "boat", "bridge", "cat", "dog", "garden", "horse", "house", "king", "letter", "mill", "miller", "river",
    "road", "sailor", "ship", "stone", "teacher", "tree", "winter",
];
const VERBS: [&str; 12] = [
    "breaks", "builds", "carries", "draws", "finds", "follows", "leaves", "likes", "paints", "reads", "sells",
    "watches",
];
const PLACES: [&str; 8] = ["behind", "beside", "far from", "in front of", "near", "on the way to", "under", "within"];

/// Documents between blank lines, a sentence a line.
pub(super) fn corpus() -> String {
    let mut random = Random::new(0);
    let mut text = String::new();
    for _ in 0..DOCUMENTS {
        let sentences = SENTENCES + (random.share() * SENTENCES as f64) as usize;
        for _ in 0..sentences {
            let [subject, object, place] = [(); 3].map(|()| thing(&mut random));
            let (verb, preposition) = (random.of(&VERBS), random.of(&PLACES));
            text += &format!("The {subject} {verb} the {object} {preposition} the {place}.\n");
        }
        text.push('\n');
    }
    text
}

fn thing(random: &mut Random) -> String {
    let noun = random.of(&NOUNS);
    if random.share() < 0.5 { noun.to_owned() } else { format!("{} {noun}", random.of(&ADJECTIVES)) }
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENTS, SENTENCES, corpus};

    #[test]
    fn the_text_is_always_the_same_and_has_all_its_documents() {
        let text = corpus();
        assert_eq!(text, corpus());
        let documents: Vec<&str> = text.split_terminator("\n\n").collect();
        assert_eq!(documents.len(), DOCUMENTS);
        assert!(documents.iter().all(|document| (SENTENCES..2 * SENTENCES).contains(&document.lines().count())));
    }
}
