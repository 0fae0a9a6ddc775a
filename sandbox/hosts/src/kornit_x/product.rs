//! What the stand-in knows: orders by identifier, what it sent, what it still owes, and how it is to fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tieout_core::transport::Transport;
use url::Url;

/// How the stand-in is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key of signatures.
    pub hmac_key: String,
    /// How signatures are spelled.
    pub digest: Digest,
    /// Where new orders and callbacks go; nowhere without it.
    pub push_url: Option<Url>,
    /// The client that may read the export.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Seconds that a token lives.
    pub token_life_s: u64,
    /// Rows on a page of the export.
    pub page_rows: usize,
    /// How pages lead to each other.
    pub paging: Paging,
    /// Calls that are answered before `400` is, until somebody resets the hour.
    pub calls_per_hour: u32,
    /// `COMPANYREFID:APIKEY` of whoever may create orders.
    pub api_key: String,
}

/// How a signature is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// In hexadecimal.
    Hexadecimal,
    /// In base64.
    Base64,
}

/// How pages of the export lead to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// By an address in `links.next`.
    Links,
    /// By numbers in `meta`.
    Numbers,
    /// A bare list; the page behind the last one is empty.
    Bare,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hmac_key: "kornit-hmac-key".to_owned(),
            digest: Digest::Hexadecimal,
            push_url: None,
            client_id: "kornit-client".to_owned(),
            client_secret: "kornit-secret".to_owned(),
            token_life_s: 3_600,
            page_rows: 50,
            paging: Paging::Links,
            calls_per_hour: 1_000,
            api_key: "100231:kornit-api-key".to_owned(),
        }
    }
}

/// How it is to fail.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// So many pushes and callbacks are never sent, and never again.
    pub lose: u32,
    /// So many are signed with another key.
    pub forge: u32,
    /// So many requests of the export are answered 503.
    pub down: u32,
    /// Every token that was given out is refused from now on.
    pub end_tokens: bool,
}

/// A request that was sent.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// Its method.
    pub method: String,
    /// What it was about.
    pub order: u64,
    /// What it was answered; `None` when nobody answered.
    pub answered: Option<u16>,
}

/// Why an order was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its company has an order of this reference already.
    #[error("duplicate external_ref {0}")]
    Duplicate(String),
    /// There is no such order.
    #[error("there is no order {0}")]
    Unknown(u64),
    /// It is no order.
    #[error("this is no order: {0}")]
    NotAnOrder(&'static str),
}

/// A callback that was not answered with success.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) order: u64,
    pub(super) body: Value,
    pub(super) retries: u32,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) orders: BTreeMap<u64, Value>,
    pub(super) sent: Vec<Sent>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) faults: Faults,
    pub(super) tokens: u64,
    pub(super) ended_tokens: u64,
    pub(super) calls: u32,
}

/// The stand-in. Clones share it.
#[derive(Clone)]
pub struct KornitX {
    pub(super) settings: Arc<Mutex<Settings>>,
    pub(super) transport: Arc<dyn Transport>,
    state: Arc<Mutex<State>>,
}

impl KornitX {
    /// One without orders, which sends by this transport.
    #[must_use]
    pub fn new(settings: Settings, transport: Arc<dyn Transport>) -> Self {
        Self {
            settings: Arc::new(Mutex::new(settings)),
            transport,
            state: Arc::default(),
        }
    }

    /// A new order: kept, and pushed once.
    ///
    /// # Errors
    /// When it is no order, or its company has one of its reference already.
    pub async fn place(&self, order: Value) -> Result<u64, Refused> {
        self.place_split(vec![order]).await.map(|ids| ids[0])
    }

