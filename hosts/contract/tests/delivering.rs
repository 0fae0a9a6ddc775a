//! That each delivery reaches the inbox exactly once, whole, and safe to open in a spreadsheet.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use support::{Desk, message};
use tieout_core::document::{
    Currency, DocumentId, DocumentKind, Payment, PaymentKind, ProviderPaymentId, Settlement,
    SettlementStatus,
};
use tieout_core::host::{
    Delivery, DocumentRef, Host, HostErrorKind, PostingNotice, PostingState, WriteBack,
};

fn document(number: &str) -> DocumentRef {
    let plain: String = number.chars().filter(|c| !c.is_control()).collect();
    let id = DocumentId::new(format!("id-{plain}")).unwrap();
    DocumentRef {
        kind: DocumentKind::Invoice,
        id,
        number: number.to_owned(),
    }
}

fn payment(amount: &str, currency: &str, reference: &str) -> Payment {
    Payment {
        id: ProviderPaymentId::new("9c1d").unwrap(),
        date: NaiveDate::from_ymd_opt(2026, 11, 16).unwrap(),
        amount: Decimal::from_str(amount).unwrap(),
        currency: Currency::from_code(currency).unwrap(),
        reference: (!reference.is_empty()).then(|| reference.to_owned()),
        kind: PaymentKind::Payment,
    }
}

fn paid(number: &str, revision: u64, amount: &str, currency: &str, reference: &str) -> WriteBack {
    let payment = payment(amount, currency, reference);
    WriteBack::Payment {
        document: document(number),
        revision,
        payment,
    }
}

fn delivery(id: &str, items: Vec<WriteBack>) -> Delivery {
    Delivery {
        id: id.to_owned(),
        items,
    }
}

fn posted(number: &str, text: &str) -> WriteBack {
    let notice = PostingNotice {
        state: PostingState::Rejected,
        ledger_id: Some("b1f0".to_owned()),
        ledger_number: None,
        message: Some(text.to_owned()),
    };
    WriteBack::Posting {
        document: document(number),
        notice,
    }
}

fn settled(number: &str) -> WriteBack {
    let settlement = Settlement {
        status: SettlementStatus::PartlyPaid,
        amount_paid: Decimal::from_str("500").unwrap(),
        amount_credited: Decimal::ZERO,
        amount_due: Decimal::from_str("318.2").unwrap(),
        currency: Currency::from_code("AUD").unwrap(),
        as_of: DateTime::from_timestamp(1_794_961_865, 0).unwrap(),
    };
    WriteBack::Settlement {
        document: document(number),
        settlement,
    }
}

#[tokio::test]
async fn an_import_that_can_only_add_gets_what_is_new_and_a_person_the_rest() {
    let mut desk = Desk::new();
    let columns = serde_json::json!({"dates": "day_first", "columns": [
        {"header": "InvoiceNumber", "field": "invoice_number"}, {"header": "PaymentDate", "field": "payment_date"},
        {"header": "Amount", "field": "amount"}, {"header": "PaymentType", "value": "EFT"},
        {"header": "Reference", "field": "reference"}]});
    desk.config.payment_import = Some(serde_json::from_value(columns).unwrap());
    let removed = WriteBack::PaymentRemoved {
        document: document("14503"),
        revision: 2,
        payment: payment("1815", "AUD", "entered against wrong invoice"),
    };
    let items = vec![
        paid("14501", 1, "883.99", "AUD", "=GWC 771204"),
        paid("14504", 2, "150", "AUD", ""),
        removed,
        settled("14501"),
    ];
    let delivery = delivery("d-1", items);
    for _ in 0..2 {
        desk.open().await.deliver(&delivery).await.unwrap();
    }
    let read = |name: &str| fs::read_to_string(desk.path("inbox").join(name)).unwrap();
    assert_eq!(
        read("payments-import-1.csv"),
        "InvoiceNumber,PaymentDate,Amount,PaymentType,Reference\r\n14501,16/11/2026,883.99,EFT,'=GWC 771204\r\n"
    );
    let rest = read("payments-exceptions-1.csv");
    let rest: Vec<&str> = rest.lines().skip(1).collect();
    assert_eq!(
        rest,
        [
            "change the payment by hand to what stands here,14504,2026-11-16,150.00,AUD,,9c1d,2",
            "remove the payment by hand: it is not in the books any more,14503,2026-11-16,1815.00,AUD,\
             entered against wrong invoice,9c1d,2",
        ]
    );
    assert_eq!(read("payments-1.csv").lines().count(), 4);
    // The product took the import away: a repeat must not bring it again.
    fs::remove_file(desk.path("inbox/payments-import-1.csv")).unwrap();
    desk.open().await.deliver(&delivery).await.unwrap();
    assert!(!desk.path("inbox/payments-import-1.csv").exists());
    desk.config
        .payment_import
        .as_mut()
        .unwrap()
        .columns
        .remove(2);
    let problem = desk.config.problems().remove(0);
    assert_eq!(problem.key, "payment_import.columns");
}

