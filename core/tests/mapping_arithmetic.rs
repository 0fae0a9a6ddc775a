//! The hard cases of invoice arithmetic: each with the posting that comes out, or the finding that holds it.

mod mapping_support;

use mapping_support::{
    assert_spelled, coded, currency, decimal, discounted, invoice, line, post, settings,
    with_totals,
};
use tieout_core::document::{AmountsAre, Invoice, Totals};
use tieout_core::settings::{LineAmounts, Settings, TaxAmounts};

fn inclusive(mut invoice: Invoice) -> Invoice {
    invoice.amounts_are = AmountsAre::TaxInclusive;
    invoice
}

fn without_tax(mut invoice: Invoice) -> Invoice {
    invoice.amounts_are = AmountsAre::NoTax;
    invoice
}

fn handed_over(line_amounts: LineAmounts) -> Settings {
    Settings {
        line_amounts,
        ..settings()
    }
}

fn by_provider() -> Settings {
    Settings {
        tax_amounts: TaxAmounts::Provider,
        ..settings()
    }
}

#[test]
fn a_price_finer_than_the_provider_keeps_is_rounded_where_the_amount_stays() {
    assert_spelled(
        &post(
            &invoice(vec![line("0.67", "101.492537", "68.00", "6.80")]),
            &settings(),
        ),
        "0.67 x 101.4925 to 200 at OUTPUT
         68.00 + 6.80 = 74.80 AUD",
    );
}

#[test]
fn a_price_finer_than_the_provider_keeps_holds_the_document_where_the_amount_would_change() {
    assert_spelled(
        &post(&invoice(vec![line("300", "0.333333", "100.00", "10.00")]), &settings()),
        "totals_would_differ: lines[0]: the accounting system would come to other amounts than the host
           line 1: 300 x 0.3333 = 99.99 -> 99.99, the host says 100.00 (price 0.333333 sent as 0.3333)
           net: 99.99, the host says 100.00
           total: 109.99, the host says 110.00",
    );
}

#[test]
fn a_quantity_finer_than_the_provider_keeps_is_treated_alike() {
    assert_spelled(
        &post(
            &invoice(vec![line("0.333333", "225.40", "75.13", "7.51")]),
            &settings(),
        ),
        "0.3333 x 225.4 to 200 at OUTPUT
         75.13 + 7.51 = 82.64 AUD",
    );
    assert_spelled(
        &post(&invoice(vec![line("0.333333", "90000", "29999.97", "3000.00")]), &settings()),
        "totals_would_differ: lines[0]: the accounting system would come to other amounts than the host
           line 1: 0.3333 x 90000 = 29997 -> 29997.00, the host says 29999.97 (quantity 0.333333 kept as 0.3333)
           net: 29997.00, the host says 29999.97
           total: 32997.00, the host says 32999.97",
    );
}

#[test]
fn three_lines_whose_tax_ends_on_half_a_cent_carry_the_hosts_tax_only_where_it_differs() {
    let lines = || {
        vec![
            line("1", "10.05", "10.05", "1.01"),
            line("1", "10.05", "10.05", "1.00"),
        ]
    };
    let mut three = lines();
    three.insert(0, line("1", "10.05", "10.05", "1.01"));
    let invoice = invoice(three);
    assert_spelled(
        &post(&invoice, &settings()),
        "1 x 10.05 to 200 at OUTPUT
         1 x 10.05 to 200 at OUTPUT
         1 x 10.05 to 200 at OUTPUT taxed 1.00
         30.15 + 3.02 = 33.17 AUD",
    );
    assert_spelled(
        &post(&invoice, &by_provider()),
        "totals_would_differ: lines[2]: the accounting system would come to other amounts than the host
           line 3: tax 10 % of 10.05 = 1.005 -> 1.01, the host says 1.00
           tax: 3.03, the host says 3.02
           total: 33.18, the host says 33.17",
    );
}

#[test]
fn the_published_example_of_tax_per_line_comes_to_its_published_total() {
    let lines = |last: &str| {
        vec![
            coded(line("1", "25.06", "25.06", "3.76"), "GSTNZ"),
            coded(line("1", "25.61", "25.61", "3.84"), "GSTNZ"),
            coded(line("1", "25.63", "25.63", last), "GSTNZ"),
        ]
    };
    assert_spelled(
        &post(&invoice(lines("3.84")), &by_provider()),
        "1 x 25.06 to 200 at OUTPUT2
         1 x 25.61 to 200 at OUTPUT2
         1 x 25.63 to 200 at OUTPUT2
         76.30 + 11.44 = 87.74 AUD",
    );
    assert_spelled(
        &post(&invoice(lines("3.85")), &settings()),
        "1 x 25.06 to 200 at OUTPUT2
         1 x 25.61 to 200 at OUTPUT2
         1 x 25.63 to 200 at OUTPUT2 taxed 3.85
         76.30 + 11.45 = 87.75 AUD",
    );
}

