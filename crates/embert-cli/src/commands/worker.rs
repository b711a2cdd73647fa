//! `embert worker`.

use std::{
    net::{SocketAddr, TcpListener},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use embert::{TOKEN_VARIABLE, serve};

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
            Ok(token) if token.is_empty() => {
                return Err(
                    WrongUse(format!("{TOKEN_VARIABLE} is empty; a word that both sides know is expected")).into()
                );
            }
            Ok(token) => Some(token),
            Err(std::env::VarError::NotPresent) => None,
            Err(error) => return Err(WrongUse(format!("{TOKEN_VARIABLE}: {error}")).into()),
        };
        if token.is_none() && !self.listen.ip().is_loopback() {
            let message = format!(
                "--listen {}: anybody who reaches it could compute here; a token in {TOKEN_VARIABLE} is expected, or an \
                 address of this machine alone, such as 127.0.0.1:3931",
                self.listen
            );
            return Err(WrongUse(message).into());
        }
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
