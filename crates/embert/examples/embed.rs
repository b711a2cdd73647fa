//! Vectors of sentences, and which are alike.
//!
//! `cargo run --release -p embert --example embed -- sentence-transformers/all-MiniLM-L6-v2` fetches a model that was made
//! for this; without a name it is a small one, which is trained here.

mod world;

use embert::{Embedder, Error};

const SENTENCES: [&str; 5] = [
    "anna goes to the garden .",
    "ben goes to the kitchen .",
    "anna gives the red ball to ben .",
    "the blue hat belongs to anna now .",
    "the red ball belongs to ben now .",
];

fn main() -> Result<(), Error> {
    let embedder = Embedder::from_pretrained(world::model(|_| ())?)?;
    let vectors = embedder.embed(&SENTENCES)?; // [sentences, dimension]
    println!("{} sentences, {} numbers each", vectors.len(), embedder.dimension());
    // The nearest is the sentence itself.
    for (sentence, nearest) in SENTENCES.iter().zip(embedder.similarity().nearest(&vectors, &vectors, 2)) {
        if let Some(other) = nearest.last() {
            println!("{sentence:<40} {:.3}  {}", other.score, SENTENCES[other.index]);
        }
    }
    Ok(())
}
