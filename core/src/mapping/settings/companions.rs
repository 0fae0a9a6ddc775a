//! Whether what is set to go out beside documents can: accounts that take payments, a note that can be read.

use crate::check::{Finding, Rule, near, show};
use crate::document::HostPayment;
use crate::mapping::reference::unreadable;
use crate::mapping::template;
use crate::provider::Chart;
use crate::settings::{HostPayments, Reach, Settings};

/// What is wrong with the accounts of the host's payments and with the note.
pub(super) fn companions(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(policy) = &settings.host_payments {
        findings.extend(accounts(policy, chart));
    }
    findings.extend(note(settings));
    findings
}

/// What is wrong with the note.
pub(super) fn note(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(text) = &settings.history_notes {
        findings.extend(
            template::parse(text, Reach::Document)
                .err()
                .map(|error| unreadable("history_notes", text, Reach::Document, &error)),
        );
        if text.trim().is_empty() {
            findings.push(
                Finding::new(
                    Rule::TextUnusable,
                    "the note is empty",
                    "Say what the note tells, or leave `history_notes` out.",
                )
                .at("history_notes", text),
            );
        }
    }
    findings
}

fn accounts(policy: &HostPayments, chart: &Chart) -> Vec<Finding> {
    let default = policy.account.iter();
    let default = default.map(|code| ("host_payments.account".to_owned(), code));
    let by_method = policy.accounts_by_method.iter().map(|(method, code)| {
        let setting = format!("host_payments.accounts_by_method.\"{method}\"");
        (setting, code)
    });
    default
        .chain(by_method)
        .filter_map(|(setting, code)| unusable(chart, &setting, code))
        .collect()
}

/// Why a payment of the host could not be made under these settings, if it could not: no account decides for its method, or
/// one that takes no payments.
#[must_use]
pub fn payment_account(
    policy: &HostPayments,
    payment: &HostPayment,
    chart: &Chart,
) -> Option<Finding> {
    let method = payment.method.as_deref().map(str::trim);
    let method = method.filter(|method| !method.is_empty());
    let by_method = |method: &str| {
        format!(
            "host_payments.accounts_by_method.\"{}\"",
            show::shortened(method)
        )
    };
    let Some(code) = policy.account_of(payment) else {
        let (message, setting) = match method {
            Some(method) => (
                format!(
                    "no account is set for payments by `{}`",
                    show::shortened(method)
                ),
                by_method(method),
            ),
            None => (
                "no account is set for payments without a method".to_owned(),
                "host_payments.account".to_owned(),
            ),
        };
        let remedy = "Set `host_payments.account`, or one for its method under `host_payments.accounts_by_method`.";
        let finding = Finding::new(Rule::PaymentNotMade, message, remedy);
        return Some(
            finding
                .at(
                    "payments.method",
                    show::shortened(method.unwrap_or_default()),
                )
                .mended_in(setting),
        );
    };
    let setting = match method.filter(|method| policy.accounts_by_method.contains_key(*method)) {
        Some(method) => by_method(method),
        None if policy.account.as_deref() == Some(code) => "host_payments.account".to_owned(),
        // The host names it itself: an account of its method comes before that.
        None => method.map_or_else(|| "host_payments.account".to_owned(), by_method),
    };
    let finding = unusable(chart, &setting, code)?;
    Some(finding.mended_in(setting))
}

/// Why payments may not be booked to an account, if they may not.
fn unusable(chart: &Chart, setting: &str, code: &str) -> Option<Finding> {
    let finding = |message: String| {
        let remedy = format!(
            "Put a bank account with a code, or an account that payments are enabled for, under `{setting}`."
        );
        Finding::new(Rule::AccountUnusable, message, remedy)
            .at(setting, show::shortened(code))
            .with_detail(candidates(chart, code))
    };
    let Some(account) = chart.account(code) else {
        return Some(finding(format!(
            "`{}` has no account with the code `{}`",
            chart.organisation.name,
            show::shortened(code)
        )));
    };
    let named = format!("the account `{code}` ({})", account.name);
    if !account.active {
        return Some(finding(format!("{named} is archived")));
    }
    (!account.takes_payments).then(|| finding(format!("{named} does not take payments")))
}

fn candidates(chart: &Chart, code: &str) -> Vec<String> {
    let takers = || {
        let accounts = chart.accounts.iter();
        accounts
            .filter(|account| account.active && account.takes_payments)
            .filter_map(|account| Some((account.code.as_deref()?, account.name.as_str())))
    };
    let close = near::near(code, takers());
    if close.is_empty() {
        near::some(takers())
    } else {
        close
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::chart;

    fn with_bank() -> Chart {
        let mut chart = chart();
        let mut accounts = chart.accounts.iter_mut();
        let bank = accounts.find(|account| account.code.as_deref() == Some("090"));
        bank.unwrap().takes_payments = true;
        chart
    }

    #[test]
    fn accounts_of_payments_must_take_payments_and_the_note_must_be_readable() {
        let policy = HostPayments {
            account: Some("090".to_owned()),
            accounts_by_method: [
                ("card".to_owned(), "200".to_owned()),
                ("cash".to_owned(), "09O".to_owned()),
            ]
            .into(),
        };
        let settings = Settings {
            host_payments: Some(policy),
            history_notes: Some("Sent from {case}".to_owned()),
            ..Settings::default()
        };
        let found = companions(&settings, &with_bank());
        let words: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            words,
            [
                "account_unusable: host_payments.accounts_by_method.\"card\" = `200`: the account `200` (Sales) does not take payments",
                "account_unusable: host_payments.accounts_by_method.\"cash\" = `09O`: `Demo Company` has no account with the code `09O`",
                "text_unusable: history_notes = `Sent from {case}`: the template names the unknown field `case`",
            ]
        );
        assert_eq!(found[1].detail, ["`090` (Cheque Account)"]);
        let good = Settings {
            host_payments: Some(HostPayments {
                account: Some("090".to_owned()),
                ..HostPayments::default()
            }),
            history_notes: Some("Sent from [case {case_numbers}]".to_owned()),
            ..Settings::default()
        };
        assert_eq!(companions(&good, &with_bank()), []);
    }
}
