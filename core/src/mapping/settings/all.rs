//! Everything in the settings that would hold documents, found in one go.

use super::accounts::accounts;
use super::companions::{companions, note};
use super::rules::rules;
use super::taxes::taxes;
use crate::check::text_usable::{Charset, TextAsked, text_usable};
use crate::check::{Finding, Rule};
use crate::document::{DocumentKind, PaymentTerm, TermBasis};
use crate::mapping::branding::branding_theme;
use crate::mapping::name::filled;
use crate::mapping::reference::unreadable;
use crate::mapping::rounding;
use crate::mapping::template;
use crate::provider::Chart;
use crate::settings::{Reach, Reference, Settings};

/// Days of a payment term, at most.
const TERM_DAYS_MAX: u16 = 3_650;
/// Characters of a number prefix that leave room for the number itself.
const PREFIX_CHARS_MAX: usize = 50;

/// Everything in the settings that would hold documents, each with its setting and with near matches.
///
/// An empty list does not promise that every document passes, only that no setting stands in its way.
#[must_use]
pub fn check_settings(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    let mut findings = accounts(settings, chart);
    findings.extend(taxes(settings, chart));
    findings.extend(texts(settings));
    findings.extend(rounding::check(settings, chart));
    findings.extend(
        branding_theme(DocumentKind::Invoice, settings, chart)
            .err()
            .map(|finding| *finding),
    );
    findings.extend(tracking(settings, chart));
    findings.extend(rules(settings, chart));
    findings.extend(terms(settings));
    findings.extend(companions(settings, chart));
    findings
}

/// What of that shows without the organisation: templates that cannot be read, names and terms that make no sense.
#[must_use]
pub fn check_alone(settings: &Settings) -> Vec<Finding> {
    let mut findings = texts(settings);
    findings.extend(terms(settings));
    findings.extend(note(settings));
    findings
}

fn texts(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (setting, policy) in [
        ("reference", &settings.reference),
        (
            "purchase_order_reference",
            &settings.purchase_order_reference,
        ),
    ] {
        if let Reference::Template(text) = policy {
            findings.extend(
                template::parse(text, Reach::Document)
                    .err()
                    .map(|error| unreadable(setting, text, Reach::Document, &error)),
            );
        }
    }
    if let Some(text) = &settings.description {
        findings.extend(
            template::parse(text, Reach::Line)
                .err()
                .map(|error| unreadable("description", text, Reach::Line, &error)),
        );
    }
    if !settings.number_prefix.is_empty() {
        let asked = TextAsked {
            field: "number_prefix",
            word: "prefix",
            chars_max: PREFIX_CHARS_MAX,
            charset: Charset::PrintableAscii,
            remedy: "Change `number_prefix`.",
        };
        findings.extend(
            text_usable(&settings.number_prefix, asked)
                .err()
                .map(|finding| *finding),
        );
    }
    for (setting, name) in [
        ("contacts.always", &settings.contacts.always),
        (
            "contacts.always_supplier",
            &settings.contacts.always_supplier,
        ),
    ] {
        if name.is_some() && filled(name.as_deref()).is_none() {
            findings.push(
                Finding::new(
                    Rule::TextUnusable,
                    "the contact's name is empty",
                    format!("Name the contact for all documents, or leave `{setting}` out."),
                )
                .at(setting, ""),
            );
        }
    }
    findings
}

fn tracking(settings: &Settings, chart: &Chart) -> Option<Finding> {
    let usable = chart
        .tracking
        .iter()
        .any(|category| category.options.iter().any(|option| option.active));
    (settings.tracking && !usable).then(|| {
        Finding::new(
            Rule::TrackingMissing,
            format!("`{}` has no tracking category in use", chart.organisation.name),
            "Add a tracking category with its options in the accounting system, or set `tracking` to `false`.",
        )
        .at("tracking", "true")
    })
}

