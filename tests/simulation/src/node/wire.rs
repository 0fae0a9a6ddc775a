//! The way from a process to the provider and back: what gets lost, late, doubled or broken on it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use tieout_core::transport::{Transport, TransportError};
use tieout_sandbox_xero::{Delivery, Ending, Fault, FaultRule, InFlight, Limits};

use super::body::{Body, Moment, Step};
use super::mistakes;
use super::store::NodeStore;
use crate::coverage::Case;
use crate::faults::{Chance, Fate};
use crate::ground::Ground;
use crate::invariants::requests;
use crate::model::By;

/// Calls of one process, in the same thread as the books.
pub(crate) struct Wire {
    body: Arc<Body>,
    store: Arc<NodeStore>,
}

/// What a request is about.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Bytes,
}

impl Call {
    fn of(request: &Request<Bytes>) -> Self {
        let key = request.headers().get("idempotency-key");
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            key: key.and_then(|key| key.to_str().ok()).map(str::to_owned),
            body: request.body().clone(),
        }
    }

    /// The last part of the path.
    fn endpoint(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it asks the sign-in service.
    pub(crate) fn is_sign_in(&self) -> bool {
        !self.path.contains("/api.xro/")
    }

    /// Whether it changes documents.
    pub(crate) fn writes_documents(&self) -> bool {
        let documents = ["Invoices", "CreditNotes", "PurchaseOrders"];
        !self.is_sign_in() && self.method != Method::GET && documents.contains(&self.endpoint())
    }

    /// Whether it puts a credit against an invoice.
    pub(crate) fn allocates(&self) -> bool {
        !self.is_sign_in() && self.method == Method::PUT && self.endpoint() == "Allocations"
    }

    /// Whether it makes or takes back payments.
    pub(crate) fn pays(&self) -> bool {
        !self.is_sign_in() && self.method != Method::GET && self.path.contains("/Payments")
    }

    fn shown(&self, request: &Request<Bytes>) -> String {
        let query = request.uri().query().unwrap_or_default();
        // What a list asks for by default says nothing new.
        let news = query.split('&').filter(|part| {
            !["order", "where", "Statuses", "unitdp", "pageSize"]
                .iter()
                .any(|usual| part.starts_with(usual))
        });
        let query = news.collect::<Vec<_>>().join("&");
        let since = request.headers().get("if-modified-since");
        let since = since
            .and_then(|since| since.to_str().ok())
            .unwrap_or_default();
        format!(
            "{} {} {query} {since} {} bytes",
            self.method,
            self.endpoint(),
            self.body.len()
        )
    }
}

type Reply = (Response<Bytes>, Delivery, Option<InFlight>);

impl Wire {
    pub(crate) fn new(body: Arc<Body>, store: Arc<NodeStore>) -> Self {
        Self { body, store }
    }

    fn ground(&self) -> &Arc<Ground> {
        &self.body.ground
    }

    /// The request arrives after its sender gave up.
    fn arrive_late(&self, request: Request<Bytes>, after: Duration) {
        let ground = Arc::clone(self.ground());
        let call = Call::of(&request);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if !ground.is_provider_down() {
                ground.met(Case::RequestLate);
                ground.tell(
                    "wire",
                    format!("{} {} arrives late", call.method, call.endpoint()),
                );
                let (_, _, in_flight) = arrive(&ground, request, &call, None, Answered::No);
                drop(in_flight);
            }
        });
    }

    fn fault(&self, fate: Fate, call: &Call) -> (Option<Fault>, Answered) {
        let fault = match fate {
            Fate::AtProvider(fault) => fault,
            Fate::ReplyLost => Fault::LostAfterCommit,
            Fate::Fine | Fate::NotSent | Fate::Lost | Fate::Late(_) => {
                return (None, Answered::Yes);
            }
        };
        self.ground().tell(
            "fault",
            format!("{fault:?} for {} {}", call.method, call.endpoint()),
        );
        let answered = match fault {
            Fault::Slow { .. } | Fault::Twice => Answered::Yes,
            Fault::LostAfterCommit
            | Fault::LostBeforeCommit
            | Fault::ErrorBeforeCommit { .. }
            | Fault::ErrorAfterCommit { .. }
            | Fault::ErrorMidBatch { .. }
            | Fault::Timeout { .. }
            | Fault::Unauthorized
            | Fault::Maintenance
            | Fault::Truncated
            | Fault::ProxyHtml => Answered::No,
        };
        (Some(fault), answered)
    }
}

