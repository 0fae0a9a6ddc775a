//! What credit notes, bills and purchase orders promise: figures as exact as an invoice's, each by its own switch.
#![allow(clippy::unwrap_used, clippy::panic, reason = "fixed texts of tests")]

mod mapping_support;

use mapping_support::{
    account, assert_spelled, capability, decimal, discounted, invoice, line, rate_of, settings,
};
use tieout_core::check::Finding;
use tieout_core::document::{
    AccountClass, Bill, ConnectionId, Document, DocumentKey, HostId, InvoiceKind, InvoiceStatus,
    LineId, ProviderContactId, PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Supplier,
    Totals,
};
use tieout_core::engine::{
    BindingKey, Decision, HostChange, HostPolicy, Plan, PlanInput, SkipReason, host_changed, plan,
};
use tieout_core::mapping;
use tieout_core::provider::{Chart, ContactAnswer, MatchedBy, Posting};
use tieout_core::settings::{CreateStatus, LineAmounts, Method, PurchaseRole, Reference, Settings};

fn chart() -> Chart {
    let mut chart = mapping_support::chart();
    chart.accounts.extend([
        account(
            "310",
            "Cost of Goods Sold",
            AccountClass::Expense,
            "DIRECTCOSTS",
        ),
        account("400", "Advertising", AccountClass::Expense, "EXPENSE"),
        account("630", "Inventory", AccountClass::Asset, "INVENTORY"),
    ]);
    let spent = vec![AccountClass::Expense, AccountClass::Asset];
    chart.tax_rates.extend([
        rate_of("INPUT", "GST on Expenses", "0.10", spent.clone()),
        rate_of("EXEMPTEXPENSES", "GST Free Expenses", "0", spent),
    ]);
    chart
}

/// What a shop that buys in and sells on would set.
fn shop() -> Settings {
    let mut settings = Settings {
        method: Method::Tracked,
        credit_notes: true,
        bills: true,
        number_prefix: "S-".to_owned(),
        ..settings()
    };
    settings.accounts.cost_of_goods_sold = Some("310".to_owned());
    settings.accounts.inventory = Some("630".to_owned());
    settings.accounts.trust_document = true;
    for (own, code) in [("GST", "INPUT"), ("", "EXEMPTEXPENSES")] {
        settings
            .purchase_tax_codes
            .insert(own.to_owned(), code.to_owned());
    }
    settings
        .purchase_tax_rates
        .insert("0.10".to_owned(), "INPUT".to_owned());
    settings
}

fn post(document: &Document, settings: &Settings) -> Result<Posting, Vec<Finding>> {
    let contact = ProviderContactId::new("contact").unwrap();
    mapping::posting(document, settings, &chart(), &capability(), &contact)
}

fn credit(lines: Vec<tieout_core::document::Line>) -> Document {
    let mut note = invoice(lines);
    note.kind = InvoiceKind::SalesCredit;
    Document::Invoice(note)
}

fn bill(lines: Vec<tieout_core::document::Line>) -> Document {
    let made = invoice(lines);
    Document::Bill(Bill {
        id: made.id,
        revision: 1,
        number: " INV 77/b ".to_owned(),
        status: InvoiceStatus::Final,
        supplier: Supplier {
            id: None,
            name: "Quandong Fabrics".to_owned(),
        },
        business_division: None,
        issue_date: made.issue_date,
        due_date: None,
        currency: made.currency,
        amounts_are: made.amounts_are,
        lines: made.lines,
        totals: made.totals,
        attachments: Vec::new(),
        payments: None,
        updated_at: made.updated_at,
    })
}

fn ordered(quantity: &str, unit_price: &str, tax_rate: Option<&str>) -> PurchaseOrderLine {
    PurchaseOrderLine {
        id: LineId::new("1").unwrap(),
        sku: "TEE-M".to_owned(),
        description: "T-shirt".to_owned(),
        quantity: decimal(quantity),
        unit_price: decimal(unit_price),
        tax_rate: tax_rate.map(decimal),
        expense_account: None,
        asset_account: None,
        received_quantity: None,
    }
}

