//! What the examples have in common: a folder, and a small model of a small world, which is trained where there is none.

use std::path::PathBuf;

use embert::{
    DeviceChoice, Error,
    data::Microworld,
    pretrain::{Event, Options, Run, Stories},
    run::Said,
};

/// Where examples write.
pub(crate) fn folder() -> PathBuf {
    std::env::temp_dir().join("embert-examples")
}

/// The model that is named on the command line; else one that is trained here, in less than a minute, and kept for the next time.
pub(crate) fn model(on_event: impl FnMut(&Event)) -> Result<PathBuf, Error> {
    if let Some(named) = std::env::args_os().nth(1) {
        return Ok(named.into());
    }
    let mut said = Said::default();
    said.say("seed", 42);
    // The stories come from no file.
    said.say("corpus.paths", Vec::<String>::new());
    said.say("tokenizer.vocab_size", 512);
    said.say("model.preset", "bert-tiny");
    said.say("model.keys.num_attention_heads", 4);
    // What is not gone through often enough to be learned by heart needs no dropout.
    said.say("model.keys.hidden_dropout_prob", 0.0);
    said.say("model.keys.attention_probs_dropout_prob", 0.0);
    said.say("data.max_length", 64);
    said.say("optimizer.learning_rate", 3e-3);
    said.say("optimizer.bias_correction", true);
    said.say("schedule.steps", 400);
    said.say("batch.tokens", 1024);
    // Begins a run, goes on with it, or finds that it is at its end.
    let run = Run::resume(&said.into(), &folder().join("world"))?;
    let stories = Stories { world: Microworld::new(42), count: 3000 };
    let options = Options { devices: vec![DeviceChoice::Auto.open()?], record_batches: 0 };
    Ok(run.train(|_| Ok(stories), &options, on_event, || false)?.model)
}
