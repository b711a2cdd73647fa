//! `cargo xtask gpu`: the tests of devices, on a GPU or on what passes for one.

use std::{path::Path, process::Command};

use anyhow::Context;
use clap::Args;

use crate::shell::{cargo, run};

/// Build the workspace with all backends that need nothing but a driver, and run the tests that are about them.
#[derive(Debug, Args)]
pub(crate) struct Gpu {
    /// Use the machine's own driver, and not Mesa's lavapipe, which computes on the processor.
    #[arg(long)]
    own_driver: bool,
}

const TESTS: &str = "test --workspace --features embert-cli/ndarray,embert-cli/remote,embert-cli/wgpu \
                     --test wgpu --test devices --test worker -- --nocapture";

/// The driver of Mesa that computes on the processor, where Debian's packages have it.
const LAVAPIPE: &str = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";

impl Gpu {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut tests = cargo(&TESTS.split_whitespace().collect::<Vec<_>>());
        // Which of several kernels is the fastest is nothing that a test asks.
        tests.env("CUBECL_AUTOTUNE_LEVEL", "minimal");
        if !self.own_driver {
            install_lavapipe()?;
            // That driver and no other, so that every machine tests the same; older loaders know it by the second name.
            tests.env("VK_DRIVER_FILES", LAVAPIPE).env("VK_ICD_FILENAMES", LAVAPIPE);
        }
        run(&mut tests)
    }
}

/// Where it is missing, with Debian's tools.
fn install_lavapipe() -> anyhow::Result<()> {
    if Path::new(LAVAPIPE).exists() {
        return Ok(());
    }
    let packages = ["install", "--yes", "--no-install-recommends", "mesa-vulkan-drivers", "libvulkan1"];
    let install = || run(Command::new("apt-get").args(packages).env("DEBIAN_FRONTEND", "noninteractive"));
    // The lists of a fresh machine are empty.
    install().or_else(|_| run(Command::new("apt-get").arg("update")).and_then(|()| install())).context(
        "wgpu is tested on a GPU (--own-driver) or on Mesa's lavapipe: the packages mesa-vulkan-drivers and libvulkan1 are \
         expected",
    )
}
