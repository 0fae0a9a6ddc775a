//! What made each field of a posting is told by name: a rule, a setting with what led there, the host, or arithmetic.
#![allow(clippy::unwrap_used, reason = "fixed texts of tests")]

mod mapping_support;

use mapping_support::{invoice, line, settings, told};
use tieout_core::document::Invoice;
use tieout_core::settings::{CreateStatus, MappingRule, Settings};

fn sold() -> Invoice {
    let mut sold = invoice(vec![line("2", "50.00", "100.00", "10.00")]);
    sold.lines[0].charge_code = Some("TRV-1".to_owned());
    sold.lines[0].account_code = Some("210".to_owned());
    sold
}

fn words(invoice: &Invoice, settings: &Settings, field: &str) -> String {
    told(invoice, settings, field).1
}

#[test]
fn an_account_names_the_rung_of_the_ladder_that_chose_it() {
    let field = "lines[0].account_code";
    let mut settings = settings();
    assert_eq!(words(&sold(), &settings, field), "`accounts.sales`");
    settings.accounts.trust_document = true;
    assert_eq!(
        told(&sold(), &settings, field),
        (
            "210".to_owned(),
            "the host's `lines[0].account_code`".to_owned()
        )
    );
    let codes = [("TRV-1".to_owned(), "200".to_owned())];
    settings.accounts.by_charge_code = codes.into();
    assert_eq!(
        words(&sold(), &settings, field),
        "`accounts.by_charge_code.\"TRV-1\"`, for the host's `lines[0].charge_code`"
    );
    let rules = r#"[{"target":"account_code","value":"210"}]"#;
    settings.rules = serde_json::from_str::<Vec<MappingRule>>(rules).unwrap();
    assert_eq!(words(&sold(), &settings, field), "the rule `rules[0]`");
}

#[test]
fn what_nothing_says_is_told_too() {
    let settings = Settings {
        invoice_status: CreateStatus::Authorised,
        ..settings()
    };
    let mut sold = sold();
    sold.due_date = None;
    sold.payment_terms_days = None;
    assert_eq!(
        words(&sold, &settings, "due_date"),
        "without any term it falls due at once"
    );
    sold.payment_terms_days = Some(14);
    assert_eq!(
        words(&sold, &settings, "due_date"),
        "the host's `payment_terms_days`"
    );
    assert_eq!(words(&sold, &settings, "number"), "the host's `number`");
    let prefixed = Settings {
        number_prefix: "CM-".to_owned(),
        ..settings
    };
    assert_eq!(
        words(&sold, &prefixed, "number"),
        "`number_prefix`, for the host's `number`"
    );
}

#[test]
fn what_is_wrong_with_one_field_keeps_none_of_the_others_from_being_told() {
    let mut sold = sold();
    sold.lines[0].tax_code = Some("NOBODY".to_owned());
    assert_eq!(words(&sold, &settings(), "number"), "the host's `number`");
    assert_eq!(
        words(&sold, &settings(), "lines[0].account_code"),
        "`accounts.sales`"
    );
}
