//! How the shell posts webhooks: one after the other, five seconds for an answer, over plain HTTP.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::http_out;
use crate::sandbox::Sandbox;
use crate::serve::Clock;
use crate::webhooks::{SIGNATURE_HEADER, WebhookDelivery};

/// How often due deliveries are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long Xero waits for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Posts what is due until the shell stops. A delivery in the air then counts as unanswered.
pub(crate) async fn deliver(sandbox: Arc<Sandbox>, clock: Clock, shutdown: CancellationToken) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let posting = async {
        loop {
            ticks.tick().await;
            // A healthy webhook that answers at once gets all that waits without a pause.
            loop {
                let due = sandbox.due_deliveries(clock());
                if due.is_empty() {
                    break;
                }
                for delivery in due {
                    let status = answer_of(&delivery).await;
                    sandbox.webhook_answered(delivery.id, status, clock());
                }
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = posting => {}
    }
}

/// The status of the answer; nothing when there is none in time.
async fn answer_of(delivery: &WebhookDelivery) -> Option<u16> {
    let url = Url::parse(&delivery.url).ok()?;
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        (SIGNATURE_HEADER, delivery.signature.as_str()),
    ];
    let posted = http_out::send(Method::POST, &url, &headers, delivery.body.clone());
    match timeout(ANSWER_MAX, posted).await {
        Ok(Ok(reply)) => Some(reply.status().as_u16()),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a webhook could not be posted");
            None
        }
        Err(_) => None,
    }
}
