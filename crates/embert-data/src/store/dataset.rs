//! A data set, read by position.

use std::path::{Path, PathBuf};

use embert_objectives::masking::{MaskingConfig, MaskingVocabulary};
use embert_objectives::random::stream;
use embert_tokenizer::Tokenizer;
use rand::seq::SliceRandom;
use serde::Deserialize;

use super::build::read_json;
use super::shard::{self, GROUP};
use super::{DATASET, FORMAT, MaskingTime, PLAN, Settings, TOKENIZER, shard_path};
use crate::{Error, Example};

/// Groups that are shuffled together: sixteen thousand examples, of 128 tokens some twenty megabytes.
const GROUPS_TOGETHER: usize = 16;

/// A whole data set; see [`store`](super).
#[derive(Debug, Clone)]
pub struct Dataset {
    dir: PathBuf,
    settings: Settings,
    groups: Vec<Group>, // in the order of the shards
}

/// Examples that are read together.
#[derive(Debug, Clone, Copy)]
struct Group {
    shard: usize,
    group: usize, // of the shard
    first: u64,   // the index of its first example in the data set
    examples: usize,
}

#[derive(Deserialize)]
struct Plan {
    format: u64,
    settings: Settings,
}

#[derive(Deserialize)]
struct Contents {
    shards: Vec<usize>,
}

impl Dataset {
    /// Opens the folder of a data set. No example is read yet.
    ///
    /// # Errors
    /// A folder that is none, or whose build has not come to its end.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let (plan, contents) = (dir.join(PLAN), dir.join(DATASET));
        if !plan.exists() {
            return Err(Error::NoDataset { path: dir.to_owned() });
        }
        if !contents.exists() {
            return Err(Error::Unfinished { path: dir.to_owned() });
        }
        let Plan { format, settings } =
            serde_json::from_value(read_json(&plan)?).map_err(|e| Error::store(&plan, &e))?;
        let Contents { shards } =
            serde_json::from_value(read_json(&contents)?).map_err(|e| Error::store(&contents, &e))?;
        if format != FORMAT {
            return Err(Error::store(&plan, &format!("its format is {format}; {FORMAT} is expected")));
        }
        let mut groups = Vec::new();
        let mut first = 0;
        for (shard, count) in shards.into_iter().enumerate() {
            // Each shard says so itself too: this is not the place to believe in a number.
            if shard::count(&shard_path(dir, shard))? != count {
                return Err(Error::store(
                    &shard_path(dir, shard),
                    &format!("{DATASET} says {count} examples; it has another number"),
                ));
            }
            for group in 0..count.div_ceil(GROUP) {
                let examples = GROUP.min(count - group * GROUP);
                groups.push(Group { shard, group, first, examples });
                first += examples as u64;
            }
        }
        Ok(Self { dir: dir.to_owned(), settings, groups })
    }

    /// How many examples there are.
    pub fn len(&self) -> u64 {
        self.groups.last().map_or(0, |group| group.first + group.examples as u64)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How the examples were made.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The tokenizer that they were made with.
    ///
    /// # Errors
    /// Where its folder cannot be read.
    pub fn tokenizer(&self) -> Result<Tokenizer, Error> {
        Ok(Tokenizer::from_dir(&self.dir.join(TOKENIZER))?)
    }

    /// The examples from number `from` on, in the order in which they are stored, with what masks they have.
    ///
    /// # Errors
    /// Where a thousand examples that are stored together cannot be read, one error comes in their place.
    pub fn examples(&self, from: u64) -> impl Iterator<Item = Result<Example, Error>> + '_ {
        let start = self.groups.partition_point(|group| group.first + group.examples as u64 <= from);
        let groups = self.groups.get(start..).unwrap_or_default().iter();
        groups.flat_map(move |group| match self.read(group) {
            Ok(examples) => {
                let skipped = from.saturating_sub(group.first) as usize;
                examples.into_iter().skip(skipped).map(Ok).collect::<Vec<_>>()
            }
            Err(error) => vec![Err(error)],
        })
    }

    /// How often each token stands in the examples, by id: what a choice of rare tokens goes by.
    ///
    /// # Errors
    /// Where an example cannot be read.
    pub fn token_counts(&self, vocab_size: usize) -> Result<Vec<u64>, Error> {
        let mut counts = vec![0; vocab_size];
        for group in &self.groups {
            for id in self.read(group)?.iter().flat_map(|example| &example.ids) {
                if let Some(count) = counts.get_mut(*id as usize) {
                    *count += 1;
                }
            }
        }
        Ok(counts)
    }

    /// The examples in the order of one epoch, drawn from `(seed, epoch)`; masked, where masks are drawn when an example
    /// is read, from `(seed, epoch, example)`.
    ///
    /// Groups of [a thousand examples](super) are put in random order, and some of them at a time are read and shuffled
    /// together: every example once, in an order in which neighbours of one shard seldom meet, in bounded memory.
    pub fn epoch<'a>(&'a self, seed: u64, epoch: u64, vocabulary: &'a MaskingVocabulary) -> Epoch<'a> {
        let mut order: Vec<u32> = (0..self.groups.len() as u32).collect();
        order.shuffle(&mut stream(b"groups  ", seed, epoch, 0));
        Epoch {
            dataset: self,
            masks: self.masks(seed, epoch, vocabulary),
            order,
            next_window: 0,
            window: Vec::new(),
            position: 0,
            from: 0,
            reader: 0,
            readers: 1,
        }
    }

    /// The masks of one epoch, for examples that are not read in its order.
    pub fn masks<'a>(&self, seed: u64, epoch: u64, vocabulary: &'a MaskingVocabulary) -> Masks<'a> {
        let masking = (self.settings.masking_time == MaskingTime::Dynamic).then_some(self.settings.masking);
        Masks { masking, seed, epoch, vocabulary }
    }

    fn read(&self, group: &Group) -> Result<Vec<Example>, Error> {
        let path = shard_path(&self.dir, group.shard);
        let examples = shard::read(&path, group.group)?;
        if examples.len() == group.examples {
            return Ok(examples);
        }
        Err(Error::store(
            &path,
            &format!("group {} has {} examples; {} are expected", group.group, examples.len(), group.examples),
        ))
    }
}

