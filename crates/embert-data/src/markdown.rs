//! Markdown as running text: paragraphs, headings, list items and table cells, without their marks.
//!
//! As in HTML, code blocks are left out and code within a sentence stays. Images, HTML and metadata are left out.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::paragraphs::Paragraphs;

/// The paragraphs of a Markdown text, in order.
///
/// ```
/// use embert_data::markdown::paragraphs;
///
/// let text = "# Tea\n\nIt is *four*\no'clock.\n\n```\nlet tea = 4;\n```\n- one\n- two\n";
/// assert_eq!(paragraphs(text), ["Tea", "It is four o'clock.", "one", "two"]);
/// ```
pub fn paragraphs(markdown: &str) -> Vec<String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut text = Paragraphs::default();
    let mut left_out = 0; // how many open elements have no running text
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::MetadataBlock(_)) => {
                text.end();
                left_out += 1;
            }
            Event::Start(Tag::Image { .. }) => left_out += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_) | TagEnd::Image) => left_out -= 1,
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. })
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link) => {}
            Event::Start(_) | Event::End(_) | Event::Rule => text.end(),
            Event::Text(piece) | Event::Code(piece) if left_out == 0 => text.push(&piece),
            Event::SoftBreak | Event::HardBreak => text.push(" "),
            _ => {}
        }
    }
    text.finish()
}
