//! What a posting promises beyond its figures: every problem at once, every text and date in its place.

mod mapping_support;

use mapping_support::{
    assert_spelled, capability, chart, coded, currency, invoice, line, post, post_by, settings,
};
use tieout_core::check::Rule;
use tieout_core::document::{
    AmountsAre, Document, GroupSource, InvoiceKind, PaymentTerm, ProviderContactId, TermBasis,
    Tracking,
};
use tieout_core::mapping;
use tieout_core::settings::{CreateStatus, ItemCodes, Reference, Settings};

#[test]
fn every_problem_of_a_document_is_told_at_once() {
    let mut bad = invoice(vec![
        coded(line("3.333", "100.14", "333.76", "0.00"), "XX"),
        coded(line("1", "10.00", "10.00", "1.00"), "GST"),
    ]);
    bad.number = "N\u{e9}1".to_owned();
    bad.due_date = Some("2026-10-01".parse().unwrap());
    bad.currency = currency("EUR");
    bad.lines[1].charge_code = Some("TRAVEL".to_owned());
    bad.lines[1].description = " ".to_owned();
    bad.lines[1].tracking = vec![Tracking {
        category: "Region".to_owned(),
        option: "West".to_owned(),
    }];
    let mut chart = chart();
    chart.organisation.period_lock = Some("2026-10-31".parse().unwrap());
    let mut settings = Settings {
        tracking: true,
        reference: Reference::Template("{claim}".to_owned()),
        ..settings()
    };
    settings.accounts.sales = None;
    settings
        .accounts
        .by_charge_code
        .insert("TRAVEL".to_owned(), "090".to_owned());
    assert_spelled(
        &post_by(&bad, &settings, &chart),
        "text_unusable: number = `N\u{e9}1`: the number holds `\u{e9}`, which may not stand in it
         text_unusable: reference = `{claim}`: the template names the unknown field `claim`
           `claim_number`
         due_date_unusable: due_date = `2026-10-01`: the document falls due before its own date, 2026-10-30
         currency_not_enabled: currency = `EUR`: `Demo Company` has not enabled EUR
           AUD
           NZD
           GBP
           JPY
           KWD
         period_locked: issue_date = `2026-10-30`: `Demo Company` has locked its books up to 2026-10-31
         account_missing: lines[0].charge_code: no account is configured for lines without a charge code
         tax_code_unmapped: lines[0].tax_code = `XX`: the tax code `XX` is not mapped to a tax type
           `EXEMPTOUTPUT` (GST Free Income)
         account_unusable: lines[1].charge_code = `TRAVEL`: the account `090` (Cheque Account) is a bank account
         tracking_missing: lines[1].tracking[0].option = `West`: the option `West` of the tracking category `Region` does not exist
           `North`
         text_unusable: lines[1].description: the description is empty
         totals_would_differ: lines[0]: the accounting system would come to other amounts than the host
           line 1: 3.333 x 100.14 = 333.76662 -> 333.77, the host says 333.76",
    );
}

#[test]
fn the_same_problem_on_many_lines_is_told_once() {
    let mut settings = settings();
    settings.accounts.sales = None;
    let findings = post(
        &invoice(vec![line("1", "1", "1.00", "0.10"); 30]),
        &settings,
    )
    .unwrap_err();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].detail.len(), 29);
}

#[test]
fn a_posting_carries_everything_that_the_document_and_the_settings_say() {
    let mut document = invoice(vec![line("1", "10", "10.00", "1.00")]);
    document.grouped = true;
    document.group_sources = ["NSW170", "NSW171"]
        .map(|case_number| GroupSource {
            case_number: case_number.to_owned(),
            client_name: None,
            claim_number: Some(format!("WC-{case_number}")),
            net: None,
            tax: None,
            document: None,
        })
        .to_vec();
    document.url = Some("https://host.example/invoices/14501".to_owned());
    document.tracking = vec![Tracking {
        category: "region".to_owned(),
        option: "north".to_owned(),
    }];
    document.lines[0].item_code = Some(" IA ".to_owned());
    let settings = Settings {
        reference: Reference::ClaimNumber,
        number_prefix: "R-".to_owned(),
        invoice_status: CreateStatus::Authorised,
        tracking: true,
        ..settings()
    };
    let posting = post(&document, &settings).unwrap();
    assert_eq!(posting.number, "R-14501");
    assert_eq!(posting.reference.as_deref(), Some("WC-NSW170, WC-NSW171"));
    assert_eq!(posting.status, CreateStatus::Authorised);
    assert_eq!(posting.due_date.unwrap().to_string(), "2026-11-29");
    assert_eq!(
        posting.url.as_deref(),
        Some("https://host.example/invoices/14501")
    );
    assert_eq!(posting.amounts_are, AmountsAre::TaxExclusive);
    assert_eq!(posting.lines[0].item_code.as_deref(), Some("IA"));
    assert_eq!(posting.lines[0].tracking[0].option_id, "opt-1");
}

