//! A stand-in for Skeleton, as its documentation describes it, and the stage on which promises are tried.
//!
//! Replace what it says by what your product says: real replies, with all that is odd about them.

mod product;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde_json::json;
use tieout_conformance::host::{Backstage, Can, HostStage, Paid};
use tieout_core::document::DocumentId;
use tieout_core::host::Host;
use tieout_host_skeleton::{SkeletonConfig, SkeletonHost};

use self::product::Product;

pub(crate) struct Stage {
    product: Product,
    is_locked_out: AtomicBool,
}

pub(crate) async fn stage() -> Stage {
    Stage {
        product: Product::new("k-1"),
        is_locked_out: AtomicBool::new(false),
    }
}

#[async_trait]
impl HostStage for Stage {
    async fn host(&self) -> Arc<dyn Host> {
        let key = match self.is_locked_out.load(Ordering::Relaxed) {
            true => "k-2",
            false => "k-1",
        };
        let config = json!({"url": "https://api.example.com", "api_key": key});
        let config: SkeletonConfig = serde_json::from_value(config).unwrap();
        Arc::new(SkeletonHost::open(&config, Arc::new(self.product.clone())).unwrap())
    }

    fn put(&self, name: &str) -> DocumentId {
        self.product.put(name, |_| {});
        name.parse().unwrap()
    }

    fn delete(&self, name: &str) -> Can {
        self.product.delete(name);
        Can::Done
    }

    fn spoil(&self, name: &str) -> Can {
        let spoilt = |invoice: &mut serde_json::Value| {
            invoice["items"][0]["qty"] = json!("many");
        };
        self.product.put(name, spoilt);
        Can::Done
    }

    fn put_novel(&self, name: &str) -> Can {
        let novel = |invoice: &mut serde_json::Value| {
            invoice["state"] = json!("half_issued");
            invoice["weather"] = json!({"wind": ["strong"]});
            invoice["items"][0]["colour"] = json!("blue");
        };
        self.product.put(name, novel);
        Can::Done
    }

    fn crowd(&self) -> usize {
        1_000
    }

    fn paid(&self, name: &str) -> Option<Vec<Paid>> {
        let paid = self.product.paid(name).into_iter();
        let paid = paid.map(|(id, amount)| Paid {
            id,
            amount: amount.parse().unwrap(),
        });
        Some(paid.collect())
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        Some(self)
    }
}

impl Backstage for Stage {
    fn go_down(&self) {
        self.product.go_down();
    }

    fn come_back(&self) {
        self.product.come_back();
    }

    fn lock_out(&self) -> Can {
        self.is_locked_out.store(true, Ordering::Relaxed);
        Can::Done
    }

    fn refuse(&self, name: &str) -> Can {
        self.product.refuse(name);
        Can::Done
    }
}
