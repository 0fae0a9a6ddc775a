//! The loop to measure against: it sends bodies that are ready, reads the replies and drops them. Nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::{Client, header};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::control::Control;
use crate::failure::Failure;

/// Requests in the air at once, as many as the engine keeps there.
pub const IN_THE_AIR: usize = 4;

/// What every worker needs.
struct Loop {
    client: Client,
    address: String,
    token: String,
    organisation: Uuid,
    bodies: Vec<Bytes>,
    next: AtomicUsize,
}

/// Sends the bodies with the headers that the adapter sends, and gives how long that took.
///
/// `name` keeps the idempotency keys of several loops apart.
///
/// # Errors
/// When a request is not answered with success.
pub async fn send_all(
    control: &Control,
    organisation: Uuid,
    name: char,
    bodies: Vec<Bytes>,
) -> Result<Duration, Failure> {
    let ready = Arc::new(Loop {
        client: Client::new(),
        address: format!(
            "{}/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4",
            control.base()
        ),
        token: control.token(organisation).await?,
        organisation,
        bodies,
        next: AtomicUsize::new(0),
    });
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..IN_THE_AIR {
        let ready = Arc::clone(&ready);
        workers.spawn(async move { ready.work(name).await });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(begun.elapsed())
}

impl Loop {
    async fn work(&self, name: char) -> Result<(), Failure> {
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(body) = self.bodies.get(at) else {
                return Ok(());
            };
            let request = self
                .client
                .put(&self.address)
                .bearer_auth(&self.token)
                .header("xero-tenant-id", self.organisation.to_string())
                .header("idempotency-key", format!("bare-{name}-{at}"))
                .header(header::ACCEPT, "application/json")
                .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
                .body(body.clone());
            let reply = request.send().await?.error_for_status()?;
            drop(reply.bytes().await?);
        }
    }
}
