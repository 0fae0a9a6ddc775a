//! The orders of Kornit X keep every promise of the port, pushed or found in the export.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod pushed {
    tieout_conformance::host_promises!(super::pushed_stage);
}

mod exported {
    tieout_conformance::host_promises!(super::exported_stage);
}

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use support::{Desk, Export, order, reply};
use tieout_conformance::host::{Backstage, Can, HostStage, Paid};
use tieout_core::document::DocumentId;
use tieout_core::host::Host;

/// Orders on a page of the export.
const PAGE: usize = 100;

/// The orders as the product has them now, and whether it answers.
#[derive(Default)]
struct Product {
    orders: Mutex<BTreeMap<u64, Value>>,
    is_down: AtomicBool,
    is_shut: AtomicBool,
}

impl Product {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if self.is_down.load(Ordering::Relaxed) {
            return reply(503, "down");
        }
        if self.is_shut.load(Ordering::Relaxed) {
            return reply(401, r#"{"error": "no such client"}"#);
        }
        let query = request.uri().query().unwrap_or_default();
        let page = query.split('&').find_map(|pair| pair.strip_prefix("page="));
        let page: usize = page.map_or(1, |page| page.parse().unwrap());
        let orders = self.orders.lock().unwrap();
        let rows = orders.values().skip((page - 1) * PAGE).take(PAGE);
        reply(200, &json!(rows.collect::<Vec<_>>()).to_string())
    }
}

struct Stage {
    product: Arc<Product>,
    desk: Desk,
    settings: Value,
    pushes: bool,
    names: Mutex<BTreeMap<String, (u64, u32)>>,
}

async fn pushed_stage() -> Stage {
    Stage::of(json!({"cost_field": null}), true)
}

async fn exported_stage() -> Stage {
    let export = json!({
        "url": "https://api.example.com/export/orders", "token_url": "https://oauth.example.com/token",
        "client_id": "c", "client_secret": "s",
    });
    Stage::of(json!({"cost_field": null, "export": export}), false)
}

impl Stage {
    fn of(settings: Value, pushes: bool) -> Self {
        let product = Arc::new(Product::default());
        let answers = Arc::clone(&product);
        let export = Export::new(move |request| answers.answer(request));
        Self {
            desk: Desk::with(&settings, export),
            product,
            settings,
            pushes,
            names: Mutex::default(),
        }
    }

    /// Writes the order of a name anew, a quarter of an hour later, and tells of it in the way that is tried.
    fn write(&self, name: &str, more: impl Fn(&mut Value)) -> DocumentId {
        let (id, times) = {
            let mut names = self.names.lock().unwrap();
            let new = 50_000_000 + u64::try_from(names.len()).unwrap();
            let (id, times) = names.entry(name.to_owned()).or_insert((new, 0));
            *times += 1;
            (*id, *times)
        };
        let mut order = order(46_140_200, 8);
        order["id"] = json!(id);
        order["external_ref"] = json!(name);
        order["shipping_price"] = json!(times);
        order["shipping_price_inc_tax"] =
            json!(format!("{}.{}0", times + times / 5, times % 5 * 2));
        more(&mut order);
        self.desk.pass(TimeDelta::minutes(15));
        if self.pushes {
            let pushed = self.desk.push(Method::POST, &order);
            let now = tokio::runtime::Handle::current();
            tokio::task::block_in_place(|| now.block_on(pushed)).unwrap();
        }
        self.product.orders.lock().unwrap().insert(id, order);
        id.to_string().parse().unwrap()
    }
}

#[async_trait]
impl HostStage for Stage {
    async fn host(&self) -> Arc<dyn Host> {
        Arc::new(self.desk.another(&self.settings))
    }

    fn put(&self, name: &str) -> DocumentId {
        self.write(name, |_| {})
    }

    /// Orders are cancelled, never deleted.
    fn delete(&self, _: &str) -> Can {
        Can::Not
    }

    fn spoil(&self, name: &str) -> Can {
        self.write(name, |order| order["items"][0]["quantity"] = json!("many"));
        Can::Done
    }

    fn put_novel(&self, name: &str) -> Can {
        self.write(name, |order| {
            order["weather"] = json!({"wind": ["strong"]});
            order["items"][0]["finish"] = json!("matt");
            order["status"] = json!(8 | 1 << 20);
        });
        Can::Done
    }

    fn wait(&self) {
        self.desk.pass(TimeDelta::minutes(15));
    }

    fn crowd(&self) -> usize {
        500
    }

    /// It takes none.
    fn paid(&self, _: &str) -> Option<Vec<Paid>> {
        None
    }

    /// What is only pushed has nobody who could be down.
    fn backstage(&self) -> Option<&dyn Backstage> {
        (!self.pushes).then_some(self)
    }
}

impl Backstage for Stage {
    fn go_down(&self) {
        self.product.is_down.store(true, Ordering::Relaxed);
    }

    fn come_back(&self) {
        self.product.is_down.store(false, Ordering::Relaxed);
    }

    fn lock_out(&self) -> Can {
        self.product.is_shut.store(true, Ordering::Relaxed);
        Can::Done
    }

    fn refuse(&self, _: &str) -> Can {
        Can::Not
    }
}
