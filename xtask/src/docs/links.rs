//! Links of the book that lead somewhere in the repository lead to something.

use super::pages::Page;
use crate::shell::root;

pub(super) fn complaints(pages: &[Page]) -> Vec<String> {
    let mut complaints = Vec::new();
    for page in pages {
        for target in links(&page.text).filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = page.path.parent().unwrap_or(&page.path);
            let file = if file.is_empty() { page.path.clone() } else { folder.join(file) };
            let found = root().join(&file);
            if !found.exists() {
                complaints.push(format!("{}: {target} leads nowhere", page.name()));
            } else if !anchor.is_empty() {
                let text = std::fs::read_to_string(&found).unwrap_or_default();
                let mut is_code = false;
                let outside = text.lines().filter(|line| {
                    is_code ^= line.trim_start().starts_with("```");
                    !is_code
                });
                if !outside.filter_map(heading).any(|heading| heading == anchor) {
                    complaints.push(format!("{}: {target}: there is no such heading", page.name()));
                }
            }
        }
    }
    complaints
}

/// What links of a page lead to.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// The anchor of a heading.
fn heading(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept =
        title.to_lowercase().chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c)).collect::<String>();
    Some(kept.replace(' ', "-"))
}

#[cfg(test)]
mod tests {
    use super::{heading, links};

    #[test]
    fn anchors_are_those_of_headings() {
        assert_eq!(heading("## The run's folder").as_deref(), Some("the-runs-folder"));
        assert_eq!(heading("text"), None);
        assert_eq!(links("[a](b.md) and [c](#d)").collect::<Vec<_>>(), ["b.md", "#d"]);
    }
}
