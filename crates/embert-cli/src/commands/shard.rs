//! One of several equal parts of an input, for as many machines.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    str::FromStr,
};

/// A part of an input: the `number`-th, from 1, of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    number: u64,
    count: u64,
}

impl Shard {
    /// Where it begins and ends among so many inputs: all shards are of one length, but for one input, and after each
    /// other they are the whole.
    pub(super) fn of(self, inputs: u64) -> Range<u64> {
        let place = |number: u64| (u128::from(inputs) * u128::from(number) / u128::from(self.count)) as u64;
        place(self.number - 1)..place(self.number)
    }

    /// Where its part of a file goes: `out.jsonl` is `out-00003-of-00008.jsonl` then, as a model's shards are called.
    pub(super) fn name(self, file: &Path) -> PathBuf {
        let mut name = file.file_stem().unwrap_or_default().to_owned();
        name.push(format!("-{:05}-of-{:05}", self.number, self.count));
        if let Some(extension) = file.extension() {
            name.push(".");
            name.push(extension);
        }
        file.with_file_name(name)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(said: &str) -> Result<Self, String> {
        let numbers =
            said.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((number, count)) if (1..=count).contains(&number) => Ok(Self { number, count }),
            _ => Err("i/N is expected, with i from 1 to N".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn shards_after_each_other_are_the_whole() {
        for (inputs, count) in [(0, 3), (1, 3), (10, 3), (9, 3), (1_000_000_007, 64)] {
            let shards: Vec<_> = (1..=count).map(|number| Shard { number, count }.of(inputs)).collect();
            assert_eq!((shards[0].start, shards[shards.len() - 1].end), (0, inputs));
            assert!(shards.windows(2).all(|two| two[0].end == two[1].start));
            let lengths = shards.iter().map(|shard| shard.end - shard.start);
            assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1);
        }
    }

    #[test]
    fn a_shard_is_named_by_its_number_from_1() {
        let shard: Shard = "3/8".parse().unwrap();
        assert_eq!(shard.name("a/out.jsonl".as_ref()).to_str(), Some("a/out-00003-of-00008.jsonl"));
        assert_eq!(shard.name("out".as_ref()).to_str(), Some("out-00003-of-00008"));
        for wrong in ["0/8", "9/8", "1/0", "1", "a/b", "-1/2", ""] {
            wrong.parse::<Shard>().unwrap_err();
        }
    }
}
