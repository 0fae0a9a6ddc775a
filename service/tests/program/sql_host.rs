//! Promises about a product whose database is read: its invoices go out, and payments come back by its procedures.

use chrono::Utc;
use rust_decimal::Decimal;
use tieout_host_contract::POSTGRESQL;
use tieout_sandbox_xero::AUSTRALIA;
use tieout_test_postgres::Postgres;
use tokio_postgres::{Client, NoTls};

use crate::stage::Stage;

struct Product {
    server: Postgres,
    admin: Client,
}

impl Product {
    async fn new() -> Self {
        let server = tokio::task::block_in_place(Postgres::start);
        let url = server.url("postgres", "postgres");
        let (admin, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let product = Self { server, admin };
        product.run(POSTGRESQL).await;
        product
    }

    async fn run(&self, statements: &str) {
        self.admin.batch_execute(statements).await.unwrap();
    }

    async fn cell(&self, statement: &str) -> String {
        let rows = self.admin.query_typed(statement, &[]).await.unwrap();
        rows[0].get::<_, Option<String>>(0).unwrap_or_default()
    }

    /// An invoice of 110.00 in a batch.
    async fn invoice(&self, id: &str) {
        self.run(&format!(
            "insert into ledger_invoice (invoice_id, invoice_number, status, issue_date, terms_days, currency, amounts_are,
               bill_to_name, batch_no, net, tax, gross)
             values ('{id}', 'S-{id}', 'final', '2026-11-02', 14, 'AUD', 'tax_exclusive', 'Banksia Pty Ltd', '411',
               100, 10, 110);
             insert into ledger_invoice_line (invoice_id, line_id, line_no, description, quantity, unit_price, net,
               tax_code, tax)
             values ('{id}', '1', 1, 'Assessment', 1, 100, 100, 'GST', 10);"
        ))
        .await;
    }
}

/// A stage whose product is a database, its address in a file.
async fn staged(product: &Product) -> Stage {
    let stage = Stage::set().await;
    let folder = "[hosts.cm.folder]\npath = \"host\"\nstable_ms = 0\n";
    let sql = "[hosts.cm.sql]\nurl = { file = \"database.url\" }\n";
    let configuration = stage.configuration();
    assert!(configuration.contains(folder));
    std::fs::write(
        stage.path("tieout.toml"),
        configuration.replace(folder, sql),
    )
    .unwrap();
    std::fs::write(
        stage.path("database.url"),
        product.server.url("postgres", "postgres"),
    )
    .unwrap();
    stage.connect().await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_of_a_database_go_out_as_whole_batches_and_payments_come_back_by_procedures() {
    let product = Product::new().await;
    let stage = staged(&product).await;
    product
        .run("insert into ledger_batch values ('411', 2, 220.00)")
        .await;
    product.invoice("1").await;
    stage.must(0, &["check"]);
    // One of two is there: the batch waits, visibly.
    stage.must(3, &["sync", "--once"]);
    assert_eq!(stage.books("S-").len(), 0);
    let status = stage.must(3, &["status"]);
    assert!(
        status.contains("announces 2 documents of 220.00"),
        "{status}"
    );
    product.invoice("2").await;
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("S-").len(), 2);
    let posting = "select string_agg(invoice_id || ' ' || state || ' ' || ledger_number, ', ' order by invoice_id) from ledger_posting";
    assert_eq!(product.cell(posting).await, "1 posted S-1, 2 posted S-2");
    let people = || {
        stage
            .sandbox
            .sandbox
            .people(Utc::now() + chrono::Duration::seconds(5))
    };
    let part = Some(Decimal::new(4_000, 2));
    let payment = people().pay(AUSTRALIA, "S-1", part, None).unwrap();
    people().pay(AUSTRALIA, "S-2", None, None).unwrap();
    stage.must(0, &["sync", "--once"]);
    let paid = "select string_agg(invoice_id || ' ' || amount || case when removed then ' removed' else '' end, ', ' order by invoice_id) from ledger_payment";
    assert_eq!(product.cell(paid).await, "1 40.00, 2 110.00");
    let settled = "select string_agg(invoice_id || ' ' || status || ' ' || amount_due, ', ' order by invoice_id) from ledger_settlement";
    assert_eq!(
        product.cell(settled).await,
        "1 partly_paid 70.00, 2 paid 0.00"
    );
    let removing = stage
        .sandbox
        .sandbox
        .people(Utc::now() + chrono::Duration::seconds(20));
    removing.delete_payment(AUSTRALIA, payment).unwrap();
    stage.must(0, &["sync", "--once"]);
    assert_eq!(product.cell(paid).await, "1 40.00 removed, 2 110.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_procedure_refuses_is_a_finding_and_goes_with_a_retry() {
    let product = Product::new().await;
    let stage = staged(&product).await;
    product
        .run("insert into ledger_batch values ('411', 1, 110.00)")
        .await;
    product.invoice("1").await;
    stage.must(0, &["sync", "--once"]);
    product
        .run("update ledger_rule set locked_until = '2099-12-31'")
        .await;
    let people = stage
        .sandbox
        .sandbox
        .people(Utc::now() + chrono::Duration::seconds(5));
    people.pay(AUSTRALIA, "S-1", None, None).unwrap();
    stage.must(3, &["sync", "--once"]);
    let story = stage.must(0, &["explain", "S-1"]);
    assert!(
        story.contains("period_locked") && story.contains("closed up to 2099-12-31"),
        "{story}"
    );
    product
        .run("update ledger_rule set locked_until = null")
        .await;
    stage.must(0, &["retry", "S-1"]);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(
        product
            .cell("select amount::text from ledger_payment")
            .await,
        "110.00"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_does_not_fit_is_told_with_the_place_in_the_configuration() {
    let product = Product::new().await;
    let stage = staged(&product).await;
    product
        .run("alter table ledger_invoice_line rename column unit_price to price; drop view ledger_v_invoice_line; create view ledger_v_invoice_line as select * from ledger_invoice_line")
        .await;
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains("hosts.cm.sql")
            && told.contains(
                "ledger_v_invoice_line has no column `unit_price`, which should be numeric"
            ),
        "{told}"
    );
}
