//! `cargo xtask metrics`: the metrics of fine-tuning, compared with the libraries that papers quote.

use std::process::Command;

use clap::Args;

use crate::{
    python::make,
    shell::{cargo, root, run},
};

/// Not those of the other environment: transformers 5 does not have SQuAD's evaluation any more.
const PACKAGES: [&str; 4] = ["scikit-learn", "scipy", "seqeval==1.2.2", "transformers<5"];

/// Compare the metrics with scikit-learn's, SciPy's, seqeval's and SQuAD's on other cases than the committed ones, in
/// an environment of its own.
#[derive(Debug, Args)]
pub(crate) struct Metrics {
    /// The cases follow from it; those that are committed are of 1.
    #[arg(long, default_value_t = 2)]
    seed: u64,
}

impl Metrics {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let environment = root().join("target/python-metrics");
        make(&environment, &PACKAGES)?;
        let cases = root().join("target/metrics-cases.json");
        run(Command::new(environment.join("bin/python"))
            .arg("xtask/metrics/cases.py")
            .args(["--seed", &self.seed.to_string()])
            .arg("--out")
            .arg(&cases)
            .env("HF_HUB_OFFLINE", "1"))?;
        run(cargo(&["test", "--workspace", "--test", "metrics"]).env("EMBERT_METRICS_CASES", &cases))
    }
}
