//! The figures of twenty invoices as two case management products make them: which pass, and what is sent for each.

mod mapping_support;

use mapping_support::{assert_spelled, coded, currency, decimal, invoice, line, post_by, settings};
use tieout_core::document::{Invoice, Line, PaymentTerm, TermBasis};
use tieout_core::provider::Chart;
use tieout_core::settings::{LineAmounts, Reference, Settings};

fn chart() -> Chart {
    mapping_support::chart()
}

/// A cost as Case Manager has it: quantity, rate, amount without tax, tax code, tax, amount with tax.
fn cost(quantity: &str, rate: &str, net: &str, code: &str, tax: &str, gross: &str) -> Line {
    Line {
        gross_amount: Some(decimal(gross)),
        ..coded(line(quantity, rate, net, tax), code)
    }
}

/// Case Manager hands its prices over with tax, under a prefix, with the claim number as reference.
fn case_manager() -> Settings {
    Settings {
        line_amounts: LineAmounts::TaxInclusive,
        number_prefix: "CM-".to_owned(),
        reference: Reference::ClaimNumber,
        ..settings()
    }
}

/// An invoice by its number, with its lines and what is sent for it.
type CaseManagerInvoice = (&'static str, Vec<Line>, &'static str);

/// Those of journal entry 411: the totals are the ones that the host prints.
fn journal_411() -> Vec<CaseManagerInvoice> {
    vec![
        (
            "14501",
            vec![
                cost("3.00", "214.30", "642.90", "GST", "64.29", "707.19"),
                cost("0.75", "214.30", "160.73", "GST", "16.07", "176.80"),
            ],
            "3 x 235.73 to 200 at OUTPUT
             0.75 x 235.7333 to 200 at OUTPUT
             803.63 + 80.36 = 883.99 AUD",
        ),
        (
            "14502",
            vec![
                cost("2.50", "214.30", "535.75", "GST", "53.58", "589.33"),
                cost("1.50", "214.30", "321.45", "GST", "32.15", "353.60"),
            ],
            "2.5 x 235.732 to 200 at OUTPUT
             1.5 x 235.7333 to 200 at OUTPUT
             857.20 + 85.73 = 942.93 AUD",
        ),
        (
            "14503",
            vec![cost("1", "1650.00", "1650.00", "GST", "165.00", "1815.00")],
            "1 x 1815 to 200 at OUTPUT
             1650.00 + 165.00 = 1815.00 AUD",
        ),
        (
            "14504",
            vec![cost("2.00", "166.99", "333.98", "FRE", "0.00", "333.98")],
            "2 x 166.99 to 200 at EXEMPTOUTPUT
             333.98 + 0.00 = 333.98 AUD",
        ),
        (
            "14505",
            vec![
                cost("3.333", "100.14", "333.77", "FRE", "0.00", "333.77"),
                cost("22", "1.00", "22.00", "FRE", "0.00", "22.00"),
            ],
            "3.333 x 100.14 to 200 at EXEMPTOUTPUT
             22 x 1 to 200 at EXEMPTOUTPUT
             355.77 + 0.00 = 355.77 AUD",
        ),
    ]
}

/// Those of journal entry 412, but for 14507, which has tests of its own.
fn journal_412() -> Vec<CaseManagerInvoice> {
    vec![
        (
            "14506",
            vec![
                cost("1", "980.00", "980.00", "GST", "98.00", "1078.00"),
                cost("1", "176.00", "176.00", "", "0.00", "176.00"),
            ],
            "1 x 1078 to 200 at OUTPUT
             1 x 176 to 200 at EXEMPTOUTPUT
             1156.00 + 98.00 = 1254.00 AUD",
        ),
        (
            "14508",
            vec![cost("1", "190.00", "190.00", "FRE", "0.00", "190.00")],
            "1 x 190 to 200 at EXEMPTOUTPUT
             190.00 + 0.00 = 190.00 AUD",
        ),
        (
            "14509",
            vec![
                cost("0.333", "214.30", "71.36", "GST", "7.14", "78.50"),
                cost("0.10", "214.30", "21.43", "GST", "2.14", "23.57"),
            ],
            "0.333 x 235.7357 to 200 at OUTPUT
             0.1 x 235.7 to 200 at OUTPUT
             92.79 + 9.28 = 102.07 AUD",
        ),
        (
            "14510",
            vec![cost("6", "255.00", "1530.00", "GST", "153.00", "1683.00")],
            "6 x 280.5 to 200 at OUTPUT
             1530.00 + 153.00 = 1683.00 AUD",
        ),
    ]
}

