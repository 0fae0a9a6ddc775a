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
use crate::web::{self, Front};

/// Where webhooks of Xero are taken.
pub(crate) use webhooks::PATH as WEBHOOKS;

/// How long open connections are waited for at the end.
const END_WITHIN: Duration = Duration::from_secs(6);

/// Where requests are taken, for as long as the process lives: whoever comes while it begins anew waits a moment.
pub(crate) struct Door {
    listener: std::net::TcpListener,
    asked: SocketAddr,
    /// Where it listens, with the port that was chosen where the configuration leaves it open.
    pub(crate) address: SocketAddr,
}

impl Door {
    /// Opens one where the configuration says; none where it says nothing. One that is where it should be stays open, and
    /// so does one that cannot be replaced.
    pub(crate) fn follow(door: &mut Option<Self>, config: &Config) -> Result<(), Failure> {
        let Some(listen) = &config.listen else {
            *door = None;
            return Ok(());
        };
        if door
            .as_ref()
            .is_some_and(|door| door.asked == listen.address)
        {
            return Ok(());
        }
        let bind = || -> std::io::Result<Self> {
            let listener = std::net::TcpListener::bind(listen.address)?;
            listener.set_nonblocking(true)?;
            Ok(Self {
                address: listener.local_addr()?,
                listener,
                asked: listen.address,
            })
        };
        let opened = bind().map_err(|error| {
            Failure::new(format!("{} cannot be listened at: {error}", listen.address))
                .advise("Choose a free address under [listen] in the configuration.")
        })?;
        *door = Some(opened);
        Ok(())
    }
}

/// Fails for a configuration with which nothing could be answered.
pub(crate) fn check(config: &Config, staff: &Staff) -> Result<(), Failure> {
    webhooks::Desk::new(config, staff).map(drop)
}

/// A server that answers until it is stopped.
pub(crate) struct Listening {
    task: JoinHandle<std::io::Result<()>>,
    writes: web::Writes,
}

impl Listening {
    /// Starts to answer at a door.
    pub(crate) fn start(
        door: &Door,
        front: &Arc<Front>,
        stop: CancellationToken,
    ) -> Result<Self, Failure> {
        let staff = front.shop.staff();
        let off = front.shop.loaded().config.off.hosts.clone();
        let webhooks = webhooks::Desk::new(&front.shop.loaded().config, staff)?;
        let router = Router::new()
            .route("/health", get(|| async { "ok\n" }))
            .merge(pushes::routes(Arc::clone(&staff.world), off))
            .merge(webhooks::routes(Arc::new(webhooks)))
            .merge(web::routes(front))
            .layer(axum::middleware::from_fn(web::followed))
            .into_make_service_with_connect_info::<SocketAddr>();
        let failed = |error: std::io::Error| {
            Failure::new(format!("{} cannot be listened at: {error}", door.address))
        };
        let listener = door.listener.try_clone().map_err(failed)?;
        let listener = TcpListener::from_std(listener).map_err(failed)?;
        let server = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        Ok(Self {
            task: tokio::spawn(async move { server.await }),
            writes: front.writes.clone(),
        })
    }

    /// Waits until the answers that were begun are given, but for no client that keeps a connection open. Nothing that was
    /// begun for somebody goes on afterwards.
    pub(crate) async fn end(mut self) {
        match tokio::time::timeout(END_WITHIN, &mut self.task).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the server ended badly"),
            Ok(Err(error)) => tracing::error!(%error, "the server broke"),
            Err(_) => self.task.abort(),
        }
        self.writes.end().await;
    }
}
