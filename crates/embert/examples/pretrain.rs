//! A BERT from nothing: text, a vocabulary, training, and what it fills in.
//!
//! `cargo run --release -p embert --example pretrain`

mod world;

use embert::{Error, FillMask, pretrain::Event, run};

fn main() -> Result<(), Error> {
    let model = world::model(|event| match event {
        Event::Corpus { documents, sentences, .. } => println!("{documents} stories, {sentences} sentences"),
        Event::Tokenizer { origin, vocab_size, .. } => println!("{origin}: {vocab_size} pieces"),
        Event::Training(run::Event::Step(report)) if report.step.is_multiple_of(50) => {
            println!("step {:>4}   loss {:.3}", report.step, report.loss);
        }
        _ => {}
    })?;

    let fill_mask = FillMask::builder(&model).top_k(3).open()?;
    for text in ["anna gives the red [MASK] to ben .", "ben is in the [MASK] now ."] {
        println!("{text}");
        for fill in fill_mask.fill(&[text])?.iter().flatten().flat_map(|mask| &mask.fills) {
            println!("    {:.2}  {}", fill.score, fill.text);
        }
    }
    println!("{} opens in Python's transformers too", model.display());
    Ok(())
}
