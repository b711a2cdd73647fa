//! `cargo xtask features`: the combinations of features that the documentation names, each without a warning.

use std::{process::Command, time::Instant};

use clap::Args;

use crate::shell::{cargo, run};

/// Check that every documented combination of features compiles without a warning.
#[derive(Debug, Args)]
pub(crate) struct Features {
    /// Only list them.
    #[arg(long)]
    list: bool,
}

/// Where a combination is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Everywhere.
    Nothing,
    /// Everywhere: the build would fetch LLVM, which a check does not need, and leaves out where it believes to be making
    /// documentation.
    Llvm,
    /// Where `LIBTORCH` says where LibTorch is: the build compiles against it.
    LibTorch,
    /// Where `rustup target add wasm32-unknown-unknown` was said.
    WebAssembly,
}

/// What is checked, and what it is there for.
struct Combination {
    arguments: &'static str,
    who: &'static str,
    needs: Needs,
}

/// But for what is tested, which the lints of `cargo xtask ci` check.
const COMBINATIONS: [Combination; 6] = [
    Combination {
        arguments: "-p embert-cli --no-default-features --features flex",
        who: "no hub, and so no C at all",
        needs: Needs::Nothing,
    },
    Combination {
        arguments: "-p embert-cli --no-default-features --features ndarray",
        who: "the CPU without flex",
        needs: Needs::Nothing,
    },
    Combination {
        arguments: "-p embert-cli --no-default-features --features cuda,rocm,cpu,wgpu",
        who: "every kind of GPU in one program, and no CPU's backend",
        needs: Needs::Llvm,
    },
    Combination {
        arguments: "-p embert-objectives --no-default-features",
        who: "masking without Burn",
        needs: Needs::Nothing,
    },
    Combination { arguments: "-p embert-cli --features tch", who: "LibTorch", needs: Needs::LibTorch },
    Combination {
        arguments: "-p embert-tokenizer -p embert-core -p embert-checkpoint --target wasm32-unknown-unknown",
        who: "tokenizer, models and files in a browser",
        needs: Needs::WebAssembly,
    },
];

impl Features {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        for Combination { arguments, who, needs } in COMBINATIONS {
            println!("cargo build {arguments:<80} {who}");
            if self.list {
                continue;
            }
            if let Some(missing) = needs.missing() {
                println!("    not checked: {missing}");
                continue;
            }
            let start = Instant::now();
            let words: Vec<&str> = ["clippy", "--quiet"].into_iter().chain(arguments.split(' ')).collect();
            let mut command = cargo(&words);
            command.args(["--", "-D", "warnings"]);
            if needs == Needs::Llvm {
                command.env("DOCS_RS", "1");
            }
            run(&mut command)?;
            println!("    {:.0} s", start.elapsed().as_secs_f64());
        }
        Ok(())
    }
}

impl Needs {
    /// What is not there.
    fn missing(self) -> Option<&'static str> {
        match self {
            Self::Nothing | Self::Llvm => None,
            Self::LibTorch => {
                std::env::var_os("LIBTORCH").is_none().then_some("LIBTORCH does not say where LibTorch is")
            }
            Self::WebAssembly => {
                let targets = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?.stdout;
                let place = String::from_utf8(targets).ok()?;
                let is_there = std::path::Path::new(place.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir();
                (!is_there).then_some("rustup target add wasm32-unknown-unknown")
            }
        }
    }
}
