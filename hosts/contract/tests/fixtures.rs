//! The invented files of two products: what they hold, to the cent, and that they are read whole.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::str::FromStr;

use rust_decimal::Decimal;
use support::{Desk, documents};
use tieout_core::document::{AmountsAre, Document, Invoice, InvoiceStatus};
use tieout_host_contract::fixtures::{CASE_MANAGER, Fixture, IINSIGHT};

async fn read(fixtures: &[Fixture]) -> Vec<Invoice> {
    let desk = Desk::new();
    for fixture in fixtures {
        desk.drop_file(fixture.name, fixture.content);
    }
    let records = desk.take_all(3).await;
    assert!(desk.names("failed").is_empty());
    for fixture in fixtures {
        let result = desk.result(&format!("done/{}.result.json", fixture.name));
        assert_eq!(result["proofs"], serde_json::json!(["count", "gross"]));
    }
    documents(&records)
        .into_iter()
        .map(|document| match document {
            Document::Invoice(invoice) => invoice.clone(),
            Document::Bill(_) | Document::PurchaseOrder(_) => panic!("not an invoice"),
        })
        .collect()
}

fn money(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap()
}

fn gross(invoices: &[&Invoice]) -> Decimal {
    invoices.iter().map(|invoice| invoice.totals.gross).sum()
}

fn adds_up(invoice: &Invoice) {
    let net: Decimal = invoice.lines.iter().map(|line| line.net_amount).sum();
    let tax: Decimal = invoice.lines.iter().map(|line| line.tax_amount).sum();
    let of_lines: Decimal = invoice.lines.iter().map(|line| line.gross()).sum();
    assert_eq!(
        (net, tax),
        (invoice.totals.net, invoice.totals.tax),
        "{}",
        invoice.number
    );
    assert_eq!(of_lines, invoice.totals.gross, "{}", invoice.number);
}

#[tokio::test]
async fn the_case_manager_files_hold_ten_invoices_of_two_journal_entries() {
    let invoices = read(CASE_MANAGER).await;
    let numbers: Vec<&str> = invoices
        .iter()
        .map(|invoice| invoice.number.as_str())
        .collect();
    let wanted: Vec<String> = (14501..=14510).map(|number| number.to_string()).collect();
    assert_eq!(numbers, wanted);
    invoices.iter().for_each(adds_up);
    let batch = |number: &str| -> Vec<&Invoice> {
        invoices
            .iter()
            .filter(|invoice| invoice.batch_id.as_deref() == Some(number))
            .collect()
    };
    assert_eq!(
        (batch("411").len(), gross(&batch("411"))),
        (5, money("4331.67"))
    );
    assert_eq!(
        (batch("412").len(), gross(&batch("412"))),
        (5, money("4080.07"))
    );
    for (at, total) in [
        "883.99", "942.93", "1815.00", "333.98", "355.77", "1254.00", "851.00", "190.00", "102.07",
        "1683.00",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(
            invoices[at].totals.gross,
            money(total),
            "{}",
            invoices[at].number
        );
        assert_eq!(invoices[at].status, InvoiceStatus::Final);
        assert_eq!(invoices[at].amounts_are, AmountsAre::TaxExclusive);
    }
}