#[test]
fn a_host_that_cuts_off_where_the_provider_rounds_is_held_with_the_line_that_differs() {
    let lines = |net: &str| {
        vec![
            coded(line("22", "1.00", "22.00", "0"), "FRE"),
            coded(line("3.333", "100.14", net, "0"), "FRE"),
        ]
    };
    assert_spelled(
        &post(&invoice(lines("333.77")), &settings()),
        "22 x 1 to 200 at EXEMPTOUTPUT
         3.333 x 100.14 to 200 at EXEMPTOUTPUT
         355.77 + 0.00 = 355.77 AUD",
    );
    assert_spelled(
        &post(&invoice(lines("333.76")), &settings()),
        "totals_would_differ: lines[1]: the accounting system would come to other amounts than the host
           line 2: 3.333 x 100.14 = 333.76662 -> 333.77, the host says 333.76
           net: 355.77, the host says 355.76
           total: 355.77, the host says 355.76",
    );
}

#[test]
fn a_third_of_an_hour_multiplies_back_in_either_basis() {
    let document = invoice(vec![
        line("0.333", "214.30", "71.36", "7.14"),
        line("0.10", "214.30", "21.43", "2.14"),
    ]);
    assert_spelled(
        &post(&document, &settings()),
        "0.333 x 214.3 to 200 at OUTPUT
         0.1 x 214.3 to 200 at OUTPUT
         92.79 + 9.28 = 102.07 AUD",
    );
    assert_spelled(
        &post(&document, &handed_over(LineAmounts::TaxInclusive)),
        "0.333 x 235.7357 to 200 at OUTPUT
         0.1 x 235.7 to 200 at OUTPUT
         92.79 + 9.28 = 102.07 AUD",
    );
}

#[test]
fn prices_with_tax_stay_so_or_are_taken_apart() {
    let document = inclusive(invoice(vec![coded(
        line("2", "57.50", "100.00", "15.00"),
        "GSTNZ",
    )]));
    assert_spelled(
        &post(&document, &settings()),
        "2 x 57.5 to 200 at OUTPUT2
         100.00 + 15.00 = 115.00 AUD",
    );
    assert_spelled(
        &post(&document, &handed_over(LineAmounts::TaxExclusive)),
        "2 x 50 to 200 at OUTPUT2
         100.00 + 15.00 = 115.00 AUD",
    );
}

#[test]
fn a_price_that_cannot_be_taken_apart_at_the_providers_places_holds_the_document() {
    assert_spelled(
        &post(
            &inclusive(invoice(vec![line("1000", "1.00", "909.09", "90.91")])),
            &handed_over(LineAmounts::TaxExclusive),
        ),
        "totals_would_differ: lines[0]: the accounting system would come to other amounts than the host
           line 1: 1000 x 0.9091 = 909.1 -> 909.10, the host says 909.09 (price 1 sent as 0.9091)
           net: 909.10, the host says 909.09
           total: 1000.01, the host says 1000.00",
    );
}

#[test]
fn a_discount_travels_where_it_holds_as_an_amount_and_as_a_percentage() {
    assert_spelled(
        &post(
            &invoice(vec![discounted(line("2", "100", "180", "18"), "20")]),
            &settings(),
        ),
        "2 x 100 - 20 to 200 at OUTPUT
         180.00 + 18.00 = 198.00 AUD",
    );
    assert_spelled(
        &post(
            &invoice(vec![discounted(line("2", "100", "180", "18"), "20")]),
            &handed_over(LineAmounts::TaxInclusive),
        ),
        "2 x 110 - 22 to 200 at OUTPUT
         180.00 + 18.00 = 198.00 AUD",
    );
    assert_spelled(
        &post(&invoice(vec![discounted(line("1", "867.79", "817.79", "81.78"), "50")]), &settings()),
        "totals_would_differ: lines[0]: the accounting system would come to other amounts than the host
           line 1: the discount 50.00 is kept as 5.76 %, and 1 x 867.79 less 5.76 % -> 817.81, the host says 817.79",
    );
}

#[test]
fn a_discount_beyond_its_line_is_held() {
    assert_spelled(
        &post(
            &invoice(vec![
                line("1", "100", "100", "10"),
                discounted(line("1", "10", "-1", "-0.10"), "11"),
            ]),
            &settings(),
        ),
        "amount_not_representable: lines[1].discount = `11.00`: the discount is larger than the line's 10.00",
    );
}

#[test]
fn negative_lines_and_totals_of_zero_pass_and_a_negative_total_does_not() {
    let charge = || line("3", "100.00", "300.00", "30.00");
    assert_spelled(
        &post(
            &invoice(vec![charge(), line("-0.75", "214.30", "-160.73", "-16.07")]),
            &settings(),
        ),
        "3 x 100 to 200 at OUTPUT
         -0.75 x 214.3 to 200 at OUTPUT
         139.27 + 13.93 = 153.20 AUD",
    );
    assert_spelled(
        &post(
            &invoice(vec![charge(), line("-1", "300.00", "-300.00", "-30.00")]),
            &settings(),
        ),
        "3 x 100 to 200 at OUTPUT
         -1 x 300 to 200 at OUTPUT
         0.00 + 0.00 = 0.00 AUD",
    );
    assert_spelled(
        &post(
            &invoice(vec![line("1", "-0.01", "-0.01", "0")]),
            &settings(),
        ),
        "total_negative: totals.gross = `-0.01`: the total is -0.01 AUD; an invoice cannot be below zero",
    );
}

