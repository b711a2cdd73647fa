//! What stands after a space is shown to a tokenizer as such.

use std::borrow::Cow;

use embert_tokenizer::{EncodeOptions, Input, Tokenizer};

use crate::Error;

/// How a tokenizer is shown a word, or a sentence, that stands after a space.
pub(crate) type Spacing = fn(&str) -> Cow<'_, str>;

/// The spacing that a tokenizer needs: none, where it has no sign for a space, as WordPiece, or puts one before each
/// text itself.
pub(crate) fn spacing(tokenizer: &Tokenizer) -> Result<Spacing, Error> {
    let plain = EncodeOptions { add_special_tokens: false, ..Default::default() };
    let ids = |word| tokenizer.encode(Input::words([word]), &plain).map(|encodings| encodings.ids);
    let needs_spaces = tokenizer.marks_spaces() && ids("a")? != ids(" a")?;
    Ok(if needs_spaces { after_space } else { as_it_is })
}

fn as_it_is(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// With a space before it, unless it has one: what `add_prefix_space` does.
fn after_space(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.starts_with(' ') { Cow::Borrowed(text) } else { Cow::Owned(format!(" {text}")) }
}