fn order(lines: Vec<PurchaseOrderLine>) -> PurchaseOrder {
    let model = invoice(Vec::new());
    PurchaseOrder {
        id: model.id,
        revision: 1,
        number: "PO-9".to_owned(),
        status: PurchaseOrderStatus::Final,
        supplier: Supplier {
            id: None,
            name: "Quandong Fabrics".to_owned(),
        },
        business_division: None,
        order_ref: Some(" WEB-1007 ".to_owned()),
        issue_date: model.issue_date,
        delivery_date: Some("2026-11-12".parse().unwrap()),
        currency: model.currency,
        lines,
        totals: None,
        updated_at: model.updated_at,
    }
}

fn post_order(order: PurchaseOrder, settings: &Settings) -> Result<Posting, Vec<Finding>> {
    post(&Document::PurchaseOrder(order), settings)
}

#[test]
fn an_invoices_posting_is_written_as_it_always_was() {
    let mut sold = invoice(vec![line("2", "10.5", "21.00", "2.10")]);
    sold.references.claim_number = Some("WC-1".to_owned());
    let settings = Settings {
        reference: Reference::ClaimNumber,
        ..settings()
    };
    let posting = post(&Document::Invoice(sold), &settings).unwrap();
    assert_eq!(
        serde_json::to_string(&posting).unwrap(),
        r#"{"kind":"invoice","number":"14501","contact":"contact","reference":"WC-1","date":"2026-10-30","due_date":"2026-11-29","status":"draft","currency":"AUD","amounts_are":"tax_exclusive","lines":[{"line":"1","description":"Service","quantity":"2","unit_amount":"10.5","discount_amount":null,"account_code":"200","tax_type":"OUTPUT","tax_amount":null,"item_code":null,"tracking":[]}],"totals":{"net":"21.00","tax":"2.10","gross":"23.10"},"url":null}"#
    );
}

#[test]
fn each_kind_travels_by_its_own_switch_and_invoices_always() {
    let documents = [
        Document::Invoice(invoice(Vec::new())),
        Document::PurchaseOrder(order(Vec::new())),
        credit(Vec::new()),
        bill(Vec::new()),
    ];
    let travels = |settings: &Settings| {
        documents
            .iter()
            .map(|document| {
                mapping::out_of_scope(document, settings) != Some(SkipReason::KindNotSent)
            })
            .collect::<Vec<_>>()
    };
    let with = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        travels(&settings)
    };
    assert_eq!(with(|_| {}), [true, false, false, false]);
    assert_eq!(
        with(|settings| settings.method = Method::Tracked),
        [true, true, false, false]
    );
    assert_eq!(
        with(|settings| settings.credit_notes = true),
        [true, false, true, false]
    );
    assert_eq!(
        with(|settings| settings.bills = true),
        [true, false, false, true]
    );
}

#[test]
fn a_credit_note_gives_back_what_an_invoice_asked_for_and_never_falls_due() {
    let lines = vec![discounted(line("3", "33.33", "90.00", "9.00"), "9.99")];
    let settings = Settings {
        credit_note_status: CreateStatus::Authorised,
        ..shop()
    };
    let outcome = post(&credit(lines), &settings);
    // Credit notes have no discounts: the price holds it.
    assert_spelled(
        &outcome,
        "3 x 30 to 200 at OUTPUT
         90.00 + 9.00 = 99.00 AUD",
    );
    let posting = outcome.unwrap();
    assert_eq!(posting.kind.as_str(), "credit_note");
    assert_eq!((posting.due_date, posting.delivery_date), (None, None));
    assert_eq!(posting.status, CreateStatus::Authorised);
    assert_eq!(posting.number, "S-14501");
}

#[test]
fn a_discount_that_no_price_can_hold_is_held_with_the_arithmetic() {
    let outcome = post(
        &credit(vec![discounted(
            line("300", "1", "299.99", "30.00"),
            "0.01",
        )]),
        &shop(),
    );
    assert_spelled(
        &outcome,
        "totals_would_differ: lines[0]: the accounting system would come to other amounts than the host
         line 1: 300 x 1 = 300 -> 300.00, the host says 299.99
         net: 300.00, the host says 299.99
         total: 330.00, the host says 329.99",
    );
}

#[test]
fn a_credit_note_below_zero_is_held_with_what_the_host_should_do() {
    assert_spelled(
        &post(&credit(vec![line("-1", "10", "-10.00", "-1.00")]), &shop()),
        "total_negative: totals.gross = `-11.00`: the total is -11.00 AUD; a credit note cannot be below zero",
    );
}