#[test]
fn a_lock_date_refuses_what_is_sent_and_not_what_is_compared() {
    let document = Document::Invoice(invoice(vec![line("1", "10", "10.00", "1.00")]));
    let contact = ProviderContactId::new("contact").unwrap();
    let mut chart = chart();
    let open = mapping::posting(&document, &settings(), &chart, &capability(), &contact).unwrap();
    assert_eq!(mapping::period_lock(&document, &chart), None);
    chart.organisation.year_lock = Some("2026-10-30".parse().unwrap());
    let refused =
        mapping::posting(&document, &settings(), &chart, &capability(), &contact).unwrap_err();
    assert_eq!(refused, [mapping::period_lock(&document, &chart).unwrap()]);
    let compared =
        mapping::posting_to_compare(&document, &settings(), &chart, &capability(), &contact)
            .unwrap();
    assert_eq!(compared, open);
}

#[test]
fn tracking_that_is_switched_off_is_neither_looked_up_nor_sent() {
    let mut document = invoice(vec![line("1", "10", "10.00", "1.00")]);
    document.lines[0].tracking = vec![Tracking {
        category: "Nowhere".to_owned(),
        option: "None".to_owned(),
    }];
    assert!(
        post(&document, &settings()).unwrap().lines[0]
            .tracking
            .is_empty()
    );
}

#[test]
fn the_same_document_written_with_other_zeros_makes_the_same_posting() {
    let plain = invoice(vec![line("1", "10", "10", "1")]);
    let padded = invoice(vec![line("1.000", "10.0000", "10.00", "1.00")]);
    let text = |document| format!("{:?}", post(document, &settings()).unwrap());
    assert_eq!(text(&plain), text(&padded));
}

#[test]
fn a_document_without_lines_and_one_of_an_unknown_kind_are_held() {
    assert_spelled(
        &post(&invoice(Vec::new()), &settings()),
        "record_unreadable: lines: the document has no lines",
    );
    let mut unknown = invoice(vec![line("1", "10", "10.00", "1.00")]);
    unknown.kind = InvoiceKind::Other("pro_forma".to_owned());
    let contact = ProviderContactId::new("contact").unwrap();
    let found = mapping::posting(
        &Document::Invoice(unknown),
        &settings(),
        &chart(),
        &capability(),
        &contact,
    );
    assert_eq!(found.unwrap_err()[0].rule, Rule::KindNotSent);
}

#[test]
fn what_check_settings_lets_pass_does_not_hold_a_plain_document() {
    assert!(
        mapping::check_settings(&settings(), &chart())
            .iter()
            .all(|finding| finding.rule != Rule::AccountUnusable)
    );
    let mut unset = settings();
    unset.accounts.sales = Some("20".to_owned());
    let ahead = mapping::check_settings(&unset, &chart());
    let later = post(&invoice(vec![line("1", "10", "10.00", "1.00")]), &unset).unwrap_err();
    assert_eq!(ahead[0].message, later[0].message);
    assert_eq!(
        ahead[0].detail,
        [
            "`200` (Sales)",
            "`201` (Sales - NDIS Therapy)",
            "`202` (Sales - NDIS Support Coordination)",
            "`210` (Travel Recovered)",
            "`220` (Equipment Recovered)"
        ]
    );
}

#[test]
fn texts_items_terms_and_the_theme_are_as_the_settings_say() {
    let mut document = invoice(vec![line("1", "10", "10.00", "1.00")]);
    document.due_date = None;
    document.lines[0].charge_code = Some("IA".to_owned());
    document.lines[0].service_date = Some("2026-10-02".parse().unwrap());
    let settings = Settings {
        description: Some("{description} [{service_date}][ {worker}]".to_owned()),
        item_codes: ItemCodes::ChargeCode,
        branding_theme: Some("theme-1".to_owned()),
        terms: Some(PaymentTerm {
            days: 20,
            basis: TermBasis::FollowingMonth,
        }),
        ..settings()
    };
    let posting = post(&document, &settings).unwrap();
    assert_eq!(posting.lines[0].description, "Service 2026-10-02");
    assert_eq!(posting.lines[0].item_code.as_deref(), Some("IA"));
    assert_eq!(posting.branding_theme.as_deref(), Some("theme-1"));
    assert_eq!(posting.due_date.unwrap().to_string(), "2026-11-20");
    let without = Settings {
        item_codes: ItemCodes::None,
        description: Some("{wrker}".to_owned()),
        ..settings
    };
    let found = post(&document, &without).unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].field.as_str(), found[0].detail[0].as_str()),
        ("description", "`worker`")
    );
    assert_eq!(mapping::check_settings(&without, &chart()), found);
}
