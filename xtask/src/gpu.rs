//! `cargo xtask gpu`: the tests of devices, on a GPU or on what passes for one.

use std::{path::Path, process::Command};

use clap::Args;

use crate::{
    debian::install,
    mpi::install_mpi,
    shell::{cargo, run},
};

/// Build the workspace with all that needs no more than Debian's packages, and run the tests that are about devices.
#[derive(Debug, Args)]
pub(crate) struct Gpu {
    /// Use the machine's own driver, and not Mesa's lavapipe, which computes on the processor.
    #[arg(long)]
    own_driver: bool,
}

/// All that can be tested without hardware of its own, with Debian's packages: the same everywhere, so that it is built
/// once.
pub(crate) const FEATURES: &str =
    "embert-benches/mpi,embert-cli/mpi,embert-cli/ndarray,embert-cli/remote,embert-cli/tui,embert-cli/wgpu";

const TESTS: &str = "--test wgpu --test devices --test worker -- --nocapture";

impl Gpu {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        install_mpi()?;
        let mut tests = cargo(&["test", "--workspace", "--features", FEATURES]);
        tests.args(TESTS.split_whitespace());
        if !self.own_driver {
            Lavapipe::installed()?.drives(&mut tests);
        }
        run(&mut tests)
    }
}

/// The driver of Mesa that computes on the processor, where Debian's packages have it.
const DRIVER: &str = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";

/// Mesa's lavapipe, which is there.
pub(crate) struct Lavapipe(());

impl Lavapipe {
    /// Installs it where it is missing.
    pub(crate) fn installed() -> anyhow::Result<Self> {
        let what_for = "wgpu is tested on a GPU (cargo xtask gpu --own-driver) or on Mesa's lavapipe";
        install(&["mesa-vulkan-drivers", "libvulkan1"], Path::new(DRIVER).exists(), what_for)?;
        Ok(Self(()))
    }

    /// What `command` starts finds this driver and no other, so that every machine tests the same.
    pub(crate) fn drives(&self, command: &mut Command) {
        // Older loaders know it by the second name.
        command.env("VK_DRIVER_FILES", DRIVER).env("VK_ICD_FILENAMES", DRIVER);
        // Which of several kernels is the fastest is nothing that a test asks.
        command.env("CUBECL_AUTOTUNE_LEVEL", "minimal");
    }
}
