//! The text: the toolchain's own books, by page in two parts, and what book a paragraph of them is from.

use std::{
    collections::HashSet,
    fs::{create_dir_all, read_to_string, rename, write},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FOLDER;
use crate::shell::{root, run, rust_docs};

const BOOKS: [&str; 4] = ["book", "cargo", "reference", "std"];
/// One page of so many is held out.
pub(super) const PAGES_TO_ONE_HELD_OUT: usize = 5;
/// A page of fewer words says where another page is.
pub(super) const FEWEST_WORDS: usize = 50;
/// Words of a paragraph that is an example.
pub(super) const WORDS: RangeInclusive<usize> = 20..=128;
/// Examples of each book at most: to train on, and held out.
const EXAMPLES: [usize; 2] = [500, 250];

/// A page: all of its paragraphs, in their order.
#[derive(Debug, Deserialize, PartialEq)]
struct Page {
    book: String,
    paragraphs: Vec<String>,
}

impl Page {
    fn words(&self) -> usize {
        self.paragraphs.iter().map(|paragraph| words(paragraph)).sum()
    }
}

/// What the text is.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Books {
    /// Whose books they are.
    pub(super) toolchain: String,
    pub(super) books: Vec<Book>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Book {
    pub(super) name: String,
    pub(super) training: Part,
    pub(super) held_out: Part,
}

/// How much there is.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Part {
    pub(super) pages: usize,
    pub(super) words: usize,
    pub(super) examples: usize,
}

/// What the models are trained on, and what their masked words are held out from: a page a line.
pub(super) fn text(is_held_out: bool) -> String {
    format!("{FOLDER}/text/{}.jsonl", if is_held_out { "held-out" } else { "training" })
}

/// Paragraphs with the names of their books.
pub(super) fn examples(is_held_out: bool) -> String {
    format!("{FOLDER}/text/examples-{}.jsonl", if is_held_out { "held-out" } else { "training" })
}

impl Books {
    /// The text, made at the first call by the program that reads pages.
    ///
    /// # Errors
    /// Where it is there, and of another toolchain; where a file cannot be read or written.
    pub(super) fn make(worker: &Path) -> anyhow::Result<Self> {
        let output = Command::new("rustc").arg("--version").output().context("rustc")?;
        let toolchain = String::from_utf8(output.stdout)?.trim().to_owned();
        let folder = root().join(FOLDER).join("text");
        let record = folder.join("books.json");
        if record.exists() {
            let books: Self = serde_json::from_str(&read(&record)?).with_context(|| record.display().to_string())?;
            let made = &books.toolchain;
            ensure!(*made == toolchain, "{FOLDER} is of {made}, and this is {toolchain}: remove it, or use that one");
            return Ok(books);
        }
        create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let parts = parts(pages(worker, &folder)?);
        let of = |pages: &'_ [Page], most, is_held_out| -> anyhow::Result<[Part; 4]> {
            let examples = balanced(pages, most);
            lines(&text(is_held_out), pages.iter().map(|page| json!({ "text": page.paragraphs })))?;
            let labelled = examples.iter().map(|(text, book)| json!({ "text": text, "label": book }));
            lines(&self::examples(is_held_out), labelled)?;
            Ok(BOOKS.map(|book| part(pages, &examples, book)))
        };
        let [training, held_out] = &parts;
        let counts = of(training, EXAMPLES[0], false)?.into_iter().zip(of(held_out, EXAMPLES[1], true)?);
        let book = |(name, (training, held_out)): (&str, _)| Book { name: name.into(), training, held_out };
        let books = Self { toolchain, books: BOOKS.into_iter().zip(counts).map(book).collect() };
        // Last, and whole or not there: what is there is all there.
        let unfinished = folder.join("books.json.unfinished");
        write(&unfinished, serde_json::to_string_pretty(&books)? + "\n").context("books.json")?;
        rename(&unfinished, &record).context("books.json")?;
        Ok(books)
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    read_to_string(file).with_context(|| file.display().to_string())
}

