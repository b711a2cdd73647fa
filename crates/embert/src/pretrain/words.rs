//! Masked examples in words.

use std::path::Path;

use embert_data::Example;
use embert_tokenizer::{Role, Tokenizer};
use embert_train::Sample;
use serde_json::{Value, json};

use crate::{error::Error, run::Scribe};

/// Whose pieces the words are.
pub(super) struct Words<'a>(pub(super) &'a Tokenizer);

impl Scribe<Example> for Words<'_> {
    fn save(&self, dir: &Path) -> Result<(), Error> {
        Ok(self.0.save(dir)?)
    }

    fn example(&self, example: &Example) -> Value {
        json!({
            "input_ids": example.ids,
            "token_type_ids": example.type_ids,
            "masked_positions": example.masked.positions,
            "masked_labels": example.masked.originals,
            "sentence_pair_label": example.sentence_pair_label,
        })
    }

    fn sample(&self, Sample { example, guesses }: &Sample<Example>) -> Result<Option<Value>, Error> {
        let word = |id: &u32| Ok::<_, Error>(self.0.decode(&[*id], false)?.trim().to_owned());
        let answers = example.masked.originals.iter().zip(guesses);
        let answers =
            answers.map(|(original, guess)| Ok(json!({ "original": word(original)?, "guess": word(guess)? })));
        let answers: Vec<Value> = answers.collect::<Result<_, Error>>()?;
        // Chosen words that were left as they are, or became others, are asked for too.
        let mut ids = example.ids.clone();
        let mask = self.0.special_tokens().require(Role::Mask)?.id;
        for position in &example.masked.positions {
            ids.get_mut(*position as usize).into_iter().for_each(|id| *id = mask);
        }
        Ok(Some(json!({ "text": self.0.decode(&ids, false)?, "answers": answers })))
    }
}
