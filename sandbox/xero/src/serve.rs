//! The thin shell over HTTP: passes requests with the time, carries delays and hang-ups out, stops when told to.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::answer::Answer;
use crate::entry::Ending;
use crate::limits::InFlight;
use crate::options::Options;
use crate::post;
use crate::sandbox::Sandbox;

/// Largest request body: Xero's ten megabytes and a little, so that what is too large for a file is refused by the rules.
pub const BODY_BYTES_MAX: usize = 11 * 1024 * 1024;

/// Where the shell takes the time from.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How the shell runs.
#[derive(Clone)]
pub struct ServeOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The sandbox behind it.
    pub sandbox: Options,
    /// The clock; the system's by default.
    pub clock: Clock,
    /// Stops the shell when cancelled.
    pub shutdown: CancellationToken,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            port: 0,
            sandbox: Options::default(),
            clock: Arc::new(Utc::now),
            shutdown: CancellationToken::new(),
        }
    }
}

/// A running shell.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub base_url: String,
    /// The sandbox, to look at and to act on while it runs.
    pub sandbox: Arc<Sandbox>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Stops listening, lets requests in the air finish, and returns when all connections are closed. A repeat does nothing.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.wait().await;
    }
}

/// Starts a sandbox on 127.0.0.1.
///
/// # Errors
/// When the port is taken.
pub async fn serve(options: ServeOptions) -> std::io::Result<Running> {
    let sandbox = Arc::new(Sandbox::new(options.sandbox.clone()));
    serve_sandbox(sandbox, options).await
}

/// Starts the shell for a sandbox that exists already; the options' own sandbox set-up is not used.
///
/// # Errors
/// When the port is taken.
pub async fn serve_sandbox(
    sandbox: Arc<Sandbox>,
    options: ServeOptions,
) -> std::io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let addr = listener.local_addr()?;
    let clock = options.clock;
    let tasks = TaskTracker::new();
    tasks.spawn(accept(
        listener,
        Arc::clone(&sandbox),
        Arc::clone(&clock),
        options.shutdown.clone(),
        tasks.clone(),
    ));
    tasks.spawn(post::deliver(
        Arc::clone(&sandbox),
        Arc::clone(&clock),
        options.shutdown.clone(),
    ));
    tasks.close();
    tracing::debug!(%addr, "the local Xero listens");
    Ok(Running {
        addr,
        base_url: format!("http://{addr}"),
        sandbox,
        shutdown: options.shutdown,
        tasks,
    })
}

async fn accept(
    listener: TcpListener,
    sandbox: Arc<Sandbox>,
    clock: Clock,
    shutdown: CancellationToken,
    tasks: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(connection(
                    stream,
                    Arc::clone(&sandbox),
                    Arc::clone(&clock),
                    shutdown.clone(),
                ));
            }
            Err(error) => tracing::warn!(%error, "a connection could not be accepted"),
        }
    }
}

async fn connection(
    stream: TcpStream,
    sandbox: Arc<Sandbox>,
    clock: Clock,
    shutdown: CancellationToken,
) {
    // Small replies must not wait for the client's acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no-delay could not be set");
    }
    let service = service_fn(|request| answer(&sandbox, &clock, request));
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = shutdown.cancelled(), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The connection is to be closed without a reply.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox hangs up on purpose")]
struct HangUp;

async fn answer(
    sandbox: &Sandbox,
    clock: &Clock,
    request: Request<Incoming>,
) -> Result<Response<Outgoing>, HangUp> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        let refused = Answer::too_large(Uuid::nil());
        return Ok(refused
            .into_response()
            .map(|body| Outgoing::whole(body, None)));
    };
    let reply = sandbox.handle(Request::from_parts(parts, body.to_bytes()), clock());
    let (response, delivery, in_flight) = reply.into_parts();
    if !delivery.delay.is_zero() {
        tokio::time::sleep(delivery.delay).await;
    }
    match delivery.ending {
        Ending::Whole => Ok(response.map(|body| Outgoing::whole(body, in_flight))),
        Ending::HangUp => Err(HangUp),
        Ending::CutAfter(bytes) => Ok(response.map(|body| Outgoing::cut(&body, bytes, in_flight))),
    }
}

/// Whether and when a body breaks off. The pause lets the server flush what it has before it learns of the break.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Never,
    AfterPause,
    Now,
}

/// A reply body that holds its request's place in the air until the last byte is handed over.
struct Outgoing {
    rest: Option<Bytes>,
    announced_bytes: u64,
    cut: Cut,
    _in_flight: Option<InFlight>,
}

impl Outgoing {
    fn whole(body: Bytes, in_flight: Option<InFlight>) -> Self {
        Self {
            announced_bytes: body.len() as u64,
            rest: (!body.is_empty()).then_some(body),
            cut: Cut::Never,
            _in_flight: in_flight,
        }
    }

    fn cut(body: &Bytes, bytes: usize, in_flight: Option<InFlight>) -> Self {
        Self {
            announced_bytes: body.len() as u64,
            rest: Some(body.slice(..bytes.min(body.len()))),
            cut: Cut::AfterPause,
            _in_flight: in_flight,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = HangUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HangUp>>> {
        if let Some(part) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        match self.cut {
            Cut::Never => Poll::Ready(None),
            Cut::AfterPause => {
                self.cut = Cut::Now;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Cut::Now => Poll::Ready(Some(Err(HangUp))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.cut == Cut::Never
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced_bytes)
    }
}