#[test]
fn yen_are_whole_and_dinars_have_three_places() {
    let mut yen = invoice(vec![
        line("3", "333", "999", "100"),
        line("3", "33.3333", "100", "10"),
    ]);
    yen.currency = currency("JPY");
    assert_spelled(
        &post(&yen, &settings()),
        "3 x 333 to 200 at OUTPUT
         3 x 33.3333 to 200 at OUTPUT
         1099 + 110 = 1209 JPY",
    );
    let mut dinars = invoice(vec![coded(line("1.5", "10.125", "15.188", "0.759"), "KW")]);
    dinars.currency = currency("KWD");
    assert_spelled(
        &post(&dinars, &settings()),
        "1.5 x 10.125 to 200 at TAX005
         15.188 + 0.759 = 15.947 KWD",
    );
    let mut cents = invoice(vec![line("1", "10.50", "10.50", "1.05")]);
    cents.currency = currency("JPY");
    assert_spelled(
        &post(&cents, &settings()),
        "amount_not_representable: lines[0].net_amount = `10.50`: the amount has more than the 0 decimal places of its currency
           also at totals.net
         amount_not_representable: lines[0].tax_amount = `1.05`: the amount has more than the 0 decimal places of its currency
           also at totals.tax
         amount_not_representable: totals.gross = `11.55`: the amount has more than the 0 decimal places of its currency",
    );
}

#[test]
fn a_document_without_tax_carries_no_tax_type() {
    assert_spelled(
        &post(
            &without_tax(invoice(vec![line("2", "50", "100.00", "0.00")])),
            &settings(),
        ),
        "2 x 50 to 200
         100.00 + 0.00 = 100.00 AUD",
    );
    assert_spelled(
        &post(
            &without_tax(invoice(vec![line("2", "50", "100.00", "10.00")])),
            &settings(),
        ),
        "totals_inconsistent: lines[0]: the host's own figures do not agree with one another
           line 1: tax 10.00 on a document without tax",
    );
    assert_spelled(
        &post(
            &invoice(vec![line("2", "50", "100.00", "10.00")]),
            &handed_over(LineAmounts::NoTax),
        ),
        "totals_would_differ: totals.tax = `10.00`: the document has 10.00 AUD of tax, and `line_amounts` says that there is none",
    );
}

#[test]
fn a_document_that_contradicts_itself_is_shown_as_such_and_not_compared_any_further() {
    let lines = vec![
        line("2", "50", "90.00", "9.00"),
        line("1", "10.00", "10.00", "1.00"),
    ];
    let totals = Totals {
        net: decimal("100.00"),
        tax: decimal("10.00"),
        gross: decimal("110.01"),
    };
    assert_spelled(
        &post(&with_totals(lines, totals), &settings()),
        "totals_inconsistent: lines[0]: the host's own figures do not agree with one another
           line 1: 2 x 50 = 100, the host's net amount is 90.00
           gross: the lines come to 110.00, the document says 110.01
           total: net 100.00 + tax 10.00 is not 110.01",
    );
}

#[test]
fn a_tax_of_another_rate_is_not_taken_for_rounding() {
    assert_spelled(
        &post(
            &invoice(vec![line("1", "100", "100.00", "15.00")]),
            &settings(),
        ),
        "tax_type_unusable: lines[0].tax_amount = `15.00`: the host's tax is 15.00, but 10 % at `OUTPUT` (GST on Income) comes to 10.00",
    );
    assert_spelled(
        &post(
            &invoice(vec![coded(line("1", "100", "100.00", "0.01"), "FRE")]),
            &settings(),
        ),
        "tax_type_unusable: lines[0].tax_amount = `0.01`: the host's tax is 0.01, but 0 % at `EXEMPTOUTPUT` (GST Free Income) comes to 0.00",
    );
}

#[test]
fn absurd_figures_are_findings_and_nothing_overflows() {
    let most = "79228162514264337593543950335";
    let mut absurd = with_totals(
        vec![
            line(most, most, most, most),
            line("0.0000000000000000000000000001", most, "-1", "0"),
        ],
        Totals {
            net: decimal(most),
            tax: decimal(most),
            gross: decimal(most),
        },
    );
    for amounts_are in [
        AmountsAre::TaxExclusive,
        AmountsAre::TaxInclusive,
        AmountsAre::NoTax,
    ] {
        absurd.amounts_are = amounts_are;
        for wanted in [
            LineAmounts::AsDocument,
            LineAmounts::TaxExclusive,
            LineAmounts::TaxInclusive,
        ] {
            let findings = post(&absurd, &handed_over(wanted)).unwrap_err();
            assert!(
                findings
                    .iter()
                    .any(|finding| finding.rule.as_str() == "amount_not_representable")
            );
        }
    }
}
