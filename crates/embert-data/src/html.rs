//! HTML as running text.
//!
//! The text of a page is what a person would read aloud: paragraphs, headings, list items and table cells, without
//! scripts, styles, navigation and forms. Code blocks (`<pre>`) are left out too, since a program is no prose and its
//! lines are no sentences; code within a sentence (`<code>`) stays, or the sentence would have a hole. Where a page
//! has a `<main>` element, as mdBook's pages do, only that is taken.
//!
//! A tokenizer is enough for this, with no tree behind it: where a paragraph ends is told by the tags alone, and so
//! neither wrong nesting nor a million open elements can hurt.

use html5gum::{DefaultEmitter, EndTag, StartTag, Token, Tokenizer};

use crate::paragraphs::Paragraphs;

/// Elements whose content is not running text.
const LEFT_OUT: [&[u8]; 15] = [
    b"audio",
    b"button",
    b"canvas",
    b"head",
    b"iframe",
    b"nav",
    b"noscript",
    b"pre",
    b"script",
    b"select",
    b"style",
    b"svg",
    b"template",
    b"textarea",
    b"title",
];

/// Those of them that paragraphs cannot go on after.
const LEFT_OUT_BLOCKS: [&[u8]; 3] = [b"head", b"nav", b"pre"];

/// Elements within a paragraph. Every other one begins and ends paragraphs.
const INLINE: [&[u8]; 38] = [
    b"a", b"abbr", b"acronym", b"b", b"bdi", b"bdo", b"big", b"cite", b"code", b"data", b"del", b"dfn", b"em", b"font",
    b"i", b"img", b"input", b"ins", b"kbd", b"label", b"mark", b"math", b"output", b"q", b"rp", b"rt", b"ruby", b"s",
    b"samp", b"small", b"span", b"strike", b"strong", b"sub", b"sup", b"time", b"u", b"var",
];

/// The paragraphs of an HTML page or fragment, in order, entities decoded.
///
/// ```
/// use embert_data::html::paragraphs;
///
/// let page = "<nav>Home</nav><main><h1>Tea &amp; cake</h1><p>It is <em>four</em>\n  o'clock.</main>";
/// assert_eq!(paragraphs(page), ["Tea & cake", "It is four o'clock."]);
/// ```
pub fn paragraphs(html: &str) -> Vec<String> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true); // so that "<" in a script opens no element
    let mut page = Page::default();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => page.start(&tag),
            Token::EndTag(tag) => page.end(&tag),
            Token::String(text) if page.left_out.is_none() => page.text.push(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    page.finish()
}

/// A page as far as it has been read.
#[derive(Default)]
struct Page {
    text: Paragraphs,
    left_out: Option<LeftOut>,
    /// Which paragraphs the `<main>` element holds; it has not ended where the second number is missing.
    main: Option<(usize, Option<usize>)>,
}

/// The element that is being skipped, and how many of its name are open.
struct LeftOut {
    name: Vec<u8>,
    open: usize,
}

impl Page {
    fn start(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if let Some(left_out) = &mut self.left_out {
            if left_out.name == name {
                left_out.open += 1;
            } else if left_out.name == b"head" && name == b"body" {
                self.left_out = None; // the tag that ends a head may be omitted
            }
        } else if LEFT_OUT.contains(&name) {
            if LEFT_OUT_BLOCKS.contains(&name) {
                self.text.end();
            }
            // Only in foreign content does a slash close an element.
            if !(name == b"svg" && tag.self_closing) {
                self.left_out = Some(LeftOut { name: name.to_vec(), open: 1 });
            }
        } else if name == b"br" {
            self.text.push(" ");
        } else if !INLINE.contains(&name) {
            self.text.end();
            if name == b"main" && self.main.is_none() {
                self.main = Some((self.text.len(), None));
            }
        }
    }

    fn end(&mut self, tag: &EndTag<()>) {
        let name: &[u8] = &tag.name;
        if let Some(left_out) = &mut self.left_out {
            if left_out.name == name {
                left_out.open -= 1;
                if left_out.open == 0 {
                    self.left_out = None;
                }
            }
        } else if !INLINE.contains(&name) {
            self.text.end();
            if let (b"main", Some((_, end @ None))) = (name, &mut self.main) {
                *end = Some(self.text.len());
            }
        }
    }

    fn finish(self) -> Vec<String> {
        let mut paragraphs = self.text.finish();
        if let Some((start, end)) = self.main {
            paragraphs.truncate(end.unwrap_or(paragraphs.len()));
            paragraphs.drain(..start);
        }
        paragraphs
    }
}
