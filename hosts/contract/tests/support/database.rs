//! A product whose database is a private PostgreSQL with the tables, views and procedures that a vendor starts from.
#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::str::FromStr;

use secrecy::SecretString;
use serde_json::{Value, json};
use tieout_core::document::Document;
use tieout_core::host::{Host, HostError, HostPage, Record};
use tieout_host_contract::{POSTGRESQL, SqlHost, SqlHostConfig};
use tieout_test_postgres::Postgres;
use tokio_postgres::{Client, NoTls};

pub(crate) struct Product {
    pub(crate) server: Postgres,
    pub(crate) admin: Client,
}

impl Product {
    /// With the ready-made schema.
    pub(crate) async fn new() -> Self {
        let product = Self::bare(Postgres::start()).await;
        product.run(POSTGRESQL).await;
        product
    }

    /// With an empty database.
    pub(crate) async fn bare(server: Postgres) -> Self {
        let admin = client(&server).await;
        Self { server, admin }
    }

    pub(crate) async fn run(&self, statements: &str) {
        self.admin.batch_execute(statements).await.unwrap();
    }

    /// The first cell of a statement, as a text.
    pub(crate) async fn cell(&self, statement: &str) -> String {
        let rows = self.admin.query_typed(statement, &[]).await.unwrap();
        rows.first().map_or_else(String::new, |row| {
            row.get::<_, Option<String>>(0).unwrap_or_default()
        })
    }

    /// Somebody else in the same database.
    pub(crate) async fn other(&self) -> Client {
        client(&self.server).await
    }

    pub(crate) fn config(&self) -> SqlHostConfig {
        self.config_with(&json!({}))
    }

    pub(crate) fn config_with(&self, more: &Value) -> SqlHostConfig {
        let mut value = more.clone();
        if value.get("host").is_none() {
            value["url"] = json!(self.server.url("postgres", "postgres"));
        }
        config(&value)
    }

    pub(crate) fn host(&self) -> SqlHost {
        SqlHost::open(self.config()).unwrap()
    }

    /// An invoice of one line with ten per cent of tax.
    pub(crate) async fn invoice(&self, id: &str, net: &str) {
        self.run(&invoice(id, net, "null")).await;
    }

    /// Everything there is, page by page, every call in a process of its own.
    pub(crate) async fn take_all(&self, limit: usize, mut position: Option<String>) -> Taken {
        let mut records = Vec::new();
        loop {
            let page = self
                .host()
                .changes(position.as_deref(), limit)
                .await
                .unwrap();
            records.extend(page.records);
            position = page.position;
            if !page.more {
                return Taken { records, position };
            }
        }
    }
}

/// What was read, and from where to go on.
pub(crate) struct Taken {
    pub(crate) records: Vec<Record>,
    pub(crate) position: Option<String>,
}

impl Taken {
    pub(crate) fn ids(&self) -> Vec<String> {
        ids(&self.records)
    }
}

pub(crate) fn config(value: &Value) -> SqlHostConfig {
    let mut config: SqlHostConfig = serde_json::from_value(value.clone()).unwrap();
    config.url = value["url"].as_str().map(SecretString::from);
    config
}

/// The statements that write an invoice of one line.
pub(crate) fn invoice(id: &str, net: &str, batch: &str) -> String {
    let net_ = rust_decimal::Decimal::from_str(net).unwrap();
    let tax = (net_ / rust_decimal::Decimal::TEN).round_dp(2);
    let gross = net_ + tax;
    format!(
        "insert into ledger_invoice (invoice_id, invoice_number, status, issue_date, terms_days, currency, amounts_are,
           bill_to_name, batch_no, net, tax, gross)
         values ('{id}', 'N-{id}', 'final', '2026-10-30', 30, 'AUD', 'tax_exclusive', 'Banksia Pty Ltd', {batch},
           {net}, {tax}, {gross});
         insert into ledger_invoice_line (invoice_id, line_id, line_no, description, quantity, unit_price, net, tax_code, tax)
         values ('{id}', '1', 1, 'Assessment', 1, {net}, {net}, 'GST', {tax});"
    )
}

/// What each record is about, with a mark for those that are no documents.
pub(crate) fn ids(records: &[Record]) -> Vec<String> {
    records
        .iter()
        .map(|record| match record {
            Record::Document(document) => document.id().to_string(),
            Record::Removed { id, .. } => format!("-{id}"),
            Record::Unreadable { id, .. } => format!("?{}", id.as_deref().unwrap_or_default()),
        })
        .collect()
}

pub(crate) fn document(record: &Record) -> &Document {
    match record {
        Record::Document(document) => document,
        other => panic!("no document: {other:?}"),
    }
}

pub(crate) fn failure(result: Result<HostPage, HostError>) -> HostError {
    result.unwrap_err()
}

async fn client(server: &Postgres) -> Client {
    let url = server.url("postgres", "postgres");
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