#[test]
fn a_bill_keeps_the_suppliers_number_and_is_taxed_as_a_purchase() {
    let mut settings = Settings {
        reference: Reference::Template("{number}".to_owned()),
        bill_terms: Some(serde_json::from_str(r#"{"days":7,"basis":"invoice_date"}"#).unwrap()),
        bill_status: CreateStatus::Submitted,
        ..shop()
    };
    let mut lines = vec![
        line("2", "10", "20.00", "2.00"),
        line("1", "5", "5.00", "0.00"),
    ];
    lines[0].account_code = Some("400".to_owned());
    lines[1].tax_code = None;
    let outcome = post(&bill(lines.clone()), &settings);
    assert_spelled(
        &outcome,
        "2 x 10 to 400 at INPUT
         1 x 5 to 310 at EXEMPTEXPENSES
         25.00 + 2.00 = 27.00 AUD",
    );
    let posting = outcome.unwrap();
    assert_eq!(posting.number, "INV 77/b");
    assert_eq!(posting.reference, None);
    assert_eq!(posting.due_date.unwrap().to_string(), "2026-11-06");
    assert_eq!(posting.status, CreateStatus::Submitted);
    // Tax types of sales are no fallback for purchases.
    settings.purchase_tax_codes.remove("GST");
    let found = post(&bill(lines), &settings).unwrap_err();
    assert_eq!(
        found[0].remedy,
        "Add `\"GST\" = \"<tax type>\"` under `purchase_tax_codes`."
    );
}

#[test]
fn purchases_are_not_booked_to_revenue_unless_every_class_is_allowed() {
    let mut line = line("2", "10", "20.00", "2.00");
    line.account_code = Some("200".to_owned());
    let found = post(&bill(vec![line.clone()]), &shop()).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "account_unusable: lines[0].account_code = `200`: the account `200` (Sales) is of class revenue, its role asks for expense or asset"
    );
    assert_eq!(
        found[0].detail,
        [
            "`310` (Cost of Goods Sold)",
            "`400` (Advertising)",
            "`630` (Inventory)"
        ]
    );
    let mut settings = shop();
    settings.accounts.any_class = true;
    settings
        .purchase_tax_codes
        .insert("GST".to_owned(), "OUTPUT".to_owned());
    assert!(post(&bill(vec![line]), &settings).is_ok());
}

#[test]
fn an_order_without_totals_comes_to_what_the_provider_makes_of_its_lines() {
    let lines = vec![
        ordered("3", "12.345", Some("0.10")),
        ordered("10", "0.8", None),
    ];
    let settings = Settings {
        purchase_order_status: CreateStatus::Authorised,
        ..shop()
    };
    let outcome = post_order(order(lines), &settings);
    assert_spelled(
        &outcome,
        "3 x 12.345 to 310 at INPUT
         10 x 0.8 to 310 at EXEMPTEXPENSES
         45.04 + 3.70 = 48.74 AUD",
    );
    let posting = outcome.unwrap();
    assert_eq!(posting.number, "S-PO-9");
    assert_eq!(posting.reference.as_deref(), Some("WEB-1007"));
    assert_eq!(posting.delivery_date.unwrap().to_string(), "2026-11-12");
    assert_eq!(posting.due_date, None);
    assert_eq!(posting.status, CreateStatus::Authorised);
}

#[test]
fn an_order_and_the_invoice_that_it_serves_carry_one_reference() {
    let settings = Settings {
        reference: Reference::Order,
        ..shop()
    };
    let mut sold = invoice(vec![line("1", "10", "10.00", "1.00")]);
    sold.references.purchase_order_number = Some("WEB-1007".to_owned());
    let sold = post(&Document::Invoice(sold), &settings).unwrap();
    let bought = post_order(order(vec![ordered("1", "4", None)]), &settings).unwrap();
    assert_eq!(sold.reference.unwrap(), "WEB-1007");
    assert_eq!(bought.reference.unwrap(), "WEB-1007");
}

#[test]
fn the_totals_of_an_order_are_compared_where_its_host_gives_them() {
    let mut told = order(vec![ordered("3", "12.345", Some("0.10"))]);
    let totals = |tax: &str, gross: &str| Totals {
        net: decimal("37.04"),
        tax: decimal(tax),
        gross: decimal(gross),
    };
    told.totals = Some(totals("3.70", "40.74"));
    assert!(post_order(told.clone(), &shop()).is_ok());
    told.totals = Some(totals("3.71", "40.75"));
    assert_spelled(
        &post_order(told, &shop()),
        "totals_would_differ: totals: the accounting system would come to other amounts than the host
         line 1: 3 x 12.345 = 37.035 -> 37.04, tax 10 % of 37.04 = 3.704 -> 3.70
         tax: 3.70, the host says 3.71
         total: 40.74, the host says 40.75",
    );
}

#[test]
fn each_line_of_an_order_is_booked_to_what_it_is_bought_for() {
    let mut settings = shop();
    let mut both = ordered("1", "4", None);
    both.expense_account = Some("400".to_owned());
    both.asset_account = Some("630".to_owned());
    let mut stock = ordered("1", "4", None);
    stock.asset_account = Some("630".to_owned());
    let lines = vec![both, stock, ordered("1", "4", None)];
    let booked = |settings: &Settings| {
        let posting = post_order(order(lines.clone()), settings).unwrap();
        posting
            .lines
            .into_iter()
            .map(|line| line.account_code)
            .collect::<Vec<_>>()
    };
    assert_eq!(booked(&settings), ["400", "630", "310"]);
    settings.accounts.purchase_role = PurchaseRole::Inventory;
    assert_eq!(booked(&settings), ["630", "630", "630"]);
    settings.accounts.trust_document = false;
    settings.accounts.purchase_role = PurchaseRole::CostOfGoodsSold;
    assert_eq!(booked(&settings), ["310", "310", "310"]);
    settings.accounts.cost_of_goods_sold = None;
    let found = post_order(order(lines.clone()), &settings).unwrap_err();
    assert_eq!(
        (found.len(), found[0].remedy.as_str()),
        (
            1,
            "Set `accounts.cost_of_goods_sold`, or choose the other account under `accounts.purchase_role`."
        )
    );
}

#[test]
fn an_account_named_for_stock_must_be_an_asset() {
    let mut line = ordered("1", "4", None);
    line.asset_account = Some("400".to_owned());
    let found = post_order(order(vec![line]), &shop()).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "account_unusable: lines[0].asset_account = `400`: the account `400` (Advertising) is of class expense, its role asks for asset"
    );
}

