//! What a host's tests bring: a product to write in, and the faults of it that can be staged.

use std::sync::Arc;

use async_trait::async_trait;
use rust_decimal::Decimal;
use tieout_core::document::DocumentId;
use tieout_core::host::{Host, Record};

/// A product on which a promise may write what it likes.
#[async_trait]
pub trait HostStage: Send + Sync {
    /// The host under test, opened as by a process that has just started.
    async fn host(&self) -> Arc<dyn Host>;

    /// Somebody makes the invoice of this name, or changes it. Gives the identifier under which the host tells it: the
    /// same for the same name.
    fn put(&self, name: &str) -> DocumentId;

    /// Somebody deletes the invoice; gives whether the product can tell of that.
    fn delete(&self, name: &str) -> Can;

    /// The product tells an invoice of this name in a form that cannot be read.
    fn spoil(&self, name: &str) -> Can;

    /// The product tells an invoice with fields and words that nobody knows yet.
    fn put_novel(&self, name: &str) -> Can;

    /// Time passes until the host looks at its product again, where it does so by a clock of its own.
    fn wait(&self) {}

    /// Invoices that do not fit on one page: as many as the tests have time for.
    fn crowd(&self) -> usize;

    /// The payments of an invoice as the product holds them now; `None` where nobody can look.
    fn paid(&self, name: &str) -> Option<Vec<Paid>>;

    /// The faults of the product; `None` where nobody can stage them.
    fn backstage(&self) -> Option<&dyn Backstage>;
}

/// Whether a product can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Can {
    /// It did it.
    Done,
    /// It has no way to.
    Not,
}

/// A payment as a product holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Paid {
    /// Its identifier at the provider.
    pub id: String,
    /// How much.
    pub amount: Decimal,
}

/// The faults of a product.
pub trait Backstage: Send + Sync {
    /// Nobody answers any more.
    fn go_down(&self);

    /// It answers again.
    fn come_back(&self);

    /// It lets nobody in with the key that the host has; `Not` where it has none.
    fn lock_out(&self) -> Can;

    /// It takes no write-back about the invoice any more, and says so; `Not` where it takes all.
    fn refuse(&self, name: &str) -> Can;
}

/// Everything after a position, page by page, each acknowledged; with the last position.
pub async fn read_all(
    host: &dyn Host,
    after: Option<String>,
    limit: usize,
) -> (Vec<Record>, Option<String>) {
    let mut all = Vec::new();
    let mut position = after;
    loop {
        let page = host
            .changes(position.as_deref(), limit)
            .await
            .unwrap_or_else(|error| panic!("it cannot be read: {error}"));
        all.extend(page.records);
        if let Some(reached) = &page.position {
            host.acknowledge(reached)
                .await
                .unwrap_or_else(|error| panic!("it cannot be acknowledged: {error}"));
        }
        position = page.position;
        if !page.more {
            return (all, position);
        }
    }
}
