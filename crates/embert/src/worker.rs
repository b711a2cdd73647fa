//! This machine's devices, served to others by Burn's remote backend.

use std::net::{SocketAddr, TcpListener};

use burn::{
    server::{RemoteServer, TokenAuthorizer, WebSocketTransport},
    tensor::Device,
};

use crate::{device::TOKEN_VARIABLE, error::Error};

/// Serves `devices`, which are of one backend, to whoever connects to `listener`, until Ctrl-C or SIGTERM. The first is
/// `remote:HOST:PORT`, the next `remote:HOST:PORT/1`.
///
/// What goes over the wire is not encrypted: a token keeps strangers from computing, not from reading along.
///
/// # Errors
/// Where others than this machine could connect, and there is no token for them to show; and where the system gives no
/// connections.
pub fn serve(devices: Vec<Device>, listener: TcpListener, token: Option<String>) -> Result<(), Error> {
    let fails = |message: String| Error::Serve { message };
    let place = listener.local_addr().map_err(|error| fails(error.to_string()))?;
    check_door(place, token.as_deref())?;
    let server = RemoteServer::new(devices);
    let server = match token {
        Some(token) => server.with_authorizer(TokenAuthorizer::new(token).map_err(|error| fails(error.to_string()))?),
        None => server,
    };
    server.serve(WebSocketTransport::from_listener(listener)).map_err(|error| fails(error.to_string()))
}

/// Whether a worker at `place` lets in only those who are meant: who shows the token, or this machine.
///
/// # Errors
/// Where it would let in anybody.
pub fn check_door(place: SocketAddr, token: Option<&str>) -> Result<(), Error> {
    let message = match token {
        Some("") => format!("{TOKEN_VARIABLE} is empty; a word that both sides know is expected"),
        None if !place.ip().is_loopback() => format!(
            "{place}: anybody who reaches it could compute here; a token in {TOKEN_VARIABLE} is expected, or an address of \
             this machine alone, such as 127.0.0.1:3931"
        ),
        Some(_) | None => return Ok(()),
    };
    Err(Error::Serve { message })
}
