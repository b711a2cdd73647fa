//! Processes that take each step together: ranks, as MPI calls them.
//!
//! All ranks go through the same batches. Each computes the gradients of some pieces of a batch, the gradients are summed,
//! and every rank takes the same step: what a step is follows from the whole batch alone, whatever the number of ranks.
//! The first rank writes, validates and reports.

mod gradients;
#[cfg(feature = "mpi")]
mod mpi;

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "mpi")]
pub use self::mpi::World;
pub(crate) use gradients::sum_gradients;

use crate::error::Error;

/// The processes that a training is shared by. They ask for the same things in the same order.
pub trait Ranks: fmt::Debug {
    /// This process's number, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn count(&self) -> usize;

    /// Makes of each number the sum of what the ranks have in its place, added in the ranks' order: the same bits on each.
    ///
    /// # Errors
    /// Where the others cannot be reached.
    fn sum(&self, numbers: &mut [f32]) -> Result<(), Error>;

    /// What the first rank has to say, on each; what others have to say is not heard.
    ///
    /// # Errors
    /// As [`sum`](Self::sum).
    fn hear_first(&self, said: Vec<u8>) -> Result<Vec<u8>, Error>;
}

/// A process that shares its training with no other.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Ranks for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn count(&self) -> usize {
        1
    }

    fn sum(&self, _numbers: &mut [f32]) -> Result<(), Error> {
        Ok(())
    }

    fn hear_first(&self, said: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(said)
    }
}

/// What can be asked of any ranks.
impl dyn Ranks + '_ {
    /// Whether this is the process that writes, validates and reports.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// Whether this process has company.
    pub(crate) fn are_several(&self) -> bool {
        self.count() > 1
    }

    /// Whether any rank says so.
    pub(crate) fn any(&self, is_so: bool) -> Result<bool, Error> {
        let mut votes = [f32::from(is_so)];
        self.sum(&mut votes)?;
        Ok(votes != [0.0])
    }

    /// The first rank's value, on each.
    ///
    /// # Errors
    /// Where the others cannot be reached, or run another version of this program.
    pub fn share<T: Serialize + DeserializeOwned>(&self, value: T) -> Result<T, Error> {
        if !self.are_several() {
            return Ok(value);
        }
        let wrong = |error: serde_json::Error| Error::Ranks { message: error.to_string() };
        let said = if self.is_first() { serde_json::to_vec(&value).map_err(wrong)? } else { Vec::new() };
        serde_json::from_slice(&self.hear_first(said)?).map_err(wrong)
    }

    /// Whether piece `number` of `all` is this rank's. Neighbours go together, so that a sum over ranks in their order is
    /// one over pieces in theirs.
    pub(crate) fn has(&self, number: usize, all: usize) -> bool {
        number * self.count() / all == self.rank()
    }
}
