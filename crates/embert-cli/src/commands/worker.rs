//! `embert worker`.

use std::{
    io::{IsTerminal, stderr},
    net::{TcpListener, ToSocketAddrs},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use embert::{TOKEN_VARIABLE, check_door, serve};
use tracing_subscriber::EnvFilter;

use super::{Machines, Talk, WrongUse};
use crate::output::tell;

/// Serve this machine's devices to others, which say --device remote:HOST:PORT, until Ctrl-C.
///
/// Who connects shows the word in EMBERT_WORKER_TOKEN, where the worker was started with one. Without one, it listens on
/// this machine alone. What goes over the wire is not encrypted: a network that is trusted is expected, or a tunnel.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  EMBERT_WORKER_TOKEN=secret embert worker --listen 0.0.0.0:7777\n",
    "  embert pretrain --device remote:HOST:7777 --corpus TEXT --out runs/mine",
))]
pub(crate) struct Worker {
    /// The address or the name, and the port, to listen on; port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3931")]
    listen: String,
    #[command(flatten)]
    machines: Machines,
}

impl Worker {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let token = match std::env::var(TOKEN_VARIABLE) {
            Ok(token) => Some(token),
            Err(std::env::VarError::NotPresent) => None,
            Err(error) => return Err(WrongUse(format!("{TOKEN_VARIABLE}: {error}")).into()),
        };
        // Before devices are opened, which takes a while.
        let listen = || format!("--listen {}", self.listen);
        let place = self.listen.to_socket_addrs().map_err(|error| WrongUse(format!("{}: {error}", listen())))?.next();
        let place = place.ok_or_else(|| WrongUse(format!("{}: the name has no address", listen())))?;
        check_door(place, token.as_deref()).map_err(|error| WrongUse(error.to_string()))?;
        let devices = self.machines.open_of_one_backend(talk)?;
        let listener = TcpListener::bind(place).with_context(listen)?;
        let place = listener.local_addr()?;
        let needs = if token.is_some() { format!(", with {TOKEN_VARIABLE}") } else { ", on this machine alone".into() };
        if !talk.quiet {
            tell(&format!("serving     {}   --device remote:{place}{needs}", self.machines.describe()));
        }
        log(talk);
        serve(devices, listener, token)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What Burn says of who comes and goes, on standard error, and only what goes wrong where the program is quiet; or what
/// `RUST_LOG` asks for. Without it, Burn writes on standard output.
fn log(talk: Talk) {
    let usual = if talk.quiet { "error" } else { "info,wgpu=warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    subscriber.with_ansi(stderr().is_terminal()).init();
}
