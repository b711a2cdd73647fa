//! A classifier from a model and a table of examples.
//!
//! `cargo run --release -p embert --example finetune`

mod world;

use std::path::Path;

use embert::{
    Classifier, DeviceChoice, Error,
    data::Microworld,
    finetune::{Event, Run},
    run::{Event as Training, Said},
};

/// Sentences of the world, and what they are about.
fn table(file: &Path, stories: std::ops::Range<u64>) -> Result<(), Error> {
    let world = Microworld::new(7);
    let mut table = "label,text\n".to_owned();
    for sentence in stories.flat_map(|story| world.document(story).sentences) {
        let words: Vec<&str> = sentence.split(' ').collect();
        let label = if words.iter().any(|word| ["goes", "is", "are"].contains(word)) { "place" } else { "thing" };
        table += &format!("{label},\"{sentence}\"\n");
    }
    std::fs::write(file, table).map_err(|source| Error::Io { file: file.to_owned(), source })
}

fn main() -> Result<(), Error> {
    let model = world::model(|_| ())?;
    let [train, valid, out] = ["train.csv", "valid.csv", "classifier"].map(|name| world::folder().join(name));
    table(&train, 0..300)?;
    table(&valid, 1000..1020)?;

    // The keys are those of the program's `--config` files, and of the `config.toml` of a run.
    let mut said = Said::default();
    said.say("task", "sequence-classification");
    said.say("model", model.to_string_lossy().into_owned());
    said.say("data.train", train.to_string_lossy().into_owned());
    said.say("data.valid", valid.to_string_lossy().into_owned());
    said.say("schedule.budget", "3 epochs");
    let run = Run::resume(&said, &out)?;
    let tell = |event: &Event| {
        if let Event::Training(Training::Validated(validation)) = event {
            println!("step {:>4}   loss {:.3}   {:?}", validation.step, validation.loss, validation.metrics);
        }
    };
    run.train(&[DeviceChoice::Auto.open()?], tell, || false)?;

    let classifier = Classifier::from_pretrained(out.join("best"))?;
    for text in ["then anna goes to the barn with her red pen .", "the red ball belongs to anna now ."] {
        for labels in classifier.run([text])? {
            println!("{text:<48} {:?}", labels.first());
        }
    }
    Ok(())
}
