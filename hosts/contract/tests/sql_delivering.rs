//! That what a product is told by procedures arrives once, refusals keep to themselves, and nothing travels readable.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/database.rs"]
mod product;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use product::{Product, config};
use rust_decimal::Decimal;
use serde_json::json;
use tieout_core::document::{
    Currency, DocumentId, DocumentKind, Payment, PaymentKind, ProviderPaymentId, Settlement,
    SettlementStatus,
};
use tieout_core::host::{
    Delivery, DocumentRef, Host, HostErrorKind, PostingNotice, PostingState, WriteBack,
};
use tieout_host_contract::{POSTGRESQL, SqlHost};
use tieout_test_postgres::{Listens, Postgres};

fn document(id: &str) -> DocumentRef {
    DocumentRef {
        kind: DocumentKind::Invoice,
        id: DocumentId::new(id).unwrap(),
        number: format!("N-{id}"),
    }
}

fn payment(id: &str, date: &str, amount: &str) -> Payment {
    Payment {
        id: ProviderPaymentId::new(id).unwrap(),
        date: NaiveDate::from_str(date).unwrap(),
        amount: Decimal::from_str(amount).unwrap(),
        currency: Currency::from_code("AUD").unwrap(),
        reference: Some("it's \"5\"; drop table".to_owned()),
        kind: PaymentKind::Payment,
    }
}

fn paid(of: &str, revision: u64, payment: Payment) -> WriteBack {
    WriteBack::Payment {
        document: document(of),
        revision,
        payment,
    }
}

fn unpaid(of: &str, revision: u64, payment: Payment) -> WriteBack {
    WriteBack::PaymentRemoved {
        document: document(of),
        revision,
        payment,
    }
}

fn settled(of: &str, due: &str, at: i64) -> WriteBack {
    WriteBack::Settlement {
        document: document(of),
        settlement: Settlement {
            status: SettlementStatus::PartlyPaid,
            amount_paid: Decimal::from_str("4").unwrap(),
            amount_credited: Decimal::ZERO,
            amount_due: Decimal::from_str(due).unwrap(),
            currency: Currency::from_code("AUD").unwrap(),
            as_of: DateTime::from_timestamp(at, 0).unwrap(),
        },
    }
}

fn posted(of: &str) -> WriteBack {
    WriteBack::Posting {
        document: document(of),
        notice: PostingNotice {
            state: PostingState::Posted,
            ledger_id: Some("b1f0".to_owned()),
            ledger_number: Some(format!("CM-N-{of}")),
            message: None,
        },
    }
}

fn delivery(id: &str, items: Vec<WriteBack>) -> Delivery {
    Delivery {
        id: id.to_owned(),
        items,
    }
}

async fn product() -> Product {
    let product = Product::new().await;
    product.invoice("1", "10.00").await;
    product
}

const PAYMENTS: &str = "select string_agg(concat_ws(' ', ledger_payment_id, revision, payment_date, amount, currency, \
     case when removed then 'removed' end), ', ' order by ledger_payment_id) from ledger_payment";

#[tokio::test]
async fn each_write_back_arrives_and_a_repeat_changes_nothing() {
    let product = product().await;
    let host = product.host();
    let first = delivery(
        "d1",
        vec![
            posted("1"),
            paid("1", 1, payment("p1", "2026-11-02", "4.00")),
            paid("1", 1, payment("p2", "2026-11-03", "1.5")),
            settled("1", "5.50", 1_794_961_865),
        ],
    );
    assert_eq!(host.deliver(&first).await.unwrap(), vec![Ok(()); 4]);
    assert_eq!(host.deliver(&first).await.unwrap(), vec![Ok(()); 4]);
    let now = product.cell(PAYMENTS).await;
    assert_eq!(now, "p1 1 2026-11-02 4.00 AUD, p2 1 2026-11-03 1.50 AUD");
    let reference = product
        .cell("select reference from ledger_payment limit 1")
        .await;
    assert_eq!(reference, "it's \"5\"; drop table");
    let second = delivery(
        "d2",
        vec![
            paid("1", 2, payment("p1", "2026-11-04", "5.00")),
            unpaid("1", 2, payment("p2", "2026-11-03", "1.5")),
            settled("1", "6.00", 1_794_961_999),
        ],
    );
    for late in [&second, &first, &second] {
        host.deliver(late).await.unwrap();
    }
    let now = product.cell(PAYMENTS).await;
    assert_eq!(
        now,
        "p1 2 2026-11-04 5.00 AUD, p2 2 2026-11-03 1.50 AUD removed"
    );
    let due = product
        .cell("select amount_due::text from ledger_settlement")
        .await;
    assert_eq!(due, "6.00");
    let posting = product
        .cell("select state || ' ' || ledger_number from ledger_posting")
        .await;
    assert_eq!(posting, "posted CM-N-1");
    // The removal came before the payment that it removes.
    let items = vec![
        unpaid("1", 2, payment("p9", "2026-11-03", "1")),
        paid("1", 1, payment("p9", "2026-11-03", "1")),
    ];
    host.deliver(&delivery("d3", items)).await.unwrap();
    assert!(product.cell(PAYMENTS).await.ends_with("p9 2 removed"));
}

