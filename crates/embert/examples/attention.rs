//! What heads look at: as numbers, and as a page.
//!
//! `cargo run --release -p embert --example attention`

mod world;

use embert::{AttentionMapper, Error};

fn main() -> Result<(), Error> {
    let mapper = AttentionMapper::from_pretrained(world::model(|_| ())?)?;
    for map in mapper.run([("anna gives the red ball to ben .", "the ball belongs to ben now .")])? {
        let tokens = map.pieces.len();
        for layer in 0..map.layers() {
            for head in 0..map.heads() {
                // Each row of `[tokens, tokens]` sums to 1: the mean of the diagonal is how much tokens look at themselves.
                let themselves: f32 = map.of_head(layer, head).iter().step_by(tokens + 1).sum();
                println!("layer {layer}, head {head}: {:.0} % at itself", 100.0 * themselves / tokens as f32);
            }
        }
        let file = world::folder().join("attention.html");
        std::fs::write(&file, map.to_html()).map_err(|source| Error::Io { file: file.clone(), source })?;
        println!("{}", file.display());
    }
    Ok(())
}