#[tokio::test]
async fn the_case_manager_figures_keep_their_traps() {
    let invoices = read(CASE_MANAGER).await;
    let codes: Vec<_> = invoices
        .iter()
        .flat_map(|invoice| &invoice.lines)
        .map(|line| line.tax_code.as_deref())
        .collect();
    assert_eq!(codes.len(), 15);
    assert_eq!(codes.iter().filter(|code| **code == Some("GST")).count(), 9);
    assert_eq!(codes.iter().filter(|code| **code == Some("FRE")).count(), 4);
    assert_eq!(
        codes.iter().filter(|code| **code == Some("GSTNZ")).count(),
        1
    );
    assert_eq!(
        codes.iter().filter(|code| code.is_none()).count(),
        1,
        "blank stays blank"
    );
    let rounding = &invoices[4].lines[0];
    assert_eq!(
        (rounding.quantity, rounding.unit_price, rounding.net_amount),
        (money("3.333"), money("100.14"), money("333.77"))
    );
    assert_eq!(invoices[6].currency.code(), "NZD");
    assert_eq!(
        invoices[7].bill_to.name, "Greta Voss",
        "a person without a company"
    );
    assert_eq!(invoices[7].references.claim_number, None);
    assert_eq!(invoices[7].payment_terms_days, Some(0));
    assert_eq!(invoices[0].bill_to.name, "Grevillea Workers Cover");
    assert_eq!(invoices[0].bill_to.attention.as_deref(), Some("Tamsin Yeo"));
    assert_eq!(
        invoices[0].references.client_name.as_deref(),
        Some("Okonkwo, Blessing")
    );
    assert_eq!(invoices[0].references.case_numbers, ["C1180"]);
    assert_eq!(invoices[0].lines[1].charge_code.as_deref(), Some("TRV"));
}

#[tokio::test]
async fn the_iinsight_file_holds_ten_invoices_in_three_countries() {
    let invoices = read(IINSIGHT).await;
    assert_eq!(invoices.len(), 10);
    invoices.iter().for_each(adds_up);
    assert_eq!(
        gross(&invoices.iter().collect::<Vec<_>>()),
        money("9679.57")
    );
    let by = |code: &str| -> Vec<&Invoice> {
        invoices
            .iter()
            .filter(|invoice| invoice.currency.code() == code)
            .collect()
    };
    assert_eq!((by("AUD").len(), gross(&by("AUD"))), (7, money("6528.15")));
    assert_eq!((by("NZD").len(), gross(&by("NZD"))), (1, money("1667.50")));
    assert_eq!((by("GBP").len(), gross(&by("GBP"))), (2, money("1483.92")));
    let statuses: Vec<&str> = invoices
        .iter()
        .map(|invoice| invoice.status.as_str())
        .collect();
    assert_eq!(statuses[..8], ["final"; 8]);
    assert_eq!(statuses[8..], ["voided", "reversed"]);
    assert!(
        invoices
            .iter()
            .all(|invoice| invoice.business_division.is_some())
    );
    assert!(
        invoices
            .iter()
            .flat_map(|invoice| &invoice.lines)
            .all(|line| {
                line.account_code.is_some() && line.charge_code.is_some() && line.tax_rate.is_some()
            })
    );
}

#[tokio::test]
async fn the_iinsight_details_are_those_of_the_product() {
    let invoices = read(IINSIGHT).await;
    let [first, ndis, .., reversed] = invoices.as_slice() else {
        panic!()
    };
    assert_eq!(first.due_date.unwrap().to_string(), "2026-11-16");
    assert_eq!(first.payment_terms_days, Some(14));
    assert_eq!(first.business_division.as_deref(), Some("NSW Rehab"));
    assert_eq!(first.lines[0].account_code.as_deref(), Some("200"));
    assert_eq!(first.lines[0].tax_rate, Some(money("0.10")));
    assert_eq!(
        first
            .bill_to
            .address
            .as_ref()
            .unwrap()
            .postal_code
            .as_deref(),
        Some("2150")
    );
    assert_eq!(
        ndis.references.participant_number.as_deref(),
        Some("430111222")
    );
    assert_eq!(
        ndis.lines[1]
            .funding
            .as_ref()
            .unwrap()
            .support_item
            .as_deref(),
        Some("15_617_0128_1_3_PT")
    );
    let grouped = &invoices[4];
    assert!(grouped.grouped);
    assert_eq!(grouped.references.case_numbers, ["NSW170", "NSW171"]);
    assert_eq!(
        grouped.group_sources[1].claim_number.as_deref(),
        Some("WC24-118901")
    );
    assert_eq!(grouped.totals.gross, money("818.20"));
    assert_eq!(reversed.status, InvoiceStatus::Reversed);
    assert_eq!(reversed.payment_terms_days, Some(0));
}