#[tokio::test]
async fn each_kind_of_write_back_has_its_sheet() {
    let desk = Desk::new();
    let removed = WriteBack::PaymentRemoved {
        document: document("14503"),
        revision: 3,
        payment: payment("1815", "AUD", "entered against wrong invoice"),
    };
    let items = vec![
        paid("14501", 1, "883.99", "AUD", "GWC 771204"),
        settled("14501"),
        paid("14504", 2, "150", "AUD", ""),
        removed,
        posted("14509", "period is locked, \"2026-10\""),
    ];
    let told = desk
        .open()
        .await
        .deliver(&delivery("d-1", items))
        .await
        .unwrap();
    assert_eq!(told, vec![Ok(()); 5]);
    assert_eq!(
        desk.names("inbox"),
        ["payments-1.csv", "postings-1.csv", "settlements-1.csv"]
    );
    assert_eq!(
        desk.text("inbox/payments-1.csv"),
        "action,ledger_payment_id,revision,invoice_number,payment_date,amount,currency,method,reference,invoice_id,kind,document_kind\r\n\
         create,9c1d,1,14501,2026-11-16,883.99,AUD,,GWC 771204,id-14501,payment,invoice\r\n\
         update,9c1d,2,14504,2026-11-16,150.00,AUD,,,id-14504,payment,invoice\r\n\
         delete,9c1d,3,14503,2026-11-16,1815.00,AUD,,entered against wrong invoice,id-14503,payment,invoice\r\n"
    );
    assert_eq!(
        desk.text("inbox/settlements-1.csv"),
        "invoice_id,invoice_number,status,amount_paid,amount_credited,amount_due,currency,as_of,document_kind\r\n\
         id-14501,14501,partly_paid,500.00,0.00,318.20,AUD,2026-11-18T00:31:05Z,invoice\r\n"
    );
    assert_eq!(
        desk.text("inbox/postings-1.csv"),
        "invoice_id,invoice_number,state,ledger_invoice_id,ledger_number,message,document_kind\r\n\
         id-14509,14509,rejected,b1f0,,\"period is locked, \"\"2026-10\"\"\",invoice\r\n"
    );
}

#[tokio::test]
async fn amounts_have_the_digits_of_their_currency_and_are_never_rounded() {
    let desk = Desk::new();
    let items = [
        ("1200", "JPY"),
        ("1.5", "KWD"),
        ("-3", "AUD"),
        ("0.005", "AUD"),
        ("7.100", "AUD"),
    ]
    .map(|(amount, currency)| paid("1", 1, amount, currency, ""));
    desk.open()
        .await
        .deliver(&delivery("d", items.to_vec()))
        .await
        .unwrap();
    let text = desk.text("inbox/payments-1.csv");
    let amounts: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(5).unwrap())
        .collect();
    assert_eq!(amounts, ["1200", "1.500", "-3.00", "0.005", "7.10"]);
}

