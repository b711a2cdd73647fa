//! The ranks of a training: the processes that `mpirun` has started, of which this is one.

#[cfg(feature = "mpi")]
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};
use std::{path::Path, process::ExitCode, rc::Rc};

use embert::train::{Alone, Ranks};
#[cfg(feature = "mpi")]
use embert::{message_of, train::World};

#[cfg(feature = "mpi")]
use crate::failure::of_device;

/// All ranks, or this process alone, for as long as a training lasts.
pub(crate) struct Company {
    #[cfg(feature = "mpi")]
    world: Option<Rc<World>>,
}

impl Company {
    /// # Errors
    /// Where there are others, and they cannot be joined.
    pub(crate) fn join() -> anyhow::Result<Self> {
        Ok(Self {
            #[cfg(feature = "mpi")]
            world: World::join().map_err(embert::Error::from)?.map(Rc::new),
        })
    }

    fn ranks(&self) -> Rc<dyn Ranks> {
        #[cfg(feature = "mpi")]
        if let Some(world) = &self.world {
            return Rc::clone(world) as Rc<dyn Ranks>;
        }
        Rc::new(Alone)
    }

    /// This process's part of a training in the run's folder `dir`. Where it fails here, all ranks end, since they would wait
    /// for this one; why it failed is in a file beside the folder too, `run.rank-00001.log`.
    pub(crate) fn take_part(
        self,
        _dir: &Path,
        part: impl FnOnce(Rc<dyn Ranks>) -> anyhow::Result<ExitCode>,
    ) -> anyhow::Result<ExitCode> {
        let ranks = self.ranks();
        #[cfg(feature = "mpi")]
        if let Some(world) = self.world {
            let log = log_of(_dir, world.rank());
            // That of a run that failed before this one.
            let _ = std::fs::remove_file(&log);
            let result = catch_unwind(AssertUnwindSafe(|| of_device(|| part(ranks))));
            match result.unwrap_or_else(|panic| Err(anyhow::anyhow!("{}", message_of(&*panic)))) {
                Ok(code) => {
                    if let Some(world) = Rc::into_inner(world) {
                        world.leave();
                    }
                    return Ok(code);
                }
                Err(error) => abort(&world, &log, &error),
            }
        }
        part(ranks)
    }
}

/// Where a rank says why it failed: beside the run's folder.
#[cfg(feature = "mpi")]
fn log_of(dir: &Path, rank: usize) -> PathBuf {
    let dir = std::path::absolute(dir).unwrap_or(dir.to_owned());
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(format!(".rank-{rank:05}.log"));
    dir.with_file_name(name)
}

#[cfg(feature = "mpi")]
fn abort(world: &World, log: &Path, error: &anyhow::Error) -> ! {
    let sentence = format!("rank {}: {}", world.rank(), crate::output::sentence(error));
    crate::output::tell(&format!("error: {sentence}"));
    // Where no file can be written, it has been said.
    let _ = std::fs::write(log, sentence + "\n");
    world.abort(crate::exit_code_of(error).into())
}
