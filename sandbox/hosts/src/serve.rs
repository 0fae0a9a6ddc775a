//! How a stand-in listens: on this machine only, on a free port, until it is dropped.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// A stand-in that listens. It ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    _stop: DropGuard,
}

impl Running {
    /// Its address, such as `http://127.0.0.1:40123/`.
    #[must_use]
    pub fn url(&self) -> Url {
        let text = format!("http://{}/", self.address);
        Url::parse(&text).expect("an address and a port make a URL")
    }
}

/// Serves routes on a port of this machine: `0` takes a free one.
///
/// # Errors
/// When the port is taken.
pub async fn serve(routes: Router, port: u16) -> std::io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        let served = axum::serve(listener, routes).with_graceful_shutdown(stopped);
        if let Err(error) = served.await {
            tracing::warn!(%error, "a stand-in ended");
        }
    });
    Ok(Running {
        address,
        _stop: stop.drop_guard(),
    })
}