#[test]
fn case_manager_invoices_come_to_the_totals_that_it_printed() {
    for (number, lines, expected) in journal_411().into_iter().chain(journal_412()) {
        let mut document = invoice(lines);
        document.number = number.to_owned();
        let outcome = post_by(&document, &case_manager(), &chart());
        assert_spelled(&outcome, expected);
        assert_eq!(outcome.unwrap().number, format!("CM-{number}"));
    }
}

#[test]
fn case_manager_invoices_pass_in_the_basis_of_their_prices_too() {
    let as_document = Settings {
        line_amounts: LineAmounts::AsDocument,
        ..case_manager()
    };
    for (number, lines, _) in journal_411().into_iter().chain(journal_412()) {
        let outcome = post_by(&invoice(lines), &as_document, &chart());
        assert!(outcome.is_ok(), "{number}: {outcome:?}");
    }
}

/// 14507: its tax code is of another country and passes only once it is mapped.
#[test]
fn a_foreign_tax_code_is_held_until_it_is_mapped() {
    let mut document = invoice(vec![cost(
        "4.00", "185.00", "740.00", "GSTNZ", "111.00", "851.00",
    )]);
    document.currency = currency("NZD");
    let mut unmapped = case_manager();
    unmapped.tax_codes.remove("GSTNZ");
    assert_spelled(
        &post_by(&document, &unmapped, &chart()),
        "tax_code_unmapped: lines[0].tax_code = `GSTNZ`: the tax code `GSTNZ` is not mapped to a tax type
           `OUTPUT2` (15% GST on Income)",
    );
    assert_spelled(
        &post_by(&document, &case_manager(), &chart()),
        "4 x 212.75 to 200 at OUTPUT2
         740.00 + 111.00 = 851.00 NZD",
    );
}

/// 14506: without a rule for lines without a tax code, nothing is guessed.
#[test]
fn a_blank_tax_code_is_held_until_the_empty_code_is_mapped() {
    let mut unmapped = case_manager();
    unmapped.tax_codes.remove("");
    let document = invoice(vec![cost("1", "176.00", "176.00", "", "0.00", "176.00")]);
    assert_spelled(
        &post_by(&document, &unmapped, &chart()),
        "tax_code_unmapped: lines[0].tax_code: the line has no tax code, and lines without one are not mapped to a tax type
           `EXEMPTOUTPUT` (GST Free Income)",
    );
}

/// An item as iinsight has it: quantity, rate, tax rate, tax, total with tax, ledger code. It names no
/// amount without tax, which is total less tax, and no tax code.
fn item(quantity: &str, rate: &str, tax_rate: &str, tax: &str, total: &str, account: &str) -> Line {
    let net = (decimal(total) - decimal(tax)).to_string();
    Line {
        gross_amount: Some(decimal(total)),
        tax_rate: Some(decimal(tax_rate)),
        account_code: Some(account.to_owned()),
        ..coded(line(quantity, rate, &net, tax), "")
    }
}

/// Lines without a tax code are told apart by their rate; the ledger code of each is trusted.
fn iinsight() -> Settings {
    let by_rate = [
        ("0.10", "OUTPUT"),
        ("0", "EXEMPTOUTPUT"),
        ("0.15", "OUTPUT2"),
        ("0.20", "OUTPUT20"),
    ];
    let mut settings = Settings {
        tax_codes: std::collections::BTreeMap::new(),
        tax_rates: by_rate
            .map(|(rate, code)| (rate.to_owned(), code.to_owned()))
            .into(),
        terms: Some(PaymentTerm {
            days: 14,
            basis: TermBasis::InvoiceDate,
        }),
        ..settings()
    };
    settings.accounts.trust_document = true;
    settings
}

