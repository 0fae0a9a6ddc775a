//! What a rounding line promises: the host's totals to the minor unit, within a bound, with its arithmetic.
#![allow(clippy::unwrap_used, reason = "fixed texts of tests")]

mod mapping_support;

use mapping_support::{
    account, assert_spelled, chart, discounted, invoice, line, post, post_by, settings,
};
use tieout_core::document::{AccountClass, AmountsAre, LineId};
use tieout_core::engine::Decision;
use tieout_core::mapping::check_settings;
use tieout_core::settings::{Rounding, RoundingLine, Settings, TaxAmounts};

fn rounding(minor_units_max: u8) -> Settings {
    Settings {
        rounding: Rounding::Line(RoundingLine {
            account: "230".to_owned(),
            tax_type: "EXEMPTOUTPUT".to_owned(),
            minor_units_max,
            description: "Rounding".to_owned(),
        }),
        ..settings()
    }
}

#[test]
fn a_cent_that_the_provider_would_add_is_taken_off_again_and_told() {
    let sold = invoice(vec![
        line("3.333", "100.14", "333.76", "33.38"),
        line("1", "5", "5.00", "0.50"),
    ]);
    let outcome = post(&sold, &rounding(1));
    assert_spelled(
        &outcome,
        "3.333 x 100.14 to 200 at OUTPUT
         1 x 5 to 200 at OUTPUT
         1 x -0.01 to 230 at EXEMPTOUTPUT
         338.76 + 33.88 = 372.64 AUD",
    );
    let posting = outcome.unwrap();
    assert!(
        Decision::Create(posting.clone())
            .why()
            .ends_with("; rounding line: -0.01 to 230")
    );
    // The words are for people: they are no part of what decides whether a document is sent again.
    assert!(
        !serde_json::to_string(&posting)
            .unwrap()
            .contains("333.76662")
    );
    assert_eq!(
        posting.explanation,
        [
            "line 1: 3.333 x 100.14 = 333.76662 -> 333.77, the host says 333.76",
            "net: 338.77, the host says 338.76",
            "total: 372.65, the host says 372.64",
            "rounding line: -0.01 to 230"
        ]
    );
}

#[test]
fn amounts_with_tax_are_evened_out_with_tax() {
    let mut sold = invoice(vec![line("3", "36.6666", "100.00", "10.00")]);
    sold.amounts_are = AmountsAre::TaxInclusive;
    sold.lines[0].quantity = "300".parse().unwrap();
    sold.lines[0].unit_price = "0.366666".parse().unwrap();
    let outcome = post(&sold, &rounding(2));
    assert_spelled(
        &outcome,
        "300 x 0.3667 to 200 at OUTPUT
         1 x -0.01 to 230 at EXEMPTOUTPUT
         100.00 + 10.00 = 110.00 AUD",
    );
}

#[test]
fn differences_that_cancel_out_need_no_line_and_are_told() {
    let sold = invoice(vec![
        line("300", "0.333333", "100.00", "10.00"),
        line("300", "0.333367", "100.01", "10.00"),
    ]);
    assert!(post(&sold, &settings()).is_err());
    assert!(post(&sold, &rounding(1)).is_err());
    let outcome = post(&sold, &rounding(2));
    assert_spelled(
        &outcome,
        "300 x 0.3333 to 200 at OUTPUT
         300 x 0.3334 to 200 at OUTPUT
         200.01 + 20.00 = 220.01 AUD",
    );
    assert_eq!(
        outcome.unwrap().explanation.last().unwrap(),
        "the differences cancel out"
    );
}

#[test]
fn more_than_the_bound_is_held_with_the_arithmetic_and_the_reason() {
    let sold = invoice(vec![
        line("300", "0.333333", "100.00", "10.00"),
        line("600", "0.333333", "200.00", "20.00"),
    ]);
    let found = post(&sold, &rounding(2)).unwrap_err();
    assert_eq!(
        found[0].detail.last().unwrap(),
        "not rounded: the lines differ by 0.03 in all, more than the 0.02 that `rounding.line.minor_units_max` allows"
    );
    assert!(post(&sold, &rounding(3)).is_ok());
}

#[test]
fn a_tax_that_differs_and_a_contradiction_are_never_rounded() {
    let mut by_provider = rounding(9);
    by_provider.tax_amounts = TaxAmounts::Provider;
    let found = post(
        &invoice(vec![line("1", "10", "10.00", "1.01")]),
        &by_provider,
    )
    .unwrap_err();
    assert!(
        found[0]
            .detail
            .last()
            .unwrap()
            .contains("the tax of line 1 differs")
    );
    let mut sold = invoice(vec![line("1", "10", "10.00", "1.00")]);
    sold.totals.gross += mapping_support::decimal("0.01");
    let found = post(&sold, &rounding(9)).unwrap_err();
    assert_eq!(found[0].rule.as_str(), "totals_inconsistent");
    let found = post(
        &invoice(vec![discounted(line("3", "100", "290.00", "29.00"), "10")]),
        &rounding(9),
    );
    assert!(
        found.unwrap_err()[0]
            .detail
            .last()
            .unwrap()
            .contains("discount")
    );
}

#[test]
fn a_host_line_of_the_same_name_is_no_rounding_line() {
    let mut sold = invoice(vec![line("3.333", "100.14", "333.76", "33.38")]);
    sold.lines[0].id = LineId::new("rounding-line").unwrap();
    let found = post(&sold, &rounding(1)).unwrap_err();
    assert!(
        found[0]
            .detail
            .last()
            .unwrap()
            .contains("identifier of the rounding line")
    );
}

#[test]
fn its_account_and_tax_type_are_checked_before_any_document() {
    assert!(check_settings(&rounding(1), &chart()).is_empty());
    let mut bad = rounding(101);
    if let Rounding::Line(line) = &mut bad.rounding {
        line.account = "23O".to_owned();
    }
    let fields = |settings: &Settings| {
        let found = check_settings(settings, &chart());
        found
            .into_iter()
            .map(|finding| finding.field)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        fields(&bad),
        ["rounding.line.minor_units_max", "rounding.line.account"]
    );
    if let Rounding::Line(line) = &mut bad.rounding {
        line.minor_units_max = 2;
        line.account = "230".to_owned();
        line.tax_type = "OUTPUT".to_owned();
    }
    assert_eq!(fields(&bad), ["rounding.line.tax_type"]);
    // One that was archived since holds only what needs it.
    let mut chart = chart();
    let mut gone = account("230", "Reports", AccountClass::Revenue, "REVENUE");
    gone.active = false;
    chart
        .accounts
        .retain(|account| account.code.as_deref() != Some("230"));
    chart.accounts.push(gone);
    let fine = invoice(vec![line("1", "10", "10.00", "1.00")]);
    let odd = invoice(vec![line("3.333", "100.14", "333.76", "33.38")]);
    assert!(post_by(&fine, &rounding(1), &chart).is_ok());
    assert_eq!(post_by(&odd, &rounding(1), &chart).unwrap_err().len(), 2);
}