/// Whether the sender gets to know what became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Yes,
    No,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let ground = self.ground();
        let request = mistakes::of_request(ground, request);
        if let Some(answer) = mistakes::instead_of(ground, &request) {
            return Ok(answer);
        }
        let call = Call::of(&request);
        let kind = if call.writes_documents() || call.pays() || call.allocates() {
            Step::Write
        } else {
            Step::Ask
        };
        let step = self.body.step(kind).await;
        ground.tell("wire", format!("-> {}", call.shown(&request)));
        requests::intended(ground, &self.store, &call);
        requests::payment_intended(ground, &self.store, &call);
        requests::allocation_intended(ground, &self.store, &call);
        if requests::recorded(ground, &call) {
            self.body.note_sent(requests::flight_of(&call));
        }
        let (up, down) = latency(ground);
        tokio::time::sleep(up).await;
        step.at(Moment::Before).await;
        if ground.is_provider_down() {
            return Err(TransportError::NotSent("nobody answers".into()));
        }
        let fate = Fate::draw(ground, &call);
        match fate {
            Fate::NotSent => return Err(TransportError::NotSent("no connection".into())),
            Fate::Lost => {
                tokio::time::sleep(Duration::from_secs(30)).await;
                step.at(Moment::After).await;
                return Err(TransportError::ReplyLost("no reply in time".into()));
            }
            Fate::Late(after) => {
                self.arrive_late(request, after);
                step.at(Moment::Between).await;
                return Err(TransportError::ReplyLost("the connection closed".into()));
            }
            Fate::Fine | Fate::ReplyLost | Fate::AtProvider(_) => {}
        }
        let (fault, answered) = self.fault(fate, &call);
        if let Some(twin) = mistakes::twin_of(ground, &request) {
            drop(arrive(ground, twin, &call, None, Answered::No));
        }
        let (mut response, delivery, in_flight) = arrive(ground, request, &call, fault, answered);
        mistakes::in_reply(ground, &mut response);
        // The provider counts a call as being in the air until its reply is here, whoever waits for it.
        let landed = tokio::spawn(async move {
            tokio::time::sleep(down + delivery.delay).await;
            drop(in_flight);
        });
        step.at(Moment::Between).await;
        // Nobody aborts it, and it does not panic.
        let _ = landed.await;
        step.at(Moment::After).await;
        handed_over(ground, &call, response, delivery.ending, answered)
    }
}

/// What the sender gets of a reply.
fn handed_over(
    ground: &Ground,
    call: &Call,
    response: Response<Bytes>,
    ending: Ending,
    answered: Answered,
) -> Result<Response<Bytes>, TransportError> {
    match ending {
        Ending::Whole => {
            if answered == Answered::Yes {
                requests::answered(ground, call, &response);
            }
            let status = response.status().as_u16();
            let what = format!("<- {status} {} {}", call.method, call.endpoint());
            ground.tell("wire", what);
            Ok(response)
        }
        Ending::HangUp => Err(TransportError::ReplyLost("the connection closed".into())),
        Ending::CutAfter(_) => Err(TransportError::ReplyLost("the reply was cut short".into())),
    }
}

/// The request is with the provider.
fn arrive(
    ground: &Ground,
    request: Request<Bytes>,
    call: &Call,
    fault: Option<Fault>,
    answered: Answered,
) -> Reply {
    if fault == Some(Fault::Twice) {
        return arrive_twice(ground, &request, call, answered);
    }
    if let Some(fault) = fault {
        ground.sandbox.faults().push(FaultRule {
            method: None,
            path: String::new(),
            body: None,
            skip: 0,
            times: 1,
            fault,
        });
    }
    let reply = ground
        .sandbox
        .handle(request, ground.time.now())
        .into_parts();
    let observed = ground.observe(By::App);
    let made = &observed.made;
    requests::arrived(ground, call, &reply.0, &observed, answered);
    if reply.0.status() == StatusCode::TOO_MANY_REQUESTS {
        requests::limited(ground, &reply.0);
    }
    if matches!(fault, Some(Fault::ErrorMidBatch { .. })) && !made.is_empty() {
        ground.met(Case::PartialBatch);
    }
    reply
}

/// Something on the way hands the request over twice, and the second reply comes back: also one that says that nothing
/// was done, though the first copy was.
fn arrive_twice(
    ground: &Ground,
    request: &Request<Bytes>,
    call: &Call,
    answered: Answered,
) -> Reply {
    // The first copy keeps its place until it is answered.
    let (first, _, in_the_air) = arrive(ground, request.clone(), call, None, answered);
    let usual = ground.sandbox.limits();
    let writes = call.writes_documents() || call.pays() || call.allocates();
    if writes && ground.strikes(Chance::CopyTurnedAway) {
        ground.sandbox.set_limits(Limits {
            concurrent_max: 1,
            ..usual.clone()
        });
    }
    let second = arrive(ground, request.clone(), call, None, answered);
    ground.sandbox.set_limits(usual);
    drop(in_the_air);
    let turned_away = |reply: &Response<Bytes>| reply.status() == StatusCode::TOO_MANY_REQUESTS;
    if call.writes_documents() && !turned_away(&first) && turned_away(&second.0) {
        ground.met(Case::CopyTurnedAway);
    }
    second
}

fn latency(ground: &Ground) -> (Duration, Duration) {
    let mut random = ground.faults();
    let (up, down) = (random.between(20, 150), random.between(20, 400));
    (Duration::from_millis(up), Duration::from_millis(down))
}
