//! A provider on a sandbox in the same process, under a clock that a test moves.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Request, Response};
use tieout_core::clock::Clock;
use tieout_core::document::{DocumentKind, ProviderContactId};
use tieout_core::provider::{AccountingProvider, ChangePage, ChangesAfter, Snapshot};
use tieout_core::settings::CreateStatus;
use tieout_core::transport::{Transport, TransportError};
use tieout_sandbox_xero::{
    Ending, FaultRule, NEW_ZEALAND, Options, People, Sandbox, WEB_CLIENT_ID,
};
use tieout_xero::adapter::XeroProvider;

use crate::openapi;
use crate::postings::{creates, posting};

pub(crate) const SCOPES: &str = "offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings.read accounting.attachments";

/// Moves only when a test says so.
pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// What stands between the provider and the sandbox: the sign-in, and a record of what was asked.
struct InProcess {
    sandbox: Arc<Sandbox>,
    clock: Arc<TestClock>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let address = request.uri().path_and_query().unwrap().as_str().to_owned();
        self.asked
            .lock()
            .unwrap()
            .push(format!("{} {address}", request.method()));
        openapi::assert_request(&request);
        let asked = request.clone();
        let now = self.clock.now();
        let tokens = self
            .sandbox
            .grant(WEB_CLIENT_ID, &[NEW_ZEALAND], SCOPES, now)
            .unwrap();
        let bearer = HeaderValue::from_str(&format!("Bearer {}", tokens.access_token)).unwrap();
        request.headers_mut().insert("authorization", bearer);
        request.headers_mut().insert(
            "xero-tenant-id",
            HeaderValue::from_str(&NEW_ZEALAND.to_string()).unwrap(),
        );
        let (response, delivery, _in_flight) = self.sandbox.handle(request, now).into_parts();
        match delivery.ending {
            Ending::Whole => {
                openapi::assert_reply(&asked, &response);
                Ok(response)
            }
            Ending::HangUp => Err(TransportError::ReplyLost("the connection closed".into())),
            // As a proxy would that does not notice: the worst case.
            Ending::CutAfter(bytes) => Ok(response.map(|body| body.slice(..bytes))),
        }
    }
}

pub(crate) struct Books {
    pub(crate) provider: XeroProvider,
    pub(crate) sandbox: Arc<Sandbox>,
    transport: Arc<InProcess>,
    clock: Arc<TestClock>,
}

impl Books {
    pub(crate) fn open() -> Self {
        let sandbox = Arc::new(Sandbox::new(Options::default().unlimited()));
        let start: DateTime<Utc> = "2026-11-21T02:00:00Z".parse().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(start.timestamp_millis())));
        let transport = Arc::new(InProcess {
            sandbox: sandbox.clone(),
            clock: clock.clone(),
            asked: Mutex::default(),
        });
        let base = "https://api.xero.com/api.xro/2.0/".parse().unwrap();
        let provider = XeroProvider::new(
            transport.clone(),
            clock.clone(),
            base,
            NEW_ZEALAND.to_string(),
        );
        Self {
            provider,
            sandbox,
            transport,
            clock,
        }
    }

    pub(crate) fn people(&self) -> People<'_> {
        self.sandbox.people(self.clock.now())
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.pass_by(TimeDelta::seconds(seconds));
    }

    pub(crate) fn pass_by(&self, time: TimeDelta) {
        let ms = time.num_milliseconds();
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn fault(&self, rule: FaultRule) {
        self.sandbox.faults().push(rule);
    }

    /// How many requests there were, since the last call of [`Self::asked`], that could change something.
    pub(crate) fn writes(&self) -> usize {
        let asked = self.transport.asked.lock().unwrap();
        asked.iter().filter(|call| !call.starts_with("GET")).count()
    }

    /// The requests since the last call of this.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.transport.asked.lock().unwrap())
    }

    pub(crate) fn contact(&self, number: &str) -> ProviderContactId {
        let id = self.sandbox.read(NEW_ZEALAND, |books| {
            let at = books.contacts.numbered(number).unwrap();
            books.contacts.ledger.row(at).id
        });
        ProviderContactId::new(id.unwrap().to_string()).unwrap()
    }

    pub(crate) async fn create(&self, number: &str, status: CreateStatus) -> Snapshot {
        let posting = posting(number, &self.contact("HT-001"), status);
        let mut made = self
            .provider
            .send(&creates(&format!("key-{number}"), &[posting]))
            .await
            .unwrap();
        made.remove(0).unwrap()
    }

    pub(crate) async fn find(&self, numbers: &[&str]) -> Vec<Snapshot> {
        let numbers: Vec<String> = numbers.iter().map(|&number| number.to_owned()).collect();
        self.provider
            .look_up(DocumentKind::Invoice, &numbers)
            .await
            .unwrap()
    }

    /// Every page of changes from a position to the end of the run.
    pub(crate) async fn changes(&self, cursor: Option<String>) -> (Vec<Snapshot>, ChangePage) {
        self.changes_of(&[DocumentKind::Invoice], cursor).await
    }

    /// The same for other kinds.
    pub(crate) async fn changes_of(
        &self,
        kinds: &[DocumentKind],
        cursor: Option<String>,
    ) -> (Vec<Snapshot>, ChangePage) {
        let mut after = ChangesAfter {
            cursor,
            since: Some(self.now() - TimeDelta::days(1)),
            kinds: kinds.to_vec(),
        };
        let mut documents = Vec::new();
        loop {
            let page = self.provider.changes(&after).await.unwrap();
            documents.extend(page.documents.clone());
            if !page.more {
                return (documents, page);
            }
            after.cursor = Some(page.cursor);
        }
    }
}

/// Sales invoices from a position on.
pub(crate) fn invoices_after(cursor: Option<String>) -> ChangesAfter {
    ChangesAfter {
        cursor,
        since: None,
        kinds: vec![DocumentKind::Invoice],
    }
}

pub(crate) fn numbers(documents: &[Snapshot]) -> Vec<&str> {
    documents
        .iter()
        .map(|document| document.number.as_str())
        .collect()
}