fn pages(worker: &Path, folder: &Path) -> anyhow::Result<Vec<Page>> {
    let file = folder.join("pages.jsonl");
    let books = BOOKS.map(rust_docs).into_iter().collect::<anyhow::Result<Vec<PathBuf>>>()?;
    run(Command::new(worker).arg("make-pages").arg("--out").arg(&file).arg("--from").args(books))?;
    read(&file)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn lines(file: &str, lines: impl Iterator<Item = serde_json::Value>) -> anyhow::Result<()> {
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    write(root().join(file), text).context(file.to_owned())
}

/// The pages that are trained on, and those that are held out. A paragraph stands once in all of them, and not among
/// those held out where any page that is trained on has it: documentation repeats itself.
fn parts(pages: Vec<Page>) -> [Vec<Page>; 2] {
    let mut parts = [Vec::new(), Vec::new()];
    let [training, held_out] = &mut parts;
    let pages: Vec<Page> = pages.into_iter().filter(|page| page.words() >= FEWEST_WORDS).collect();
    for pages in pages.chunk_by(|page, next| page.book == next.book) {
        for (number, page) in (1..).zip(pages) {
            if number % PAGES_TO_ONE_HELD_OUT == 0 { held_out.push(page) } else { training.push(page) }
        }
    }
    let mut seen = HashSet::new();
    parts.map(|pages| {
        let fresh = pages.into_iter().map(|Page { book, paragraphs }| {
            let paragraphs = paragraphs.iter().filter(|paragraph| seen.insert((*paragraph).clone())).cloned();
            Page { book: book.clone(), paragraphs: paragraphs.collect() }
        });
        fresh.filter(|page| !page.paragraphs.is_empty()).collect()
    })
}

/// A paragraph, and the book that it is from.
type Example<'a> = (&'a str, &'a str);

/// As many paragraphs of each book, and `most` of one at most, evenly over its pages.
fn balanced(pages: &[Page], most: usize) -> Vec<Example<'_>> {
    let candidates = BOOKS.map(|book| {
        let pages = pages.iter().filter(move |page| page.book == book);
        let fits = |paragraph: &&str| WORDS.contains(&words(paragraph));
        pages.flat_map(|page| page.paragraphs.iter().map(String::as_str)).filter(fits).collect::<Vec<&str>>()
    });
    let count = candidates.iter().map(Vec::len).min().unwrap_or(0).min(most);
    let books = BOOKS.into_iter().zip(&candidates);
    let places = books.flat_map(|(book, paragraphs)| (0..count).map(move |place| (book, paragraphs, place)));
    let example = |(book, paragraphs, place): (_, &Vec<_>, usize)| {
        Some((*paragraphs.get(place * paragraphs.len() / count)?, book))
    };
    places.filter_map(example).collect()
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn part(pages: &[Page], examples: &[Example<'_>], book: &str) -> Part {
    let its = || pages.iter().filter(|page| page.book == book);
    Part {
        pages: its().count(),
        words: its().map(Page::words).sum(),
        examples: examples.iter().filter(|(_, of)| *of == book).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BOOKS, FEWEST_WORDS, Page, balanced, parts};

    fn page(book: &str, paragraphs: &[&str]) -> Page {
        Page { book: book.into(), paragraphs: paragraphs.iter().map(|text| (*text).to_owned()).collect() }
    }

    #[test]
    fn every_fifth_page_of_a_book_is_held_out() {
        let text = |book: &str, number: usize| format!("{book} {number}{}", " word".repeat(FEWEST_WORDS));
        let of = |book: &'static str| (1..=10).map(move |number| page(book, &[&text(book, number)]));
        let redirection = page("book", &["Redirecting to another page."]);
        let [training, held_out] =
            parts([redirection].into_iter().chain(of("book")).chain(of("std").take(6)).collect());
        assert_eq!(training.len(), 8 + 5);
        let expected = [("book", 5), ("book", 10), ("std", 5)].map(|(book, number)| page(book, &[&text(book, number)]));
        assert_eq!(held_out, expected);
    }

    #[test]
    fn a_paragraph_is_not_held_out_where_any_page_that_is_trained_on_has_it() {
        let again = "again ".repeat(FEWEST_WORDS);
        let pages = ["a", "b", "a", "c", "d", "d"].map(|text| page("book", &[text, &again]));
        let [training, held_out] = parts(pages.into());
        let kept: Vec<&str> = training.iter().flat_map(|page| &page.paragraphs).map(String::as_str).collect();
        assert_eq!(kept, ["a", &again, "b", "c", "d"]);
        assert!(held_out.is_empty(), "{held_out:?}");
    }

    #[test]
    fn examples_are_as_many_of_each_book_and_of_its_length() {
        let short = "word ".repeat(19);
        let long = |number: usize| format!("{number} {}", "word ".repeat(20));
        let all: Vec<String> = (0..8).map(long).collect();
        let texts: Vec<&str> = all.iter().map(String::as_str).chain([short.as_str()]).collect();
        let pages: Vec<Page> =
            BOOKS.into_iter().map(|book| page(book, if book == "std" { &texts[..4] } else { &texts })).collect();
        let examples = balanced(&pages, 100);
        assert!(BOOKS.iter().all(|book| examples.iter().filter(|(_, of)| of == book).count() == 4));
        assert!(examples.iter().all(|(text, _)| *text != short));
        assert_eq!(balanced(&pages, 2).iter().filter(|(_, of)| *of == "book").count(), 2);
    }
}
