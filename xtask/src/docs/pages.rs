//! The README, CONTRIBUTING and the pages of the book, and their blocks of code.

use std::path::PathBuf;

use anyhow::Context;

use crate::shell::root;

/// A page.
pub(super) struct Page {
    /// From the root.
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) blocks: Vec<Block>,
}

/// A block of code.
#[derive(Default)]
pub(super) struct Block {
    /// What it is written in: `sh`, `rust,ignore`.
    pub(super) language: String,
    /// The line that opens it, from 1.
    pub(super) line: usize,
    /// The last line before it that says something.
    pub(super) before: String,
    /// Whether nothing stands between it and the block before.
    pub(super) follows_a_block: bool,
    pub(super) code: String,
}

impl Page {
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn of(path: PathBuf, text: String) -> Self {
        let (mut blocks, mut open) = (Vec::new(), None::<Block>);
        let (mut before, mut follows_a_block) = (String::new(), false);
        for (number, line) in (1..).zip(text.lines()) {
            match (&mut open, line.trim().strip_prefix("```")) {
                (None, Some(language)) => {
                    let before = std::mem::take(&mut before);
                    open = Some(Block {
                        language: language.into(),
                        line: number,
                        before,
                        follows_a_block,
                        ..Block::default()
                    });
                }
                (Some(_), Some(_)) => {
                    blocks.extend(open.take());
                    follows_a_block = true;
                }
                (Some(block), None) => {
                    block.code += line;
                    block.code.push('\n');
                }
                (None, None) if line.trim().is_empty() => {}
                (None, None) => {
                    before = line.to_owned();
                    follows_a_block = false;
                }
            }
        }
        Self { path, text, blocks }
    }
}

/// The README and CONTRIBUTING, then the book in the order of its summary.
pub(super) fn read() -> anyhow::Result<Vec<Page>> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(root().join(&path)).with_context(|| path.display().to_string())?;
        Ok(Page::of(path, text))
    };
    let readme = read("README.md".into())?;
    let summary = read("docs/src/SUMMARY.md".into())?;
    let names = summary.text.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    let chapters = names.map(|name| read(PathBuf::from("docs/src").join(name)));
    [Ok(readme), read("CONTRIBUTING.md".into())].into_iter().chain(chapters).collect()
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn blocks_know_what_stands_before_them() {
        let page = Page::of("a.md".into(), "One.\n\n```sh\nls\n```\n\n```text\na\n```\nTwo.\n```sh\n```\n".into());
        let seen: Vec<_> = page.blocks.iter().map(|it| (it.line, &*it.language, &*it.before, &*it.code)).collect();
        assert_eq!(seen, [(3, "sh", "One.", "ls\n"), (7, "text", "", "a\n"), (11, "sh", "Two.", "")]);
        assert_eq!(page.blocks.iter().map(|block| block.follows_a_block).collect::<Vec<_>>(), [false, true, false]);
    }
}
