//! Ranks that `mpirun`, or Slurm's `srun`, has started.

use std::mem::ManuallyDrop;

use mpi::{
    Threading,
    environment::Universe,
    topology::SimpleCommunicator,
    traits::{Communicator, CommunicatorCollectives, Root},
};

use super::Ranks;
use crate::error::Error;

/// By one of these a launcher says that a process is one of several: Open MPI, MPICH and its kin, whatever speaks PMIx.
const LAUNCHERS: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"];

/// All processes of an `mpirun`.
///
/// MPI is used on the thread that joined alone.
pub struct World {
    /// Not left where a process fails: to leave is to wait for the others, who wait for this one.
    universe: ManuallyDrop<Universe>,
    world: SimpleCommunicator,
    rank: usize,
    count: usize,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rank {} of {}", self.rank, self.count)
    }
}

impl World {
    /// Joins the others; None where a launcher has not started this process, or it alone.
    ///
    /// # Errors
    /// Where MPI has been joined before, or cannot be used beside other threads.
    pub fn join() -> Result<Option<Self>, Error> {
        if !LAUNCHERS.iter().any(|name| std::env::var_os(name).is_some()) {
            return Ok(None);
        }
        let refused = |message: &str| Error::Ranks { message: message.to_owned() };
        let (universe, threading) = mpi::initialize_with_threading(Threading::Funneled)
            .ok_or_else(|| refused("MPI was joined before in this process"))?;
        if threading < Threading::Funneled {
            return Err(refused("this MPI cannot be used in a process with threads"));
        }
        let world = universe.world();
        let (rank, count) = (world.rank() as usize, world.size() as usize);
        let world = Self { universe: ManuallyDrop::new(universe), world, rank, count };
        if count > 1 {
            return Ok(Some(world));
        }
        world.leave();
        Ok(None)
    }

    /// Leaves the others, who leave too.
    pub fn leave(self) {
        drop(ManuallyDrop::into_inner(self.universe));
    }

    /// Ends all ranks at once, this one with `code`.
    pub fn abort(&self, code: i32) -> ! {
        self.world.abort(code)
    }
}

impl Ranks for World {
    fn rank(&self) -> usize {
        self.rank
    }

    fn count(&self) -> usize {
        self.count
    }

    /// Each rank adds one part of the numbers for all: MPI's own reduction may add in any order.
    fn sum(&self, numbers: &mut [f32]) -> Result<(), Error> {
        let part = numbers.len().div_ceil(self.count);
        let mut mine = vec![0.0_f32; part * self.count]; // [ranks, part]: all parts, then of all ranks this rank's part
        mine.iter_mut().zip(&*numbers).for_each(|(mine, number)| *mine = *number);
        let mut theirs = vec![0.0_f32; part * self.count];
        self.world.all_to_all_into(&mine[..], &mut theirs[..]);
        let mut ranks = theirs.chunks(part.max(1));
        let mut sum = ranks.next().unwrap_or_default().to_vec();
        for rank in ranks {
            sum.iter_mut().zip(rank).for_each(|(sum, number)| *sum += number);
        }
        self.world.all_gather_into(&sum[..], &mut mine[..]);
        numbers.iter_mut().zip(mine).for_each(|(number, sum)| *number = sum);
        Ok(())
    }

    fn hear_first(&self, mut said: Vec<u8>) -> Result<Vec<u8>, Error> {
        let first = self.world.process_at_rank(0);
        let mut length = said.len() as u64;
        first.broadcast_into(&mut length);
        said.resize(length as usize, 0);
        first.broadcast_into(&mut said[..]);
        Ok(said)
    }
}