#[test]
fn lock_dates_concern_bills_and_not_orders() {
    let mut locked = chart();
    locked.organisation.period_lock = Some("2026-12-31".parse().unwrap());
    let contact = ProviderContactId::new("contact").unwrap();
    let order = Document::PurchaseOrder(order(vec![ordered("1", "4", None)]));
    let bill = bill(vec![line("1", "10", "10.00", "1.00")]);
    let of = |document: &Document| {
        mapping::posting(document, &shop(), &locked, &capability(), &contact).is_ok()
    };
    assert!(of(&order) && !of(&bill));
    assert!(mapping::period_lock(&order, &locked).is_none());
    assert!(mapping::period_lock(&bill, &locked).is_some());
}

#[test]
fn a_price_finer_than_the_provider_keeps_is_held_and_never_cut() {
    assert_spelled(
        &post_order(order(vec![ordered("1000", "0.12345", None)]), &shop()),
        "totals_would_differ: lines[0]: the accounting system would come to other amounts than the host
         line 1: 1000 x 0.1235 = 123.5 -> 123.50, the host says 123.45 (price 0.12345 sent as 0.1235)",
    );
}

#[test]
fn an_order_with_tax_is_held_where_the_settings_say_that_there_is_none() {
    let settings = Settings {
        line_amounts: LineAmounts::NoTax,
        ..shop()
    };
    let found = post_order(order(vec![ordered("1", "10", Some("0.10"))]), &settings).unwrap_err();
    assert_eq!(
        found[0].message,
        "the document has 1.00 AUD of tax, and `line_amounts` says that there is none"
    );
    assert!(post_order(order(vec![ordered("1", "10", None)]), &settings).is_ok());
}

#[test]
fn a_supplier_must_exist_unless_the_settings_make_it_and_is_not_the_one_customer() {
    let host = HostId::new("shop").unwrap();
    let document = Document::PurchaseOrder(order(Vec::new()));
    let mut settings = shop();
    settings.contacts.always = Some("Web shop".to_owned());
    let wanted = |settings: &Settings| {
        let wanted = mapping::contact_wanted(&host, &document, settings).unwrap();
        (wanted.name, wanted.create_missing)
    };
    assert_eq!(wanted(&settings), ("Quandong Fabrics".to_owned(), false));
    settings.contacts.create_missing_suppliers = true;
    assert_eq!(wanted(&settings), ("Quandong Fabrics".to_owned(), true));
    settings.contacts.always_supplier = Some("Suppliers".to_owned());
    assert_eq!(wanted(&settings), ("Suppliers".to_owned(), false));
}