#[tokio::test]
async fn text_that_a_spreadsheet_would_run_is_written_as_text() {
    let desk = Desk::new();
    let hostile = ["=1+1", "+61", "-x", "@sum", "\tx", "\rx"];
    let items = hostile
        .iter()
        .map(|text| paid(text, 1, "-1", "AUD", text))
        .collect();
    desk.open()
        .await
        .deliver(&delivery("d", items))
        .await
        .unwrap();
    let mut reader = csv::Reader::from_path(desk.path("inbox/payments-1.csv")).unwrap();
    for (row, text) in reader.records().zip(hostile) {
        let row = row.unwrap();
        assert_eq!(row[3], format!("'{text}"));
        assert_eq!(row[8], format!("'{text}"));
        assert_eq!(&row[5], "-1.00", "a number stays a number");
    }
}

#[tokio::test]
async fn a_repeat_writes_nothing_even_when_the_host_has_taken_the_files() {
    let desk = Desk::new();
    let first = delivery("d-1", vec![paid("1", 1, "1", "AUD", "")]);
    desk.open().await.deliver(&first).await.unwrap();
    desk.open().await.deliver(&first).await.unwrap();
    assert_eq!(desk.names("inbox"), ["payments-1.csv"]);
    fs::remove_file(desk.path("inbox/payments-1.csv")).unwrap();
    assert_eq!(desk.open().await.deliver(&first).await.unwrap(), [Ok(())]);
    assert!(desk.names("inbox").is_empty());
    desk.open()
        .await
        .deliver(&delivery("d-2", vec![posted("1", "x")]))
        .await
        .unwrap();
    assert_eq!(
        desk.names("inbox"),
        ["postings-2.csv"],
        "the number goes on"
    );
}

#[tokio::test]
async fn a_crash_before_the_delivery_was_remembered_makes_it_from_the_start() {
    let desk = Desk::new();
    desk.open().await;
    fs::write(desk.path(".tieout/outgoing/payments-1.csv"), "half a fi").unwrap();
    fs::write(
        desk.path(".tieout/outgoing/postings-1.csv"),
        "of a delivery that never was",
    )
    .unwrap();
    desk.open()
        .await
        .deliver(&delivery("d-1", vec![paid("1", 1, "1", "AUD", "")]))
        .await
        .unwrap();
    assert_eq!(desk.names("inbox"), ["payments-1.csv"]);
    assert!(desk.text("inbox/payments-1.csv").starts_with("action,"));
    assert!(desk.names(".tieout/outgoing").is_empty());
}

#[tokio::test]
async fn a_crash_amid_the_moves_is_finished_once_by_a_repeat_or_by_the_next_delivery() {
    for repeat in ["d-1", "d-2"] {
        let desk = Desk::new();
        let first = delivery("d-1", vec![paid("1", 1, "1", "AUD", ""), posted("1", "x")]);
        desk.open().await.deliver(&first).await.unwrap();
        // As a crash between the two moves would leave it; the host took the first file since.
        fs::remove_file(desk.path("inbox/payments-1.csv")).unwrap();
        fs::rename(
            desk.path("inbox/postings-1.csv"),
            desk.path(".tieout/outgoing/postings-1.csv"),
        )
        .unwrap();
        let next = Delivery {
            id: repeat.to_owned(),
            ..first
        };
        desk.open().await.deliver(&next).await.unwrap();
        let wanted: &[&str] = match repeat {
            "d-1" => &["postings-1.csv"],
            _ => &["payments-2.csv", "postings-1.csv", "postings-2.csv"],
        };
        assert_eq!(desk.names("inbox"), wanted);
        assert!(desk.names(".tieout/outgoing").is_empty());
    }
}

