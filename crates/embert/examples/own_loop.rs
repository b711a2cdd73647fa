//! A training loop of one's own: a model is a module of Burn, a batch is ragged, and a loss is a tensor.
//!
//! `cargo run --release -p embert --example own_loop`

use burn::{
    module::Module,
    optim::{AdamWConfig, GradientsParams},
};
use embert::{
    DeviceChoice,
    checkpoint::save_pretrained,
    core::{Batch, BertConfig, BertForMaskedLm, Pass},
    objectives::losses::cross_entropy,
};

const MASK: u32 = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = DeviceChoice::Auto.open()?;
    let config = BertConfig { vocab_size: 32, max_position_embeddings: 16, ..BertConfig::of_size(2, 64, 4) };
    let mut model = BertForMaskedLm::new(&config, &device.autodiff(), 1);
    let mut optimizer = AdamWConfig::new().with_weight_decay(0.01).init();

    // Two sequences, of 5 tokens and of 4, end to end: no padding. A masked token is what the one before it says: 10, 11, 12, …
    let batch = Batch::new(vec![2, 10, MASK, 12, 3, 2, 20, MASK, 3], vec![0; 9], vec![5, 4])?;
    let (positions, originals) = ([2, 7], [11, 21]);
    for step in 1..=60 {
        let mut pass = Pass::training(step);
        let logits = model.forward(&batch, Some(&positions), &mut pass)?; // [masked, vocab_size]
        let loss = cross_entropy(logits, &originals)?;
        if step % 10 == 0 {
            println!("step {step:>3}   loss {:.3}", loss.clone().into_scalar::<f32>());
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(1e-3, model, gradients);
    }

    let folder = std::env::temp_dir().join("embert-examples/own_loop");
    save_pretrained(&model.valid(), &config, &folder)?;
    println!("{} opens in Python's transformers too", folder.display());
    Ok(())
}