#[test]
fn what_purchases_lack_is_told_before_the_first_of_them() {
    let mut settings = shop();
    assert!(mapping::check_settings(&settings, &chart()).is_empty());
    settings.accounts.trust_document = false;
    settings.accounts.cost_of_goods_sold = None;
    settings.accounts.inventory = Some("310".to_owned());
    settings
        .purchase_tax_codes
        .insert("OUT".to_owned(), "OUTPUT".to_owned());
    settings.purchase_order_reference = Reference::Template("{ordr}".to_owned());
    let found: Vec<String> = mapping::check_settings(&settings, &chart())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "account_unusable: accounts.inventory = `310`: the account `310` (Cost of Goods Sold) is of class expense, its role asks for asset",
            "account_missing: accounts.cost_of_goods_sold: no account is configured for what is bought, so every purchase would be held",
            "tax_type_unusable: purchase_tax_codes.\"OUT\" = `OUTPUT`: the tax type `OUTPUT` (GST on Income) may not stand with the account `310` (Cost of Goods Sold), which is of class expense",
            "text_unusable: purchase_order_reference = `{ordr}`: the template names the unknown field `ordr`",
        ]
    );
}

/// What is planned for a document that nobody has sent yet.
fn planned(document: &Document, settings: &Settings) -> Plan {
    let key = BindingKey {
        connection: ConnectionId::new("shop-au").unwrap(),
        document: DocumentKey {
            host: HostId::new("shop").unwrap(),
            kind: document.kind(),
            id: document.id().clone(),
        },
    };
    let at = "2026-11-01T00:00:00Z".parse().unwrap();
    let change = HostChange::of(document);
    let policy = HostPolicy {
        companions: None,
        postings: true,
        payments: true,
        settlements: true,
        payments_ahead_days_max: None,
    };
    let step = host_changed(&key, None, &change, policy, at).unwrap();
    plan(&PlanInput {
        binding: &step.binding,
        document,
        settings,
        chart: &chart(),
        capability: &capability(),
    })
}

#[test]
fn an_order_is_planned_like_any_document_and_a_cancelled_one_is_let_go() {
    let mut order = order(vec![ordered("1", "4", None)]);
    let of = |order: &PurchaseOrder, settings: &Settings| {
        planned(&Document::PurchaseOrder(order.clone()), settings)
    };
    let untracked = Settings {
        method: Method::Untracked,
        ..shop()
    };
    assert_eq!(
        of(&order, &untracked),
        Plan::Decided(Decision::Skip(SkipReason::KindNotSent))
    );
    let Plan::NeedsContact(sketch) = of(&order, &shop()) else {
        panic!("the supplier is asked for first");
    };
    assert_eq!(sketch.wanted.name, "Quandong Fabrics");
    let missing = ContactAnswer::Missing { near: Vec::new() };
    let Decision::Hold(found) = sketch.clone().decide(&missing) else {
        panic!("nobody makes the supplier");
    };
    assert_eq!(found[0].field, "supplier.name");
    assert!(
        found[0]
            .remedy
            .contains("contacts.create_missing_suppliers = true")
    );
    let there = ContactAnswer::Found {
        id: ProviderContactId::new("c-1").unwrap(),
        by: MatchedBy::Name,
    };
    let made = sketch.decide(&there);
    assert!(matches!(made, Decision::Create(_)), "{made:?}");
    order.status = PurchaseOrderStatus::Cancelled;
    assert_eq!(of(&order, &shop()), Plan::Decided(Decision::Gone));
}

#[test]
fn a_rule_taxes_the_lines_of_an_order_too() {
    let rules = r#"[{"target":"tax_type","value":"INPUT","when":"line.charge_code == 'TEE-M'"}]"#;
    let settings = Settings {
        rules: serde_json::from_str(rules).unwrap(),
        ..shop()
    };
    assert_spelled(
        &post_order(order(vec![ordered("3", "12.345", None)]), &settings),
        "3 x 12.345 to 310 at INPUT
         37.04 + 3.70 = 40.74 AUD",
    );
}
