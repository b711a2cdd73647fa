//! `embert worker`.

use std::{
    net::{SocketAddr, TcpListener},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use embert::{TOKEN_VARIABLE, check_door, serve};

use super::{Machines, Talk, WrongUse};
use crate::output::tell;

/// Serve this machine's devices to others, which say --device remote:HOST:PORT, until Ctrl-C.
///
/// Who connects shows the word in EMBERT_WORKER_TOKEN, where the worker was started with one. Without one, it listens on
/// this machine alone. What goes over the wire is not encrypted: a network that is trusted is expected, or a tunnel.
#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// The address and the port to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3931")]
    listen: SocketAddr,
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
        check_door(self.listen, token.as_deref()).map_err(|error| WrongUse(error.to_string()))?;
        let devices = self.machines.open(talk)?;
        let listener = TcpListener::bind(self.listen).with_context(|| format!("--listen {}", self.listen))?;
        let place = listener.local_addr()?;
        let needs = if token.is_some() { format!(", with {TOKEN_VARIABLE}") } else { ", on this machine alone".into() };
        if !talk.quiet {
            tell(&format!("serving     {}   --device remote:{place}{needs}", self.machines.describe()));
        }
        serve(devices, listener, token)?;
        Ok(ExitCode::SUCCESS)
    }
}
