//! Several processes of one program, by the machine's MPI.

use std::process::Command;

use crate::debian::install;

/// An MPI, and what its bindings are made with.
pub(crate) fn install_mpi() -> anyhow::Result<()> {
    let packages = ["libopenmpi-dev", "openmpi-bin", "libclang-dev"];
    let answers = |program: &&str| Command::new(program).arg("--version").output().is_ok();
    let is_there = ["mpicc", "mpirun"].iter().all(answers);
    install(&packages, is_there, "the feature mpi is built against an MPI")
}

/// The program of `command`, with its arguments, as so many processes of this machine; itself, where it is to be one.
pub(crate) fn on_ranks(count: usize, command: Command) -> Command {
    if count == 1 {
        return command;
    }
    let mut mpirun = Command::new("mpirun");
    // As variables, which another MPI than Open MPI passes over. Where this is root, it is in a container, and there one process
    // may not look into another's memory; and there may be more ranks than cores.
    mpirun.envs([
        ("OMPI_ALLOW_RUN_AS_ROOT", "1"),
        ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"),
        ("OMPI_MCA_btl_vader_single_copy_mechanism", "none"),
        ("OMPI_MCA_rmaps_base_oversubscribe", "1"),
        ("OMPI_MCA_hwloc_base_binding_policy", "none"),
        ("OMPI_MCA_mpi_yield_when_idle", "1"),
    ]);
    mpirun.args(["-np", &count.to_string()]);
    mpirun.arg(command.get_program()).args(command.get_args());
    mpirun
}
