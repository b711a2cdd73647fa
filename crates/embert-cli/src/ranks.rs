//! The ranks of a training: the processes that `mpirun` has started, of which this is one.

#[cfg(feature = "mpi")]
use std::panic::{AssertUnwindSafe, catch_unwind};
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
            let result = catch_unwind(AssertUnwindSafe(|| of_device(|| part(ranks))));
            match result.unwrap_or_else(|panic| Err(anyhow::anyhow!("{}", message_of(&*panic)))) {
                Ok(code) => {
                    if let Some(world) = Rc::into_inner(world) {
                        world.leave();
                    }
                    return Ok(code);
                }
                Err(error) => abort(&world, _dir, &error),
            }
        }
        part(ranks)
    }
}

#[cfg(feature = "mpi")]
fn abort(world: &World, dir: &Path, error: &anyhow::Error) -> ! {
    let sentence = format!("rank {}: {}", world.rank(), crate::output::sentence(error));
    crate::output::tell(&format!("error: {sentence}"));
    // Where no file can be written, it has been said.
    if let Ok(dir) = std::path::absolute(dir) {
        let mut name = dir.file_name().unwrap_or_default().to_owned();
        name.push(format!(".rank-{:05}.log", world.rank()));
        let _ = std::fs::write(dir.with_file_name(name), sentence + "\n");
    }
    world.abort(crate::exit_code_of(error).into())
}
