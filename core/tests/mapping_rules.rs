//! What an operator's rules promise: the first that fits decides, exact to the cent, and a failure names the rule.
#![allow(clippy::unwrap_used, reason = "fixed texts of tests")]

mod mapping_support;

use mapping_support::{chart, invoice, line, post, settings};
use tieout_core::check::Finding;
use tieout_core::document::{Invoice, Tracking};
use tieout_core::mapping::check_settings;
use tieout_core::provider::Posting;
use tieout_core::settings::{MappingRule, Settings};

fn ruled(rules: &str) -> Settings {
    let rules: Vec<MappingRule> = serde_json::from_str(rules).unwrap();
    Settings {
        rules,
        tracking: true,
        ..settings()
    }
}

fn sold() -> Invoice {
    let mut sold = invoice(vec![
        line("2", "50.00", "100.00", "10.00"),
        line("1", "20.00", "20.00", "2.00"),
    ]);
    sold.business_division = Some("NSW Rehab".to_owned());
    sold.references.claim_number = Some("wc-7".to_owned());
    sold.lines[0].charge_code = Some("TRV-1".to_owned());
    sold.lines[1].worker = Some(" Ada ".to_owned());
    sold
}

fn made(rules: &str) -> Posting {
    post(&sold(), &ruled(rules)).unwrap()
}

fn held(rules: &str) -> Vec<Finding> {
    post(&sold(), &ruled(rules)).unwrap_err()
}

#[test]
fn without_rules_a_posting_is_the_same_and_settings_are_written_as_before() {
    assert_eq!(made("[]"), post(&sold(), &settings()).unwrap());
    assert!(
        !serde_json::to_string(&settings())
            .unwrap()
            .contains("rules")
    );
}

#[test]
fn fields_of_the_document_are_made_from_fields_texts_and_expressions() {
    let posting = made(
        r#"[
        {"target":"number","compute":"'X-' + doc.number"},
        {"target":"reference","from":"claim_number","transform":["upper",{"suffix":"!"}]},
        {"target":"due_date","compute":"date_add_days(doc.issue_date, 5)","transform":[{"add_days":-1}]},
        {"target":"branding_theme","value":"theme-1"}]"#,
    );
    assert_eq!(posting.number, "X-14501");
    assert_eq!(posting.reference.as_deref(), Some("WC-7!"));
    assert_eq!(posting.due_date.unwrap().to_string(), "2026-11-03");
    assert_eq!(posting.branding_theme.as_deref(), Some("theme-1"));
}

#[test]
fn each_line_is_looked_at_by_itself_and_the_first_rule_that_fits_decides() {
    let posting = made(
        r#"[
        {"target":"account_code","value":"210","when":"line.charge_code.startsWith('TRV')"},
        {"target":"account_code","value":"220","when":"line.charge_code != ''"},
        {"target":"description","from":"worker","transform":[{"prefix":"By "}]},
        {"target":"item_code","from":"charge_code","transform":[{"first_chars":3}]},
        {"target":"tracking.Region","value":"North","when":"doc.business_division.contains('NSW') && line.worker == ''"}]"#,
    );
    let lines = &posting.lines;
    assert_eq!(
        (
            lines[0].account_code.as_str(),
            lines[1].account_code.as_str()
        ),
        ("210", "200")
    );
    assert_eq!(
        (lines[0].description.as_str(), lines[1].description.as_str()),
        ("Service", "By Ada")
    );
    assert_eq!(
        (lines[0].item_code.as_deref(), lines[1].item_code.as_deref()),
        (Some("TRV"), None)
    );
    assert_eq!((lines[0].tracking.len(), lines[1].tracking.len()), (1, 0));
}

#[test]
fn figures_are_compared_exactly() {
    let at = |limit: &str| {
        made(&format!(
            r#"[{{"target":"reference","value":"large","when":"dec_ge(doc.total_gross, dec('{limit}'))"}}]"#
        ))
        .reference
    };
    assert_eq!(at("132.00").as_deref(), Some("large"));
    assert_eq!(at("132.000000000000000000000001"), None);
    // 0.1 + 0.2 is 0.3 here.
    let posting = made(
        r#"[{"target":"reference","value":"yes","when":"dec_eq(dec_add(dec('0.1'), dec('0.2')), dec('0.30'))"},
            {"target":"item_code","compute":"string(dec_round(dec_mul(line.quantity, line.unit_price), 1))"}]"#,
    );
    assert_eq!(posting.reference.as_deref(), Some("yes"));
    assert_eq!(posting.lines[0].item_code.as_deref(), Some("100.0"));
}

#[test]
fn a_rule_without_a_value_leaves_the_field_to_the_next_and_then_to_the_settings() {
    let posting = made(
        r#"[
        {"target":"reference","from":"plan_id"},
        {"target":"reference","from":"notes","transform":[{"first_filled":["plan_id","claim_number"]}]},
        {"target":"number","value":" "}]"#,
    );
    assert_eq!(posting.reference.as_deref(), Some("wc-7"));
    assert_eq!(posting.number, "14501");
}

