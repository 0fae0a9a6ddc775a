//! How the shell posts webhooks: one after the other, five seconds for an answer, over plain HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

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

async fn answer_of(delivery: &WebhookDelivery) -> Option<u16> {
    match timeout(ANSWER_MAX, post(delivery)).await {
        Ok(Ok(status)) => Some(status),
        Ok(Err(error)) => {
            tracing::debug!(error = %error, "a webhook could not be posted");
            None
        }
        Err(_) => None,
    }
}

#[derive(Debug, thiserror::Error)]
enum NotPosted {
    #[error("the shell posts to http addresses only")]
    Address,
    #[error("no connection")]
    Connection(#[from] std::io::Error),
    #[error("no answer")]
    Answer(#[from] hyper::Error),
    #[error("the request could not be built")]
    Request(#[from] http::Error),
}

async fn post(delivery: &WebhookDelivery) -> Result<u16, NotPosted> {
    let url = Url::parse(&delivery.url).map_err(|_| NotPosted::Address)?;
    let (Some(host), Some(port), "http") =
        (url.host_str(), url.port_or_known_default(), url.scheme())
    else {
        return Err(NotPosted::Address);
    };
    let stream = TcpStream::connect((host, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header(header::HOST, format!("{host}:{port}"))
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header(SIGNATURE_HEADER, &delivery.signature)
        .body(Full::<Bytes>::from(delivery.body.clone()))?;
    let answered = sender.send_request(request);
    tokio::pin!(answered);
    tokio::select! {
        answer = &mut answered => Ok(answer?.status().as_u16()),
        ended = connection => {
            ended?;
            Ok(answered.await?.status().as_u16())
        }
    }
}
