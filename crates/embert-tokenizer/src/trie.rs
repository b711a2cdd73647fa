//! A prefix tree over byte strings: which keys does a text start with?

use std::collections::VecDeque;
use std::ops::Range;

/// Keys with a number each. All nodes and all edges lie in one vector each, so that a look-up allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    edges: Vec<(u8, usize)>, // label and node, ascending by label within a node
}

#[derive(Debug, Default)]
struct Node {
    value: Option<u32>,
    edges: Range<usize>,
}

impl Trie {
    /// The tree of these keys. Of equal keys, the first one's number counts.
    pub(crate) fn new<'a>(entries: impl IntoIterator<Item = (&'a [u8], u32)>) -> Self {
        let mut entries: Vec<(&[u8], u32)> = entries.into_iter().collect();
        entries.sort_by_key(|&(key, _)| key);
        entries.dedup_by_key(|&mut (key, _)| key);

        let mut trie = Self { nodes: vec![Node::default()], edges: Vec::new() };
        let mut open = VecDeque::from([(0, entries.as_slice())]); // a node and what its keys go on with
        let mut depth = 0;
        while !open.is_empty() {
            for _ in 0..open.len() {
                let Some((index, mut entries)) = open.pop_front() else { break };
                let mut node = Node::default();
                if let Some((&(key, value), rest)) = entries.split_first()
                    && key.len() == depth
                {
                    node.value = Some(value);
                    entries = rest;
                }
                let start = trie.edges.len();
                for group in entries.chunk_by(|(a, _), (b, _)| a.get(depth) == b.get(depth)) {
                    if let Some(&label) = group.first().and_then(|(key, _)| key.get(depth)) {
                        trie.edges.push((label, trie.nodes.len()));
                        open.push_back((trie.nodes.len(), group));
                        trie.nodes.push(Node::default());
                    }
                }
                node.edges = start..trie.edges.len();
                trie.nodes[index] = node;
            }
            depth += 1;
        }
        trie
    }

    /// The keys that `text` starts with, shortest first: their lengths and numbers.
    pub(crate) fn prefixes<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, u32)> + 'a {
        let mut node = self.nodes.first();
        text.iter()
            .zip(1..)
            .map_while(move |(label, length)| {
                let edges = self.edges.get(node?.edges.clone())?;
                let edge = edges.binary_search_by_key(label, |&(label, _)| label).ok()?;
                node = self.nodes.get(edges.get(edge)?.1);
                Some((length, node?.value))
            })
            .filter_map(|(length, value)| Some((length, value?)))
    }
}

#[cfg(test)]
mod tests {
    use super::Trie;

    #[test]
    fn all_prefixes_are_found_shortest_first() {
        let keys = ["ab", "a", "abcd", "b", "é"];
        let trie = Trie::new(keys.iter().zip(0..).map(|(key, value)| (key.as_bytes(), value)));
        let found = |text: &str| trie.prefixes(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(found("abcx"), [(1, 1), (2, 0)]);
        assert_eq!(found("abcd"), [(1, 1), (2, 0), (4, 2)]);
        assert_eq!(found("éa"), [(2, 4)]);
        assert!(found("").is_empty() && found("xa").is_empty());
    }
}