/// The masks that are drawn when examples are read, in one epoch.
#[derive(Debug, Clone, Copy)]
pub struct Masks<'a> {
    masking: Option<MaskingConfig>, // none where examples have theirs
    seed: u64,
    epoch: u64,
    vocabulary: &'a MaskingVocabulary,
}

impl Masks<'_> {
    /// Masks example number `index` of the data set, unless it is masked as it is stored.
    pub fn draw(&self, index: u64, example: &mut Example) {
        if let Some(masking) = &self.masking {
            example.mask(masking, self.vocabulary, &mut stream(b"masking ", self.seed, self.epoch, index));
        }
    }
}

/// The examples of one epoch; see [`Dataset::epoch`].
#[derive(Debug)]
pub struct Epoch<'a> {
    dataset: &'a Dataset,
    masks: Masks<'a>,
    order: Vec<u32>, // of the groups
    next_window: usize,
    window: Vec<(u64, Example)>, // with their indices in the data set; the last is next
    position: u64,               // of the next one, in the epoch
    from: u64,
    reader: u64,
    readers: u64,
}

impl Epoch<'_> {
    /// Goes on at an example: number `position` of the epoch is next. Nothing before it is read, but for some thousand
    /// that it was shuffled with.
    pub fn from(mut self, position: u64) -> Self {
        (self.next_window, self.position, self.from) = (0, 0, position);
        self.window.clear();
        for groups in self.order.chunks(GROUPS_TOGETHER) {
            let groups = groups.iter().filter_map(|&group| self.dataset.groups.get(group as usize));
            let after = self.position + groups.map(|group| group.examples as u64).sum::<u64>();
            if after > position {
                break;
            }
            self.next_window += 1;
            self.position = after;
        }
        self
    }

    /// The part of one of `readers` readers: every `readers`-th example of the epoch, from number `reader` on. Together
    /// they have each example once.
    pub fn of(self, reader: u64, readers: u64) -> Self {
        Self { reader: reader % readers.max(1), readers: readers.max(1), ..self }
    }

    /// The number of the next example in the epoch, counted over all readers: where [`from`](Self::from) goes on.
    pub fn position(&self) -> u64 {
        self.position.max(self.from)
    }

    /// Reads and shuffles the next window; `false` at the end.
    fn read_window(&mut self) -> Result<bool, Error> {
        let number = self.next_window;
        let Some(groups) = self.order.chunks(GROUPS_TOGETHER).nth(number) else { return Ok(false) };
        self.next_window += 1;
        for group in groups.iter().filter_map(|&group| self.dataset.groups.get(group as usize)) {
            self.window.extend((group.first..).zip(self.dataset.read(group)?));
        }
        self.window.shuffle(&mut stream(b"windows ", self.masks.seed, self.masks.epoch, number as u64));
        self.window.reverse();
        Ok(true)
    }
}

impl Iterator for Epoch<'_> {
    type Item = Result<Example, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((index, mut example)) = self.window.pop() else {
                match self.read_window() {
                    Ok(true) => continue,
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                }
            };
            let position = self.position;
            self.position += 1;
            if position < self.from || position % self.readers != self.reader {
                continue;
            }
            self.masks.draw(index, &mut example);
            return Some(Ok(example));
        }
    }
}
