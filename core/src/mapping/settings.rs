//! Whether a connection's settings agree with its chart, before any document comes.

use super::name::filled;
use super::reference::unreadable;
use super::template;
use crate::check::account_usable::{account_usable, is_usable};
use crate::check::tax_type_usable::{TaxAsked, tax_type_usable};
use crate::check::text_usable::{Charset, TextAsked, text_usable};
use crate::check::{Finding, Place, Rule, show};
use crate::document::{Account, AccountClass, decimal};
use crate::provider::Chart;
use crate::settings::{Accounts, Reference, Settings};

/// Days of a payment term, at most.
const TERM_DAYS_MAX: u16 = 3_650;
/// Characters of a number prefix that leave room for the number itself.
const PREFIX_CHARS_MAX: usize = 50;

/// Everything in the settings that would hold documents, each with its setting and with near matches.
///
/// An empty list does not promise that every document passes, only that no setting stands in its way.
#[must_use]
pub fn check_settings(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    let mut findings = accounts(&settings.accounts, chart);
    findings.extend(tax_codes(settings, chart));
    findings.extend(tax_rates(settings, chart));
    findings.extend(texts(settings));
    findings.extend(tracking(settings, chart));
    findings.extend(terms(settings));
    findings
}

fn accounts(accounts: &Accounts, chart: &Chart) -> Vec<Finding> {
    let mut findings: Vec<Finding> = configured(accounts)
        .into_iter()
        .filter_map(|(setting, code, class)| {
            account(&setting, code, class, chart)
                .err()
                .map(|finding| *finding)
        })
        .collect();
    if accounts.sales.is_none() && accounts.by_charge_code.is_empty() && !accounts.trust_document {
        findings.push(
            Finding::new(
                Rule::AccountMissing,
                "no account is configured, so every document would be held",
                "Set `accounts.sales`, add accounts under `accounts.by_charge_code`, or set `accounts.trust_document`.",
            )
            .at("accounts.sales", "")
            .with_detail(revenue_accounts(chart)),
        );
    }
    findings
}

/// Every account that is named: its setting, its code, and the class that its role asks for.
fn configured(accounts: &Accounts) -> Vec<(String, &str, Option<AccountClass>)> {
    let roles = [
        ("accounts.sales", &accounts.sales, None),
        (
            "accounts.cost_of_goods_sold",
            &accounts.cost_of_goods_sold,
            Some(AccountClass::Expense),
        ),
        (
            "accounts.inventory",
            &accounts.inventory,
            Some(AccountClass::Asset),
        ),
    ];
    let roles = roles
        .into_iter()
        .filter_map(|(setting, code, class)| Some((setting.to_owned(), code.as_deref()?, class)));
    let charges = accounts.by_charge_code.iter().map(|(charge, code)| {
        (
            format!("accounts.by_charge_code.\"{charge}\""),
            code.as_str(),
            None,
        )
    });
    roles.chain(charges).collect()
}

fn account<'a>(
    setting: &str,
    code: &str,
    class: Option<AccountClass>,
    chart: &'a Chart,
) -> Result<&'a Account, Box<Finding>> {
    let place = Place {
        field: setting,
        value: code,
        mended: setting,
    };
    let account = account_usable(chart, code, place)?;
    match class {
        Some(class) if account.class != class => Err(Box::new(
            Finding::new(
                Rule::AccountUnusable,
                format!(
                    "the account `{code}` ({}) is of class {}, its role asks for {class}",
                    account.name, account.class
                ),
                format!("Put an active account of class {class} under `{setting}`."),
            )
            .at(setting, show::shortened(code)),
        )),
        Some(_) | None => Ok(account),
    }
}

fn revenue_accounts(chart: &Chart) -> Vec<String> {
    chart
        .accounts
        .iter()
        .filter(|account| account.class == AccountClass::Revenue && is_usable(account))
        .filter_map(|account| Some(format!("`{}` ({})", account.code.as_deref()?, account.name)))
        .collect()
}

/// Every rate that is mapped must be a rate, and its tax type must be of that rate.
fn tax_rates(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    settings
        .tax_rates
        .iter()
        .filter_map(|(spelled, code)| {
            let setting = format!("tax_rates.\"{}\"", show::shortened(spelled));
            let rate = match decimal::read(spelled) {
                Ok(rate) => rate,
                Err(message) => {
                    let remedy = "Write the rate as a fraction, such as \"0.10\" for ten per cent.";
                    let finding = Finding::new(Rule::TaxTypeUnusable, message, remedy);
                    return Some(finding.at(&setting, show::shortened(spelled)));
                }
            };
            let place = Place {
                field: &setting,
                value: code,
                mended: &setting,
            };
            let asked = TaxAsked {
                code: code.trim(),
                rate: Some(rate),
                account: None,
                place,
            };
            tax_type_usable(chart, asked).err().map(|finding| *finding)
        })
        .collect()
}

fn tax_codes(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    let booked = sales_accounts(&settings.accounts, chart);
    settings
        .tax_codes
        .iter()
        .filter_map(|(own, code)| {
            let setting = format!("tax_codes.\"{own}\"");
            let place = Place {
                field: &setting,
                value: code,
                mended: &setting,
            };
            let asked = TaxAsked {
                code: code.trim(),
                rate: None,
                account: None,
                place,
            };
            match tax_type_usable(chart, asked) {
                Err(finding) => Some(*finding),
                // A type that stands with one of the accounts may be meant for just that one.
                Ok(rate)
                    if booked
                        .iter()
                        .any(|account| rate.applies_to.contains(&account.class)) =>
                {
                    None
                }
                Ok(_) => {
                    let account = booked.first().copied();
                    tax_type_usable(chart, TaxAsked { account, ..asked })
                        .err()
                        .map(|finding| *finding)
                }
            }
        })
        .collect()
}

/// The usable accounts to which lines of sales may be booked.
fn sales_accounts<'a>(accounts: &Accounts, chart: &'a Chart) -> Vec<&'a Account> {
    accounts
        .sales
        .iter()
        .chain(accounts.by_charge_code.values())
        .filter_map(|code| chart.account(code.trim()))
        .filter(|account| is_usable(account))
        .collect()
}

fn texts(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Reference::Template(text) = &settings.reference {
        findings.extend(
            template::parse(text)
                .err()
                .map(|error| unreadable(text, &error)),
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
    if settings.contacts.always.is_some() && filled(settings.contacts.always.as_deref()).is_none() {
        findings.push(
            Finding::new(
                Rule::TextUnusable,
                "the contact's name is empty",
                "Name the contact for all documents, or leave `contacts.always` out.",
            )
            .at("contacts.always", ""),
        );
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

fn terms(settings: &Settings) -> Option<Finding> {
    let days = settings
        .terms
        .map(|term| term.days)
        .filter(|days| *days > TERM_DAYS_MAX)?;
    Some(
        Finding::new(
            Rule::DueDateUnusable,
            format!("payment terms have at most {TERM_DAYS_MAX} days"),
            "Correct `terms.days`.",
        )
        .at("terms.days", days.to_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PaymentTerm, TermBasis};
    use crate::mapping::testing::chart;
    use crate::settings::ContactPolicy;

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
            ["`200` (Sales)", "`210` (Travel Recovered)"]
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
}
