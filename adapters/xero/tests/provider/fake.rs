//! A transport that answers from a list and keeps what was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use tieout_core::clock::Clock;
use tieout_core::transport::{Transport, TransportError};
use tieout_xero::adapter::XeroProvider;

pub(crate) const TENANT: &str = "b7c240f9-53aa-4d7e-8f16-29c4e7d01b02";

pub(crate) type Answer = Result<Response<Bytes>, TransportError>;

#[derive(Default)]
pub(crate) struct Fake {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

#[async_trait]
impl Transport for Fake {
    async fn send(&self, request: Request<Bytes>) -> Answer {
        self.asked.lock().unwrap().push(request);
        self.answers
            .lock()
            .unwrap()
            .pop_front()
            .expect("the test answers every request")
    }
}

pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }
}

impl Fake {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    pub(crate) fn provider(self: &Arc<Self>) -> XeroProvider {
        let base = "https://api.xero.com/api.xro/2.0/".parse().unwrap();
        XeroProvider::new(self.clone(), Arc::new(Noon), base, TENANT)
    }

    pub(crate) fn answer(&self, status: u16, body: impl Into<Bytes>) {
        self.answer_with(status, &[], body);
    }

    pub(crate) fn answer_with(
        &self,
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        self.give(Ok(response.body(body.into()).unwrap()));
    }

    pub(crate) fn fail(&self, error: TransportError) {
        self.give(Err(error));
    }

    pub(crate) fn give(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub(crate) fn asked(&self) -> Vec<Request<Bytes>> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// A request as text: its line, the headers that we set, and its body.
pub(crate) fn shown(request: &Request<Bytes>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
    }
    if !request.body().is_empty() {
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        text.push('\n');
        text.push_str(&serde_json::to_string_pretty(&body).unwrap());
        text.push('\n');
    }
    text
}
