//! Code that the book quotes stands in the file that it names, and other code of Rust is compiled.

use super::pages::{Block, Page};
use crate::shell::root;

/// What opens a quote.
const QUOTE: &str = "rust,ignore";
/// What blocks are written in. Those of `sh` are run.
const LANGUAGES: [&str; 7] = [QUOTE, "rust,no_run", "rust", "sh", "text", "toml", "python"];
/// Where the pages are named whose other blocks of Rust are compiled, as tests.
const COMPILED: &str = "crates/embert/src/lib.rs";
/// A line of a quote in whose place there is more.
const GAP: &str = "// …";

pub(super) fn complaints(pages: &[Page]) -> Vec<String> {
    let compiled = std::fs::read_to_string(root().join(COMPILED)).unwrap_or_default();
    let is_code = |block: &Block| block.language.starts_with("rust") && block.language != QUOTE;
    let forgotten = pages.iter().filter(|page| page.blocks.iter().any(is_code));
    let forgotten = forgotten.filter(|page| !compiled.contains(&page.name()));
    let forgotten = forgotten.map(|page| format!("{}: its code is not compiled; {COMPILED} names it", page.name()));
    let blocks = || pages.iter().flat_map(|page| page.blocks.iter().map(move |block| (page, block)));
    let unknown = blocks().filter(|(_, block)| !LANGUAGES.contains(&block.language.as_str())).map(|(page, block)| {
        let known = LANGUAGES.join(", ");
        format!("{}:{}: {:?} is no language of the book: {known}", page.name(), block.line, block.language)
    });
    let wrong = blocks()
        .filter(|(_, block)| block.language == QUOTE)
        .filter_map(|(page, block)| Some(format!("{}:{}: {}", page.name(), block.line, wrong_with(block)?)));
    forgotten.chain(unknown).chain(wrong).collect()
}

/// What is wrong with a quote.
fn wrong_with(block: &Block) -> Option<String> {
    let named = block.before.split('`').find(|word| word.ends_with(".rs") && word.starts_with("crates/"));
    let Some(named) = named else { return Some("the line before a quote names its file: `crates/….rs`".into()) };
    if block.code.lines().all(|line| line.trim().is_empty() || line.trim() == GAP) {
        return Some("it quotes nothing".into());
    }
    let Ok(source) = std::fs::read_to_string(root().join(named)) else { return Some(format!("there is no {named}")) };
    first_missing(&block.code, &source).map(|line| format!("{named} has no such line there: {line}"))
}

/// The first line of a quote that does not follow in the source.
fn first_missing<'a>(quote: &'a str, source: &str) -> Option<&'a str> {
    let source: Vec<&str> = source.lines().map(str::trim).collect();
    let quote: Vec<&str> = quote.lines().map(str::trim).collect();
    let mut from = 0;
    for piece in quote.split(|line| *line == GAP).filter(|piece| !piece.is_empty()) {
        let rest = source.get(from..).unwrap_or_default();
        match rest.windows(piece.len()).position(|lines| lines == piece) {
            Some(found) => from += found + piece.len(),
            None => return piece.iter().find(|line| !rest.contains(line)).or(piece.first()).copied(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::first_missing;

    #[test]
    fn a_quotes_lines_stand_in_the_source_in_their_order() {
        let source = "fn f() {\n    one();\n    two();\n    three();\n}\n";
        for (quote, missing) in [
            ("one();\ntwo();\n", None),
            ("fn f() {\n// …\n    three();\n", None),
            ("one();\nthree();\n", Some("one();")),
            ("three();\n// …\none();\n", Some("one();")),
            ("one();\nfour();\n", Some("four();")),
        ] {
            assert_eq!(first_missing(quote, source), missing, "{quote}");
        }
    }
}