#[test]
fn a_table_translates_and_what_it_lacks_holds_the_document_unless_it_says_otherwise() {
    let rule = |otherwise: &str| {
        format!(
            r#"[{{"target":"tracking.region","from":"business_division","transform":[{{"lookup":{{"table":{{"VIC":"North"}}{otherwise}}}}}]}}]"#
        )
    };
    let found = held(&rule(""));
    assert_eq!(
        found[0].to_string(),
        "rule_failed: lines[0].tracking.region: `rules[0].transform[0]` could not be applied: the table has no entry for `NSW Rehab`; add one, or give `otherwise`"
    );
    assert_eq!(
        found[0].remedy,
        "Correct `rules[0].transform[0]` in the settings, or what it looks at in the host."
    );
    let posting = made(&rule(r#","otherwise":"North""#));
    assert_eq!(posting.lines[1].tracking[0].option_id, "opt-1");
    assert!(
        made(&rule(r#","otherwise":"""#)).lines[0]
            .tracking
            .is_empty()
    );
}

#[test]
fn a_rule_replaces_the_option_of_its_category_alone() {
    let mut document = sold();
    document.tracking = vec![Tracking {
        category: "Region".to_owned(),
        option: "Nowhere".to_owned(),
    }];
    let settings = ruled(r#"[{"target":"tracking.region","value":"north"}]"#);
    let posting = post(&document, &settings).unwrap();
    assert_eq!(posting.lines[0].tracking.len(), 1);
    assert!(post(&document, &ruled("[]")).is_err());
}

#[test]
fn an_expression_that_fails_holds_the_document_and_names_its_rule() {
    let found = held(
        r#"[{"target":"reference","value":"a"},
            {"target":"tax_type","value":"OUTPUT","when":"dec_gt(line.tax_rate, dec('0'))"}]"#,
    );
    assert_eq!(found[0].field, "lines[0].tax_type");
    assert!(
        found[0]
            .message
            .starts_with("`rules[1].when` could not be applied: ")
    );
    assert!(
        found[0]
            .message
            .contains("a figure is absent; ask `dec_given` first")
    );
    let guarded = made(
        r#"[{"target":"tax_type","value":"OUTPUT","when":"dec_given(line.tax_rate) && dec_gt(line.tax_rate, dec('0'))"}]"#,
    );
    assert_eq!(guarded.lines[0].tax_type.as_deref(), Some("OUTPUT"));
}

#[test]
fn what_a_rule_makes_is_checked_like_everything_else() {
    let found = held(
        r#"[{"target":"account_code","value":"090"},
            {"target":"tax_type","value":"OUTPUT9"},
            {"target":"due_date","value":"2026-10-01"},
            {"target":"number","value":"N\u00e9"}]"#,
    );
    let fields: Vec<&str> = found.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "number",
            "due_date",
            "lines[0].account_code",
            "lines[0].tax_type"
        ]
    );
    assert!(
        found[2].remedy.contains("`rules[0]`"),
        "{}",
        found[2].remedy
    );
}

#[test]
fn values_that_the_chart_lacks_are_told_before_any_document() {
    let settings = ruled(
        r#"[{"target":"account_code","value":"21O"},
            {"target":"tax_type","from":"tax_code","transform":[{"lookup":{"table":{"A":"OUTPUT","B":"OUTPUTX"},"otherwise":""}}]},
            {"target":"tracking.Team","value":"A"},
            {"target":"description","value":"anything"}]"#,
    );
    let found: Vec<String> = check_settings(&settings, &chart())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "account_unusable: rules[0].value = `21O`: `Demo Company` has no account with the code `21O`",
            "tax_type_unusable: rules[1].transform[0] = `OUTPUTX`: `Demo Company` has no tax type `OUTPUTX`",
            "tracking_missing: rules[2].target = `Team`: `Demo Company` has no tracking category `Team`",
        ]
    );
    let off = Settings {
        tracking: false,
        ..settings
    };
    assert!(
        check_settings(&off, &chart())[2]
            .message
            .contains("`tracking` says")
    );
}

#[test]
fn every_function_works_as_it_is_typed() {
    for (expression, expected) in [
        ("upper('a') + lower('B') + string(size('abc'))", "Ab3"),
        (
            "doc.number.size() == 5 && size(doc.number) > -1 ? 'five' : 'other'",
            "five",
        ),
        ("doc.number in ['1', '14501'] ? 'in' : 'out'", "in"),
        (
            "doc.number.endsWith('01') || doc.notes == 'x' ? 'ends' : ''",
            "ends",
        ),
        ("string(date_add_days(doc.issue_date, -30))", "2026-09-30"),
        (
            "string(date_add_days(doc.delivery_date, 1)) + 'none'",
            "none",
        ),
        (
            "doc.issue_date < '2026-10-31' && doc.due_date != '' ? 'before' : 'after'",
            "before",
        ),
        ("string(dec_sub(doc.total_gross, doc.total_tax))", "120.00"),
        (
            "dec_le(doc.total_net, dec('120')) && !dec_lt(doc.total_net, dec('120')) ? 'just' : ''",
            "just",
        ),
        (
            "dec_given(doc.total_net) ? string(dec_round(dec('2.345'), 2)) : ''",
            "2.35",
        ),
    ] {
        let rule = serde_json::json!([{ "target": "reference", "compute": expression }]);
        let posting = post(&sold(), &ruled(&rule.to_string())).unwrap();
        assert_eq!(posting.reference.as_deref(), Some(expected), "{expression}");
    }
}