#[tokio::test]
async fn a_log_line_that_a_crash_cut_off_does_not_count_and_does_no_harm() {
    let desk = Desk::new();
    desk.open()
        .await
        .deliver(&delivery("d-1", vec![posted("1", "x")]))
        .await
        .unwrap();
    let log = desk.path(".tieout/deliveries");
    let whole = fs::read_to_string(&log).unwrap();
    fs::write(&log, format!("{whole}{{\"id\":\"d-2\",\"num")).unwrap();
    let host = desk.open().await;
    host.deliver(&delivery("d-2", vec![posted("2", "x")]))
        .await
        .unwrap();
    host.deliver(&delivery("d-1", vec![posted("1", "x")]))
        .await
        .unwrap();
    host.deliver(&delivery("d-2", vec![posted("2", "x")]))
        .await
        .unwrap();
    assert_eq!(desk.names("inbox"), ["postings-1.csv", "postings-2.csv"]);
    assert_eq!(fs::read_to_string(&log).unwrap().lines().count(), 2);
}

#[tokio::test]
async fn a_damaged_log_stops_deliveries_rather_than_making_them_twice() {
    let desk = Desk::new();
    let first = delivery("d-1", vec![posted("1", "x")]);
    desk.open().await.deliver(&first).await.unwrap();
    fs::write(desk.path(".tieout/deliveries"), "garbage\n").unwrap();
    let error = desk.open().await.deliver(&first).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::BadData);
    assert!(message(&error).contains(".tieout/deliveries` is damaged"));
    assert_eq!(desk.names("inbox"), ["postings-1.csv"]);
}

#[tokio::test]
async fn an_inbox_that_cannot_be_written_is_said_with_its_path_and_finished_later() {
    let desk = Desk::new();
    let host = desk.open().await;
    fs::remove_dir(desk.path("inbox")).unwrap();
    let first = delivery("d-1", vec![posted("1", "x")]);
    let error = host.deliver(&first).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
    let text = message(&error);
    assert!(text.contains("/inbox"), "{text}");
    fs::create_dir(desk.path("inbox")).unwrap();
    host.deliver(&first).await.unwrap();
    host.deliver(&first).await.unwrap();
    assert_eq!(desk.names("inbox"), ["postings-1.csv"]);
}

#[tokio::test]
async fn old_deliveries_are_forgotten_in_time_and_their_numbers_are_not_used_again() {
    let mut desk = Desk::new();
    desk.config.limits.deliveries_kept = 100;
    let host = desk.open().await;
    for turn in 1..=201 {
        host.deliver(&delivery(&format!("d-{turn}"), vec![posted("1", "x")]))
            .await
            .unwrap();
        fs::remove_file(desk.path(&format!("inbox/postings-{turn}.csv"))).unwrap();
    }
    let remembered = desk.text(".tieout/deliveries").lines().count();
    assert!((100..200).contains(&remembered), "{remembered}");
    host.deliver(&delivery("d-150", vec![posted("1", "x")]))
        .await
        .unwrap();
    assert!(desk.names("inbox").is_empty(), "d-150 is still known");
}

#[tokio::test]
async fn numbers_go_on_from_what_lies_in_the_inbox_when_our_state_is_lost() {
    let desk = Desk::new();
    desk.open()
        .await
        .deliver(&delivery("d-1", vec![posted("1", "x")]))
        .await
        .unwrap();
    fs::remove_dir_all(desk.path(".tieout")).unwrap();
    fs::write(desk.path("inbox/payments-x.csv"), "the host's own").unwrap();
    desk.open()
        .await
        .deliver(&delivery("d-2", vec![posted("1", "x")]))
        .await
        .unwrap();
    assert_eq!(
        desk.names("inbox"),
        ["payments-x.csv", "postings-1.csv", "postings-2.csv"]
    );
}

#[tokio::test]
async fn a_delivery_beyond_the_limits_or_without_items_writes_nothing() {
    let desk = Desk::new();
    let host = desk.open().await;
    let most = host.capability().delivery_items_max;
    let many = vec![posted("1", "x"); most + 1];
    for wrong in [
        delivery("d", many),
        delivery("", vec![posted("1", "x")]),
        delivery(&"d".repeat(257), vec![]),
    ] {
        assert_eq!(
            host.deliver(&wrong).await.unwrap_err().kind,
            HostErrorKind::BadData
        );
    }
    assert_eq!(
        host.deliver(&delivery("empty", Vec::new())).await.unwrap(),
        []
    );
    assert!(desk.names("inbox").is_empty());
}
