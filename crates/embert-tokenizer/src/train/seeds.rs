//! The candidates with which the training of a Unigram vocabulary starts: substrings that occur again.
//!
//! All suffixes of all words are sorted. Substrings that stand in two places with different characters (or the end of a
//! word) after them are the inner nodes of the tree that the sorted suffixes form; each is found once, with its
//! frequency, in one pass over the common prefixes of neighbours (Kasai et al. 2001). A substring that is always followed
//! by the same character is left out: the longer one says as much. So is one that only a single word has, however
//! frequent the word: else every word would be a piece at first, and its parts would seem to be of no use.

use rayon::prelude::*;

use super::words::Counts;

/// A substring and how often it occurs.
pub(super) type Seed = (String, u64);

/// The substrings of two to `max_chars` characters that stand in at least two places: the `limit` that cover most text, in the
/// order of how much they cover.
pub(super) fn seeds(words: &Counts, max_chars: usize, limit: usize) -> Vec<Seed> {
    let mut suffixes: Vec<(&str, u64)> =
        words.iter().flat_map(|(word, count)| suffixes(word, max_chars).map(|suffix| (suffix, *count))).collect();
    suffixes.par_sort_unstable();

    let mut found = Vec::new();
    let mut open: Vec<(usize, u64)> = Vec::new(); // nodes: length in bytes, and the frequency before their first suffix
    let mut total = 0; // the frequency of all suffixes so far
    let mut groups = suffixes.chunk_by(|(a, _), (b, _)| a == b).peekable();
    while let Some(group) = groups.next() {
        let Some(&(suffix, _)) = group.first() else { continue };
        let mut start = total;
        total += group.iter().map(|(_, count)| count).sum::<u64>();
        let next = groups.peek().and_then(|group| group.first()).map_or("", |(suffix, _)| suffix);
        let shared = common_prefix(suffix, next);
        if shared < suffix.len() && group.len() > 1 {
            found.push((suffix, total - start));
        }
        while let Some(&(length, before)) = open.last().filter(|(length, _)| *length > shared) {
            open.pop();
            found.push((suffix.get(..length).unwrap_or_default(), total - before));
            start = before;
        }
        if shared > 0 && open.last().is_none_or(|(length, _)| *length < shared) {
            open.push((shared, start));
        }
    }

    let mut seeds: Vec<(u64, &str, u64)> = found
        .into_iter()
        .map(|(text, count)| (text.chars().count() as u64, text, count))
        .filter(|&(chars, ..)| chars >= 2)
        .map(|(chars, text, count)| (chars.saturating_mul(count), text, count))
        .collect();
    seeds.par_sort_unstable_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    seeds.truncate(limit);
    seeds.into_iter().map(|(_, text, count)| (text.to_owned(), count)).collect()
}

/// The suffixes of a word, each cut to `max_chars` characters.
fn suffixes(word: &str, max_chars: usize) -> impl Iterator<Item = &str> {
    word.char_indices().filter_map(move |(start, _)| {
        let rest = word.get(start..)?;
        let end = rest.char_indices().nth(max_chars).map_or(rest.len(), |(end, _)| end);
        rest.get(..end)
    })
}

/// The length in bytes of the characters with which both begin.
fn common_prefix(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    a.floor_char_boundary(same)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::seeds;

    /// All substrings with their frequencies, and whether what follows differs.
    fn by_hand(words: &[(String, u64)], max_chars: usize) -> Vec<(String, u64)> {
        let mut counts: BTreeMap<String, (u64, Vec<Option<char>>)> = BTreeMap::new();
        for (word, count) in words {
            let chars: Vec<char> = word.chars().collect();
            for start in 0..chars.len() {
                for end in start + 2..=chars.len().min(start + max_chars) {
                    let entry = counts.entry(chars[start..end].iter().collect()).or_default();
                    entry.0 += count;
                    // At the greatest length nothing longer could stand in its place.
                    entry.1.push(chars.get(end).copied().filter(|_| end - start < max_chars));
                }
            }
        }
        let branches = |next: &[Option<char>]| {
            next.len() >= 2 && (next.contains(&None) || next.iter().any(|char| *char != next[0]))
        };
        counts.into_iter().filter(|(_, (_, next))| branches(next)).map(|(text, (count, _))| (text, count)).collect()
    }

    proptest! {
        #[test]
        fn every_substring_that_may_end_is_found_with_its_frequency(
            words in prop::collection::btree_map("[abé]{1,7}", 1u64..4, 0..8),
        ) {
            let words: Vec<(String, u64)> = words.into_iter().collect();
            let mut found = seeds(&words, 4, 1000);
            found.sort();
            prop_assert_eq!(found, by_hand(&words, 4));
        }
    }
}
