//! What the running program answers over HTTP, and how that server begins and ends.

mod pushes;
mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::exit::Failure;
use crate::office::Staff;

/// Where webhooks of Xero are taken.
pub(crate) use webhooks::PATH as WEBHOOKS;

/// How long open connections are waited for at the end.
const END_WITHIN: Duration = Duration::from_secs(6);

/// A server that answers until it is stopped.
pub(crate) struct Listening {
    /// Where it listens, with the port that was chosen where the configuration leaves it open.
    pub(crate) address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Listening {
    /// Starts to listen where the configuration says; `None` where it says nothing.
    pub(crate) async fn start(
        config: &Config,
        staff: &Staff,
        stop: CancellationToken,
    ) -> Result<Option<Self>, Failure> {
        let Some(listen) = &config.listen else {
            return Ok(None);
        };
        let webhooks = webhooks::Desk::new(config, staff)?;
        let router = Router::new()
            .route("/health", get(|| async { "ok\n" }))
            .merge(pushes::routes(Arc::clone(&staff.world)))
            .merge(webhooks::routes(Arc::new(webhooks)));
        let failed = |error: std::io::Error| {
            Failure::new(format!("{} cannot be listened at: {error}", listen.address))
                .advise("Choose a free address under [listen] in the configuration.")
        };
        let listener = TcpListener::bind(listen.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let server = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        Ok(Some(Self {
            address,
            task: tokio::spawn(async move { server.await }),
        }))
    }

    /// Waits until the answers that were begun are given, but for no client that keeps a connection open.
    pub(crate) async fn end(mut self) {
        match tokio::time::timeout(END_WITHIN, &mut self.task).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the server ended badly"),
            Ok(Err(error)) => tracing::error!(%error, "the server broke"),
            Err(_) => self.task.abort(),
        }
    }
}