#[tokio::test]
async fn a_refusal_has_its_code_and_keeps_no_other_write_back() {
    let product = product().await;
    product
        .run("update ledger_rule set locked_until = '2026-10-31', future_days_max = 30")
        .await;
    let items = vec![
        paid("7", 1, payment("a", "2026-11-02", "1.00")),
        paid("1", 1, payment("b", "2026-10-31", "1.00")),
        paid("1", 1, payment("c", "2099-01-01", "1.00")),
        paid("1", 1, payment("d", "2026-11-02", "11.01")),
        paid("1", 1, payment("e", "2026-11-02", "11.00")),
    ];
    let told = product.host().deliver(&delivery("d", items)).await.unwrap();
    let codes: Vec<&str> = told
        .iter()
        .map(|outcome| {
            outcome
                .as_ref()
                .map_or_else(|refusal| refusal.code.as_str(), |()| "taken")
        })
        .collect();
    assert_eq!(
        codes,
        [
            "invoice_unknown",
            "period_locked",
            "future_dated_payment",
            "amount_exceeds_balance",
            "taken"
        ]
    );
    let words = &told[1].as_ref().unwrap_err().message;
    assert!(
        words.contains("the books are closed up to 2026-10-31"),
        "{words}"
    );
    // A constraint of the product is about the one write-back too.
    product
        .run("alter table ledger_posting add check (ledger_id <> 'b1f0')")
        .await;
    let told = product
        .host()
        .deliver(&delivery("d2", vec![posted("1"), settled("1", "0", 1)]))
        .await
        .unwrap();
    assert_eq!(told[0].as_ref().unwrap_err().code, "sqlstate_23514");
    assert_eq!(told[1], Ok(()));
}

#[tokio::test]
async fn a_procedure_that_is_gone_fails_the_delivery_with_its_name() {
    let product = product().await;
    product.run("drop procedure ledger_p_settlement_set").await;
    let error = product
        .host()
        .deliver(&delivery("d", vec![settled("1", "1", 1)]))
        .await
        .unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Misconfigured);
    assert!(error.message.contains("ledger_p_settlement_set"), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_midst_repeats_the_whole_without_harm() {
    let product = product().await;
    let host = Arc::new(product.host());
    let whole = delivery(
        "d",
        vec![
            paid("1", 1, payment("p1", "2026-11-02", "4.00")),
            settled("1", "7.00", 1_794_961_865),
            paid("1", 1, payment("p2", "2026-11-02", "2.00")),
        ],
    );
    // The second call waits for this lock, and is cut off there.
    product.run("begin; lock table ledger_settlement").await;
    let other = product.other().await;
    let telling = tokio::spawn({
        let (host, whole) = (Arc::clone(&host), whole.clone());
        async move { host.deliver(&whole).await }
    });
    let cut = "select count(pg_terminate_backend(pid))::text from pg_stat_activity \
         where application_name = 'tieout' and wait_event_type = 'Lock'";
    while other.query_typed(cut, &[]).await.unwrap()[0].get::<_, &str>(0) == "0" {
        tokio::task::yield_now().await;
    }
    let error = telling.await.unwrap().unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable, "{error}");
    product.run("rollback").await;
    assert_eq!(product.cell(PAYMENTS).await, "p1 1 2026-11-02 4.00 AUD");
    assert_eq!(host.deliver(&whole).await.unwrap(), vec![Ok(()); 3]);
    assert_eq!(
        product.cell(PAYMENTS).await,
        "p1 1 2026-11-02 4.00 AUD, p2 1 2026-11-02 2.00 AUD"
    );
}

#[tokio::test]
async fn nobody_in_between_is_trusted_and_the_password_stays_unread() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls");
    let listens = Listens::Encrypted {
        certificates: fixtures.join("database.pem"),
        key: fixtures.join("database.key"),
    };
    let product = Product::bare(Postgres::listening(listens)).await;
    product.run(POSTGRESQL).await;
    product.invoice("1", "10.00").await;
    let host = |ca: Option<PathBuf>| {
        let config = config(
            &json!({"host": "127.0.0.1", "port": product.server.port(), "user": "postgres",
            "database": "postgres", "tls": "always", "ca": ca}),
        );
        SqlHost::open(config)
    };
    let page = host(Some(fixtures.join("authority.pem")))
        .unwrap()
        .changes(None, 10)
        .await
        .unwrap();
    assert_eq!(product::ids(&page.records), ["1"]);
    for stranger in [Some(fixtures.join("stranger.pem")), None] {
        let error = host(stranger).unwrap().changes(None, 10).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Unavailable, "{error}");
        assert!(
            format!("{error:?}").contains("InvalidCertificate"),
            "{error:?}"
        );
    }
    let Err(error) = host(Some(fixtures.join("database.key"))) else {
        panic!("a key is no certificate")
    };
    assert!(error.message.contains("database.key"), "{error}");
}
