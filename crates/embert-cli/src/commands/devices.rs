//! `embert devices`.

use std::process::ExitCode;

use clap::Args;
use embert::{Backend, Chosen, DeviceChoice, Found};
use serde::Serialize;

use super::Talk;

/// List what can compute: the backends that are compiled in, and the devices of each that are here.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert devices\n",
    "  embert devices --json",
))]
pub(crate) struct Devices {}

/// A backend, and what this machine has of it.
#[derive(Serialize)]
struct Listed {
    backend: Backend,
    is_compiled: bool,
    devices: Vec<Found>,
}

/// What `--device auto` takes.
#[derive(Serialize)]
struct Taken {
    /// None where there is nothing to take.
    device: Option<DeviceChoice>,
    why: Option<String>,
}

impl Devices {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let listed = Backend::ALL.map(|backend| Listed {
            backend,
            is_compiled: backend.is_compiled(),
            devices: backend.found(),
        });
        let auto = match DeviceChoice::Auto.choose() {
            Ok(Chosen { choice, why, .. }) => Taken { device: Some(choice), why },
            Err(error) => Taken { device: None, why: Some(error.to_string()) },
        };
        if talk.json {
            println!("{}", serde_json::json!({ "backends": listed, "auto": auto }));
            return Ok(ExitCode::SUCCESS);
        }
        println!("{:<10} {:<36} {:<14} state", "device", "name", "types");
        for Listed { backend, is_compiled, devices } in &listed {
            let nothing = match (is_compiled, backend) {
                (false, _) => format!("not compiled in; build with --features {backend}"),
                (true, Backend::Remote) => "devices of another machine: --device remote:HOST:PORT".to_owned(),
                (true, _) => "none here".to_owned(),
            };
            if devices.is_empty() {
                println!("{:<10} {:<36} {:<14} {nothing}", backend.to_string(), "-", "-");
            }
            for Found { device, name, dtypes, failure, .. } in devices {
                let state = failure.as_ref().map_or("answers".to_owned(), |failure| format!("fails: {failure}"));
                println!("{:<10} {name:<36} {:<14} {state}", device.to_string(), dtypes.join(" "));
            }
        }
        let why = auto.why.map(|why| format!(": {why}")).unwrap_or_default();
        let device = auto.device.map_or_else(|| "nothing".to_owned(), |device| device.to_string());
        println!("\nauto is {device}{why}");
        Ok(ExitCode::SUCCESS)
    }
}
