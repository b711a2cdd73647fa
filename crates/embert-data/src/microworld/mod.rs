//! A corpus that needs no file: short stories about people, things and places.
//!
//! Every story has a state (who is where, who has what) that its sentences change and follow from, so a masked word
//! can be found by reading:
//!
//! ```text
//! urs and vera are in the attic .
//! urs has a black bell and vera has a red pen .
//! first vera takes the black bell from urs .
//! the bell belongs to vera now .
//! then vera goes to the barn with her red pen .
//! ```
//!
//! - *Word order*: who gives to whom decides who has the thing in the next sentence.
//! - *Reference*: "the bell" is the black one, "her" is vera's.
//! - *Document order*: a scene is set first, and what happens is told as "first", "then" and "later".
//! - *Next sentence*: a story keeps to two or three people of one of eight families, to the three places of their house and
//!   to two of the things that they have, so sentences of another story are strangers.
//!
//! Sentences are in lower case with spaces around every word and the full stop, so any tokenizer sees the same words.

mod lexicon;
mod scene;
mod story;

use embert_objectives::random::stream;

use crate::Document;
use story::Line;

/// The stories of one seed. Story number `n` is the same whichever others are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Microworld {
    seed: u64,
}

/// A word of a story, to be guessed from what comes before it and around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The sentences before.
    pub context: Vec<String>,
    /// The sentence, with `[MASK]` for the word that is asked for.
    pub sentence: String,
    /// The word.
    pub answer: &'static str,
}

impl Microworld {
    /// The world of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stories number 0 to `count - 1`.
    ///
    /// ```
    /// use embert_data::Microworld;
    ///
    /// let documents: Vec<_> = Microworld::new(42).documents(100).collect();
    /// assert!(documents.iter().all(|story| [5, 6].contains(&story.sentences.len())));
    /// ```
    pub fn documents(&self, count: usize) -> impl Iterator<Item = Document> + use<> {
        let world = *self;
        (0..count as u64).map(move |index| world.document(index))
    }

    /// Story number `index`. One beyond a corpus of [`documents`](Self::documents) is fresh.
    pub fn document(&self, index: u64) -> Document {
        let sentences = self.story(index).into_iter().map(|line| line.text).collect();
        Document { sentences, continues: false }
    }

    /// Questions about story number `index`, in its order: at least one, at most one a sentence.
    ///
    /// ```
    /// use embert_data::Microworld;
    ///
    /// for question in Microworld::new(42).questions(4000) {
    ///     println!("{} {}   ->   {}", question.context.join(" "), question.sentence, question.answer);
    /// }
    /// ```
    pub fn questions(&self, index: u64) -> Vec<Question> {
        let mut context: Vec<String> = Vec::new();
        let mut questions = Vec::new();
        for Line { text, known } in self.story(index) {
            if let Some(answer) = known {
                let sentence = masked(&text, answer);
                questions.push(Question { context: context.clone(), sentence, answer });
            }
            context.push(text);
        }
        questions
    }

    /// Every word that a story can have, the full stop included, sorted.
    pub fn words() -> Vec<&'static str> {
        lexicon::words()
    }

    fn story(&self, index: u64) -> Vec<Line> {
        story::tell(&mut stream(b"microwld", self.seed, 0, index))
    }
}

/// `sentence` with `[MASK]` for the last `word` in it.
fn masked(sentence: &str, word: &str) -> String {
    let mut words: Vec<&str> = sentence.split(' ').collect();
    if let Some(last) = words.iter_mut().rev().find(|other| **other == word) {
        *last = "[MASK]";
    }
    words.join(" ")
}
