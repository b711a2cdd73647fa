//! What a repository is called.

use std::{fmt, str::FromStr};

const LONGEST: usize = 96;

/// `name`, `organisation/name`, either with `@revision`: a branch, a tag or a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoName {
    id: String,
    revision: String,
}

impl RepoName {
    /// `organisation/name`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `main`, where none was said.
    pub fn revision(&self) -> &str {
        &self.revision
    }
}

impl FromStr for RepoName {
    type Err = String;

    /// By the hub's own rules.
    fn from_str(text: &str) -> Result<Self, String> {
        let (id, revision) = text.split_once('@').unwrap_or((text, "main"));
        let is_word = |part: &str| {
            let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !part.is_empty()
                && part.chars().all(is_known)
                && !part.starts_with(['-', '.'])
                && !part.ends_with(['-', '.'])
        };
        let parts: Vec<&str> = id.split('/').collect();
        let is_repo = parts.len() <= 2
            && parts.iter().all(|part| is_word(part))
            && id.len() <= LONGEST
            && !id.contains("--")
            && !id.contains("..")
            && !id.ends_with(".git");
        if !is_repo {
            return Err(format!("{id:?} is no name of a repository; organisation/name is expected"));
        }
        // It becomes a path.
        let is_revision = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        if !revision.split('/').all(is_revision) {
            return Err(format!("{revision:?} is no revision; a branch, a tag or a commit is expected"));
        }
        Ok(Self { id: id.into(), revision: revision.into() })
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.revision)
    }
}

#[cfg(test)]
mod tests {
    use super::RepoName;

    #[test]
    fn a_name_has_at_most_two_parts_and_may_say_its_revision() {
        let read = |text: &str| text.parse::<RepoName>().map(|name| name.to_string());
        assert_eq!(read("bert-base-uncased").unwrap(), "bert-base-uncased@main");
        assert_eq!(read("a/b.c_d@refs/pr/1").unwrap(), "a/b.c_d@refs/pr/1");
        for wrong in ["", "a/b/c", "/a", "a/", "../a", "a--b", "a/.b", "a b", "a@", "a@../b", "a@b//c", "ä", "a.git"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
