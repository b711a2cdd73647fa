//! What is running text in a page, one rule a test.

use std::path::PathBuf;
use std::process::Command;

use embert_data::{Corpus, html, markdown};
use proptest::prelude::*;

#[test]
fn scripts_styles_navigation_head_and_code_blocks_are_left_out() {
    let page = "<html><head><title>T</title></head><body><nav><a>Home</a></nav>\
        <script>if (a < b) { '<p>no</p>' }</script><style>p > a { }</style>\
        <p>one</p><pre><code>fn main() {}</code></pre><p>two <code>x</code></p></body></html>";
    assert_eq!(html::paragraphs(page), ["one", "two x"]);
}

#[test]
fn only_the_main_element_is_taken_where_there_is_one() {
    assert_eq!(html::paragraphs("<p>no</p><main>one<p>two</main><p>no</p>"), ["one", "two"]);
    assert_eq!(html::paragraphs("<p>no</p><main><h1>one</h1>two"), ["one", "two"]);
    assert_eq!(html::paragraphs("<p>no</p><main></main><p>no</p>"), [""; 0]);
}

#[test]
fn inline_elements_do_not_break_a_paragraph_and_others_do() {
    let page = "a <b>b</b><i>c</i>\n\n d<br>e<ul><li>f<li>g</ul><table><tr><td>h<td>i</table>j";
    assert_eq!(html::paragraphs(page), ["a bc d e", "f", "g", "h", "i", "j"]);
}

#[test]
fn entities_are_decoded_and_spaces_collapsed() {
    assert_eq!(html::paragraphs("<p>a&nbsp;&amp;\t&lt;b&gt; &#233;</p>"), ["a & <b> é"]);
}

#[test]
fn omitted_tags_lose_no_text() {
    assert_eq!(html::paragraphs("<head><title>no</title><body><p>one<p>two"), ["one", "two"]);
    assert_eq!(html::paragraphs("one</p></div></nav>two"), ["one", "two"]);
}

#[test]
fn a_million_open_elements_do_no_harm() {
    let page = "<div><nav>".repeat(500_000) + "text";
    assert_eq!(html::paragraphs(&page), [""; 0]);
    let page = "<div><b>".repeat(500_000) + "text";
    assert_eq!(html::paragraphs(&page), ["text"]);
}

#[test]
fn markdown_loses_its_marks_its_code_blocks_and_its_metadata() {
    let text = "---\ntitle: no\n---\n# A *title*\n\nSee [the `book`](b.html)\nnow ![no](x.png).\n\n    code\n\n\
        > quoted\n\n1. one\n   - two\n\n| h | i |\n|---|---|\n| j | k |\n\n<div>no</div>\n";
    let expected = ["A title", "See the book now .", "quoted", "one", "two", "h", "i", "j", "k"];
    assert_eq!(markdown::paragraphs(text), expected);
}

proptest! {
    #[test]
    fn no_page_is_too_broken_to_read(pieces in prop::collection::vec(
        prop_oneof![
            "[a-z &;<>/!\"'=-]{0,8}",
            Just("<main>".to_string()), Just("</main>".to_string()), Just("<pre>".to_string()),
            Just("</pre>".to_string()), Just("<script>".to_string()), Just("<body>".to_string()),
            Just("<svg/>".to_string()), Just("```\n".to_string()), Just("![".to_string()), any::<String>(),
        ],
        0..40,
    )) {
        let page = pieces.concat();
        for paragraph in html::paragraphs(&page).into_iter().chain(markdown::paragraphs(&page)) {
            prop_assert!(!paragraph.is_empty());
            prop_assert_eq!(paragraph.split_whitespace().collect::<Vec<_>>().join(" "), paragraph);
        }
    }
}

/// The Rust toolchain's own copy of The Rust Programming Language, where it is installed.
#[test]
fn the_rust_book_is_prose() {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    let book = sysroot
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|sysroot| PathBuf::from(sysroot.trim()).join("share/doc/rust/html/book"));
    let Some(book) = book.filter(|book| book.join("ch04-01-what-is-ownership.html").exists()) else {
        eprintln!("skipped: this toolchain has no rust-docs component");
        return;
    };
    let chapter = Corpus::open(&[book.join("ch04-01-what-is-ownership.html")]).unwrap();
    let chapter = chapter.documents().next().unwrap().unwrap();
    assert_eq!(chapter.sentences[0], "What Is Ownership?");
    assert!(chapter.sentences.len() > 100);
    let text = chapter.sentences.join("\n");
    for no_prose in ["// s is not valid here", "Keyboard shortcuts", "localStorage", "&amp;", "<code>"] {
        assert!(!text.contains(no_prose), "{no_prose}");
    }

    let book = Corpus::open(&[book]).unwrap();
    let documents = book.documents().collect::<Result<Vec<_>, _>>().unwrap();
    assert!(documents.len() > 100);
    assert!(documents.iter().map(|document| document.sentences.len()).sum::<usize>() > 5_000);
}
