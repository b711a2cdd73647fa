//! Where a sentence ends.
//!
//! The boundaries are Unicode's (UAX #29), which know of quotes, brackets, numbers and ellipses in any script. They
//! also end a sentence after "Dr." in "Dr. Watson", and after the quote in "'Who?' he asked"; those two are mended
//! here, the first for the abbreviations that English text is full of.

use unicode_segmentation::UnicodeSegmentation;

/// Words before a full stop that seldom end a sentence, in lower case.
const ABBREVIATIONS: [&str; 44] = [
    "adm", "al", "apr", "aug", "capt", "cf", "ch", "cmdr", "col", "dec", "dr", "e.g", "ed", "eds", "eq", "feb", "fig",
    "figs", "gen", "gov", "hon", "i.e", "jan", "lt", "maj", "messrs", "mr", "mrs", "ms", "mt", "nov", "oct", "pp",
    "prof", "rep", "rev", "sec", "sen", "sept", "sgt", "st", "viz", "vol", "vs",
];

/// The sentences of `text`, without the space around them. What has neither a letter nor a digit is left out.
///
/// ```
/// use embert_data::sentences::sentences;
///
/// let text = "Dr. Watson came in. \"Is it late?\" he asked, e.g. at 3.30 p.m. on Monday.";
/// let found: Vec<_> = sentences(text).collect();
/// assert_eq!(found, ["Dr. Watson came in.", "\"Is it late?\" he asked, e.g. at 3.30 p.m. on Monday."]);
/// ```
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut pieces = text.split_sentence_bound_indices().peekable();
    std::iter::from_fn(move || {
        let (start, mut piece) = pieces.next()?;
        let mut end = start + piece.len();
        while let Some((next, longer)) = pieces.next_if(|(_, next)| goes_on(piece, next)) {
            end = next + longer.len();
            piece = longer;
        }
        Some(text[start..end].trim())
    })
    .filter(|sentence| sentence.contains(char::is_alphanumeric))
}

/// Whether what looks like the end of a sentence, between `piece` and `next`, is none.
fn goes_on(piece: &str, next: &str) -> bool {
    // A line break ends a sentence whatever stands before it.
    let piece = piece.trim_end_matches([' ', '\t', '\u{a0}']);
    let speech = piece.ends_with(['"', '”', '’', '\'']) && next.starts_with(char::is_lowercase);
    speech || piece.strip_suffix('.').is_some_and(ends_in_abbreviation)
}

/// Whether the last word of `piece` is a title, an initial or the like.
fn ends_in_abbreviation(piece: &str) -> bool {
    let begins_word = |c: char| c.is_whitespace() || "([{\"'“‘".contains(c);
    let word = piece.rsplit(begins_word).next().unwrap_or_default();
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        // An initial, as in "J. S. Bach"; "I." is more often the word.
        (Some(initial), None) => initial.is_uppercase() && initial != 'I',
        _ => ABBREVIATIONS.contains(&word.to_lowercase().as_str()),
    }
}
