//! A database that has the views and procedures of the contract keeps every promise of the port.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/database.rs"]
mod database;

tieout_conformance::host_promises!(stage);

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use database::{Product, config, invoice};
use serde_json::json;
use tieout_conformance::host::{Backstage, Can, HostStage, Paid};
use tieout_core::document::DocumentId;
use tieout_core::host::Host;
use tieout_host_contract::SqlHost;
use tieout_test_postgres::Postgres;

struct Stage {
    server: Mutex<Postgres>,
    written: Mutex<BTreeSet<String>>,
    is_locked_out: AtomicBool,
}

async fn stage() -> Stage {
    let product = Product::new().await;
    // Words that nobody documented may be in use.
    product
        .run("alter table ledger_invoice drop constraint ledger_invoice_status_check")
        .await;
    Stage {
        server: Mutex::new(product.server),
        written: Mutex::default(),
        is_locked_out: AtomicBool::new(false),
    }
}

impl Stage {
    /// Somebody runs statements in the database. Gives the rows of the last one that has some.
    fn run(&self, statements: &str) -> Vec<Vec<String>> {
        let url = self.server.lock().unwrap().url("postgres", "postgres");
        let ran = async {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            client.simple_query(statements).await.unwrap()
        };
        let here = tokio::runtime::Handle::current();
        let messages = tokio::task::block_in_place(|| here.block_on(ran));
        let rows = messages.into_iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                let cell = |at| row.get(at).unwrap_or_default().to_owned();
                Some((0..row.len()).map(cell).collect())
            }
            _ => None,
        });
        rows.collect()
    }

    fn write(&self, name: &str, more: &str) -> DocumentId {
        let is_new = self.written.lock().unwrap().insert(name.to_owned());
        let statements = match is_new {
            true => invoice(name, "100.00", "null"),
            false => format!(
                "update ledger_invoice_line set description = description || '.' where invoice_id = '{name}';"
            ),
        };
        self.run(&format!("{statements} {more}"));
        name.parse().unwrap()
    }
}

#[async_trait]
impl HostStage for Stage {
    async fn host(&self) -> Arc<dyn Host> {
        let user = match self.is_locked_out.load(Ordering::Relaxed) {
            true => "somebody",
            false => "postgres",
        };
        let url = self.server.lock().unwrap().url(user, "postgres");
        Arc::new(SqlHost::open(config(&json!({"url": url}))).unwrap())
    }

    fn put(&self, name: &str) -> DocumentId {
        self.write(name, "")
    }

    fn delete(&self, name: &str) -> Can {
        self.run(&format!(
            "delete from ledger_invoice where invoice_id = '{name}'"
        ));
        Can::Done
    }

    fn spoil(&self, name: &str) -> Can {
        let odd = "update ledger_invoice_line set quantity = 'NaN' where invoice_id =";
        self.write(name, &format!("{odd} '{name}'"));
        Can::Done
    }

    fn put_novel(&self, name: &str) -> Can {
        let novel = "create or replace view ledger_v_company as select company_id, name, tax_number, email, address_line1,
               address_line2, city, region, postal_code, country, now() as weather from ledger_company;
             update ledger_invoice set status = 'half_final' where invoice_id =";
        self.write(name, &format!("{novel} '{name}'"));
        Can::Done
    }

    /// After a refusal nobody tries to connect for a second.
    fn wait(&self) {
        self.run("select pg_sleep(1)");
    }

    fn crowd(&self) -> usize {
        300
    }

    fn paid(&self, name: &str) -> Option<Vec<Paid>> {
        let rows = self.run(&format!(
            "select ledger_payment_id, amount from ledger_payment where invoice_id = '{name}' and not removed"
        ));
        let paid = rows.into_iter().map(|row| Paid {
            id: row[0].clone(),
            amount: row[1].parse().unwrap(),
        });
        Some(paid.collect())
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        Some(self)
    }
}

impl Backstage for Stage {
    fn go_down(&self) {
        self.server.lock().unwrap().stop();
    }

    fn come_back(&self) {
        self.server.lock().unwrap().resume();
    }

    fn lock_out(&self) -> Can {
        self.is_locked_out.store(true, Ordering::Relaxed);
        Can::Done
    }

    fn refuse(&self, name: &str) -> Can {
        self.run(&format!(
            "alter table ledger_payment add check (invoice_id <> '{name}')"
        ));
        Can::Done
    }
}