    /// A new order that goes to several suppliers: each part is an order, and they share their reference.
    ///
    /// # Errors
    /// As for [`place`](Self::place).
    pub async fn place_split(&self, parts: Vec<Value>) -> Result<Vec<u64>, Refused> {
        let parts: Vec<Value> = parts.into_iter().map(|part| self.completed(part)).collect();
        for part in &parts {
            self.admit(part)?;
        }
        let mut ids = Vec::with_capacity(parts.len());
        for part in parts {
            let id = id_of(&part).ok_or(Refused::NotAnOrder("it has no id"))?;
            self.state().orders.insert(id, part.clone());
            self.push(id, &part).await;
            ids.push(id);
        }
        Ok(ids)
    }

    /// An order moves on: kept, and told by a callback. `more` is laid over the callback, such as `new_shipments`.
    ///
    /// # Errors
    /// When there is no such order.
    pub async fn move_on(&self, id: u64, status: u32, more: Value) -> Result<(), Refused> {
        let body = {
            let mut state = self.state();
            let order = state.orders.get_mut(&id).ok_or(Refused::Unknown(id))?;
            order["status"] = json!(status);
            let fields = [
                "ref",
                "external_ref",
                "shipping_tracking",
                "shipping_method",
                "shipping_carrier",
                "shipping_price",
                "required_dispatch_date",
            ];
            let mut body = json!({
                "id": id, "status": status, "status_name": name(status),
                "new_shipments": [], "new_cancellations": [],
            });
            for field in fields {
                body[field] = order.get(field).cloned().unwrap_or_default();
            }
            if let Value::Object(more) = more {
                for (key, value) in more {
                    body[key] = value;
                }
            }
            body
        };
        self.call_back(id, body, 0).await;
        Ok(())
    }

    /// Two hours later: every callback that was not answered with success is sent once more, five times at most.
    pub async fn retry(&self) {
        let waiting = std::mem::take(&mut self.state().waiting);
        for one in waiting {
            self.call_back(one.order, one.body, one.retries + 1).await;
        }
    }

    /// Callbacks that will be sent once more.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Everything that was sent, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// How it is to fail from now on.
    pub fn fail(&self, faults: Faults) {
        let mut state = self.state();
        if faults.end_tokens {
            state.ended_tokens = state.tokens;
        }
        state.faults = faults;
    }

    /// Where pushes go from now on.
    pub fn push_to(&self, url: Url) {
        self.settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_url = Some(url);
    }

    /// Another hour begins.
    pub fn next_hour(&self) {
        self.state().calls = 0;
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the product itself gives an order.
    fn completed(&self, mut order: Value) -> Value {
        if order.is_object() && id_of(&order).is_none() {
            let last = self.state().orders.keys().last().copied();
            let id = last.map_or(46_140_300, |last| last + 1);
            order["id"] = json!(id);
            order["ref"] = json!(format!("{id:016X}"));
        }
        if order.is_object() && order.get("status").is_none() {
            order["status"] = json!(1);
        }
        order
    }

    fn admit(&self, order: &Value) -> Result<(), Refused> {
        if !order.get("items").is_some_and(Value::is_array) {
            return Err(Refused::NotAnOrder("it has no items"));
        }
        let of = |order: &Value| {
            (
                order.get("company_ref_id").cloned(),
                order.get("external_ref").cloned(),
            )
        };
        let state = self.state();
        match state.orders.values().any(|known| of(known) == of(order)) {
            true => Err(Refused::Duplicate(
                order["external_ref"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            )),
            false => Ok(()),
        }
    }
}

/// The orders of the samples, as they stand at their end.
#[must_use]
pub fn samples() -> Vec<Value> {
    let text = include_str!("../../fixtures/kornitx.json");
    let mut samples: Value = serde_json::from_str(text).expect("the samples are JSON");
    match samples["orders"].take() {
        Value::Array(orders) => orders,
        _ => Vec::new(),
    }
}

fn id_of(order: &Value) -> Option<u64> {
    order.get("id")?.as_u64()
}

fn name(status: u32) -> &'static str {
    match status {
        1 => "Received",
        4 => "In Production",
        8 => "Dispatched",
        64 => "Dispatched (Retailer Notified)",
        128 => "Cancelled",
        256 => "On Hold",
        512 => "Sent to Supplier",
        _ => "Unknown",
    }
}
