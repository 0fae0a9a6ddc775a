//! A product that keeps the contract, with something between that does not, for the tests of the command that tries it.
#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use tieout_core::transport::{Transport, TransportError};
use tieout_host_contract::conform::{Outcome, Report, Scope, Trial};
use tieout_sandbox_hosts::contract::ContractProduct;

pub(crate) type Before = fn(&mut Request<Bytes>);
pub(crate) type After = fn(&Request<Bytes>, &mut Response<Bytes>, u32);

/// A product that keeps the contract, with something between that does not.
pub(crate) struct Bent {
    pub(crate) product: ContractProduct,
    pub(crate) before: Before,
    pub(crate) after: After,
    pub(crate) asked: Mutex<u32>,
}

#[async_trait]
impl Transport for Bent {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let asked = {
            let mut asked = self.asked.lock().unwrap();
            *asked += 1;
            *asked
        };
        let original = request.clone();
        (self.before)(&mut request);
        let mut reply = self.product.answer(&request);
        (self.after)(&original, &mut reply, asked);
        Ok(reply)
    }
}

pub(crate) fn product() -> ContractProduct {
    let product = ContractProduct::new("k-1");
    for n in 1..=5 {
        let at = format!("2026-11-0{n}T03:15:22Z");
        product.put("invoices", ContractProduct::invoice(&n.to_string(), 1, &at));
    }
    product.delete("invoices", "2", 2, "2026-11-06T00:00:00Z");
    product
}

pub(crate) fn trial(more: &str, invoice: Option<&str>) -> Trial {
    let text = format!(r#"{{"url":"https://api.example.com/","api_key":"k-1"{more}}}"#);
    Trial {
        config: serde_json::from_str(&text).unwrap(),
        scope: Scope::Configured,
        invoice: invoice.map(str::to_owned),
        records_max: 1_000,
        hearing: None,
    }
}

pub(crate) fn broken(report: &Report) -> Vec<&'static str> {
    let verdicts = report.promises.iter();
    verdicts
        .filter(|it| matches!(it.outcome, Outcome::Broken { .. }))
        .map(|it| it.name)
        .collect()
}

pub(crate) fn edited(reply: &mut Response<Bytes>, edit: impl FnOnce(&mut Value)) {
    if !reply.status().is_success() {
        return;
    }
    let mut body: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
    edit(&mut body);
    *reply.body_mut() = Bytes::from(body.to_string());
}

/// The reply of a product that keeps whatever came last.
pub(crate) fn echoed(request: &Request<Bytes>, reply: &mut Response<Bytes>) {
    if reply.status().is_success() && request.method() == Method::PUT {
        *reply.body_mut() = request.body().clone();
        edited(reply, |body| body["host_payment_id"] = json!("h-1"));
    }
}

pub(crate) fn is_payment(request: &Request<Bytes>, method: &Method) -> bool {
    request.method() == method && request.uri().path().contains("/payments/")
}
