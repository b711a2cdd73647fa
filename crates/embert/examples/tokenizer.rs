//! A vocabulary of one's own, text to ids, and back.
//!
//! `cargo run --release -p embert --example tokenizer`

use embert::tokenizer::{EncodeOptions, Error, Truncation, train::WordPiece};

fn main() -> Result<(), Error> {
    let text = ["the cat sat on the mat", "the cats sat on the mats", "a dog and a cat", "dogs and cats"];
    let tokenizer = WordPiece { vocab_size: 60, ..WordPiece::default() }.train_from(text)?;
    println!("{} pieces", tokenizer.vocab_size());

    let options = EncodeOptions { tokens: true, ..EncodeOptions::default() };
    let row = tokenizer.encode(("the cats sat", "a dog"), &options)?;
    println!("tokens   {:?}", row.tokens);
    println!("ids      {:?}", row.ids);
    println!("segments {:?}", row.type_ids);
    println!("offsets  {:?}", row.offsets);
    println!("back     {:?}", tokenizer.decode(&row.ids, true)?);

    // Windows of 8 tokens, each with 2 of the one before.
    let truncation = Some(Truncation { stride: 2, ..Truncation::new(8) });
    let options = EncodeOptions { truncation, overflow_windows: true, tokens: true, ..EncodeOptions::default() };
    for window in tokenizer.encode("the cat sat on the mat and a dog sat on the cat", &options)?.rows() {
        println!("window   {:?}", window.tokens);
    }
    Ok(())
}