fn terms(settings: &Settings) -> Vec<Finding> {
    [
        ("terms", settings.terms),
        ("bill_terms", settings.bill_terms),
    ]
    .into_iter()
    .filter_map(|(setting, term)| {
        let PaymentTerm { days, basis } = term?;
        let (fits, message) = match basis {
            TermBasis::InvoiceDate | TermBasis::MonthEnd => (
                days <= TERM_DAYS_MAX,
                format!("payment terms have at most {TERM_DAYS_MAX} days"),
            ),
            TermBasis::FollowingMonth => (
                (1..=31).contains(&days),
                "a day of the following month lies between 1 and 31".to_owned(),
            ),
        };
        (!fits).then(|| {
            Finding::new(
                Rule::DueDateUnusable,
                message,
                format!("Correct `{setting}.days`."),
            )
            .at(format!("{setting}.days"), days.to_string())
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::chart;
    use crate::settings::{AccountChoice, Accounts, ContactPolicy, Trade};

    fn good() -> Settings {
        let accounts = Accounts {
            sales: Some("200".to_owned()),
            ..Accounts::default()
        };
        let tax_codes = [("GST".to_owned(), "OUTPUT".to_owned())].into();
        Settings {
            accounts,
            tax_codes,
            ..Settings::default()
        }
    }

    fn texts_of(settings: &Settings) -> Vec<String> {
        check_settings(settings, &chart())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn good_settings_have_no_finding() {
        assert!(texts_of(&good()).is_empty());
    }

    #[test]
    fn nothing_configured_is_told_before_the_first_document_with_the_accounts_to_choose_from() {
        let found = check_settings(&Settings::default(), &chart());
        assert_eq!(
            found[0].message,
            "no account is configured, so every document would be held"
        );
        assert_eq!(
            found[0].detail,
            [
                "`200` (Sales)",
                "`210` (Travel Recovered)",
                "`220` (Equipment Recovered)"
            ]
        );
    }

    #[test]
    fn every_account_is_looked_up_under_its_own_setting() {
        let mut settings = good();
        settings
            .accounts
            .by_charge_code
            .insert("TRAVEL".to_owned(), "21O".to_owned());
        settings.accounts.cost_of_goods_sold = Some("200".to_owned());
        settings.accounts.inventory = Some("630".to_owned());
        assert_eq!(
            texts_of(&settings),
            [
                "account_unusable: accounts.cost_of_goods_sold = `200`: the account `200` (Sales) is of class revenue, its role asks for expense",
                "account_unusable: accounts.by_charge_code.\"TRAVEL\" = `21O`: `Demo Company` has no account with the code `21O`",
            ]
        );
        assert_eq!(
            check_settings(&settings, &chart())[1].detail,
            ["`210` (Travel Recovered)"]
        );
    }

    #[test]
    fn tax_types_must_exist_and_fit_an_account_that_is_booked_to() {
        let mut settings = good();
        settings
            .tax_codes
            .insert("FRE".to_owned(), "GST Free Income".to_owned());
        settings
            .tax_codes
            .insert("IN".to_owned(), "INPUT".to_owned());
        let found = check_settings(&settings, &chart());
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].detail, ["`EXEMPTOUTPUT` (GST Free Income)"]);
        assert_eq!(found[1].field, "tax_codes.\"IN\"");
        assert!(
            found[1]
                .message
                .contains("may not stand with the account `200`")
        );
    }

    #[test]
    fn a_mapped_rate_must_be_a_rate_and_lead_to_a_tax_type_of_it() {
        let mut settings = good();
        for (rate, code) in [("0.10", "OUTPUT"), ("0.15", "OUTPUT"), ("15 %", "OUTPUT2")] {
            settings.tax_rates.insert(rate.to_owned(), code.to_owned());
        }
        assert_eq!(
            texts_of(&settings),
            [
                "tax_type_unusable: tax_rates.\"0.15\" = `OUTPUT`: the host taxes the line with 15 %, the tax type `OUTPUT` (GST on Income) has 10 %",
                "tax_type_unusable: tax_rates.\"15 %\" = `15 %`: `15 %` is not a decimal such as `193.99`",
            ]
        );
    }

    #[test]
    fn templates_prefixes_names_tracking_and_terms_are_read_ahead() {
        let mut settings = good();
        settings.reference = Reference::Template("{claim}".to_owned());
        settings.number_prefix = "R\u{e9}-".to_owned();
        settings.contacts = ContactPolicy {
            always: Some(" ".to_owned()),
            ..ContactPolicy::default()
        };
        settings.tracking = true;
        settings.terms = Some(PaymentTerm {
            days: 3_651,
            basis: TermBasis::MonthEnd,
        });
        let mut bare = chart();
        bare.tracking.clear();
        let fields: Vec<String> = check_settings(&settings, &bare)
            .into_iter()
            .map(|finding| finding.field)
            .collect();
        assert_eq!(
            fields,
            [
                "reference",
                "number_prefix",
                "contacts.always",
                "tracking",
                "terms.days"
            ]
        );
    }

    #[test]
    fn accounts_of_every_table_are_looked_up_and_an_empty_choice_is_refused() {
        let mut settings = good();
        let one = |key: &str, code: &str| [(key.to_owned(), code.to_owned())].into();
        settings.accounts.by_service_contract = one("NDIS", "299");
        settings.accounts.by_division = one("North", "400");
        settings.accounts.choices = vec![AccountChoice {
            trade: Trade::Purchases,
            charge_code: None,
            service_contract: None,
            division: Some(" ".to_owned()),
            account: "200".to_owned(),
        }];
        assert_eq!(
            texts_of(&settings),
            [
                "account_unusable: accounts.by_service_contract.\"NDIS\" = `299`: the account `299` (Old Sales) is archived",
                "account_unusable: accounts.by_division.\"North\" = `400`: the account `400` (Advertising) is of class expense, its role asks for revenue",
                "account_unusable: accounts.choices[0].account = `200`: the account `200` (Sales) is of class revenue, its role asks for expense or asset",
                "account_unusable: accounts.choices[0] = `200`: the choice has no condition, so it would take every line",
            ]
        );
    }
}