/// An invoice by its number, with its currency, its lines and what is sent for it.
type IinsightInvoice = (&'static str, &'static str, Vec<Line>, &'static str);

/// Those of one case in Australia.
fn australian_invoices() -> Vec<IinsightInvoice> {
    vec![
        (
            "NSW2026477",
            "AUD",
            vec![
                item("3.50", "225.40", "0.10", "78.89", "867.79", "200"),
                item("1.20", "225.40", "0.10", "27.05", "297.53", "210"),
            ],
            "3.5 x 225.4 to 200 at OUTPUT
             1.2 x 225.4 to 210 at OUTPUT
             1059.38 + 105.94 = 1165.32 AUD",
        ),
        (
            "QLD2026120",
            "AUD",
            vec![
                item("2.00", "193.99", "0.00", "0.00", "387.98", "201"),
                item("0.50", "97.00", "0.00", "0.00", "48.50", "210"),
            ],
            "2 x 193.99 to 201 at EXEMPTOUTPUT
             0.5 x 97 to 210 at EXEMPTOUTPUT
             436.48 + 0.00 = 436.48 AUD",
        ),
        (
            "QLD2026121",
            "AUD",
            vec![item("4.25", "100.14", "0.00", "0.00", "425.60", "202")],
            "4.25 x 100.14 to 202 at EXEMPTOUTPUT
             425.60 + 0.00 = 425.60 AUD",
        ),
        (
            "VIC2026061",
            "AUD",
            vec![
                item("6.00", "193.99", "0.00", "0.00", "1163.94", "230"),
                item("1.00", "142.00", "0.00", "0.00", "142.00", "220"),
            ],
            "6 x 193.99 to 230 at EXEMPTOUTPUT
             1 x 142 to 220 at EXEMPTOUTPUT
             1305.94 + 0.00 = 1305.94 AUD",
        ),
    ]
}

/// A grouped one, and those of other countries and of other states in the host.
fn other_invoices() -> Vec<IinsightInvoice> {
    vec![
        (
            "NSWG20260018",
            "AUD",
            vec![
                item("0.80", "225.40", "0.10", "18.03", "198.35", "200"),
                item("2.50", "225.40", "0.10", "56.35", "619.85", "230"),
            ],
            "0.8 x 225.4 to 200 at OUTPUT
             2.5 x 225.4 to 230 at OUTPUT
             743.82 + 74.38 = 818.20 AUD",
        ),
        (
            "NSW2026478",
            "AUD",
            vec![item("5.00", "189.00", "0.10", "94.50", "1039.50", "230")],
            "5 x 189 to 230 at OUTPUT
             945.00 + 94.50 = 1039.50 AUD",
        ),
        (
            "NZ2026033",
            "NZD",
            vec![item("1.00", "1450.00", "0.15", "217.50", "1667.50", "200")],
            "1 x 1450 to 200 at OUTPUT2
             1450.00 + 217.50 = 1667.50 NZD",
        ),
        (
            "UK2026140",
            "GBP",
            vec![
                item("1.00", "895.00", "0.20", "179.00", "1074.00", "230"),
                item("84.00", "0.45", "0.20", "7.56", "45.36", "210"),
            ],
            "1 x 895 to 230 at OUTPUT20
             84 x 0.45 to 210 at OUTPUT20
             932.80 + 186.56 = 1119.36 GBP",
        ),
        (
            "UK2026141",
            "GBP",
            vec![item("3.10", "98.00", "0.20", "60.76", "364.56", "200")],
            "3.1 x 98 to 200 at OUTPUT20
             303.80 + 60.76 = 364.56 GBP",
        ),
        (
            "WA2026009",
            "AUD",
            vec![
                item("1.00", "1180.00", "0.10", "118.00", "1298.00", "230"),
                item("1.00", "35.55", "0.10", "3.56", "39.11", "220"),
            ],
            "1 x 1180 to 230 at OUTPUT
             1 x 35.55 to 220 at OUTPUT
             1215.55 + 121.56 = 1337.11 AUD",
        ),
    ]
}

fn iinsight_invoice(number: &str, code: &str, lines: Vec<Line>) -> Invoice {
    let mut document = invoice(lines);
    document.number = number.to_owned();
    document.currency = currency(code);
    document
}

#[test]
fn iinsight_invoices_come_to_the_totals_that_it_printed() {
    for (number, code, lines, expected) in australian_invoices().into_iter().chain(other_invoices())
    {
        assert_spelled(
            &post_by(
                &iinsight_invoice(number, code, lines),
                &iinsight(),
                &chart(),
            ),
            expected,
        );
    }
}

#[test]
fn iinsight_invoices_pass_with_tax_in_their_prices_too() {
    let inclusive = Settings {
        line_amounts: LineAmounts::TaxInclusive,
        ..iinsight()
    };
    for (number, code, lines, _) in australian_invoices().into_iter().chain(other_invoices()) {
        let outcome = post_by(&iinsight_invoice(number, code, lines), &inclusive, &chart());
        assert!(outcome.is_ok(), "{number}: {outcome:?}");
    }
}
